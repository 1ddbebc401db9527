"""A run of real minutes: what an agent holds while its collector is away. Started by packaging/test --soak;
OX_SOAK_SECONDS sets how long."""
import os
import struct
import time

import blueox_client as blueox
from logfiles import wait_numbers

RATE = 20_000  # events a second
AWAY = float(os.environ.get("OX_SOAK_SECONDS", "60"))


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
