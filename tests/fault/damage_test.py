"""Files damaged by hand: torn tails, flipped bits, lost checkpoints, log files that somebody takes away. oxd
always starts, reports what it found, loses nothing but what was destroyed, and goes on."""
import os

import pytest

import logfiles
import spool_files
from faults import paused, rounds, run_for
from load import TYPES, keep_busy, settle
from oracle import split
from waiting import wait_until


@pytest.fixture
def collector(oxd):
    return oxd("collector", files=True, same_ports=True)


def spool_of(collector):
    return collector.log_path / ".oxd"


def finish(oracle, collector, *loads, **allowed):
    for load in loads:
        load.heal()
    settle(collector)
    oracle.check(collector.log_path, **allowed)


# ---- The spool's segments -----------------------------------------------------------------------

def unfinished_record(chance, position):
    whole = spool_files.frame(position, 1, 5000) + chance.randbytes(5000)
    return whole[:chance.randint(1, len(whole) - 1)]


def garbage(chance, position):
    return chance.randbytes(chance.randint(1, 5000))


def zeros(chance, position):
    return bytes(chance.randint(1, 70_000))


def record_without_a_batch(chance, position):
    return spool_files.frame(position, 1, 500) + chance.randbytes(500)


def record_of_another_place(chance, position):
    return spool_files.frame(position + 36, 1, 500) + chance.randbytes(chance.randint(1, 500))


@pytest.mark.parametrize("tail", [unfinished_record, garbage, zeros, record_without_a_batch,
                                  record_of_another_place])
def test_a_tail_that_is_no_record_is_cut(collector, oracle, chance, link_load, tail):
    load = link_load(collector)
    for _ in range(rounds(2)):
        keep_busy(chance, load)
        collector.kill()
        last = spool_files.segments(spool_of(collector))[-1]
        torn = tail(chance, spool_files.end_position(last))
        with open(last, "ab") as file:
            file.write(torn)
        collector.start()
        assert f"{len(torn)} bytes" in collector.stderr()
    finish(oracle, collector, load)


def flip_in_one_of(records, load, flipped, given_up, chance):
    """Flips a bit anywhere in a record that was whole so far, and gives up the events of its batch.

    `flipped` has the positions of those before: what such a record says of itself may be the bit that is wrong."""
    hit = chance.choice([record for record in records if record.position not in flipped])
    flipped.add(hit.position)
    spool_files.flip_bit(hit.segment, hit.offset + chance.randrange(hit.length), chance.randrange(8))
    given_up.update(load.batches[hit.seq()])
    return hit


# Rule: damage-aside
def test_a_flipped_bit_costs_its_own_batch_and_nothing_else(collector, oracle, chance, link_load):
    """The batch was acknowledged, and its events are in the log files as far as the last checkpoint says: what
    comes behind it is written again from the spool, all but the damaged batch."""
    load = link_load(collector)
    flipped, given_up = set(), set()
    for _ in range(rounds(6)):
        keep_busy(chance, load)
        load.deliver()
        collector.kill()
        directory = spool_of(collector)
        behind = spool_files.slots(directory)[-1].store_position
        hit = flip_in_one_of([record for record in spool_files.records(directory)
                              if record.position >= behind], load, flipped, given_up, chance)
        collector.start()
        assert collector.control.status()["spool"]["damaged_ranges"] > 0
        assert list((directory / "quarantine").iterdir()), "the damage is kept aside"
        assert f"{hit.segment} are damaged" in collector.stderr()
        assert not given_up & oracle.stored(collector.log_path), "a damaged batch is not delivered"
    finish(oracle, collector, load, given_up=given_up)


def test_a_flipped_bit_in_a_segments_header_costs_nothing(collector, oracle, chance, link_load):
    load = link_load(collector)
    for _ in range(rounds(2)):
        keep_busy(chance, load)
        collector.kill()
        segment = chance.choice(spool_files.segments(spool_of(collector)))
        spool_files.flip_bit(segment, chance.randrange(spool_files.SEGMENT_HEADER), chance.randrange(8))
        collector.start()
        assert "damaged" in collector.stderr()
    finish(oracle, collector, load)


def test_a_flipped_bit_in_an_agents_backlog_costs_its_own_batch(oxd, oracle, chance, link_load):
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector], same_ports=True, options=["--spool-path", "spool"])
    load = link_load(agent)
    flipped, given_up = set(), set()
    for _ in range(rounds(2)):
        collector.kill()
        load.run(acknowledged=60)
        load.deliver()
        agent.kill()
        directory = agent.directory / "spool"
        flip_in_one_of([record for record in spool_files.records(directory)
                        if record.seq() > load.seq - 50], load, flipped, given_up, chance)
        agent.start()
        collector.start()
        agent.wait_drained()
        assert agent.control.status()["spool"]["damaged_ranges"] > 0
        assert list((directory / "quarantine").iterdir())
    load.heal()
    agent.wait_drained()
    settle(collector)
    oracle.check(collector.log_path, given_up=given_up)


# ---- The checkpoint -----------------------------------------------------------------------------

def delete(path, chance):
    path.unlink()


def scribble(path, chance):
    spool_files.flip_bit(path, chance.randrange(60), chance.randrange(8))


def cut_short(path, chance):
    os.truncate(path, chance.randrange(60))


def blank(path, chance):
    path.write_bytes(bytes(path.stat().st_size))


def write_both_slots(collector, load):
    """So that the one that is left says where to go on."""
    def written():
        load.run(acknowledged=5)
        assert collector.control.flush() == {"ok": True}
        return len(spool_files.slots(spool_of(collector))) == 2
    wait_until(written, what="both slots hold a checkpoint")


@pytest.mark.parametrize("damage", [delete, scribble, cut_short, blank])
@pytest.mark.parametrize("which", ["newest", "former"])
def test_one_slot_of_the_checkpoint_is_enough(collector, oracle, chance, link_load, damage, which):
    load = link_load(collector)
    for _ in range(rounds(1)):
        write_both_slots(collector, load)
        keep_busy(chance, load)
        collector.kill()
        slots = spool_files.slots(spool_of(collector))
        damage(slots[-1 if which == "newest" else 0].path, chance)
        collector.start()
        load.run(acknowledged=20)
        load.send_again()
    finish(oracle, collector, load)


@pytest.mark.parametrize("damage", [delete, scribble])
def test_without_any_checkpoint_nothing_is_lost_and_it_is_told_that_events_may_be_twice(
        collector, oracle, chance, link_load, damage):
    load = link_load(collector)
    keep_busy(chance, load)
    load.run(acknowledged=50)
    collector.kill()
    for n in (0, 1):
        damage(spool_of(collector) / f"checkpoint.{n}", chance)
    collector.start()
    load.heal()
    settle(collector)
    assert "checkpoint is lost" in collector.stderr()
    found = oracle.violations(collector.log_path)
    assert {text.split(":")[0] for text in found} <= {"doubled"}, found[:5]


# ---- Log files ----------------------------------------------------------------------------------

class Taken:
    """Does something to a log file, and knows afterwards which events were in it."""

    def __init__(self, oracle, path):
        self.oracle, self.path = oracle, path
        self.kept = open(path, "rb")

    def remove(self, chance):
        self.path.unlink()

    def rename(self, chance):
        self.path.rename(self.path.parents[2] / f"taken-{self.path.stat().st_ino}")

    def empty(self, chance):
        os.truncate(self.path, 0)

    def shorten(self, chance):
        events, _ = split(self.path.read_bytes())
        os.truncate(self.path, chance.choice(events).offset if events else 0)

    def replace(self, chance):
        other = self.path.with_suffix(".new")
        other.write_bytes(b"")
        other.rename(self.path)

    def ids(self):
        """What was in it, also what oxd may have written to it before it noticed."""
        self.kept.seek(0)
        return self.oracle.ids_in(self.kept.read())


HOW = ["remove", "rename", "empty", "shorten", "replace"]


def some_log_file(collector, chance):
    (path,) = logfiles.find(collector.log_path, chance.choice(TYPES))
    return path


# Rule: file-taken-away
@pytest.mark.parametrize("how", HOW)
def test_a_log_file_taken_away_while_oxd_writes(collector, oracle, chance, link_load, how):
    """What was in the file is the taker's business; all else is there, and what comes behind follows."""
    load = link_load(collector)
    given_up = set()
    for _ in range(rounds(2)):
        load.run(acknowledged=20)
        keep_busy(chance, load)
        with paused(collector):
            path = some_log_file(collector, chance)
            before = oracle.ids_in(path.read_bytes())
            taken = Taken(oracle, path)
            getattr(taken, how)(chance)
        run_for(chance.moment(0.05, 0.8), load.step)
        if chance.random() < 0.5:
            collector.kill()
            collector.start()
        wait_until(lambda: path.exists() and path.stat().st_size > 0, what="the file is made again")
        given_up |= before | (taken.ids() if how in ("remove", "rename") else set())
    finish(oracle, collector, load, given_up=given_up)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_log_file_taken_away_while_oxd_is_down(collector, oracle, chance, link_load, how, end):
    load = link_load(collector)
    given_up = set()
    for _ in range(rounds(1)):
        load.run(acknowledged=20)
        keep_busy(chance, load)
        getattr(collector, end)()
        path = some_log_file(collector, chance)
        given_up |= oracle.ids_in(path.read_bytes())
        getattr(Taken(oracle, path), how)(chance)
        collector.start()
        load.run(acknowledged=20)
    finish(oracle, collector, load, given_up=given_up)
