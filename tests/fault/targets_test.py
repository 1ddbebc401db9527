"""Several targets, and targets that change, under kills: a copy for each, failover without loss, and nodes that
are started again with other options."""
import logfiles
from faults import kill_all, rounds, run_for
from load import TYPES, keep_busy, settle
from waiting import wait_until


def maybe_duplicated(agent):
    return sum(output["maybe_duplicated"] for output in agent.control.status()["outputs"])


def test_copies_reach_the_living_target_at_once_and_the_dead_one_when_it_is_back(oxd, oracle, chance,
                                                                                 link_load):
    living = oxd("living", files=True, same_ports=True)
    dead = oxd("dead", files=True, same_ports=True)
    agent = oxd("agent", forward=[living, dead], same_ports=True,
                options=["--spool-path", "spool", "--forward-mode", "copy"])
    load = link_load(agent)
    for _ in range(rounds(3)):
        dead.kill()
        keep_busy(chance, load)
        if chance.random() < 0.5:
            agent.kill()
            agent.start()
        load.heal()
        wait_until(lambda: oracle.acked <= oracle.stored(living.log_path), 30.0,
                   "the living target has everything")
        chance.choice((lambda: None, agent.kill, living.kill))()
        for node in (dead, agent, living):
            if not node.alive():
                node.start()
        keep_busy(chance, load)
    load.heal()
    agent.wait_drained()
    settle(living, dead)
    oracle.check(living.log_path)
    oracle.check(dead.log_path)


def test_failover_between_collectors_that_are_killed(oxd, oracle, chance, push_load):
    """Nothing is lost; what is with both was announced, and no collector has anything twice."""
    first = oxd("first", files=True, same_ports=True)
    second = oxd("second", files=True, same_ports=True)
    agent = oxd("agent", forward=[first, second], options=["--batch-bytes", "4KiB"])
    load = push_load(agent)
    for _ in range(rounds(5)):
        run_for(chance.moment(0.1, 0.6), load.step)
        victims = chance.choice(([first], [second], [first, second]))
        kill_all(*victims)
        run_for(chance.moment(0.1, 1.5), load.step)
        for victim in victims:
            victim.start()
    load.heal()
    announced = maybe_duplicated(agent)
    settle(first, second)
    oracle.check(first.log_path, second.log_path, announced_doubles=announced)


def test_an_agent_started_again_with_another_target_hands_over_what_waits(oxd, oracle, chance, link_load):
    old = oxd("old", files=True, same_ports=True)
    new = oxd("new", files=True)
    agent = oxd("agent", forward=[old], same_ports=True, options=["--spool-path", "spool"])
    load = link_load(agent)
    keep_busy(chance, load)
    old.kill()
    load.run(acknowledged=30)
    agent.kill()
    agent.targets = [new.ports.collect]
    agent.start()
    keep_busy(chance, load)
    load.heal()
    agent.wait_drained()
    old.start()
    settle(old, new)
    # Each collector has what it has once. What the old one had acknowledged when the agent was killed, and no
    # checkpoint knew of yet, is with both: this agent cannot know.
    oracle.check(old.log_path, new.log_path, announced_doubles=len(oracle.sent))


def test_a_collector_killed_and_started_with_other_options(oxd, oracle, chance, link_load):
    """Files are named in another way, acknowledgements mean more or less, the sizes differ: the spool is the
    same, and so is the promise."""
    collector = oxd("collector", files=True, same_ports=True)
    load = link_load(collector)
    names = set()
    for _ in range(rounds(6)):
        keep_busy(chance, load)
        collector.kill()
        collector.options = [*chance.choice(([], ["--rotate-hours", "1"], ["--rotate-hours", "6"])),
                             *chance.choice(([], ["--sync", "none"])),
                             *chance.choice(([], ["--spool-disk", "1GiB"])),
                             *chance.choice(([], ["--batch-bytes", "4KiB"]))]
        collector.start()
        names |= {path.name for path in logfiles.all_files(collector.log_path)}
    load.heal()
    settle(collector)
    assert len(names) >= len(TYPES)
    oracle.check(collector.log_path, each_file_alone=True)
