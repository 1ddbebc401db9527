"""A collector that comes back to many agents at once: all of them catch up, and nothing is doubled."""
import os
import time

from faults import LONG
from load import settle
from waiting import wait_until

AGENTS = int(os.environ.get("OX_FAULT_AGENTS") or (500 if LONG else 100))
BACKLOG = 30  # batches of each agent
CATCH_UP = 30.0  # seconds


def until_all(loads, done, timeout, what):
    def turn():
        for load in loads:
            load.pump(0)
        return all(done(load) for load in loads)
    wait_until(turn, timeout, what)


def test_many_agents_catch_up_with_a_collector_that_comes_back(oxd, oracle, link_load, figure):
    collector = oxd("collector", files=True, same_ports=True)
    loads = [link_load(collector, name=f"agent-{n}") for n in range(AGENTS)]
    for load in loads:
        load.add()
    until_all(loads, lambda load: not load.sender.waiting, 60.0, "every agent is connected")
    collector.kill()
    for load in loads:
        for _ in range(BACKLOG):
            load.add()
    collector.start()
    started = time.monotonic()
    until_all(loads, lambda load: not load.sender.waiting, CATCH_UP,
              lambda: f"{sum(bool(load.sender.waiting) for load in loads)} agents have caught up")
    seconds = time.monotonic() - started
    status = collector.control.status()
    assert len(status["peers"]) == AGENTS
    settle(collector)
    oracle.check(collector.log_path)
    figure(f"reconnecting: {AGENTS} agents with {len(oracle.sent)} events caught up in {seconds:.1f} s, 0 lost, 0 twice")
