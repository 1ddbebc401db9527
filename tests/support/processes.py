"""The real programs, started from $OX_BIN, and oxd nodes that know their ports and can be started again."""
import json
import os
import queue
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from control import Control, output_to
from ports import PortLease
from waiting import patient, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
SANITIZER_SIGNS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
                   "runtime error:", "ERROR: UndefinedBehaviorSanitizer")


def binary(name):
    path = Path(os.environ.get("OX_BIN") or REPOSITORY / "build/dev/bin").resolve() / name
    assert path.exists(), f"{path} has not been built (OX_BIN names its directory)"
    return str(path)


# What programs keep for whoever runs them goes here, and goes when the tests end.
STATE_HOME = tempfile.TemporaryDirectory(prefix="ox-test-state-")


def clean_environment(**extra):
    """Ours without anything that would configure the programs."""
    env = {key: value for key, value in os.environ.items()
           if not key.startswith(("BLUEOX_", "OX_")) and key != "STATE_DIRECTORY"}
    return {**env, "TZ": "UTC", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": STATE_HOME.name, **extra}


class Completed(NamedTuple):
    code: int
    stdout: str
    stderr: str
    seconds: float

    def error_lines(self):
        return self.stderr.splitlines()


def run(name, *args, stdin=b"", timeout=30.0, cwd=None, env=None):
    """Runs a program to its end. A report of a sanitizer is an error."""
    started = time.monotonic()
    done = subprocess.run([binary(name), *map(str, args)], input=stdin, capture_output=True,
                          timeout=patient(timeout), cwd=cwd, env=env or clean_environment())
    result = Completed(done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
                       done.stderr.decode("utf-8", "surrogateescape"), time.monotonic() - started)
    assert not any(sign in result.stderr for sign in SANITIZER_SIGNS), result.stderr
    assert result.code >= 0, f"{name} died of signal {-result.code}: {result.stderr}"
    return result


class Program:
    """A running program. Its stderr goes to a file; the lines of its stdout are collected, unless it is
    given another place to write to."""

    def __init__(self, name, *args, directory, label=None, stdin=subprocess.DEVNULL,
                 stdout=subprocess.PIPE, env=None):
        self.command = name
        self.name = label or name
        self.expected_codes = {0}
        self.args = [binary(name), *map(str, args)]
        self.stderr_path = Path(directory) / f"{self.name}.stderr"
        self._lines = queue.Queue()
        self.lines = []
        with open(self.stderr_path, "ab") as stderr:
            self.process = subprocess.Popen(self.args, stdin=stdin, stdout=stdout,
                                            stderr=stderr, cwd=directory,
                                            env=env or clean_environment())
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout or ():
            self._lines.put(line.decode("utf-8", "surrogateescape").rstrip("\n"))

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        """The lines of stdout so far."""
        while not self._lines.empty():
            self.lines.append(self._lines.get())
        return self.lines

    def documents(self):
        """The lines of stdout so far, each a JSON document."""
        return [json.loads(line) for line in self.output()]

    def stderr(self):
        return self.stderr_path.read_bytes().decode("utf-8", "surrogateescape")

    def alive(self):
        return self.process.poll() is None

    def check_alive(self):
        """For wait conditions: false as "not yet", an error once the program has ended."""
        assert self.alive(), f"{self.describe()} ended with {self.process.returncode}"
        return False

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def close_stdin(self):
        self.process.stdin.close()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=30.0):
        """The exit code; all of stdout has been read then."""
        code = self.process.wait(patient(timeout))
        self._reader.join(patient(5.0))
        return code

    def stop(self, timeout=30.0):
        """SIGTERM; returns the exit code."""
        if self.alive():
            self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        """SIGKILL, and whatever follows from it is expected."""
        self.expected_codes = {-signal.SIGKILL}
        self.process.kill()
        self.wait()

    def problems(self):
        """What went wrong in a program that has ended: nothing, or one text for each."""
        found = []
        code = self.process.returncode
        if code not in self.expected_codes:
            found.append(f"{self.describe()} exited with {code}")
        if any(sign in self.stderr() for sign in SANITIZER_SIGNS):
            found.append(f"{self.describe()}: a sanitizer reported an error")
        return found

    def describe(self):
        return f"{self.name} (pid {self.pid}: {shlex.join(self.args)})"


class Ports(NamedTuple):
    """Addresses as text, "127.0.0.1:3514", or "off"."""
    control: str
    collect: str
    link: str
    stream: str
    tail: str


class Node:
    """An oxd. stop() or kill(), then start(), brings it back with the same addresses and directories.

    `forward`: nodes (over the link) or texts for --forward. `files`: whether it writes log files.
    `same_ports`: needed for a node that is started again. `collect=False`: `options` say where it
    collects. `cwd_files`: {name: text} of files put into its working directory. `env`: what its
    environment has besides.
    """

    def __init__(self, registry, directory, name, *, forward=(), files=False, same_ports=False,
                 collect=True, options=(), cwd_files=None, env=None):
        self.registry = registry
        self.name = name
        self.directory = Path(directory) / name
        self.directory.mkdir()
        for file_name, text in (cwd_files or {}).items():
            (self.directory / file_name).write_text(text)
        self.log_path = self.directory / "logs" if files else None
        self.targets = [target if isinstance(target, str) else target.ports.collect
                        for target in forward]
        self.options = [str(option) for option in options]
        self.env = env or {}
        self.lease = PortLease(3) if same_ports else None
        self.collects = collect
        self.program = None
        self.ports = None
        self.start()

    def arguments(self):
        if self.lease:
            # The link lies at its default place, one port above collect.
            control, collect = self.lease.address(0), self.lease.address(1)
        else:
            control = collect = "127.0.0.1:0"
        sockets = ["-t", control, *(["-c", collect] if self.collects else [])]
        files = ["-l", self.log_path] if self.log_path else []
        forwards = [part for target in self.targets for part in ("-r", target)]
        return [*sockets, "--node-name", self.name, "--state-dir", self.directory / "state",
                *files, *forwards, "--print-ports", *self.options]

    def start(self, wait=True):
        assert self.program is None or not self.program.alive()
        (self.directory / "state").mkdir(exist_ok=True)
        self.program = self.registry.add(Program("oxd", *self.arguments(), directory=self.directory,
                                                 label=self.name, env=clean_environment(**self.env)))
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        line = wait_until(lambda: self.program.output() or self.program.check_alive(), 30.0,
                          f"{self.name} prints its ports")[0]
        self.ports = Ports(**{key: json.loads(line).get(key, "off") for key in Ports._fields})
        self.control = Control(self.ports.control)

    @property
    def pid(self):
        return self.program.pid

    def stop(self, timeout=30.0):
        """SIGTERM; asserts a clean end."""
        code = self.program.stop(timeout)
        assert code == 0, f"{self.name} exited with {code}: {self.stderr()}"

    def kill(self):
        self.program.kill()

    def restart(self):
        self.stop()
        self.start()

    def alive(self):
        return self.program.alive()

    def stderr(self):
        return self.program.stderr()

    def wait_received(self, type_name, count, timeout=60.0):
        """Until the node has taken `count` events of this type."""
        wait_until(lambda: self.control.received(type_name) >= count, timeout,
                   lambda: f"{self.name} has taken {self.control.received(type_name)} of {count} "
                           f"events of {type_name}")

    def wait_connected(self, target, timeout=30.0):
        """Until the output to this node is connected."""
        wait_until(lambda: self.output_state(target) == "connected", timeout,
                   lambda: f"{self.name} is connected to {target.name}: "
                           f"{self.control.status()['outputs']}")

    def output_state(self, target):
        output = output_to(self.control.status(), target)
        return output and output["state"]

    def wait_drained(self, timeout=60.0):
        """Until no output has anything left to do."""
        wait_until(lambda: self.pending_events() == 0, timeout,
                   lambda: f"{self.name} has {self.pending_events()} events pending")

    def pending_events(self):
        outputs = self.control.status()["outputs"]
        return sum(output["pending_events"] for output in outputs)


class Registry:
    """Every program of a test. finish() ends those still running, and says what went wrong in any."""

    def __init__(self):
        self.programs = []

    def add(self, program):
        self.programs.append(program)
        return program

    def finish(self):
        """Ends what still runs, senders before the oxds that they send to; what was wrong with any."""
        nodes = [program for program in self.programs if program.command == "oxd"]
        problems = self._end([program for program in self.programs if program not in nodes])
        problems += self._end(nodes)
        for program in self.programs:
            problems += program.problems()
        return problems

    @staticmethod
    def _end(programs):
        problems = []
        running = [program for program in programs if program.alive()]
        for program in running:
            program.signal(signal.SIGTERM)
        for program in running:
            try:
                program.wait()
            except subprocess.TimeoutExpired:
                problems.append(f"{program.describe()} did not end on SIGTERM")
                program.signal(signal.SIGABRT)  # a sanitizer's build says where it stands
                try:
                    program.process.wait(patient(10.0))
                except subprocess.TimeoutExpired:
                    program.process.kill()
                    program.process.wait()
                program.expected_codes.add(program.process.returncode)
        return problems

    def reports(self):
        """(title, stderr) of every program, for the report of a failed test."""
        return [(program.describe(), program.stderr()) for program in self.programs]
