"""Commands of the link protocol in pure Python, from the byte tables in proto/README.md ("Link")."""
import struct
import uuid
from typing import NamedTuple

MAGIC = b"OXLK"
VERSION = 1
HEADER = struct.Struct("<4sBBHQQ")

HELLO, WELCOME, BATCH, ACK, REJECT, RESET, BYE = range(1, 8)

CORRUPT, TOO_LARGE, UNSUPPORTED, MALFORMED = 1, 2, 3, 4
UNKNOWN_VERSION, FORBIDDEN, LOOP, IDENTITY_CONFLICT = 5, 6, 7, 8

ACK_NONE, ACK_RELAYED, ACK_STORED = 0, 1, 2


def header(command, session, frame=0, *, magic=MAGIC, version=VERSION):
    return HEADER.pack(magic, version, command, 0, session, frame)


class Header(NamedTuple):
    command: int
    session: int
    frame: int


def decode_header(data):
    assert len(data) == HEADER.size, f"a link header of {len(data)} bytes"
    magic, version, command, _, session, frame = HEADER.unpack(data)
    assert (magic, version) == (MAGIC, VERSION), (magic, version)
    return Header(command, session, frame)


def _short(data):
    return bytes([len(data)]) + data


def _nodes(nodes):
    return struct.pack("<H", len(nodes)) + b"".join(node.bytes for node in nodes)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        piece = self.data[self.at:self.at + count]
        assert len(piece) == count, "a cut command"
        self.at += count
        return piece

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def uuid(self):
        return uuid.UUID(bytes=self.take(16))

    def short(self):
        return self.take(self.number(1))

    def nodes(self):
        return [self.uuid() for _ in range(self.number(2))]


class Hello(NamedTuple):
    version: int
    node_id: uuid.UUID
    boot_id: uuid.UUID
    node_name: bytes
    host: bytes
    downstream: list

    def encode(self):
        return (bytes([self.version]) + self.node_id.bytes + self.boot_id.bytes +
                _short(self.node_name) + _short(self.host) + _nodes(self.downstream))

    @staticmethod
    def decode(data):
        r = Reader(data)
        return Hello(r.number(1), r.uuid(), r.uuid(), r.short(), r.short(), r.nodes())


class Welcome(NamedTuple):
    version: int
    node_id: uuid.UUID
    boot_id: uuid.UUID
    node_name: bytes
    window: int
    next_frame: int
    ack_meaning: int
    downstream: list

    def encode(self):
        return (bytes([self.version]) + self.node_id.bytes + self.boot_id.bytes +
                _short(self.node_name) + struct.pack("<QQB", self.window, self.next_frame,
                                                     self.ack_meaning) + _nodes(self.downstream))

    @staticmethod
    def decode(data):
        r = Reader(data)
        return Welcome(r.number(1), r.uuid(), r.uuid(), r.short(), r.number(8), r.number(8),
                       r.number(1), r.nodes())


class Ack(NamedTuple):
    window: int
    ranges: list  # of (run, first, last), inclusive

    def encode(self):
        return struct.pack("<QI", self.window, len(self.ranges)) + b"".join(
            run.bytes + struct.pack("<QQ", first, last) for run, first, last in self.ranges)

    @staticmethod
    def decode(data):
        r = Reader(data)
        window = r.number(8)
        return Ack(window, [(r.uuid(), r.number(8), r.number(8)) for _ in range(r.number(4))])


class Reject(NamedTuple):
    run: uuid.UUID  # nil: the session as a whole
    seq: int
    reason: int
    detail: bytes

    def encode(self):
        return self.run.bytes + struct.pack("<QB", self.seq, self.reason) + _short(self.detail)

    @staticmethod
    def decode(data):
        r = Reader(data)
        return Reject(r.uuid(), r.number(8), r.number(1), r.short())
