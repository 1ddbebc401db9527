"""The tests' own tools: what they are trusted for, checked without any oxd."""
import logging
import struct
import threading
import time
import uuid

import blueox_client as blueox
import msgpack
import pytest
import zmq

import batches
import link_wire as wire
import logfiles
import stream
import vectors
from link_client import LinkSender, numbered_batch
from waiting import Timeout, wait_until

def test_the_meta_vector_decodes_and_encodes():
    """B1"""
    assert len(vectors.META) == 137
    assert blueox.decode_meta(vectors.META) == (3, 1500000000.25, b"web-1", b"request.db")
    assert blueox.encode_meta(1500000000.25, "web-1", "request.db") == vectors.META


def test_an_event_is_packed_as_the_old_specification_says():
    record = {"id": "59682f00" + "0" * 24, "type": "request.db", "host": "web-1", "pid": 4242,
              "start": 1500000000.0, "end": 1500000000.25, "body": {"query": "SELECT 1"}}
    assert blueox.pack(record) == vectors.BODY


@pytest.fixture
def collected():
    """A client's events, received by a plain PULL socket."""
    socket = zmq.Context.instance().socket(zmq.PULL)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    recorder = blueox.Recorder(f"127.0.0.1:{port}")
    blueox.configure(recorder)

    def receive():
        assert socket.poll(10000), "no event came"
        meta, body = socket.recv_multipart()
        record = msgpack.unpackb(body, raw=False)
        assert blueox.decode_meta(meta)[3].decode() == record["type"]
        return record
    yield receive
    blueox.configure(None)
    recorder.close()
    socket.close()


def test_contexts_share_the_id_of_their_parent_and_name_themselves_below_it(collected):
    with blueox.Context("request") as request:
        with blueox.Context(".db"):
            with blueox.Context("^.cache"):
                blueox.set("key", "k")
            blueox.set("rows.count", 3)
            blueox.append("tables", "users")
        with blueox.timeit("seconds"):
            pass
    cache, db, outer = collected(), collected(), collected()
    assert [cache["type"], db["type"], outer["type"]] == ["request.cache", "request.db", "request"]
    assert {cache["id"], db["id"], outer["id"]} == {request.id}
    assert db["body"] == {"rows": {"count": 3}, "tables": ["users"]}
    assert outer["body"]["seconds"] >= 0
    assert outer["start"] <= db["start"] <= db["end"] <= outer["end"]


def test_a_relative_name_without_a_context_is_an_error():
    for name in (".db", "^.db", "^db"):
        with pytest.raises(ValueError):
            blueox.Context(name)


def test_sampling_by_the_parent_is_one_draw_for_all_its_children(collected):
    with blueox.Context("request"):
        for _ in range(20):
            with blueox.Context(".never", sample=("..", -1.0)):
                pass
        with blueox.Context(".always", sample=("..", 1.0)):
            pass
    assert [collected()["type"], collected()["type"]] == ["request.always", "request"]


def test_values_that_cannot_be_sent_empty_the_body(collected):
    with blueox.Context("odd"):
        blueox.set("thing", object())
    assert collected()["body"] is None


def test_log_records_become_events_below_the_current_context(collected):
    logger = logging.getLogger("app")
    handler = blueox.LogHandler()
    logger.addHandler(handler)
    try:
        logger.error("alone %d", 1)
        with blueox.Context("job"):
            try:
                raise KeyError("k")
            except KeyError:
                logger.exception("failed")
    finally:
        logger.removeHandler(handler)
    alone, inside, _ = collected(), collected(), collected()
    assert alone["type"] == "log"
    assert alone["body"] == {"name": "app", "level": "ERROR", "msg": "alone 1"}
    assert inside["type"] == "job.log"
    assert "KeyError" in inside["body"]["exception"]


def test_without_configuration_everything_is_a_no_op():
    blueox.set("key", 1)
    with blueox.timeit("seconds"):
        with blueox.Context("request"):
            blueox.append("list", 1)


def test_crc32c_agrees_with_the_vectors_of_rfc_3720():
    assert batches.crc32c(b"123456789") == 0xE3069283
    assert batches.crc32c(bytes(32)) == 0x8A9136AA
    assert batches.crc32c(b"\xff" * 32) == 0x62A8AB43


def test_a_batch_survives_encoding_and_decoding():
    run = uuid.uuid4()
    events = [batches.Event(b"a", b"h1", 1.5, b"\xff\xff"), batches.Event(b"b", b"h1", 2.5, b""),
              batches.Event(b"a", b"h1", 3.5, b"x" * 1000)]
    data = batches.encode(events, run, 7)
    assert batches.decode(data) == (run, 7, events)
    with pytest.raises(AssertionError):
        batches.decode(data[:-1] + b"y")


def test_a_batch_header_lies_in_the_documented_places():
    run = uuid.UUID(int=1)
    data = batches.encode([batches.Event(b"t", b"h", 0.0, b"body")], run, 2, sealed_at=3.0)
    assert data[:4] == b"OXB1" and data[8:24] == run.bytes
    assert struct.unpack_from("<QqI", data, 24) == (2, 3000000, 1)
    assert struct.unpack_from("<II", data, 48) == (len(data) - 64,) * 2
    assert data[60:64] == bytes(4)


def test_link_commands_survive_encoding_and_decoding():
    a, b = uuid.uuid4(), uuid.uuid4()
    for command in (wire.Hello(1, a, b, b"node", b"host", [a, b]),
                    wire.Welcome(1, a, b, b"node", 1 << 20, 5, wire.ACK_STORED, []),
                    wire.Ack(9, [(a, 1, 4), (b, 7, 7)]),
                    wire.Reject(a, 3, wire.CORRUPT, b"why")):
        assert type(command).decode(command.encode()) == command


def test_a_tail_position_survives_encoding_and_decoding():
    position = stream.TailPosition(uuid.uuid4(), 5, 6, "20170714/request-20170714.log")
    assert stream.decode_tail_position(stream.encode_tail_position(position)) == position


def test_types_are_encoded_as_file_name_parts():
    assert logfiles.encode_type("request.db") == "request.db"
    assert logfiles.encode_type("oxingest.") == "oxingest."
    assert logfiles.encode_type("../../evil") == "%2E.%2F..%2Fevil"
    assert logfiles.encode_type("a\0b%") == "a%00b%25"
    assert len(logfiles.encode_type("x" * 300)) == 200


def test_periods_are_utc_and_start_at_a_multiple_of_the_rotation():
    assert logfiles.period(1500000000.0) == "20170714"
    assert logfiles.period(1500000000.0, 1) == "2017071402"
    assert logfiles.period(1500000000.0, 12) == "2017071400"


def test_a_wait_that_fails_says_what_it_waited_for():
    with pytest.raises(Timeout, match="the moon"):
        wait_until(lambda: False, 0.01, "the moon")


class FakeReceiver(threading.Thread):
    """A ROUTER that stores batches. After `lifetime` of them it forgets its sessions, as a restart would,
    without acknowledging the last one; each life is longer than the one before."""

    def __init__(self, lifetime):
        super().__init__()
        self.lifetime = lifetime
        self.router = zmq.Context.instance().socket(zmq.ROUTER)
        self.port = self.router.bind_to_random_port("tcp://127.0.0.1")
        self.boot_id, self.sessions, self.stored = uuid.uuid4(), {}, {}
        self.done = threading.Event()

    def run(self):
        while not self.done.is_set():
            if self.router.poll(20):
                self.handle(*self.router.recv_multipart())
        self.router.close()

    def handle(self, peer, head, body=b""):
        command, session, frame = wire.decode_header(head)
        if command == wire.HELLO:
            wire.Hello.decode(body)
            self.sessions.setdefault(session, 1)
            self.reply(peer, session, wire.WELCOME, wire.Welcome(
                1, uuid.uuid4(), self.boot_id, b"fake", 4096, self.sessions[session], 2, []))
        elif command == wire.BATCH:
            if self.sessions.get(session) != frame:
                self.reply(peer, session, wire.RESET)
                return
            self.sessions[session] += 1
            batch = batches.decode(body)
            self.stored.setdefault(batch.seq, [e.body for e in batch.events])
            if len(self.stored) % self.lifetime == 0:
                self.boot_id, self.sessions = uuid.uuid4(), {}
                self.lifetime += 3
            else:
                self.reply(peer, session, wire.ACK,
                           wire.Ack(4096, [(batch.run, batch.seq, batch.seq)]))

    def reply(self, peer, session, command, body=None):
        frames = [peer, wire.header(command, session)] + ([body.encode()] if body else [])
        self.router.send_multipart(frames)


def test_the_link_sender_delivers_everything_over_lost_sessions():
    receiver = FakeReceiver(lifetime=7)
    receiver.start()
    try:
        with LinkSender(f"127.0.0.1:{receiver.port}") as sender:
            for seq in range(1, 41):
                sender.add(seq, numbered_batch(sender.run, seq, b"t", [b"%d" % seq] * 3))
            sender.deliver(30.0)
            assert sender.acked == set(range(1, 41))
            assert sender.sessions > 1
    finally:
        receiver.done.set()
        receiver.join()
    assert receiver.stored == {seq: [b"%d" % seq] * 3 for seq in range(1, 41)}


def test_whole_events_are_decoded_from_a_file_that_is_still_written(tmp_path):
    path = logfiles.path_for(tmp_path, "t", time.time())
    path.parent.mkdir()
    path.write_bytes(blueox.pack({"body": {"n": 1}}) + blueox.pack({"body": {"n": 2}})[:-3])
    assert logfiles.numbers(tmp_path, "t") == [1]
