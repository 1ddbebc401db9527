#!/usr/bin/python3
"""Rates and CPU of the main paths, with real processes on loopback.

    tests/bench/core.py [--events N] [--rounds N] [--size BYTES] [--smoke] [PATH...]

For each path: events a second from the first event sent until the last one is in the collector's files,
and CPU microseconds (user + system, all threads) per event of each daemon; medians of the rounds, the first
of which warms up and does not count. OX_BIN names the directory of the programs. --smoke runs everything
once with few events, to see that it works: its figures mean nothing.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import processes  # noqa: E402
from waiting import wait_until  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def stored_bytes(log_path):
    return sum(path.stat().st_size for path in Path(log_path).glob("[0-9]" * 8 + "/*.log"))


class Route:
    """One way of events to the files: which daemons, and how they are sent."""

    def __init__(self, scheme, tiers, options=()):
        self.scheme, self.tiers, self.options = scheme, tiers, options


PATHS = {
    "v3 -> collector": Route("blueox://", 1),
    "link -> collector": Route("", 1),
    "v3 -> agent -> collector": Route("blueox://", 2),
    "link -> agent -> collector": Route("", 2),
}


def run_once(path, events, size):
    """(events a second, [CPU us per event of each daemon, collector first])"""
    with tempfile.TemporaryDirectory(prefix="ox-bench.") as directory:
        registry = processes.Registry()
        nodes = [processes.Node(registry, directory, "collector", files=True)]
        for tier in range(1, path.tiers):
            nodes.append(processes.Node(registry, directory, f"agent{tier}", forward=[nodes[-1]]))
        for agent, target in zip(nodes[1:], nodes):
            agent.wait_connected(target)
        before = [cpu_seconds(node.pid) for node in nodes]
        log_path = nodes[0].log_path
        started = time.monotonic()
        load = subprocess.run([processes.binary("bench_load"), path.scheme + nodes[-1].ports.collect,
                               "--events", str(events), "--size", str(size)], check=True,
                              capture_output=True)
        assert load.stdout
        wait_until(lambda: stored_bytes(log_path) >= events * size, 120.0,
                   lambda: f"{stored_bytes(log_path)} of {events * size} bytes")
        seconds = time.monotonic() - started
        used = [cpu_seconds(node.pid) - was for node, was in zip(nodes, before)]
        assert stored_bytes(log_path) == events * size
        problems = registry.finish()
        assert not problems, problems
        return events / seconds, [1e6 * cpu / events for cpu in used]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="; ".join(PATHS))
    arguments = parser.parse_args()
    if arguments.smoke:
        arguments.events, arguments.rounds = 20_000, 0
    unknown = set(arguments.paths) - set(PATHS)
    if unknown:
        parser.error(f"no such path: {', '.join(unknown)}")
    print(f"{'path':<28} {'events/s':>10}  CPU us/event: collector, agent")
    for name in arguments.paths or PATHS:
        results = [run_once(PATHS[name], arguments.events, arguments.size)
                   for _ in range(arguments.rounds + 1)][min(1, arguments.rounds):]
        rate = statistics.median(result[0] for result in results)
        cpu = [statistics.median(values) for values in zip(*(result[1] for result in results))]
        print(f"{name:<28} {rate:>10.0f}  {', '.join(f'{value:.3f}' for value in cpu)}", flush=True)


if __name__ == "__main__":
    main()
