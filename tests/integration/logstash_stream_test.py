"""--logstash-tcp and --logstash-udp: what is sent to Logstash's TCP and UDP inputs."""
import json

import pytest

from feed_front import FeedFront
from http_front import RestartInTheMiddle

# python-logstash-async, as its LogstashFormatter writes it.
DOCUMENT = {"@timestamp": "2017-07-14T02:40:00.250Z", "@version": "1", "host": "web-1",
            "level": "ERROR", "logsource": "web-1", "message": "no connection", "pid": 7,
            "program": "app.py", "type": "python-logstash", "tags": ["a"],
            "extra": {"logger_name": "app.db", "line": 3, "func_name": "f"}}
BAD = ["_jsonparsefailure"]


@pytest.fixture
def front(oxd, program):
    def start(*options, **node):
        return FeedFront(program, oxd("collector", files=True, **node), "--logstash-tcp",
                         "127.0.0.1:0", "--logstash-udp", "127.0.0.1:0", *options)
    return start


def line(event):
    return json.dumps(event).encode() + b"\n"


def test_a_document_is_an_event(front):
    feed = front()
    feed.send("logstash_tcp", line(DOCUMENT))
    (event,) = feed.wait_events(1, "python-logstash")
    assert event["end"] == 1500000000.25 and event["host"] == "web-1" and event["pid"] == 7
    assert event["body"]["level"] == 40 and event["body"]["name"] == "app.db"
    assert event["body"]["message"] == "no connection" and event["body"]["tags"] == ["a"]
    assert event["body"]["extra"] == DOCUMENT["extra"]


def test_lines_concatenated_objects_and_arrays(front):
    feed = front()
    one = json.dumps({"n": 1}).encode()
    feed.send("logstash_tcp", one + one + b"\n" + one + b"\r\n[" + one + b"," + one + b"]" +
              json.dumps({"n": 1}, indent=2).encode())
    events = feed.wait_events(6, "logstash")
    assert [event["body"] for event in events] == [{"n": 1}] * 6


def test_a_line_that_is_no_json_is_kept_and_tagged(front):
    feed = front()
    feed.send("logstash_tcp", line({"n": 1}) + b"just text\n\n" + line({"n": 2}) + b'"a string"\n[5]\n')
    events = feed.wait_events(5, "logstash")
    assert [event["body"] for event in events] == [
        {"n": 1}, {"message": "just text", "tags": BAD}, {"n": 2},
        {"message": "a string", "tags": BAD}, {"message": "5", "tags": BAD}]
    assert feed.counter("stream_logstash_tcp_rejected") == 0


def test_datagrams(front):
    feed = front()
    feed.send_datagram("logstash_udp", line(DOCUMENT))
    feed.wait_events(1, "python-logstash")
    feed.send_datagram("logstash_udp", b"just text")
    (event,) = feed.wait_events(1, "logstash")
    assert event["body"] == {"message": "just text", "tags": BAD} and event["host"] == "front"


def test_nothing_is_lost_while_the_collector_is_killed(front):
    feed = front(same_ports=True)
    with feed.connect("logstash_tcp") as connection, RestartInTheMiddle(feed.node, 1000) as middle:
        for n in range(1000):
            connection.sendall(line({"n": n}))
            middle.sent()
    assert [event["body"]["n"] for event in feed.wait_events(1000, "logstash")] == list(range(1000))
