"""The one judge of every fault test. It knows what was sent and what was acknowledged, reads the log files,
and says what is wrong with them:

- every acknowledged event is there exactly once, and no other event more than once;
- its bytes are those that were sent, and nothing is there that nobody sent;
- the events of one sender and type are in the order in which they were sent.

An event is known by its id, (sender, n): `n` grows as the sender sends. Bodies must differ. That fresh events
flow after healing is judged like everything else: they are sent, must be acknowledged, and then count
(load.LinkLoad.heal()).
"""
import io
from collections import Counter
from typing import NamedTuple

import msgpack

import logfiles

MAX_SHOWN = 5


class Placed(NamedTuple):
    """One event as it lies in a file."""
    data: bytes
    offset: int


def split(data):
    """(events, text about bytes that are none or None) of one log file."""
    unpacker = msgpack.Unpacker(io.BytesIO(data), raw=True, strict_map_key=False,
                                max_buffer_size=len(data) + 1)
    events, at = [], 0
    while at < len(data):
        try:
            unpacker.skip()
        except msgpack.OutOfData:
            return events, f"ends in {len(data) - at} bytes of an unfinished event at {at}"
        except (ValueError, msgpack.UnpackException) as error:
            return events, f"has no event at {at} ({type(error).__name__})"
        end = unpacker.tell()
        if data[at] & 0xf0 != 0x80 and data[at] not in (0xde, 0xdf):
            return events, f"has no event at {at} (byte {data[at]:#04x})"
        events.append(Placed(data[at:end], at))
        at = end
    return events, None


class Oracle:
    def __init__(self):
        self.sent = {}  # id -> bytes, in the order of sending
        self.acked = set()
        self._by_bytes = {}

    def sends(self, event_id, data):
        assert event_id not in self.sent and data not in self._by_bytes, f"{event_id} is sent twice"
        self.sent[event_id] = data
        self._by_bytes[data] = event_id

    def pending(self):
        """The ids of what was sent and is not acknowledged."""
        return self.sent.keys() - self.acked

    def acknowledged(self, event_ids):
        for event_id in event_ids:
            assert event_id in self.sent, f"{event_id} is acknowledged, but was never sent"
            self.acked.add(event_id)

    def ids_in(self, data):
        """The ids of those events in the bytes of a log file that were sent."""
        return {self._by_bytes[event.data] for event in split(data)[0] if event.data in self._by_bytes}

    def stored(self, log_path):
        """The ids of all events below this log path that were sent."""
        return set().union(*(self.ids_in(path.read_bytes()) for path in logfiles.all_files(log_path)))

    def violations(self, *log_paths, given_up=(), announced_doubles=0, in_doubt=(),
                   each_file_alone=False):
        """What is wrong with the files below these log paths together: a list of texts, empty when all is
        well.

        `given_up`: ids of events that the test itself destroyed where they were kept; they may be missing.
        `announced_doubles`: how many events may be with two collectors; with one, none is ever twice.
        `in_doubt`: ids of events that were not acknowledged when the power went and the disk kept unsynced
        writes out of order: sent again, these may come behind later ones that the disk had kept.
        `each_file_alone`: the files were named in different ways over time (--rotate-hours), so that order is
        to be found within each, not from one to the next.
        """
        found, total = [], Counter()
        for log_path in log_paths:
            here = Counter()
            last = {}  # (series of files, sender) -> the highest n so far
            for path in logfiles.all_files(log_path):
                series = path if each_file_alone else path.name.rsplit("-", 1)[0]
                events, damage = split(path.read_bytes())
                if damage:
                    found.append(f"damaged: {path} {damage}")
                for event in events:
                    event_id = self._by_bytes.get(event.data)
                    if event_id is None:
                        found.append(self._unknown(path, event))
                        continue
                    here[event_id] += 1
                    sender, n = event_id
                    before = last.get((series, sender))
                    if (before is not None and n < before and here[event_id] == 1 and
                            event_id not in in_doubt):
                        found.append(f"reordered: {event_id} comes behind {(sender, before)} in {path}")
                    last[series, sender] = max(n, n if before is None else before)
            found += [f"doubled: {event_id} is {count} times below {log_path}"
                      for event_id, count in here.items() if count > 1]
            total.update(here.keys())
        elsewhere = [event_id for event_id, count in total.items() if count > 1]
        if len(elsewhere) > announced_doubles:
            found.append(f"doubled: {len(elsewhere)} events are with several collectors, "
                         f"{announced_doubles} were announced: {sorted(elsewhere)[:MAX_SHOWN]}")
        given_up = set(given_up)
        found += [f"lost: {event_id} was acknowledged" for event_id in sorted(self.acked)
                  if event_id not in total and event_id not in given_up]
        return found

    def _unknown(self, path, event):
        where = f"at {event.offset} of {path}"
        try:
            body = msgpack.unpackb(event.data, raw=False)["body"]
            event_id = (body["sender"], body["n"])
        except (ValueError, KeyError, TypeError, msgpack.UnpackException):
            return f"invented: {event.data[:40]!r} {where}"
        if event_id in self.sent:
            return f"altered: {event_id} {where}"
        return f"invented: {event_id} {where}"

    def check(self, *log_paths, **allowed):
        """Fails with the violations, if there are any."""
        found = self.violations(*log_paths, **allowed)
        assert not found, report(found)


def report(violations):
    """The kinds with their counts, and a few of each, whatever their number."""
    kinds = Counter(text.split(":", 1)[0] for text in violations)
    lines = []
    for kind, count in kinds.items():
        shown = [text for text in violations if text.startswith(kind + ":")][:MAX_SHOWN]
        lines += [f"{count} {kind}", *("  " + text for text in shown)]
    return "\n".join(lines)
