"""Agents and collectors together: events travel from a producer to the files, and are seen on the way."""
import json
import subprocess
import time

import blueox_client as blueox
import pytest
import zmq

import logfiles
from control import output_to
from logfiles import wait_numbers
from ports import PortLease
from processes import run
from waiting import PATIENCE, wait_until


def test_lines_of_a_growing_file_reach_the_collectors_files_and_are_seen_live(oxd, program, tmp_path):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector])
    view = program("oxview", "-H", collector.ports.control, "-n", "*")
    wait_until(lambda: collector.control.subscribers() == 1 or view.check_alive(), what="oxview subscribes")
    log = tmp_path / "app.log"
    log.write_text("")
    ingest = program("oxingest", "-H", agent.ports.collect, "-F", log)

    def append(line):
        with open(log, "a") as file:
            file.write(f"{line}\n")

    def seen(line):
        return any(json.loads(shown)["body"]["data"] == line for shown in view.output())

    def following():
        append("ready")
        return seen("ready") or ingest.check_alive()
    wait_until(following, 30.0, "the file is followed")

    quickest = 60.0
    for n in range(5):
        started = time.monotonic()
        append(f"line {n}")
        wait_until(lambda: seen(f"line {n}"), what=f"line {n} is seen live")
        stored = lambda: [event["body"]["data"] for event in logfiles.events(collector.log_path, "oxingest.app")]
        wait_until(lambda: f"line {n}" in stored(), what=f"line {n} is in the file")
        quickest = min(quickest, time.monotonic() - started)
    assert quickest < 1.0 * PATIENCE, "from a line in a log to eyes and files within a second"
    assert [data for data in stored() if data != "ready"] == [f"line {n}" for n in range(5)]

    agent.wait_drained()
    output = output_to(agent.control.status(), collector)
    assert output["state"] == "connected" and output["node"]["name"] == "collector"
    assert [peer["name"] for peer in collector.control.status()["peers"]] == ["agent"]
    for node in (agent, collector):
        shown = run("oxctl", "-H", node.ports.control)
        assert shown.code == 0 and "oxingest.app" in shown.stdout


def test_application_contexts_reach_the_collectors_files(oxd):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector])
    recorder = blueox.Recorder(agent.ports.collect)
    blueox.configure(recorder)
    try:
        for n in range(10):
            with blueox.Context("request"):
                blueox.set("n", n)
                with blueox.Context(".db"):
                    blueox.set("n", n)
    finally:
        blueox.configure(None)
    wait_numbers(collector.log_path, "request", range(10))
    wait_numbers(collector.log_path, "request.db", range(10))
    ids = [[event["id"] for event in logfiles.events(collector.log_path, type_name)]
           for type_name in ("request", "request.db")]
    assert ids[0] == ids[1] and len(set(ids[0])) == 10
    recorder.close()


@pytest.mark.parametrize("scheme", ["", "link", "blueox"])
def test_events_pushed_while_the_next_oxd_is_stopped_arrive_in_order(oxd, push, scheme):
    """B12, over the link (found above the collect port, or named) and to an old oxd"""
    collector = oxd("collector", files=True, same_ports=True)
    collector.stop()
    target = {"": collector.ports.collect, "link": f"link://{collector.ports.link}",
              "blueox": f"blueox://{collector.ports.collect}"}[scheme]
    agent = oxd("agent", forward=[target])
    push(agent).push_numbers("queued", 0, 5000)
    agent.wait_received("queued", 5000)
    collector.start()
    wait_numbers(collector.log_path, "queued", range(5000))


def test_a_plain_blueox_oxd_gets_two_frames_unchanged(oxd, push):
    with zmq.Context.instance().socket(zmq.PULL) as old_oxd:
        port = old_oxd.bind_to_random_port("tcp://127.0.0.1")
        agent = oxd("agent", forward=[f"blueox://127.0.0.1:{port}"])
        sender = push(agent)
        sent = [blueox.event("t", {"n": n}, host=f"h{n}") for n in range(100)]
        for frames in sent:
            sender.push(*frames)
        for frames in sent:
            assert old_oxd.poll(20000)
            assert old_oxd.recv_multipart() == frames
        (output,) = agent.control.status()["outputs"]
        assert output["kind"] == "blueox"


def test_stopping_hands_over_what_waits_within_linger(oxd, push):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector], options=["--linger", "20s"])
    push(agent).push_numbers("last", 0, 5000)
    agent.wait_received("last", 5000)
    agent.stop()
    wait_numbers(collector.log_path, "last", range(5000))


@pytest.mark.parametrize("order", ["agent", "collector"])
def test_a_node_that_stops_with_its_target_away_says_what_is_left(oxd, push, dead_address, order):
    if order == "collector":  # the target was there once
        target = oxd("target", same_ports=True)
        agent = oxd("agent", forward=[target], options=["--linger", "200ms"])
        agent.wait_connected(target)
        target.stop()
    else:
        agent = oxd("agent", forward=[dead_address], options=["--linger", "200ms"])
    push(agent).push_numbers("left", 0, 1234)
    agent.wait_received("left", 1234)
    agent.stop()
    assert "1234" in agent.stderr()


def test_a_chain_of_three_keeps_order_and_loses_nothing(oxd, push):
    collector = oxd("collector", files=True)
    relay = oxd("relay", forward=[collector])
    agent = oxd("agent", forward=[relay])
    push(agent).push_numbers("chained", 0, 3000)
    wait_numbers(collector.log_path, "chained", range(3000))
    agent.wait_drained()
    assert output_to(agent.control.status(), relay)["ack_meaning"] == "relayed"
    assert output_to(relay.control.status(), collector)["ack_meaning"] == "stored"


def test_many_senders_are_all_stored_each_in_its_order(oxd, program):
    collector = oxd("collector", files=True)
    agents = [oxd(f"agent{n}", forward=[collector]) for n in range(3)]
    ingests = []
    for n, agent in enumerate(agents):
        for k in range(2):
            ingest = program("oxingest", "-H", agent.ports.collect, f"from{n}.{k}", stdin=subprocess.PIPE)
            ingest.write(b"".join(b"%d\n" % i for i in range(2000)))
            ingest.close_stdin()
            ingests.append(ingest)
    assert [ingest.wait(60.0) for ingest in ingests] == [0] * 6
    for n in range(3):
        for k in range(2):
            wait_until(lambda: [int(event["body"]["data"]) for event in
                                logfiles.events(collector.log_path, f"from{n}.{k}")] == list(range(2000)),
                       30.0, f"from{n}.{k}")
    assert {peer["name"] for peer in collector.control.status()["peers"]} == {a.name for a in agents}


def test_a_node_that_writes_files_and_forwards_does_both(oxd, push):
    collector = oxd("collector", files=True)
    agent = oxd("agent", files=True, forward=[collector])
    push(agent).push_numbers("both", 0, 500)
    wait_numbers(agent.log_path, "both", range(500))
    wait_numbers(collector.log_path, "both", range(500))


def test_a_target_that_answers_nothing_is_shown_as_connecting(oxd, push):
    lease = PortLease(2)
    agent = oxd("agent", forward=[lease.address()])
    push(agent).push_numbers("t", 0, 10)
    agent.wait_received("t", 10)
    wait_until(lambda: agent.pending_events() == 10, what="10 events pending")
    (output,) = agent.control.status()["outputs"]
    assert output["state"] == "connecting" and output["lag"] > 0
    assert output["acked_events"] == 0
    lease.close()
