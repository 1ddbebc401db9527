"""POST /api/v1/events/{type}: events of any application."""
import gzip
import json
import subprocess
import time

import msgpack
import pytest

from http_front import JSON, LINES, Front, RestartInTheMiddle
from memory import assert_grew_less, resident
from waiting import patient, wait_until

EVENTS = "/api/v1/events/"
MSGPACK = "application/msgpack"
TEXT = "text/plain"
MIB = 1 << 20


class Client(Front):
    def send(self, events, content_type=JSON, type_name="shop", **kwargs):
        if not isinstance(events, (str, bytes)):
            events = json.dumps(events)
        return self.post(events, content_type, EVENTS + type_name, **{"user": None, **kwargs})

    def send_stream(self, pieces, content_type, type_name="shop"):
        """In chunks, without a length."""
        return self.request("POST", EVENTS + type_name, pieces,
                            {"Content-Type": content_type}, user=None)


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Client(program, oxd("collector", files=True), *options, **env)
    return start


def ids_of(answer):
    return [number for ids in answer["ids"] for number in range(ids["first"], ids["last"] + 1)]


def test_an_event_is_stored_under_the_id_that_was_answered(front):
    client = front()
    answer = client.send({"time": "2017-07-14T02:40:00.25Z", "level": "warn", "msg": "slow", "host": "web-1",
                          "pid": 7, "n": 3, "nested": {"a": [1, None]}})
    assert answer.status == 201 and answer.json["count"] == 1
    (event,) = client.wait_events(1, "shop")
    assert event == {"id": answer.json["id"], "type": "shop", "host": "web-1", "pid": 7,
                     "end": 1500000000.25,
                     "body": {"level": 30, "level_name": "warn", "message": "slow",
                              "time": "2017-07-14T02:40:00.25Z", "msg": "slow", "n": 3,
                              "nested": {"a": [1, None]}}}
    assert 0 < event["id"] < 2 ** 53


def test_many_events_have_ids_that_follow_each_other(front):
    client = front()
    answer = client.send([{"n": n} for n in range(3000)])
    assert answer.status == 201 and answer.json["count"] == 3000
    stored = client.wait_events(3000, "shop")
    assert [event["body"]["n"] for event in stored] == list(range(3000))
    assert [event["id"] for event in stored] == ids_of(answer.json)
    assert len(client.send([{"n": 1}]).json["ids"]) == 1
    empty = client.send([])
    assert (empty.status, empty.json) == (200, {"count": 0, "ids": []})


@pytest.mark.parametrize("kind", [JSON, LINES, MSGPACK])
def test_what_is_no_event_is_refused_with_its_place(front, kind):
    client = front()
    items = [{"n": 0}, 3, {"n": 1}, {"x": "y" * 2_000_000}, {"n": 2}]
    body = {JSON: lambda: json.dumps(items), LINES: lambda: "\n".join(map(json.dumps, items)),
            MSGPACK: lambda: b"".join(map(msgpack.packb, items))}[kind]()
    answer = client.send(body, kind)
    assert answer.status == 207
    good, wrong, large = answer.json["multistatus"]
    assert good["status"] == 201 and good["body"]["count"] == 3
    place, first = ("line", 2) if kind == LINES else ("index", 1)
    assert wrong["status"] == 400 and wrong[place] == first
    assert wrong["body"]["error"] == {"type": "bad_request",
                                      "message": "an event must be an object"}
    assert large["status"] == 413 and large[place] == first + 2
    stored = client.wait_events(3, "shop")
    assert [event["id"] for event in stored] == ids_of(good["body"])
    assert [event["body"]["n"] for event in stored] == [0, 1, 2]


def test_nothing_of_a_body_that_is_no_json_is_stored(front):
    client = front()
    answer = client.send('[{"n": 1}, {"n": 2},')
    assert answer.status == 400 and answer.error[2].startswith("invalid JSON: line 1, column")
    assert client.send("").status == 400
    only_bad = client.send("[1, 2]")
    assert only_bad.error == (400, "bad_request", "index 0: an event must be an object")
    assert client.send("3").error[2] == "an event must be an object"
    assert client.send({"n": 3}).status == 201
    assert len(client.wait_events(1, "shop")) == 1


def test_messagepack_is_a_map_an_array_or_a_stream(front):
    client = front()
    one = client.send(msgpack.packb({"n": 0, "raw": b"\xff\x00"}), MSGPACK)
    assert one.status == 201 and one.json["count"] == 1 and "id" in one.json
    assert client.send(msgpack.packb([{"n": 1}, {"n": 2}]), MSGPACK).json["count"] == 2
    stream = msgpack.packb({"n": 3}) + msgpack.packb([{"n": 4}]) + msgpack.packb({"n": 5})
    assert client.send(stream, "application/x-msgpack").json["count"] == 3
    cut = client.send(stream[:-1], MSGPACK)
    assert cut.status == 207 and cut.json["multistatus"][1]["index"] == 2
    stored = client.wait_events(8, "shop")
    assert [event["body"]["n"] for event in stored] == [0, 1, 2, 3, 4, 5, 3, 4]


def test_lines_of_text_are_messages(front):
    client = front()
    answer = client.send("first\r\n\nsecond {\nthird", TEXT, "notes")
    assert answer.status == 201 and answer.json["count"] == 3
    stored = client.wait_events(3, "notes")
    assert [event["body"] for event in stored] == [{"message": "first"}, {"message": "second {"},
                                                   {"message": "third"}]
    assert all(event["host"] == "front" for event in stored)


@pytest.mark.parametrize("type_name, said", [
    ("a%20b", "has a blank or a control character"), ("a%00", "has a blank or a control character"),
    ("x" * 64, "has 64 bytes; the most is 63"), ("%ff", "is not UTF-8"),
    (".hidden", "begins or ends with a dot"), ("a..b", "has two dots in a row"),
])
def test_a_type_that_cannot_be_one_is_refused(front, type_name, said):
    answer = front().send({"n": 1}, type_name=type_name)
    assert answer.error == (400, "bad_request", f"the type in the path {said}")


def test_a_type_is_a_part_of_a_file_name_and_no_path(front):
    client = front()
    assert client.send({"n": 1}, type_name="..%2fetc%2fpasswd").status == 400
    assert client.send({"n": 1}, type_name="a%2fb").status == 201
    assert client.wait_events(1, "a/b")[0]["type"] == "a/b"


def test_other_requests_are_refused(front):
    client = front()
    assert client.send("a=1", "application/x-www-form-urlencoded").error[:2] == (
        415, "unsupported_media_type")
    answer = client.request("GET", EVENTS + "shop", user=None)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST, OPTIONS")
    assert client.send({"x": "y" * 2_000_000}).status == 413


def test_a_template_names_the_events(front):
    client = front("--type", "events={type}.{service|none}")
    client.send([{"service": "web"}, {}], type_name="app")
    client.wait_events(1, "app.web")
    client.wait_events(1, "app.none")


@pytest.mark.parametrize("kind", [LINES, MSGPACK, TEXT])
def test_a_stream_is_not_held_whole(front, kind):
    """96 MiB, sent in chunks: oxingest grows by less than a third of it, and stores all."""
    client = front()
    pad = "x" * 1000
    count = 96_000
    encode = {LINES: lambda n: json.dumps({"n": n, "pad": pad}).encode() + b"\n",
              MSGPACK: lambda n: msgpack.packb({"n": n, "pad": pad}),
              TEXT: lambda n: f"{n} {pad}\n".encode()}[kind]
    client.send({"n": 0}, type_name="warm")
    before = resident(client.program)

    def body():
        for start in range(0, count, 1000):
            yield b"".join(encode(n) for n in range(start, start + 1000))
    answer = client.send_stream(body(), kind)
    assert answer.status == 201 and answer.json["count"] == count
    assert_grew_less(client.program, before, 32 * MIB)
    client.node.wait_received("shop", count, timeout=120.0)


def test_curl_posts_a_compressed_file_of_lines(front, tmp_path):
    client = front()
    path = tmp_path / "events.ndjson.gz"
    path.write_bytes(gzip.compress(b"".join(b'{"n": %d}\n' % n for n in range(2500))))
    done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", "-H", f"Content-Type: {LINES}",
                           "-H", "Content-Encoding: gzip", "--data-binary", f"@{path}",
                           f"http://{client.address}{EVENTS}shop"],
                          capture_output=True, timeout=patient(60.0), check=True, text=True)
    body, status = done.stdout.rsplit("\n", 1)
    assert status == "201" and json.loads(body)["count"] == 2500
    assert len(client.wait_events(2500, "shop")) == 2500


def test_a_stream_whose_collector_goes_away_says_how_far_it_came(oxd, program):
    """The events of whole chunks are stored, and the rest is told to be sent again."""
    node = oxd("collector", files=True, same_ports=True)
    client = Client(program, node)

    def body():
        for n in range(2048):
            yield b'{"n": %d}\n' % n
        node.wait_received("shop", 1024)
        node.stop()
        for n in range(2048, 5000):
            yield b'{"n": %d}\n' % n
    answer = client.send_stream(body(), LINES)
    assert answer.status == 207 and int(answer.headers["Retry-After"]) > 0
    good, failed = answer.json["multistatus"]
    assert failed["status"] == 503 and "all behind them" in failed["body"]["error"]["message"]
    assert good["body"]["count"] in (1024, 2048)
    node.start()
    stored = client.wait_events(good["body"]["count"], "shop")
    assert [event["id"] for event in stored][:good["body"]["count"]] == ids_of(good["body"])


@pytest.mark.parametrize("kind", [LINES, MSGPACK])
def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program, kind):
    """1,000 events of a client that retries, in batches of 50. One comes twice only where the client was
    told that it might, and under the ids that it was told."""
    node = oxd("collector", files=True, same_ports=True)
    client = Client(program, node)
    connection = client.connect()
    doubtful, ids = set(), {}
    with RestartInTheMiddle(node, 1000) as restart:
        for start in range(0, 1000, 50):
            numbers = list(range(start, start + 50))
            events = [{"n": n} for n in numbers]
            body = (b"".join(map(msgpack.packb, events)) if kind == MSGPACK
                    else "\n".join(map(json.dumps, events)))
            deadline = time.monotonic() + patient(120.0)
            while True:
                assert time.monotonic() < deadline
                answer = client.send(body, kind, connection=connection)
                if answer.status == 201:
                    ids.update(zip(numbers, ids_of(answer.json)))
                    break
                assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer
                if "may be stored" in answer.error[2]:
                    doubtful.update(numbers)
            restart.sent(50)

    def found():
        return [(event["body"]["n"], event["id"]) for event in client.events("shop")]
    wait_until(lambda: {n for n, _ in found()} >= set(range(1000)), 30.0, "all are in the files")
    stored = found()
    assert {n for n, _ in stored} == set(range(1000))
    assert set(ids.items()) <= set(stored)
    counts = [n for n, _ in stored]
    assert {n for n in counts if counts.count(n) > 1} <= doubtful
