"""rsyslog's omelasticsearch, as Debian has it, delivers to oxingest."""
import pytest

from http_front import Front, RestartInTheMiddle
from rsyslogd import Rsyslogd
from waiting import wait_until

# As docs/http.md has it: what is answered comes back here with its status, when anything in its
# request was not stored.
RULES = """
template(name="document" type="list") {{
  constant(value="{{")
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  constant(value=",")
  property(outname="host" name="hostname" format="jsonf")
  constant(value=",")
  property(outname="level" name="syslogseverity-text" format="jsonf")
  constant(value=",")
  property(outname="program" name="programname" format="jsonf")
  constant(value=",")
  property(outname="message" name="msg" format="jsonf")
  constant(value="}}")
}}
template(name="again" type="string" string="%$!all-json%")
ruleset(name="main") {{
  action(type="omelasticsearch" server="http://{address}" searchIndex="rsyslog-{batch}"
         searchType="" template="document" bulkmode="on" action.resumeRetryCount="-1"
         action.resumeInterval="1" retryfailures="on" retryruleset="again")
}}
ruleset(name="again") {{
  if $.omes!status == 201 or $.omes!status == 400 then stop
  action(type="omelasticsearch" server="http://{address}" searchIndex="rsyslog-{batch}"
         searchType="" template="again" bulkmode="on" action.resumeRetryCount="-1"
         action.resumeInterval="1" retryfailures="on" retryruleset="again")
}}
"""
TYPE = "rsyslog-50"


@pytest.fixture
def rsyslogd(tmp_path):
    started = []

    def start(oxingest):
        started.append(Rsyslogd(tmp_path / "rsyslog",
                                RULES.format(address=oxingest.address, batch=50)))
        return started[-1]
    yield start
    for one in started:
        one.stop()


def messages(oxingest):
    return [event["body"]["message"] for event in oxingest.events(TYPE)]


def test_what_rsyslog_reads_becomes_events(oxd, program, rsyslogd):
    oxingest = Front(program, oxd("collector", files=True), listen="127.0.0.1:0,profile=es")
    sender = rsyslogd(oxingest)
    sender.write(["hello \"world\"", "gr\u00fc\u00dfe"])
    first, second = oxingest.wait_events(2, TYPE)
    assert first["body"]["message"] == "hello \"world\"" and second["body"]["message"] == "gr\u00fc\u00dfe"
    assert first["body"]["level"] == 25 and first["body"]["name"] == "app"
    assert first["host"] and "host" not in first["body"]
    assert first["body"]["_index"] == TYPE


def test_rsyslog_loses_nothing_when_the_collector_is_killed_and_started_again(oxd, program, rsyslogd):
    """1,000 events in requests of up to 50. What was in doubt is sent again, and may be there twice."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node, listen="127.0.0.1:0,profile=es")
    sender = rsyslogd(oxingest)
    expected = {f"event {n}" for n in range(1000)}
    with RestartInTheMiddle(node, 1000, hold_at=0.6) as collector:
        for start in range(0, 1000, 100):
            sender.write(f"event {n}" for n in range(start, start + 100))
            # In the files, until the collector is about to be killed; then nothing is waited for.
            if start < 300:
                wait_until(lambda: len(set(messages(oxingest))) >= start + 100
                           or sender.check_alive(), 60.0, sender.complaints)
            collector.sent(100)
    wait_until(lambda: set(messages(oxingest)) >= expected or sender.check_alive(), 120.0,
               lambda: f"{len(set(messages(oxingest)))} of 1000: {sender.complaints()}")
    found = messages(oxingest)
    assert set(found) == expected
    assert len(found) - 1000 <= 50 * oxingest.counter("gate_in_doubt")


def test_rsyslog_sends_again_what_was_refused_while_nobody_took_it(oxd, program, rsyslogd):
    """It does not look at the status of an answer, but at the items, which a 503 has as well."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node, listen="127.0.0.1:0,profile=es")
    sender = rsyslogd(oxingest)
    node.kill()
    sender.write(f"event {n}" for n in range(100))
    wait_until(lambda: oxingest.counter("http_api_elasticsearch_rejected") > 0, 60.0, "a 503")
    node.start()
    expected = {f"event {n}" for n in range(100)}
    wait_until(lambda: set(messages(oxingest)) >= expected or sender.check_alive(), 120.0,
               lambda: f"{len(set(messages(oxingest)))} of 100: {sender.complaints()}")
    assert set(messages(oxingest)) == expected
    assert len(messages(oxingest)) - 100 <= 50 * oxingest.counter("gate_in_doubt")
