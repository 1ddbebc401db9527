#!/usr/bin/python3
"""oxd beside rsyslog and syslog-ng: the same syslog messages over one TCP connection, into files.

    tests/bench/peers.py --root DIR [--events N] [--rounds N] [--results DIR] [--smoke] [--list] [ROW...]

Each pipeline is real processes on loopback: from the first message sent until the last one is in the output
file, which is counted. CPU is user + system of all threads, in microseconds per event, of each daemon in the order
of the pipeline.

--root is where packaging/bench has unpacked the Debian packages of the peers. OX_BIN names our programs.
A pipeline that loses messages says so: none waits longer than ten seconds without a new one.
"""
import contextlib
import json
import os
import socket
import subprocess
import time
from pathlib import Path

import figures
import nodes
import processes
from figures import Column, Row, Table
from waiting import wait_until

LIBRARIES = "usr/lib/x86_64-linux-gnu"
SILENCE = 10.0


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
        return True
    return False


class LineCounter:
    """The lines of a file that is written."""

    def __init__(self, path):
        self.path, self.offset, self.lines = Path(path), 0, 0

    def count(self):
        with contextlib.suppress(FileNotFoundError), open(self.path, "rb") as file:
            file.seek(self.offset)
            while block := file.read(1 << 20):
                self.offset += len(block)
                self.lines += block.count(b"\n")
        return self.lines


class Peers:
    """The peers' programs, as unpacked below `root`."""

    def __init__(self, root):
        self.root = Path(root).resolve()

    def environment(self):
        return {**os.environ,
                "LD_LIBRARY_PATH": f"{self.root / LIBRARIES}:{self.root / 'lib/x86_64-linux-gnu'}:"
                                   f"{self.root / 'usr/lib/syslog-ng'}"}

    def start(self, directory, name, config, command):
        path = directory / f"{name}.conf"
        path.write_text(config)
        log = open(directory / f"{name}.log", "wb")
        return subprocess.Popen([str(part) for part in command(path)], stdout=log, stderr=log,
                                stdin=subprocess.DEVNULL, cwd=directory, env=self.environment())

    def rsyslog(self, directory, name, config):
        return self.start(directory, name, config, lambda path: [
            self.root / "usr/sbin/rsyslogd", "-n", "-f", path, "-i", directory / f"{name}.pid",
            "-M", self.root / LIBRARIES / "rsyslog"])

    def syslog_ng(self, directory, name, config):
        [modules] = (self.root / "usr/lib/syslog-ng").glob("[0-9]*.[0-9]*")
        return self.start(directory, name, "@version: 3.38\n" + config, lambda path: [
            self.root / "usr/sbin/syslog-ng", "-F", "--no-caps", "-f", path, "-p", directory / f"{name}.pid",
            "-c", directory / f"{name}.ctl", "-R", directory / f"{name}.persist",
            f"--module-path={modules}"])


# --- rsyslog -----------------------------------------------------------------------------------------

TUNED_QUEUE = ('queue.type="FixedArray" queue.size="200000" queue.dequeueBatchSize="4096" '
               'queue.workerThreads="1"')


def rsyslog_file(output, tuned):
    action = f'action(type="omfile" file="{output}" template="raw"'
    return ('template(name="raw" type="string" string="%rawmsg%\\n")\n' + action +
            (' ioBufferSize="256k" flushOnTXEnd="on")\n' if tuned else ")\n"))


def rsyslog_head(directory, tuned, queue=None):
    return (f'global(workDirectory="{directory}")\n' +
            (f"main_queue({queue or TUNED_QUEUE})\n" if tuned or queue else ""))


def rsyslog_tcp(port):
    return f'module(load="imtcp")\ninput(type="imtcp" address="127.0.0.1" port="{port}")\n'


class Rsyslog:
    """imtcp -> omfile."""

    def __init__(self, tuned):
        self.tuned = tuned

    def start(self, peers, directory, port, output):
        return [peers.rsyslog(directory, "rsyslog", rsyslog_head(directory, self.tuned) + rsyslog_tcp(port) +
                              rsyslog_file(output, self.tuned))]


class RsyslogRelp:
    """imtcp -> omrelp -> imrelp -> omfile. `disk`: with queues on disk at both ends (not synced: that is a
    few hundred messages a second)."""

    def __init__(self, disk):
        self.disk = disk

    def start(self, peers, directory, port, output):
        relp = free_port()
        queue = ('queue.type="Disk" queue.fileName="main" queue.maxDiskSpace="4g" '
                 'queue.dequeueBatchSize="4096" queue.checkpointInterval="1000" queue.saveOnShutdown="on"')
        (directory / "in").mkdir()
        (directory / "out").mkdir()
        second = peers.rsyslog(directory, "rsyslog-2", rsyslog_head(
            directory / "out", True, queue if self.disk else None) +
            f'module(load="imrelp")\ninput(type="imrelp" port="{relp}")\n' + rsyslog_file(output, True))
        wait_until(lambda: listens(relp), 20.0, "imrelp")
        first = peers.rsyslog(directory, "rsyslog-1", rsyslog_head(
            directory / "in", True, queue if self.disk else None) + rsyslog_tcp(port) +
            'module(load="omrelp")\ntemplate(name="raw" type="string" string="%rawmsg%")\n'
            f'action(type="omrelp" target="127.0.0.1" port="{relp}" template="raw" windowSize="4096")\n')
        return [first, second]


# --- syslog-ng ---------------------------------------------------------------------------------------

def syslog_ng_source(port, flags):
    return (f'source s {{ network(ip("127.0.0.1") port({port}) transport("tcp") log-fetch-limit(1000) '
            f'log-iw-size(100000) max-connections(10) {flags}); }};\n')


def syslog_ng_file(output, template):
    return f'destination d {{ file("{output}" template("{template}\\n")); }};\n'


LOG_STATEMENT = "log { source(s); destination(d); flags(flow-control); };\n"
SYSLOG_NG_OPTIONS = "options { keep-hostname(yes); flush-lines(1000); log-fifo-size(200000); };\n"


class SyslogNg:
    """network -> file."""

    def __init__(self, parse):
        self.parse = parse

    def start(self, peers, directory, port, output):
        flags, template = ("flags(syslog-protocol)", "${ISODATE} ${HOST} ${PROGRAM} ${MSG}") if self.parse else (
            "flags(no-parse)", "${MSG}")
        return [peers.syslog_ng(directory, "syslog-ng", SYSLOG_NG_OPTIONS + syslog_ng_source(port, flags) +
                                syslog_ng_file(output, template) + LOG_STATEMENT)]


class SyslogNgTwo:
    """network -> network, with a reliable disk buffer -> file."""

    def start(self, peers, directory, port, output):
        between = free_port()
        second = peers.syslog_ng(directory, "syslog-ng-2", SYSLOG_NG_OPTIONS +
                                 syslog_ng_source(between, "flags(no-parse)") + syslog_ng_file(output, "${MSG}") +
                                 LOG_STATEMENT)
        wait_until(lambda: listens(between), 20.0, "syslog-ng")
        (directory / "buffer").mkdir()
        first = peers.syslog_ng(directory, "syslog-ng-1", SYSLOG_NG_OPTIONS +
                                syslog_ng_source(port, "flags(no-parse)") +
                                f'destination d {{ network("127.0.0.1" port({between}) template("${{MSG}}\\n") '
                                'disk-buffer(reliable(yes) mem-buf-size(167772160) disk-buf-size(4294967296) '
                                f'dir("{directory / "buffer"}"))); }};\n' + LOG_STATEMENT)
        return [first, second]


# --- ours --------------------------------------------------------------------------------------------

class Ours:
    """oxingest --syslog-tcp -> (agent ->) collector -> file; parsed, and acknowledged from end to end."""

    def __init__(self, tiers, sync="commit"):
        self.tiers, self.sync = tiers, sync

    @contextlib.contextmanager
    def running(self, _, registry, directory):
        chain = [processes.Node(registry, directory, "collector", files=True, options=["--sync", self.sync])]
        if self.tiers == 2:
            chain.insert(0, processes.Node(registry, directory, "agent", forward=chain, options=[
                "--spool-path", directory / "spool", "--sync", self.sync]))
            chain[0].wait_connected(chain[1])
        oxingest = processes.Program("oxingest", "--syslog-tcp", "127.0.0.1:0", "-H", chain[0].ports.collect,
                                     "--print-ports", directory=directory, env=processes.clean_environment())
        registry.add(oxingest)
        line = wait_until(lambda: oxingest.output() or oxingest.check_alive(), 30.0, "its ports")[0]
        collector = chain[-1]
        pids = {"oxingest": oxingest.pid, **{node.name: node.pid for node in chain}}
        yield json.loads(line)["syslog_tcp"], pids, lambda: collector.control.received("syslog")
        stored = subprocess.run([processes.binary("oxview"), "--log-path", collector.log_path, "--where", "1",
                                 "--count"], check=True, capture_output=True)
        assert int(stored.stdout) == collector.control.received("syslog"), stored.stdout


class Theirs:
    def __init__(self, pipeline):
        self.pipeline = pipeline

    @contextlib.contextmanager
    def running(self, peers, _, directory):
        port, output = free_port(), directory / "output.log"
        daemons = self.pipeline.start(peers, directory, port, output)
        try:
            def ready():
                for daemon in daemons:
                    assert daemon.poll() is None, "".join(log.read_text() for log in directory.glob("*.log"))
                return listens(port)
            wait_until(ready, 20.0, "the peer listens")
            names = ["first", "second"] if len(daemons) == 2 else ["it"]
            pids = dict(zip(names, (daemon.pid for daemon in daemons)))
            yield f"127.0.0.1:{port}", pids, LineCounter(output).count
        finally:
            for daemon in daemons:
                daemon.terminate()
            for daemon in daemons:
                try:
                    daemon.wait(20.0)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()


PIPELINES = {
    "oxingest -> oxd": Ours(1),
    "oxingest -> oxd, --sync none": Ours(1, "none"),
    "rsyslog, as shipped": Theirs(Rsyslog(tuned=False)),
    "rsyslog, tuned": Theirs(Rsyslog(tuned=True)),
    "syslog-ng, parsed": Theirs(SyslogNg(parse=True)),
    "syslog-ng, not parsed": Theirs(SyslogNg(parse=False)),
    "oxingest -> oxd -> oxd, spools synced": Ours(2),
    "rsyslog -> RELP -> rsyslog, memory": Theirs(RsyslogRelp(disk=False)),
    "rsyslog -> RELP -> rsyslog, disk": Theirs(RsyslogRelp(disk=True)),
    "syslog-ng -> syslog-ng, reliable buffer": Theirs(SyslogNgTwo()),
}


def run_pipeline(pipeline, peers, events):
    with nodes.registry_of_run() as (registry, directory), \
            pipeline.running(peers, registry, directory) as (address, pids, count):
        meter, started, before = figures.CpuMeter(pids), time.monotonic(), figures.own_cpu_seconds()
        subprocess.run([processes.binary("bench_syslog_load"), address, "--messages", str(events)],
                       check=True, capture_output=True)
        sender = figures.own_cpu_seconds() - before
        seen = [(0, time.monotonic())]

        def all_there():
            now = count()
            if now > seen[-1][0]:
                seen.append((now, time.monotonic()))
            return now >= events or time.monotonic() - seen[-1][1] > SILENCE
        wait_until(all_there, 600.0)
        arrived, ended = seen[-1]
        cpu = meter.per_event(arrived)
        return {"rate": arrived / (ended - started), "lost": events - arrived, "cpu": cpu,
                "total": sum(cpu.values()), "sender": 1e6 * sender / events}


def make_tables(arguments):
    events = 20_000 if arguments.smoke else arguments.events
    peers = Peers(arguments.root)
    return [Table(f"Beside others: {events:,} syslog messages of 160 bytes over one TCP connection, into a file", [
        Column("rate", "events/s"), Column("total", "CPU µs/event", 2), Column("cpu", "by daemon", 2),
        Column("sender", "and the sender", 2),
        Column("lost", "lost")],
        [Row(name, lambda pipeline=pipeline: run_pipeline(pipeline, peers, events))
         for name, pipeline in PIPELINES.items()])]


def add_options(parser):
    parser.add_argument("--root", required=True, help="where the Debian packages of the peers are unpacked")
    parser.add_argument("--events", type=int, default=2_000_000)


if __name__ == "__main__":
    figures.main("peers", __doc__, make_tables, add_options=add_options)
