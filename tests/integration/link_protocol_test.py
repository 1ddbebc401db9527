"""The link socket against peers that say what the protocol does not allow."""
import contextlib
import socket
import time
import uuid

import blueox_client as blueox
import pytest
import zmq

import batches
import link_wire as wire
import logfiles
from control import rejects
from link_client import LinkSender, RawLink, numbered_batch
from logfiles import wait_numbers
from waiting import stays, wait_until

NIL = uuid.UUID(int=0)


def events_of(first, count, type_name=b"linked"):
    return [batches.Event(type_name, b"web-1", time.time(), blueox.pack({"body": {"n": n}}))
            for n in range(first, first + count)]


def wait_rejected(node, at_least):
    wait_until(lambda: node.control.rejected("link") >= at_least, what=lambda:
               f"{at_least} rejects: {rejects(node.control.status(), 'link')}")


def check_served(node):
    """Another sender is still served."""
    with LinkSender(node.ports.link) as sender:
        sender.add(1, numbered_batch(sender.run, 1, b"neighbour", [b"\x80"]))
        sender.deliver()
    assert node.alive()


def test_a_session_is_welcomed_and_its_batches_are_acknowledged_and_stored(oxd):
    node = oxd(files=True)
    with RawLink(node.ports.link) as link:
        welcome = link.open()
        assert (welcome.version, welcome.next_frame, welcome.ack_meaning) == (1, 1, wire.ACK_STORED)
        assert welcome.window > 0 and welcome.node_name == b"node"
        assert str(welcome.node_id) == node.control.status()["node"]["id"]
        assert str(welcome.boot_id) == node.control.ping()["boot_id"]
        run = uuid.uuid4()
        for seq in range(1, 6):
            link.send_batch(batches.encode(events_of((seq - 1) * 10, 10), run, seq))
        acked = set()
        while len(acked) < 5:
            _, ack = link.expect(wire.ACK)
            for acked_run, first, last in ack.ranges:
                assert acked_run == run
                acked |= set(range(first, last + 1))
        assert acked == {1, 2, 3, 4, 5}
        wait_numbers(node.log_path, "linked", range(50))
        peers = node.control.status()["peers"]
        assert [(p["name"], p["batches"], p["events"]) for p in peers] == [("test-sender", 5, 50)]


def test_small_batches_that_nobody_acknowledges_yet_are_all_taken(oxd, dead_address):
    # Their acknowledgements wait for the next node. The socket is read now and then only, and must be read on.
    node = oxd(forward=[dead_address])
    with RawLink(node.ports.link) as link:
        link.open()
        run = uuid.uuid4()
        for seq in range(1, 21):
            link.send_batch(batches.encode(events_of(seq, 1), run, seq))
            wait_until(lambda: node.control.status()["peers"][0]["batches"] == seq,
                       what=lambda: node.control.status()["peers"])


def test_a_batch_of_many_types_and_hosts_is_taken_apart(oxd):
    node = oxd(files=True)
    mixed = [batches.Event(b"type%d" % (n % 3), b"host%d" % (n % 5), 1.0 + n,
                           blueox.pack({"body": {"n": n}})) for n in range(30)]
    with RawLink(node.ports.link) as link:
        link.open()
        link.send_batch(batches.encode(mixed, uuid.uuid4(), 1))
        link.expect(wire.ACK)
    for k in range(3):
        wait_numbers(node.log_path, f"type{k}", range(k, 30, 3))
    status = node.control.status()
    assert status["events"]["type2"]["last"] == 30.0
    assert set(status["hosts"]) == {f"host{k}" for k in range(5)}


def test_hello_asks_whether_the_session_stands_and_what_comes_next(oxd):
    node = oxd()
    with RawLink(node.ports.link) as link:
        assert link.open().next_frame == 1
        link.send_batch(batches.encode(events_of(0, 1), uuid.uuid4(), 1))
        link.expect(wire.ACK)
        assert link.open().next_frame == 2


def good_batch():
    return batches.encode(events_of(0, 3, b"bad"), uuid.uuid4(), 1)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def structured(payload, count):
    """A payload that is wrong inside, in a batch whose CRCs are right."""
    return batches.frame_payload(payload, uuid.uuid4(), 1, count)


BAD_BATCHES = {
    "header CRC": (lambda: flipped(good_batch(), 5), wire.CORRUPT),
    "seq changed": (lambda: flipped(good_batch(), 24), wire.CORRUPT),
    "payload changed": (lambda: flipped(good_batch(), 70), wire.CORRUPT),
    "last byte changed": (lambda: flipped(good_batch(), -1 + len(good_batch())), wire.CORRUPT),
    "cut inside the payload": (lambda: good_batch()[:-1], wire.CORRUPT),
    "a byte too many": (lambda: good_batch() + b"\0", wire.CORRUPT),
    "cut inside the header": (lambda: good_batch()[:63], wire.CORRUPT),
    "nothing": (lambda: b"", wire.CORRUPT),
    "another magic": (lambda: b"OXB9" + good_batch()[4:], wire.UNSUPPORTED),
    "an unknown codec": (lambda: batches.encode(events_of(0, 1, b"bad"), uuid.uuid4(), 1, codec=99),
                         wire.UNSUPPORTED),
    "announces 4 GiB": (lambda: batches.encode(events_of(0, 1, b"bad"), uuid.uuid4(), 1,
                                               raw_length=2**32 - 1, stored_length=2**32 - 1),
                        wire.TOO_LARGE),
    "over the largest size": (lambda: good_batch() + bytes(batches.MAX_BATCH_BYTES), wire.TOO_LARGE),
    "lengths that differ": (lambda: batches.encode(events_of(0, 1, b"bad"), uuid.uuid4(), 1,
                                                   raw_length=7), wire.MALFORMED),
    "more events announced": (lambda: structured(batches.encode_payload(events_of(0, 2, b"bad")), 3),
                              wire.MALFORMED),
    "fewer events announced": (lambda: structured(batches.encode_payload(events_of(0, 2, b"bad")), 1),
                               wire.MALFORMED),
    "a pair that is not there": (lambda: structured(b"\0\0" + batches.EVENT.pack(0, 1.0, 0), 1),
                                 wire.MALFORMED),
    "a cut pair table": (lambda: structured(b"\xff\xff\x03bad", 0), wire.MALFORMED),
    "an event longer than the batch": (lambda: structured(
        b"\x01\x00\x03bad\x01h" + batches.EVENT.pack(0, 1.0, 2**32 - 1), 1), wire.MALFORMED),
    "an event without a type": (lambda: structured(b"\x01\x00\x00\x01h" + batches.EVENT.pack(0, 1.0, 0),
                                                   1), wire.MALFORMED),
    "an empty payload": (lambda: structured(b"", 0), wire.MALFORMED),
}


@pytest.mark.parametrize("name", BAD_BATCHES)
def test_a_bad_batch_is_refused_for_what_it_is_and_its_neighbours_stored(oxd, name):
    make, reason = BAD_BATCHES[name]
    node = oxd(files=True)
    data = make()
    run = uuid.uuid4()
    with RawLink(node.ports.link) as link:
        link.open()
        link.send_batch(batches.encode(events_of(0, 5), run, 1))
        link.expect(wire.ACK)
        link.send_batch(data)
        _, reject = link.expect(wire.REJECT)
        assert reject.reason == reason, reject
        if len(data) >= batches.HEADER_SIZE and reason == wire.MALFORMED:
            assert reject.run.bytes == data[8:24] and reject.seq == 1
        link.send_batch(batches.encode(events_of(5, 5), run, 2))
        link.expect(wire.ACK)
    wait_rejected(node, 1)
    wait_numbers(node.log_path, "linked", range(10))
    assert set(node.control.status()["events"]) == {"linked"}
    check_served(node)


GOOD_HELLO = wire.Hello(1, uuid.uuid4(), uuid.uuid4(), b"n", b"h", []).encode()
BAD_COMMANDS = {
    "nothing": [b""],
    "no header": [b"x"],
    "another magic": [wire.header(wire.HELLO, 1, magic=b"OXXX"), GOOD_HELLO],
    "a short header": [wire.header(wire.HELLO, 1)[:-1], GOOD_HELLO],
    "a long header": [wire.header(wire.HELLO, 1) + b"\0", GOOD_HELLO],
    "an unknown version": [wire.header(wire.HELLO, 1, version=9), GOOD_HELLO],
    "command 0": [wire.header(0, 1), GOOD_HELLO],
    "command 8": [wire.header(8, 1), GOOD_HELLO],
    "a receiver's command": [wire.header(wire.ACK, 1), wire.Ack(1, []).encode()],
    "an empty HELLO": [wire.header(wire.HELLO, 1), b""],
    "a cut HELLO": [wire.header(wire.HELLO, 1), GOOD_HELLO[:-3]],
    "a HELLO without a body": [wire.header(wire.HELLO, 1)],
    "a HELLO that announces 65535 nodes": [wire.header(wire.HELLO, 1), GOOD_HELLO[:-2] + b"\xff\xff"],
    "three frames": [wire.header(wire.HELLO, 1), GOOD_HELLO, b"more"],
    "a thousand frames": [b"x"] * 1000,
    "a batch without a body": [wire.header(wire.BATCH, 1, 1)],
}


def test_commands_that_are_none_are_counted_and_disturb_nobody(oxd):
    node = oxd(files=True)
    with RawLink(node.ports.link) as neighbour:
        neighbour.open()
        run = uuid.uuid4()
        for count, (name, frames) in enumerate(BAD_COMMANDS.items(), 1):
            with RawLink(node.ports.link) as hostile:
                hostile.send(*frames)
                wait_until(lambda: node.control.rejected("link") >= count, what=lambda:
                           f"{name} is counted: {rejects(node.control.status(), 'link')}")
            neighbour.send_batch(batches.encode(events_of(count - 1, 1), run, count))
            neighbour.expect(wire.ACK)
        wait_numbers(node.log_path, "linked", range(len(BAD_COMMANDS)))
    check_served(node)


def test_a_hello_of_an_unknown_version_is_refused_as_such(oxd):
    node = oxd()
    with RawLink(node.ports.link) as link:
        link.send(wire.header(wire.HELLO, link.session), link.hello._replace(version=9).encode())
        _, reject = link.expect(wire.REJECT)
        assert (reject.run, reject.reason) == (NIL, wire.UNKNOWN_VERSION)
    wait_rejected(node, 1)
    check_served(node)


# Rule: contiguous
@pytest.mark.parametrize("frame", [0, 2, 2**64 - 1])
def test_a_first_frame_with_another_number_is_answered_with_reset(oxd, frame):
    node = oxd(files=True)
    with RawLink(node.ports.link) as link:
        link.open()
        link.send_batch(batches.encode(events_of(0, 1, b"bad"), uuid.uuid4(), 1), frame=frame)
        link.expect(wire.RESET)
    assert "bad" not in node.control.status()["events"]


# Rule: contiguous
def test_a_frame_that_is_left_out_or_comes_twice_is_answered_with_reset(oxd):
    for second in (3, 1):
        node = oxd(f"node{second}", files=True)
        run = uuid.uuid4()
        with RawLink(node.ports.link) as link:
            link.open()
            link.send_batch(batches.encode(events_of(0, 1), run, 1), frame=1)
            link.expect(wire.ACK)
            link.send_batch(batches.encode(events_of(1, 1), run, 2), frame=second)
            link.expect(wire.RESET)
        with RawLink(node.ports.link) as link:  # a new session sends it again
            link.open()
            link.send_batch(batches.encode(events_of(0, 1), run, 1))
            link.send_batch(batches.encode(events_of(1, 1), run, 2))
            link.expect(wire.ACK)
            wait_numbers(node.log_path, "linked", range(2))


# Rule: contiguous
def test_a_batch_without_a_session_is_answered_with_reset(oxd):
    node = oxd(files=True)
    with RawLink(node.ports.link) as link:
        link.send_batch(batches.encode(events_of(0, 1, b"bad"), uuid.uuid4(), 1))
        link.expect(wire.RESET)
        link.open()
        link.send_batch(batches.encode(events_of(0, 1, b"bad"), uuid.uuid4(), 1), frame=1,
                        session=link.session ^ 1)
        link.expect(wire.RESET)
    assert "bad" not in node.control.status()["events"]


# Rule: dedup-committed
def test_a_batch_sent_by_two_sessions_is_acknowledged_to_both_and_stored_once(oxd):
    node = oxd(files=True)
    data = batches.encode(events_of(0, 10), uuid.uuid4(), 1)
    with RawLink(node.ports.link) as one, RawLink(node.ports.link) as other:
        for link in (one, other):
            link.open()
        for link in (one, other):
            link.send_batch(data)
        for link in (one, other):
            _, ack = link.expect(wire.ACK)
            assert [(first, last) for _, first, last in ack.ranges] == [(1, 1)]
    wait_numbers(node.log_path, "linked", range(10))
    stays(lambda: len(logfiles.numbers(node.log_path, "linked")) == 10, 0.3)


# Rule: identity-conflict
def test_other_bytes_under_a_known_identity_never_replace_what_is_stored(oxd):
    node = oxd(files=True)
    run = uuid.uuid4()
    with RawLink(node.ports.link) as link:
        link.open()
        link.send_batch(batches.encode(events_of(0, 10), run, 1))
        link.expect(wire.ACK)
        other = batches.encode(events_of(100, 10), run, 1)
        link.send_batch(other)
        link.expect(wire.ACK)
        (letter,) = (node.log_path / ".oxd" / "dead-letter").glob("*identity_conflict*")
        assert letter.read_bytes() == other
        assert node.control.status()["counters"]["intake.conflicting_batches"] == 1
        link.send_batch(batches.encode(events_of(10, 10), run, 2))
        link.expect(wire.ACK)
    wait_numbers(node.log_path, "linked", range(20))


# Rule: window
def test_an_event_of_any_size_the_protocol_allows_goes_through(oxd):
    node = oxd(files=True)
    body = blueox.pack({"body": {"n": 0, "pad": "x" * (1 << 20)}})
    with RawLink(node.ports.link) as link:
        link.open()
        link.send_batch(batches.encode([batches.Event(b"large", b"h", 1.0, body)], uuid.uuid4(), 1))
        link.expect(wire.ACK, timeout=30.0)
    wait_until(lambda: logfiles.read_bytes(node.log_path, "large") == body, what="it is stored")


# Rule: window
def test_senders_share_the_budget_and_those_that_have_left_take_no_part(oxd):
    node = oxd(files=True)
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(RawLink(node.ports.link)) for _ in range(40)]
        windows = [link.open().window for link in links]
        assert windows[-1] < windows[0]
        assert links[0].open().window == windows[-1]  # who asks again is not counted twice
        for link in links[1:]:
            link.bye()
        wait_until(lambda: links[0].open().window == windows[0], what="the whole window again")


# Rule: window
def test_more_than_the_window_at_once_does_not_kill_the_node(oxd):
    node = oxd(files=True)
    with RawLink(node.ports.link) as link:
        window = link.open().window
        run = uuid.uuid4()
        body = b"\xc6\x00\x10\x00\x00" + bytes(1 << 20)
        prefix = [batches.Event(b"greedy", b"h", 1.0, body)]
        count = min(64, window // len(body) + 8)
        template = batches.encode_payload(prefix)
        crc = batches.crc32c(template)
        for seq in range(1, count + 1):
            link.send_batch(batches.frame_payload(template, run, seq, 1, payload_crc=crc))
        wait_until(lambda: node.control.received("greedy") >= 1, what="some are taken")
    check_served(node)


def test_bytes_that_are_not_even_zeromq_disturb_nobody(oxd):
    node = oxd(files=True)
    for address in (node.ports.link, node.ports.collect, node.ports.control, node.ports.stream):
        host, port = address.rsplit(":", 1)
        for data in (b"GET / HTTP/1.0\r\n\r\n", b"\xff" * 4096, b"\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL",
                     b""):
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                connection.sendall(data)
    check_served(node)
    with zmq.Context.instance().socket(zmq.PULL) as wrong_kind:
        wrong_kind.connect(f"tcp://{node.ports.link}")
        check_served(node)
