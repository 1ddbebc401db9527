"""Many events at little cost: batches and log files that are made from a template and compared as they are.

Event `i` of batch `seq` (from 1 on) of a sender has the number (seq - 1) * 256 + i in its body. The four bytes of
the number are all that changes: the low one is fixed by the event's place in its batch, the three others are the
same in all events of a batch. So a batch is a join of constant pieces; and because a CRC is linear, its CRC is that
of the template, changed by what three table entries say. Each sender has a type of its own, whose log file must be,
byte for byte, the bodies of its batches in order.
"""
import itertools
import time
import uuid

import blueox_client as blueox
import batches
import logfiles
from link_client import LinkSender

NUMBERS_PER_BATCH = 256
MAX_SHOWN = 5
_MARK = b"\xd7\xe9\xf5"  # where the three changing bytes stand


def _plain_crc(data):
    """Without the inversions at both ends: linear."""
    crc, table = 0, batches._TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc


class BulkBatches:
    def __init__(self, type_name, events=NUMBERS_PER_BATCH, padding=0):
        assert 0 < events <= NUMBERS_PER_BATCH
        self.type, self.events, self.run = type_name, events, uuid.uuid4()
        head = blueox.pack({"type": type_name, "body": {"pad": "x" * padding, "n": 0}})[:-1]
        # MessagePack's uint32, so that every number takes as many bytes.
        bodies = [head + b"\xce" + _MARK + bytes([i]) for i in range(events)]
        self.event_bytes = len(bodies[0])
        self._bodies = b"".join(bodies).split(_MARK)
        payload = batches.encode_payload([batches.Event(type_name.encode(), b"web-1", time.time(), body)
                                          for body in bodies])
        self._payload = payload.split(_MARK)
        assert len(self._bodies) == len(self._payload) == events + 1
        self._crc = batches.crc32c(self.payload(0))
        self._change = [self._table_of(place) for place in range(3)]
        for changed in (1, 0x123456):
            assert self._crc_of(changed) == batches.crc32c(self.payload(changed))

    def _table_of(self, place):
        """What a value of this byte does to the CRC."""
        zeros = [bytes(len(piece)) for piece in self._payload]
        bits = [_plain_crc(self._delta(place, 1 << bit).join(zeros)) for bit in range(8)]
        table = [0] * 256
        for value in range(256):
            for bit in range(8):
                if value >> bit & 1:
                    table[value] ^= bits[bit]
        return table

    @staticmethod
    def _delta(place, value):
        return bytes(place) + bytes([value]) + bytes(2 - place)

    def _crc_of(self, high):
        one, two, three = high.to_bytes(3, "big")
        return self._crc ^ self._change[0][one] ^ self._change[1][two] ^ self._change[2][three]

    def payload(self, high):
        return high.to_bytes(3, "big").join(self._payload)

    def batch(self, seq):
        return batches.frame_payload(self.payload(seq - 1), self.run, seq, self.events,
                                     payload_crc=self._crc_of(seq - 1))

    def bodies(self, seq):
        """What the batch leaves in the log file."""
        return (seq - 1).to_bytes(3, "big").join(self._bodies)

    # --- Looking at what was stored ---

    def files(self, log_path):
        return logfiles.find(log_path, self.type)

    def check_in_order(self, log_path, count):
        """The files hold batches 1 to `count`, each once, in order, and nothing else."""
        seq = 1
        for path in self.files(log_path):
            with open(path, "rb") as file:
                while stored := file.read(self.event_bytes * self.events):
                    if seq > count or stored != self.bodies(seq):
                        raise AssertionError(self.what_is_wrong(log_path, count))
                    seq += 1
        if seq != count + 1:
            raise AssertionError(self.what_is_wrong(log_path, count))

    def check_each_once(self, log_path, count):
        """As check_in_order(), but in any order."""
        assert not (wrong := self.what_is_wrong(log_path, count)), wrong

    def what_is_wrong(self, log_path, count):
        """"", or a text about lost, doubled and unknown events. Needs a byte for each number."""
        seen = bytearray(count * NUMBERS_PER_BATCH)
        unknown, twice = [], []
        total = 0
        for path in self.files(log_path):
            with open(path, "rb") as file:
                for total in itertools.count(total):
                    event = file.read(self.event_bytes)
                    if not event:
                        break
                    number = int.from_bytes(event[-4:], "big")
                    known = event[:-4] == self._bodies[0] and event[-1] < self.events and number < len(seen)
                    if not known:
                        unknown.append(f"{event[:40]!r} at {file.tell() - len(event)} of {path.name}")
                    elif seen[number]:
                        twice.append(number)
                    else:
                        seen[number] = 1
                    if len(unknown) > MAX_SHOWN:
                        break
        missing = [n for n in range(len(seen)) if n % NUMBERS_PER_BATCH < self.events and not seen[n]]
        if not (unknown or twice or missing):
            return ""
        return (f"{self.type}: {len(missing)} lost {missing[:MAX_SHOWN]}, {len(twice)} twice {twice[:MAX_SHOWN]}, "
                f"{len(unknown)} unknown {unknown[:MAX_SHOWN]}")


class BulkLoad:
    """A sender of such batches."""

    def __init__(self, address, type_name, **kwargs):
        self.made = BulkBatches(type_name, **kwargs)
        self.sender = LinkSender(address, type_name.encode())
        self.sender.run = self.made.run
        self.seq = 0
        self.acked_batches = 0

    @property
    def acked_events(self):
        return self.acked_batches * self.made.events

    def add(self, count):
        for _ in range(count):
            self.seq += 1
            self.sender.add(self.seq, self.made.batch(self.seq))

    def pump(self, seconds=0.001):
        self.sender.pump(seconds)
        self.acked_batches += len(self.sender.acked)
        self.sender.acked.clear()
        assert not self.sender.rejected, self.sender.rejected

    def close(self):
        self.sender.close()
