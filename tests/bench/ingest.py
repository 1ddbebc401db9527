#!/usr/bin/python3
"""Rates and CPU of the ways into oxingest, with real processes on loopback.

    tests/bench/ingest.py [--scale X] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

For each way: requests and events a second, latencies, and CPU microseconds (user + system, all threads) of
oxingest and of oxd, per request and per event. Every answer is waited for, and is given when the collector has
stored the events; where there are none (syslog, files, Forward without chunks) it is waited until the collector
has taken all that arrived. OX_BIN names the directory of the programs. --scale makes the runs longer or shorter.
"""
import contextlib
import json
import socket
import subprocess
import time

import figures
import nodes
import processes
from figures import Column, Row, Table
from waiting import wait_until

import msgpack

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


class FileWay:
    """Lines of a log file that grows while it is followed."""
    LINE = (b'{"time": "2017-07-14T02:40:00.123Z", "level": "info", "logger": "app.http", "message": "GET '
            b'/api/v1/items/%06d 200 in 12 ms", "user": "user4711", "agent": "Mozilla/5.0 (X11; Linux x86_64; '
            b'rv:128.0) Gecko/20100101 Firefox/128.0", "session": "5968"}')
    BLOCK = 1000  # lines that are written at once

    def __init__(self, lines, *options):
        self.requests, self.options = lines, options

    def append(self, path, lines):
        block = b"".join(self.LINE % number + b"\n" for number in range(self.BLOCK))
        with open(path, "ab", buffering=0) as file:
            for _ in range(max(1, lines // self.BLOCK)):
                file.write(block)
        return max(1, lines // self.BLOCK) * self.BLOCK


FILE_WAYS = {
    "file, followed, --sync commit": FileWay(2_000_000),
    "file, followed, --sync none": FileWay(2_000_000, "--sync", "none"),
}


class Pair:
    """oxingest, and the collector that it sends to."""

    def __init__(self, node, oxingest, ports):
        self.node, self.oxingest, self.ports = node, oxingest, ports

    def meter(self):
        return figures.CpuMeter({"oxingest": self.oxingest.pid, "oxd": self.node.pid})


def start(registry, directory, node, *options):
    """oxingest, sending to the collector `node`. With --print-ports it knows its ports."""
    oxingest = registry.add(processes.Program(
        "oxingest", *options, "-H", node.ports.collect, directory=directory, env=processes.clean_environment()))
    if "--print-ports" not in options:
        return Pair(node, oxingest, {})
    line = wait_until(lambda: oxingest.output() or oxingest.check_alive(), 30.0, "its ports")[0]
    return Pair(node, oxingest, json.loads(line))


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


def run_http(way, requests):
    with nodes.registry_of_run() as (registry, directory):
        node = processes.Node(registry, directory, "collector", files=True)
        pair = start(registry, directory, node, "--http", "127.0.0.1:0", "--record-ids", node.ports.control,
                     "--print-ports")
        address = pair.ports["http"]
        with slow_clients(way.slow, address):
            way.load(address, max(1, requests // 10))
            meter, before = pair.meter(), figures.own_cpu_seconds()
            found = way.load(address, requests)
            cpu, sender = meter.per_event(requests), figures.own_cpu_seconds() - before
        pair.oxingest.stop()
        return {"requests": requests / found["seconds"], "events": requests * way.records / found["seconds"],
                "p50": found["p50_us"], "p99": found["p99_us"], "cpu": cpu, "sender": 1e6 * sender / requests,
                "cpu_event": {name: used / way.records for name, used in cpu.items()}}


def run_syslog(way, messages):
    """For messages that nobody is answered for: until the collector has all that arrived."""
    with nodes.registry_of_run() as (registry, directory):
        node = processes.Node(registry, directory, "collector", files=True)
        pair = start(registry, directory, node, "--syslog-tcp", "127.0.0.1:0", "--syslog-udp", "127.0.0.1:0",
                     "--print-ports")
        meter, started, before = pair.meter(), time.monotonic(), figures.own_cpu_seconds()
        way.load(pair.ports["syslog_udp" if "--udp" in way.options else "syslog_tcp"], messages)
        sender = figures.own_cpu_seconds() - before
        seen = [(0, started)]

        def all_there():
            count = node.control.received("syslog")
            if count > seen[-1][0]:
                seen.append((count, time.monotonic()))
            # Of what the kernel dropped, nothing comes any more.
            return count >= messages or time.monotonic() - seen[-1][1] > 1.0
        wait_until(all_there, 120.0)
        count, ended = seen[-1]
        cpu = meter.per_event(count)
        pair.oxingest.stop()
        return {"events": count / (ended - started), "lost": messages - count, "cpu": cpu,
                "sender": 1e6 * sender / messages}


def run_forward(way, events):
    """Until the collector has all, or has acknowledged all."""
    with nodes.registry_of_run() as (registry, directory):
        node = processes.Node(registry, directory, "collector", files=True)
        pair = start(registry, directory, node, "--fluent", "127.0.0.1:0", "--print-ports")
        host, _, port = pair.ports["fluent"].rpartition(":")
        with socket.create_connection((host, int(port))) as connection:
            warm = way.load(connection, max(1, events // 10))
            node.wait_received("bench", warm, 120.0)
            meter, started, before = pair.meter(), time.monotonic(), figures.own_cpu_seconds()
            sent = way.load(connection, events)
            sender = figures.own_cpu_seconds() - before
            node.wait_received("bench", warm + sent, 120.0)
            seconds, cpu = time.monotonic() - started, meter.per_event(sent)
        pair.oxingest.stop()
        return {"events": sent / seconds, "lost": 0, "cpu": cpu, "sender": 1e6 * sender / sent}


def run_file(way, lines):
    """From the first line that is appended until the collector has the last one."""
    with nodes.registry_of_run() as (registry, directory):
        node = processes.Node(registry, directory, "collector", files=True, options=way.options)
        path, state = directory / "app.log", directory / "ingest"
        path.touch()
        pair = start(registry, directory, node, "-F", f"bench:{path}", "--state-dir", state)
        # It begins at the end that the file had when it came.
        wait_until(lambda: any(str(path).encode() in slot.read_bytes() for slot in state.glob("*/checkpoint.*")),
                   30.0, f"{path} is followed")
        warm = way.append(path, 1)
        node.wait_received("bench", warm, 60.0)
        meter, started, before = pair.meter(), time.monotonic(), figures.own_cpu_seconds()
        sent = way.append(path, lines)
        sender = figures.own_cpu_seconds() - before
        node.wait_received("bench", warm + sent, 120.0)
        seconds, cpu = time.monotonic() - started, meter.per_event(sent)
        pair.oxingest.stop()
        return {"events": sent / seconds, "lost": 0, "cpu": cpu, "sender": 1e6 * sender / sent}


def make_tables(arguments):
    scale = 0.005 if arguments.smoke else arguments.scale

    def rows(ways, run):
        return [Row(name, lambda way=way: run(way, max(1, int(way.requests * scale))))
                for name, way in ways.items()]

    http = Table("HTTP into oxingest", [
        Column("requests", "requests/s"), Column("events", "events/s"), Column("p50", "p50 µs"),
        Column("p99", "p99 µs"), Column("cpu", "CPU µs/request", 2), Column("cpu_event", "CPU µs/event", 3),
        Column("sender", "and the sender, µs/request", 2)],
        rows(WAYS, run_http))
    streams = Table("Streams and files into oxingest", [
        Column("events", "events/s"), Column("lost", "lost"), Column("cpu", "CPU µs/event", 3),
        Column("sender", "and the sender", 3)],
        rows(SYSLOG_WAYS, run_syslog) + rows(FORWARD_WAYS, run_forward) + rows(FILE_WAYS, run_file))
    return [http, streams]


if __name__ == "__main__":
    figures.main("ingest", __doc__, make_tables,
                 add_options=lambda parser: parser.add_argument("--scale", type=float, default=1.0))
