"""Batch frames come twice and in another order: every tenth is a copy of an earlier batch, recent or old, and every
twentieth waits until up to fifty others have gone before it. A million frames in the long tier, and nothing is stored
twice.

A frame of the link cannot be repeated or overtaken itself: then its number is not the next one, and the session ends
(`contiguous`). That happens now and then as well, and the sender does what every sender does: it sends again what was
not acknowledged.
"""
import os
import time
from collections import deque

import zmq

import link_wire as wire
from bulk import BulkBatches
from faults import LONG
from link_client import RawLink
from load import settle
from waiting import patient

FRAMES = int(os.environ.get("OX_FAULT_FRAMES") or (1_000_000 if LONG else 20_000))
COPIES, LATE = 0.10, 0.05
FARTHEST = 50  # frames that overtake one that is late
BROKEN_ONCE_IN = 5000  # frames: repeated or overtaken on the wire
MAX_UNDER_WAY = 500  # batches, far below what any window admits
RECENT = 1000


class ScrambledSender:
    def __init__(self, address, made, chance):
        self.address, self.made, self.chance = address, made, chance
        self.next_seq = 1
        self.unacked = {}  # seq -> batch
        self.late = []  # (frames until it goes, seq)
        self.recent = deque(maxlen=RECENT)
        self.frames = self.copies = self.overtaken = self.sessions = 0
        self.link = None
        self.open()

    def open(self):
        """A session, and in it everything again that is not acknowledged."""
        if self.link:
            self.link.close()
        self.link = RawLink(self.address)
        self.link.open()
        self.sessions += 1
        self.late.clear()
        for data in self.unacked.values():
            self.send(data)

    def send(self, data):
        self.link.send_batch(data)
        self.frames += 1

    def step(self):
        chance = self.chance
        roll = chance.random()
        if roll < COPIES and self.next_seq > 1:
            seq = chance.choice(self.recent) if self.recent and chance.random() < 0.8 else chance.randrange(
                1, self.next_seq)
            self.send(self.unacked.get(seq) or self.made.batch(seq))
            self.copies += 1
        else:
            seq = self.next_seq
            self.next_seq += 1
            self.unacked[seq] = self.made.batch(seq)
            if roll < COPIES + LATE:
                self.late.append([chance.randint(1, FARTHEST), seq])
                self.overtaken += 1
            else:
                self.send(self.unacked[seq])
                self.recent.append(seq)
        for entry in self.late:
            entry[0] -= 1
        for entry in [entry for entry in self.late if entry[0] <= 0]:
            self.late.remove(entry)
            self.send(self.unacked[entry[1]])
            self.recent.append(entry[1])
        if chance.random() < 1 / BROKEN_ONCE_IN:
            self.break_order()

    def break_order(self):
        """A frame number that was there, or one too far on."""
        number = self.link.next_frame + self.chance.choice((-1, 1))
        self.send_numbered(number, self.made.batch(self.chance.randrange(1, self.next_seq)))
        self.hear(patient(20.0), until_reset=True)
        self.open()

    def send_numbered(self, number, data):
        self.link.send(wire.header(wire.BATCH, self.link.session, number), data)

    def hear(self, seconds=0.0, until_reset=False):
        """Handles what is there; waits so long for more. With `until_reset` it must come to that."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if self.link.socket.poll(max(0, int(left * 1000))) == 0:
                assert not until_reset, "a frame that is not the next did not end the session"
                return
            while True:
                try:
                    frames = self.link.socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                header, body = RawLink.decode(frames)
                if header.command == wire.RESET:
                    assert until_reset, "the session was ended"
                    return
                assert header.command == wire.ACK, header
                for run, first, last in body.ranges:
                    assert run == self.made.run
                    for seq in range(first, last + 1):
                        self.unacked.pop(seq, None)
            if left <= 0 and not until_reset:
                return

    def deliver(self):
        for _, seq in self.late:
            self.send(self.unacked[seq])
        self.late.clear()
        deadline = time.monotonic() + patient(60.0)
        while self.unacked:
            self.hear(0.01)
            assert time.monotonic() < deadline, f"{len(self.unacked)} batches were never acknowledged"


# Rules: dedup-gaps, contiguous
def test_frames_that_come_twice_or_in_another_order_are_stored_once(oxd, chance, figure):
    collector = oxd("collector", files=True)
    made = BulkBatches("scrambled", events=1)
    sender = ScrambledSender(collector.ports.link, made, chance)
    while sender.frames < FRAMES:
        for _ in range(50):
            sender.step()
        sender.hear(0.0)
        while len(sender.unacked) > MAX_UNDER_WAY:
            sender.hear(0.005)
    sender.deliver()
    counters = collector.control.status()["counters"]
    assert counters["intake.duplicate_batches"] >= sender.copies * 0.9
    sender.link.close()
    settle(collector)
    made.check_each_once(collector.log_path, sender.next_seq - 1)
    assert sender.copies > 0.08 * sender.frames and sender.overtaken > 0.04 * sender.frames
    figure(f"scrambled: {sender.frames} batch frames, {sender.copies} copies, {sender.overtaken} overtaken, "
           f"{sender.sessions} sessions, {sender.next_seq - 1} events, 0 lost, 0 twice")
