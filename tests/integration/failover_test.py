"""Several targets, and targets that change while events flow: nothing is lost, nothing is doubled."""
import signal

import pytest

import logfiles
from control import leads_to, output_to
from logfiles import assert_numbers, wait_numbers
from processes import run
from waiting import stays, wait_until


def stored_anywhere(type_name, *collectors):
    return [n for collector in collectors for n in logfiles.numbers(collector.log_path, type_name)]


def wait_stored_once(type_name, count, *collectors):
    """Until `count` events lie in the files of these collectors together, each exactly once."""
    wait_until(lambda: len(stored_anywhere(type_name, *collectors)) >= count, 60.0,
               lambda: f"{count} events: {len(stored_anywhere(type_name, *collectors))}")
    assert_numbers(sorted(stored_anywhere(type_name, *collectors)), range(count))


def forward(agent, op, *nodes):
    result = run("oxctl", "-H", agent.ports.control, "forward", op,
                 *[node.ports.collect for node in nodes])
    assert result.code == 0, result
    return result.stdout


# Rule: drain-first
@pytest.mark.parametrize("named", ["at the start", "later"])
def test_the_second_target_takes_over_and_the_first_is_returned_to(oxd, push, named):
    first = oxd("first", files=True, same_ports=True)
    second = oxd("second", files=True)
    agent = oxd("agent", forward=[first, second] if named == "at the start" else [])
    if named == "later":
        forward(agent, "set", first, second)
    sender = push(agent)
    agent.wait_connected(first)
    sender.push_numbers("t", 0, 100)
    wait_numbers(first.log_path, "t", range(100))
    agent.wait_drained()

    first.stop()
    sender.push_numbers("t", 100, 100)
    wait_numbers(second.log_path, "t", range(100, 200))
    agent.wait_drained()

    first.start()
    # New events go to the first again, once the agent has found it to be back.
    sent = 200

    def returned():
        nonlocal sent
        sender.push_numbers("t", sent, 1)
        sent += 1
        agent.wait_received("t", sent)
        return len(logfiles.numbers(first.log_path, "t")) > 100
    wait_until(returned, 60.0, "the first target gets events again")
    sender.push_numbers("t", sent, 100)
    sent += 100
    wait_until(lambda: logfiles.numbers(first.log_path, "t")[-100:] == list(range(sent - 100, sent)),
               30.0, "the last hundred are in the first target's files")
    wait_stored_once("t", sent, first, second)


# Rule: in-doubt-wait
def test_what_is_in_doubt_can_wait_for_the_target_that_may_have_it(oxd, push):
    first = oxd("first", files=True, same_ports=True)
    second = oxd("second", files=True)
    agent = oxd("agent", forward=[first, second],
                options=["--batch-bytes", "4KiB", "--failover-in-doubt", "wait"])
    agent.wait_connected(first)
    wait_until(lambda: agent.output_state(second) == "standby", what="the second is there")
    first.program.signal(signal.SIGSTOP)  # it gets batches, and acknowledges none
    push(agent).push_numbers("t", 0, 1000)
    agent.wait_received("t", 1000)
    wait_until(lambda: output_to(agent.control.status(), first)["in_flight_bytes"] > 0,
               what="some are on their way")
    first.kill()
    wait_until(lambda: agent.output_state(first) == "connecting", what="the agent knows that it is gone")
    # Longer than the patience with a target whose batches may move.
    stays(lambda: logfiles.numbers(second.log_path, "t") == [], 3.0, "something has moved")
    first.start()
    wait_numbers(first.log_path, "t", range(1000))
    agent.wait_drained()
    assert logfiles.numbers(second.log_path, "t") == []


# Rule: in-doubt-counted
def test_the_first_target_killed_under_load_costs_nothing(oxd, push):
    first = oxd("first", files=True, same_ports=True)
    second = oxd("second", files=True)
    agent = oxd("agent", forward=[first, second], options=["--batch-bytes", "4KiB"])
    sender = push(agent)
    sender.push_numbers("t", 0, 2000)
    wait_until(lambda: logfiles.numbers(first.log_path, "t"), what="some arrived")
    first.kill()
    sender.push_numbers("t", 2000, 2000)
    first.start()
    agent.wait_received("t", 4000)
    agent.wait_drained()
    for node in (first, second):
        assert node.control.flush() == {"ok": True}
    found = stored_anywhere("t", first, second)
    assert sorted(set(found)) == list(range(4000)), "nothing is lost"
    # Batches that were in doubt when the target died may be in both; each such is announced.
    doubles = len(found) - len(set(found))
    in_doubt = sum(o["maybe_duplicated"] for o in agent.control.status()["outputs"])
    assert doubles <= in_doubt


def test_targets_that_are_both_away_get_everything_when_one_returns(oxd, push):
    first = oxd("first", files=True, same_ports=True)
    second = oxd("second", files=True, same_ports=True)
    first.stop()
    second.stop()
    agent = oxd("agent", forward=[first, second])
    push(agent).push_numbers("t", 0, 3000)
    agent.wait_received("t", 3000)
    second.start()
    wait_numbers(second.log_path, "t", range(3000))
    agent.wait_drained()


def test_the_target_can_be_replaced_while_events_flow(oxd, push):
    old = oxd("old", files=True)
    new = oxd("new", files=True)
    agent = oxd("agent", forward=[old], options=["--batch-bytes", "4KiB"])
    sender = push(agent)
    for round_number, target in enumerate((new, old, new)):
        sender.push_numbers("t", round_number * 1000, 1000)
        forward(agent, "set", target)
        listed = agent.control.forward("list")["targets"]
        assert len(listed) == 1 and leads_to(listed[0]["target"], target)
    sender.push_numbers("t", 3000, 1000)
    agent.wait_received("t", 4000)
    agent.wait_drained()
    wait_stored_once("t", 4000, old, new)
    assert logfiles.numbers(new.log_path, "t")[-1] == 3999


# Rule: removed-target
def test_a_target_set_live_takes_over_what_the_dead_one_never_acknowledged(oxd, push):
    dead = oxd("dead", files=True, same_ports=True)
    agent = oxd("agent", forward=[dead])
    sender = push(agent)
    sender.push_numbers("t", 0, 500)
    wait_numbers(dead.log_path, "t", range(500))
    agent.wait_drained()
    dead.stop()
    sender.push_numbers("t", 500, 2000)
    agent.wait_received("t", 2500)
    collector = oxd("collector", files=True)
    forward(agent, "set", collector)
    wait_numbers(collector.log_path, "t", range(500, 2500))


# Rule: removed-target
def test_targets_are_added_and_removed_live(oxd, push):
    first = oxd("first", files=True, same_ports=True)
    second = oxd("second", files=True)
    agent = oxd("agent", forward=[first])
    sender = push(agent)
    sender.push_numbers("t", 0, 100)
    wait_numbers(first.log_path, "t", range(100))
    assert "first" in forward(agent, "list") or first.ports.collect in forward(agent, "list")
    forward(agent, "add", second)
    assert len(agent.control.forward("list")["targets"]) == 2
    forward(agent, "remove", first)
    sender.push_numbers("t", 100, 100)
    wait_numbers(second.log_path, "t", range(100, 200))
    wait_stored_once("t", 200, first, second)
    first.stop()
    sender.push_numbers("t", 200, 100)
    wait_numbers(second.log_path, "t", range(100, 300))


def test_a_node_without_targets_given_one_live_forwards_from_then_on(oxd, push):
    collector = oxd("collector", files=True)
    agent = oxd("agent", files=True)
    sender = push(agent)
    forward(agent, "add", collector)
    agent.wait_connected(collector)
    sender.push_numbers("t", 0, 100)
    wait_numbers(collector.log_path, "t", range(100))
    wait_numbers(agent.log_path, "t", range(100))
