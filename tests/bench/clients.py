#!/usr/bin/python3
"""What nodes take that have little to do: with many clients, and with none.

    tests/bench/clients.py [--clients N] [--seconds S] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

CPU is the share of one core; memory is RssAnon, of clients beyond the node's before they came. Beside both is what
libzmq takes alone: a ROUTER that acknowledges everything, and a context with one socket that does nothing. OX_BIN names the directory of the programs.
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


def measure_clients(pid, target, clients, seconds):
    """What `clients` cost the process `pid`, which listens at `target`."""
    before = figures.anonymous_bytes(pid)
    command = [processes.binary("bench_clients"), target, "--clients", str(clients),
               "--rate", str(RATE), "--seconds", str(seconds)]
    with nodes.program(command, stdin=subprocess.PIPE) as program:
        assert program.stdout.readline() == b"ready\n", f"{command} did not get ready"
        meter, began = figures.CpuMeter({"it": pid}), time.monotonic()
        found = json.loads(program.stdout.readline())
        took, cpu = time.monotonic() - began, meter.seconds()["it"]
        memory = figures.anonymous_bytes(pid) - before
        program.stdin.close()
    return found, {"share": 100 * cpu / took, "per_client": memory / KIB / clients, "memory": memory / KIB,
                   "rate": found["events"] / took, "cpu": 1e6 * cpu / found["events"],
                   "p50": found["p50_us"] / 1e3, "p99": found["p99_us"] / 1e3,
                   "sender": 100 * found["cpu_seconds"] / took}


def run_clients(clients, seconds):
    with nodes.chain(["collector"]) as chain:
        node = chain.entry
        found, row = measure_clients(node.pid, node.ports.collect, clients, seconds)
        nodes.wait_stored(node.log_path, found["bytes"])
        return row


def run_answering(clients, seconds):
    with subprocess.Popen([processes.binary("bench_baseline"), "answer"], stdout=subprocess.PIPE) as program:
        try:
            endpoint = program.stdout.readline().decode().strip()
            return measure_clients(program.pid, endpoint.replace("tcp://", "link://"), clients, seconds)[1]
        finally:
            program.kill()


def idle_figures(pid, seconds):
    meter = figures.CpuMeter({"it": pid})
    time.sleep(seconds)
    return {"share": 100 * meter.seconds()["it"] / seconds, "memory": figures.anonymous_bytes(pid) / KIB}


def run_idle_socket(seconds):
    with nodes.program([processes.binary("bench_baseline"), "idle"], stdin=subprocess.PIPE) as program:
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
        Column("share", "CPU, % of a core", 1), Column("ratio", "of its baseline", 2, of="share"),
        Column("per_client", "KiB/client", 1),
        Column("memory", "KiB"), Column("rate", "events/s"), Column("cpu", "CPU µs/event", 1),
        Column("p50", "acknowledged, p50 ms", 1),
        Column("p99", "p99 ms", 1), Column("sender", "clients' own CPU %", 1)],
        [Row(f"libzmq alone, {clients:,} clients", lambda: run_answering(clients, seconds))] +
        [Row(f"{count:,} client{'s' if count > 1 else ''}", lambda count=count: run_clients(count, seconds),
             f"libzmq alone, {clients:,} clients" if count == clients else None)
         for count in sorted({1, clients // 10, clients})],
        "The baseline acknowledges every batch at once, and keeps nothing.")
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
