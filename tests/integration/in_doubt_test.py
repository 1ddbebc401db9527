"""A sender that comes back after weeks: what it had sent and never heard of is not sent again."""
import signal
import time

import pytest

from logfiles import numbers, wait_numbers
from waiting import wait_until

WEEKS = 40 * 86400


def mark_of(agent):
    """The one line of the file `sent`: [position, seconds, target]."""
    lines = (agent.directory / "spool" / "sent").read_text().splitlines()
    assert lines[0] == "oxd sent 1" and len(lines) == 2
    word, *fields = lines[1].split(" ", 3)
    assert word == "sent"
    return fields


def pretend(agent, seconds_ago):
    """As if what is in doubt had been sent so long ago."""
    position, _, target = mark_of(agent)
    (agent.directory / "spool" / "sent").write_text(
        f"oxd sent 1\nsent {position} {int(time.time()) - seconds_ago} {target}\n")


@pytest.fixture
def agent_in_doubt(oxd, push):
    """An agent that was killed, a collector that has 0-9 from it, and has not said so."""
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector], same_ports=True,
                options=["--spool-path", "spool", "--linger", "100ms"])
    agent.wait_connected(collector)
    collector.program.signal(signal.SIGSTOP)
    push(agent).push_numbers("t", 0, 10)
    wait_until(lambda: agent.control.status()["outputs"][0]["in_flight_bytes"] > 0, what="it is sent")
    agent.wait_received("t", 10)
    wait_until(lambda: (agent.directory / "spool" / "sent").exists(), what="the mark is written")
    agent.kill()
    collector.program.signal(signal.SIGCONT)
    wait_numbers(collector.log_path, "t", range(10))
    return agent, collector


def letters(agent):
    return list((agent.directory / "spool" / "dead-letter").glob("*.batch"))


# Rule: in-doubt-too-long
def test_what_was_in_doubt_for_weeks_becomes_a_dead_letter_and_the_rest_is_sent(agent_in_doubt, push):
    agent, collector = agent_in_doubt
    pretend(agent, WEEKS)
    agent.start()
    push(agent).push_numbers("t", 10, 10)
    wait_numbers(collector.log_path, "t", range(20))
    agent.wait_drained()
    kept = letters(agent)
    assert kept and all("in_doubt_too_long" in path.name for path in kept)
    counters = agent.control.status()["counters"]
    assert counters["forward.in_doubt_too_long_events"] == 10
    assert counters["forward.dead_letter_events"] == 10
    assert counters["forward.resent_batches"] == 0
    assert "weeks" in agent.stderr() and str(kept[0].parent.name) in agent.stderr()
    assert collector.control.status()["counters"]["intake.duplicate_batches"] == 0
    agent.restart()
    agent.wait_drained()
    assert numbers(collector.log_path, "t") == list(range(20))


# Rule: in-doubt-too-long
def test_what_was_in_doubt_for_days_is_sent_again_and_known(agent_in_doubt, push):
    agent, collector = agent_in_doubt
    pretend(agent, 20 * 86400)
    agent.start()
    push(agent).push_numbers("t", 10, 10)
    wait_numbers(collector.log_path, "t", range(20))
    agent.wait_drained()
    assert letters(agent) == []
    assert collector.control.status()["counters"]["intake.duplicate_batches"] > 0


# Rule: in-doubt-too-long
def test_what_was_never_sent_is_sent_after_weeks(oxd, push):
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector], same_ports=True,
                options=["--spool-path", "spool", "--linger", "100ms"])
    push(agent).push_numbers("t", 0, 10)
    wait_numbers(collector.log_path, "t", range(10))
    agent.wait_drained()
    collector.stop()
    push(agent).push_numbers("t", 10, 1000)
    agent.wait_received("t", 1010)
    # The lost connection makes the file exact, so that it holds after a crash as well.
    wait_until(lambda: int(mark_of(agent)[0]) < 1 << 20, what="the file says how far was sent")
    agent.stop()
    pretend(agent, WEEKS)
    collector.start()
    agent.start()
    wait_numbers(collector.log_path, "t", range(1010))
    agent.wait_drained()
    assert letters(agent) == []
