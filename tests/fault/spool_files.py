"""A spool's files from outside, for damage done by hand: the tables are those in
common/spool/segment.h and checkpoint.h."""
import struct
from pathlib import Path
from typing import NamedTuple

import batches

SEGMENT_HEADER = 64
FRAME = struct.Struct("<8sQqIII")  # magic, position, accepted at, length, flags, CRC
FRAME_MAGIC = b"\x89OXR\r\n\x1a\n"
SLOT_HEADER = struct.Struct("<8sIIQI")  # magic, CRC, version, sequence, length of the body
SLOT_CRC_FROM = 12


class Record(NamedTuple):
    segment: Path
    offset: int  # of the frame, in the file
    length: int  # of frame and batch
    position: int
    data: bytes  # the batch

    def seq(self):
        return struct.unpack_from("<Q", self.data, 24)[0]


def segments(directory):
    return sorted(Path(directory).glob("*.seg"))


def records(directory):
    """Those with a whole frame; damage in between is passed over."""
    found = []
    for segment in segments(directory):
        data = segment.read_bytes()
        at = data.find(FRAME_MAGIC, SEGMENT_HEADER)
        while 0 <= at <= len(data) - FRAME.size:
            _, position, _, length, _, crc = FRAME.unpack_from(data, at)
            end = at + FRAME.size + length
            if crc == batches.crc32c(data[at:at + FRAME.size - 4]) and end <= len(data):
                found.append(Record(segment, at, end - at, position, data[at + FRAME.size:end]))
            else:
                end = at + 1
            at = data.find(FRAME_MAGIC, end)
    return found


def frame(position, accepted_at, length):
    head = FRAME.pack(FRAME_MAGIC, position, accepted_at, length, 0, 0)[:-4]
    return head + struct.pack("<I", batches.crc32c(head))


def end_position(segment):
    return int(segment.stem) + segment.stat().st_size - SEGMENT_HEADER


def flip_bit(path, offset, bit):
    with open(path, "r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))


class Slot:
    """One of the two slots of a checkpoint. Fields that a test has no use for stay as they are."""

    def __init__(self, path):
        self.path = Path(path)
        data = self.path.read_bytes()
        self.magic, crc, self.version, self.sequence, length = SLOT_HEADER.unpack_from(data)
        self.valid = crc == batches.crc32c(data[SLOT_CRC_FROM:SLOT_HEADER.size + length])
        if not self.valid:
            return
        body = data[SLOT_HEADER.size:SLOT_HEADER.size + length]
        self.committed, self.store_position = struct.unpack_from("<QQ", body, 16)
        at = 40
        (cursors,) = struct.unpack_from("<I", body, at)
        at += 4
        for _ in range(cursors):
            (name,) = struct.unpack_from("<H", body, at)
            at += 2 + name + 16
        (dedup,) = struct.unpack_from("<I", body, at)
        self.before, self.dedup, self.behind = body[:at], body[at + 4:at + 4 + dedup], body[at + 4 + dedup:]

    def forget_dedup(self):
        """As a program would leave it that does not keep its dedup state over a restart."""
        self.dedup = struct.pack("<III", 0, 0, 0)  # no files, no runs, none of them partly in a file
        self.write()

    def write(self):
        body = self.before + struct.pack("<I", len(self.dedup)) + self.dedup + self.behind
        rest = struct.pack("<IQI", self.version, self.sequence, len(body)) + body
        with open(self.path, "r+b") as file:
            file.write(self.magic + struct.pack("<I", batches.crc32c(rest)) + rest)


def slots(directory):
    """The valid slots, the one that counts last."""
    found = [Slot(Path(directory) / f"checkpoint.{n}") for n in (0, 1)]
    return sorted((slot for slot in found if slot.valid), key=lambda slot: slot.sequence)
