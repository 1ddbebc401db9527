#!/usr/bin/python3
"""A day of events, and how long the questions of docs/query.md take over it.

    tests/bench/day.py [--keep DIR] [--events N] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

A real collector writes events of 20 types, as they come from two clients; half of its files are then
compressed, and indexes made, by oxctl store. Each question is asked of the directory: seconds, and CPU seconds
(user + system) of oxview. With --keep the day is kept in that directory, and found again. OX_BIN names the
directory of the programs.
"""
import contextlib
import datetime
import multiprocessing
import random
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import figures
import nodes
import processes
from figures import Column, Row, Table
from waiting import wait_until

import blueox_client as blueox
import cookbook
import msgpack
import zmq

TYPES = ["request", "request.sql", "request.cache", "error.db", "error.upstream", "login", "mail.sent",
         "job.run", "job.failed", "payment", "search", "session", "audit", "deploy", "metric.cpu",
         "metric.disk", "proxy", "dns", "sensor", "chronologer"]
# How many of a hundred events are of the first type; the others share the rest.
REQUESTS = 40
SENDERS = 2
KNOWN_ID = "59682f00000000000000000000000000"
ZONE = datetime.timezone.utc


class Generator:
    """Numbered events of the day, the same each time: fields as the questions ask for them."""

    def __init__(self, day, events):
        self.begin = datetime.datetime.combine(day, datetime.time(), ZONE).timestamp()
        self.events = events

    def make(self, number, rng):
        share = number % 100
        type_name = TYPES[0] if share < REQUESTS else TYPES[1 + number % (len(TYPES) - 1)]
        # Nearly in order, as events come.
        end = self.begin + 86_390 * number / self.events + rng.random() * 2
        took = rng.random() ** 8 * 10 if number % 50_000 else 4000.0
        level = (20, 30, 40, 50)[rng.choices(range(4), (90, 7, 2.5, 0.5))[0]]
        body = {"level": level, "user": f"user{rng.randrange(5000)}" if number % 2000 else "bob",
                "client_ip": f"10.{rng.randrange(256)}.{rng.randrange(256)}.7"}
        if type_name.startswith("request"):
            body["uri"] = f"/item/{rng.randrange(3000)}"
            body["method"] = "GET" if number % 3 else "POST"
            body["response_status_code"] = 503 if rng.random() < 0.004 else 200
        else:
            body["message"] = (f"timeout after {rng.randrange(30)} s" if rng.random() < 0.01
                               else f"step {rng.randrange(400)} of {type_name} is done")
        if level >= 40:
            body["exception"] = ("KeyError", "TimeoutError", "OSError")[number % 3]
        if type_name == "chronologer":
            body["logrec"] = {"data": {"foo": number % 1000}, "meta": {"threadName": f"t{number % 4}"}}
        # Three events of the request that is asked for.
        event_id = (KNOWN_ID if 0 <= number - self.events // 2 < 3
                    else f"{number * 0x9e3779b97f4a7c15 & (1 << 128) - 1:032x}")
        record = {"id": event_id, "type": type_name, "host": f"web-{number % 20}",
                  "pid": 4200 + number // 20 % 50, "start": end - took, "end": end, "body": body}
        return type_name, end, msgpack.packb(record)


def send(endpoint, day, events, part):
    """The numbers of one sender, to the collector."""
    generator = Generator(day, events)
    rng = random.Random(part)
    socket = zmq.Context.instance().socket(zmq.PUSH)
    socket.set(zmq.LINGER, 60_000)
    socket.connect(endpoint)
    for number in range(part, events, SENDERS):
        type_name, end, body = generator.make(number, rng)
        socket.send(blueox.encode_meta(end, "bench", type_name), zmq.SNDMORE, copy=True)
        socket.send(body, copy=True)
    socket.close()
    zmq.Context.instance().term()


def write_day(directory, day, events):
    """Has a collector write them, and lays its files out as those of that day."""
    store = Path(directory) / "store"
    day_directory = store / f"{day:%Y%m%d}"
    with tempfile.TemporaryDirectory(dir=directory, prefix="collector.") as work:
        registry = processes.Registry()
        node = processes.Node(registry, work, "collector", files=True)
        endpoint = f"tcp://{node.ports.collect}"
        senders = [multiprocessing.Process(target=send, args=(endpoint, day, events, part))
                   for part in range(SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
            assert sender.exitcode == 0
        wait_until(lambda: sum(node.control.received(name) for name in TYPES) >= events, 600.0,
                   "the collector has taken all events")
        node.stop()
        problems = registry.finish()
        assert not problems, problems
        day_directory.mkdir(parents=True)
        for path in node.log_path.glob("[0-9]" * 8 + "/*.log"):
            with open(day_directory / re.sub(r"-\d{8}\.log$", f"-{day:%Y%m%d}.log", path.name),
                      "ab") as to, open(path, "rb") as log:
                while piece := log.read(1 << 24):
                    to.write(piece)
    # Half of the types, and of the bytes: the first stays as it is.
    logs = sorted(day_directory.iterdir(), key=lambda path: path.stat().st_size)
    aside = Path(directory) / "aside"
    aside.mkdir()
    for path in logs[1::2]:
        path.rename(aside / path.name)
    subprocess.run([processes.binary("oxctl"), "store", "zip", store], check=True)
    for path in logs[1::2]:
        (aside / path.name).rename(path)
    aside.rmdir()
    subprocess.run([processes.binary("oxctl"), "store", "reindex", store], check=True)
    return store


def ask(question, store, day):
    args = [re.sub(r"\d{4}-\d\d-\d\d", f"{day:%Y-%m-%d}", arg) for arg in question.on(store)]
    with contextlib.ExitStack() as stack:
        stdin = subprocess.DEVNULL
        if question.source == "stdin":
            largest = max(store.glob("*/*.log"), key=lambda path: path.stat().st_size)
            stdin = stack.enter_context(open(largest, "rb"))
        used, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        lines = 0
        with nodes.program([processes.binary("oxview"), *args], stdin=stdin) as view:
            while piece := view.stdout.read(1 << 20):
                lines += piece.count(b"\n")
    seconds, now = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"lines": lines, "seconds": seconds,
            "cpu": now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime}


def make_tables(arguments, stack):
    events = min(arguments.events, 20_000) if arguments.smoke else arguments.events
    if arguments.list:
        return [Table("", [], [Row(question.text, dict) for question in cookbook.questions()])]
    directory = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ox-bench.")))
    directory.mkdir(parents=True, exist_ok=True)
    # A day that is over, whenever that is.
    day, store = datetime.datetime.now(ZONE).date() - datetime.timedelta(days=2), directory / "store"
    if kept := sorted(store.glob("[0-9]" * 8)):
        day = datetime.datetime.strptime(kept[0].name, "%Y%m%d").date()
    else:
        write_day(directory, day, events)
    files = [path for path in store.glob("*/*") if path.suffix in (".log", ".zst")]
    size = sum(path.stat().st_size for path in files)
    where = {"files": "", "live": " (of files)", "stdin": " (the largest plain file)"}
    rows = [Row(question.text + where[question.source], lambda question=question: ask(question, store, day))
            for question in cookbook.questions()]
    return [Table("The questions of docs/query.md", [
        Column("lines", "lines"), Column("seconds", "s", 3), Column("cpu", "CPU s", 3)], rows,
        f"Asked of a day of {len(files)} files, {size / 1e9:.2f} GB as they lie, half of them compressed.")]


def add_options(parser):
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the day stays")


def main():
    with contextlib.ExitStack() as stack:
        figures.main("day", __doc__, lambda arguments: make_tables(arguments, stack), rounds=3,
                     add_options=add_options)


if __name__ == "__main__":
    main()
