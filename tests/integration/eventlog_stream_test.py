"""--json-tcp and --json-udp: what eventlog's client library sends."""
import json
import socket

import pytest

from feed_front import FeedFront, ended
from http_front import RestartInTheMiddle

E1 = {"name": "python_log", "tstamp": 1500000000.25, "version": 1, "host": "h", "site": "local",
      "cluster": "local", "pid": 7, "target": "logger:my-app", "message": "some message", "value": 0,
      "codeFile": "/a.py", "codeLine": 3, "codeFunc": "f", "fields": {"level": "info"}, "level": -1}


@pytest.fixture
def front(oxd, program):
    def start(*options, **node):
        return FeedFront(program, oxd("collector", files=True, **node), "--json-tcp", "127.0.0.1:0",
                         "--json-udp", "127.0.0.1:0", *options)
    return start


def line(event):
    return json.dumps(event).encode() + b"\n"


def send_each(feed, *events):
    """Each over a connection of its own, and waits until it has arrived: what is sent over two
    connections has no order."""
    before = len(feed.events("eventlog"))
    feed.send("json_tcp", b"".join(map(line, events)))
    return feed.wait_events(before + len(events), "eventlog")[before:]


def test_an_event_of_the_library(front):
    """E1"""
    (event,) = send_each(front(), E1)
    assert event == {"type": "eventlog", "host": "h", "pid": 7, "end": 1500000000.25, "body": {
        "level": 20, "level_name": -1, "name": "python_log", "message": "some message",
        "logger": "my-app", **{key: E1[key] for key in (
            "tstamp", "version", "site", "cluster", "target", "value", "codeFile", "codeLine",
            "codeFunc", "fields")}}}


def test_it_does_not_matter_how_the_bytes_are_cut(front):
    """E2"""
    feed = front()
    data = line(E1)
    with feed.connect("json_tcp") as connection:
        for piece in (data[:50], data[50:150], data[150:]):
            connection.sendall(piece)
        feed.wait_events(1, "eventlog")
    feed.send("json_tcp", data + data)
    feed.wait_events(3, "eventlog")
    feed.send("json_tcp", data.rstrip())
    events = feed.wait_events(4, "eventlog")
    assert all(event == events[0] for event in events)
    assert feed.counter("stream_json_tcp_rejected") == 0


def test_levels_times_fields_tags_and_metrics(front):
    """E3 to E7"""
    feed = front()
    events = [{"level": 2, "version": 0.9}, {"level": 40, "version": [0, 1]},
              {"level": 0, "version": [0, 1]}, {"level": 0, "version": 1},
              {"tstamp": 1500000000250}, {"tstamp": 1500000000250000000},
              {"tstamp": "2017-07-14T02:40:00.250Z"},
              {"fields": [["a", 1], ["b", "x"]]}, {"fields": {"a": 1}}, {"fields": None},
              {"tags": "one"}, {"tags": ["one", "two"]},
              {"metrics": {"value": 3.14159, "choice": "banana", "durationMs": 34.2}}]
    stored = send_each(feed, *events)
    bodies = [event["body"] for event in stored]
    assert [body["level"] for body in bodies[:4]] == [40, 40, 0, 25]
    assert {event["end"] for event in stored[4:7]} == {1500000000.25}
    assert [body.get("fields") for body in bodies[7:10]] == [{"a": 1, "b": "x"}, {"a": 1}, None]
    assert [body["tags"] for body in bodies[10:12]] == [["one"], ["one", "two"]]
    assert bodies[12]["metrics"] == {"value": 3.14159, "choice": "banana", "durationMs": 34.2}


def test_a_garbage_line_is_counted_and_the_connection_is_kept(front):
    """E8"""
    feed = front()
    with feed.connect("json_tcp") as connection:
        connection.sendall(line(E1) + b"garbage\n" + line(E1))
        feed.wait_events(2, "eventlog")
        feed.wait_counter("stream_json_tcp_rejected", 1)
        connection.sendall(line(E1))
        feed.wait_events(3, "eventlog")


def test_connections_without_a_byte_are_harmless(front):
    """E9"""
    feed = front()
    for _ in range(100):
        feed.connect("json_tcp").close()
    send_each(feed, E1)
    feed.wait_counter("stream_json_tcp_connections_accepted", 101)
    assert feed.counter("stream_json_tcp_rejected") == 0
    assert feed.counter("stream_json_tcp_errors") == 0
    # What is said at the start is about the ports alone.
    assert "json-tcp" not in feed.program.stderr()


def test_datagrams(front):
    """E10"""
    feed = front()
    feed.send_datagram("json_udp", line(E1))
    feed.send_datagram("json_udp", line(E1).rstrip())
    feed.send_datagram("json_udp", json.dumps({**E1, "message": "x" * 60_000}).encode())
    events = feed.wait_events(3, "eventlog")
    assert sorted(len(event["body"]["message"]) for event in events) == [12, 12, 60_000]
    feed.send_datagram("json_udp", b"garbage")
    feed.wait_counter("stream_json_udp_rejected", 1)


def test_an_object_over_many_lines_is_one_event(front):
    """E11"""
    feed = front()
    feed.send("json_tcp", json.dumps(E1, indent=4).encode() + b"\n")
    feed.wait_events(1, "eventlog")
    assert feed.counter("stream_json_tcp_rejected") == 0


CLICK = bytes.fromhex(
    "000000001c0000000000000005000d00000010c00b5ad6410000000014000000" + "0" * 48 + "3100000032000000" +
    "0" * 48 + "2500000052000000" + "0" * 112 + "0d00000027000000636c69636b0000006d792d627574746f6e000000"
    "00000000040000000200020001000000000000000300000000000000050000001200000000000000000000006e000000"
    "00000000")


def test_capn_proto_over_tcp_and_udp(front):
    """E12"""
    feed = front()
    with feed.connect("json_tcp") as connection:
        connection.sendall(CLICK[:5])
        connection.sendall(CLICK[5:] + CLICK + CLICK[:100])
        feed.wait_events(2, "eventlog")
        connection.sendall(CLICK[100:])
        feed.wait_events(3, "eventlog")
    feed.send_datagram("json_udp", CLICK)
    events = feed.wait_events(4, "eventlog")
    assert events == [{"type": "eventlog", "host": "front", "end": 1500000000.25, "body": {
        "level": 20, "name": "click", "tstamp": 1500000000.25, "target": "my-button",
        "fields": {"n": 3}}}] * 4
    feed.send("json_tcp", CLICK + b"\xff" * 100)
    feed.wait_events(5, "eventlog")
    feed.wait_counter("stream_json_tcp_rejected", 1)


def test_python_pickles_are_counted_and_never_read(front):
    """logging.handlers.SocketHandler: whoever unpickles runs what the sender chooses."""
    import logging
    import logging.handlers
    feed = front()
    host, port = feed.address("json_tcp")
    handler = logging.handlers.SocketHandler(host, port)
    logger = logging.Logger("pickles")
    logger.addHandler(handler)
    logger.error("boom")
    assert ended(handler.sock)
    handler.close()
    feed.wait_counter("stream_json_tcp_rejected", 1)
    host, port = feed.address("json_udp")
    datagrams = logging.handlers.DatagramHandler(host, port)
    logger.handlers = [datagrams]
    logger.error("boom")
    datagrams.close()
    feed.wait_counter("stream_json_udp_rejected", 1)
    assert "use HTTPHandler" in feed.program.stderr()


def test_type_names_the_events(oxd, program):
    feed = FeedFront(program, oxd("collector", files=True), "--json-tcp",
                     "127.0.0.1:0,type=eventlog.{site|none}.{level}")
    feed.send("json_tcp", line(E1))
    feed.wait_events(1, "eventlog.local.info")


def test_nothing_is_lost_while_the_collector_is_killed(front):
    """One connection for each ten events, as the library has one for each flush; nobody answers it."""
    feed = front(same_ports=True)
    with RestartInTheMiddle(feed.node, 1000) as middle:
        for first in range(0, 1000, 10):
            feed.send("json_tcp", b"".join(line({**E1, "value": n}) for n in range(first, first + 10)))
            middle.sent(10)
    events = feed.wait_events(1000, "eventlog")
    assert sorted(event["body"]["value"] for event in events) == list(range(1000))


def test_over_a_unix_socket(oxd, program, tmp_path):
    path = tmp_path / "json.sock"
    feed = FeedFront(program, oxd("collector", files=True), "--json-tcp", f"unix:{path}")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(line({"name": "click"}))
    (event,) = feed.wait_events(1, "eventlog")
    assert event["host"] == "front"
