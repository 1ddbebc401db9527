#!/usr/bin/python3
"""How fast oxview reads log files: as JSON, as MessagePack, counted.

    tests/bench/reading.py [--events N] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

A collector writes the files once, before the clock starts; all are in the page cache then. What oxview prints
goes into a pipe that is emptied. bench_scan, bench_query and day.py ask more of files than this.
"""
import contextlib
import os
import resource
import subprocess
import time
from pathlib import Path

import figures
import nodes
import processes
from figures import Column, Row, Table

COLUMNS = [Column("rate", "events/s"), Column("megabytes", "MB/s of log"), Column("cpu", "CPU µs/event", 3),
           Column("printed", "printed MB")]
BLOCK = 256 << 10


class Store:
    """The files, made when the first row needs them; gone with `stack`."""

    def __init__(self, events, stack):
        self.events, self.stack, self.path = events, stack, None

    def files(self):
        if self.path is None:
            chain = self.stack.enter_context(nodes.chain(["collector"]))
            sent = nodes.load(chain.entry.ports.collect, self.events, workload="web", size=0, types=10)
            nodes.wait_stored(chain.log_path, sent["bytes"])
            chain.entry.stop()  # it must not make indexes while something else is measured
            self.path, self.size = chain.log_path, sent["bytes"]
            # So that every run finds the same.
            subprocess.run([processes.binary("oxctl"), "store", "reindex", self.path], check=True,
                           stdout=subprocess.DEVNULL)
        return self.path


def run_oxview(store, *options, lines=None):
    """`lines`: how many are to come."""
    command = [processes.binary("oxview"), "--log-path", store.files(), *options]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    printed = found = 0
    with nodes.program(command, env=processes.clean_environment()) as view:
        while piece := os.read(view.stdout.fileno(), BLOCK):
            printed += len(piece)
            found += piece.count(b"\n") if lines is not None else 0
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert lines is None or found == lines, f"{found} lines instead of {lines}: {command}"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"rate": store.events / seconds, "megabytes": store.size / seconds / 1e6,
            "cpu": 1e6 * cpu / store.events, "printed": printed / 1e6}


def run_read(store):
    """The baseline: read() of all bytes."""
    paths = sorted(Path(store.files()).glob("[0-9]" * 8 + "/*.log"))
    buffer, began, cpu = bytearray(BLOCK), time.monotonic(), time.process_time()
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    return {"rate": store.events / seconds, "megabytes": store.size / seconds / 1e6,
            "cpu": 1e6 * cpu / store.events, "printed": None}


def make_tables(arguments, stack):
    events = 20_000 if arguments.smoke else arguments.events
    store = Store(events, stack)

    def view(name, *options, lines=None):
        return Row(name, lambda: run_oxview(store, *options, lines=lines))

    return [Table(f"oxview over log files ({events:,} events of an access log, 10 types)", COLUMNS, [
        Row("read() of all bytes", lambda: run_read(store)),
        view("oxview, as JSON", "-n", "*", lines=events),
        view("oxview, as short lines", "-n", "*", "-o", "short", lines=events),
        view("oxview, as MessagePack", "-n", "*", "-o", "msgpack"),
        view("oxview --count, by the indexes", "-n", "*", "--count", lines=1),
        view("oxview --where on a field, --count", "--where", "body->>'status' = 500", "--count", lines=1),
        view("oxview --grep", "-n", "*", "-g", "item/2999\"", "--count", lines=1),
    ])]


def main():
    with contextlib.ExitStack() as stack:
        figures.main("reading", __doc__, lambda arguments: make_tables(arguments, stack),
                     add_options=lambda parser: parser.add_argument("--events", type=int, default=2_000_000))


if __name__ == "__main__":
    main()
