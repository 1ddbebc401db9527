"""What the eventlog client library's events become that come over HTTP: POST /api/v1/events."""
import json
import time

import msgpack
import pytest

from http_front import JSON, LINES, Front, RestartInTheMiddle
from waiting import patient, wait_until

EVENTS = "/api/v1/events"
E1 = {"name": "python_log", "tstamp": 1500000000.25, "version": 1, "host": "h", "site": "local",
      "cluster": "local", "pid": 7, "target": "logger:my-app", "message": "some message", "value": 0,
      "codeFile": "/a.py", "codeLine": 3, "codeFunc": "f", "fields": {"level": "info"}, "level": -1}
# Event('click', 'my-button', 'ui'), as the library's documents have it.
CLICK = {"name": "click", "target": "my-button", "tgType": "ui", "tstamp": 1500000000.25}


class Client(Front):
    def send(self, events, content_type=JSON, **kwargs):
        if not isinstance(events, (str, bytes)):
            events = json.dumps(events)
        return self.post(events, content_type, EVENTS, **{"user": None, **kwargs})

    def stored(self, count):
        return self.wait_events(count, "eventlog")


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Client(program, oxd("collector", files=True), *options, **env)
    return start


def test_a_record_of_the_logging_handler_is_an_event_of_its_logger(front):
    """E1, over HTTP"""
    client = front()
    answer = client.send(E1)
    assert answer.status == 200 and answer.json == {"accepted": 1}
    (event,) = client.stored(1)
    assert event["host"] == "h" and event["pid"] == 7 and event["end"] == 1500000000.25
    assert event["type"] == "eventlog" and "id" not in event
    assert event["body"] == {
        "level": 20, "level_name": -1, "name": "python_log", "message": "some message",
        "logger": "my-app", "tstamp": 1500000000.25, "version": 1, "site": "local",
        "cluster": "local", "target": "logger:my-app", "value": 0, "codeFile": "/a.py", "codeLine": 3,
        "codeFunc": "f", "fields": {"level": "info"}}


def test_two_events_in_an_array_are_accepted(front):
    """E15"""
    client = front()
    answer = client.send([E1, CLICK])
    assert (answer.status, answer.json) == (200, {"accepted": 2})
    assert [event["body"]["name"] for event in client.stored(2)] == ["python_log", "click"]


def test_an_event_is_the_same_however_it_is_posted(front):
    """E14, the HTTP part: as JSON, in an array, pretty-printed, in lines, and as MessagePack."""
    client = front()
    text = json.dumps(CLICK)
    for body, kind in [(text, JSON), (f"[{text}]", JSON), (json.dumps(CLICK, indent=4), JSON),
                       (text + "\n", LINES), (msgpack.packb(CLICK), "application/msgpack"),
                       (msgpack.packb([CLICK]), "application/x-msgpack")]:
        answer = client.send(body, kind)
        assert (answer.status, answer.json) == (200, {"accepted": 1}), kind
    events = client.stored(6)
    assert all(event == events[0] for event in events)
    assert events[0] == {"type": "eventlog", "host": "front", "end": 1500000000.25, "body": {
        "level": 0, "name": "click", "target": "my-button", "tgType": "ui",
        "tstamp": 1500000000.25}}


def test_documents_behind_each_other_are_parsed_once_each(front):
    """E2 and E11, as far as HTTP has them"""
    client = front()
    body = json.dumps(E1) + json.dumps(CLICK, indent=2) + "\n" + json.dumps(CLICK)
    assert client.send(body).json == {"accepted": 3}
    assert [event["body"]["name"] for event in client.stored(3)] == ["python_log", "click", "click"]


def test_levels_times_fields_and_tags_are_brought_into_one_form(front):
    """E3 to E7"""
    client = front()
    events = [{"level": 2, "version": 0.9}, {"level": 40, "version": [0, 1]},
              {"level": 0, "version": [0, 1]}, {"level": 0, "version": 1},
              {"tstamp": 1500000000250}, {"tstamp": 1500000000250000000},
              {"tstamp": "2017-07-14T02:40:00.250Z"},
              {"fields": [["a", 1], ["b", "x"]]}, {"fields": {"a": 1}}, {"fields": None},
              {"tags": "one"}, {"tags": ["one", "two"]},
              {"metrics": {"value": 3.14159, "choice": "banana", "durationMs": 34.2}}]
    assert client.send(events).json == {"accepted": len(events)}
    stored = client.stored(len(events))
    bodies = [event["body"] for event in stored]
    assert [body["level"] for body in bodies[:4]] == [40, 40, 0, 25]
    assert {event["end"] for event in stored[4:7]} == {1500000000.25}
    assert [body.get("fields") for body in bodies[7:10]] == [{"a": 1, "b": "x"}, {"a": 1}, None]
    assert [body["tags"] for body in bodies[10:12]] == [["one"], ["one", "two"]]
    assert bodies[12]["metrics"] == {"value": 3.14159, "choice": "banana", "durationMs": 34.2}


def test_a_garbage_line_is_rejected_and_the_others_are_accepted(front):
    """E8, over HTTP"""
    client = front()
    connection = client.connect()
    body = "\n".join([json.dumps(CLICK), "garbage", json.dumps(E1), "3"])
    answer = client.send(body, LINES, connection=connection)
    assert answer.status == 207
    assert answer.json["accepted"] == 2 and answer.json["rejected"] == 2
    assert [(one["status"], one["line"]) for one in answer.json["errors"]] == [(400, 2), (400, 4)]
    assert client.send(CLICK, connection=connection).status == 200
    assert len(client.stored(3)) == 3
    answer = client.send("[1, 2]")
    assert answer.error == (400, "bad_request", "index 0: an event must be an object")
    assert client.send("{").error[0] == 400
    assert client.send("x", "text/plain").status == 415


def test_logstashs_documents_are_recognised(front):
    client = front()
    document = {"@timestamp": "2017-07-14T02:40:00.250Z", "@version": "1", "message": "hi",
                "host": "web-1", "level": "WARNING", "type": "python-logstash", "extra": {"line": 3}}
    assert client.send(document).json == {"accepted": 1}
    (event,) = client.stored(1)
    assert event["host"] == "web-1" and event["end"] == 1500000000.25
    assert event["body"]["level"] == 30 and event["body"]["message"] == "hi"
    assert event["body"]["extra"] == {"line": 3} and event["body"]["@version"] == "1"


def test_a_template_names_the_events(front):
    client = front("--type", "eventlog_client=app.{name}")
    client.send([E1, CLICK])
    assert [event["type"] for event in client.wait_events(1, "app.click")] == ["app.click"]
    client.wait_events(1, "app.python_log")


def test_a_token_is_asked_for_where_one_is_set(front):
    client = front(OX_HTTP_TOKEN="a-secret-token")
    assert client.send(CLICK).status == 401
    assert client.send(CLICK, headers={"Authorization": "Bearer a-secret-token"}).status == 200


@pytest.mark.parametrize("batch", [1, 50])
def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program, batch):
    """1,000 events of a client that retries. One comes twice only where the client was told that it
    might."""
    node = oxd("collector", files=True, same_ports=True)
    client = Client(program, node)
    connection = client.connect()
    doubtful = set()
    with RestartInTheMiddle(node, 1000) as restart:
        for start in range(0, 1000, batch):
            numbers = range(start, start + batch)
            body = "\n".join(json.dumps({"name": "n", "value": n}) for n in numbers)
            deadline = time.monotonic() + patient(120.0)
            while True:
                assert time.monotonic() < deadline
                answer = client.send(body, LINES, connection=connection)
                if answer.status == 200:
                    assert answer.json == {"accepted": batch}
                    break
                assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer
                if "may be stored" in answer.error[2]:
                    doubtful.update(numbers)
            restart.sent(batch)

    def found():
        return [event["body"]["value"] for event in client.events("eventlog")]
    wait_until(lambda: set(found()) >= set(range(1000)), 30.0, "all are in the files")
    assert sorted(set(found())) == list(range(1000))
    assert {n for n in found() if found().count(n) > 1} <= doubtful
