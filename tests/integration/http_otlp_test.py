"""POST /v1/logs in oxingest: what exporters of OpenTelemetry send in, log files out."""
import gzip
import json
import subprocess

import pytest

from http_front import JSON, Front
from http_push import push_through_a_restart
from protobuf import decode, field, fixed64, varint
from waiting import patient

LOGS = "/v1/logs"
PROTOBUF = "application/x-protobuf"


def attribute(key, value):
    return field(6, field(1, key) + field(2, value))


def protobuf_request(*records, service="shop"):
    resource = field(1, field(1, field(1, "service.name") + field(2, field(1, service))))
    return field(1, resource + field(2, b"".join(field(2, record) for record in records)))


def json_request(*records, service="shop"):
    return {"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeLogs": [{"scope": {"name": "lib"}, "logRecords": list(records)}]}]}


def json_record(n):
    return {"timeUnixNano": str(1500000000_000000000 + n), "severityNumber": 9,
            "body": {"stringValue": f"event {n}"},
            "attributes": [{"key": "n", "value": {"intValue": str(n)}}]}


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Front(program, oxd("collector", files=True), *options, **env)
    return start


def post(oxingest, body, content_type=JSON, **kwargs):
    if content_type == JSON and not isinstance(body, bytes):
        body = json.dumps(body)
    return oxingest.post(body, content_type, LOGS, user=kwargs.pop("user", None), **kwargs)


def test_protobuf_is_stored_and_answered_in_protobuf(front):
    oxingest = front()
    record = (fixed64(1, 1500000000_250000000) + varint(2, 17) + field(3, "Error") +
              field(5, field(1, "it failed")) + attribute("n", varint(3, 7)) +
              field(9, bytes(range(16))) + field(10, bytes(range(8))))
    answer = post(oxingest, protobuf_request(record), PROTOBUF)
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, PROTOBUF, b"")
    (event,) = oxingest.wait_events(1, "otlp.shop")
    assert event == {
        "type": "otlp.shop", "host": "front", "end": 1500000000.25,
        "body": {"level": 40, "level_name": "Error", "message": "it failed",
                 "time_unix_nano": 1500000000250000000, "severity_number": 17,
                 "severity_text": "Error", "attributes": {"n": 7},
                 "trace_id": bytes(range(16)).hex(), "span_id": bytes(range(8)).hex(),
                 "resource": {"attributes": {"service.name": "shop"}}}}


def test_json_is_stored_and_answered_in_json(front):
    oxingest = front()
    answer = post(oxingest, json_request(json_record(3)))
    assert answer.status == 200 and answer.json == {}
    (event,) = oxingest.wait_events(1, "otlp.shop")
    assert event["body"]["name"] == "lib" and event["body"]["message"] == "event 3"
    assert event["body"]["attributes"] == {"n": 3} and event["body"]["level"] == 20
    assert event["body"]["time_unix_nano"] == 1500000000000000003


@pytest.mark.parametrize("content_type", [JSON, PROTOBUF])
def test_bodies_may_be_compressed(front, content_type):
    oxingest = front()
    body = (json.dumps(json_request(json_record(1))).encode() if content_type == JSON
            else protobuf_request(field(5, field(1, "x"))))
    assert post(oxingest, gzip.compress(body), content_type,
                headers={"Content-Encoding": "gzip"}).status == 200
    oxingest.wait_events(1, "otlp.shop")


def test_the_host_is_what_the_resource_says(front):
    oxingest = front()
    request = json_request(json_record(1))
    request["resourceLogs"][0]["resource"]["attributes"] = [
        {"key": "host.name", "value": {"stringValue": "web-1"}},
        {"key": "process.pid", "value": {"intValue": 12}}]
    assert post(oxingest, request).status == 200
    (event,) = oxingest.wait_events(1, "otlp")
    assert event["host"] == "web-1" and event["pid"] == 12


def test_a_template_names_the_events(front):
    oxingest = front("--type", "otlp={type}.{level}")
    assert post(oxingest, json_request(json_record(1))).status == 200
    oxingest.wait_events(1, "otlp.shop.info")


def test_an_empty_request_is_fine(front):
    oxingest = front()
    assert post(oxingest, b"", PROTOBUF).status == 200
    assert post(oxingest, {}).json == {}


def test_a_record_that_is_too_large_is_told_and_the_others_are_stored(front):
    oxingest = front("--max-event-size", "10KiB")
    large = json_record(2)
    large["body"] = {"stringValue": "x" * 20_000}
    answer = post(oxingest, json_request(json_record(1), large, json_record(3)))
    assert answer.status == 200
    partial = answer.json["partialSuccess"]
    assert partial["rejectedLogRecords"] == "1" and "10.0 KiB" in partial["errorMessage"]
    record = field(5, field(1, "y" * 20_000))
    answer = post(oxingest, protobuf_request(record, record), PROTOBUF)
    partial = decode(decode(answer.body)[1])
    assert answer.status == 200 and partial[1] == 2 and b"10.0 KiB" in partial[2]
    assert [event["body"]["attributes"]["n"] for event in oxingest.wait_events(2, "otlp.shop")] == [1, 3]
    assert oxingest.counter("http_api_otlp_rejected") == 3
    assert oxingest.counter("http_api_otlp_events") == 2


def test_what_is_no_request_is_refused_in_its_encoding(front):
    oxingest = front()
    answer = post(oxingest, b"{bad")
    assert answer.status == 400 and answer.json["code"] == 3 and "line 1" in answer.json["message"]
    good = protobuf_request(field(5, field(1, "x")))
    answer = post(oxingest, good + b"\x0a\x05", PROTOBUF)
    assert (answer.status, answer.headers["Content-Type"]) == (400, PROTOBUF)
    assert decode(answer.body)[1] == 3 and decode(answer.body)[2].startswith(b"byte ")
    answer = post(oxingest, b"x", "text/plain")
    assert answer.status == 415 and answer.json["code"] == 3
    assert oxingest.request("GET", LOGS, user=None).status == 405
    answer = oxingest.post(b"", PROTOBUF, "/v1/traces", user=None)
    assert answer.status == 404 and decode(answer.body)[1] == 12
    assert oxingest.events("otlp.shop") == [], "what stood in front of the error is not stored"


def test_what_is_common_to_many_records_does_not_fill_the_memory(front):
    oxingest = front()
    request = json_request(*[{} for _ in range(1000)], service="x" * 200_000)
    answer = post(oxingest, request)
    assert answer.status == 413 and answer.json["code"] == 8


def test_large_bodies_are_taken_apart_beside_the_others(front):
    oxingest = front()
    record = json_record(5)
    record["body"] = {"stringValue": "x" * 1000}
    assert post(oxingest, json_request(*[record] * 2000)).status == 200
    assert len(oxingest.wait_events(2000, "otlp.shop")) == 2000
    assert post(oxingest, b" " * (17 << 20)).status == 413


def test_a_token_keeps_strangers_out(front):
    oxingest = front(OX_HTTP_TOKEN="a-long-enough-token")
    answer = post(oxingest, json_request(json_record(1)))
    assert answer.status == 401 and answer.json["code"] == 16
    answer = post(oxingest, b"", PROTOBUF)
    assert answer.status == 401 and decode(answer.body)[1] == 16
    assert post(oxingest, json_request(json_record(1)),
                headers={"Authorization": "Bearer a-long-enough-token"}).status == 200


def test_while_nobody_takes_records_exporters_are_told_when_to_come_again(front):
    oxingest = front()
    oxingest.node.stop()
    answer = post(oxingest, protobuf_request(field(5, field(1, "x"))), PROTOBUF)
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    assert decode(answer.body)[1] == 14


def test_curl_delivers(front):
    oxingest = front()
    done = subprocess.run(["curl", "-sS", "-H", f"Content-Type: {JSON}", "-d",
                           json.dumps(json_request(json_record(1))), f"http://{oxingest.address}{LOGS}"],
                          capture_output=True, timeout=patient(30.0), check=True)
    assert done.stdout == b"{}"
    oxingest.wait_events(1, "otlp.shop")


def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program):
    def push(oxingest, numbers, connection):
        return post(oxingest, json_request(*map(json_record, numbers)), connection=connection)
    push_through_a_restart(oxd, program, push, lambda event: event["body"]["attributes"]["n"],
                           "otlp.shop", taken=200)
