"""A bounded spool with nobody to take its events: each policy accounts for every event."""
import blueox_client as blueox
import pytest
import zmq

import logfiles
from control import dropped_events
from link_client import LinkSender, numbered_batch
from logfiles import assert_numbers, wait_numbers
from waiting import stays, wait_until

SMALL = ["--spool-memory", "1MiB", "--batch-bytes", "16KiB"]
PADDING = 1000
EVENTS = 5000  # about five times what the spool holds


def small_agent(oxd, target, policy):
    return oxd("agent", forward=[target], options=[*SMALL, "--when-full", policy])


@pytest.fixture
def absent(oxd):
    """A collector that is stopped, to be started later."""
    collector = oxd("collector", files=True, same_ports=True)
    collector.stop()
    return collector


# Rule: drops-counted
@pytest.mark.parametrize("policy", ["drop-oldest", "drop-newest"])
def test_a_full_spool_drops_what_it_was_told_to_and_counts_every_event(oxd, push, absent, policy):
    agent = small_agent(oxd, absent, policy)
    push(agent).push_numbers("t", 0, EVENTS, padding=PADDING)

    def accounted():
        status = agent.control.status()
        return dropped_events(status) > 0 and \
            status["spool"]["events"] + dropped_events(status) == EVENTS
    wait_until(accounted, 60.0, lambda: f"{EVENTS} events: {agent.control.status()['spool']}, "
                                        f"{dropped_events(agent.control.status())} dropped")
    status = agent.control.status()
    assert status["spool"]["policy"] == policy
    assert 0 < status["spool"]["bytes"] <= status["spool"]["limit"] == 1 << 20
    dropped = dropped_events(status)
    assert status["events"]["t"]["dropped"] == dropped

    absent.start()
    wait_until(lambda: len(logfiles.numbers(absent.log_path, "t")) >= EVENTS - dropped, 60.0,
               "what was kept arrives")
    agent.wait_drained()
    found = logfiles.numbers(absent.log_path, "t")
    assert len(found) == EVENTS - dropped and found == sorted(set(found))
    if policy == "drop-oldest":
        assert_numbers(found, range(dropped, EVENTS))
    else:
        assert found[0] == 0
    assert dropped_events(agent.control.status()) == dropped


def test_a_full_spool_blocks_its_senders_and_loses_nothing(oxd, push, absent):
    agent = small_agent(oxd, absent, "block")
    sender = push(agent, hwm=100)
    pushed = 0

    def blocked():
        nonlocal pushed
        try:
            for _ in range(100):
                sender.push_event("t", {"n": pushed, "pad": "x" * PADDING}, block=False)
                pushed += 1
        except zmq.Again:
            status = agent.control.status()
            return status["spool"]["state"] == "full"
        assert pushed < 200_000, "the spool never filled"
        return False
    wait_until(blocked, 60.0, "the sender is blocked and the spool full")
    assert dropped_events(agent.control.status()) == 0
    absent.start()
    wait_numbers(absent.log_path, "t", range(pushed))
    wait_until(lambda: agent.control.status()["spool"]["state"] == "ok", what="the spool has room again")
    sender.push_event("t", {"n": pushed})
    wait_numbers(absent.log_path, "t", range(pushed + 1))


# Rule: withhold
@pytest.mark.parametrize("policy", ["block", "drop-oldest", "drop-newest"])
def test_a_batch_of_the_link_is_never_dropped_but_not_acknowledged(oxd, absent, policy):
    agent = small_agent(oxd, absent, policy)
    with LinkSender(agent.ports.link) as sender:
        for seq in range(1, 201):  # 3 MB
            sender.add(seq, numbered_batch(sender.run, seq, b"t", [
                blueox.pack({"body": {"n": n, "pad": "x" * PADDING}}) for n in range((seq - 1) * 15, seq * 15)]))
        wait_until(lambda: (sender.pump(), agent.control.status()["spool"]["bytes"] > 400_000)[1],
                   what="the spool fills")
        for _ in range(20):
            sender.pump()
        assert not sender.acked and not sender.rejected
        absent.start()
        sender.deliver()
        assert not sender.rejected
    wait_numbers(absent.log_path, "t", range(3000))
    assert dropped_events(agent.control.status()) == 0


def test_an_unlimited_spool_takes_everything(oxd, push, absent):
    agent = oxd("agent", forward=[absent], options=["--spool-memory", "unlimited"])
    push(agent).push_numbers("t", 0, EVENTS, padding=PADDING)
    agent.wait_received("t", EVENTS)
    status = agent.control.status()
    assert status["spool"]["limit"] == 2**64 - 1
    assert dropped_events(status) == 0
    absent.start()
    wait_numbers(absent.log_path, "t", range(EVENTS))


def test_a_full_node_still_answers_and_still_stops(oxd, push, dead_address):
    agent = oxd("agent", forward=[dead_address], options=[*SMALL, "--linger", "200ms"])
    sender = push(agent, hwm=10)

    def full():
        try:
            for _ in range(100):
                sender.push_event("t", {"pad": "x" * PADDING}, block=False)
        except zmq.Again:
            return agent.control.status()["spool"]["state"] == "full"
        return False
    wait_until(full, 60.0, "the spool is full")
    stays(lambda: agent.control.ping()["ok"], 0.2)
    agent.stop()
    assert agent.stderr()
