"""Ports for nodes that are stopped and started again at the same address, and for addresses where nobody
answers. They lie below the range the kernel draws from, so that no connection takes them meanwhile, and are
leased by a lock on a file, so that tests running at the same time get different ones."""
import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

FIRST, LAST = 20000, 32000


class PortLease:
    """`count` adjacent free ports on loopback, until close() or the end of the process."""

    def __init__(self, count=1, first=None):
        self.locks = []
        starts = [first] if first else random.sample(range(FIRST, LAST), 500)
        for start in starts:
            if all(self._take(start + i) for i in range(count)):
                self.first = start
                return
            self.close()
        raise OSError(f"no {count} adjacent free ports" + (f" at {first}" if first else ""))

    def _take(self, port):
        directory = Path(tempfile.gettempdir()) / f"ox-test-ports-{os.getuid()}"
        directory.mkdir(exist_ok=True)
        lock = open(directory / str(port), "w")
        self.locks.append(lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("0.0.0.0", port))
            return True
        except OSError:
            return False

    def address(self, offset=0):
        return f"127.0.0.1:{self.first + offset}"

    def close(self):
        for lock in self.locks:
            lock.close()
        self.locks = []


def listening_addresses(port):
    """Local addresses with a TCP listener on this port, as hex: "00000000" is every IPv4 interface."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            _, local, _, state, *_ = line.split()
            address, hex_port = local.split(":")
            if state == "0A" and int(hex_port, 16) == port:
                found.add(address)
    return found
