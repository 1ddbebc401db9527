"""A private rsyslogd: its own configuration, state and process id, all in a temporary directory."""
import os
import shutil
import signal
import subprocess

from waiting import patient, wait_until

PROGRAM = shutil.which("rsyslogd", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Rsyslogd:
    """Follows the file `input` and does what `rules` say with its lines, which have the tag "app"."""

    def __init__(self, directory, rules):
        assert PROGRAM, "rsyslogd is not installed (packaging/debian-packages.txt)"
        directory.mkdir()
        self.input = directory / "input"
        self.input.touch()
        self.errors = directory / "errors"
        config = directory / "rsyslog.conf"
        config.write_text(f"""
global(workDirectory="{directory}" maxMessageSize="64k")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omelasticsearch")
main_queue(queue.dequeueBatchSize="50")
{rules}
input(type="imfile" file="{self.input}" tag="app" reopenOnTruncate="on" ruleset="main")
syslog.* action(type="omfile" file="{self.errors}")
""")
        self.pid_file = directory / "rsyslogd.pid"
        self.stderr = open(directory / "stderr", "w+")
        self.process = subprocess.Popen(
            [PROGRAM, "-n", "-f", str(config), "-i", str(self.pid_file), "-C"],
            stdin=subprocess.DEVNULL, stdout=self.stderr, stderr=self.stderr, cwd=directory)
        wait_until(lambda: self.pid_file.exists() or self.check_alive(), 30.0, "rsyslogd starts")

    def check_alive(self):
        assert self.process.poll() is None, self.complaints()
        return False

    def complaints(self):
        self.stderr.seek(0)
        return self.stderr.read() + (self.errors.read_text() if self.errors.exists() else "")

    def write(self, lines):
        with open(self.input, "a", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in lines)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(patient(30.0))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stderr.close()
