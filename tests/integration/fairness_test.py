"""One busy socket never starves another."""
import subprocess
import threading
import time

import msgpack
import pytest
import zmq

from control import Control
from logfiles import wait_numbers
from waiting import PATIENCE, wait_until

ANSWER_SECONDS = 2.0 * PATIENCE


class Flood(threading.Thread):
    """Calls `step(socket)` as fast as it can until the end of the `with` block."""

    def __init__(self, kind, address, step):
        super().__init__(daemon=True)
        self.kind, self.address, self.step = kind, address, step
        self.done = threading.Event()
        self.steps = 0

    def run(self):
        with zmq.Context.instance().socket(self.kind) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(f"tcp://{self.address}")
            while not self.done.is_set():
                try:
                    self.step(socket)
                    self.steps += 1
                except zmq.Again:
                    socket.poll(5, zmq.POLLOUT | zmq.POLLIN)

    def __enter__(self):
        self.start()
        wait_until(lambda: self.steps > 100, what="the flood flows")
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()


def flood_collect(address, frames):
    return Flood(zmq.PUSH, address, lambda socket: socket.send_multipart(frames, zmq.NOBLOCK))


def flood_control(address):
    request = [b"", msgpack.packb({"cmd": "STATUS"})]

    def step(socket):
        socket.send_multipart(request, zmq.NOBLOCK)
        while socket.poll(0):
            socket.recv_multipart()
    return Flood(zmq.DEALER, address, step)


@pytest.mark.parametrize("frames", [
    [b"\x03" + bytes(8) + b"\x01h" + bytes(62) + b"\x05flood" + bytes(58), b"\x81\xa1n\x01"],
    [b"malformed"],
], ids=["events", "malformed"])
def test_status_is_answered_while_the_collect_port_is_flooded(oxd, frames):
    node = oxd(files=True)
    control = Control(node.ports.control, timeout=30.0)
    with flood_collect(node.ports.collect, frames):
        for _ in range(10):
            started = time.monotonic()
            assert "events" in control.status()
            assert time.monotonic() - started < ANSWER_SECONDS


def test_events_are_stored_while_the_control_port_is_flooded(oxd, push):
    node = oxd(files=True)
    sender = push(node)
    with flood_control(node.ports.control), flood_control(node.ports.control):
        for round_number in range(5):
            started = time.monotonic()
            sender.push_numbers("t", round_number * 20, 20)
            wait_numbers(node.log_path, "t", range((round_number + 1) * 20))
            assert time.monotonic() - started < ANSWER_SECONDS


def test_a_flooded_control_port_answers_others_too(oxd):
    node = oxd()
    control = Control(node.ports.control, timeout=30.0)
    with flood_control(node.ports.control):
        for _ in range(5):
            started = time.monotonic()
            assert control.ping()["ok"] is True
            assert time.monotonic() - started < ANSWER_SECONDS


def test_a_peer_that_never_reads_its_answers_blocks_nobody(oxd):
    node = oxd()
    with zmq.Context.instance().socket(zmq.DEALER) as deaf:
        deaf.setsockopt(zmq.LINGER, 0)
        deaf.setsockopt(zmq.RCVHWM, 1)
        deaf.setsockopt(zmq.SNDTIMEO, 100)
        deaf.connect(f"tcp://{node.ports.control}")
        asked = 0
        try:
            for asked in range(20_000):
                deaf.send_multipart([b"", msgpack.packb({"cmd": "STATUS"})])
        except zmq.Again:
            pass
        assert asked > 100
        assert node.control.ping()["ok"] is True


def test_a_sender_over_the_link_is_served_while_collect_is_flooded(oxd, program):
    node = oxd(files=True)
    frames = [b"\x03" + bytes(8) + b"\x01h" + bytes(62) + b"\x05flood" + bytes(58), b"\x81\xa1n\x01"]
    with flood_collect(node.ports.collect, frames):
        ingest = program("oxingest", "-H", node.ports.collect, "calm", stdin=subprocess.PIPE)
        ingest.write(b"".join(b"%d\n" % n for n in range(100)))
        ingest.close_stdin()
        assert ingest.wait(30.0) == 0
