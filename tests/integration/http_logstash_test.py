"""What clients of Logstash's HTTP input send, to oxingest."""
import base64
import json
import logging
import time
import urllib.request

import pytest

from http_front import JSON, LINES, Front, RestartInTheMiddle
from waiting import patient, wait_until

TEXT = "text/plain"


@pytest.fixture
def front(oxd, program):
    def start(*options, listen="127.0.0.1:0", **env):
        return Front(program, oxd("collector", files=True), *options, listen=listen, **env)
    return start


def post(oxingest, body, content_type=JSON, path="/logstash", **kwargs):
    return oxingest.post(body, content_type, path, user=kwargs.pop("user", None), **kwargs)


# As python-logstash-async's formatter makes them.
def formatted(n, **fields):
    return {"@timestamp": "2017-07-14T02:40:00.250Z", "@version": "1", "host": "web-1",
            "level": "WARNING", "logsource": "web-1", "message": f"event {n}", "pid": 12,
            "program": "/usr/bin/app", "type": "python-logstash", "tags": ["a", "b"],
            "extra": {"logger_name": "app.db", "line": 3, "n": n}, **fields}


def assert_taken(answer):
    assert (answer.status, answer.body) == (200, b"ok"), answer
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_an_event_of_a_formatter_keeps_all_its_fields(front):
    oxingest = front()
    assert_taken(post(oxingest, json.dumps(formatted(1, **{"@metadata": {"beat": "x"}, "odd": 1.5}))))
    (event,) = oxingest.wait_events(1, "python-logstash")
    assert event == {
        "type": "python-logstash", "host": "web-1", "pid": 12, "end": 1500000000.25,
        "body": {"level": 30, "name": "app.db", "message": "event 1",
                 "@timestamp": "2017-07-14T02:40:00.250Z", "@version": "1", "logsource": "web-1",
                 "program": "/usr/bin/app", "type": "python-logstash", "tags": ["a", "b"],
                 "extra": {"logger_name": "app.db", "line": 3, "n": 1},
                 "@metadata": {"beat": "x"}, "odd": 1.5}}


def test_each_element_of_an_array_is_an_event(front):
    oxingest = front()
    assert_taken(post(oxingest, json.dumps([formatted(n) for n in range(3000)])))
    events = oxingest.wait_events(3000, "python-logstash")
    assert [event["body"]["extra"]["n"] for event in events] == list(range(3000))
    assert_taken(post(oxingest, "[]"))


def test_each_line_of_ndjson_is_an_event_however_many_come(front):
    oxingest = front()
    lines = [(json.dumps({"n": n}) + "\n").encode() for n in range(5000)]
    assert_taken(post(oxingest, iter(lines), LINES))
    events = oxingest.wait_events(5000, "logstash")
    assert [event["body"] for event in events] == [{"n": n} for n in range(5000)]
    assert events[0]["host"] == "front" and time.time() - 60 < events[0]["end"] <= time.time() + 1


@pytest.mark.parametrize("content_type", [TEXT, "application/x-www-form-urlencoded", "nonsense"])
def test_anything_else_is_the_message_of_one_event(front, content_type):
    oxingest = front()
    assert_taken(post(oxingest, "a=b & c\n{", content_type))
    (event,) = oxingest.wait_events(1, "logstash")
    assert event["body"] == {"message": "a=b & c\n{"}


def test_what_is_no_json_is_kept_as_logstash_keeps_it(front):
    oxingest = front()
    assert_taken(post(oxingest, '{"a": '))
    assert_taken(post(oxingest, '[{"n": 1}, 2]'))
    assert_taken(post(oxingest, '{"n": 2}\n{"n": \n', LINES))
    assert_taken(post(oxingest, ""))
    bodies = [event["body"] for event in oxingest.wait_events(5, "logstash")]
    failed = {"tags": ["_jsonparsefailure"]}
    assert bodies == [{"message": '{"a": ', **failed}, {"n": 1}, {"message": "2", **failed}, {"n": 2},
                      {"message": '{"n":', **failed}]


@pytest.mark.parametrize("path", ["/", "/any/path", "/twitter?x=y", "/logstash"])
def test_with_its_profile_every_path_that_is_nobody_elses_is_logstashs(front, path):
    oxingest = front(listen="127.0.0.1:0,profile=logstash")
    assert_taken(post(oxingest, '{"n": 1}', path=path))
    assert_taken(oxingest.request("PUT", path, '{"n": 2}', {"Content-Type": JSON}, user=None))
    assert len(oxingest.wait_events(2, "logstash")) == 2
    assert oxingest.request("GET", "/livez", user=None).status == 200
    assert post(oxingest, '{"index": {}}\n{}\n', path="/logs/_bulk").json["errors"] is False
    assert len(oxingest.events("logstash")) == 2


def test_without_its_profile_other_paths_are_nobodys(front):
    oxingest = front()
    assert post(oxingest, "{}", path="/").status == 404
    assert post(oxingest, "{}", path="/any/path").status == 404
    assert oxingest.request("GET", "/logstash", user=None).status == 405


def test_who_has_no_credentials_is_asked_for_them(front):
    oxingest = front(OX_HTTP_TOKEN="a-long-enough-token")
    refused = post(oxingest, "{}")
    assert refused.status == 401 and refused.headers["WWW-Authenticate"].startswith("Basic")
    assert_taken(post(oxingest, "{}", user="any:a-long-enough-token"))


def test_an_event_that_is_too_large_is_refused_and_the_others_are_stored(front):
    oxingest = front("--max-event-size", "64KiB")
    large = {"x": "y" * 70_000}
    assert post(oxingest, json.dumps(large)).status == 413
    assert post(oxingest, json.dumps([{"n": 1}, large, {"n": 2}])).status == 413
    assert post(oxingest, "y" * 70_000, TEXT).status == 413
    assert [event["body"]["n"] for event in oxingest.wait_events(2, "logstash")] == [1, 2]


def test_types_may_be_made_by_a_template(front):
    oxingest = front("--type", "logstash=ls.{type}.{level}")
    assert_taken(post(oxingest, json.dumps(formatted(1))))
    oxingest.wait_events(1, "ls.python-logstash.warning")


class BatchHandler(logging.Handler):
    """Sends as python-logstash-async does: formatted events in a JSON array with Basic credentials, again
    and again until the answer is 200."""

    def __init__(self, oxingest, batch, sent):
        super().__init__()
        self.url = f"http://{oxingest.address}/"
        self.batch, self.sent, self.buffer = batch, sent, []

    def emit(self, record):
        self.buffer.append(formatted(record.args[0], message=record.getMessage(),
                                     level=record.levelname))
        if len(self.buffer) >= self.batch:
            self.flush()

    def flush(self):
        deadline = time.monotonic() + patient(120.0)
        while self.buffer and time.monotonic() < deadline:
            request = urllib.request.Request(
                self.url, json.dumps(self.buffer).encode(),
                {"Content-Type": JSON, "Authorization": "Basic " + base64.b64encode(b"a:b").decode()})
            try:
                with urllib.request.urlopen(request, timeout=patient(60.0)) as response:
                    taken = response.status == 200
            except OSError:  # HTTPError, too
                taken = False
            if taken:
                self.sent(len(self.buffer))
                self.buffer = []


def test_a_client_that_repeats_loses_nothing_when_the_collector_is_killed_and_started_again(oxd, program):
    """1,000 events. They come twice only where a request was in doubt: the protocol has no way to tell."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node, listen="127.0.0.1:0,profile=logstash")
    with RestartInTheMiddle(node, 1000) as collector:
        handler = BatchHandler(oxingest, 50, collector.sent)
        logger = logging.Logger("app")
        logger.addHandler(handler)
        for n in range(1000):
            logger.warning("event %d", n)
        handler.flush()
    assert not handler.buffer, "not taken in time"

    def found():
        return [event["body"]["extra"]["n"] for event in oxingest.events("python-logstash")]
    wait_until(lambda: set(found()) >= set(range(1000)), 30.0, "all are in the files")
    assert set(found()) == set(range(1000))
    assert len(found()) - 1000 <= 50 * oxingest.counter("gate_in_doubt")


def test_while_nobody_takes_events_a_client_is_told_to_come_again(oxd, program):
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    assert_taken(post(oxingest, "{}"))
    node.stop()
    answer = post(oxingest, "{}")
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
