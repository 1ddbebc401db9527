"""Senders of the link protocol: one that says exactly what it is told (RawLink), for hostile and hand-made
commands, and one that keeps the protocol's promise through restarts of its receiver (LinkSender)."""
import random
import time
import uuid

import zmq

import batches
import link_wire as wire
from waiting import patient

HELLO_AFTER_SILENCE = 1.0  # seconds


class RawLink:
    """One DEALER socket, one session; nothing happens that was not asked for."""

    def __init__(self, address, node_id=None, name=b"test-sender"):
        self.session = random.getrandbits(64)
        self.hello = wire.Hello(wire.VERSION, node_id or uuid.uuid4(), uuid.uuid4(), name, b"test-host", [])
        self.next_frame = 1
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.IMMEDIATE, 1)
        self.socket.setsockopt(zmq.SNDHWM, 1000)
        self.socket.connect(f"tcp://{address}")

    def send(self, *frames, timeout=10.0):
        self.socket.setsockopt(zmq.SNDTIMEO, int(patient(timeout) * 1000))
        self.socket.send_multipart(frames)

    def try_send(self, *frames):
        """False when there is no connection, or no room."""
        try:
            self.socket.send_multipart(frames, zmq.NOBLOCK)
            return True
        except zmq.Again:
            return False

    def receive(self, timeout=10.0):
        """(header, decoded body) of the next command; None when none comes in time."""
        if not self.socket.poll(max(0, int(patient(timeout) * 1000))):
            return None
        return self.decode(self.socket.recv_multipart())

    @staticmethod
    def decode(frames):
        header = wire.decode_header(frames[0])
        decoder = {wire.WELCOME: wire.Welcome, wire.ACK: wire.Ack, wire.REJECT: wire.Reject}
        body = decoder[header.command].decode(frames[1]) if header.command in decoder else None
        return header, body

    def expect(self, command, timeout=10.0):
        """The next command of this kind, skipping ACKs that only change the window."""
        deadline = time.monotonic() + patient(timeout)
        while True:
            message = self.receive((deadline - time.monotonic()) / patient(1))
            assert message is not None, f"no command {command} came"
            header, body = message
            if header.command == command and not (command == wire.ACK and not body.ranges):
                return header, body
            assert header.command == wire.ACK, f"command {header.command} came instead: {body}"

    def open(self, **changes):
        """HELLO, and the WELCOME for it."""
        self.send(wire.header(wire.HELLO, self.session), self.hello._replace(**changes).encode())
        header, welcome = self.expect(wire.WELCOME)
        assert header.session == self.session
        return welcome

    def send_batch(self, data, frame=None, session=None):
        frame = self.next_frame if frame is None else frame
        self.next_frame = frame + 1
        self.send(wire.header(wire.BATCH, self.session if session is None else session, frame), data)

    def bye(self):
        self.send(wire.header(wire.BYE, self.session))

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def numbered_batch(run, seq, type_name, events):
    """A batch whose events' bodies are the given byte strings."""
    now = time.time()
    return batches.encode([batches.Event(type_name, b"web-1", now, body) for body in events], run, seq)


class LinkSender:
    """Delivers batches in order until each is acknowledged, over any number of sessions.

    add() queues a batch; pump() does what can be done now. `acked` holds the acknowledged seqs.
    """

    def __init__(self, address, name=b"test-sender"):
        self.address = address
        self.name = name
        self.node_id = uuid.uuid4()
        self.run = uuid.uuid4()
        self.waiting = {}  # seq -> bytes; not acknowledged, in order
        self.acked = set()
        self.rejected = []
        self.sessions = 0
        self.link = None
        self.open_session()

    def open_session(self):
        if self.link:
            self.link.close()
        self.link = RawLink(self.address, self.node_id, self.name)
        self.sessions += 1
        self.boot_id = None
        self.window = 0
        self.sent = {}  # seq -> size, in this session
        self.asked = False
        self.frame_asked = 1  # the frame that was next when HELLO asked
        self.heard = time.monotonic()

    def add(self, seq, data):
        self.waiting[seq] = data

    def outstanding(self):
        return sum(self.sent.values())

    def may_send(self, size):
        return self.boot_id and self.window > 0 and (not self.sent or
                                                     self.outstanding() + size <= self.window)

    def pump(self, seconds=0.05):
        """Sends what the window admits, and handles what comes within `seconds`."""
        if self.boot_id is None and not self.asked:
            self.ask()
        for seq, data in self.waiting.items():
            if seq in self.sent:
                continue
            if not self.may_send(len(data)):
                break
            if not self.link.try_send(wire.header(wire.BATCH, self.link.session,
                                                  self.link.next_frame), data):
                break
            self.link.next_frame += 1
            self.sent[seq] = len(data)
        deadline = time.monotonic() + seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            message = self.link.receive(left / patient(1))
            if message is None:
                break
            self.heard = time.monotonic()
            if not self.handle(*message):
                return self.open_session()
            if left == 0.0:
                break
        if time.monotonic() - self.heard > HELLO_AFTER_SILENCE and (self.sent or self.asked):
            if self.asked:  # and nothing came: the message may have died with its connection
                self.open_session()
            else:
                self.ask()
            self.heard = time.monotonic()
        return None

    def ask(self):
        self.frame_asked = self.link.next_frame
        self.asked = self.link.try_send(wire.header(wire.HELLO, self.link.session),
                                        self.link.hello.encode())

    def handle(self, header, body):
        """False when the session is at its end."""
        if header.session != self.link.session:
            return True
        if header.command == wire.WELCOME:
            if self.boot_id not in (None, body.boot_id) or body.next_frame != self.frame_asked:
                return False  # it started again, or frames were lost
            self.boot_id, self.window, self.asked = body.boot_id, body.window, False
        elif header.command == wire.ACK:
            self.window = body.window
            for run, first, last in body.ranges:
                for seq in range(first, last + 1) if run == self.run else ():
                    if self.waiting.pop(seq, None) is not None:
                        self.acked.add(seq)
                    self.sent.pop(seq, None)
        elif header.command == wire.REJECT:
            self.rejected.append(body)
            self.waiting.pop(body.seq, None)
            self.sent.pop(body.seq, None)
        elif header.command == wire.RESET:
            return False
        return True

    def deliver(self, timeout=60.0):
        """Pumps until everything is acknowledged."""
        deadline = time.monotonic() + patient(timeout)
        while self.waiting:
            self.pump()
            assert time.monotonic() < deadline, f"{len(self.waiting)} batches were never acknowledged"

    def close(self):
        self.link.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
