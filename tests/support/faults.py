"""What the fault tests share: one seed for every choice, how many rounds, and faults done to processes.

OX_FAULT_SEED    the seed of a run that failed, to have the same choices again (each test prints its own)
OX_FAULT_TIER    "long" for the counts of the long tier (packaging/test --soak), not the few of everyday runs
OX_FAULT_ROUNDS  rounds of every scenario, whatever the tier
"""
import contextlib
import os
import random
import signal
import time

from waiting import wait_until


LONG = os.environ.get("OX_FAULT_TIER") == "long"
LONGER = 8  # times as many rounds where no figure is named


def rounds(everyday, in_the_long_tier=None):
    usual = (in_the_long_tier or LONGER * everyday) if LONG else everyday
    return int(os.environ.get("OX_FAULT_ROUNDS") or usual)


class Chance(random.Random):
    """Every random choice of one test. Tests with other names make other choices from the same seed."""

    def __init__(self, name):
        number = os.environ.get("OX_FAULT_SEED") or str(random.SystemRandom().getrandbits(32))
        super().__init__(f"{number} {name}")
        self.replay = f"OX_FAULT_SEED={number}"
        print(f"{self.replay} ({name})")

    def moment(self, shortest=0.005, longest=0.3):
        """Seconds until the next fault: short ones as likely as long ones."""
        return shortest * (longest / shortest) ** self.random()


@contextlib.contextmanager
def paused(node):
    """The process stands still (SIGSTOP) while the block runs; its connections stay open."""
    node.program.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: state(node.pid) == "T", what=f"{node.name} stands still")
        yield
    finally:
        node.program.signal(signal.SIGCONT)


def state(pid):
    """One letter: R, S, D, T (stopped), Z."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def kill_all(*nodes):
    """All at once, as when the machine goes."""
    for node in nodes:
        node.program.process.send_signal(signal.SIGKILL)
    for node in nodes:
        node.kill()


def run_for(seconds, *steps):
    """Takes turns with the steps (each does a little and returns) for so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for step in steps:
            step()
