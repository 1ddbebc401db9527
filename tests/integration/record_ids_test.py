"""Leases of record ids over the control port: what any two clients get never overlaps, through kills of the
collector and clocks that are wrong."""
import os
import random
import threading
from pathlib import Path

import pytest

from control import NoAnswer
from processes import REPOSITORY
from waiting import wait_until

LANES, BLOCK = 1024, 1024
LEASE_KEYS = {"ok", "lease", "lane", "lanes", "from", "until", "now"}
YEAR = 365 * 24 * 3600


def clock_library():
    """The preloaded library, built beside the programs; missing under a sanitizer, which it does not go along
    with."""
    bin_directory = Path(os.environ.get("OX_BIN") or REPOSITORY / "build/dev/bin").resolve()
    return bin_directory.parent / "lib" / "libox_clock_offset.so"


class Leases:
    """What was leased: for each lane, which ticks. `overlaps` names those that were leased twice."""

    def __init__(self):
        self.by_number = {}
        self.released = {}
        self.lock = threading.Lock()

    def add(self, reply):
        assert set(reply) - {"first"} == LEASE_KEYS and reply["ok"] is True, reply
        assert 0 < reply["from"] < reply["until"] <= 2**33
        assert 0 <= reply["lane"] < reply["lane"] + reply["lanes"] <= LANES
        with self.lock:
            self.by_number[reply["lease"]] = reply
        return reply

    def release(self, lease, used):
        with self.lock:
            self.released[lease["lease"]] = used

    def overlaps(self):
        lanes = {}
        for number, lease in self.by_number.items():
            for lane in range(lease["lane"], lease["lane"] + lease["lanes"]):
                until = self.released.get(number, lease["until"])
                lanes.setdefault(lane, []).append((lease["from"], until, number))
        found = []
        for lane, ranges in lanes.items():
            ranges.sort()
            found += [(lane, a, b) for a, b in zip(ranges, ranges[1:]) if b[0] < a[1]]
        return found


def lease(node, lanes=4, **more):
    return node.control.command("RECORD_IDS", lanes=lanes, **more)


def test_a_lease_begins_now_and_can_be_extended_and_released(oxd):
    node = oxd("collector", files=True)
    first = lease(node)
    assert set(first) == LEASE_KEYS | {"first"}
    assert first["from"] == first["now"]
    assert 9 * 60 < (first["until"] - first["from"]) * 0.256 < 11 * 60
    assert (first["until"] * LANES + LANES) * BLOCK < 2**53

    longer = lease(node, extend=first["lease"], after=first["from"] + 2000)
    assert {key: longer[key] for key in ("lease", "lane", "lanes", "from")} == \
        {key: first[key] for key in ("lease", "lane", "lanes", "from")}
    assert longer["until"] == first["from"] + 2000 + first["until"] - first["from"]

    end = node.control.command("RECORD_IDS", release=first["lease"], used=first["from"] + 1)
    assert set(end) == {"ok", "now"}
    # Come again late, it touches nothing; nor does the lease go on.
    following = lease(node, after=first["from"] + 1)
    assert following["lane"] == first["lane"] and following["from"] == first["from"] + 1
    assert set(node.control.command("RECORD_IDS", release=first["lease"], used=first["from"])) == {"ok", "now"}
    assert lease(node, extend=first["lease"])["lane"] != first["lane"]


def test_a_node_without_files_says_whom_to_ask(oxd):
    node = oxd()
    assert lease(node) == {
        "error": "record ids are leased by the collector: this node writes no log files"}


@pytest.mark.parametrize("wrong", [{}, {"lanes": 3}, {"lanes": 512}, {"lanes": "4"}, {"lanes": -4},
                                   {"lanes": 4, "after": 1.5}, {"release": "x"}])
def test_a_request_that_is_wrong_is_refused_by_name(oxd, wrong):
    node = oxd("collector", files=True)
    reply = node.control.command("RECORD_IDS", **wrong)
    assert set(reply) == {"error"} and reply["error"].startswith("RECORD_IDS: "), reply


def hammer(node, leases, seed, kills):
    """A client that leases, extends, releases and asks again, until the collector was killed often enough."""
    choose = random.Random(seed)
    mine = []
    while not kills.is_set():
        try:
            what = choose.random()
            if what < 0.5 or not mine:
                reply = lease(node, lanes=choose.choice([1, 4, 32]),
                              after=mine[-1]["until"] if mine and what < 0.1 else 0)
                if "error" not in reply:
                    mine.append(leases.add(reply))
            elif what < 0.8:
                reply = lease(node, lanes=4, extend=mine[-1]["lease"], after=mine[-1]["from"])
                leases.add(reply)
            else:
                old = mine.pop(choose.randrange(len(mine)))
                used = choose.randint(old["from"], old["until"])
                leases.release(old, used)  # before it is sent: from here on nothing of it is used
                node.control.command("RECORD_IDS", release=old["lease"], used=used)
        except NoAnswer:
            pass  # killed: what was leased without our hearing of it is wasted


def offsets(preload):
    if not preload:
        return [None] * 5
    return [None, 2 * YEAR, -3 * YEAR, -600, 600, 5 * YEAR, -20 * YEAR, 0]


# Rule: ids-disjoint
@pytest.mark.parametrize("clock", ["right", "wrong"])
def test_leases_never_overlap_through_kills_and_restarts(oxd, clock):
    if clock == "wrong" and not clock_library().exists():
        pytest.skip(f"{clock_library()} was not built")
    node = oxd("collector", files=True, same_ports=True)
    node.control.timeout = 1.0
    leases = Leases()
    for round_number, offset in enumerate(offsets(clock == "wrong")):
        if round_number > 0:
            if offset is not None:
                node.env = {"LD_PRELOAD": str(clock_library()), "OX_CLOCK_OFFSET": str(offset)}
            node.start()
            node.control.timeout = 1.0
        before, stop = len(leases.by_number), threading.Event()
        clients = [threading.Thread(target=hammer, args=(node, leases, 100 * round_number + i, stop))
                   for i in range(2)]
        for client in clients:
            client.start()
        try:
            wait_until(lambda: len(leases.by_number) >= before + 40, 60.0, "40 more leases")
            node.kill()
        finally:
            stop.set()
            for client in clients:
                client.join()
    assert len(leases.by_number) >= 200
    assert leases.overlaps() == []


# Rule: ids-unknown-past
def test_a_damaged_file_leases_nothing_and_a_missing_one_begins_later(oxd):
    node = oxd("collector", files=True)
    first = lease(node)
    path = Path(node.log_path) / ".oxd" / "record-ids"
    good = path.read_bytes()
    node.stop()
    path.write_bytes(good[:-1])
    node.start()
    error = f"record ids cannot be leased: {path}: is damaged"
    assert lease(node) == {"error": error}
    assert error in node.control.status()["warnings"]
    assert error in node.stderr()
    assert path.read_bytes() == good[:-1]

    path.unlink()
    later = lease(node)
    assert later["from"] >= later["now"] + 3600 / 0.256
    assert later["from"] > first["until"]
    assert error not in node.control.status()["warnings"]


def test_what_was_leased_is_counted(oxd):
    node = oxd("collector", files=True)
    first = lease(node)
    node.control.command("RECORD_IDS", release=first["lease"], used=first["from"])
    node.control.command("RECORD_IDS", lanes=4, release=lease(node)["lease"], used=1)  # not of that lease
    counters = node.control.status()["counters"]
    assert (counters["record_ids.leased"], counters["record_ids.released"], counters["record_ids.refused"]) == \
        (2, 1, 1)
