"""python-logstash-async, as its users install it, with oxingest in the place of Logstash."""
import logging

import pytest
from logstash_async.handler import AsynchronousLogstashHandler

from feed_front import FeedFront
from http_front import RestartInTheMiddle


@pytest.fixture
def front(oxd, program):
    return FeedFront(program, oxd("collector", files=True, same_ports=True), "--logstash-tcp",
                     "127.0.0.1:0", "--logstash-udp", "127.0.0.1:0", "--beats", "127.0.0.1:0")


def logger_to(front, port, transport):
    host, number = front.address(port)
    logger = logging.Logger("app.db", logging.DEBUG)
    handler = AsynchronousLogstashHandler(
        host, number, database_path=None, transport=f"logstash_async.transport.{transport}")
    logger.addHandler(handler)
    return logger, handler


@pytest.mark.parametrize("port, transport", [("logstash_tcp", "TcpTransport"),
                                             ("logstash_udp", "UdpTransport"),
                                             ("beats", "BeatsTransport")])
def test_its_records_are_events(front, port, transport):
    if transport == "BeatsTransport":
        pytest.importorskip("pylogbeat")
    logger, handler = logger_to(front, port, transport)
    logger.error("no connection to %s", "db-1", extra={"attempt": 3})
    handler.flush()
    (event,) = front.wait_events(1, "python-logstash")
    assert event["body"]["level"] == 40 and event["body"]["message"] == "no connection to db-1"
    assert event["body"]["name"] == "app.db" and event["body"]["extra"]["attempt"] == 3
    handler.close()


def test_a_thousand_records_arrive_while_the_collector_is_killed(front):
    """It sends a connection for each batch, and hears nothing: what waits is held back by us."""
    logger, handler = logger_to(front, "logstash_tcp", "TcpTransport")
    with RestartInTheMiddle(front.node, 1000) as middle:
        for n in range(1000):
            logger.info("record %d", n)
            middle.sent()
    handler.flush()
    events = front.wait_events(1000, "python-logstash")
    handler.close()
    assert sorted(int(event["body"]["message"].split()[1]) for event in events) == list(range(1000))
