"""--beats: what Elastic's Beats send to Logstash (Lumberjack protocol, version 2)."""
import json
import struct
import zlib

import pytest

from feed_front import FeedFront, ended, receive
from http_front import RestartInTheMiddle
from waiting import patient

PLAIN = bytes.fromhex("325700000001324a00000001000000107b226d657373616765223a226869227d")
ZIPPED = bytes.fromhex("325700000001324300000020789c33f2626060600462816aa5dcd4e2e2c4f454252ba58c4ca55a"
                       "003dc805fe")
ACK = bytes.fromhex("324100000001")


@pytest.fixture
def front(oxd, program):
    def start(*options, **node):
        return FeedFront(program, oxd("collector", files=True, **node), "--beats",
                         ",".join(["127.0.0.1:0", *options]))
    return start


def event(sequence, document):
    text = json.dumps(document).encode()
    return b"2J" + struct.pack(">II", sequence, len(text)) + text


def window(documents, compressed=False):
    frames = b"".join(event(i, document) for i, document in enumerate(documents, 1))
    if compressed:
        packed = zlib.compress(frames)
        frames = b"2C" + struct.pack(">I", len(packed)) + packed
    return b"2W" + struct.pack(">I", len(documents)) + frames


def wait_ack(connection, sequence):
    """As Beats do: any number of acknowledgements, up to the one of the window."""
    seen = []
    while not seen or seen[-1] != sequence:
        kind, number = struct.unpack(">2sI", receive(connection, 6))
        assert kind == b"2A" and number <= sequence
        seen.append(number)
    return seen


def numbers(events):
    return [event["body"]["n"] for event in events]


def test_a_window_is_acknowledged_plain_and_compressed(front):
    feed = front()
    with feed.connect("beats") as connection:
        for sent, count in ((PLAIN, 1), (ZIPPED, 2)):
            connection.sendall(sent)
            assert receive(connection, 6) == ACK
            events = feed.wait_events(count, "beats")
            assert events[-1]["body"] == {"message": "hi"} and events[-1]["host"] == "front"


def test_windows_byte_by_byte(front):
    feed = front()
    with feed.connect("beats") as connection:
        for byte in PLAIN + ZIPPED:
            connection.sendall(bytes([byte]))
        assert receive(connection, 12) == ACK + ACK
    feed.wait_events(2, "beats")


def test_an_event_of_filebeat(front):
    feed = front()
    document = {"@timestamp": "2017-07-14T02:40:00.250Z", "@metadata": {"beat": "filebeat", "type": "_doc"},
                "message": "GET /", "log": {"file": {"path": "/var/log/x"}, "level": "warn"},
                "host": {"name": "web-1"}, "agent": {"type": "filebeat"}}
    with feed.connect("beats") as connection:
        connection.sendall(window([document]))
        wait_ack(connection, 1)
    (event,) = feed.wait_events(1, "filebeat")
    assert event["end"] == 1500000000.25 and event["host"] == "web-1"
    assert event["body"]["message"] == "GET /" and event["body"]["level"] == 30
    assert event["body"]["agent"] == {"type": "filebeat"}


def test_large_windows_one_behind_the_other(front):
    feed = front()
    with feed.connect("beats") as connection:
        for start in (0, 2000):
            documents = [{"n": n, "text": "x" * 1000} for n in range(start, start + 2000)]
            connection.sendall(window(documents, compressed=True))
        assert wait_ack(connection, 2000)
        assert wait_ack(connection, 2000)
    assert numbers(feed.wait_events(4000, "beats")) == list(range(4000))


def test_version_1_of_logstash_forwarder(front):
    feed = front()
    text = lambda value: struct.pack(">I", len(value)) + value
    with feed.connect("beats") as connection:
        connection.sendall(b"1W" + struct.pack(">I", 1) + b"1D" + struct.pack(">II", 1, 2) +
                           text(b"line") + text(b"hi") + text(b"host") + text(b"web-1"))
        assert receive(connection, 6) == b"1A" + struct.pack(">I", 1)
    (event,) = feed.wait_events(1, "beats")
    assert event["host"] == "web-1" and event["body"] == {"line": "hi"}


def test_who_breaks_the_protocol_is_left_alone(front):
    feed = front()
    with feed.connect("beats") as good:
        nested = zlib.compress(window([{}], compressed=True)[6:])
        for broken in (b"GET / HTTP/1.1\r\n\r\n", event(1, {}), b"2W" + struct.pack(">I", 10_001),
                       b"2W\0\0\0\1" + b"2C" + struct.pack(">I", len(nested)) + nested,
                       b"2W\0\0\0\1" + b"2J" + struct.pack(">II", 1, 1 << 31)):
            with feed.connect("beats") as connection:
                connection.sendall(broken)
                assert ended(connection), broken
        good.sendall(PLAIN)
        assert receive(good, 6) == ACK
    feed.wait_events(1, "beats")


def test_nothing_is_lost_while_the_collector_is_killed(front):
    """The sender has the patience of Beats (30 seconds), and hears every five that we are alive."""
    feed = front(same_ports=True)
    with feed.connect("beats") as connection, RestartInTheMiddle(feed.node, 1000) as middle:
        connection.settimeout(patient(60.0))
        for start in range(0, 1000, 10):
            connection.sendall(window([{"n": n} for n in range(start, start + 10)], start % 20 == 0))
            middle.sent(10)
            wait_ack(connection, 10)
    assert numbers(feed.wait_events(1000, "beats")) == list(range(1000))


def test_while_the_collector_is_away_the_sender_hears_that_we_are_alive(front):
    feed = front(same_ports=True)
    with feed.connect("beats") as connection:
        connection.sendall(PLAIN)
        assert receive(connection, 6) == ACK
        feed.node.kill()
        connection.sendall(PLAIN)
        connection.settimeout(patient(60.0))
        assert receive(connection, 6) == b"2A" + struct.pack(">I", 0)
        feed.node.start()
        assert wait_ack(connection, 1)[-1] == 1
    feed.wait_events(2, "beats")
