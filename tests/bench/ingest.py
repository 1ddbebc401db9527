#!/usr/bin/python3
"""Rates and CPU of the ways into oxingest, with real processes on loopback.

    tests/bench/ingest.py [--rounds N] [--scale X] [--smoke] [WAY...]

For each way: requests and events a second, latencies, and CPU microseconds (user + system, all threads) of
oxingest and of oxd, per request and per event; medians of the rounds, the first of which warms up and does not
count. Every answer is waited for, and is given when the collector has stored the events; where there are none
(syslog, Forward without chunks) it is waited until the collector has taken all that arrived. OX_BIN names the
directory of the programs. --scale makes the runs longer or shorter; --smoke runs everything once with few
requests, to see that it works: its figures mean nothing.
"""
import argparse
import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import msgpack  # noqa: E402

import processes  # noqa: E402
from figures import cpu_seconds  # noqa: E402
from waiting import wait_until  # noqa: E402

RECORD = "/api/v1/record"
EVENTS = "/api/v1/events/bench"
LINES = "application/x-ndjson"


class Way:
    """Requests of one kind."""

    def __init__(self, path, connections, requests, records=1, slow=0):
        self.path, self.connections, self.requests = path, connections, requests
        self.records, self.slow = records, slow

    def load(self, address, requests):
        options = ["--path", self.path, "--connections", self.connections, "--requests", requests,
                   "--records", self.records]
        if self.records > 1:
            options += ["--content-type", LINES]
        done = subprocess.run([processes.binary("bench_http_load"), address, *map(str, options)],
                              check=True, capture_output=True)
        return json.loads(done.stdout)


WAYS = {
    "record": Way(RECORD, 256, 200_000),
    "record, one connection": Way(RECORD, 1, 5_000),
    "record, 32 connections": Way(RECORD, 32, 100_000),
    "record, 32 and 1,000 slow": Way(RECORD, 32, 100_000, slow=1_000),
    "record, lines, 100 a request": Way(RECORD, 32, 10_000, records=100),
    "events": Way(EVENTS, 256, 200_000),
    "events, lines, 100 a request": Way(EVENTS, 32, 20_000, records=100),
}


class SyslogWay:
    """Messages over one TCP connection, or as datagrams."""

    def __init__(self, messages, *options):
        self.requests, self.options, self.records = messages, options, 1

    def load(self, address, messages):
        subprocess.run([processes.binary("bench_syslog_load"), address, "--messages", str(messages),
                        *self.options], check=True, capture_output=True)


SYSLOG_WAYS = {
    "syslog, one TCP connection": SyslogWay(4_000_000),
    "syslog, UDP": SyslogWay(2_000_000, "--udp"),
    "syslog, UDP, 200,000 a second": SyslogWay(1_000_000, "--udp", "--rate", "200000"),
}


# Of 200 bytes, as in the logs of a web server.
FORWARD_RECORD = {"level": "info", "message": "GET /api/v1/items/4711 200 in 12 ms", "remote": "192.0.2.17",
                  "method": "GET", "path": "/api/v1/items/4711", "code": 200, "size": 5316,
                  "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}


class ForwardWay:
    """Over one connection: each event a message, or so many in a chunk that is acknowledged."""
    AHEAD = 8  # chunks

    def __init__(self, events, chunk=0):
        self.requests, self.chunk, self.records = events, chunk, 1

    def load(self, connection, events):
        """Returns how many it has sent."""
        if self.chunk == 0:
            block = b"".join(msgpack.packb(["bench", 1500000000 + i, FORWARD_RECORD]) for i in range(1000))
            for _ in range(max(1, events // 1000)):
                connection.sendall(block)
            return max(1, events // 1000) * 1000
        packed = b"".join(msgpack.packb([1500000000 + i, FORWARD_RECORD]) for i in range(self.chunk))
        head = b"\x93" + msgpack.packb("bench") + msgpack.packb(packed)
        acks = msgpack.Unpacker()
        chunks, done = max(1, events // self.chunk), 0
        for number in range(chunks + self.AHEAD):
            if number < chunks:
                connection.sendall(head)
                connection.sendall(msgpack.packb({"chunk": f"{id(connection)}-{time.time_ns()}-{number}"}))
            while done < min(number - self.AHEAD + 1, chunks):
                acks.feed(connection.recv(65536))
                done += sum(1 for _ in acks)
        return chunks * self.chunk


FORWARD_WAYS = {
    "Forward, messages": ForwardWay(3_000_000),
    "Forward, chunks of 1,000": ForwardWay(6_000_000, chunk=1000),
}


@contextlib.contextmanager
def slow_clients(count, address):
    if count == 0:
        yield
        return
    drip = subprocess.Popen([processes.binary("bench_http_load"), address, "--path", RECORD, "--drip",
                             "--connections", str(count)], stdout=subprocess.PIPE)
    try:
        assert drip.stdout.readline() == b"ready\n"
        yield
        assert drip.poll() is None
    finally:
        drip.kill()
        drip.wait()


def run_once(way, requests):
    """What one run measured, as a dictionary."""
    with tempfile.TemporaryDirectory(prefix="ox-bench.") as directory:
        registry = processes.Registry()
        node = processes.Node(registry, directory, "collector", files=True)
        oxingest = processes.Program(
            "oxingest", "--http", "127.0.0.1:0", "-H", node.ports.collect, "--record-ids",
            node.ports.control, "--print-ports", directory=directory, env=processes.clean_environment())
        registry.add(oxingest)
        line = wait_until(lambda: oxingest.output() or oxingest.check_alive(), 30.0, "its ports")[0]
        address = json.loads(line)["http"]
        with slow_clients(way.slow, address):
            way.load(address, max(1, requests // 10))
            before = [cpu_seconds(program.pid) for program in (oxingest, node)]
            found = way.load(address, requests)
            used = [cpu_seconds(program.pid) - was for program, was in zip((oxingest, node), before)]
        oxingest.stop()
        problems = registry.finish()
        assert not problems, problems
        return {"rate": requests / found["seconds"], "p50": found["p50_us"], "p99": found["p99_us"],
                "oxingest": 1e6 * used[0] / requests, "oxd": 1e6 * used[1] / requests}


def run_syslog(way, messages):
    """The same for messages that nobody is answered for: until the collector has all that arrived."""
    with tempfile.TemporaryDirectory(prefix="ox-bench.") as directory:
        registry = processes.Registry()
        node = processes.Node(registry, directory, "collector", files=True)
        oxingest = processes.Program(
            "oxingest", "--syslog-tcp", "127.0.0.1:0", "--syslog-udp", "127.0.0.1:0", "-H",
            node.ports.collect, "--print-ports", directory=directory, env=processes.clean_environment())
        registry.add(oxingest)
        line = wait_until(lambda: oxingest.output() or oxingest.check_alive(), 30.0, "its ports")[0]
        address = json.loads(line)["syslog_udp" if "--udp" in way.options else "syslog_tcp"]
        before = [cpu_seconds(program.pid) for program in (oxingest, node)]
        started = time.monotonic()
        way.load(address, messages)
        seen = [(0, started)]

        def all_there():
            count = node.control.received("syslog")
            if count > seen[-1][0]:
                seen.append((count, time.monotonic()))
            # Of what the kernel dropped, nothing comes any more.
            return count >= messages or time.monotonic() - seen[-1][1] > 1.0
        wait_until(all_there, 120.0)
        used = [cpu_seconds(program.pid) - was for program, was in zip((oxingest, node), before)]
        oxingest.stop()
        problems = registry.finish()
        assert not problems, problems
        count, ended = seen[-1]
        return {"rate": count / (ended - started), "lost": messages - count,
                "oxingest": 1e6 * used[0] / count, "oxd": 1e6 * used[1] / count}


def run_forward(way, events):
    """Until the collector has all, or has acknowledged all."""
    with tempfile.TemporaryDirectory(prefix="ox-bench.") as directory:
        registry = processes.Registry()
        node = processes.Node(registry, directory, "collector", files=True)
        oxingest = processes.Program(
            "oxingest", "--fluent", "127.0.0.1:0", "-H", node.ports.collect, "--print-ports",
            directory=directory, env=processes.clean_environment())
        registry.add(oxingest)
        line = wait_until(lambda: oxingest.output() or oxingest.check_alive(), 30.0, "its ports")[0]
        host, _, port = json.loads(line)["fluent"].rpartition(":")
        with socket.create_connection((host, int(port))) as connection:
            warm = way.load(connection, max(1, events // 10))
            wait_until(lambda: node.control.received("bench") >= warm, 120.0)
            before = [cpu_seconds(program.pid) for program in (oxingest, node)]
            started = time.monotonic()
            sent = way.load(connection, events)
            wait_until(lambda: node.control.received("bench") >= warm + sent, 120.0)
            seconds = time.monotonic() - started
            used = [cpu_seconds(program.pid) - was for program, was in zip((oxingest, node), before)]
        oxingest.stop()
        problems = registry.finish()
        assert not problems, problems
        return {"rate": sent / seconds, "lost": 0, "oxingest": 1e6 * used[0] / sent,
                "oxd": 1e6 * used[1] / sent}


def print_forward(names, scale, rounds):
    for name in names:
        events = max(1, int(FORWARD_WAYS[name].requests * scale))
        runs = [run_forward(FORWARD_WAYS[name], events) for _ in range(rounds + 1)][min(1, rounds):]
        median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(f"{name:<30} {'':>10} {median['rate']:>10.0f}  us/event: {median['oxingest']:.3f}, "
              f"{median['oxd']:.3f}", flush=True)


def print_syslog(names, scale, rounds):
    for name in names:
        messages = max(1, int(SYSLOG_WAYS[name].requests * scale))
        runs = [run_syslog(SYSLOG_WAYS[name], messages) for _ in range(rounds + 1)][min(1, rounds):]
        median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(f"{name:<30} {'':>10} {median['rate']:>10.0f} {median['lost']:>8.0f} lost of {messages}; "
              f"us/event: {median['oxingest']:.3f}, {median['oxd']:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("ways", nargs="*", metavar="WAY", help="; ".join([*WAYS, *SYSLOG_WAYS, *FORWARD_WAYS]))
    arguments = parser.parse_args()
    if arguments.smoke:
        arguments.scale, arguments.rounds = 0.005, 0
    unknown = set(arguments.ways) - set(WAYS) - set(SYSLOG_WAYS) - set(FORWARD_WAYS)
    if unknown:
        parser.error(f"no such way: {', '.join(unknown)}")
    print(f"{'way':<30} {'requests/s':>10} {'events/s':>10} {'p50 us':>8} {'p99 us':>8}"
          f"  CPU us/request: oxingest, oxd; us/event: oxingest, oxd")
    for name in [name for name in arguments.ways or WAYS if name in WAYS]:
        way = WAYS[name]
        requests = max(1, int(way.requests * arguments.scale))
        runs = [run_once(way, requests) for _ in range(arguments.rounds + 1)][min(1, arguments.rounds):]
        median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(f"{name:<30} {median['rate']:>10.0f} {median['rate'] * way.records:>10.0f} "
              f"{median['p50']:>8.0f} {median['p99']:>8.0f}  "
              f"{median['oxingest']:.2f}, {median['oxd']:.2f}; {median['oxingest'] / way.records:.3f}, "
              f"{median['oxd'] / way.records:.3f}", flush=True)
    print_syslog([name for name in arguments.ways or SYSLOG_WAYS if name in SYSLOG_WAYS],
                 arguments.scale, arguments.rounds)
    print_forward([name for name in arguments.ways or FORWARD_WAYS if name in FORWARD_WAYS],
                  arguments.scale, arguments.rounds)


if __name__ == "__main__":
    main()
