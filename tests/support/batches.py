"""Batches in pure Python, from the byte tables in proto/README.md ("Batch"). Nothing here is shared with
the C++ code: that both understand each other shows that the description is enough."""
import struct
import time
import uuid
from typing import NamedTuple

MAGIC = b"OXB1"
HEADER_SIZE = 64
MAX_BATCH_BYTES = 16 << 20
# magic, header CRC | run, seq, sealed at (us), events, codec, 3 reserved, raw and stored length,
# payload CRC, 4 reserved
HEAD = struct.Struct("<4sI")
TAIL = struct.Struct("<16sQqIB3xIII4x")
EVENT = struct.Struct("<HdI")


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _crc_table()


def crc32c(data):
    """CRC-32C (Castagnoli, reflected), RFC 3720 appendix B.4."""
    crc, table = 0xFFFFFFFF, _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


class Event(NamedTuple):
    type: bytes
    host: bytes
    end: float
    body: bytes


def encode_payload(events):
    pairs = {}
    rows = []
    for event in events:
        index = pairs.setdefault((event.type, event.host), len(pairs))
        rows.append(EVENT.pack(index, event.end, len(event.body)) + event.body)
    table = struct.pack("<H", len(pairs))
    for type_name, host in pairs:
        table += bytes([len(type_name)]) + type_name + bytes([len(host)]) + host
    return table + b"".join(rows)


def frame_payload(payload, run, seq, event_count, *, sealed_at=None, codec=0, raw_length=None,
                  stored_length=None, payload_crc=None, magic=MAGIC, header_crc=None):
    """Header and payload; every named field may be forged."""
    sealed_at = time.time() if sealed_at is None else sealed_at
    rest = TAIL.pack(run.bytes, seq, int(sealed_at * 1e6), event_count, codec,
                     len(payload) if raw_length is None else raw_length,
                     len(payload) if stored_length is None else stored_length,
                     crc32c(payload) if payload_crc is None else payload_crc)
    crc = crc32c(rest) if header_crc is None else header_crc
    return HEAD.pack(magic, crc) + rest + payload


def encode(events, run, seq, **forged):
    return frame_payload(encode_payload(events), run, seq, len(events), **forged)


class Batch(NamedTuple):
    run: uuid.UUID
    seq: int
    events: list


def decode(data):
    magic, header_crc = HEAD.unpack_from(data)
    assert magic == MAGIC, magic
    assert crc32c(data[HEAD.size:HEADER_SIZE]) == header_crc, "the header's CRC is wrong"
    run, seq, _, count, codec, _, stored, payload_crc = TAIL.unpack_from(data, HEAD.size)
    payload = data[HEADER_SIZE:]
    assert codec == 0 and len(payload) == stored, "the payload has not the announced length"
    assert crc32c(payload) == payload_crc, "the payload's CRC is wrong"
    (pair_count,) = struct.unpack_from("<H", payload)
    at, names, pairs = 2, [], []
    for _ in range(2 * pair_count):
        length = payload[at]
        names.append(payload[at + 1:at + 1 + length])
        at += 1 + length
    pairs = list(zip(names[::2], names[1::2]))
    events = []
    while at < len(payload):
        index, end, length = EVENT.unpack_from(payload, at)
        at += EVENT.size
        events.append(Event(*pairs[index], end, payload[at:at + length]))
        at += length
    assert at == len(payload) and len(events) == count, "the event count is wrong"
    return Batch(uuid.UUID(bytes=run), seq, events)
