#!/usr/bin/python3
"""The live streams: how long an event takes to a subscriber, and what subscribers cost a collector.

    tests/bench/live.py [--events N] [--seconds S] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

Latency counts from when an event was due to be sent, over v3 at a steady rate, until a subscriber has it; a sender
that falls behind counts as well, and the column "behind" tells by how much it did. For what subscribers cost,
events are loaded as fast as the collector takes them, while others, of a type of their own, come slowly, and
only these are subscribed to. OX_BIN names the directory of the programs.
"""
import contextlib
import json
import subprocess
import time

import figures
import nodes
import processes
from figures import Column, Row, Table

SIZE = 200
LIVE_RATE = 1000
FOR_SUBSCRIBERS = ("stream", "ZMQbg/IO/1")  # threads of oxd


@contextlib.contextmanager
def latency_program(node, stream, rate, subscribers, seconds):
    """bench_latency, once its subscribers hear events. With `seconds` 0 it ends with its standard input."""
    command = [processes.binary("bench_latency"), node.ports.collect, getattr(node.ports, stream),
               "--rate", str(rate), "--subscribers", str(subscribers), "--seconds", str(seconds)]
    with nodes.program(command, stdin=subprocess.PIPE) as program:
        assert program.stdout.readline() == b"ready\n", f"{command} did not get ready"
        yield program


def run_latency(stream, rate, seconds):
    with nodes.chain(["collector"]) as chain:
        with latency_program(chain.entry, stream, rate, 1, seconds) as program:
            meter = figures.CpuMeter(chain.pids())
            found = json.loads(program.stdout.readline())
            cpu = meter.per_event(found["sent"])
        return {"p50": found["p50_us"] / 1e3, "p99": found["p99_us"] / 1e3, "max": found["max_us"] / 1e3,
                "behind": found["behind_us"] / 1e3, "missed": found["expected"] - found["received"], "cpu": cpu}


def run_fan_out(subscribers, events):
    with nodes.chain(["collector"]) as chain, \
            latency_program(chain.entry, "tail", LIVE_RATE, subscribers, 0) as program:
        meter = figures.CpuMeter(chain.pids())
        before = figures.thread_seconds(chain.entry.pid, but=FOR_SUBSCRIBERS)
        sent = nodes.load("blueox://" + chain.entry.ports.collect, events, size=SIZE)
        nodes.wait_stored(chain.log_path, sent["bytes"], "bench*")
        seconds, cpu = time.monotonic() - sent["began"], meter.per_event(events)
        ingest = figures.thread_seconds(chain.entry.pid, but=FOR_SUBSCRIBERS) - before
        program.stdin.close()
        found = json.loads(program.stdout.readline())
        return {"rate": events / seconds, "cpu": cpu, "ingest": 1e6 * ingest / events, "share": found["cpu_seconds"] / found["seconds"] * 100,
                "delivered": found["received"] / found["seconds"], "p99": found["p99_us"] / 1e3,
                "missed": found["expected"] - found["received"]}


def make_tables(arguments):
    events, seconds = (20_000, 1) if arguments.smoke else (arguments.events, arguments.seconds)
    latency = Table("Latency of the live streams (v3 -> collector -> one subscriber)", [
        Column("p50", "p50 ms", 2), Column("p99", "p99 ms", 2), Column("max", "max ms", 1),
        Column("behind", "behind ms", 1), Column("missed", "missed"), Column("cpu", "CPU µs/event", 3)],
        [Row(f"{stream}, {rate:,} events/s", lambda stream=stream, rate=rate: run_latency(stream, rate, seconds))
         for stream in ("stream", "tail") for rate in (1000, 10_000, 100_000)],
        "The stream shows an event when it is taken; the tail when it is in the files.")
    fan_out = Table(f"Subscribers, at {LIVE_RATE:,} events/s each, while {events:,} other events are loaded", [
        Column("rate", "loaded, events/s"), Column("ratio", "of none", 2, of="rate"),
        Column("cpu", "CPU µs/loaded event", 3), Column("ingest", "of it the way in", 3),
        Column("ingest_ratio", "of none", 2, of="ingest"), Column("delivered", "delivered/s"),
        Column("missed", "missed"), Column("p99", "p99 ms", 1), Column("share", "subscribers' CPU %")],
        [Row("none" if count == 0 else f"{count}", lambda count=count: run_fan_out(count, events), "none")
         for count in (0, 1, 10, 100)],
        "The subscribers and the sender of their events are one process beside, on the same cores. The way in is "
        "all but the threads that serve subscribers: what it takes for an event should not depend on them, while "
        "the rate shows that they need the cores, too.")
    return [latency, fan_out]


def add_options(parser):
    parser.add_argument("--events", type=int, default=4_000_000, help="that are loaded beside subscribers")
    parser.add_argument("--seconds", type=float, default=5, help="of each latency")


if __name__ == "__main__":
    figures.main("live", __doc__, make_tables, add_options=add_options)
