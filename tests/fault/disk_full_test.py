"""A disk that is really full: a small tmpfs in a mount namespace of its own, reached through /proc. While there
is no room nothing is acknowledged that is not safe; once there is, everything goes on."""
import os
import signal
import subprocess

import pytest

from faults import rounds, run_for
from load import EVENTS_PER_BATCH, settle
from waiting import stays, wait_until

SIZE = 8 << 20
# A round makes so many batches of about 1.3 kB: more than is left free, but all rounds of the long tier fit the
# disk once it is freed.
BATCHES_A_ROUND = 40


class SmallDisk:
    """8 MiB. `path` leads there from outside of the namespace."""

    def __init__(self, mount_point):
        mount_point.mkdir()
        script = f"mount -t tmpfs -o size={SIZE},mode=0755 none '{mount_point}' && echo ready && exec sleep 100000"
        for unshare in (["unshare", "-m"], ["unshare", "-Urm"]):
            self.keeper = subprocess.Popen([*unshare, "sh", "-c", script], stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE, start_new_session=True)
            if self.keeper.stdout.readline() == b"ready\n":
                break
            self.keeper.wait()
        else:
            pytest.skip("NO SMALL DISK: this machine lets us mount no tmpfs: "
                        + self.keeper.stderr.read().decode().strip())
        self.path = f"/proc/{self.keeper.pid}/root{mount_point}"
        self.filler = f"{self.path}/filler"

    def free(self):
        stat = os.statvfs(self.path)
        return stat.f_bavail * stat.f_frsize

    def fill(self, leave=0):
        """Takes all the room but `leave` bytes."""
        with open(self.filler, "ab") as file:
            while self.free() > leave:
                try:
                    os.write(file.fileno(), bytes(min(1 << 20, max(4096, self.free() - leave))))
                except OSError:
                    break

    def empty(self):
        os.unlink(self.filler)

    def close(self):
        os.killpg(self.keeper.pid, signal.SIGKILL)
        self.keeper.wait()
        self.keeper.stdout.close()
        self.keeper.stderr.close()


@pytest.fixture
def small_disk(tmp_path):
    disk = SmallDisk(tmp_path / "small")
    yield disk
    disk.close()


@pytest.fixture
def collector(oxd, small_disk, tmp_path, request):
    """A collector that has its spool, its log files or both on the small disk."""
    logs, spool = tmp_path / "logs", tmp_path / "spool"
    if request.param in ("log files", "both"):
        logs = f"{small_disk.path}/logs"
    if request.param in ("spool", "both"):
        spool = f"{small_disk.path}/spool"
    node = oxd("collector", same_ports=True, options=["--log-path", logs, "--spool-path", spool])
    node.log_path, node.options = logs, ["--spool-path", spool]  # as the node itself names it from now on
    yield node
    if node.alive():  # the disk goes only after the program
        node.stop()


def fill_until_stuck(collector, disk, load, leave=0):
    """Until the collector takes no more, or writes no more. Room that it finds itself, by giving up segments
    that nobody needs, is taken as well."""
    def full():
        disk.fill(leave)
        load.budget = max(load.budget, 5)
        load.step()
        return stuck(collector)
    wait_until(full, 60.0, "the disk is full")


def stuck(collector):
    status = collector.control.status()
    files = next(output for output in status["outputs"] if output["kind"] == "files")
    return status["spool"]["state"] == "full" or files["state"] == "failed"


PLACES = pytest.mark.parametrize("collector", ["spool", "log files", "both"], indirect=True)


@PLACES
# Rule: reserved-room
def test_a_disk_that_fills_and_is_freed_again_and_again(collector, small_disk, oracle, chance, link_load,
                                                        figure):
    """Four times in each place, twelve together; 40 each in the long tier, 120 together."""
    load = link_load(collector, max_waiting=10)
    times = rounds(4, 40)
    for _ in range(times):
        load.budget = BATCHES_A_ROUND
        load.run(acknowledged=5)
        fill_until_stuck(collector, small_disk, load, leave=chance.choice((0, 4096)))
        run_for(chance.moment(), load.step)
        small_disk.empty()
        load.deliver()
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)
    figure(f"full disk: {times} times, {len(oracle.acked)} acknowledged events, 0 lost, 0 twice")


@PLACES
def test_a_collector_killed_while_its_disk_is_full_starts_on_the_full_disk(collector, small_disk, oracle,
                                                                           chance, link_load):
    load = link_load(collector, max_waiting=10)
    for _ in range(rounds(2)):
        load.budget = BATCHES_A_ROUND
        load.run(acknowledged=5)
        fill_until_stuck(collector, small_disk, load)
        collector.kill()
        collector.start()
        run_for(chance.moment(), load.step)
        small_disk.empty()
        load.deliver()
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)


# Rule: withhold
@pytest.mark.parametrize("collector", ["spool"], indirect=True)
def test_a_full_spool_withholds_acknowledgements(collector, small_disk, oracle, link_load):
    load = link_load(collector)
    load.run(acknowledged=10)
    load.budget = BATCHES_A_ROUND
    fill_until_stuck(collector, small_disk, load)
    load.budget = None
    load.pump(0.2)
    before = load.acked_batches
    stays(lambda: (load.step(), load.acked_batches == before)[1], 0.5, "no acknowledgement comes")
    assert collector.control.status()["counters"].get("spool.dropped.newest", 0) == 0
    small_disk.empty()
    load.heal()
    assert len(oracle.acked) == load.seq * EVENTS_PER_BATCH
    settle(collector)
    oracle.check(collector.log_path)
