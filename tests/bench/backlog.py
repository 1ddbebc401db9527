#!/usr/bin/python3
"""A collector that is away, and back: what waits on an agent meanwhile takes, and how fast it goes then.

    tests/bench/backlog.py [--events N] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

The agent takes all events while nobody listens at its target. Then its memory (RssAnon, beyond that before) and
its disk are looked at, and the collector is started: from the moment it answers until the last event is in
its files. OX_BIN names the directory of the programs. docs/benchmarks.md says how to read the table.
"""
import time

import figures
import nodes
import processes
from figures import Column, Row, Table
from waiting import wait_until

SIZE = 200
COLUMNS = [Column("taken", "taken, events/s"), Column("cpu_in", "CPU µs/event", 3),
           Column("memory", "memory / raw bytes", 3), Column("memory_mb", "MiB", 1),
           Column("disk", "disk / raw bytes", 3), Column("reconnected", "reconnected, s", 2),
           Column("drained", "drained, s", 2), Column("rate", "events/s"),
           Column("cpu_out", "CPU µs/event", 3)]


def run_backlog(scheme, events, on_disk):
    with nodes.registry_of_run() as (registry, directory):
        # Started for its address, which it keeps.
        collector = processes.Node(registry, directory, "collector", files=True, same_ports=True)
        options = ["--spool-path", directory / "spool"] if on_disk else ["--spool-memory", "1GiB"]
        agent = processes.Node(registry, directory, "agent", forward=[collector], options=options)
        agent.wait_connected(collector)
        collector.stop()
        before = figures.anonymous_bytes(agent.pid)
        meter = figures.CpuMeter({"agent": agent.pid})
        # Over the link events are acknowledged when they are on disk: without one, the sender would wait.
        sent = nodes.load(scheme + agent.ports.collect, events, size=SIZE)
        wait_until(lambda: agent.pending_events() >= events, 300.0,
                   lambda: f"{agent.pending_events()} of {events} events wait")
        taken = time.monotonic() - sent["began"]
        cpu_in = meter.per_event(events)
        memory = figures.anonymous_bytes(agent.pid) - before
        disk = sum(path.stat().st_blocks * 512 for path in (directory / "spool").rglob("*")) if on_disk else None
        collector.start()
        meter = figures.CpuMeter({"agent": agent.pid, "collector": collector.pid})
        began = time.monotonic()
        wait_until(lambda: nodes.stored_bytes(collector.log_path) > 0, 60.0, "the agent sends again")
        reconnected = time.monotonic() - began
        nodes.wait_stored(collector.log_path, sent["bytes"])
        drained = time.monotonic() - began
        return {"taken": events / taken, "cpu_in": cpu_in, "memory": memory / sent["bytes"],
                "memory_mb": memory / (1 << 20), "disk": disk / sent["bytes"] if on_disk else None,
                "reconnected": reconnected, "drained": drained, "rate": events / drained,
                "cpu_out": meter.per_event(events)}


def make_tables(arguments):
    events = 20_000 if arguments.smoke else arguments.events
    rows = [Row("v3, spool in memory", lambda: run_backlog("blueox://", events, False)),
            Row("v3, spool on disk", lambda: run_backlog("blueox://", events, True)),
            Row("link, spool on disk", lambda: run_backlog("", events, True))]
    return [Table(f"Backlog after an outage ({events:,} events of {SIZE} bytes)", COLUMNS, rows,
                  "Taken by the agent while the collector is away; then drained into the collector's files. "
                  "\"Drained\" counts from when the collector listens, and has \"reconnected\" in it, the time until "
                  "its first byte is in a file.")]


if __name__ == "__main__":
    figures.main("backlog", __doc__, make_tables,
                 add_options=lambda parser: parser.add_argument("--events", type=int, default=1_000_000))
