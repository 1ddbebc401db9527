"""The control port: BlueOx's requests, ours, and whatever a hostile peer sends there."""
import time

import msgpack
import pytest
import zmq

import logfiles
from control import rejects, unpack


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def test_an_unknown_command_is_answered_and_the_node_goes_on(oxd):
    """B7"""
    node = oxd()
    assert node.control.request({"cmd": "NOPE"}) == {"error": "Unknown Command"}
    assert "error" in unpack(node.control.raw(b"\xc1")[0])
    assert "error" in node.control.request({})
    assert "events" in node.control.status()


MALFORMED_REQUESTS = {
    "nothing": [b""],
    "never used": [b"\xc1"],
    "cut map": [b"\x81\xa3cmd"],
    "announces 4 billion elements": [b"\xdd\xff\xff\xff\xff"],
    "announces a 4 GB string": [b"\xdb\xff\xff\xff\xff"],
    "nested 100,000 deep": [b"\x91" * 100_000],
    "an array": [msgpack.packb(["STATUS"])],
    "a number": [b"\x01"],
    "no cmd": [msgpack.packb({"command": "STATUS"})],
    "cmd is a number": [msgpack.packb({"cmd": 7})],
    "cmd is nil": [msgpack.packb({"cmd": None})],
    "cmd is a map": [msgpack.packb({"cmd": {"cmd": "STATUS"}})],
    "two frames": [msgpack.packb({"cmd": "STATUS"}), b"more"],
    "over a megabyte": [msgpack.packb({"cmd": "STATUS", "pad": "x" * (2 << 20)})],
    "lower case": [msgpack.packb({"cmd": "status"})],
    "cmd is not UTF-8": [b"\x81\xa3cmd\xa2\xff\xfe"],
}


def test_every_malformed_request_gets_an_error_and_costs_nothing_else(oxd):
    node = oxd()
    for name, frames in MALFORMED_REQUESTS.items():
        (reply,) = node.control.raw(*frames)
        assert set(unpack(reply)) == {"error"}, name
        assert unpack(reply)["error"], name
    assert node.control.ping()["ok"] is True
    assert rejects(node.control.status(), "control"), "malformed requests are counted"


def test_a_peer_that_leaves_before_its_answer_disturbs_nobody(oxd):
    node = oxd()
    for _ in range(50):
        with zmq.Context.instance().socket(zmq.DEALER) as socket:
            socket.connect(f"tcp://{node.ports.control}")
            socket.send_multipart([b"", msgpack.packb({"cmd": "STATUS"})])
            socket.close(linger=100)
    assert node.control.ping()["ok"] is True


def test_a_request_without_a_delimiter_or_with_a_long_envelope_is_survived(oxd):
    node = oxd()
    with zmq.Context.instance().socket(zmq.DEALER) as socket:
        socket.connect(f"tcp://{node.ports.control}")
        socket.send_multipart([msgpack.packb({"cmd": "STATUS"})])
        socket.send_multipart([b"hop"] * 300 + [b"", msgpack.packb({"cmd": "STATUS"})])
        socket.send_multipart([b""])
        assert node.control.ping()["ok"] is True
        socket.close(linger=0)


@pytest.mark.parametrize("pack", [
    lambda cmd: b"\x81\xa3cmd" + bytes([0xa0 + len(cmd)]) + cmd,
    lambda cmd: b"\x81\xc4\x03cmd\xc4" + bytes([len(cmd)]) + cmd,
    lambda cmd: b"\x81\xd9\x03cmd\xd9" + bytes([len(cmd)]) + cmd,
    lambda cmd: b"\xde\x00\x01\xda\x00\x03cmd\xda\x00" + bytes([len(cmd)]) + cmd,
], ids=["raw", "bin", "str8", "raw16"])
def test_requests_may_use_any_kind_of_text(oxd, pack):
    node = oxd()
    assert unpack(node.control.raw(pack(b"SOCK_COLLECT"))[0]) == {"port": port_of(node.ports.collect)}


def test_the_ports_are_told(oxd):
    node = oxd(same_ports=True)
    assert node.control.sock_collect() == port_of(node.ports.collect)
    assert node.control.sock_link() == port_of(node.ports.link) == port_of(node.ports.collect) + 1
    assert node.control.sock_stream() == port_of(node.ports.stream)
    assert node.control.sock_tail() == port_of(node.ports.tail)
    for address in (node.ports.stream, node.ports.tail):
        assert 35000 <= port_of(address) < 36000
    assert node.control.status()["ports"]["collect"] == node.ports.collect


def test_ping_tells_who_answers_and_a_new_boot_has_a_new_id(oxd):
    node = oxd(same_ports=True)
    first, status = node.control.ping(), node.control.status()
    assert first["ok"] is True and first["version"]
    assert status["node"]["boot_id"] == first["boot_id"]
    assert status["node"]["name"] == "node"
    assert status["node"]["pid"] == node.pid
    assert status["node"]["started"] <= time.time()
    node.restart()
    assert node.control.ping()["boot_id"] != first["boot_id"]
    assert node.control.status()["node"]["id"] == status["node"]["id"]


def test_shutdown_answers_and_then_exits_0(oxd, push):
    node = oxd(files=True)
    push(node).push_numbers("last", 0, 100)
    node.wait_received("last", 100)
    assert node.control.shutdown() == {"ok": True}
    assert node.program.wait() == 0
    logfiles.assert_numbers(logfiles.numbers(node.log_path, "last"), range(100))


def test_shutdown_can_be_forbidden(oxd):
    node = oxd(options=["--no-remote-shutdown"])
    assert "error" in node.control.shutdown()
    assert node.control.ping()["ok"] is True


def test_flush_returns_when_everything_accepted_is_in_the_files(oxd, push):
    node = oxd(files=True)
    sender = push(node)
    for round_number in range(5):
        sender.push_numbers("flushed", round_number * 200, 200)
        node.wait_received("flushed", (round_number + 1) * 200)
        assert node.control.flush() == {"ok": True}
        logfiles.assert_numbers(logfiles.numbers(node.log_path, "flushed"),
                                range((round_number + 1) * 200))


def test_flush_on_an_agent_waits_for_the_next_hop(oxd, push):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector])
    push(agent).push_numbers("flushed", 0, 500)
    agent.wait_received("flushed", 500)
    assert agent.control.flush() == {"ok": True}
    assert agent.pending_events() == 0
    assert collector.control.flush() == {"ok": True}
    logfiles.assert_numbers(logfiles.numbers(collector.log_path, "flushed"), range(500))


def test_the_log_level_is_told_and_changed(oxd):
    node = oxd()
    assert node.control.log_level() == {"ok": True, "level": "warning"}
    assert node.control.log_level("debug") == {"ok": True, "level": "debug"}
    assert node.control.log_level() == {"ok": True, "level": "debug"}
    assert "error" in node.control.log_level("loud")
    assert node.control.log_level()["level"] == "debug"


def test_forward_refuses_what_is_no_target_and_changes_nothing(oxd, dead_address):
    node = oxd(forward=[dead_address])
    before = node.control.forward("list")
    assert before["ok"] is True and len(before["targets"]) == 1
    for op, targets in (("set", ["host:99999"]), ("add", [""]), ("add", ["blueox://"]),
                        ("remove", ["127.0.0.1:1"]), ("explode", []), (7, [])):
        assert "error" in node.control.forward(op, *targets), (op, targets)
    assert "error" in node.control.request({"cmd": "FORWARD"})
    assert "error" in node.control.request({"cmd": "FORWARD", "op": "set", "targets": "text"})
    assert "error" in node.control.request({"cmd": "FORWARD", "op": "set", "targets": [1, None]})
    after = node.control.forward("list")["targets"]
    assert [t["target"] for t in after] == [t["target"] for t in before["targets"]]


def test_status_bounds_the_number_of_hosts_it_lists(oxd, push):
    node = oxd()
    sender = push(node)
    for n in range(10_500):
        sender.push_event("t", {}, host=f"host-{n}")
    node.wait_received("t", 10_500)
    hosts = node.control.status()["hosts"]
    assert 1000 <= len(hosts) <= 10_000
    assert "host-10499" in hosts and "host-0" not in hosts
