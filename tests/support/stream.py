"""Subscribers to the stream ([type][body]) and to the tail ([type][body][position])."""
import struct
import uuid
from typing import NamedTuple

import zmq

from waiting import patient

TAIL_VERSION = 1
TAIL_HEAD = struct.Struct("<B16sQQH")


class TailPosition(NamedTuple):
    boot_id: uuid.UUID
    sequence: int
    file_offset: int
    file: str


def decode_tail_position(frame):
    version, boot, sequence, offset, length = TAIL_HEAD.unpack_from(frame)
    assert version == TAIL_VERSION, version
    name = frame[TAIL_HEAD.size:TAIL_HEAD.size + length]
    assert len(name) == length, "a cut tail position"
    return TailPosition(uuid.UUID(bytes=boot), sequence, offset, name.decode())


def encode_tail_position(position):
    name = position.file.encode()
    return TAIL_HEAD.pack(TAIL_VERSION, position.boot_id.bytes, position.sequence,
                          position.file_offset, len(name)) + name


class Subscriber:
    """A SUB socket. `hwm` bounds what waits unread; a subscriber that never reads is a slow one."""

    def __init__(self, host, port, prefixes=(b"",), hwm=1000):
        self.socket = zmq.Context.instance().socket(zmq.SUB)
        self.socket.setsockopt(zmq.RCVHWM, hwm)
        self.socket.setsockopt(zmq.LINGER, 0)
        for prefix in prefixes:
            self.socket.setsockopt(zmq.SUBSCRIBE, prefix)
        self.socket.connect(f"tcp://{host}:{port}")

    def receive(self, timeout=10.0):
        """The frames of the next message; None when none comes within `timeout` seconds."""
        if not self.socket.poll(int(patient(timeout) * 1000)):
            return None
        return self.socket.recv_multipart()

    def receive_many(self, count, timeout=20.0):
        messages = []
        while len(messages) < count:
            message = self.receive(timeout)
            assert message is not None, f"only {len(messages)} of {count} messages came"
            messages.append(message)
        return messages

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
