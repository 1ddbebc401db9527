"""An application with the C++ client library: its events over the link and to an oxd of the old kind, in the
files of a collector."""
import subprocess

import msgpack
import pytest
import zmq

import blueox_client as blueox
import logfiles
from logfiles import wait_numbers
from waiting import wait_until

THREADS = 4


@pytest.fixture
def driver(program):
    """Starts a client_driver; its end is told with finish()."""
    def start(address, events, linger_ms=60000, queue_events=1000000, *more):
        started = program("client_driver", address, THREADS, events, linger_ms, queue_events, *more,
                          stdin=subprocess.PIPE)
        wait_until(lambda: started.output() or started.check_alive(), 60.0, "all contexts have ended")
        return started
    return start


def finish(started):
    """What became of its events, after shutdown()."""
    started.close_stdin()
    assert started.wait(120.0) == 0
    return started.documents()[-1]


def check_files(collector, events):
    for thread in range(THREADS):
        wait_numbers(collector.log_path, f"load.{thread}", range(events))
        wait_numbers(collector.log_path, f"load.{thread}.step", range(events))
        outer = logfiles.events(collector.log_path, f"load.{thread}")
        inner = logfiles.events(collector.log_path, f"load.{thread}.step")
        assert [event["id"] for event in outer] == [event["id"] for event in inner]
        assert len({event["id"] for event in outer}) == events
        for event in inner:
            assert event["start"] <= event["end"]
            assert event["body"]["text"] == ["x" * 40] and event["body"]["seconds"] >= 0


@pytest.mark.parametrize("scheme", ["", "link://", "blueox://"])
def test_events_of_many_threads_reach_the_files_each_threads_in_order(oxd, driver, scheme):
    collector = oxd("collector", files=True, same_ports=True)
    address = collector.ports.link if scheme == "link://" else collector.ports.collect
    app = driver(scheme + address, 1000)
    stats = finish(app)
    total = 2 * THREADS * 1000
    assert stats == {"submitted": total, "sent": total, "queued": 0, "overflowed": 0, "refused": 0,
                     "lost": 0, "misuses": 0, "complete": True}
    check_files(collector, 1000)
    assert app.stderr() == ""


def test_the_bytes_are_those_of_a_blueox_client(driver):
    """Two frames, which the tests' own client packs to the same bytes"""
    with zmq.Context.instance().socket(zmq.PULL) as old_oxd:
        port = old_oxd.bind_to_random_port("tcp://127.0.0.1")
        app = driver(f"blueox://127.0.0.1:{port}", 20)
        for _ in range(2 * THREADS * 20):
            assert old_oxd.poll(20000)
            meta, body = old_oxd.recv_multipart()
            record = msgpack.unpackb(body, raw=False)
            assert list(record) == ["id", "type", "host", "pid", "start", "end", "body"]
            assert blueox.pack(record) == body
            assert blueox.encode_meta(record["end"], record["host"], record["type"]) == meta
            assert record["pid"] == app.pid
        assert finish(app)["complete"]


def test_events_wait_for_a_collector_that_is_away(oxd, driver):
    collector = oxd("collector", files=True, same_ports=True)
    collector.stop()
    app = driver(collector.ports.collect, 500)
    collector.start()
    assert finish(app)["complete"]
    check_files(collector, 500)


def test_a_collector_that_starts_again_misses_nothing_and_takes_nothing_twice(oxd, driver):
    collector = oxd("collector", files=True, same_ports=True)
    app = driver(collector.ports.collect, 2000)
    collector.kill()
    collector.start()
    stats = finish(app)
    assert stats["complete"] and stats["sent"] == 2 * THREADS * 2000
    check_files(collector, 2000)


def test_the_end_of_the_program_sends_what_is_queued(oxd, driver):
    collector = oxd("collector", files=True, same_ports=True)
    app = driver(collector.ports.collect, 500, 60000, 1000000, "exit")
    app.close_stdin()
    assert app.wait(120.0) == 0
    check_files(collector, 500)
    wait_numbers(collector.log_path, "last", range(1))


def test_without_the_first_collector_events_go_to_the_second(oxd, driver, dead_address):
    collector = oxd("collector", files=True, same_ports=True)
    app = driver(f"{dead_address},{collector.ports.collect}", 100)
    assert finish(app)["complete"]
    check_files(collector, 100)


def test_without_a_collector_the_queue_is_bounded_and_every_loss_is_counted(driver, dead_address):
    app = driver(dead_address, 100, linger_ms=50, queue_events=300)
    total = 2 * THREADS * 100
    assert finish(app) == {"submitted": total, "sent": 0, "queued": 0, "overflowed": total - 300,
                           "refused": 0, "lost": 300, "misuses": 0, "complete": False}
    assert app.stderr() == ""
