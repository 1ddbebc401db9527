"""A program on a terminal of a fixed size, as somebody would sit at it."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from processes import SANITIZER_SIGNS, binary, clean_environment
from waiting import Timeout, patient


def environment(**extra):
    """Without what would choose colours or a pager."""
    env = clean_environment(TERM="xterm")
    for name in ("NO_COLOR", "PAGER", "LESS", "COLUMNS", "LINES"):
        env.pop(name, None)
    return {**env, **extra}


class Terminal:
    """stdout: None, the terminal; or a descriptor for it, the rest staying on the terminal."""

    def __init__(self, name, *args, rows=24, columns=80, env=None, stdout=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.shown = ""
        self.process = subprocess.Popen(
            [binary(name), *map(str, args)], stdin=slave, stdout=slave if stdout is None else stdout,
            stderr=slave, env=env or environment(), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)

    def take(self, seconds=0.02):
        """What came on the screen since, waiting for it so long. "" when the program is at its end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return ""
        try:
            new = os.read(self.master, 65536).decode("utf-8", "replace")
        except OSError:  # EIO: nobody has the terminal any more
            new = ""
        self.shown += new
        return new

    def read_until(self, text, timeout=20.0):
        deadline = time.monotonic() + patient(timeout)
        while text not in self.shown:
            if time.monotonic() > deadline:
                raise Timeout(f"{text!r} did not come on the screen:\n{self.shown[-2000:]!r}")
            self.take()
        return self.shown

    def type(self, text):
        os.write(self.master, text.encode())

    def wait(self, timeout=30.0):
        """All that was shown, with LF line ends, and the exit code."""
        deadline = time.monotonic() + patient(timeout)
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise Timeout(f"it has not ended; the screen:\n{self.shown[-2000:]!r}")
            self.take()
        while self.take(0):
            pass
        assert not any(sign in self.shown for sign in SANITIZER_SIGNS), self.shown
        return self.shown.replace("\r\n", "\n"), self.process.returncode
