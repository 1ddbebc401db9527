#!/usr/bin/python3
"""What nodes take that have little to do: with many clients, and with none.

    tests/bench/clients.py [--clients N] [--seconds S] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

CPU is the share of one core; memory is RssAnon, of clients beyond the node's before they came. The idle socket is
a libzmq context with one socket that does nothing. OX_BIN names the directory of the programs.
"""
import json
import subprocess
import time

import figures
import nodes
import processes
from figures import Column, Row, Table

RATE = 10
KIB = 1024


def run_clients(clients, seconds):
    with nodes.chain(["collector"]) as chain:
        node = chain.entry
        before = figures.anonymous_bytes(node.pid)
        command = [processes.binary("bench_clients"), node.ports.collect, "--clients", str(clients),
                   "--rate", str(RATE), "--seconds", str(seconds)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            assert program.stdout.readline() == b"ready\n", f"{command} did not get ready"
            meter, began = figures.CpuMeter(chain.pids()), time.monotonic()
            found = json.loads(program.stdout.readline())
            took, cpu = time.monotonic() - began, meter.seconds()["collector"]
            memory = figures.anonymous_bytes(node.pid) - before
            program.stdin.close()
        assert program.returncode == 0, command
        nodes.wait_stored(node.log_path, found["bytes"])
        return {"share": 100 * cpu / took, "per_client": memory / KIB / clients, "memory": memory / KIB,
                "rate": found["events"] / took, "cpu": 1e6 * cpu / found["events"],
                "p50": found["p50_us"] / 1e3, "p99": found["p99_us"] / 1e3,
                "sender": 100 * found["cpu_seconds"] / took}


def idle_figures(pid, seconds):
    meter = figures.CpuMeter({"it": pid})
    time.sleep(seconds)
    return {"share": 100 * meter.seconds()["it"] / seconds, "memory": figures.anonymous_bytes(pid) / KIB}


def run_idle_socket(seconds):
    with subprocess.Popen([processes.binary("bench_baseline"), "idle"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as program:
        program.stdout.readline()
        found = idle_figures(program.pid, seconds)
        program.stdin.close()
        return found


def run_idle(names, measured, seconds):
    with nodes.chain(names) as chain:
        time.sleep(min(seconds, 1))  # what starting has left to do
        return idle_figures(chain.nodes[measured].pid, seconds)


def make_tables(arguments):
    clients, seconds = (50, 1) if arguments.smoke else (arguments.clients, arguments.seconds)
    idle_seconds = 1 if arguments.smoke else 2 * seconds
    many = Table(f"Clients of the link, {RATE} events/s of 200 bytes each", [
        Column("share", "CPU, % of a core", 1), Column("per_client", "KiB/client", 1),
        Column("memory", "KiB"), Column("rate", "events/s"), Column("cpu", "CPU µs/event", 1),
        Column("p50", "acknowledged, p50 ms", 1),
        Column("p99", "p99 ms", 1), Column("sender", "clients' own CPU %", 1)],
        [Row(f"{count:,} client{'s' if count > 1 else ''}", lambda count=count: run_clients(count, seconds))
         for count in sorted({1, clients // 10, clients})])
    idle = Table("Nodes that do nothing", [
        Column("share", "CPU, % of a core", 3), Column("memory", "KiB")], [
        Row("libzmq, an idle socket", lambda: run_idle_socket(idle_seconds)),
        Row("collector", lambda: run_idle(["collector"], "collector", idle_seconds)),
        Row("agent, connected", lambda: run_idle(["agent", "collector"], "agent", idle_seconds))])
    return [many, idle]


def add_options(parser):
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5, help="of each run with clients")


if __name__ == "__main__":
    figures.main("clients", __doc__, make_tables, add_options=add_options)
