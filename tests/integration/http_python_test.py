"""/ingest/python: the HTTPHandler of Python's standard library as it comes, GET and POST."""
import json
import logging
import logging.handlers

import pytest

from http_front import FORM, JSON, LINES, Front, RestartInTheMiddle, logger_with, numbers_of

PATH = "/ingest/python"


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Front(program, oxd("collector", files=True), *options, **env)
    return start


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_handler_delivers_with_either_method_and_no_credentials(front, method):
    oxingest = front()
    log = logger_with(logging.handlers.HTTPHandler(oxingest.address, PATH, method))
    log.error("%d of %s", 3, "five", extra={"k": ("v", 1)})
    log.info("100%")
    first, second = oxingest.wait_events(2, "python")
    assert first["body"]["message"] == "3 of five" and first["body"]["level"] == 40
    assert first["body"]["name"] == "app.worker" and first["host"] == "front"
    assert first["body"]["logrec"]["data"] == {"k": ["v", 1]}
    assert first["body"]["logrec"]["meta"]["msg"] == "%d of %s"
    assert second["body"]["message"] == "100%"


def test_the_answer_has_the_id_of_the_event(front):
    oxingest = front()
    answer = oxingest.request("GET", PATH + "?name=a&msg=b+c&levelno=30&created=1500000000.5",
                              user=None)
    assert answer.status == 201
    (event,) = oxingest.wait_events(1, "python")
    assert answer.json == {"id": event["id"]}
    assert event["end"] == 1500000000.5
    assert event["body"] == {"level": 30, "name": "a", "message": "b c",
                             "logrec": {"meta": {"msg": "b c"}}}


def test_fields_of_the_url_beside_the_record_are_kept(front):
    oxingest = front()
    logger_with(logging.handlers.HTTPHandler(oxingest.address, PATH + "?app=shop", "GET")).info("x")
    (event,) = oxingest.wait_events(1, "python")
    assert event["body"]["logrec"]["data"] == {"app": "shop"}


def test_json_is_taken_as_well(front):
    oxingest = front()
    assert oxingest.post(json.dumps({"msg": "%(a)s", "args": {"a": 1}, "levelname": "WARNING"}), JSON,
                         PATH, user=None).status == 201
    (event,) = oxingest.wait_events(1, "python")
    assert event["body"]["message"] == "1" and event["body"]["level"] == 30


def test_what_is_no_record_is_refused(front):
    oxingest = front()
    assert oxingest.request("GET", PATH, user=None).error[:2] == (400, "ModelError")
    assert oxingest.post("", FORM, PATH, user=None).error[:2] == (400, "ModelError")
    assert oxingest.post("{", JSON, PATH, user=None).error[:2] == (400, "HTTPError")
    assert oxingest.post("{}", LINES, PATH, user=None).error[:2] == (415, "HTTPError")
    assert oxingest.post("levelno=high", FORM, PATH, user=None).error[:2] == (400, "ModelError")
    assert oxingest.request("DELETE", PATH, user=None).status == 405
    assert oxingest.events("python") == []


def test_a_token_keeps_strangers_out(front):
    oxingest = front(OX_HTTP_TOKEN="a-long-enough-token")
    assert oxingest.request("GET", PATH + "?msg=x", user=None).status == 401
    assert oxingest.request("GET", PATH + "?msg=x", user="x:a-long-enough-token").status == 201


def test_the_handler_loses_nothing_while_the_collector_is_away_for_a_moment(oxd, program):
    """It never repeats, but waits for its answer, which comes when the collector is back."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    log = logger_with(logging.handlers.HTTPHandler(oxingest.address, PATH, "GET"))
    with RestartInTheMiddle(node, 1000) as collector:
        for n in range(1000):
            log.info("event", extra={"n": n})
            collector.sent()
    assert sorted(numbers_of(oxingest.wait_events(1000, "python"))) == list(range(1000))
