"""Our own reading API of oxview, and the description of it that is served."""
import json

import pytest

from http_front import GOOD, JSON, Front
from http_reader import Reader, unpacked
from waiting import wait_until

BASE = "/api/v1/oxd"
# 2017-07-14T02:40:00Z and every ten minutes from then on.
START, STEP, COUNT = 1500000000, 600, 30


@pytest.fixture
def reader(oxd, program, push):
    node = oxd("collector", files=True)
    front = Front(program, node)
    answer = front.post_lines(*({**GOOD, "created": START + n * STEP, "levelno": 10 + n % 3 * 10,
                                 "name": f"app.{n % 2}", "message": str(n), "user": f"u{n % 5}"}
                                for n in range(COUNT)))
    assert answer.status == 201
    push(node).push_event("web", {"status": 200, "http": {"path": "/x", "size": 7}})
    out = Reader(program, node.log_path)
    wait_until(lambda: len(lines(out, limit=100)) == COUNT + 1, 30.0, "all can be read")
    return out


def get(reader, path, **query):
    answer = reader.get(f"{BASE}/{path}", query, user=None)
    assert answer.status == 200, answer
    return answer.json


def lines(reader, **query):
    answer = reader.get(f"{BASE}/query", query, user=None)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/x-ndjson", answer
    return [json.loads(line) for line in answer.body.splitlines()]


def values(answer):
    return [(each["value"], each["count"]) for each in answer["values"]]


def test_the_newest_events_are_shown_whole_and_in_pages(reader):
    newest = lines(reader, limit=2)
    assert newest[0]["body"]["http"] == {"path": "/x", "size": 7}
    assert (newest[1]["type"], newest[1]["end"], newest[1]["body"]["message"]) == \
        ("chronologer", START + (COUNT - 1) * STEP, str(COUNT - 1))
    assert [event["body"]["message"] for event in lines(reader, type="chronologer", offset=3, limit=3)] == \
        ["26", "25", "24"]
    assert len(lines(reader, type="chron*,web")) == COUNT + 1
    assert [event["body"]["message"] for event in lines(reader, where="body->>'message' = '7'")] == ["7"]
    assert len(lines(reader, level="warning")) == COUNT // 3
    assert len(lines(reader, since="2017-07-14T02:40:00Z", until="2017-07-14T03:00:00Z")) == 3
    assert lines(reader, host="nobody") == []
    answer = reader.get(f"{BASE}/hits", user=None, headers={"Accept-Encoding": "gzip"})
    assert unpacked(answer)["total"] == COUNT + 1


def test_hits_are_counted_by_time(reader):
    answer = get(reader, "hits", type="chronologer")
    assert (answer["group"], answer["total"]) == ("hour", COUNT)
    assert answer["buckets"][:2] == [{"start": 1499997600, "count": 2}, {"start": 1500001200, "count": 6}]
    quarters = get(reader, "hits", type="chronologer", group="quarter", level=20)
    assert quarters["total"] == COUNT * 2 // 3
    assert all(bucket["start"] % 900 == 0 for bucket in quarters["buckets"])
    days = get(reader, "hits", type="chronologer", group="day", timezone="Asia/Kathmandu")
    assert days["buckets"] == [{"start": 1499969700, "count": COUNT}]


def test_facets_fields_and_values_are_counted(reader):
    facets = get(reader, "facets")
    assert values(facets["type"]) == [("chronologer", COUNT), ("web", 1)]
    assert values(facets["body.level"]) == [("10", 10), ("20", 10), ("30", 10)]
    assert values(facets["body.name"]) == [("app.0", 15), ("app.1", 15)]
    names = dict(values(get(reader, "field_names", limit=100)))
    assert names["body.logrec.data.user"] == COUNT and names["body.http.size"] == 1
    assert names["end"] == COUNT + 1 and "body.http" not in names
    users = get(reader, "field_values", field="body.logrec.data.user", limit=2)
    assert values(users) == [("u0", 6), ("u1", 6)] and users["distinct"] == 5
    assert values(get(reader, "field_values", field="body.http.path")) == [("/x", 1)]
    assert get(reader, "field_values", field="body.nothing") == {"values": [], "distinct": 0, "others": 0}


def test_actions_of_eventlog_are_found_by_how_they_begin(oxd, program):
    """E13"""
    node = oxd("collector", files=True)
    front = Front(program, node)
    events = [{"name": "a", "action": "account.admin.create", "tstamp": START},
              {"name": "b", "action": "accounting", "tstamp": START}]
    assert front.post(json.dumps(events), JSON, "/api/v1/events", user=None).json == {"accepted": 2}
    reader = Reader(program, node.log_path)
    wait_until(lambda: len(lines(reader)) == 2, 30.0, "both can be read")

    def found(pattern):
        return sorted(event["body"]["name"]
                      for event in lines(reader, where=f"body->>'action' GLOB '{pattern}'"))
    assert [found(pattern) for pattern in ("account.*", "account.admin.*", "acc*", "account")] == \
        [["a"], ["a"], ["a", "b"], []]


def test_parameters_that_mean_nothing_are_refused(reader):
    for path, wrong in (("query", {"limit": 0}), ("query", {"limit": "x"}), ("query", {"offset": -1}),
                        ("query", {"type": "a*b"}), ("query", {"since": "yesterday"}),
                        ("query", {"level": "loud"}), ("query", {"where": "nope ="}),
                        ("query", {"places": "yes"}), ("tail", {"places": "yes"}),
                        ("hits", {"group": "week"}), ("hits", {"timezone": "Nope/X"}),
                        ("field_values", {}), ("facets", {"limit": 1001})):
        answer = reader.get(f"{BASE}/{path}", wrong, user=None)
        assert answer.error[:2] == (400, "invalid_parameter"), (path, wrong)
        assert next(iter(wrong), "field") in answer.error[2]


def test_who_may_query(oxd, program, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("some-reader basic-reader\nall-reader basic-reader query-reader\nno-reader writer\n")
    tokens.chmod(0o600)
    reader = Reader(program, oxd("collector", files=True).log_path, "--http-tokens", str(tokens))
    for token, plain, with_where in ((None, 401, 401), ("no-reader", 403, 403), ("some-reader", 200, 403),
                                     ("all-reader", 200, 200)):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert reader.get(f"{BASE}/query", user=None, headers=headers).status == plain
        assert reader.get(f"{BASE}/query", {"where": "level > 1"}, user=None,
                          headers=headers).status == with_where


def matches(schema, value, root):
    """Whether a value has the form that a schema gives it; as much of JSON Schema as ours uses."""
    while "$ref" in schema:
        schema = resolve(schema, root)
    kind = schema["type"]
    assert isinstance(value, {"object": dict, "array": list, "string": str, "integer": int,
                              "number": (int, float)}[kind]), value
    for key in schema.get("required", ()):
        assert key in value, (key, value)
    if kind == "object":
        for key, each in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if inner:
                matches(inner, each, root)
    if kind == "array":
        for each in value:
            matches(schema["items"], each, root)


def resolve(node, root):
    out = root
    for part in node["$ref"].removeprefix("#/").split("/"):
        out = out[part]
    return out


def test_the_description_says_what_is_served(reader):
    spec = reader.get("/openapi.json", user=None).json
    assert spec["openapi"].startswith("3.")
    assert sorted(spec["paths"]) == [f"{BASE}/{path}" for path in
                                     ("context", "facets", "field_names", "field_values", "hits", "nodes",
                                      "query", "tail")]
    some_id = lines(reader, limit=1)[0]["id"]
    for path, item in spec["paths"].items():
        operation = item["get"]
        parameters = [resolve(p, spec) if "$ref" in p else p for p in operation["parameters"]]
        required = {p["name"]: p["example"] for p in parameters if p.get("required")}
        if path.endswith("/context"):  # takes one of two, which cannot be said
            required["id"] = some_id
        examples = {**required, **{p["name"]: p["example"] for p in parameters if "example" in p}}
        (content,) = operation["responses"]["200"]["content"].items()
        for query in (required, examples, *({**required, p["name"]: p["schema"]["default"]}
                                            for p in parameters if "default" in p["schema"])):
            if content[0] == "text/event-stream":  # which does not end: read_tail_test.py
                continue
            answer = reader.get(path, query, user=None)
            assert answer.status == 200 and answer.headers["Content-Type"] == content[0], (path, query)
            documents = answer.body.splitlines() if "ndjson" in content[0] else [answer.body]
            assert documents
            for document in documents:
                matches(content[1]["schema"], json.loads(document), spec)
        if "400" not in operation["responses"]:
            continue
        wrong = reader.get(path, {**required, "level": "loud"}, user=None)
        error = resolve(operation["responses"]["400"], spec)["content"]["application/json"]["schema"]
        matches(error, wrong.json, spec)
        for parameter in parameters if "event-stream" not in content[0] else ():
            for value in parameter["schema"].get("enum", ()):
                assert reader.get(path, {**required, parameter["name"]: value}, user=None).status == 200
