"""Runs of real minutes: what an agent holds while its collector is away, and a collector killed for a long
time under load. Started by packaging/test --soak; OX_SOAK_SECONDS and OX_SOAK_KILLS set how long."""
import os
import random
import struct
import time

import blueox_client as blueox
from link_client import LinkSender, numbered_batch
from logfiles import assert_numbers, numbers, wait_numbers
from waiting import wait_until

RATE = 20_000  # events a second
AWAY = float(os.environ.get("OX_SOAK_SECONDS", "60"))
KILLS = int(os.environ.get("OX_SOAK_KILLS", "100"))
EVENTS_PER_BATCH = 200


def push_steadily(sender, first, seconds):
    """Numbered events at RATE for so long; returns the number after the last."""
    meta = blueox.encode_meta(time.time(), "web-1", "steady")
    before, after = blueox.pack({"body": {"n": 0}})[:-1], b""
    started, n = time.monotonic(), first
    while (elapsed := time.monotonic() - started) < seconds:
        due = first + int(elapsed * RATE)
        while n < due:
            sender.push(meta, before + b"\xce" + struct.pack(">I", n) + after)
            n += 1
        time.sleep(0.001)
    return n


def test_a_minute_without_the_collector_costs_nothing(oxd, push):
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector])
    sender = push(agent)
    n = push_steadily(sender, 0, 5)
    agent.wait_connected(collector)
    collector.stop()
    away_from = n
    n = push_steadily(sender, n, AWAY)
    agent.wait_received("steady", n)
    waiting = agent.control.status()["spool"]
    away_to = n
    collector.start()
    started = time.monotonic()
    n = push_steadily(sender, n, 5)
    wait_numbers(collector.log_path, "steady", range(n), timeout=120.0)
    agent.wait_drained()
    status = agent.control.status()
    assert status["outputs"][0]["maybe_duplicated"] == 0
    print(f"\n{away_to - away_from} events came in {AWAY:.0f} s without the collector, "
          f"{waiting['bytes'] / 1e6:.1f} MB in the agent's memory; all {n} are in the files, once and in "
          f"order, {time.monotonic() - started:.1f} s after its return")


def test_a_collector_killed_again_and_again_loses_and_doubles_nothing(oxd):
    seed = int(os.environ.get("OX_SEED", random.getrandbits(32)))
    print(f"\nOX_SEED={seed}")
    chance = random.Random(seed)
    collector = oxd("collector", files=True, same_ports=True)
    body = b"x" * 200
    with LinkSender(collector.ports.link) as sender:
        seq = 0
        for _ in range(KILLS):
            deadline = time.monotonic() + chance.uniform(0.005, 0.5)
            while time.monotonic() < deadline:
                while len(sender.waiting) < 40:
                    seq += 1
                    first = (seq - 1) * EVENTS_PER_BATCH
                    sender.add(seq, numbered_batch(sender.run, seq, b"killed", [
                        blueox.pack({"body": {"n": n, "pad": body}})
                        for n in range(first, first + EVENTS_PER_BATCH)]))
                sender.pump(0.001)
            collector.kill()
            collector.start()
        wait_until(lambda: collector.control.ping()["ok"], what="the collector answers")
        sender.deliver(timeout=120.0)
        assert not sender.rejected
    collector.stop()
    found = numbers(collector.log_path, "killed")
    assert_numbers(found, range(seq * EVENTS_PER_BATCH))
    print(f"{KILLS} kills, {len(found)} acknowledged events, 0 lost, 0 twice")
