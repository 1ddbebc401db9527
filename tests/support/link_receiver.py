"""A receiver of link batches that does what a test tells it to."""
import uuid

import zmq

import link_wire as wire
from waiting import wait_until


class Receiver:
    """Welcomes every sender and refuses each of its batches for `refuse`; without it, says nothing to them.

    With `restless` it is another start of its node in every WELCOME.
    """

    def __init__(self, refuse=None, restless=False):
        self.refuse = refuse
        self.restless = restless
        self.node_id, self.boot_id = uuid.uuid4(), uuid.uuid4()
        self.sessions = {}  # the frame number that comes next in each
        self.batches = 0
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.port = self.socket.bind_to_random_port("tcp://127.0.0.1")

    def serve_until(self, condition, timeout=30.0, what="the receiver has done its work"):
        def step():
            while self.socket.poll(10):
                self.answer(*self.socket.recv_multipart())
            return condition()
        wait_until(step, timeout, what)

    def answer(self, route, header, *body):
        command = wire.decode_header(header)
        frame = self.sessions.setdefault(command.session, 1)
        if command.command == wire.HELLO:
            if self.restless:
                self.boot_id = uuid.uuid4()
            welcome = wire.Welcome(1, self.node_id, self.boot_id, b"receiver", 1 << 20,
                                   frame, wire.ACK_STORED, [])
            self.send(route, wire.WELCOME, command.session, welcome.encode())
        elif command.command == wire.BATCH:
            self.batches += 1
            self.sessions[command.session] = command.frame + 1
            run, seq = uuid.UUID(bytes=body[0][8:24]), int.from_bytes(body[0][24:32], "little")
            if self.refuse is not None:
                self.send(route, wire.REJECT, command.session,
                          wire.Reject(run, seq, self.refuse, b"no").encode())

    def send(self, route, command, session, body):
        self.socket.send_multipart([route, wire.header(command, session), body])

    def close(self):
        self.socket.close(linger=0)
