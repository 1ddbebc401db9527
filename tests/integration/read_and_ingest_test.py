"""One port of oxview for clients that send and that read: oxd with files, oxview with --ingest."""
import json
import logging
import logging.handlers

import pytest

from http_front import GOOD, JSON, PATH, logger_with
from http_reader import Reader
from processes import run
from waiting import wait_until

EVENTLOG, EVENTQRY = "/api/v1/eventlog", "/api/v1/eventqry"
L1 = {"facility": "web-frontend", "timestamp": "2017-11-30T10:15:30.123Z", "level": "error",
      "event": "db connect failed", "additional": {"user-id": 7}}


@pytest.fixture
def node(oxd):
    return oxd("collector", files=True, same_ports=True)


@pytest.fixture
def server(node, program):
    def start(*options, **env):
        reader = Reader(program, node.log_path, "--ingest", node.ports.collect,
                        "--record-ids", node.ports.control, *options, **env)
        wait_until(lambda: reader.counter("record_ids_leases") > 0, 30.0, "it has record ids")
        return reader
    return start


def test_a_client_of_chronologer_sends_and_reads(server):
    """C6, with the reading that it asks for"""
    port = server()
    before = port.count()
    handler = logging.handlers.HTTPHandler(port.address, PATH, method="POST",
                                           credentials=("logger", ""))
    # The record API wants what a formatter makes: the message, and the exception's text.
    class Formatting(logging.handlers.QueueHandler):
        def enqueue(self, record):
            handler.handle(record)
    logger_with(Formatting(None)).info("Test", extra={"k": "v"})
    port.wait_count(before + 1)
    (record,) = port.records()
    assert record["message"] == "Test" and record["logrec"]["data"] == {"k": "v"}
    answer = port.post(json.dumps({**GOOD, "message": "posted"}), JSON)
    assert answer.status == 201
    port.wait_count(before + 2)
    assert port.get(f"{PATH}/{answer.json['id']}").json == answer.json
    for method in ("PUT", "DELETE", "PATCH"):
        refused = port.request(method, PATH)
        assert refused.error == (405, "HTTPError", "Specified method is invalid for this resource")
        assert refused.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_client_of_logger_sends_reads_and_deletes(server):
    """L1, L2, L12, L13"""
    port = server()
    ids = []
    for _ in range(2):
        answer = port.post(json.dumps(L1), JSON, EVENTLOG, user=None)
        assert answer.status == 201
        ids.append(answer.json["id"])
        location = answer.headers["Location"]
        wait_until(lambda at=location: port.get(at, user=None).status == 200, 30.0, "it can be read")
        assert port.get(location, user=None).json["id"] == ids[-1]
    minute = f"{EVENTQRY}/minute/2017-11-30T10:15"
    assert [event["id"] for event in port.get(minute, user=None).json["events"]] == ids
    answer = port.request("DELETE", f"{EVENTLOG}?before=2017-12-01T00:00:00Z", user=None)
    assert answer.status == 200 and answer.json == {"deleted": 2}
    assert port.get(minute, user=None).json["count"] == 0
    assert port.get(location, user=None).error[0] == 404
    for method in ("GET", "PUT"):
        refused = port.request(method, EVENTLOG, user=None)
        assert refused.status == 405 and refused.headers["Allow"] == "POST, DELETE, OPTIONS"


def test_a_client_of_pbu_sends_and_reads(server):
    port = server()
    record = {"name": "my.log", "levelno": 40, "msg": "Hello", "lineno": 42, "created": 1725272000}
    assert port.post(json.dumps(record), JSON, "/api/log", user=None).status == 200
    path = "/api/log/messages?date=2024-09-02&level=ERROR"
    wait_until(lambda: port.get(path, user=None).json, 30.0, "it can be read")
    assert port.get(path, user=None).json == [
        {"ts": 1725272000, "name": "ERROR:my.log:42", "msg": "Hello"}]


def test_named_types_are_shown_when_they_are_asked_for(server):
    port = server("--type", "chronologer=app.{name}", "--types", "chronologer=app.*")
    port.post(json.dumps({**GOOD, "name": "web"}), JSON)
    port.wait_count(1)
    assert port.records()[0]["name"] == "web"


def test_events_are_refused_while_the_collector_is_away_and_reading_goes_on(server, node):
    port = server()
    assert port.post(json.dumps(GOOD), JSON).status == 201
    port.wait_count(1)
    node.kill()
    wait_until(lambda: port.request("GET", "/readyz").status == 503, 30.0, "it knows")
    assert port.count() == 1
    node.start()
    wait_until(lambda: port.post(json.dumps(GOOD), JSON).status == 201, 60.0, "events are taken again")
    wait_until(lambda: port.count() >= 2, 30.0, "and seen")


def test_what_was_taken_is_delivered_before_it_ends(server, node):
    port = server()
    lines = [{**GOOD, "message": str(n)} for n in range(2000)]
    assert port.post_lines(*lines).status == 201
    assert port.program.stop() in (0, None)
    port = server()
    port.wait_count(2000)


def test_what_does_not_go_together_is_refused(tmp_path):
    http = ["--http", "127.0.0.1:0"]
    path = ["-l", str(tmp_path)]
    for options, word in ((["--ingest", "127.0.0.1:1"], "--http"), (http, "--log-path"),
                          ([*http, *path, "-n", "x"], "--type-name"),
                          ([*http, *path, "--type", "x"], "--ingest"),
                          ([*http, *path, "--types", "nope=x"], "nope"),
                          ([*http, *path, "--ingest", "blueox://h"], "link")):
        done = run("oxview", *options)
        assert done.code == 2 and word in done.error_lines()[0], (options, done)
    missing = run("oxview", *http, "-l", str(tmp_path / "missing"))
    assert missing.code == 78 and "missing" in missing.error_lines()[0]
