"""The proxy between plain sockets: it carries what it should, and breaks what it is told to break."""
import random
import socket

import pytest

from tcp_proxy import BACK, FORTH, TcpProxy
from waiting import patient, wait_until

SHORT = 0.2  # seconds in which nothing must come


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(patient(20.0))
        yield server


@pytest.fixture
def proxy(listener):
    with TcpProxy("127.0.0.1:%d" % listener.getsockname()[1]) as between:
        yield between


@pytest.fixture
def connect(listener, proxy):
    """connect() gives the client's and the server's end of a connection through the proxy."""
    opened = []

    def make():
        host, port = proxy.address.split(":")
        before = proxy.connections()
        client = socket.create_connection((host, int(port)))
        server, _ = listener.accept()
        wait_until(lambda: proxy.connections() > before, what="the proxy has connected both")
        for end in (client, server):
            end.settimeout(patient(20.0))
            opened.append(end)
        return client, server
    yield make
    for end in opened:
        end.close()


def receive(end, count):
    data = b""
    while len(data) < count:
        piece = end.recv(count - len(data))
        assert piece, f"the end after {len(data)} of {count} bytes"
        data += piece
    return data


def assert_nothing_comes(end):
    end.settimeout(SHORT)
    with pytest.raises(TimeoutError):
        end.recv(1)
    end.settimeout(patient(20.0))


def test_bytes_pass_both_ways_unchanged(connect, proxy):
    client, server = connect()
    data = random.Random(1).randbytes(300_000)
    client.sendall(data[:1000])
    assert receive(server, 1000) == data[:1000]
    server.sendall(data[:2000])
    assert receive(client, 2000) == data[:2000]
    assert (proxy.passed(FORTH), proxy.passed(BACK)) == (1000, 2000)


def test_the_end_of_one_side_reaches_the_other(connect):
    client, server = connect()
    client.shutdown(socket.SHUT_WR)
    assert server.recv(1) == b""
    server.sendall(b"still")
    assert receive(client, 5) == b"still"


def test_a_cut_ends_both_sides_in_good_order(connect, proxy):
    client, server = connect()
    proxy.cut()
    assert client.recv(1) == b"" and server.recv(1) == b""
    connect()  # the next connection is taken


def test_a_reset_is_an_error_on_both_sides(connect, proxy):
    client, server = connect()
    proxy.reset()
    for end in (client, server):
        with pytest.raises(ConnectionResetError):
            end.recv(1)


@pytest.mark.parametrize("count", [1, 7, 100_000])
def test_a_reset_after_n_bytes_lets_exactly_these_through(connect, proxy, count):
    client, server = connect()
    proxy.reset_after(count, FORTH)
    client.sendall(b"x" * (count + 10))
    got = b""
    with pytest.raises(ConnectionResetError):
        while True:
            piece = server.recv(1 << 20)
            assert piece, "an end in good order"
            got += piece
    # A reset may overtake bytes that the receiver has not read yet; none come beyond the count.
    assert len(got) <= count and proxy.passed(FORTH) == count and proxy.resets() == 1
    client, server = connect()
    client.sendall(b"y" * 200_000)  # once is once
    receive(server, 200_000)


def test_a_half_close_leaves_the_other_direction(connect, proxy):
    client, server = connect()
    proxy.half_close(FORTH)
    assert server.recv(1) == b""
    server.sendall(b"acks")
    assert receive(client, 4) == b"acks"


def test_a_stalled_direction_carries_nothing_until_it_is_healed(connect, proxy):
    client, server = connect()
    proxy.stall(FORTH)
    client.sendall(b"late")
    assert_nothing_comes(server)
    server.sendall(b"acks")
    assert receive(client, 4) == b"acks"
    proxy.heal()
    assert receive(server, 4) == b"late"


def test_a_stall_fills_the_senders_buffers(connect, proxy):
    client, _ = connect()
    proxy.stall()
    client.settimeout(SHORT)
    with pytest.raises(TimeoutError):
        client.sendall(b"x" * (64 << 20))


def test_a_delay_holds_bytes_back(connect, proxy):
    client, server = connect()
    proxy.delay(2 * SHORT, FORTH)
    client.sendall(b"slow")
    assert_nothing_comes(server)
    assert receive(server, 4) == b"slow"


def test_a_partition_takes_no_connections_until_it_is_healed(connect, proxy):
    client, _ = connect()
    proxy.partition()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    host, port = proxy.address.split(":")
    with socket.create_connection((host, int(port))) as refused:
        refused.settimeout(patient(20.0))
        assert refused.recv(1) == b""
    assert proxy.connections() == 0
    proxy.heal()
    client, server = connect()
    client.sendall(b"back")
    assert receive(server, 4) == b"back"


def test_a_target_that_is_not_there_ends_the_connection(connect, proxy, listener):
    listener.close()
    host, port = proxy.address.split(":")
    with socket.create_connection((host, int(port))) as client:
        client.settimeout(patient(20.0))
        assert client.recv(1) == b""


def test_one_seed_gives_the_same_faults_and_all_kinds_come_up(connect, proxy):
    chance, again = random.Random(7), random.Random(7)
    faults = [proxy.random_fault(chance) for _ in range(200)]
    assert faults == [proxy.random_fault(again) for _ in range(200)]
    assert {fault.split()[0] for fault in faults} == {"cut", "reset", "half-close", "stall", "partition",
                                                      "delay"}
    proxy.heal()
    client, server = connect()
    client.sendall(b"alive")
    assert receive(server, 5) == b"alive"
    wait_until(lambda: proxy.connections() == 1, what="what was broken has gone")
