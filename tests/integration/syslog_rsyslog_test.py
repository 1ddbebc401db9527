"""rsyslog's omfwd and omrelp, as Debian has them, deliver to --syslog-udp, --syslog-tcp and --relp."""
import pytest

from feed_front import FeedFront
from http_front import RestartInTheMiddle
from ports import PortLease
from rsyslogd import Rsyslogd
from waiting import wait_until

FORWARD = """
template(name="rfc3164" type="string"
         string="<%PRI%>%TIMESTAMP:::date-rfc3164% %HOSTNAME% %syslogtag%:%msg:::sp-if-no-1st-sp%%msg%")
template(name="rfc3339" type="string"
         string="<%PRI%>%TIMESTAMP:::date-rfc3339% %HOSTNAME% %syslogtag%:%msg:::sp-if-no-1st-sp%%msg%")
ruleset(name="main" queue.type="LinkedList") {{
  action(type="omfwd" target="127.0.0.1" port="{port}" protocol="{protocol}" template="{template}"
         {more} action.resumeRetryCount="-1" action.resumeInterval="1")
}}
"""
RELP = """
module(load="omrelp")
ruleset(name="main") {{
  action(type="omrelp" target="127.0.0.1" port="{port}" template="{template}"
         action.resumeRetryCount="-1" action.resumeInterval="1")
}}
"""
RFC5424 = "RSYSLOG_SyslogProtocol23Format"


@pytest.fixture
def rsyslogd(tmp_path):
    started = []

    def start(rules):
        started.append(Rsyslogd(tmp_path / "rsyslog", rules))
        return started[-1]
    yield start
    for one in started:
        one.stop()


def messages(front):
    return [event["body"]["message"] for event in front.events("syslog")]


def wait_messages(front, sender, expected):
    wait_until(lambda: set(messages(front)) >= expected or sender.check_alive(), 120.0,
               lambda: f"{len(set(messages(front)))} of {len(expected)}: {sender.complaints()}")


@pytest.mark.parametrize("protocol, template, more", [
    ("udp", "rfc3164", ""), ("tcp", RFC5424, 'TCP_Framing="octet-counted"'), ("tcp", "rfc3339", "")])
def test_forwarded_events_while_the_collector_is_killed_and_started_again(
        oxd, program, rsyslogd, protocol, template, more):
    front = FeedFront(program, oxd("collector", files=True, same_ports=True),
                      "--syslog-" + protocol, "127.0.0.1:0")
    _, port = front.address("syslog_" + protocol)
    sender = rsyslogd(FORWARD.format(port=port, protocol=protocol, template=template, more=more))
    expected = {f"event {n}" for n in range(1000)}
    with RestartInTheMiddle(front.node, 1000) as collector:
        for start in range(0, 1000, 100):
            sender.write(f"event {n}" for n in range(start, start + 100))
            if start < 300:
                wait_messages(front, sender, {f"event {n}" for n in range(start + 100)})
            collector.sent(100)
    wait_messages(front, sender, expected)
    assert sorted(messages(front)) == sorted(expected)
    events = front.events("syslog")
    assert {(e["body"]["name"], e["body"]["facility"], e["body"]["level"]) for e in events} == \
        {("app", 16, 25)}
    assert all(abs(e["end"] - e["body"]["received"]) < 600 and e["host"] for e in events)


def relp_front(program, node, lease):
    return FeedFront(program, node, "--relp", lease.address())


@pytest.fixture
def relp_port():
    lease = PortLease()
    yield lease
    lease.close()


def test_relp_loses_nothing_when_collector_and_oxingest_are_killed(oxd, program, rsyslogd, relp_port):
    """What was not answered is sent again, and may be there twice; what was answered is there."""
    node = oxd("collector", files=True, same_ports=True)
    front = relp_front(program, node, relp_port)
    sender = rsyslogd(RELP.format(port=relp_port.first, template=RFC5424))
    expected = {f"event {n}" for n in range(1000)}
    with RestartInTheMiddle(node, 1000) as collector:
        for start in range(0, 1000, 100):
            sender.write(f"event {n}" for n in range(start, start + 100))
            if start < 300:
                wait_messages(front, sender, {f"event {n}" for n in range(start + 100)})
            if start == 600:
                front.program.kill()
                front = relp_front(program, node, relp_port)
            collector.sent(100)
    wait_messages(front, sender, expected)
    assert set(messages(front)) == expected
    # A window of messages for each of the two that were killed.
    assert len(messages(front)) < 1000 + 2 * 200


def test_relp_is_answered_when_the_collector_has_it_and_not_before(oxd, program, relp_port):
    node = oxd("collector", files=True, same_ports=True)
    front = relp_front(program, node, relp_port)
    with front.connect("relp") as client:
        lines = client.makefile("rb")

        def answer():
            number, word, size, *rest = lines.readline().rstrip(b"\n").split(b" ", 3)
            data = b" ".join(rest)
            while len(data) < int(size):
                data += b"\n" + lines.readline().rstrip(b"\n")
            return int(number), word, data

        offers = b"relp_version=0\ncommands=syslog"
        client.sendall(b"1 open %d %s\n" % (len(offers), offers))
        number, word, data = answer()
        assert (number, word) == (1, b"rsp") and data.startswith(b"200 OK\nrelp_version=0\n")
        assert b"commands=syslog" in data
        client.sendall(b"2 syslog 10 <11>app: x\n")
        assert answer() == (2, b"rsp", b"200 OK")
        assert [e["body"]["message"] for e in front.wait_events(1, "syslog")] == ["x"]
        client.sendall(b"3 eat 4 cake\n")
        assert answer() == (3, b"rsp", b"500 there is no command eat")
        node.kill()
        client.sendall(b"4 syslog 10 <11>app: y\n5 syslog 10 <11>app: z\n6 close 0\n")
        front.wait_counter("stream_relp_events", 1)
        node.start()
        assert [answer(), answer(), answer()] == [(4, b"rsp", b"200 OK"), (5, b"rsp", b"200 OK"),
                                                  (6, b"rsp", b"")]
        assert lines.read() == b""
    assert [e["body"]["message"] for e in front.wait_events(3, "syslog")] == ["x", "y", "z"]


@pytest.mark.parametrize("bytes_sent", [b"<13>hello\n", b"1 syslog 5 hello\n", b"1 syslog 99999999 x"])
def test_what_is_no_relp_is_closed(oxd, program, relp_port, bytes_sent):
    front = relp_front(program, oxd("collector", files=True), relp_port)
    with front.connect("relp") as client:
        client.sendall(bytes_sent)
        answer = b"".join(iter(lambda: client.recv(100), b""))
        assert answer in (b"", b"1 rsp 20 500 open comes first\n")
    front.wait_counter("stream_relp_broken", 1)
