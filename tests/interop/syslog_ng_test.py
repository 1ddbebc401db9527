"""syslog-ng, as Debian has it. It and rsyslog cannot be installed together: it is only unpacked."""
import os
import subprocess

import pytest

from feed_front import FeedFront
from http_front import RestartInTheMiddle
from processes import clean_environment
from waiting import patient, wait_until

PACKAGES = ["syslog-ng-core", "libivykis0", "libnet1", "libpcre3", "libwrap0"]
CONFIGURATION = """@version: 3.38
source s {{ file("{input}" follow-freq(0.1) flags(no-parse) program-override("app")
                 default-priority(err) default-facility(daemon)); }};
destination d {{ {destination} }};
log {{ source(s); destination(d); flags(flow-control); }};
"""
WAYS = {
    "tcp": 'syslog("127.0.0.1" transport("tcp") port({port}));',
    "udp": 'network("127.0.0.1" transport("udp") port({port}));',
    "unix": 'unix-dgram("{path}");',
}


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory):
    directory = tmp_path_factory.mktemp("syslog-ng")
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=directory, check=True, capture_output=True)
    for package in directory.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, directory / "root"], check=True)
    return directory / "root"


class SyslogNg:
    def __init__(self, root, directory, destination):
        directory.mkdir()
        self.input = directory / "input"
        self.input.touch()
        config = directory / "syslog-ng.conf"
        config.write_text(CONFIGURATION.format(input=self.input, destination=destination))
        libraries = [root / "usr/lib/syslog-ng", *root.glob("usr/lib/*-linux-gnu"),
                     *root.glob("lib/*-linux-gnu")]
        self.stderr = open(directory / "stderr", "w+")
        self.process = subprocess.Popen(
            [root / "usr/sbin/syslog-ng", "--foreground", "--stderr", "--cfgfile", config,
             "--module-path", root / "usr/lib/syslog-ng/3.38", "--persist-file", directory / "persist",
             "--pidfile", directory / "pid", "--control", directory / "control"],
            env=clean_environment(LD_LIBRARY_PATH=os.pathsep.join(map(str, libraries))),
            stdin=subprocess.DEVNULL, stdout=self.stderr, stderr=self.stderr, cwd=directory)

    def complaints(self):
        self.stderr.seek(0)
        return self.stderr.read()

    def check_alive(self):
        assert self.process.poll() is None, self.complaints()
        return False

    def write(self, numbers):
        with open(self.input, "a", encoding="utf-8") as out:
            out.writelines(f"event {n}\n" for n in numbers)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(patient(30.0))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stderr.close()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_lost_while_the_collector_is_killed_and_started_again(
        oxd, program, tmp_path, unpacked, way):
    path = str(tmp_path / "log.socket")
    front = FeedFront(program, oxd("collector", files=True, same_ports=True), "--syslog-" + way,
                      path if way == "unix" else "127.0.0.1:0")
    port = front.ports["syslog_" + way].rpartition(":")[2]
    sender = SyslogNg(unpacked, tmp_path / "syslog-ng", WAYS[way].format(port=port, path=path))

    def messages():
        return [event["body"]["message"] for event in front.events("syslog")]

    def wait_messages(count):
        wait_until(lambda: len(messages()) >= count or sender.check_alive(), 120.0,
                   lambda: f"{len(messages())} of {count}: {sender.complaints()}")
    try:
        with RestartInTheMiddle(front.node, 1000) as collector:
            for start in range(0, 1000, 100):
                sender.write(range(start, start + 100))
                if start < 300:
                    wait_messages(start + 100)
                collector.sent(100)
        wait_messages(1000)
    finally:
        sender.stop()
    assert messages() == [f"event {n}" for n in range(1000)]
    events = front.events("syslog")
    assert {(e["body"]["name"], e["body"]["facility"], e["body"]["severity"]) for e in events} == \
        {("app", 3, 3)}
