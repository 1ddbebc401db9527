"""Copy targets that are optional: they may miss what there is no room for, and hold up nobody."""
import pytest

import logfiles
from control import output_to
from link_client import LinkSender, numbered_batch
from logfiles import assert_numbers, wait_numbers
from processes import run
from waiting import stays, wait_until

IN_MEMORY = ["--spool-memory", "1MiB", "--batch-bytes", "16KiB"]
ON_DISK = ["--spool-path", "spool", "--spool-disk", "16MiB", "--batch-bytes", "64KiB"]
PADDING = 1000


def optional(node):
    return f"{node if isinstance(node, str) else node.ports.collect},optional"


def copies(oxd, targets, options=(), **kwargs):
    return oxd("agent", forward=targets, options=["--forward-mode", "copy", "--linger", "100ms",
                                                  *options], **kwargs)


@pytest.fixture
def absent(oxd):
    """A collector that is stopped, to be started later."""
    collector = oxd("absent", files=True, same_ports=True)
    collector.stop()
    return collector


def is_tail_of(numbers, count):
    """They are the last ones, in order, of so many."""
    return numbers and numbers == list(range(numbers[0], count))


# Rule: optional-skipped
@pytest.mark.parametrize("spool, events", [(IN_MEMORY, 5000), (ON_DISK, 40_000)], ids=["memory", "disk"])
def test_a_full_spool_goes_on_without_an_optional_target_that_is_away(oxd, push, absent, spool, events):
    collector = oxd("collector", files=True)
    agent = copies(oxd, [collector, optional(absent)], spool)
    push(agent).push_numbers("t", 0, events, padding=PADDING)
    wait_numbers(collector.log_path, "t", range(events), timeout=120.0)
    wait_until(lambda: output_to(agent.control.status(), collector)["pending_events"] == 0,
               what="the target that is there has acknowledged")
    status = agent.control.status()
    left_out, needed = output_to(status, absent), output_to(status, collector)
    assert left_out["optional"] is True and "optional" not in needed and "skipped_events" not in needed
    assert left_out["skipped_events"] > 0
    assert left_out["skipped_events"] + left_out["pending_events"] == events
    assert status["counters"]["forward.skipped_events"] == left_out["skipped_events"]
    assert status["spool"]["bytes"] <= status["spool"]["limit"]
    assert "dropped" not in status["events"]["t"]
    assert "optional" in agent.stderr() and "misses" in agent.stderr()
    shown = run("oxctl", "-H", agent.ports.control, "status").stdout
    assert optional(absent) in shown and "SKIPPED" in shown

    absent.start()
    wait_numbers(absent.log_path, "t", range(left_out["skipped_events"], events), timeout=120.0)
    agent.wait_drained()


# Rule: optional-skipped
def test_a_target_that_is_needed_still_blocks_beside_an_optional_one(oxd, push, absent, dead_address):
    agent = copies(oxd, [absent, optional(dead_address)], IN_MEMORY)
    push(agent, hwm=5000).push_numbers("t", 0, 3000, padding=PADDING)
    wait_until(lambda: agent.control.status()["spool"]["state"] == "full", what="the spool is full")
    stays(lambda: agent.control.status()["counters"]["forward.skipped_events"] == 0, 1.0,
          "something was skipped")
    with LinkSender(agent.ports.link) as sender:
        sender.add(1, numbered_batch(sender.run, 1, b"t", [b"\x01"]))
        stays(lambda: sender.pump(0) or not sender.acked, 1.0, "it was acknowledged")


# Rule: optional-skipped
def test_on_a_relay_in_memory_acknowledgements_do_not_wait_for_an_optional_target(oxd, dead_address):
    collector = oxd("collector", files=True)
    relay = copies(oxd, [optional(dead_address), collector])
    with LinkSender(relay.ports.link) as sender:
        sender.add(1, numbered_batch(sender.run, 1, b"t", [b"\x01", b"\x02"]))
        wait_until(lambda: sender.pump(0) or 1 in sender.acked, what="the relay acknowledges")
    agent = oxd("agent2", forward=[relay])
    agent.wait_connected(relay)
    assert output_to(agent.control.status(), relay)["ack_meaning"] == "relayed"


# Rule: optional-skipped
def test_an_agent_that_was_killed_goes_on_behind_what_an_optional_target_missed(oxd, push, absent):
    collector = oxd("collector", files=True)
    agent = copies(oxd, [collector, optional(absent)], ON_DISK, same_ports=True)
    push(agent).push_numbers("t", 0, 40_000, padding=PADDING)
    wait_numbers(collector.log_path, "t", range(40_000), timeout=120.0)
    wait_until(lambda: agent.control.status()["counters"]["forward.skipped_events"] > 0, what="skipping")
    agent.kill()
    agent.start()
    before = output_to(agent.control.status(), absent)
    absent.start()
    agent.wait_drained()
    numbers = wait_until(lambda: len(found := logfiles.numbers(absent.log_path, "t"))
                         >= before["pending_events"] and found, what="what was left for it")
    assert is_tail_of(numbers, 40_000)
    assert len(numbers) == before["pending_events"]
    assert_numbers(logfiles.numbers(collector.log_path, "t"), range(40_000))


def test_optional_targets_are_changed_while_the_node_runs(oxd, push, dead_address):
    collector = oxd("collector", files=True)
    agent = copies(oxd, [collector, dead_address], IN_MEMORY, same_ports=True)

    def forward(*words):
        return run("oxctl", "-H", agent.ports.control, "forward", *words)
    assert forward("add", optional(dead_address)).code == 1, "it is a target already"
    refused = forward("set", optional(collector), optional(dead_address))
    assert refused.code == 1 and "optional" in refused.stderr
    assert forward("set", collector.ports.collect, optional(dead_address)).code == 0
    assert optional(dead_address) in forward("list").stdout
    agent.restart()
    assert optional(dead_address) in forward("list").stdout, "the list outlives a restart"
    push(agent).push_numbers("t", 0, 3000, padding=PADDING)
    wait_numbers(collector.log_path, "t", range(3000))
    assert forward("remove", dead_address).code == 0
    assert optional(dead_address) not in forward("list").stdout


@pytest.mark.parametrize("options, says", [
    (["-r", "a", "-r", "b,optional"], "--forward-mode copy"),
    (["-r", "a", "-r", "b,optional", "--forward-mode", "shard"], "--forward-mode copy"),
    (["-r", "a,optional", "--forward-mode", "copy"], "all targets are optional"),
    (["-r", "a", "-r", "b,maybe", "--forward-mode", "copy"], "b,maybe"),
    (["-r", "a", "-r", "a,optional", "--forward-mode", "copy"], "named twice"),
])
def test_optional_targets_that_make_no_sense_are_usage_errors(tmp_path, options, says):
    done = run("oxd", *options, cwd=tmp_path)
    assert done.code == 2 and says in done.stderr and "--forward" in done.stderr


def test_a_node_that_writes_files_may_have_optional_targets_only(tmp_path):
    config = tmp_path / "oxd.toml"
    config.write_text('forward = ["a,optional"]\nforward-mode = "copy"\n')
    wrong = run("oxd", "--config", config, "--check-config", cwd=tmp_path)
    assert wrong.code == 78 and "all targets are optional" in wrong.stderr
    config.write_text('forward = ["a,optional"]\nforward-mode = "copy"\nlog-path = "logs"\n')
    right = run("oxd", "--config", config, "--check-config", cwd=tmp_path)
    assert right.code == 0, right.stderr
