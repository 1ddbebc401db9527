"""POST /loki/api/v1/push in oxingest: what Loki's clients send in, log files out."""
import gzip
import json
import subprocess

import pytest

from http_front import JSON, Front
from http_push import push_through_a_restart
from protobuf import field, number, snappy, varint
from waiting import patient

PUSH = "/loki/api/v1/push"
PROTOBUF = "application/x-protobuf"
LABELS = {"job": "web", "host": "web-1", "level": "warn"}


def json_push(*values, labels=None):
    return json.dumps({"streams": [{"stream": labels or LABELS, "values": list(values)}]})


def entry(nanos, line, **metadata):
    time = varint(1, nanos // 10**9) + varint(2, nanos % 10**9)
    pairs = b"".join(field(3, field(1, key) + field(2, value)) for key, value in metadata.items())
    return field(2, field(1, time) + field(2, line) + pairs)


def protobuf_push(*entries, labels='{job="web", host="web-1", level="warn"}'):
    return snappy(field(1, field(1, labels) + b"".join(entries)))


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Front(program, oxd("collector", files=True), *options, **env)
    return start


def push(oxingest, body, content_type=JSON, path=PUSH, **kwargs):
    return oxingest.post(body, content_type, path, user=kwargs.pop("user", None), **kwargs)


EVENT = {
    "type": "loki.web", "host": "web-1", "end": 1570818238.123456,
    "body": {"level": 30, "level_name": "warn", "name": "web", "message": "a line",
             "timestamp": 1570818238123456789, "labels": LABELS,
             "structured_metadata": {"trace_id": "0242"}}}


def test_json_is_stored_and_answered_with_nothing(front):
    oxingest = front()
    answer = push(oxingest, json_push(["1570818238123456789", "a line", {"trace_id": "0242"}]))
    assert (answer.status, answer.body) == (204, b"")
    assert oxingest.wait_events(1, "loki.web") == [EVENT]


@pytest.mark.parametrize("content_type", [PROTOBUF, ""])
def test_protobuf_is_the_same(front, content_type):
    oxingest = front()
    body = protobuf_push(entry(1570818238123456789, "a line", trace_id="0242"))
    assert push(oxingest, body, content_type).status == 204
    assert oxingest.wait_events(1, "loki.web") == [EVENT]


def test_the_encoding_may_be_named(front):
    oxingest = front()
    body = protobuf_push(entry(1570818238123456789, "a line", trace_id="0242"))
    assert push(oxingest, body, PROTOBUF, headers={"Content-Encoding": "snappy"}).status == 204
    text = json_push(["1570818238123456789", "a line", {"trace_id": "0242"}]).encode()
    assert push(oxingest, gzip.compress(text), headers={"Content-Encoding": "gzip"}).status == 204
    assert push(oxingest, snappy(text), headers={"Content-Encoding": "snappy"}).status == 204
    assert oxingest.wait_events(3, "loki.web") == [EVENT] * 3


def test_the_first_path_and_format_are_taken_as_well(front):
    oxingest = front()
    body = {"streams": [{"labels": '{job="old"}', "entries": [
        {"ts": "2019-10-11T18:23:58.123456Z", "line": "a line"}]}]}
    assert push(oxingest, json.dumps(body), path="/api/prom/push").status == 204
    (event,) = oxingest.wait_events(1, "loki.old")
    assert event["end"] == 1570818238.123456 and event["host"] == "front"
    assert event["body"]["labels"] == {"job": "old"} and event["body"]["message"] == "a line"


def test_the_tenant_is_kept(front):
    oxingest = front()
    assert push(oxingest, json_push(["1", "x"]), headers={"X-Scope-OrgID": "team-a"}).status == 204
    assert oxingest.wait_events(1, "loki.web")[0]["body"]["tenant"] == "team-a"


def test_a_template_names_the_events(front):
    oxingest = front("--type", "loki={labels.host}.{type}")
    assert push(oxingest, json_push(["1", "x"])).status == 204
    oxingest.wait_events(1, "web-1.loki.web")


@pytest.mark.parametrize("body, content_type, message", [
    ("{", JSON, "line 1"), ("{}", JSON, "streams is missing"),
    (json_push(["now", "x"]), JSON, "streams[0]: values[0]: the time is no number"),
    (b"\xff\xff", PROTOBUF, "snappy"), (snappy(b"\x0a\x05"), PROTOBUF, "byte "),
    (protobuf_push(entry(1, "x"), labels="job"), PROTOBUF, "labels, byte 0")])
def test_what_is_no_push_is_refused_with_a_line_of_text(front, body, content_type, message):
    oxingest = front()
    answer = push(oxingest, body, content_type)
    assert answer.status == 400 and answer.headers["Content-Type"].startswith("text/plain")
    assert message in answer.body.decode() and answer.body.endswith(b"\n")


def test_other_types_and_methods_are_told_so(front):
    oxingest = front()
    assert push(oxingest, b"x", "text/plain").status == 415
    assert oxingest.request("GET", PUSH, user=None).status == 405
    assert oxingest.request("GET", "/loki/api/v1/query", user=None).status == 404


def test_a_block_that_says_it_is_large_is_refused_before_it_is_uncompressed(front):
    oxingest = front()
    answer = push(oxingest, number(1 << 31) + b"x", PROTOBUF)
    assert answer.status == 413 and b"2.0 GiB" in answer.body


def test_an_entry_that_is_too_large_is_told_and_the_others_are_stored(front):
    oxingest = front("--max-event-size", "10KiB")
    answer = push(oxingest, json_push(["1", "a"], ["2", "x" * 20_000], ["3", "b"]))
    assert answer.status == 400 and answer.body.startswith(b"1 of the entries") and b"10.0 KiB" in answer.body
    assert [event["body"]["message"] for event in oxingest.wait_events(2, "loki.web")] == ["a", "b"]


def test_a_token_keeps_strangers_out(front):
    oxingest = front(OX_HTTP_TOKEN="a-long-enough-token")
    assert push(oxingest, json_push(["1", "x"])).status == 401
    assert push(oxingest, json_push(["1", "x"]), user="tenant:a-long-enough-token").status == 204


def test_ready_says_whether_entries_are_taken(front):
    oxingest = front(OX_HTTP_TOKEN="a-long-enough-token")
    answer = oxingest.request("GET", "/ready", user=None)
    assert (answer.status, answer.body) == (200, b"ready\n")
    oxingest.node.stop()
    answer = push(oxingest, json_push(["1", "x"]), user="tenant:a-long-enough-token")
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    assert oxingest.request("GET", "/ready", user=None).status == 503


def test_curl_delivers(front):
    oxingest = front()
    done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", "-H", f"Content-Type: {JSON}", "-d",
                           json_push(["1", "x"]), f"http://{oxingest.address}{PUSH}"],
                          capture_output=True, timeout=patient(30.0), check=True)
    assert done.stdout == b"204"
    oxingest.wait_events(1, "loki.web")


def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program):
    def send(oxingest, numbers, connection):
        body = protobuf_push(*[entry(n, f"event {n}") for n in numbers])
        return push(oxingest, body, PROTOBUF, connection=connection)
    push_through_a_restart(oxd, program, send, lambda event: event["body"]["timestamp"],
                           "loki.web", taken=204)
