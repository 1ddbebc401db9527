"""The control port: one REQ socket for each question, so that an unanswered one spoils nothing."""
import msgpack
import zmq

from waiting import patient


class NoAnswer(ConnectionError):
    """Nobody answered in time."""


class Control:
    def __init__(self, address, timeout=5.0):
        self.address = address
        self.timeout = timeout

    def raw(self, *frames, timeout=None):
        """Sends these frames; returns the frames of the reply."""
        seconds = patient(timeout or self.timeout)
        with zmq.Context.instance().socket(zmq.REQ) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(f"tcp://{self.address}")
            socket.send_multipart(frames)
            if not socket.poll(int(seconds * 1000)):
                raise NoAnswer(f"no answer from {self.address} within {seconds:.0f} s")
            return socket.recv_multipart()

    def request(self, message, timeout=None):
        (reply,) = self.raw(msgpack.packb(message, use_bin_type=False), timeout=timeout)
        return unpack(reply)

    def command(self, name, timeout=None, **arguments):
        return self.request({"cmd": name, **arguments}, timeout)

    def status(self, timeout=None):
        return self.command("STATUS", timeout)

    def ping(self):
        return self.command("PING")

    def shutdown(self):
        return self.command("SHUTDOWN")

    def flush(self):
        return self.command("FLUSH", timeout=40.0)

    def forward(self, op, *targets):
        return self.command("FORWARD", op=op, targets=list(targets))

    def log_level(self, level=None):
        return self.command("LOG_LEVEL", **({"level": level} if level else {}))

    def sock_stream(self):
        return self.command("SOCK_STREAM")["port"]

    def sock_collect(self):
        return self.command("SOCK_COLLECT")["port"]

    def sock_link(self):
        return self.command("SOCK_LINK")["port"]

    def sock_tail(self):
        return self.command("SOCK_TAIL")["port"]

    # Figures of STATUS that many tests ask for.

    def received(self, type_name):
        """Events of this type that the node has taken."""
        return self.status()["events"].get(type_name, {}).get("count", 0)

    def rejected(self, stage):
        """Sum of the rejects that `stage` ("collect", "link", "control") has counted."""
        return sum(rejects(self.status(), stage).values())

    def subscribers(self):
        return self.status()["streams"]["subscribers"]


def unpack(reply):
    return msgpack.unpackb(reply, raw=False, unicode_errors="surrogateescape", strict_map_key=False)


def rejects(status, stage):
    """The counters of rejects in `stage`: {name: count}."""
    return {name: count for name, count in status["counters"].items()
            if stage in name and "rejected" in name}


def dropped_events(status):
    """Events that were given up: the sum of every counter of drops that counts events."""
    return sum(count for name, count in status["counters"].items()
               if "dropped" in name and not name.endswith(("bytes", "batches")))


def output_to(status, target):
    """The entry of `outputs` that leads to `target`, a Node."""
    for output in status["outputs"]:
        if leads_to(output["target"], target):
            return output
    return None


def leads_to(text, node):
    """True when `text` names this node by its collect or its link address."""
    return any(text.endswith(address) for address in (node.ports.collect, node.ports.link))
