"""Real oxds on loopback, what they have written, and the sender of events."""
import contextlib
import json
import subprocess
import tempfile
from pathlib import Path

import figures  # noqa: F401  makes tests/support importable
import processes
from waiting import wait_until


def stored_bytes(log_path, types="*"):
    """Of the plain log files of these types."""
    return sum(path.stat().st_size for path in Path(log_path).glob("[0-9]" * 8 + f"/{types}.log"))


def wait_stored(log_path, size, types="*", seconds=300.0):
    """Until the log files have so many bytes; more would be events that came twice."""
    wait_until(lambda: stored_bytes(log_path, types) >= size, seconds,
               lambda: f"{stored_bytes(log_path, types)} of {size} bytes are in the files")
    stored = stored_bytes(log_path, types)
    assert stored == size, f"{stored} bytes instead of {size}"


@contextlib.contextmanager
def registry_of_run():
    """(registry, directory): the programs of one run, ended and looked at behind it."""
    with tempfile.TemporaryDirectory(prefix="ox-bench.") as directory:
        registry = processes.Registry()
        try:
            yield registry, Path(directory)
        except BaseException:
            registry.finish()
            raise
        problems = registry.finish()
        assert not problems, problems


class Chain:
    """Nodes in the order of the events' way: {"agent": node, ..., "collector": node}."""

    def __init__(self, nodes):
        self.nodes = nodes

    @property
    def entry(self):
        return next(iter(self.nodes.values()))

    @property
    def log_path(self):
        return self.nodes["collector"].log_path

    def pids(self):
        return {name: node.pid for name, node in self.nodes.items()}


@contextlib.contextmanager
def chain(names, options=()):
    """Nodes of these names, each forwarding to the next; "collector" is the last one, and writes files.
    `options`: {name: options of that node}."""
    options, nodes, target = dict(options), {}, []
    with registry_of_run() as (registry, directory):
        for name in reversed(names):
            node = processes.Node(registry, directory, name, files=name == "collector", forward=target,
                                  options=options.get(name, ()))
            if target:
                node.wait_connected(target[0])
            nodes[name], target = node, [node]
        yield Chain({name: nodes[name] for name in names})


@contextlib.contextmanager
def program(command, **options):
    """Runs beside the block, which it must not outlive: waited for when the block is through, killed when it
    fails. `options` of subprocess.Popen; standard output is a pipe."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as running:
        try:
            yield running
        except BaseException:
            running.kill()
            raise
    assert running.returncode == 0, (command, running.returncode)


def load_command(target, events, **options):
    """Of bench_load; `options` as its own: size=500, types=50."""
    return [processes.binary("bench_load"), target, "--events", str(events),
            *(f"--{key}={value}" for key, value in options.items())]


def load(target, events, **options):
    """Sends; returns what the sender says: began (time.monotonic()), seconds, cpu_seconds, events, bytes. Before it
    begins it makes its events, which takes a while."""
    done = subprocess.run(load_command(target, events, **options), check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)
