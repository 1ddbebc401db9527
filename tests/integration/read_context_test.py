"""GET /api/v1/oxd/context of oxview: an event and those around it, and the places that query and tail tell."""
import bz2
import gzip
import json
import random
from pathlib import Path

import msgpack
import pytest

import logfiles
from http_front import GOOD, Front
from http_reader import Reader, unpacked
from processes import run
from waiting import wait_until

BASE = "/api/v1/oxd"
DAY, START = "20170714", 1500000000


def packed(type_name, n, **fields):
    event = {"id": f"{type_name}-{n}", "type": type_name, "host": f"h{n % 2}", "pid": 1, "start": START + n,
             "end": START + n + 0.5, "body": {"n": n, "level": n % 3 * 10 + 10, "pad": "x" * 300}}
    return msgpack.packb({**event, **fields})


def write(directory, type_name, events):
    path = Path(directory) / DAY / f"{type_name}-{DAY}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"".join(events))
    return path


def context(reader, status=200, headers=None, **query):
    answer = reader.get(f"{BASE}/context", query, user=None, headers=headers)
    assert answer.status == status, (query, answer)
    return answer.json


def lines(reader, **query):
    answer = reader.get(f"{BASE}/query", query, user=None)
    assert answer.status == 200, answer
    return [json.loads(line) for line in answer.body.splitlines()]


def numbers(events):
    return [event["body"]["n"] for event in events]


def place(event):
    return event["place"]["file"], event["place"]["offset"]


def assert_around(answer, expected, at, before=10, after=10):
    assert answer["event"]["body"]["n"] == expected[at]
    assert numbers(answer["before"]) == expected[max(0, at - before):at]
    assert numbers(answer["after"]) == expected[at + 1:at + 1 + after]


@pytest.fixture
def logs(tmp_path):
    directory = tmp_path / "logs"
    write(directory, "a", [packed("a", n) for n in range(4000)])
    write(directory, "b", [packed("b", n) for n in range(0, 4000, 5)])
    return directory


def test_places_are_told_where_they_are_asked_for_and_lead_back_to_the_event(logs, program):
    reader = Reader(program, logs)
    assert all("place" not in event for event in lines(reader, limit=5))
    assert all("place" not in event for event in lines(reader, limit=5, places="false"))
    # At once, and as they are found.
    for limit in (4800, 20000):
        events = lines(reader, limit=limit, places="true")
        assert len(events) == 4800
        for event in random.Random(1).sample(events, 20):
            file, offset = place(event)
            assert file == f"{DAY}/{event['type']}-{DAY}.log"
            assert context(reader, file=file, offset=offset, before=0, after=0) == \
                {"event": event, "before": [], "after": []}
    assert reader.get(f"{BASE}/query", {"places": "1"}, user=None).error[:2] == (400, "invalid_parameter")


def test_neighbours_are_those_of_the_file_in_stored_order(logs, program):
    reader = Reader(program, logs)
    everything = list(range(4000))
    assert_around(context(reader, id="a-2000"), everything, 2000)
    assert_around(context(reader, id="a-3", before=7, after=2), everything, 3, 7, 2)
    assert_around(context(reader, id="a-3999", before=1000, after=1000), everything, 3999, 1000, 1000)
    answer = context(reader, id="a-2000", before=1, after=1)
    assert [event["type"] for event in (*answer["before"], *answer["after"])] == ["a", "a"]
    # From neighbour to neighbour, by their places and their ids.
    file, offset = place(answer["after"][0])
    assert context(reader, file=file, offset=offset, before=1)["before"] == [answer["event"]]
    assert context(reader, file=file, offset=offset, id="a-2001")["event"] == answer["after"][0]
    assert unpacked(reader.get(f"{BASE}/context", {"id": "a-1"}, user=None,
                               headers={"Accept-Encoding": "gzip"}))["event"]["id"] == "a-1"


def test_neighbours_of_other_types_are_those_around_it_in_time(logs, program):
    reader = Reader(program, logs)
    answer = context(reader, id="a-2002", type="b", before=2, after=2)
    assert [event["id"] for event in answer["before"]] == ["b-1995", "b-2000"]
    assert [event["id"] for event in answer["after"]] == ["b-2005", "b-2010"]
    answer = context(reader, id="a-2004", type="*", before=2, after=3)
    assert [event["id"] for event in answer["before"]] == ["a-2002", "a-2003"]
    assert [event["id"] for event in answer["after"]] == ["a-2005", "b-2005", "a-2006"]
    for query, step in (({"host": "h0"}, 2), ({"level": 30}, 3), ({"where": "body->>'n' % 7 = 0"}, 7)):
        found = [event["body"]["n"] for part in ("before", "after")
                 for event in context(reader, id="a-2100", type="a", before=3, after=3, **query)[part]]
        assert found == sorted(found) and len(found) == 6
        assert all(b - a in (step, 2 * step) for a, b in zip(found, found[1:])), (query, found)
    assert numbers(context(reader, id="a-5", type="a", since="2017-07-14T02:40:03Z")["before"]) == [3, 4]


def test_compressed_files_are_read_as_plain_ones(logs, program):
    reader = Reader(program, logs)
    path = logs / DAY / f"a-{DAY}.log"
    everything = list(range(4000))
    where = {n: place(event) for event in lines(reader, type="a", limit=4000, places="true")
             for n in [event["body"]["n"]]}

    def check():
        for at in (0, 1, 2500, 3999):
            file, offset = where[at]
            assert_around(context(reader, file=file, offset=offset, before=20, after=20), everything, at, 20, 20)
            assert_around(context(reader, id=f"a-{at}"), everything, at)
    check()
    assert run("oxctl", "store", "reindex", logs).code == 0
    assert path.with_name(path.name + ".idx").exists()
    check()
    raw = path.read_bytes()
    path.unlink()
    for suffix, bytes_ in ((".gz", gzip.compress(raw)), (".bz2", bz2.compress(raw))):
        other = path.with_name(path.name + suffix)
        other.write_bytes(bytes_)
        check()
        assert run("oxctl", "store", "reindex", logs).code == 0
        check()
        other.unlink()
    path.write_bytes(raw)
    assert run("oxctl", "store", "zip", logs).code == 0
    assert path.with_name(path.name + ".zst").exists() and not path.exists()
    check()
    # Written to again, after it was compressed.
    write(logs, "a", [packed("a", n) for n in range(5000, 5010)])
    assert_around(context(reader, id="a-5005"), list(range(5000, 5010)), 5)


def test_files_that_are_written_are_read_while_they_grow(oxd, push, program):
    node = oxd(files=True)
    sender = push(node)
    reader = Reader(program, node.log_path)
    for part in range(3):
        sender.push_numbers("grows", part * 500, 500, padding=300)
        logfiles.wait_numbers(node.log_path, "grows", range((part + 1) * 500))
        newest = lines(reader, where=f"body->>'n' = {part * 500 + 499}", places="true")[0]
        file, offset = place(newest)
        answer = context(reader, file=file, offset=offset, id=newest["id"], before=300, after=5)
        assert_around(answer, list(range((part + 1) * 500)), part * 500 + 499, 300, 5)


def test_records_are_found_by_their_number(oxd, program):
    node = oxd("collector", files=True)
    front = Front(program, node)
    answer = front.post_lines(*({**GOOD, "message": str(n)} for n in range(5)))
    assert answer.status == 201
    reader = Reader(program, node.log_path)
    wait_until(lambda: len(lines(reader)) == 5, 30.0, "all can be read")
    records = sorted(lines(reader), key=lambda event: event["id"])
    assert all(isinstance(record["id"], int) for record in records)
    answer = context(reader, id=records[2]["id"])
    assert answer["event"]["id"] == records[2]["id"]
    assert [event["id"] for event in answer["before"]] == [record["id"] for record in records[:2]]
    assert [event["id"] for event in answer["after"]] == [record["id"] for record in records[3:]]


@pytest.mark.parametrize("zipped", [False, True])
def test_what_is_deleted_is_not_found_and_nobodys_neighbour(oxd, program, zipped):
    node = oxd("collector", files=True)
    path = write(node.log_path, "a", [packed("a", n) for n in range(1000)])
    reader = Reader(program, node.log_path)
    places = {event["body"]["n"]: place(event) for event in lines(reader, limit=1000, places="true")}
    body_at = packed("a", 10).index(b"\xa4body") + 5
    reply = node.control.command("CUT_OFF", timeout=60.0, types="a", before=START + 500)
    assert reply == {"ok": True, "hidden": 500}
    if zipped:
        node.stop()
        assert run("oxctl", "store", "zip", node.log_path).code == 0
        assert path.with_name(path.name + ".zst").exists()
    context(reader, 404, id="a-10")
    context(reader, 404, id="a-10", type="a")
    file, offset = places[10]
    # Places hold until what is deleted is left out of the file; with the id no other event is shown.
    for query in ({}, {"type": "a"}):
        context(reader, 404, file=file, offset=offset, id="a-10", **query)
        if not zipped:
            context(reader, 404, file=file, offset=offset, **query)
            # Nor is there a way into it.
            context(reader, 404, file=file, offset=offset + body_at, **query)
    for query in ({}, {"type": "a"}):
        assert_around(context(reader, id="a-503", before=100, after=3, **query), list(range(500, 1000)), 3, 100, 3)


def test_an_event_that_is_none_is_told_so(logs, tmp_path, program):
    (tmp_path / "secret.log").write_bytes(packed("secret", 1))
    (logs / DAY / "secret").write_bytes(packed("secret", 1))
    reader = Reader(program, logs)
    file = f"{DAY}/a-{DAY}.log"
    for query in ({"id": "nobody"}, {"id": "a-4000"}, {"id": "4"}, {"id": "x" * 5000}, {"id": "\0"}, {"id": "%"},
                  {"file": file, "offset": 1}, {"file": file, "offset": 2 ** 64 - 1}, {"file": file, "offset": 10 ** 7},
                  {"file": file, "offset": 0, "id": "a-1"}, {"file": f"{DAY}/c-{DAY}.log", "offset": 0},
                  *({"file": name, "offset": 0} for name in
                    ("/", ".", "../secret.log", f"{DAY}/../../secret.log", str(tmp_path / "secret.log"),
                     f"{DAY}/secret", f"a-{DAY}.log", f"./{file}", f"{DAY}/../{file}", f"/{file}", f"{file}\0",
                     str(logs / file), f"{file}.zst", "/etc/passwd", "\0", "é", "x" * 5000))):
        answer = reader.get(f"{BASE}/context", query, user=None)
        assert answer.error[:2] == (404, "not_found"), (query, answer)
        assert "no event" in answer.error[2]
    for query, word in (({}, "id"), ({"id": ""}, "id"), ({"file": file}, "offset"), ({"offset": 0}, "file"),
                        ({"file": file, "offset": -1}, "offset"), ({"file": file, "offset": "x"}, "offset"),
                        ({"file": file, "offset": 2 ** 64}, "offset"), ({"id": "a-1", "before": 1001}, "before"),
                        ({"id": "a-1", "after": -1}, "after"), ({"id": "a-1", "after": "1e3"}, "after"),
                        ({"id": "a-1", "type": "a*b"}, "type"), ({"id": "a-1", "level": "loud"}, "level"),
                        ({"id": "a-1", "since": "yesterday"}, "since"), ({"id": "a-1", "where": "nope ="}, "where")):
        answer = reader.get(f"{BASE}/context", query, user=None)
        assert answer.error[:2] == (400, "invalid_parameter"), (query, answer)
        assert word in answer.error[2]
    write(logs, "timeless", [msgpack.packb({"id": "t", "body": {"n": 1}})])
    assert context(reader, id="t")["before"] == []
    assert "time" in context(reader, 400, id="t", type="*")["error"]["message"]


def test_who_may_ask(logs, tmp_path, program):
    tokens = tmp_path / "tokens"
    tokens.write_text("some-reader basic-reader\nall-reader basic-reader query-reader\nno-reader writer\n")
    tokens.chmod(0o600)
    reader = Reader(program, logs, "--http-tokens", str(tokens))
    for token, plain, with_where in ((None, 401, 401), ("no-reader", 403, 403), ("some-reader", 200, 403),
                                     ("all-reader", 200, 200)):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        context(reader, plain, headers, id="a-1")
        context(reader, with_where, headers, id="a-1", where="level > 1")
