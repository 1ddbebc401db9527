"""Events that the oracle knows of, sent over the link or as old clients send them."""
import time

import blueox_client as blueox
import link_client
from batches import Event, encode
from faults import run_for
from waiting import PATIENCE, wait_until

# Faults are many and short here: a sender that hears nothing asks sooner than a second.
link_client.HELLO_AFTER_SILENCE = 0.3 * PATIENCE

TYPES = ("alpha", "beta", "gamma/delta")
EVENTS_PER_BATCH = 12
MAX_WAITING = 40  # batches


class Numbered:
    """Makes the events of one sender: each goes to the oracle and has bytes of its own."""

    def __init__(self, oracle, name):
        self.oracle, self.name, self.next = oracle, name, 0

    def make(self, padding=0):
        """(id, type, body)"""
        event_id = (self.name, self.next)
        type_name = TYPES[self.next % len(TYPES)]
        body = blueox.pack({"type": type_name, "host": "web-1", "body":
                            {"sender": self.name, "n": self.next, "pad": "x" * padding}})
        self.next += 1
        self.oracle.sends(event_id, body)
        return event_id, type_name, body


class LinkLoad:
    """A sender of acknowledged batches. What it hears acknowledged, the oracle demands."""

    def __init__(self, oracle, address, name="a", padding=0, max_waiting=MAX_WAITING):
        self.oracle, self.padding, self.max_waiting = oracle, padding, max_waiting
        self.events = Numbered(oracle, name)
        self.sender = link_client.LinkSender(address, name.encode())
        self.batches = {}  # seq -> ids of its events
        self.copies = {}  # seq -> the batch itself
        self.seq = 0
        self.acked_batches = 0
        self.budget = None  # batches that step() may still make; None: any number

    def add(self):
        self.seq += 1
        made = [self.events.make(self.padding) for _ in range(EVENTS_PER_BATCH)]
        self.batches[self.seq] = [event_id for event_id, _, _ in made]
        self.copies[self.seq] = encode([Event(type_name.encode(), b"web-1", time.time(), body)
                                        for _, type_name, body in made], self.sender.run, self.seq)
        self.sender.add(self.seq, self.copies[self.seq])

    def step(self, seconds=0.002):
        """Keeps some batches under way."""
        while len(self.sender.waiting) < self.max_waiting and self.budget != 0:
            self.add()
            if self.budget is not None:
                self.budget -= 1
        self.pump(seconds)

    def pump(self, seconds=0.002):
        self.sender.pump(seconds)
        for seq in self.sender.acked:
            self.oracle.acknowledged(self.batches[seq])
        self.acked_batches += len(self.sender.acked)
        self.sender.acked.clear()
        assert not self.sender.rejected, self.sender.rejected

    def run(self, acknowledged, timeout=60.0):
        """Sends until so many more batches are acknowledged."""
        target = self.acked_batches + acknowledged
        wait_until(lambda: (self.step(), self.acked_batches >= target)[1], timeout,
                   lambda: f"{target - self.acked_batches} more batches are acknowledged")

    def deliver(self, timeout=60.0):
        """Until nothing waits for its acknowledgement."""
        wait_until(lambda: (self.pump(0.02), not self.sender.waiting)[1], timeout,
                   lambda: f"{len(self.sender.waiting)} batches that wait are acknowledged")

    def heal(self, timeout=60.0):
        """After the last fault: all that waits is acknowledged, and so are fresh events."""
        self.deliver(timeout)
        for _ in range(3):
            self.add()
        self.deliver(timeout)

    def send_again(self):
        """All batches once more, as if every acknowledgement had been lost."""
        for seq, data in self.copies.items():
            self.sender.add(seq, data)
        self.sender.open_session()
        self.deliver()

    def close(self):
        self.sender.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class PushLoad:
    """Events pushed to a node that lives on, which makes them its own: the oracle demands all of them."""

    def __init__(self, oracle, pusher, node, name="a"):
        self.oracle, self.pusher, self.node = oracle, pusher, node
        self.events = Numbered(oracle, name)
        self.ids = []

    def step(self, count=10):
        for _ in range(count):
            event_id, type_name, body = self.events.make()
            self.pusher.push(blueox.encode_meta(time.time(), "web-1", type_name), body)
            self.ids.append(event_id)
        time.sleep(0.001)

    def taken(self):
        return sum(self.node.control.received(type_name) for type_name in TYPES)

    def heal(self, timeout=60.0):
        """After the last fault: fresh events as well, and the node delivers all it has."""
        self.step(30)
        wait_until(lambda: self.taken() == len(self.ids), timeout,
                   lambda: f"{self.node.name} has taken {self.taken()} of {len(self.ids)} events")
        self.oracle.acknowledged(self.ids)
        self.node.wait_drained(timeout)


def keep_busy(chance, *loads):
    """Until each load gets acknowledgements, and for a random moment more: batches are under way then."""
    before = [load.acked_batches for load in loads]

    def flowing():
        for load in loads:
            load.step()
        return all(load.acked_batches > old for load, old in zip(loads, before))
    wait_until(flowing, 60.0, "acknowledgements come")
    run_for(chance.moment(), *(load.step for load in loads))


def settle(*collectors):
    """Everything taken is in files, and the collectors end well."""
    for collector in collectors:
        wait_until(lambda: collector.control.flush() == {"ok": True}, what=f"{collector.name} has written all")
        collector.stop()
