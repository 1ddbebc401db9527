"""/services/collector in oxingest: what Splunk's HTTP Event Collector takes in, log files out."""
import gzip
import json
import subprocess

import pytest

from http_front import JSON, Front
from http_push import push_through_a_restart
from waiting import patient

COLLECTOR = "/services/collector"
CHANNEL = {"X-Splunk-Request-Channel": "FE0ECFAD-13D5-401B-847D-77833BD77131"}
SUCCESS = b'{"text":"Success","code":0}'


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Front(program, oxd("collector", files=True), *options, **env)
    return start


def send(oxingest, body, path=COLLECTOR, **kwargs):
    return oxingest.post(body, kwargs.pop("content_type", JSON), path, user=None, **kwargs)


def stacked(*documents):
    return "".join(json.dumps(document) for document in documents)


@pytest.mark.parametrize("path", ["", "/event", "/event/1.0"])
def test_an_event_is_stored_and_answered_as_splunk_does(front, path):
    oxingest = front()
    answer = send(oxingest, stacked({"time": 1426279439.25, "host": "web-1", "source": "app.log",
                                     "sourcetype": "access", "index": "main", "event": "Hello",
                                     "fields": {"level": "warn", "n": 7}}), COLLECTOR + path)
    assert (answer.status, answer.body) == (200, SUCCESS)
    assert answer.headers["Content-Type"] == JSON
    assert oxingest.wait_events(1, "splunk.access") == [{
        "type": "splunk.access", "host": "web-1", "end": 1426279439.25,
        "body": {"level": 30, "level_name": "warn", "name": "app.log", "message": "Hello",
                 "time": 1426279439.25, "source": "app.log", "sourcetype": "access",
                 "index": "main", "fields": {"level": "warn", "n": 7}}}]


def test_many_events_stand_behind_each_other_with_or_without_white_space(front):
    oxingest = front()
    body = stacked({"event": {"n": 1}}, {"event": [2]}) + "\n\n  " + stacked({"event": 3}) + "\n"
    assert send(oxingest, body, content_type="application/x-www-form-urlencoded").body == SUCCESS
    assert [event["body"]["event"] for event in oxingest.wait_events(3, "splunk")] == [{"n": 1}, [2], 3]


def test_bodies_may_be_compressed(front):
    oxingest = front()
    assert send(oxingest, gzip.compress(b'{"event": "x"}'),
                headers={"Content-Encoding": "gzip"}).body == SUCCESS
    oxingest.wait_events(1, "splunk")


@pytest.mark.parametrize("body, code, text, number", [
    ("", 5, "No data", None), (" \n", 5, "No data", None),
    ("hello", 6, "Invalid data format", 0), ('{"event": "x"', 6, "Invalid data format", 0),
    ('{"event": "x"} nope', 6, "Invalid data format", 1),
    ('[{"event": "x"}]', 6, "Invalid data format", 0),
    ('{"event": "x", "time": "now"}', 6, "Invalid data format", 0),
    ('{"x": 1}', 12, "Event field is required", 0),
    ('{"event": "x"}{"event": "y"}{"event": ""}', 13, "Event field cannot be blank", 2)])
def test_what_is_wrong_is_told_and_nothing_of_it_stored(front, body, code, text, number):
    oxingest = front()
    answer = send(oxingest, body)
    expected = {"text": text, "code": code}
    if number is not None:
        expected["invalid-event-number"] = number
    assert answer.status == 400 and answer.json == expected
    assert oxingest.events("splunk") == []


def test_an_event_that_is_too_large_is_refused(front):
    oxingest = front("--max-event-size", "10KiB")
    answer = send(oxingest, stacked({"event": "x"}, {"event": "y" * 20_000}))
    assert answer.status == 413 and answer.json["invalid-event-number"] == 1
    assert send(oxingest, b" " * (17 << 20)).status == 413
    assert oxingest.events("splunk") == []


@pytest.mark.parametrize("path", ["/raw", "/raw/1.0"])
def test_raw_lines_have_the_metadata_of_the_query(front, path):
    oxingest = front()
    answer = send(oxingest, "first\r\n\r\nsecond, caf\u00e9\n third".encode(),
                  COLLECTOR + path + "?host=web-1&source=s&sourcetype=t&channel=" +
                  CHANNEL["X-Splunk-Request-Channel"], content_type="text/plain")
    assert answer.json == {"text": "Success", "code": 0, "ackId": 0}
    events = oxingest.wait_events(3, "splunk.t")
    assert [event["body"]["message"] for event in events] == ["first", "second, caf\u00e9", " third"]
    assert all(event["host"] == "web-1" and event["body"]["name"] == "s" for event in events)
    assert "channel" not in events[0]["body"]
    assert send(oxingest, "\n\n", COLLECTOR + path).json == {"text": "No data", "code": 5}


def test_acknowledgements_are_given_with_a_channel(front):
    oxingest = front()
    ack = COLLECTOR + "/ack"
    assert [send(oxingest, stacked({"event": "x"}), headers=CHANNEL).json["ackId"]
            for _ in range(3)] == [0, 1, 2]
    answer = send(oxingest, '{"acks": [0, 2, 3]}', ack, headers=CHANNEL)
    assert answer.status == 200 and answer.json == {"acks": {"0": True, "2": True, "3": False}}
    assert send(oxingest, '{"acks": [0]}', ack + "?channel=" + CHANNEL["X-Splunk-Request-Channel"]
                ).json == {"acks": {"0": True}}
    assert send(oxingest, '{"acks": [0]}', ack).json == {"text": "Data channel is missing", "code": 10}
    wrong = {"X-Splunk-Request-Channel": "x"}
    for path in (COLLECTOR, ack):
        assert send(oxingest, '{"event": 1}', path, headers=wrong).json == {
            "text": "Invalid data channel", "code": 11}
    for body in ("{", "[]", '{"acks": ["a"]}', '{"acks": 5}'):
        assert send(oxingest, body, ack, headers=CHANNEL).json["code"] == 6
    assert send(oxingest, "", ack, headers=CHANNEL).json["code"] == 5


def test_tokens_are_splunks(front):
    oxingest = front(OX_HTTP_TOKEN="a-long-enough-token")
    body = stacked({"event": "x"})
    answer = send(oxingest, body)
    assert answer.status == 401 and answer.json == {"text": "Token is required", "code": 2}
    answer = send(oxingest, body, headers={"Authorization": "Splunk wrong"})
    assert answer.status == 403 and answer.json == {"text": "Invalid token", "code": 4}
    assert send(oxingest, body, headers={"Authorization": "Splunk a-long-enough-token"}).body == SUCCESS
    answer = oxingest.post(body, JSON, COLLECTOR, user="x:a-long-enough-token")
    assert answer.body == SUCCESS


def test_a_token_that_may_not_write_is_none(front, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("a-readers-token basic-reader\n")
    tokens.chmod(0o600)
    oxingest = front("--http-tokens", str(tokens))
    answer = send(oxingest, stacked({"event": "x"}), headers={"Authorization": "Splunk a-readers-token"})
    assert answer.status == 403 and answer.json == {"text": "Token disabled", "code": 1}


@pytest.mark.parametrize("path", ["/health", "/health/1.0"])
def test_health_says_whether_events_are_taken(front, path):
    oxingest = front(OX_HTTP_TOKEN="a-long-enough-token")
    answer = oxingest.request("GET", COLLECTOR + path, user=None)
    assert answer.status == 200 and answer.json == {"text": "HEC is healthy", "code": 17}
    oxingest.node.stop()
    answer = send(oxingest, stacked({"event": "x"}),
                  headers={"Authorization": "Splunk a-long-enough-token"})
    assert answer.status == 503 and answer.json == {"text": "Server is busy", "code": 9}
    assert int(answer.headers["Retry-After"]) > 0
    answer = oxingest.request("GET", COLLECTOR + path, user=None)
    assert answer.status == 503 and answer.json["code"] == 18


def test_other_paths_and_methods_are_told_so(front):
    oxingest = front()
    assert oxingest.request("GET", COLLECTOR, user=None).json["code"] == 405
    assert send(oxingest, "{}", COLLECTOR + "/other").json["code"] == 404


def test_a_template_names_the_events(front):
    oxingest = front("--type", "splunk={index|none}.{type}")
    assert send(oxingest, stacked({"event": "x", "index": "main", "sourcetype": "t"})).body == SUCCESS
    oxingest.wait_events(1, "main.splunk.t")


def test_curl_delivers(front):
    oxingest = front(OX_HTTP_TOKEN="a-long-enough-token")
    done = subprocess.run(["curl", "-sS", "-H", "Authorization: Splunk a-long-enough-token", "-d",
                           '{"event": "Hello, world!", "sourcetype": "manual"}',
                           f"http://{oxingest.address}{COLLECTOR}/event"],
                          capture_output=True, timeout=patient(30.0), check=True)
    assert done.stdout == SUCCESS
    oxingest.wait_events(1, "splunk.manual")


def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program):
    def push(oxingest, numbers, connection):
        return send(oxingest, stacked(*[{"event": {"n": n}} for n in numbers]), connection=connection)
    push_through_a_restart(oxd, program, push, lambda event: event["body"]["event"]["n"], "splunk",
                           taken=200)
