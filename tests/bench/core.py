#!/usr/bin/python3
"""Rates and CPU of the main ways of an event into the collector's files, beside libzmq, write() and memcpy().

    tests/bench/core.py [--events N] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

For each way: events a second, from the first one sent until the last one is in the files, whose bytes are
counted; and CPU microseconds (user + system, all threads) per event of each process. The baselines have the same
sender. OX_BIN names the directory of the programs. docs/benchmarks.md says how to read the table.
"""
import contextlib
import json
import subprocess
import tempfile
import time
from pathlib import Path

import figures
import nodes
import processes
from figures import Column, Row, Table

SIZE = 200  # bytes of an event
FRAME = 512 << 10  # of the large frames of the baseline: as large as batches are under load
LINK_FACTOR = 3  # so many times the events over the link: a second would be too short to forget the start
BLUEOX, LINK = "blueox://", ""
SYNC_NONE = {"collector": ["--sync", "none"]}

COLUMNS = [Column("rate", "events/s"), Column("megabytes", "MB/s"),
           Column("ratio", "of its baseline", 2, of="rate"), Column("cpu", "CPU µs/event", 3),
           Column("total", "together", 3), Column("sender", "and the sender", 3)]


def figures_of(events, size, seconds, cpu, sender_cpu):
    """What a row of COLUMNS returns."""
    return {"rate": events / seconds, "megabytes": size / seconds / 1e6, "cpu": cpu, "total": sum(cpu.values()),
            "sender": 1e6 * sender_cpu / events}


def run_way(scheme, names, events, options=(), **workload):
    """Events through a chain of nodes into files."""
    with nodes.chain(names, options) as chain:
        meter = figures.CpuMeter(chain.pids())
        sent = nodes.load(scheme + chain.entry.ports.collect, events, **workload)
        nodes.wait_stored(chain.log_path, sent["bytes"])
        seconds = time.monotonic() - sent["began"]
        return figures_of(events, sent["bytes"], seconds, meter.per_event(events), sent["cpu_seconds"])


@contextlib.contextmanager
def scratch_file(wanted=True):
    with tempfile.TemporaryDirectory(prefix="ox-bench.") as directory:
        yield str(Path(directory) / "file") if wanted else None


def run_zmq(events, append=False, framed=False):
    """The same events through libzmq alone: as v3 messages, or many in a frame; appended to a file or not."""
    in_frame = FRAME // SIZE if framed else 1
    messages = max(1, events // in_frame)
    with scratch_file(append) as path:
        command = [processes.binary("bench_baseline"), "pull", "--messages", str(messages),
                   *(["--append", path] if path else [])]
        with nodes.program(command) as receiver:
            endpoint = receiver.stdout.readline().decode().strip()
            if framed:
                done = subprocess.run([processes.binary("bench_baseline"), "push", endpoint, "--messages",
                                       str(messages), "--frame-bytes", str(FRAME)], check=True,
                                      stdout=subprocess.PIPE)
                sent = json.loads(done.stdout)
            else:
                sent = nodes.load(BLUEOX + endpoint.removeprefix("tcp://"), events, size=SIZE)
            taken = json.loads(receiver.stdout.readline())
    events = messages * in_frame
    return figures_of(events, taken["bytes"], taken["seconds"],
                      {"receiver": 1e6 * taken["cpu_seconds"] / events}, sent["cpu_seconds"])


def run_machine(command, size):
    """A subcommand of bench_baseline that needs nobody else."""
    with scratch_file(command != "memcpy") as path:
        done = subprocess.run([processes.binary("bench_baseline"), command, *([path] if path else []),
                               "--bytes", str(size)], check=True, stdout=subprocess.PIPE)
    found = json.loads(done.stdout)
    result = {"megabytes": size / found["seconds"] / 1e6, "cpu": 1e3 * found["cpu_seconds"] / (size / 1e6)}
    for key in ("p50", "p99"):
        result[key] = 1e3 * found[f"{key}_seconds"] if f"{key}_seconds" in found else None
    return result


def make_tables(arguments):
    events = 20_000 if arguments.smoke else arguments.events
    size = 16 << 20 if arguments.smoke else 1 << 30

    over_link = LINK_FACTOR * events

    def v3(name, names, options=()):
        return Row(name, lambda: run_way(BLUEOX, names, events, options, size=SIZE),
                   "libzmq, two frames, appended to a file")

    def link(name, names, options=()):
        return Row(name, lambda: run_way(LINK, names, over_link, options, size=SIZE),
                   "libzmq, frames of 512 KiB, appended to a file")

    ways = Table(f"Ways into the files ({events:,} events of {SIZE} bytes, 10 types; over the link, and in large "
                 f"frames, {over_link:,})", COLUMNS, [
        Row("libzmq, two frames", lambda: run_zmq(events)),
        Row("libzmq, two frames, appended to a file", lambda: run_zmq(events, append=True)),
        Row("libzmq, frames of 512 KiB", lambda: run_zmq(over_link, framed=True)),
        Row("libzmq, frames of 512 KiB, appended to a file",
            lambda: run_zmq(over_link, append=True, framed=True)),
        v3("v3 -> collector, --sync commit", ["collector"]),
        v3("v3 -> collector, --sync none", ["collector"], SYNC_NONE),
        link("link -> collector, --sync commit", ["collector"]),
        link("link -> collector, --sync none", ["collector"], SYNC_NONE),
        v3("v3 -> agent -> collector", ["agent", "collector"]),
        link("link -> agent -> collector", ["agent", "collector"]),
        link("link -> agent -> relay -> collector", ["agent", "relay", "collector"]),
    ], "Baselines first: the same events in the same run, without oxd. Agents and relays keep what waits in memory.")
    rows = [Row(f"{name}", lambda command=command, size=size: run_machine(command, size))
            for name, command, size in (("write() of 256 KiB", "write", size),
                                        ("fdatasync() after each 1 MiB", "fdatasync", size // 8),
                                        ("memcpy() of 256 KiB", "memcpy", size * 4))]
    base = Table("The machine", [Column("megabytes", "MB/s"), Column("cpu", "CPU ms/MB", 3),
                                 Column("p50", "p50 ms", 2), Column("p99", "p99 ms", 2)], rows)
    return [base, ways]


if __name__ == "__main__":
    figures.main("core", __doc__, make_tables,
                 add_options=lambda parser: parser.add_argument("--events", type=int, default=2_000_000))
