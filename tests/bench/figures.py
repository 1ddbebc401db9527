"""What the benchmarks share: a command line, rounds, medians, CPU of processes, and tables as Markdown and JSON.

A part of the suite is a script that makes tables and gives them to main(). The rows of all its tables run one
after the other, round after round, so that what changes on the machine meanwhile meets all of them; the first
round warms up and does not count. Importing this module makes those of tests/support importable.
"""
import argparse
import contextlib
import ctypes
import datetime
import fnmatch
import json
import os
import platform
import resource
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, NamedTuple, Optional

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

LIBC = ctypes.CDLL(None, use_errno=True)


def cpu_seconds(pid):
    """User and system time of all threads of a process that runs, those that have ended included, to the
    nanosecond: /proc counts in hundredths of a second."""
    clock = ctypes.c_int()
    error = LIBC.clock_getcpuclockid(pid, ctypes.byref(clock))
    if error != 0:
        raise ProcessLookupError(error, os.strerror(error), str(pid))
    return time.clock_gettime(clock.value)


class CpuMeter:
    """What CPU each of some processes ({name: pid}) has used since the meter was made."""

    def __init__(self, processes):
        self.processes = dict(processes)
        self.before = {name: cpu_seconds(pid) for name, pid in self.processes.items()}

    def seconds(self):
        return {name: cpu_seconds(pid) - self.before[name] for name, pid in self.processes.items()}

    def per_event(self, events):
        """{name: microseconds}"""
        return {name: 1e6 * used / max(1, events) for name, used in self.seconds().items()}


def thread_seconds(pid, but=()):
    """CPU of the threads of a process that run, without those of these names."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            if (task / "comm").read_text().strip() not in but:
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def own_cpu_seconds():
    """Of this process, and of those that it has waited for: what senders took, when it is asked before and behind
    them."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def anonymous_bytes(pid):
    """Memory of its own that a process has in RAM: RssAnon."""
    with open(f"/proc/{pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["RssAnon"].split()[0]) * 1024


class Column(NamedTuple):
    """`key` of what a row's run returns: a number, {name: number}, text, or None where there is none.
    With `of`, the column is the ratio of that key to the same of the row's baseline."""
    key: str
    heading: str
    digits: int = 0
    of: Optional[str] = None


class Row(NamedTuple):
    name: str
    run: Callable[[], dict]
    baseline: Optional[str] = None  # the row of the same table that it is read beside


class Table(NamedTuple):
    title: str
    columns: list
    rows: list
    note: str = ""


def median_of(runs):
    """Of what the runs of a row returned, key by key."""
    first = runs[-1]
    if isinstance(first, dict):
        return {key: median_of([run[key] for run in runs]) for key in first}
    if isinstance(first, (int, float)) and not isinstance(first, bool):
        return statistics.median(runs)
    return first


def add_ratios(table, medians):
    for row in table.rows:
        for column in table.columns:
            base = medians.get(row.baseline, {}).get(column.of) if column.of else None
            if base:
                medians[row.name][column.key] = medians[row.name][column.of] / base


def cell(value, digits):
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name} {cell(part, digits)}" for name, part in value.items())
    return value if isinstance(value, str) else f"{value:,.{digits}f}"


def markdown(table, medians):
    lines = [f"### {table.title}", ""]
    if table.note:
        lines += [table.note, ""]
    lines.append("| | " + " | ".join(column.heading for column in table.columns) + " |")
    lines.append("|---|" + "---:|" * len(table.columns))
    for row in table.rows:
        cells = [cell(medians[row.name].get(column.key), column.digits) for column in table.columns]
        lines.append(f"| {row.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return (done.stdout.splitlines() or ["unknown"])[0]


def machine():
    """What must be known of where figures come from, to compare them with others."""
    cpu = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "cores": len(os.sched_getaffinity(0)), "cpu": cpu[0] if cpu else platform.machine(),
            "memory": f"{memory / 1048576:.0f} GiB", "kernel": platform.release(),
            "file system": first_line("stat", "-f", "-c", "%T", tempfile.gettempdir()),
            "load before": f"{os.getloadavg()[0]:.1f}",
            "revision": first_line("git", "describe", "--always", "--dirty")}


def write_results(directory, name, document, text):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    (directory / f"{name}.md").write_text(text)


def run_rounds(tables, rounds):
    """{title: {row: [what each run returned]}}, without the round that warms up; `rounds` 0: that one alone."""
    runs = {table.title: {row.name: [] for row in table.rows} for table in tables}
    for number in range(rounds + 1):
        for table in tables:
            for row in table.rows:
                began = time.monotonic()
                result = row.run()
                if number > 0 or rounds == 0:
                    runs[table.title][row.name].append(result)
                print(f"  round {number} of {rounds}: {row.name} ({time.monotonic() - began:.1f} s)",
                      file=sys.stderr, flush=True)
    return runs


def select(tables, patterns):
    """The tables with the rows that one of the shell patterns names, and the rows these are read beside."""
    if not patterns:
        return tables
    selected = []
    for table in tables:
        rows = [row for row in table.rows if any(fnmatch.fnmatch(row.name, each) for each in patterns)]
        names = {row.name for row in rows} | {row.baseline for row in rows}
        if rows:
            selected.append(table._replace(rows=[row for row in table.rows if row.name in names]))
    return selected


def end_on_sigterm():
    """As on an error: what a run has started is ended, and its files are removed."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def main(name, description, make_tables, *, rounds=5, add_options=lambda parser: None):
    """The script of a part. `make_tables(arguments)` returns its tables; arguments.smoke asks for few events."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds, help="that count, after one that does not")
    parser.add_argument("--smoke", action="store_true",
                        help="few events, once, to see that it works: the figures mean nothing")
    parser.add_argument("--results", type=Path, metavar="DIR", help=f"where {name}.json and {name}.md go")
    parser.add_argument("--list", action="store_true", help="the rows, and nothing else")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these; * and ? as in a shell")
    add_options(parser)
    arguments = parser.parse_args()
    if arguments.smoke:
        arguments.rounds = 0
    tables = select(make_tables(arguments), arguments.rows)
    if not tables:
        parser.error(f"no such row: {', '.join(arguments.rows)} (try --list)")
    if arguments.list:
        print("\n".join(row.name for table in tables for row in table.rows))
        return
    end_on_sigterm()
    facts, began = machine(), time.monotonic()
    runs = run_rounds(tables, arguments.rounds)
    texts, documents = [], []
    for table in tables:
        medians = {row: median_of(done) for row, done in runs[table.title].items()}
        add_ratios(table, medians)
        texts.append(markdown(table, medians))
        documents.append({
            "title": table.title, "note": table.note,
            "columns": {column.key: column.heading for column in table.columns},
            "rows": [{"name": row, "median": medians[row], "runs": done}
                     for row, done in runs[table.title].items()]})
    if arguments.results:
        document = {"part": name, "machine": facts, "command": shlex.join(sys.argv), "smoke": arguments.smoke,
                    "rounds": arguments.rounds, "seconds": round(time.monotonic() - began, 1),
                    "tables": documents}
        write_results(arguments.results, name, document, "\n".join(texts))
    print("\n".join(texts), flush=True)
