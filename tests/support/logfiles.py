"""The log files a collector writes: <log path>/<YYYYMMDD>/<type>-<YYYYMMDD>[HH].log, in UTC."""
import io
import time
from collections import Counter
from pathlib import Path

import msgpack

from waiting import Timeout, wait_until

MAX_ENCODED_TYPE = 200


def encode_type(type_name):
    """A type as a part of a file name: `/`, `%`, control bytes and a leading dot are escaped."""
    raw = type_name if isinstance(type_name, bytes) else type_name.encode("utf-8")
    out = b""
    for i, byte in enumerate(raw):
        escape = byte <= 0x1f or byte == 0x7f or byte in b"/%" or (byte == ord(".") and i == 0)
        out += b"%%%02X" % byte if escape else bytes([byte])
    if len(out) > MAX_ENCODED_TYPE:
        out = out[:MAX_ENCODED_TYPE - 17] + b"~%016x" % fnv1a(raw)
    return out.decode("utf-8", "surrogateescape")


def fnv1a(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 % (1 << 64)
    return value


def period(moment, rotate_hours=None):
    """What follows the dash in the name of the file for this moment (Unix seconds)."""
    utc = time.gmtime(moment)
    if rotate_hours is None:
        return time.strftime("%Y%m%d", utc)
    return time.strftime("%Y%m%d", utc) + f"{utc.tm_hour - utc.tm_hour % rotate_hours:02d}"


def path_for(log_path, type_name, moment, rotate_hours=None):
    suffix = period(moment, rotate_hours)
    return Path(log_path) / suffix[:8] / f"{encode_type(type_name)}-{suffix}.log"


def find(log_path, type_name):
    """The files of this type, oldest first: two when the test ran over midnight."""
    prefix = encode_type(type_name) + "-"
    return sorted(path for path in Path(log_path).glob("[0-9]" * 8 + "/*.log")
                  if path.name.startswith(prefix) and path.name[len(prefix):-4].isdigit())


def read_bytes(log_path, type_name):
    return b"".join(path.read_bytes() for path in find(log_path, type_name))


def decode(data):
    """The whole events in `data`; an event that is still being written at its end is left out."""
    unpacker = msgpack.Unpacker(io.BytesIO(data), raw=False, unicode_errors="surrogateescape",
                                strict_map_key=False)
    return list(unpacker)


def events(log_path, type_name):
    return decode(read_bytes(log_path, type_name))


def numbers(log_path, type_name):
    """The "n" of every event's body, in file order (Pusher.push_numbers)."""
    return [event["body"]["n"] for event in events(log_path, type_name)]


class Follower:
    """Counts the events of one type, reading only what is new in the files."""

    def __init__(self, log_path, type_name):
        self.log_path, self.type_name = log_path, type_name
        self.seen = {}  # path -> (offset behind the last whole event, events before it)

    def count(self):
        for path in find(self.log_path, self.type_name):
            offset, events = self.seen.get(path, (0, 0))
            if path.stat().st_size < offset:  # a crash cut it
                offset, events = 0, 0
            with open(path, "rb") as file:
                file.seek(offset)
                unpacker = msgpack.Unpacker(file, raw=True, strict_map_key=False)
                while True:
                    try:
                        unpacker.skip()
                    except msgpack.OutOfData:
                        break
                    events += 1
                    self.seen[path] = (offset + unpacker.tell(), events)
        return sum(events for _, events in self.seen.values())


def wait_numbers(log_path, type_name, expected, timeout=60.0):
    """Until the files of this type hold `expected` (a list of "n"), in order, and nothing else."""
    expected = list(expected)
    follower = Follower(log_path, type_name)
    found = []

    def complete():
        if follower.count() >= len(expected):
            found[:] = numbers(log_path, type_name)
        return len(found) >= len(expected)
    try:
        wait_until(complete, timeout)
    except Timeout:
        found = numbers(log_path, type_name)
    assert_numbers(found, expected)


def assert_numbers(found, expected):
    """Exactly these numbers in this order; the message is short whatever their count."""
    expected = list(expected)
    if found == expected:
        return
    doubles = sorted(n for n, count in Counter(found).items() if count > 1)
    missing = sorted(set(expected) - set(found))
    extra = sorted(set(found) - set(expected))
    raise AssertionError(f"{len(found)} events instead of {len(expected)}; twice: {doubles[:10]}, "
                         f"missing: {missing[:10]}, unexpected: {extra[:10]}, "
                         f"in order: {found == sorted(found)}")


def all_files(log_path):
    """Every regular file below the log path that is not the collector's own (`.oxd`, indexes, cut-offs)."""
    root = Path(log_path)
    return sorted(path for path in root.rglob("*")
                  if path.is_file() and not path.relative_to(root).parts[0].startswith(".")
                  and ".log.idx" not in path.name and path != root / "cutoffs")
