"""The harness is honest: a program with one of the classic bugs does not get past the oracle.

The product has no test switches, so each bug is planted from outside: either a preloaded library stands between
oxd and the disk (preload/disk_model.cc), so that oxd behaves as if it had the bug, or the files are left as a
program with the bug would have left them. Every scenario is run twice, and must be silent without the bug.

    bug                           planted by                                     reported as
    ack before fsync              fdatasync of segments does nothing             lost
    missing directory sync        fsync of directories does nothing              lost
    fsync retried                 a failed fdatasync is tried again, and "works"  lost
    checkpoint before data        fdatasync of log files does nothing            lost
    dedup forgotten at restart    the checkpoint's dedup state is emptied        doubled
    CRC not checked               an altered record is given a CRC that fits     altered
"""
import struct

import pytest

import batches
import power_cut
import spool_files
from load import keep_busy, settle
from power_cut import Disk
from waiting import wait_until

needs_the_disk = pytest.mark.skipif(power_cut.library() is None, reason="the disk model has not been built")


def kinds(violations):
    return {text.split(":")[0] for text in violations}


@pytest.fixture
def after_a_power_cut(oxd, oracle, link_load, chance, tmp_path):
    """after_a_power_cut(bug): what the oracle finds. `work(collector, load)` is what happens before."""
    def run(bug, work):
        disk = Disk(tmp_path / "collector/logs", tmp_path / "disk")
        disk.bug = bug
        collector = oxd("collector", files=True, same_ports=True, env=disk.environment())
        load = link_load(collector)
        work(collector, load)
        collector.kill()
        disk.cut(chance, "nothing")
        disk.begin()
        collector.env = {}
        collector.start()
        load.heal()
        settle(collector)
        return oracle.violations(collector.log_path)
    return run


def work_a_while(collector, load):
    load.run(acknowledged=40)


@needs_the_disk
def test_an_honest_program_is_not_accused(after_a_power_cut):
    assert after_a_power_cut("", work_a_while) == []


@needs_the_disk
@pytest.mark.parametrize("bug", ["ack_before_fsync", "no_directory_sync"])
def test_an_acknowledgement_ahead_of_what_makes_it_true_is_caught(after_a_power_cut, bug):
    assert "lost" in kinds(after_a_power_cut(bug, work_a_while))


def work_over_a_checkpoint(collector, load):
    work_a_while(collector, load)
    load.deliver()
    assert collector.control.flush() == {"ok": True}


@needs_the_disk
@pytest.mark.parametrize("bug, expected", [("", set()), ("checkpoint_before_data", {"lost"})])
def test_a_checkpoint_ahead_of_its_data_is_caught(after_a_power_cut, bug, expected):
    assert kinds(after_a_power_cut(bug, work_over_a_checkpoint)) == expected


def work_until_a_sync_fails(collector, load):
    """Until oxd says that its disk has failed; one that does not notice gets some more batches acknowledged."""
    def failed():
        load.step()
        return collector.control.status()["spool"]["state"] == "failed" or load.acked_batches >= 300
    wait_until(failed, 60.0, "the disk fails")


@needs_the_disk
def test_after_a_failed_fsync_nothing_is_acknowledged_any_more(after_a_power_cut):
    def work(collector, load):
        work_until_a_sync_fails(collector, load)
        status = collector.control.status()
        assert status["spool"]["state"] == "failed" and status["spool"]["reason"]
        load.pump(0.2)  # what was acknowledged before it failed may still be on its way
        before = load.acked_batches
        for _ in range(100):
            load.step()
        assert load.acked_batches == before
    assert after_a_power_cut("fsync_fails", work) == []


@needs_the_disk
def test_an_fsync_that_is_tried_again_is_caught(after_a_power_cut):
    assert "lost" in kinds(after_a_power_cut("fsync_retried", work_until_a_sync_fails))


@pytest.mark.parametrize("forgets, expected", [(False, set()), (True, {"doubled"})])
def test_a_dedup_state_that_does_not_outlive_a_restart_is_caught(oxd, oracle, chance, link_load, forgets,
                                                                 expected):
    collector = oxd("collector", files=True, same_ports=True)
    load = link_load(collector)
    work_over_a_checkpoint(collector, load)
    collector.kill()
    if forgets:
        for slot in spool_files.slots(collector.log_path / ".oxd"):
            slot.forget_dedup()
    collector.start()
    load.send_again()
    load.heal()
    settle(collector)
    assert kinds(oracle.violations(collector.log_path)) == expected


def alter(record, make_it_fit):
    """Changes a byte of the record's last event. `make_it_fit`: with CRCs that say nothing was changed."""
    data = bytearray(record.data)
    at = len(data) - 1 - bytes(reversed(data)).index(b"web-1"[::-1])  # the last byte of the last "web-1"
    data[at] ^= 1
    if make_it_fit:
        struct.pack_into("<I", data, 56, batches.crc32c(bytes(data[batches.HEADER_SIZE:])))
        struct.pack_into("<I", data, 4, batches.crc32c(bytes(data[8:batches.HEADER_SIZE])))
    with open(record.segment, "r+b") as file:
        file.seek(record.offset + spool_files.FRAME.size)
        file.write(data)


@pytest.mark.parametrize("checked, expected", [(True, set()), (False, {"altered", "lost"})])
def test_a_program_that_checks_no_crc_is_caught(oxd, oracle, chance, link_load, checked, expected):
    """Whoever checks sees the damage and delivers nothing of it; whoever does not delivers what was altered."""
    collector = oxd("collector", files=True, same_ports=True)
    load = link_load(collector)
    keep_busy(chance, load)
    load.deliver()
    collector.kill()
    directory = collector.log_path / ".oxd"
    behind = spool_files.slots(directory)[-1].store_position
    hit = chance.choice([record for record in spool_files.records(directory) if record.position >= behind])
    alter(hit, make_it_fit=not checked)
    collector.start()
    load.heal()
    settle(collector)
    given_up = load.batches[hit.seq()] if checked else ()
    assert kinds(oracle.violations(collector.log_path, given_up=given_up)) == expected
    assert ("damaged" in collector.stderr()) == checked
