"""Power cuts at random moments: what was acknowledged is in the files exactly once, whatever of the unsynced
rest the disk has kept. The disk is a model in a preloaded library (power_cut.py); the programs are the real
ones."""
import pytest

import power_cut
from faults import rounds, run_for
from load import keep_busy, settle
from power_cut import Disk

pytestmark = pytest.mark.skipif(power_cut.library() is None, reason="the disk model has not been built")


@pytest.fixture
def disk_below(tmp_path):
    """disk_below("collector/logs")"""
    def make(path):
        return Disk(tmp_path / path, tmp_path / f"disk of {path.replace('/', ' ')}")
    return make


def lose_power(node, disk, chance, policy=None):
    node.kill()
    print(f"{node.name}: {disk.cut(chance, policy)}")
    disk.begin()


def bring_back(node, disk, chance, policy=None):
    """Starts the node; now and then the power goes again while it recovers."""
    while chance.random() < 0.3:
        node.start(wait=False)
        run_for(chance.moment(0.01, 0.1))
        lose_power(node, disk, chance, policy)
    node.start()


def test_the_journal_misses_nothing(oxd, oracle, chance, link_load, disk_below):
    """The model's files are the real ones, byte for byte: else the cuts below would prove nothing."""
    disk = disk_below("collector/logs")
    collector = oxd("collector", files=True, same_ports=True, env=disk.environment())
    load = link_load(collector)
    keep_busy(chance, load)
    load.run(acknowledged=30)
    assert collector.control.flush() == {"ok": True}
    load.heal()
    settle(collector)
    modelled = disk.modelled()
    assert modelled.files() == power_cut.State.of(disk.root).files()
    assert len(load.batches) > 30 and oracle.acked
    oracle.check(collector.log_path)


@pytest.mark.parametrize("policy", power_cut.POLICIES)
def test_a_collector_loses_power(oxd, oracle, chance, link_load, disk_below, policy):
    """A disk that keeps unsynced writes out of order may change the order of what was not acknowledged."""
    disk = disk_below("collector/logs")
    collector = oxd("collector", files=True, same_ports=True, env=disk.environment())
    loads = [link_load(collector, name="a"), link_load(collector, name="b", padding=1000)]
    in_doubt = set()
    for _ in range(rounds(6)):
        keep_busy(chance, *loads)
        if chance.random() < 0.5:
            assert collector.control.flush() == {"ok": True}  # a checkpoint in the middle of things
            keep_busy(chance, *loads)
        if policy == "some of it":
            in_doubt |= oracle.pending()
        lose_power(collector, disk, chance, policy)
        bring_back(collector, disk, chance, policy)
    for load in loads:
        load.heal()
        load.send_again()
    settle(collector)
    oracle.check(collector.log_path, in_doubt=in_doubt)


def test_an_agent_with_a_spool_loses_power(oxd, oracle, chance, link_load, disk_below):
    collector = oxd("collector", files=True)
    disk = disk_below("agent/spool")
    agent = oxd("agent", forward=[collector], same_ports=True, options=["--spool-path", "spool"],
                env=disk.environment())
    load = link_load(agent)
    in_doubt = set()
    for _ in range(rounds(6)):
        keep_busy(chance, load)
        in_doubt |= oracle.pending()
        lose_power(agent, disk, chance)
        bring_back(agent, disk, chance)
    load.heal()
    agent.wait_drained()
    settle(collector)
    oracle.check(collector.log_path, in_doubt=in_doubt)


def test_agent_and_collector_lose_power_together(oxd, oracle, chance, link_load, disk_below):
    collector_disk, agent_disk = disk_below("collector/logs"), disk_below("agent/spool")
    collector = oxd("collector", files=True, same_ports=True, env=collector_disk.environment())
    agent = oxd("agent", forward=[collector], same_ports=True, options=["--spool-path", "spool"],
                env=agent_disk.environment())
    load = link_load(agent)
    in_order = chance.choice(power_cut.IN_ORDER)
    for _ in range(rounds(4)):
        keep_busy(chance, load)
        for node, disk in ((agent, agent_disk), (collector, collector_disk)):
            lose_power(node, disk, chance, in_order)
        for node, disk in ((collector, collector_disk), (agent, agent_disk)):
            bring_back(node, disk, chance, in_order)
    load.heal()
    agent.wait_drained()
    settle(collector)
    oracle.check(collector.log_path)
