"""kill -9 at random moments: whatever dies, what was acknowledged is in the files exactly once."""
import pytest

from faults import kill_all, rounds, run_for
from load import keep_busy, settle


def bring_back(chance, *nodes):
    """Starts the nodes; now and then kills one again while it recovers."""
    for node in nodes:
        while chance.random() < 0.3:
            node.start(wait=False)
            run_for(chance.moment(0.001, 0.05))
            node.kill()
        node.start()


def test_a_collector_killed_at_random_moments(oxd, oracle, chance, link_load):
    collector = oxd("collector", files=True, same_ports=True)
    loads = [link_load(collector, name="a"), link_load(collector, name="b", padding=2000)]
    for _ in range(rounds(12)):
        keep_busy(chance, *loads)
        collector.kill()
        bring_back(chance, collector)
    for load in loads:
        load.heal()
    settle(collector)
    oracle.check(collector.log_path)


def test_a_collector_without_fsync_loses_nothing_to_a_kill(oxd, oracle, chance, link_load):
    collector = oxd("collector", files=True, same_ports=True, options=["--sync", "none"])
    load = link_load(collector)
    for _ in range(rounds(6)):
        keep_busy(chance, load)
        collector.kill()
        bring_back(chance, collector)
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)


def test_batches_sent_again_after_kills_are_not_stored_twice(oxd, oracle, chance, link_load):
    collector = oxd("collector", files=True, same_ports=True)
    load = link_load(collector)
    for _ in range(rounds(3)):
        load.run(acknowledged=chance.randint(5, 60))
        collector.kill()
        bring_back(chance, collector)
        load.send_again()
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)


@pytest.mark.parametrize("sync", ["commit", "none"])
def test_an_agent_with_a_spool_killed_at_random_moments(oxd, oracle, chance, link_load, sync):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector], same_ports=True,
                options=["--spool-path", "spool", "--sync", sync])
    load = link_load(agent)
    for _ in range(rounds(8)):
        keep_busy(chance, load)
        agent.kill()
        bring_back(chance, agent)
    load.heal()
    agent.wait_drained()
    settle(collector)
    oracle.check(collector.log_path)


def test_agent_and_collector_killed_one_by_one_and_together(oxd, oracle, chance, link_load):
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector], same_ports=True, options=["--spool-path", "spool"])
    load = link_load(agent)
    for _ in range(rounds(10)):
        keep_busy(chance, load)
        victims = chance.choice(([agent], [collector], [agent, collector], [collector, agent]))
        kill_all(*victims)
        bring_back(chance, *victims)
    load.heal()
    agent.wait_drained()
    settle(collector)
    oracle.check(collector.log_path)


def test_a_relay_without_a_spool_and_its_collector_killed(oxd, oracle, chance, link_load):
    collector = oxd("collector", files=True, same_ports=True)
    relay = oxd("relay", forward=[collector], same_ports=True)
    load = link_load(relay)
    for _ in range(rounds(8)):
        keep_busy(chance, load)
        victims = chance.choice(([relay], [collector], [relay, collector]))
        kill_all(*victims)
        bring_back(chance, *victims)
    load.heal()
    relay.wait_drained()
    settle(collector)
    oracle.check(collector.log_path)


def test_an_agent_that_lives_while_its_collector_is_killed(oxd, oracle, chance, push_load):
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector], options=["--batch-bytes", "4KiB"])
    load = push_load(agent)
    for _ in range(rounds(6)):
        run_for(chance.moment(), load.step)
        collector.kill()
        run_for(chance.moment(0.001, 0.1), load.step)
        bring_back(chance, collector)
    load.heal()
    settle(collector)
    oracle.check(collector.log_path)
    assert agent.control.status()["outputs"][0]["maybe_duplicated"] == 0
