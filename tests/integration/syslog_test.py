"""--syslog-udp, --syslog-tcp and --syslog-unix: what is sent by hand, and by Python's handlers."""
import logging
import logging.handlers
import socket
import subprocess
import time
import urllib.request

import pytest

from feed_front import FeedFront, ended
from http_front import RestartInTheMiddle, logger_with
from processes import run
from waiting import patient, wait_until

EXAMPLE = b'<34>1 2003-10-11T22:14:15.003Z host su - ID47 [ex@1 a="b\\"c"] \xef\xbb\xbfhi'
WAYS = ("udp", "tcp", "unix")


class Syslog(FeedFront):
    """oxingest that listens in every way."""

    def __init__(self, program, node, directory, *settings):
        self.path = str(directory / "log.socket")
        more = "".join("," + setting for setting in settings)
        super().__init__(program, node, "--syslog-udp", "127.0.0.1:0" + more, "--syslog-tcp",
                         "127.0.0.1:0" + more, "--syslog-unix", self.path + more)

    def give(self, way, *messages):
        """Each as a datagram, or as a line of one connection."""
        if way == "tcp":
            return self.send("syslog_tcp", b"".join(message + b"\n" for message in messages))
        family, to = ((socket.AF_INET, self.address("syslog_udp")) if way == "udp"
                      else (socket.AF_UNIX, self.path))
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            for message in messages:
                sender.sendto(message, to)

    def handler(self, way):
        handler = logging.handlers.SysLogHandler(
            *((self.path,) if way == "unix" else (self.address("syslog_" + way),)),
            socktype=socket.SOCK_STREAM if way == "tcp" else socket.SOCK_DGRAM)
        handler.ident = "app: "
        return handler


@pytest.fixture
def syslog(oxd, program, tmp_path):
    def start(*settings, **node):
        return Syslog(program, oxd("collector", files=True, **node), tmp_path, *settings)
    return start


@pytest.mark.parametrize("way", WAYS)
def test_the_cases_of_both_formats(syslog, way):
    front = syslog()
    before = time.time()
    front.give(way, EXAMPLE)
    front.wait_events(1, "syslog")
    front.give(way, b"<13>Feb  5 17:32:18 10.0.0.99 app[42]: x")
    front.wait_events(2, "syslog")
    front.give(way, b"hello")
    new, old, plain = front.wait_events(3, "syslog")
    assert new["host"] == "host" and new["end"] == 1065910455.003 and "pid" not in new
    received = new["body"].pop("received")
    assert before <= received <= time.time()
    assert new["body"] == {"level": 50, "name": "su", "message": "hi", "facility": 4,
                           "facility_name": "auth", "severity": 2, "msgid": "ID47",
                           "sd": {"ex@1": {"a": 'b"c'}}, "timestamp": "2003-10-11T22:14:15.003Z"}
    assert old["pid"] == 42 and old["host"] == "10.0.0.99"
    assert old["body"]["name"] == "app" and old["body"]["message"] == "x"
    # Of the year in which that is nearest; the zone is the program's, UTC here.
    assert time.gmtime(old["end"])[1:6] == (2, 5, 17, 32, 18)
    assert abs(old["end"] - time.time()) < 184 * 86400
    assert plain["body"] == {"level": 25, "message": "hello", "facility": 1,
                             "facility_name": "user", "severity": 5}
    assert plain["host"] == "front" and before <= plain["end"] <= time.time()


def test_counted_octets_and_lines_on_one_connection(syslog):
    front = syslog()
    front.send("syslog_tcp", b"19 <13>1 - - - - - - x20 <14>1 - - - - - - yz<15>a line\r\n"
               b"<16>no end")
    events = front.wait_events(4, "syslog")
    assert [(e["body"]["message"], e["body"]["facility"] * 8 + e["body"]["severity"])
            for e in events] == [("x", 13), ("yz", 14), ("a line", 15), ("no end", 16)]


def test_a_broken_length_costs_the_connection_and_no_more(syslog):
    front = syslog()
    with front.connect("syslog_tcp") as connection:
        connection.sendall(b"<13>before\n99999999999 x")
        assert ended(connection)
    front.give("tcp", b"<13>after")
    assert [e["body"]["message"] for e in front.wait_events(2, "syslog")] == ["before", "after"]
    assert front.counter("stream_syslog_tcp_broken") == 1


def test_a_line_over_the_limit_comes_in_pieces(oxd, program):
    front = FeedFront(program, oxd("collector", files=True), "--syslog-tcp", "127.0.0.1:0",
                      "--max-event-size", "4KiB")
    text = "".join(f"{n:07d} " for n in range(1000))
    front.send("syslog_tcp", f"<27>Feb  5 17:32:18 h app[7]: {text}\n<13>next\n".encode())
    wait_until(lambda: any(e["body"]["message"] == "next" for e in front.events("syslog")), 30.0)
    *pieces, last = front.events("syslog")
    assert len(pieces) > 1 and last["body"]["message"] == "next"
    assert "".join(e["body"]["message"] for e in pieces).rstrip() == text.rstrip()
    assert [e["body"].get("partial", False) for e in pieces] == [True] * (len(pieces) - 1) + [False]
    assert {(e["host"], e["pid"], e["body"]["name"], e["body"]["level"]) for e in pieces} == \
        {("h", 7, "app", 40)}


def test_a_large_datagram_is_whole(syslog):
    front = syslog()
    front.give("udp", b"<13>" + b"x" * 60000)
    front.give("unix", b"<13>" + b"y" * 60000)
    assert {e["body"]["message"] for e in front.wait_events(2, "syslog")} == {"x" * 60000, "y" * 60000}


@pytest.mark.parametrize("way", WAYS)
def test_pythons_handler(syslog, way):
    front = syslog()
    handler = front.handler(way)
    logger = logger_with(handler)
    logger.error("boom %d", 3)
    logger.critical("two\nlines")
    logger.log(35, "no name for this level")
    handler.close()
    first, second, third = front.wait_events(3, "syslog")
    assert first["body"]["message"] == "boom 3" and first["body"]["name"] == "app"
    assert first["body"]["facility"] == 1 and first["body"]["level"] == 40
    assert second["body"]["message"] == "two\nlines" and second["body"]["level"] == 50
    assert third["body"]["level"] == 30


@pytest.mark.parametrize("way", WAYS)
def test_pythons_handler_loses_nothing_while_the_collector_is_killed_and_started_again(syslog, way):
    """oxingest is there all the time, and the events wait in it."""
    front = syslog(same_ports=True)
    handler = front.handler(way)
    logger = logger_with(handler)
    with RestartInTheMiddle(front.node, 1000) as collector:
        for n in range(1000):
            logger.info("event %d", n)
            # UDP's buffer is large enough for all of them; a unix socket makes the sender wait.
            collector.sent()
    handler.close()
    events = front.wait_events(1000, "syslog")
    assert [e["body"]["message"] for e in events] == [f"event {n}" for n in range(1000)]


@pytest.mark.parametrize("way", WAYS)
def test_logger_of_util_linux(syslog, way):
    """One process for each event, as it is used: 1,000 of them while the collector is away for a while."""
    front = syslog(same_ports=True)
    host, port = front.address("syslog_" + way) if way != "unix" else ("", 0)
    where = {"udp": ["--udp", "--server", host, "--port", str(port), "--rfc3164"],
             "tcp": ["--tcp", "--octet-count", "--server", host, "--port", str(port), "--rfc5424"],
             "unix": ["--socket", front.path]}[way]
    with RestartInTheMiddle(front.node, 1000) as collector:
        for start in range(0, 1000, 100):
            # Each line of the input is a message.
            text = "".join(f"event {n}\n" for n in range(start, start + 100))
            subprocess.run(["logger", *where, "--tag", "backup", "--id=42", "--priority", "daemon.warning"],
                           input=text.encode(), check=True, timeout=patient(60.0))
            collector.sent(100)
    events = front.wait_events(1000, "syslog")
    # Ten senders, one after the other; their datagrams and connections are read in any order.
    assert sorted(e["body"]["message"] for e in events) == sorted(f"event {n}" for n in range(1000))
    assert {(e["pid"], e["body"]["name"], e["body"]["facility"], e["body"]["level"])
            for e in events} == {(42, "backup", 3, 30)}
    assert all("timestamp" in e["body"] for e in events)


def test_pickles_are_dropped_with_a_hint(syslog):
    front = syslog()
    stream = logging.handlers.SocketHandler(*front.address("syslog_tcp"))
    logger_with(stream).error("never read")
    assert ended(stream.sock)
    stream.close()
    datagrams = logging.handlers.DatagramHandler(*front.address("syslog_udp"))
    logger_with(datagrams).error("never read")
    logger_with(datagrams).error("never read")
    datagrams.close()
    front.wait_counter("stream_syslog_tcp_pickles", 1)
    front.wait_counter("stream_syslog_udp_pickles", 2)
    front.give("tcp", b"<13>x")
    assert [e["body"]["message"] for e in front.wait_events(1, "syslog")] == ["x"]
    hints = [line for line in front.program.stderr().splitlines() if "SysLogHandler" in line]
    assert len(hints) == 2, hints


def test_types_by_a_template(syslog):
    front = syslog("type=sys.{facility_name}.{name|none}")
    front.give("udp", b"<34>1 - - su - - - x")
    front.give("tcp", b"<13>y")
    front.wait_events(1, "sys.auth.su")
    front.wait_events(1, "sys.user.none")


def test_what_has_arrived_is_delivered_at_the_end(syslog):
    front = syslog()
    connection = front.connect("syslog_tcp")
    connection.sendall(b"".join(b"<13>event %d\n" % n for n in range(20000)) + b"<13>last")
    front.give("unix", *(b"<13>datagram %d" % n for n in range(5)))
    assert front.program.stop() == 0
    connection.close()
    messages = [e["body"]["message"] for e in front.events("syslog")]
    assert len(messages) == 20006 and messages.count("last") == 1


def test_what_waits_for_the_collector_at_the_end_is_told(oxd, program, tmp_path):
    node = oxd("collector", files=True, same_ports=True)
    front = Syslog(program, node, tmp_path)
    node.kill()
    front.give("tcp", *(b"<13>event %d" % n for n in range(10)))
    front.wait_counter("stream_syslog_tcp_events", 10)
    front.program.expected_codes = {1}
    front.program.signal(15)
    front.program.signal(15)
    assert front.program.wait() == 1
    assert "10 events were not acknowledged" in front.program.stderr()


def test_with_a_spool_events_outlive_oxingest(oxd, program, tmp_path):
    node = oxd("collector", files=True, same_ports=True)
    options = ("--spool-path", tmp_path / "spool", "--syslog-tcp", "127.0.0.1:0")
    front = FeedFront(program, node, *options)
    node.kill()
    front.send("syslog_tcp", b"".join(b"<13>event %d\n" % n for n in range(100)))
    front.wait_counter("gate_events", 100)
    # Answered when it is in the spool, behind all that came before it.
    request = urllib.request.Request(f"http://{front.ports['http']}/api/v1/events/marker", b"{}",
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=patient(60.0)) as answer:
        assert answer.status // 100 == 2
    front.program.kill()
    node.start()
    again = FeedFront(program, node, *options)
    messages = [e["body"]["message"] for e in again.wait_events(100, "syslog")]
    assert messages == [f"event {n}" for n in range(100)]


@pytest.mark.parametrize("options, complaint", [
    (["--syslog-udp", "h:1:2"], "--syslog-udp"),
    (["--syslog-udp", "ipc:///x"], "no address of an IP network"),
    (["--syslog-udp", "127.0.0.1:0,tpye=x"], "'tpye=x' is no setting of --syslog-udp"),
    (["--syslog-udp", "127.0.0.1:0,type={x"], "type: column 1"),
    (["--syslog-tls", "127.0.0.1:0"], "cert= is missing"),
    (["--syslog-unix", ""], "the path of a socket is empty"),
    (["--syslog-tcp", "127.0.0.1:0", "--v3"], "--syslog-tcp needs a link"),
])
def test_wrong_options(options, complaint):
    result = run("oxingest", *options)
    assert result.code == 2 and len(result.error_lines()) == 1, result
    assert complaint in result.stderr


def test_an_address_in_use_is_told(syslog, tmp_path):
    front = syslog()
    for option, where in (("--syslog-udp", front.ports["syslog_udp"]),
                          ("--syslog-tcp", front.ports["syslog_tcp"]), ("--syslog-unix", front.path)):
        result = run("oxingest", option, where)
        assert result.code == 1 and where in result.stderr, result
