"""POST /fluent/<tag>: what is sent to Fluentd's in_http."""
import gzip
import json
import subprocess
import time
import urllib.parse
import zlib

import msgpack
import pytest

from http_front import FORM, JSON, LINES, Front, RestartInTheMiddle
from waiting import patient, wait_until

FLUENT = "/fluent/"
MSGPACK = "application/msgpack"


class Client(Front):
    def send(self, body, content_type=JSON, tag="app/access", **kwargs):
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        return self.post(body, content_type, FLUENT + tag, **{"user": None, **kwargs})


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Client(program, oxd("collector", files=True), *options, **env)
    return start


def test_curl_posts_the_field_of_a_form(front):
    client = front()
    done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", "-d", 'json={"log":"hi","n":1}',
                           f"http://{client.address}/fluent/app/access?time=1500000000.25"],
                          capture_output=True, timeout=patient(30.0), check=True, text=True)
    assert done.stdout == "200"
    (event,) = client.wait_events(1, "app.access")
    assert event == {"type": "app.access", "host": "front", "end": 1500000000.25,
                     "body": {"name": "app.access", "message": "hi", "tag": "app.access", "log": "hi",
                              "n": 1}}


def test_records_come_in_every_form_that_in_http_takes(front):
    client = front()
    packed = msgpack.packb({"n": 1})
    bodies = [("json=" + urllib.parse.quote('{"n": 1}'), FORM), ("ndjson=%7B%22n%22%3A1%7D%0A", FORM),
              ("msgpack=" + urllib.parse.quote_from_bytes(packed), FORM), ('{"n": 1}', JSON),
              ('[{"n": 1}]', JSON), ('{"n": 1}\n', LINES), (packed, MSGPACK),
              (msgpack.packb([{"n": 1}]), "application/x-msgpack")]
    for body, kind in bodies:
        answer = client.send(body, kind)
        assert (answer.status, answer.body) == (200, b""), (body, answer)
        assert answer.headers["Content-Type"] == "text/plain"
    assert client.send("", JSON, 'app/access?json={"n":1}').status == 200
    assert client.send("null").status == 200
    stored = client.wait_events(len(bodies) + 1, "app.access")
    assert [event["body"] for event in stored] == [
        {"name": "app.access", "tag": "app.access", "n": 1}] * (len(bodies) + 1)


@pytest.mark.parametrize("encoding, compress", [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_bodies_may_be_compressed(front, encoding, compress):
    client = front()
    records = [{"n": n} for n in range(1000)]
    answer = client.send(compress(json.dumps(records).encode()), headers={"Content-Encoding": encoding})
    assert answer.status == 200
    assert [event["body"]["n"] for event in client.wait_events(1000, "app.access")] == list(range(1000))


def test_level_host_and_time_are_the_records_own(front):
    client = front()
    assert client.send([{"severity": "error", "hostname": "web-1", "message": "m", "date": 1500000000.5},
                        {"level": "info", "host": "web-2", "time": 7, "container_name": "c"}]).status == 200
    first, second = client.wait_events(2, "app.access")
    assert (first["host"], first["end"], first["body"]["level"]) == ("web-1", 1500000000.5, 40)
    assert (second["host"], second["end"], second["body"]["level"]) == ("web-2", 7.0, 20)
    assert first["body"]["severity"] == "error" and second["body"]["container_name"] == "c"


@pytest.mark.parametrize("body, kind, said", [
    ("[{}, 3]", JSON, "index 1: a record must be an object"), ("{", JSON, "invalid JSON: line 1"),
    ("{}\n[]\n", LINES, "line 2: a record must be an object"),
    (b"\x80\xc1", MSGPACK, "index 1: this is no MessagePack"),
    ("a=1", FORM, "'json', 'ndjson' or 'msgpack' parameter is required"),
    ("x", "text/plain", "'json', 'ndjson' or 'msgpack' parameter is required"),
])
def test_a_request_with_a_bad_record_stores_nothing(front, body, kind, said):
    client = front()
    answer = client.send(body, kind)
    assert answer.status == 400 and answer.headers["Content-Type"] == "text/plain"
    assert answer.body.decode().startswith(f"400 Bad Request\n{said}")
    assert client.send({"n": 1}).status == 200
    assert len(client.wait_events(1, "app.access")) == 1


def test_a_tag_becomes_a_type_whatever_is_in_it(front):
    client = front()
    assert client.send({"n": 1}, tag="a%20b//c/").status == 200
    (event,) = client.wait_events(1, "a_b.c")
    assert event["body"]["tag"] == "a b..c."
    assert client.send({"n": 1}, tag="").status == 404
    assert client.request("GET", "/fluent/x", user=None).status == 405


def test_a_template_names_the_events(front):
    client = front("--type", "fluent=fluent.{level}")
    client.send({"level": "info"})
    client.wait_events(1, "fluent.info")


@pytest.mark.parametrize("batch", [1, 50])
def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program, batch):
    """1,000 records of a client that repeats its chunk, as Fluent Bit and Fluentd do. One comes twice
    only where the client was told that it might."""
    node = oxd("collector", files=True, same_ports=True)
    client = Client(program, node)
    connection = client.connect()
    doubtful = set()
    with RestartInTheMiddle(node, 1000) as restart:
        for start in range(0, 1000, batch):
            numbers = range(start, start + batch)
            deadline = time.monotonic() + patient(120.0)
            while True:
                assert time.monotonic() < deadline
                answer = client.send([{"n": n} for n in numbers], connection=connection)
                if answer.status == 200:
                    break
                assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer
                if b"may be stored" in answer.body:
                    doubtful.update(numbers)
            restart.sent(batch)

    def found():
        return [event["body"]["n"] for event in client.events("app.access")]
    wait_until(lambda: set(found()) >= set(range(1000)), 30.0, "all are in the files")
    assert sorted(set(found())) == list(range(1000))
    assert {n for n in found() if found().count(n) > 1} <= doubtful
