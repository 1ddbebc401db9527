"""kill -9 of agent, relay, collector and oxingest at random moments, under load from four sides: 50 kills in everyday
runs, 1,000 with more than ten million acknowledged events in the long tier. What was acknowledged is in the files
once, in order, byte for byte.

    client "at the agent" ---> agent (spool) ---> relay (memory) ---> collector (files)
    oxingest -F file --------->                       ^                   ^
    client "at the relay" ----------------------------'                   |
    client "at the collector" --------------------------------------------'

OX_FAULT_KILLS sets another number of kills.
"""
import os
import time
from collections import Counter

import msgpack

import logfiles
from bulk import BulkLoad
from faults import rounds, run_for
from load import settle
from processes import Program
from waiting import wait_until

KILLS = int(os.environ.get("OX_FAULT_KILLS") or rounds(50, 1000))
# Of each client, in each round, which has one and a half kills: 3 * 24 * 256 events, which makes more than ten million
# in the long tier.
BATCHES_A_ROUND = 24
LINES_A_STEP = 10
STEP = 0.005  # seconds


class Ingest:
    """An oxingest that can be started again, and the program that writes the file it follows."""
    name = "oxingest"

    def __init__(self, registry, directory, node):
        self.registry, self.directory, self.node = registry, directory, node
        self.path, self.state = directory / "app.log", directory / "ingest-state"
        self.file = open(self.path, "w")
        self.lines = 0
        self.next_step = 0.0
        self.start()
        wait_until(self.follows, 30.0, "oxingest follows the file")

    def start(self, wait=True):
        self.program = self.registry.add(Program(
            "oxingest", "-H", self.node.ports.collect, "--batch-bytes", "4KiB", "--state-dir", self.state,
            "-F", f"app:{self.path}", directory=self.directory))

    def follows(self):
        return any(str(self.path).encode() in slot.read_bytes() for slot in self.state.glob("*/checkpoint.*"))

    def step(self):
        if time.monotonic() < self.next_step:
            return
        self.next_step = time.monotonic() + STEP
        self.file.write("".join(f"line {n}\n" for n in range(self.lines, self.lines + LINES_A_STEP)))
        self.file.flush()
        self.lines += LINES_A_STEP

    def kill(self):
        self.program.kill()

    def stop(self):
        self.file.close()
        assert self.program.stop() == 0

    def check(self, log_path):
        """The lines of all files of the type, read a piece at a time."""
        expected = 0
        for path in logfiles.find(log_path, "app"):
            with open(path, "rb") as file:
                for event in msgpack.Unpacker(file, raw=False):
                    assert event["body"]["data"] == f"line {expected}", (
                        f"{event['body']['data']!r} stands where line {expected} should")
                    expected += 1
        assert expected == self.lines, f"{expected} of {self.lines} lines are in the files"


class Killer:
    """Kills, and brings back; now and then kills again while it comes up."""

    def __init__(self, chance, *steps):
        self.chance, self.steps, self.kills = chance, steps, Counter()

    def total(self):
        return sum(self.kills.values())

    def kill(self, *victims):
        for victim in victims:
            victim.kill()
            self.kills[victim.name] += 1

    def bring_back(self, victim):
        while self.chance.random() < 0.1:
            victim.start(wait=False)
            run_for(self.chance.moment(0.005, 0.05), *self.steps)
            self.kill(victim)
        victim.start()


def test_every_program_killed_at_random_moments(oxd, registry, tmp_path, chance, figure):
    collector = oxd("collector", files=True, same_ports=True)
    relay = oxd("relay", forward=[collector], same_ports=True)
    agent = oxd("agent", forward=[relay], same_ports=True, options=["--spool-path", "spool"])
    ingest = Ingest(registry, tmp_path, agent)
    loads = [BulkLoad(node.ports.link, f"at the {node.name}") for node in (agent, relay, collector)]
    killer = Killer(chance, ingest.step, *(load.pump for load in loads))
    started = time.monotonic()

    def flowing(before):
        for step in killer.steps:
            step()
        return all(load.acked_batches > acked for load, acked in zip(loads, before))

    while killer.total() < KILLS:
        for load in loads:
            load.add(BATCHES_A_ROUND)
        before = [load.acked_batches for load in loads]
        wait_until(lambda: flowing(before), 60.0, "every client gets acknowledgements")
        run_for(chance.moment(0.005, 0.5), *killer.steps)
        victims = chance.choice(([agent], [relay], [collector], [ingest], [agent, relay, collector, ingest]))
        killer.kill(*victims)
        run_for(chance.choice((0.0, chance.moment(0.005, 0.1))), ingest.step)
        for victim in chance.sample(victims, len(victims)):
            killer.bring_back(victim)

    def delivered():
        for load in loads:
            load.pump(0.01)
        return not any(load.sender.waiting for load in loads)
    wait_until(delivered, 120.0, "all batches are acknowledged")
    lines = logfiles.Follower(collector.log_path, "app")
    wait_until(lambda: lines.count() >= ingest.lines, 120.0,
               lambda: f"{lines.count()} of {ingest.lines} lines came")
    ingest.stop()
    for node in (agent, relay):
        node.wait_drained(120.0)
    settle(collector)
    seconds = time.monotonic() - started
    ingest.check(collector.log_path)
    for load in loads:
        load.made.check_in_order(collector.log_path, load.seq)
        load.close()
    acked = sum(load.acked_events for load in loads)
    figure(f"kill -9: {killer.total()} kills {dict(killer.kills)}, {acked} acknowledged events and {ingest.lines} "
           f"lines, 0 lost, 0 twice, in {seconds:.0f} s")
