"""oxctl against real nodes."""
import json
import re

import pytest

import vectors
from control import leads_to
from processes import run
from waiting import PATIENCE, wait_until


def ctl(node, *args):
    return run("oxctl", "-H", node.ports.control, *args)


def answered(node, *args):
    result = ctl(node, *args)
    assert (result.code, result.stderr) == (0, ""), result
    return result.stdout


def test_nobody_at_the_address_is_an_error_after_five_seconds(dead_address):
    """B21"""
    result = run("oxctl", "-r", "-H", dead_address)
    assert result.code == 1
    assert "Error connecting to server" in result.stderr
    assert len(result.error_lines()) == 1 and result.stdout == ""
    assert 4.0 <= result.seconds <= 9.0 * PATIENCE


def test_status_is_printed_as_blueox_prints_it_and_then_the_new_figures(oxd, push):
    node = oxd()
    push(node).push(vectors.META, vectors.BODY)
    node.wait_received("request.db", 1)
    lines = answered(node).splitlines()
    assert lines[0] == f"Host: {node.ports.control}"
    assert re.fullmatch(r"Last: \S.* \(\d+ secs ago\)", lines[1])
    assert re.fullmatch(r"Lag: \d+\.\d{6} secs", lines[2])
    assert lines[3] == ""
    assert re.fullmatch(rf"  {'web-1':>32}  Last \S.* \(\d+ secs ago\)", lines[4])
    assert lines[5] == ""
    assert re.fullmatch(rf"  {'request.db':>32}  Last \S.* \(\d+ secs ago\)", lines[6])
    assert len(lines) > 7


def test_raw_status_is_one_line_of_json(oxd, push):
    node = oxd()
    push(node).push(vectors.META, vectors.BODY)
    node.wait_received("request.db", 1)
    (line,) = answered(node, "--raw").splitlines()
    status = json.loads(line)
    assert status["events"]["request.db"]["last"] == 1500000000.25
    assert status["node"]["name"] == "node"


def test_both_ends_of_a_link_show_each_other(oxd, push):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector])
    push(agent).push_numbers("t", 0, 10)
    collector.wait_received("t", 10)
    agent.wait_drained()
    status = agent.control.status()
    (output,) = status["outputs"]
    assert (output["kind"], output["state"]) == ("link", "connected")
    assert output["node"]["name"] == "collector" and leads_to(output["target"], collector)
    assert output["acked_events"] == 10 and output["ack_meaning"] == "stored"
    (peer,) = collector.control.status()["peers"]
    assert peer["name"] == "agent" and peer["events"] == 10
    assert peer["node_id"] == status["node"]["id"]
    assert "collector" in answered(agent) or collector.ports.collect in answered(agent)
    assert "agent" in answered(collector)


def test_ping_flush_and_sockets(oxd, push):
    node = oxd(files=True)
    assert answered(node, "ping")
    push(node).push_numbers("t", 0, 10)
    node.wait_received("t", 10)
    answered(node, "flush")
    for socket in ("stream", "collect", "link", "tail"):
        assert getattr(node.ports, socket) in answered(node, socket)


def test_the_log_level_is_shown_and_changed(oxd):
    node = oxd()
    assert "warning" in answered(node, "log-level")
    assert "debug" in answered(node, "log-level", "debug")
    assert node.control.log_level()["level"] == "debug"
    assert ctl(node, "log-level", "loud").code == 2


def test_shutdown_ends_the_node(oxd):
    node = oxd()
    answered(node, "shutdown")
    assert node.program.wait() == 0


def test_a_refusal_is_one_line_and_exit_1(oxd):
    node = oxd(options=["--no-remote-shutdown"])
    result = ctl(node, "shutdown")
    assert (result.code, len(result.error_lines())) == (1, 1), result
    assert node.alive()


def test_top_shows_one_table_and_ends(oxd, push):
    node = oxd()
    push(node).push_numbers("busy.type", 0, 10)
    node.wait_received("busy.type", 10)
    assert "busy.type" in answered(node, "top", "-n", "1")


@pytest.mark.parametrize("op", ["set", "add"])
def test_a_target_given_live_takes_everything_that_waited(oxd, push, dead_address, op):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[dead_address])
    push(agent).push_numbers("waited", 0, 1000)
    agent.wait_received("waited", 1000)
    answered(agent, "forward", op, collector.ports.collect)
    collector.wait_received("waited", 1000)
    agent.wait_drained()
    listed = answered(agent, "forward", "list")
    assert any(leads_to(word, collector) for word in listed.split()), listed
    listed_targets = agent.control.forward("list")["targets"]
    assert len(listed_targets) == (1 if op == "set" else 2)


def test_a_removed_target_leaves_its_unacknowledged_events_to_those_that_remain(oxd, push, dead_address):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[dead_address])
    push(agent).push_numbers("waited", 0, 1000)
    agent.wait_received("waited", 1000)
    answered(agent, "forward", "add", collector.ports.collect)
    answered(agent, "forward", "remove", dead_address)
    collector.wait_received("waited", 1000)
    (target,) = agent.control.forward("list")["targets"]
    assert leads_to(target["target"], collector)
    wait_until(lambda: agent.pending_events() == 0, what="nothing is pending")
