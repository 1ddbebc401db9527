"""The wire misbehaves: connections are cut, reset in the middle of a frame, half closed, stalled, delayed; and
a collector stands still for longer than anybody waits for acknowledgements."""
import time

import pytest

from faults import paused, rounds, run_for
from load import keep_busy, settle
from tcp_proxy import BACK, FORTH

# A sender asks after 5 s without acknowledgements, and opens a new session after 5 s without an answer
# (common/link/sender.h).
LONGEST_SILENCE = 10.0


def strike(proxy, chance, *steps):
    """One fault under load, and its end."""
    print(proxy.random_fault(chance))
    run_for(chance.moment(0.01, 0.6), *steps)
    proxy.heal()


# Rule: resend-once
def test_a_client_reaches_its_collector_through_a_bad_network(oxd, oracle, chance, link_load, proxy):
    collector = oxd("collector", files=True)
    between = proxy(collector)
    load = link_load(between.address)
    for _ in range(rounds(12)):
        keep_busy(chance, load)
        strike(between, chance, load.step)
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)


def test_an_agent_reaches_its_collector_through_a_bad_network(oxd, oracle, chance, push_load, proxy):
    collector = oxd("collector", files=True)
    between = proxy(collector)
    agent = oxd("agent", forward=[f"link://{between.address}"], options=["--batch-bytes", "4KiB"])
    load = push_load(agent)
    for _ in range(rounds(12)):
        run_for(chance.moment(), load.step)
        strike(between, chance, load.step)
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)
    assert agent.control.status()["outputs"][0]["maybe_duplicated"] == 0


def test_resets_in_every_part_of_a_session(oxd, oracle, chance, link_load, proxy):
    """From the first byte of the greeting to the middle of batches and acknowledgements."""
    collector = oxd("collector", files=True)
    between = proxy(collector)
    load = link_load(between.address)
    load.run(acknowledged=5)
    for _ in range(rounds(15)):
        direction = chance.choice((FORTH, BACK))
        between.reset_after(chance.choice((chance.randint(1, 400), chance.randint(1, 30_000))), direction)
        struck = between.resets()
        deadline = time.monotonic() + 2.0
        while between.resets() == struck and time.monotonic() < deadline:
            load.step()
        between.heal()
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)
    assert between.resets() > 0


def partition(between, collector, chance, step):
    between.partition()
    run_for(chance.moment(0.01, 0.5), step)
    between.heal()


def reset(between, collector, chance, step):
    between.reset()
    run_for(chance.moment(0.01, 0.1), step)


def pause(between, collector, chance, step):
    with paused(collector):
        run_for(chance.moment(0.05, 0.5), step)


@pytest.mark.parametrize("strike_with", [partition, reset, pause])
def test_partitions_resets_and_pauses(oxd, oracle, chance, link_load, proxy, figure, strike_with):
    """Twenty of each; 200 in the long tier."""
    collector = oxd("collector", files=True)
    between = proxy(collector)
    load = link_load(between.address)
    times = rounds(20, 200)
    for _ in range(times):
        keep_busy(chance, load)
        strike_with(between, collector, chance, load.step)
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)
    figure(f"{strike_with.__name__}: {times} times, {len(oracle.acked)} acknowledged events, 0 lost, 0 twice")


# Rules: owed-acks, resend-once
def test_lost_acknowledgements_cost_nothing(oxd, oracle, chance, link_load, proxy):
    """Batches arrive, their acknowledgements do not, and the connection goes: all of it comes again."""
    collector = oxd("collector", files=True)
    between = proxy(collector)
    load = link_load(between.address)
    for _ in range(rounds(5)):
        keep_busy(chance, load)
        between.stall(BACK)
        run_for(chance.moment(0.02, 0.2), load.step)
        between.reset()
        between.heal()
    load.heal()
    assert collector.control.status()["counters"]["intake.duplicate_batches"] > 0
    settle(collector)
    oracle.check(collector.log_path)


@pytest.mark.parametrize("sync", ["commit", "none"])
def test_a_bad_network_and_kills_together(oxd, oracle, chance, link_load, proxy, sync):
    collector = oxd("collector", files=True, same_ports=True, options=["--sync", sync])
    between = proxy(collector)
    agent = oxd("agent", forward=[f"link://{between.address}"], same_ports=True,
                options=["--spool-path", "spool", "--sync", sync])
    load = link_load(agent)
    for _ in range(rounds(5)):
        keep_busy(chance, load)
        print(between.random_fault(chance))
        run_for(chance.moment(), load.step)
        victim = chance.choice((agent, collector))
        victim.kill()
        victim.start()
        between.heal()
    load.heal()
    agent.wait_drained()
    settle(collector)
    oracle.check(collector.log_path)


def test_a_collector_that_stands_still_now_and_then(oxd, oracle, chance, link_load):
    collector = oxd("collector", files=True)
    load = link_load(collector)
    for _ in range(rounds(6)):
        keep_busy(chance, load)
        with paused(collector):
            run_for(chance.moment(0.05, 1.0), load.step)
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)


def test_a_collector_that_stands_still_for_longer_than_its_agent_waits(oxd, oracle, chance, push_load):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector], options=["--batch-bytes", "4KiB"])
    load = push_load(agent)
    for _ in range(rounds(1)):
        run_for(0.5, load.step)
        with paused(collector):
            run_for(LONGEST_SILENCE + 1.5, load.step, lambda: time.sleep(0.02))
        run_for(0.5, load.step)
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)
    assert agent.control.status()["counters"]["forward.resent_batches"] > 0
