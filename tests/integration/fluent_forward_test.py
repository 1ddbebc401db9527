"""--fluent: what Fluentd, Fluent Bit and the fluent-logger libraries send."""
import contextlib
import gzip
import hashlib
import json
import logging
import socket
import subprocess
import sys
import time

import msgpack
import pytest

from feed_front import FeedFront, ended, receive
from http_front import RestartInTheMiddle
from waiting import patient

MESSAGE = bytes.fromhex("93aa6170702e616363657373ce59682f0081a76d657373616765a26869")
EVENT_TIME = bytes.fromhex("93aa6170702e616363657373d70059682f000ee6b28081a76d657373616765a26869")
PACKED = bytes.fromhex("93a174c42792ce59682f0081a76d657373616765a16192d70059682f000ee6b28081a76d65737361"
                       "6765a16282a473697a6502a56368756e6ba26331")
GZIP = bytes.fromhex("93a174c4311f8b08000000000002039b742e32439fa171796e6a7171627aeac2c449d71940227ccf36"
                     "35204493001d7ee57b2700000083a473697a6502aa636f6d70726573736564a4677a6970a56368756e"
                     "6ba26331")
ACK = bytes.fromhex("81a361636ba26331")


@pytest.fixture
def front(oxd, program):
    def start(*options, listen="127.0.0.1:0", **node):
        return FeedFront(program, oxd("collector", files=True, **node), "--fluent",
                         ",".join([listen, *options]))
    return start


class Client:
    """Speaks the protocol by hand."""

    def __init__(self, front):
        self.socket = front.connect("fluent")
        self.unpacker = msgpack.Unpacker(raw=False)

    def send(self, *values):
        self.socket.sendall(b"".join(v if isinstance(v, bytes) else msgpack.packb(v) for v in values))

    def receive(self):
        while True:
            for value in self.unpacker:
                return value
            data = self.socket.recv(65536)
            assert data, "the connection ended"
            self.unpacker.feed(data)


def entries(numbers, **more):
    return b"".join(msgpack.packb([1500000000, {"n": n, **more}]) for n in numbers)


def numbers(events):
    return [event["body"]["n"] for event in events]


def test_the_vectors_of_the_protocol_arrive_and_chunks_are_acknowledged(front):
    feed = front()
    with feed.connect("fluent") as connection:
        connection.sendall(MESSAGE + EVENT_TIME + PACKED)
        assert receive(connection, len(ACK)) == ACK
    with feed.connect("fluent") as connection:
        connection.sendall(GZIP)
        assert receive(connection, len(ACK)) == ACK
    access = feed.wait_events(2, "app.access")
    assert [event["end"] for event in access] == [1500000000, 1500000000.25]
    assert access[0] == {"type": "app.access", "host": "front", "end": 1500000000, "body": {
        "name": "app.access", "message": "hi", "tag": "app.access"}}
    assert [event["body"]["message"] for event in feed.wait_events(4, "t")] == ["a", "b", "a", "b"]


def test_all_four_modes_and_forms_of_time(front):
    feed = front()
    client = Client(feed)
    when = msgpack.ExtType(0, bytes.fromhex("59682f000ee6b280"))
    client.send(["t", 1500000000, {"n": 1}], ["t", when, {"n": 2}], ["t", 1500000000.25, {"n": 3}],
                ["t", [[1500000000, {"n": 4}], [[when, {"meta": "data"}], {"n": 5}]]],
                ["t", entries([6, 7])],
                ["t", entries([8]), {}],
                ["t", gzip.compress(entries([9])) + gzip.compress(entries([10])),
                 {"compressed": "gzip", "chunk": "last", "size": 2, "unknown": [None]}])
    assert client.receive() == {"ack": "last"}
    events = feed.wait_events(10, "t")
    by_number = {event["body"]["n"]: event["end"] for event in events}
    assert by_number == {n: 1500000000.25 if n in (2, 3, 5) else 1500000000 for n in range(1, 11)}


def test_what_is_no_entry_is_skipped_and_the_rest_is_kept(front):
    feed = front()
    client = Client(feed)
    client.send(b"\xc0", 5, {"not": "a message"}, ["t"], ["t", 1, "no map"],
                ["t", [7, [], [1, {"n": 1}], ["x", {}]], {"chunk": "a"}])
    assert client.receive() == {"ack": "a"}
    assert numbers(feed.wait_events(1, "t")) == [1]
    assert feed.counter("stream_fluent_rejected") == 7


def test_a_broken_peer_disturbs_nobody(front):
    feed = front()
    good = Client(feed)
    good.send(["t", 1, {"n": 1}])
    for broken in (b"\xc1", b"\x91" * 1000, b"\x93\xa1t\xc6\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n",
                   msgpack.packb(["t", b"no gzip", {"compressed": "gzip", "chunk": "x"}]),
                   msgpack.packb(["t", b"?", {"compressed": "lzo", "chunk": "x"}])):
        with feed.connect("fluent") as connection:
            connection.sendall(broken)
            with contextlib.suppress(OSError):  # it may be closed already, and reset
                connection.shutdown(socket.SHUT_WR)
            assert ended(connection), broken
    good.send(["t", 1, {"n": 2}, {"chunk": "end"}])
    assert good.receive() == {"ack": "end"}
    assert sorted(numbers(feed.wait_events(2, "t"))) == [1, 2]


def test_a_chunk_that_is_sent_again_is_stored_once(front):
    feed = front()
    message = msgpack.packb(["t", entries(range(100)), {"chunk": "again"}])
    for _ in range(3):
        client = Client(feed)
        client.send(message, message)
        assert [client.receive(), client.receive()] == [{"ack": "again"}] * 2
    other = msgpack.packb(["t", entries(range(100, 101)), {"chunk": "other"}])
    client.send(other)
    assert client.receive() == {"ack": "other"}
    assert numbers(feed.wait_events(101, "t")) == list(range(101))
    assert feed.counter("stream_fluent_duplicates") == 5


def test_a_large_chunk_goes_through_in_pieces(front):
    feed = front()
    count = 60_000
    packed = entries(range(count), text="x" * 200)
    assert len(packed) > 12 << 20
    for chunk, data, option in (("plain", packed, {}),
                                ("zipped", gzip.compress(packed, 1), {"compressed": "gzip"})):
        client = Client(feed)
        client.send(["t." + chunk, data, {"chunk": chunk, **option}])
        assert client.receive() == {"ack": chunk}
        assert numbers(feed.wait_events(count, "t." + chunk)) == list(range(count))


def test_json_is_spoken_to_who_begins_with_it(front):
    feed = front()
    with feed.connect("fluent") as connection:
        connection.sendall(b'["t", 1500000000, {"n": 1}]["t", [[1500000000.25, {"n": 2}]], {"chunk": "j"}]')
        assert json.loads(receive(connection, len('{"ack":"j"}'))) == {"ack": "j"}
    assert sorted(numbers(feed.wait_events(2, "t"))) == [1, 2]


def test_a_datagram_is_answered_with_one_zero_byte(front):
    feed = front()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(patient(30.0))
        probe.sendto(b"\x00", feed.address("fluent"))
        assert probe.recv(100) == b"\x00"


def digest(*parts):
    return hashlib.sha512(b"".join(p if isinstance(p, bytes) else p.encode() for p in parts)).hexdigest()


def shake_hands(client, key="secret", user="", password=""):
    word, options = client.receive()
    assert word == "HELO" and len(options["nonce"]) == 16 and options["keepalive"] is True
    client.send(["PING", "client.local", "salt", digest("salt", "client.local", options["nonce"], key),
                 user, digest(options["auth"], user, password) if user else ""])
    return options, client.receive()


def test_with_a_shared_key_both_sides_prove_it(front, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_text("secret\n")
    key_file.chmod(0o600)
    feed = front(f"shared-key={key_file}")
    client = Client(feed)
    options, pong = shake_hands(client)
    assert pong == ["PONG", True, "", "front", digest("salt", "front", options["nonce"], "secret")]
    assert options["auth"] == b"" or options["auth"] == ""
    client.send(["t", 1, {"n": 1}, {"chunk": "c"}])
    assert client.receive() == {"ack": "c"}

    stranger = Client(feed)
    assert shake_hands(stranger, key="Secret")[1] == ["PONG", False, "shared_key mismatch", "", ""]
    assert ended(stranger.socket)
    silent = Client(feed)
    silent.receive()
    silent.send(["t", 1, {"n": 2}])
    assert silent.receive() == ["PONG", False, "invalid ping message", "", ""]
    assert ended(silent.socket)
    assert numbers(feed.wait_events(1, "t")) == [1]
    assert feed.counter("stream_fluent_denied") == 2


def test_with_users_a_password_is_asked_for_as_well(front, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_text("secret\nbob:pw\n")
    key_file.chmod(0o600)
    feed = front(f"shared-key={key_file}")
    client = Client(feed)
    options, pong = shake_hands(client, user="bob", password="pw")
    assert len(options["auth"]) == 16 and pong[:2] == ["PONG", True]
    wrong = Client(feed)
    assert shake_hands(wrong, user="bob", password="px")[1][:3] == ["PONG", False,
                                                                    "username/password mismatch"]


def test_a_key_file_that_others_may_read_is_refused(oxd, tmp_path):
    import processes
    key_file = tmp_path / "key"
    key_file.write_text("secret\n")
    key_file.chmod(0o644)
    done = processes.run("oxingest", "--fluent", f"127.0.0.1:0,shared-key={key_file}")
    assert done.code == 78 and str(key_file) in done.stderr


def test_over_tls(front, tmp_path):
    import ssl
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                    "/CN=localhost", "-keyout", key, "-out", cert], check=True, capture_output=True)
    feed = front(f"cert={cert}", f"key={key}")
    context = ssl.create_default_context(cafile=cert)
    context.check_hostname = False
    with context.wrap_socket(feed.connect("fluent")) as connection:
        connection.sendall(PACKED)
        assert receive(connection, len(ACK)) == ACK
    feed.wait_events(2, "t")


def test_type_names_the_events(front):
    feed = front("type=fluent.{level|none}")
    client = Client(feed)
    client.send(["t", 1, {"n": 1, "level": "error"}, {"chunk": "c"}])
    assert client.receive() == {"ack": "c"}
    assert numbers(feed.wait_events(1, "fluent.error")) == [1]


CLICK = {"name": "click", "target": "my-button", "tgType": "ui", "tstamp": 1500000000.25}


def test_an_event_of_eventlog_is_the_same_as_over_http_and_tcp(oxd, program):
    """E14"""
    feed = FeedFront(program, oxd("collector", files=True), "--fluent", "127.0.0.1:0",
                     "--json-tcp", "127.0.0.1:0")
    feed.send("fluent", msgpack.packb(["ui.click", 1500000000, CLICK]))
    feed.send("json_tcp", json.dumps(CLICK).encode())
    import urllib.request
    request = urllib.request.Request(f"http://{feed.ports['http']}/api/v1/events",
                                     json.dumps(CLICK).encode(), {"Content-Type": "application/json"})
    assert json.load(urllib.request.urlopen(request, timeout=patient(60.0))) == {"accepted": 1}
    by_tcp, by_http = feed.wait_events(2, "eventlog")
    (by_fluent,) = feed.wait_events(1, "ui.click")
    assert by_tcp == by_http
    # Only the tag is said in addition, and names the event.
    assert by_fluent.pop("type") == by_fluent["body"].pop("tag") == "ui.click"
    by_tcp.pop("type")
    assert by_fluent == by_tcp


def test_python_fluent_logger_delivers(front):
    from fluent import handler, sender
    feed = front()
    host, port = feed.address("fluent")
    client = sender.FluentSender("app", host=host, port=port, nanosecond_precision=True)
    assert client.emit("follow", {"from": "a", "to": "b"})
    assert client.emit_with_time("follow", 1500000000, {"from": "c"})
    client.close()
    first, second = feed.wait_events(2, "app.follow")
    assert first["body"] == {"name": "app.follow", "tag": "app.follow", "from": "a", "to": "b"}
    assert second["end"] == 1500000000

    logger = logging.Logger("fluent-test")
    own = handler.FluentHandler("app.log", host=host, port=port)
    own.setFormatter(handler.FluentRecordFormatter())
    logger.addHandler(own)
    logger.error("boom %d", 3)
    own.close()
    (event,) = feed.wait_events(1, "app.log")
    assert event["body"]["message"] == "boom 3"
    assert event["body"]["sys_name"] == "fluent-test"


def test_python_fluent_logger_over_a_unix_socket(front, tmp_path):
    from fluent import sender
    path = tmp_path / "fluent.sock"
    feed = front(listen=f"unix:{path}")
    client = sender.FluentSender("app", host=f"unix://{path}")
    assert client.emit("follow", {"n": 1})
    client.close()
    assert numbers(feed.wait_events(1, "app.follow")) == [1]


def test_fluent_logger_loses_nothing_while_the_collector_is_killed(front):
    """Nobody tells it: what waits is held back in front of the collector."""
    from fluent import sender
    feed = front(same_ports=True)
    host, port = feed.address("fluent")
    client = sender.FluentSender("app", host=host, port=port)
    with RestartInTheMiddle(feed.node, 1000) as middle:
        for n in range(1000):
            assert client.emit("x", {"n": n})
            middle.sent()
    client.close()
    assert numbers(feed.wait_events(1000, "app.x")) == list(range(1000))


def test_chunks_are_neither_lost_nor_doubled_while_the_collector_is_killed(front):
    """A client that sends again, over a new connection, what was not acknowledged in time."""
    feed = front(same_ports=True)
    client = Client(feed)
    client.socket.settimeout(1.0)
    resent = 0
    with RestartInTheMiddle(feed.node, 1000) as middle:
        for first in range(0, 1000, 10):
            message = ["t", entries(range(first, first + 10)), {"chunk": f"chunk-{first}"}]
            deadline = time.monotonic() + patient(120.0)
            client.send(message)
            middle.sent(10)
            while True:
                try:
                    assert client.receive() == {"ack": f"chunk-{first}"}
                    break
                except socket.timeout:
                    assert time.monotonic() < deadline
                    resent += 1
                    client.socket.close()
                    client = Client(feed)
                    client.socket.settimeout(1.0)
                    client.send(message)
    assert numbers(feed.wait_events(1000, "t")) == list(range(1000))
    assert feed.counter("stream_fluent_duplicates") == resent
