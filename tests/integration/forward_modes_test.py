"""Several targets at once: copies to each, or each type to one; and batches that a target refuses."""
import pytest

import link_wire as wire
import logfiles
from control import output_to
from link_client import LinkSender, numbered_batch
from link_receiver import Receiver
from logfiles import assert_numbers, wait_numbers
from waiting import wait_until

TYPES = [f"type{n}" for n in range(40)]


def pending(node, target):
    return output_to(node.control.status(), target)["pending_events"]


def test_every_copy_target_gets_everything(oxd, push):
    collectors = [oxd(f"collector{n}", files=True) for n in range(2)]
    agent = oxd("agent", forward=collectors, options=["--forward-mode", "copy"])
    push(agent).push_numbers("t", 0, 2000)
    for collector in collectors:
        wait_numbers(collector.log_path, "t", range(2000))
    agent.wait_drained()


# Rule: own-cursor
def test_a_dead_copy_target_does_not_delay_the_other_and_gets_everything_when_it_is_back(oxd, push):
    dead = oxd("dead", files=True, same_ports=True)
    dead.stop()
    living = oxd("living", files=True)
    agent = oxd("agent", forward=[dead, living], options=["--forward-mode", "copy"])
    push(agent).push_numbers("t", 0, 2000)
    wait_numbers(living.log_path, "t", range(2000))
    wait_until(lambda: pending(agent, living) == 0, what="the living target has acknowledged")
    assert pending(agent, dead) == 2000
    dead.start()
    wait_numbers(dead.log_path, "t", range(2000))
    agent.wait_drained()


# Rule: copy-from-now
def test_a_copy_target_added_live_gets_what_comes_from_then_on(oxd, push):
    first, second = oxd("first", files=True), oxd("second", files=True)
    agent = oxd("agent", forward=[first], options=["--forward-mode", "copy"])
    sender = push(agent)
    sender.push_numbers("t", 0, 100)
    wait_numbers(first.log_path, "t", range(100))
    agent.wait_drained()
    assert agent.control.forward("add", second.ports.collect)["ok"] is True
    sender.push_numbers("t", 100, 100)
    wait_numbers(first.log_path, "t", range(200))
    wait_numbers(second.log_path, "t", range(100, 200))


def push_types(sender, first, count):
    for n in range(first, first + count):
        for type_name in TYPES:
            sender.push_numbers(type_name, n, 1)


def stored_by_type(collector):
    return {type_name: logfiles.numbers(collector.log_path, type_name) for type_name in TYPES}


def wait_sharded(collectors, count):
    """Every type whole, in order, and with one collector only. Returns {type: collector's index}."""
    def whole():
        stored = [stored_by_type(collector) for collector in collectors]
        return all(sum(len(one[t]) for one in stored) >= count for t in TYPES) and stored
    stored = wait_until(whole, 60.0, "every event is somewhere")
    owners = {}
    for type_name in TYPES:
        holding = [n for n, one in enumerate(stored) if one[type_name]]
        assert len(holding) == 1, f"{type_name} is with {holding}"
        assert_numbers(stored[holding[0]][type_name], range(count))
        owners[type_name] = holding[0]
    return owners


def test_shards_divide_the_types_and_lose_none(oxd, push):
    collectors = [oxd(f"collector{n}", files=True) for n in range(3)]
    agent = oxd("agent", forward=collectors, options=["--forward-mode", "shard"])
    push_types(push(agent), 0, 50)
    owners = wait_sharded(collectors, 50)
    assert set(owners.values()) == {0, 1, 2}
    agent.wait_drained()


def test_a_type_stays_with_its_shard_when_the_agent_starts_again(oxd, push):
    collectors = [oxd(f"collector{n}", files=True) for n in range(2)]
    agent = oxd("agent", forward=collectors, same_ports=True,
                options=["--forward-mode", "shard", "--spool-path", "spool"])
    push_types(push(agent), 0, 20)
    before = wait_sharded(collectors, 20)
    agent.wait_drained()
    agent.restart()
    push_types(push(agent), 20, 20)
    assert wait_sharded(collectors, 40) == before


def test_a_dead_shard_holds_up_only_its_own_types(oxd, push):
    dead = oxd("dead", files=True, same_ports=True)
    living = oxd("living", files=True)
    agent = oxd("agent", forward=[dead, living], options=["--forward-mode", "shard"])
    sender = push(agent)
    push_types(sender, 0, 5)
    owners = wait_sharded([dead, living], 5)
    agent.wait_drained()
    dead.stop()
    push_types(sender, 5, 5)
    alive = [type_name for type_name, owner in owners.items() if owner == 1]
    for type_name in alive:
        wait_numbers(living.log_path, type_name, range(10))
    dead.start()
    assert wait_sharded([dead, living], 10) == owners


def test_an_agent_with_a_spool_on_disk_delivers_after_a_kill_what_it_had_acknowledged(oxd, push):
    collector = oxd("collector", files=True, same_ports=True)
    collector.stop()
    agent = oxd("agent", forward=[collector], same_ports=True, options=["--spool-path", "spool"])
    push(agent).push_numbers("t", 0, 3000)
    agent.wait_received("t", 3000)
    assert agent.control.status()["spool"]["kind"] == "disk"
    wait_until(lambda: agent.pending_events() == 3000, what="all is in the spool")
    agent.kill()
    collector.start()
    agent.start()
    wait_numbers(collector.log_path, "t", range(3000))
    agent.wait_drained()


def test_a_disk_spool_that_is_drained_gives_its_space_back(oxd, push):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector], options=["--spool-path", "spool"])
    sender = push(agent)
    sender.push_numbers("t", 0, 100_000, padding=1000)
    wait_numbers(collector.log_path, "t", range(100_000))
    agent.wait_drained()

    def used():
        return sum(path.stat().st_size for path in (agent.directory / "spool").glob("*")
                   if path.is_file())
    wait_until(lambda: used() < 80 << 20, what=lambda: f"the spool takes {used()} bytes")


# Rules: dead-letter-first, poison-passes
@pytest.mark.parametrize("reason", [wire.MALFORMED, wire.CORRUPT])
def test_a_batch_that_is_refused_becomes_a_dead_letter_and_the_next_goes_on(oxd, push, tmp_path, reason):
    receiver = Receiver(refuse=reason)
    letters = tmp_path / "letters"
    agent = oxd("agent", forward=[f"link://127.0.0.1:{receiver.port}"],
                options=["--dead-letter-path", letters])
    sender = push(agent)
    sender.push_numbers("t", 0, 10)
    receiver.serve_until(lambda: agent.control.received("t") == 10
                         and agent.control.status()["counters"].get("forward.dead_letter_events") == 10
                         and agent.pending_events() == 0)
    kept = list(letters.glob("*.batch"))
    assert kept and all(b"OXB1" == path.read_bytes()[:4] for path in kept)
    receiver.close()


# Rule: poison-passes
def test_a_relay_in_memory_passes_a_refusal_on_to_who_sent_the_batch(oxd):
    receiver = Receiver(refuse=wire.MALFORMED)
    relay = oxd("relay", forward=[f"link://127.0.0.1:{receiver.port}"], options=["--linger", "100ms"])
    with LinkSender(relay.ports.link) as sender:
        sender.add(1, numbered_batch(sender.run, 1, b"t", [b"\x01"]))

        def refused():
            sender.pump(0)
            return sender.rejected
        receiver.serve_until(refused)
        assert [(r.seq, r.reason) for r in sender.rejected] == [(1, wire.MALFORMED)]
    assert relay.pending_events() == 0
    assert relay.control.status()["counters"]["forward.refused_upstream_batches"] == 1
    receiver.close()


# Rule: poison-passes
def test_without_a_directory_a_refused_batch_is_held_and_told(oxd, push):
    receiver = Receiver(refuse=wire.MALFORMED)
    agent = oxd("agent", forward=[f"link://127.0.0.1:{receiver.port}"], options=["--linger", "100ms"])
    push(agent).push_numbers("t", 0, 10)
    receiver.serve_until(lambda: "held" in agent.stderr())
    assert agent.pending_events() == 10
    receiver.close()
