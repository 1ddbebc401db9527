"""Outputs that change between two starts, or while a node runs: what waits for them is never lost."""
import pytest

import logfiles
from logfiles import wait_numbers
from processes import run
from waiting import wait_until

TYPES = [f"type{n}" for n in range(40)]


def outputs_of_kind(node, kind):
    return [output for output in node.control.status()["outputs"] if output["kind"] == kind]


def used(node):
    return node.control.status()["spool"]["bytes"]


def push_types(sender, first, count):
    for n in range(first, first + count):
        for type_name in TYPES:
            sender.push_numbers(type_name, n, 1)


# Rule: shard-moves
def test_shards_that_change_at_a_restart_lose_and_double_nothing(oxd, push):
    collectors = [oxd(f"collector{n}", files=True, same_ports=True) for n in range(3)]
    agent = oxd("agent", forward=collectors[:2], same_ports=True,
                options=["--spool-path", "spool", "--forward-mode", "shard", "--linger", "100ms"])
    push_types(push(agent), 0, 10)
    agent.wait_received(TYPES[-1], 10)
    agent.wait_drained()
    collectors[0].stop()  # so that some wait, and some have arrived
    push_types(push(agent), 10, 10)
    agent.wait_received(TYPES[-1], 20)
    agent.stop()
    collectors[0].start()

    agent.targets = [c.ports.collect for c in collectors[1:]]
    agent.start()
    push_types(push(agent), 20, 10)

    def stored():
        return [{t: logfiles.numbers(c.log_path, t) for t in TYPES} for c in collectors]
    wait_until(lambda: all(sum(len(one[t]) for one in stored()) >= 30 for t in TYPES), 60.0,
               "every event is somewhere")
    agent.wait_drained()
    for type_name in TYPES:
        everywhere = sorted(n for one in stored() for n in one[type_name])
        assert everywhere == list(range(30)), type_name
    assert outputs_of_kind(agent, "removed") == []


def pending(node, address):
    (output,) = [output for output in node.control.status()["outputs"] if output["target"] == address]
    return output["pending_events"]


# Rule: new-cursor
def test_a_copy_target_that_is_new_is_remembered_before_anything_is_acknowledged(oxd, push, dead_address):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector], same_ports=True,
                options=["--spool-path", "spool", "--forward-mode", "copy"])
    push(agent).push_numbers("t", 0, 10)
    agent.wait_drained()
    agent.stop()
    agent.targets.append(dead_address)
    agent.start()
    push(agent).push_numbers("t", 10, 10)
    wait_numbers(collector.log_path, "t", range(20))
    agent.kill()  # sooner than the next checkpoint of its own accord
    agent.start()
    assert pending(agent, dead_address) == 10


# Rule: new-cursor
def test_a_target_added_live_is_remembered_before_anything_is_acknowledged(oxd, push, dead_address):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector], same_ports=True,
                options=["--spool-path", "spool", "--forward-mode", "copy"])
    push(agent).push_numbers("t", 0, 10)
    wait_numbers(collector.log_path, "t", range(10))
    assert agent.control.forward("add", dead_address)["ok"] is True
    push(agent).push_numbers("t", 10, 10)
    wait_numbers(collector.log_path, "t", range(20))
    agent.kill()
    agent.start()
    assert pending(agent, dead_address) == 10


def test_shards_whose_events_were_given_up_begin_anew(oxd, push, dead_address):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[dead_address], same_ports=True,
                options=["--spool-path", "spool", "--forward-mode", "shard", "--linger", "100ms"])
    push(agent).push_numbers("t", 0, 10)
    agent.wait_received("t", 10)
    agent.stop()
    agent.options[agent.options.index("shard")] = "failover"
    agent.targets = [collector.ports.collect]
    agent.start()
    (removed,) = outputs_of_kind(agent, "removed")
    assert agent.control.forward("discard", removed["name"])["ok"] is True
    agent.stop()
    agent.options[agent.options.index("failover")] = "shard"
    agent.targets = [dead_address]
    agent.start()
    assert pending(agent, dead_address) == 0
    push(agent).push_numbers("t", 10, 10)
    wait_until(lambda: pending(agent, dead_address) == 10, what="what came from then on waits")


# Rule: cursor-kept
def test_what_waits_for_a_removed_output_is_shown_until_it_is_discarded(oxd, push, dead_address):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[dead_address, collector], same_ports=True,
                options=["--spool-path", "spool", "--forward-mode", "copy", "--linger", "100ms"])
    push(agent).push_numbers("t", 0, 100)
    wait_numbers(collector.log_path, "t", range(100))
    agent.stop()
    agent.targets = [collector.ports.collect]
    agent.start()
    (removed,) = outputs_of_kind(agent, "removed")
    assert dead_address.rsplit(":", 1)[0] in removed["name"] and removed["state"] == "removed"
    assert removed["pending_events"] == 100 and removed["pending_bytes"] > 0 and used(agent) > 0
    assert removed["name"] in agent.stderr()
    listed = run("oxctl", "-H", agent.ports.control, "forward", "list")
    assert removed["name"] in listed.stdout
    done = run("oxctl", "-H", agent.ports.control, "forward", "discard", removed["name"])
    assert done.code == 0, done.stderr
    assert outputs_of_kind(agent, "removed") == []
    again = run("oxctl", "-H", agent.ports.control, "forward", "discard", removed["name"])
    assert again.code == 1 and removed["name"] in again.stderr
    agent.restart()
    assert outputs_of_kind(agent, "removed") == []


def test_a_removed_output_that_comes_back_gets_what_waited_for_it(oxd, push):
    first, second = oxd("first", files=True), oxd("second", files=True, same_ports=True)
    second.stop()
    agent = oxd("agent", forward=[first, second], same_ports=True,
                options=["--spool-path", "spool", "--forward-mode", "copy", "--linger", "100ms"])
    push(agent).push_numbers("t", 0, 100)
    wait_numbers(first.log_path, "t", range(100))
    assert agent.control.forward("remove", second.ports.collect)["ok"] is True
    assert len(outputs_of_kind(agent, "removed")) == 1
    second.start()
    assert agent.control.forward("add", second.ports.collect)["ok"] is True
    wait_numbers(second.log_path, "t", range(100))
    assert outputs_of_kind(agent, "removed") == []


def targets_of(node):
    return [output["target"] for output in outputs_of_kind(node, "link")]


# Rule: targets-kept
def test_targets_set_live_outlive_a_restart_until_the_configuration_changes(oxd, push, dead_address):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[dead_address], same_ports=True)
    assert agent.control.forward("set", collector.ports.collect)["ok"] is True
    agent.restart()
    assert targets_of(agent) == [collector.ports.collect]
    push(agent).push_numbers("t", 0, 10)
    wait_numbers(collector.log_path, "t", range(10))
    agent.stop()
    agent.targets = [dead_address, collector.ports.collect]
    agent.start()
    assert targets_of(agent) == [dead_address, collector.ports.collect]
    agent.stop()
    agent.targets = [dead_address]
    agent.start()
    assert targets_of(agent) == [collector.ports.collect], "the list they took the place of is back"
    assert agent.control.forward("set", dead_address)["ok"] is True
    agent.restart()
    assert targets_of(agent) == [dead_address]


# Rule: ack-meaning
def test_a_relay_to_an_old_oxd_does_not_say_that_it_acknowledges(oxd, dead_address):
    relay = oxd("relay", forward=[f"blueox://{dead_address}"])
    agent = oxd("agent", forward=[relay])
    agent.wait_connected(relay)
    (output,) = outputs_of_kind(agent, "link")
    assert output["ack_meaning"] == "none"




# Rule: one-owner
def test_two_nodes_do_not_write_into_one_log_path(oxd):
    node = oxd("node", files=True, same_ports=True, options=["--spool-path", "spool"])
    done = run("oxd", "-t", "127.0.0.1:0", "-c", "127.0.0.1:0", "-l", node.log_path,
               "--spool-path", node.directory / "other")
    assert done.code == 78 and str(node.pid) in done.stderr and str(node.log_path) in done.stderr


# Rule: one-log-path
@pytest.mark.parametrize("options, says", [
    (["--spool-path", "other"], "belongs to the spool"),
    ([], "belongs to the spool"),
])
def test_log_files_stay_with_the_spool_that_writes_them(oxd, push, options, says):
    node = oxd("node", files=True, same_ports=True, options=["--spool-path", "spool"])
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))
    node.stop()
    done = run("oxd", "-t", "127.0.0.1:0", "-c", "127.0.0.1:0", "-l", node.log_path, *options,
               cwd=node.directory)
    assert done.code == 78 and says in done.stderr and str(node.log_path) in done.stderr
    node.start()
    push(node).push_numbers("t", 10, 10)
    wait_numbers(node.log_path, "t", range(20))
    node.stop()
    elsewhere = run("oxd", "-t", "127.0.0.1:0", "-c", "127.0.0.1:0", "-l", "elsewhere",
                    "--spool-path", "spool", cwd=node.directory)
    assert elsewhere.code == 78 and "elsewhere" in elsewhere.stderr


def test_a_log_path_with_a_spool_of_its_own_is_not_given_another(oxd, push):
    node = oxd("node", files=True, same_ports=True)
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))
    node.stop()
    done = run("oxd", "-t", "127.0.0.1:0", "-c", "127.0.0.1:0", "-l", node.log_path,
               "--spool-path", "other", cwd=node.directory)
    assert done.code == 78 and ".oxd" in done.stderr


def test_a_first_start_that_is_killed_before_it_had_anything_is_followed_by_another(oxd, push):
    node = oxd("node", files=True, same_ports=True, options=["--spool-path", "spool"])
    node.kill()
    node.start()
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))


def test_files_that_are_written_no_more_hold_the_spool_until_they_are_discarded(oxd, push):
    node = oxd("node", files=True, same_ports=True, options=["--spool-path", "spool"])
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))
    node.stop()
    node.log_path = None
    node.start()
    (removed,) = outputs_of_kind(node, "removed")
    assert removed["name"] == "files"
    assert node.control.forward("discard", "files")["ok"] is True
    assert outputs_of_kind(node, "removed") == []
    node.restart()
    assert outputs_of_kind(node, "removed") == []
    # The spool is free of the files it wrote, and may begin others.
    node.stop()
    node.log_path = node.directory / "elsewhere"
    node.start()
    push(node).push_numbers("t", 10, 10)
    wait_numbers(node.log_path, "t", range(10, 20))
