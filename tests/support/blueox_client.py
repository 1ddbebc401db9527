"""A BlueOx v3 client: events as a 137-byte meta frame and a MessagePack body, PUSHed to a collect port."""
import binascii
import contextlib
import datetime
import decimal
import logging
import os
import random
import struct
import threading
import time
import traceback

import msgpack
import zmq

META = struct.Struct(">Bd64p64p")
META_VERSION = 3
COLLECT_PORT = 3514
SEND_HWM = 3500
LINGER_MS = 2000
MAX_NAME = 64


def encode_meta(end, host, type_name, version=META_VERSION):
    return META.pack(version, end, to_bytes(host), to_bytes(type_name))


def decode_meta(frame):
    """(version, end, host, type), the names as bytes."""
    return META.unpack(frame)


def to_bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


def pack(value):
    """MessagePack's old specification: no str8, no bin."""
    return msgpack.packb(value, use_bin_type=False, default=_coerce)


def _coerce(value):
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.datetime):
        return time.mktime(value.utctimetuple())
    if isinstance(value, datetime.date):
        return value.strftime("%Y-%m-%d")
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def collect_endpoint(host=None):
    """"host[:port]" (default: $BLUEOX_HOST, then loopback) as a ZeroMQ endpoint."""
    host = host or os.environ.get("BLUEOX_HOST") or "127.0.0.1"
    if ":" not in host:
        host = f"{host}:{COLLECT_PORT}"
    return f"tcp://{host}"


def generate_id():
    return binascii.hexlify(struct.pack(">L", int(time.time())) + os.urandom(12)).decode()


def event(type_name, body, *, event_id=None, host="web-1", pid=4242, start=None, end=None):
    """One event as the two frames that travel."""
    end = time.time() if end is None else end
    start = end if start is None else start
    record = {"id": event_id or generate_id(), "type": type_name, "host": host, "pid": pid,
              "start": start, "end": end, "body": body}
    return [encode_meta(end, host, type_name), pack(record)]


class Recorder:
    """Sends events without ever blocking its caller: one PUSH socket for each thread."""

    def __init__(self, host=None):
        self.endpoint = collect_endpoint(host)
        self.local = threading.local()
        self.sockets = []

    def socket(self):
        if not hasattr(self.local, "socket"):
            socket = zmq.Context.instance().socket(zmq.PUSH)
            socket.setsockopt(zmq.SNDHWM, SEND_HWM)
            socket.setsockopt(zmq.LINGER, LINGER_MS)
            socket.connect(self.endpoint)
            self.local.socket = socket
            self.sockets.append(socket)
        return self.local.socket

    def __call__(self, type_name, host, record):
        if max(len(to_bytes(type_name)), len(to_bytes(host))) > MAX_NAME:
            raise ValueError("a type or host has at most 64 characters")
        try:
            body = pack(record)
        except (TypeError, ValueError, OverflowError):
            body = pack({**record, "body": None})
        self.socket().send_multipart([encode_meta(record["end"], host, type_name), body], zmq.NOBLOCK)

    def close(self):
        for socket in self.sockets:
            socket.close()


_state = threading.local()
_recorder = None


def configure(recorder):
    """Sends every event from now on to `recorder`, a callable like Recorder; None makes all no-ops."""
    global _recorder
    _recorder = recorder


def stack():
    if not hasattr(_state, "contexts"):
        _state.contexts = []
    return _state.contexts


def current_context():
    return stack()[-1] if stack() else None


class Context:
    """An event in the making. ".name" lies below the current context, "^.name" below the outermost."""

    def __init__(self, name, event_id=None, sample=None):
        parent = current_context()
        if name.startswith("."):
            if parent is None:
                raise ValueError(f"{name!r} needs a context around it")
            name = parent.name + name
        elif name.startswith("^"):
            if parent is None or not name.startswith("^."):
                raise ValueError(f"{name!r} needs a context around it")
            name = stack()[0].name + name[1:]
        self.name = name
        self.id = event_id or (parent.id if parent else generate_id())
        self.data = {}
        self.start = self.end = None
        self.enabled = sample is None or self.sampled(*sample)

    def sampled(self, which, rate):
        """One draw of the context that `which` names decides for all events below it."""
        family = {".": self, "..": current_context() or self, "^": stack()[0] if stack() else self}
        owner = family.get(which) or next((c for c in stack() if c.name == which), self)
        if not hasattr(owner, "draw"):
            owner.draw = random.random()
        return owner.draw <= rate

    def set(self, key, value):
        *path, last = key.split(".")
        target = self.data
        for part in path:
            target = target.setdefault(part, {})
        target[last] = value

    def append(self, key, value):
        *path, last = key.split(".")
        target = self.data
        for part in path:
            target = target.setdefault(part, {})
        target.setdefault(last, []).append(value)

    @contextlib.contextmanager
    def timeit(self, key):
        start = time.time()
        try:
            yield
        finally:
            self.set(key, time.time() - start)

    def __enter__(self):
        self.start = time.time()
        stack().append(self)
        return self

    def __exit__(self, *_):
        stack().remove(self)
        self.end = time.time()
        if self.enabled and _recorder is not None:
            host = os.uname().nodename
            _recorder(self.name, host, {"id": self.id, "type": self.name, "host": host,
                                        "pid": os.getpid(), "start": self.start, "end": self.end,
                                        "body": self.data})
        return False


def set(key, value):  # the name that BlueOx gave it
    if current_context():
        current_context().set(key, value)


def append(key, value):
    if current_context():
        current_context().append(key, value)


@contextlib.contextmanager
def timeit(key):
    context = current_context()
    with context.timeit(key) if context else contextlib.nullcontext():
        yield


class LogHandler(logging.Handler):
    """Log records as events: ".log" below the current context, "log" without one."""

    def __init__(self, type_name=".log"):
        super().__init__()
        self.type_name = type_name

    def emit(self, record):
        if record.name.startswith("blueox"):
            return
        name = self.type_name if current_context() else self.type_name.lstrip(".")
        with Context(name) as context:
            context.set("name", record.name)
            context.set("level", record.levelname)
            context.set("msg", record.getMessage())
            if record.exc_info:
                context.set("exception", "".join(traceback.format_exception(*record.exc_info)))


class Pusher:
    """PUSHes frames as they are, well made or not. Blocks, up to `timeout` seconds, rather than drop."""

    def __init__(self, host, hwm=SEND_HWM, timeout=60.0):
        self.socket = zmq.Context.instance().socket(zmq.PUSH)
        self.socket.setsockopt(zmq.SNDHWM, hwm)
        self.socket.setsockopt(zmq.SNDTIMEO, int(timeout * 1000))
        self.socket.setsockopt(zmq.LINGER, LINGER_MS)
        self.socket.connect(collect_endpoint(host))

    def push(self, *frames, block=True):
        self.socket.send_multipart(frames, 0 if block else zmq.NOBLOCK)

    def push_event(self, type_name, body, block=True, **kwargs):
        """Returns the body frame."""
        frames = event(type_name, body, **kwargs)
        self.push(*frames, block=block)
        return frames[1]

    def push_numbers(self, type_name, first, count, padding=0):
        """Events whose bodies are {"n": first}, {"n": first + 1}, ..."""
        for n in range(first, first + count):
            self.push_event(type_name, {"n": n, "pad": "x" * padding} if padding else {"n": n})

    def close(self, discard=False):
        self.socket.close(linger=0 if discard else None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
