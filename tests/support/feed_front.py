"""oxingest with a stream protocol in front of a collector, and connections to it."""
import http.client
import json
import socket

import logfiles
from processes import clean_environment
from waiting import patient, wait_until


class FeedFront:
    """`options`: those of the protocols. ports: where they listen, as --print-ports says it."""

    def __init__(self, program, node, *options):
        self.program = program("oxingest", "-H", node.ports.collect, "--record-ids",
                               node.ports.control, "--node-name", "front", "--http", "127.0.0.1:0",
                               "--print-ports", *options, env=clean_environment())
        self.node = node
        line = wait_until(lambda: self.program.output() or self.program.check_alive(), 30.0,
                          "oxingest prints its ports")[0]
        self.ports = json.loads(line)

    def address(self, port):
        host, _, number = self.ports[port].rpartition(":")
        return host, int(number)

    def connect(self, port):
        connection = socket.create_connection(self.address(port), timeout=patient(60.0))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def send(self, port, data):
        """Over a connection of its own, which is closed."""
        with self.connect(port) as connection:
            connection.sendall(data)

    def send_datagram(self, port, data):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(data, self.address(port))

    def counter(self, name):
        """The value of a counter of oxingest's; 0 until it has counted."""
        connection = http.client.HTTPConnection(self.ports["http"], timeout=patient(60.0))
        try:
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        finally:
            connection.close()
        values = dict(line.split(" ") for line in lines if not line.startswith("#"))
        return int(values.get(f"oxingest_{name}_total", 0))

    def wait_counter_at_least(self, name, value):
        wait_until(lambda: self.counter(name) >= value, 30.0,
                   lambda: f"{name} is {self.counter(name)}, not yet {value}")

    def wait_counter(self, name, value):
        self.wait_counter_at_least(name, value)
        assert self.counter(name) == value

    def events(self, type_name):
        return logfiles.events(self.node.log_path, type_name)

    def wait_events(self, count, type_name, timeout=60.0):
        wait_until(lambda: len(self.events(type_name)) >= count or self.program.check_alive(),
                   timeout, lambda: f"{len(self.events(type_name))} of {count} {type_name}")
        events = self.events(type_name)
        assert len(events) == count, f"{len(events)} {type_name}, and not {count}"
        return events


def receive(connection, size):
    """Exactly so many bytes."""
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        assert piece, f"the connection ended behind {data!r}"
        data += piece
    return data


def ended(connection):
    """True when the other side closes, having sent nothing more."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
