"""The promise: an acknowledged event is in the files exactly once, through stops, crashes and restarts."""

import random
import subprocess
import time

import blueox_client as blueox
import pytest

import logfiles
from link_client import LinkSender, numbered_batch
from logfiles import assert_numbers, wait_numbers
from waiting import wait_until

EVENTS_WHILE_AWAY = 20_000
EVENTS_PER_BATCH = 20


def batch_of(sender, seq, type_name=b"linked"):
    first = (seq - 1) * EVENTS_PER_BATCH
    bodies = [blueox.pack({"body": {"n": n}}) for n in range(first, first + EVENTS_PER_BATCH)]
    return numbered_batch(sender.run, seq, type_name, bodies)


def keep_busy(sender, seq, acknowledged):
    """Sends until `acknowledged` more batches are, and leaves others under way. Returns the last seq."""
    target = len(sender.acked) + acknowledged
    while True:
        while len(sender.waiting) < 40:
            seq += 1
            sender.add(seq, batch_of(sender, seq))
        if len(sender.acked) >= target:
            sender.pump(0.0)
            return seq
        sender.pump(0.01)


def numbers_of(seqs):
    return [n for seq in sorted(seqs) for n in range((seq - 1) * EVENTS_PER_BATCH,
                                                     seq * EVENTS_PER_BATCH)]


def test_what_an_agent_took_while_the_collector_was_stopped_arrives_once_and_in_order(oxd, push):
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector])
    sender = push(agent)
    sender.push_numbers("steady", 0, 1000)
    wait_numbers(collector.log_path, "steady", range(1000))
    collector.stop()
    sender.push_numbers("steady", 1000, EVENTS_WHILE_AWAY)
    agent.wait_received("steady", 1000 + EVENTS_WHILE_AWAY)
    collector.start()
    sender.push_numbers("steady", 1000 + EVENTS_WHILE_AWAY, 1000)
    wait_numbers(collector.log_path, "steady", range(2000 + EVENTS_WHILE_AWAY))
    agent.wait_drained()
    assert agent.control.status()["outputs"][0]["maybe_duplicated"] == 0


# Rule: resend-once
def test_a_collector_killed_under_link_load_loses_nothing_acknowledged_and_doubles_nothing(oxd):
    collector = oxd("collector", files=True, same_ports=True)
    with LinkSender(collector.ports.link) as sender:
        seq = 0
        for round_number in range(4):
            seq = keep_busy(sender, seq, random.randint(5, 60))
            acked = set(sender.acked)
            assert len(acked) < seq, f"round {round_number}: batches are under way"
            collector.kill()
            collector.start()
            # What was acknowledged before the crash is in the files after it, whoever sends again.
            wait_until(lambda: set(numbers_of(acked)) <= set(logfiles.numbers(collector.log_path, "linked")),
                       what="every acknowledged event is in the files")
        sender.deliver()
        assert sender.acked == set(range(1, seq + 1)) and not sender.rejected
    wait_numbers(collector.log_path, "linked", numbers_of(range(1, seq + 1)))
    collector.stop()
    assert_numbers(logfiles.numbers(collector.log_path, "linked"), numbers_of(range(1, seq + 1)))


def test_batches_never_sent_again_are_whole_or_absent_after_a_crash(oxd):
    collector = oxd("collector", files=True, same_ports=True)
    with LinkSender(collector.ports.link) as sender:
        for seq in range(1, 201):
            sender.add(seq, batch_of(sender, seq))
        while len(sender.acked) < 50:
            sender.pump(0.005)
        collector.kill()
        acked = set(sender.acked)
    collector.start()
    wait_until(lambda: set(numbers_of(acked)) <= set(logfiles.numbers(collector.log_path, "linked")),
               what="every acknowledged event is in the files")
    collector.stop()
    found = logfiles.numbers(collector.log_path, "linked")
    seqs = sorted({n // EVENTS_PER_BATCH + 1 for n in found})
    assert_numbers(found, numbers_of(seqs))
    assert seqs == list(range(1, len(seqs) + 1)) and len(seqs) >= len(acked)


# Rule: dedup-restart
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_batch_sent_again_after_a_restart_is_acknowledged_and_not_stored_twice(oxd, how):
    collector = oxd("collector", files=True, same_ports=True)
    with LinkSender(collector.ports.link) as sender:
        for seq in range(1, 31):
            sender.add(seq, batch_of(sender, seq))
        sender.deliver()
        getattr(collector, how)()
        collector.start()
        for seq in range(1, 41):  # as if the acknowledgements had been lost
            sender.add(seq, batch_of(sender, seq))
        sender.open_session()
        sender.deliver()
    wait_numbers(collector.log_path, "linked", numbers_of(range(1, 41)))


def test_an_agents_events_survive_the_collector_being_killed_again_and_again(oxd, push):
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector], options=["--batch-bytes", "4KiB"])
    sender = push(agent)
    for round_number in range(4):
        sender.push_numbers("steady", round_number * 1500, 1500)
        wait_until(lambda: len(logfiles.numbers(collector.log_path, "steady")) > round_number * 1500,
                   what="some of the round arrived")
        collector.kill()
        collector.start()
    wait_numbers(collector.log_path, "steady", range(6000))
    agent.wait_drained()
    collector.stop()
    assert_numbers(logfiles.numbers(collector.log_path, "steady"), range(6000))


# Rule: ack-meaning
def test_a_memory_only_relay_acknowledges_only_what_its_next_hop_has(oxd):
    collector = oxd("collector", files=True, same_ports=True)
    relay = oxd("relay", forward=[collector], same_ports=True)
    collector.stop()
    with LinkSender(relay.ports.link) as sender:
        for seq in range(1, 21):
            sender.add(seq, batch_of(sender, seq))
        wait_until(lambda: (sender.pump(), relay.control.received("linked") == 400)[1],
                   what="the relay has taken everything")
        sender.pump(0.5)
        assert not sender.acked
        relay.kill()
        relay.start()
        collector.start()
        sender.deliver()
    wait_numbers(collector.log_path, "linked", numbers_of(range(1, 21)))


def test_a_relay_killed_under_load_loses_nothing_acknowledged(oxd):
    collector = oxd("collector", files=True)
    relay = oxd("relay", forward=[collector], same_ports=True)
    with LinkSender(relay.ports.link) as sender:
        seq = 0
        for _ in range(4):
            seq = keep_busy(sender, seq, random.randint(5, 40))
            relay.kill()
            acked = set(sender.acked)
            # An acknowledgement means that the collector has it safe; its writer is milliseconds behind.
            wait_until(lambda: set(numbers_of(acked)) <= set(logfiles.numbers(collector.log_path, "linked")),
                       what="every acknowledged event is in the files")
            relay.start()
        sender.deliver()
    wait_numbers(collector.log_path, "linked", numbers_of(range(1, seq + 1)))


def test_files_of_a_killed_collector_hold_whole_events_only(oxd, program):
    collector = oxd("collector", files=True, same_ports=True)
    ingest = program("oxingest", "-H", collector.ports.collect, "--batch-bytes", "16KiB", "cut",
                     stdin=subprocess.PIPE)
    line = b"x" * 500
    ingest.write(b"\n".join(b"%d %s" % (n, line) for n in range(3000)) + b"\n")
    wait_until(lambda: logfiles.events(collector.log_path, "cut"), what="some arrived")
    collector.kill()
    collector.start()
    ingest.close_stdin()
    assert ingest.wait(60.0) == 0
    collector.stop()
    found = logfiles.events(collector.log_path, "cut")
    assert_numbers([int(event["body"]["data"].split()[0]) for event in found], range(3000))
    assert all(event["body"]["data"].endswith(" " + line.decode()) for event in found)


# Rule: committed-only
def test_events_that_could_not_be_written_yet_outlive_a_crash(oxd):
    """No checkpoint passes the files, not even while there has never been one of them."""
    node = oxd("node", files=True, same_ports=True)
    day = time.strftime("%Y%m%d", time.gmtime())
    in_the_way = node.log_path / day / f"linked-{day}.log"
    in_the_way.mkdir(parents=True)
    before = node.control.status()["counters"].get("spool.checkpoints", 0)
    with LinkSender(node.ports.link) as sender:
        sender.add(1, numbered_batch(sender.run, 1, b"linked", [blueox.pack({"body": {"n": 0}})]))
        sender.deliver()
    wait_until(lambda: node.control.status()["counters"].get("spool.checkpoints", 0) >= before + 2,
               what="checkpoints are written")
    node.kill()
    in_the_way.rmdir()
    node.start()
    wait_numbers(node.log_path, "linked", range(1))
