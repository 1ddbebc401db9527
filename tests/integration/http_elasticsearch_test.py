"""What senders of documents ask of Elasticsearch, in oxingest: real clients in, log files out."""
import gzip
import json
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from bulk_client import bulk_lines, numbered_documents, post_bulk, statuses
from http_front import JSON, Front
from waiting import patient

ES_JSON = "application/vnd.elasticsearch+json; compatible-with=8"


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Front(program, oxd("collector", files=True), *options, **env)
    return start


@pytest.fixture
def es(oxd, program):
    """A listener of its own, as a sender's configuration for Elasticsearch would have it."""
    def start(*options, **env):
        return Front(program, oxd("collector", files=True), *options,
                     listen="127.0.0.1:0,profile=es", **env)
    return start


def curl(*args, data=None):
    done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *args], capture_output=True,
                          input=data, timeout=patient(30.0), check=True, text=True)
    body, status = done.stdout.rsplit("\n", 1)
    return int(status), body


def bodies(events):
    return [event["body"] for event in events]


def test_a_bulk_request_becomes_events_and_is_answered_in_its_order(front):
    oxingest = front()
    text = (bulk_lines([{"@timestamp": "2017-07-14T02:40:00.250Z", "message": "one", "level": "ERROR",
                         "host": "web-1", "k": {"deep": [1, 2.5, None, True]}}],
                       "logstash-2017.07.14", id_of=lambda document: "a-1")
            + bulk_lines([{"message": "two", "log": {"level": "warn"}, "host": {"name": "web-2"}}],
                         "logstash-2017.07.14", "create"))
    status, body = curl("-H", "Content-Type: application/x-ndjson", "--data-binary", "@-",
                        f"http://{oxingest.address}/_bulk?refresh=true&timeout=1m&pipeline=p",
                        data=text)
    assert status == 200
    answer = json.loads(body)
    assert isinstance(answer["took"], int) and answer["errors"] is False
    first, second = answer["items"]
    assert first == {"index": {
        "_index": "logstash-2017.07.14", "_id": "a-1", "_version": 1, "result": "created",
        "_shards": {"total": 1, "successful": 1, "failed": 0}, "_seq_no": 0, "_primary_term": 1,
        "status": 201}}
    assert second["create"]["status"] == 201 and second["create"]["_seq_no"] == 1
    one, two = oxingest.wait_events(2, "logstash")
    assert one["id"] == "a-1" and one["host"] == "web-1" and one["end"] == 1500000000.25
    assert one["body"] == {"level": 40, "message": "one", "@timestamp": "2017-07-14T02:40:00.250Z",
                           "k": {"deep": [1, 2.5, None, True]}, "_index": "logstash-2017.07.14"}
    assert str(two["id"]) == second["create"]["_id"] and 0 < two["id"] < 2 ** 53
    assert two["host"] == "web-2" and time.time() - 60 < two["end"] <= time.time() + 1
    assert two["body"] == {"level": 30, "level_name": "warn", "message": "two",
                           "log": {"level": "warn"}, "host": {"name": "web-2"},
                           "_index": "logstash-2017.07.14"}


@pytest.mark.parametrize("path", ["/app-x/_bulk", "/app-x/_bulk/", "/_bulk/", "/_bulk"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_paths_of_bulk_requests(front, path, method):
    oxingest = front()
    text = '{"index": {}}\n{"n": 1}\n' if "app-x" in path else bulk_lines([{"n": 1}], "app-x")
    answer = post_bulk(oxingest, text, path, method)
    assert statuses(answer) == [201] and answer.json["items"][0]["index"]["_index"] == "app-x"
    assert answer.headers["X-Elastic-Product"] == "Elasticsearch"
    (event,) = oxingest.wait_events(1, "app-x")
    assert event["body"] == {"n": 1, "_index": "app-x"} and event["host"] == "front"


def test_what_cannot_be_stored_is_refused_and_harms_nothing_else(front):
    oxingest = front("--max-event-size", "64KiB")
    text = ('{"index": {"_id": "1"}}\n{"n": 1}\n'
            '{"update": {"_id": "2"}}\n{"doc": {"n": 2}}\n'
            '{"delete": {"_id": "3"}}\n'
            '{"index": {"_id": "4"}}\n{"n": 4\n'
            '{"index": {"_id": "5"}}\n[5]\n'
            '{"index": {"_id": "6"}}\n' + json.dumps({"n": 6, "x": "y" * 70_000}) + '\n'
            '{"index": {"_id": "7"}}\n' + json.dumps({"n": 7, "x": "y" * 700_000}) + '\n'
            '{"create": {"_id": "8", "routing": "r"}}\n{"n": 8}\n')
    answer = post_bulk(oxingest, text, "/logs/_bulk")
    assert answer.status == 200 and answer.json["errors"] is True
    assert statuses(answer) == [201, 400, 400, 400, 400, 400, 400, 201]
    assert [next(iter(item)) for item in answer.json["items"]] == [
        "index", "update", "delete", "index", "index", "index", "index", "create"]
    for item in answer.json["items"][1:-1]:
        (result,) = item.values()
        assert result["error"]["type"].endswith("_exception") and result["error"]["reason"]
        assert result["_index"] == "logs" and "result" not in result
    events = oxingest.wait_events(2, "logs")
    assert [event["body"]["n"] for event in events] == [1, 8]
    assert events[1]["body"]["_action"] == {"routing": "r"}


def test_a_line_that_is_no_action_ends_the_request_there(front):
    oxingest = front()
    good = bulk_lines([{"n": 1}])
    answer = post_bulk(oxingest, good + '{"n": 2}\n{"n": 3}\n' + good)
    assert answer.status == 400 and answer.json["status"] == 400
    error = answer.json["error"]
    assert error["type"] == error["root_cause"][0]["type"] == "illegal_argument_exception"
    assert error["reason"] == ("Malformed action/metadata line [3], expected one of [create, delete, "
                               "index, update] but found [n]; the 1 actions before it were taken")
    assert bodies(oxingest.wait_events(1, "logs")) == [{"n": 1, "_index": "logs"}]
    assert post_bulk(oxingest, "no json at all").status == 400


def test_an_empty_request_has_an_empty_answer(front):
    answer = post_bulk(front(), "\n")
    assert answer.status == 200 and answer.json["items"] == [] and answer.json["errors"] is False


def test_a_request_of_many_chunks_is_stored_and_answered_whole(front):
    oxingest = front()
    text = bulk_lines(numbered_documents(range(20_000)), id_of=lambda document: str(document["n"]))
    answer = post_bulk(oxingest, gzip.compress(text.encode()), headers={"Content-Encoding": "gzip"})
    assert answer.status == 200 and not answer.json["errors"]
    results = [item["index"] for item in answer.json["items"]]
    assert [result["_id"] for result in results] == [str(n) for n in range(20_000)]
    assert [result["_seq_no"] for result in results] == list(range(20_000))
    events = oxingest.wait_events(20_000, "logs")
    assert [event["body"]["n"] for event in events] == list(range(20_000))
    assert [event["id"] for event in events] == [str(n) for n in range(20_000)]


def test_a_body_that_comes_in_pieces_is_taken(front):
    oxingest = front()
    text = bulk_lines(numbered_documents(range(3000))).encode()
    answer = post_bulk(oxingest, (text[at:at + 777] for at in range(0, len(text), 777)))
    assert statuses(answer) == [201] * 3000
    assert len(oxingest.wait_events(3000, "logs")) == 3000


def test_a_client_gets_only_what_it_wants_of_the_answer(front):
    oxingest = front()
    text = bulk_lines([{"n": 1}]) + '{"delete": {"_index": "i", "_id": "1"}}\n'
    answer = post_bulk(oxingest, text, "/_bulk?filter_path=errors,items.*.error.type")
    assert answer.json == {"errors": True, "items": [
        {"delete": {"error": {"type": "action_request_validation_exception"}}}]}
    assert post_bulk(oxingest, bulk_lines([{"n": 1}]),
                     "/_bulk?filter_path=items.*.error").json == {}


def test_single_documents_are_taken(front):
    oxingest = front()
    answers = [oxingest.request(method, path, json.dumps({"n": n}), {"Content-Type": JSON}, user=None)
               for n, (method, path) in enumerate([
                   ("POST", "/logs/_doc"), ("PUT", "/logs/_doc/a%2Fb"), ("POST", "/logs/_doc/c?refresh"),
                   ("PUT", "/logs/_create/d"), ("POST", "/logs/_create/e")])]
    assert [answer.status for answer in answers] == [201] * 5
    assert answers[1].json == {
        "_index": "logs", "_id": "a/b", "_version": 1, "result": "created",
        "_shards": {"total": 1, "successful": 1, "failed": 0}, "_seq_no": 1, "_primary_term": 1}
    events = oxingest.wait_events(5, "logs")
    assert [str(event["id"]) for event in events] == [answer.json["_id"] for answer in answers]
    assert [event["body"]["n"] for event in events] == list(range(5))
    for body in ("{", "[1]", ""):
        answer = oxingest.request("POST", "/logs/_doc", body, user=None)
        assert answer.status == 400 and answer.json["error"]["reason"]


def test_pythons_urllib_delivers(es):
    oxingest = es()
    request = urllib.request.Request(
        f"http://{oxingest.address}/_bulk", bulk_lines(numbered_documents(range(10))).encode(),
        {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=patient(30.0)) as response:
        assert json.load(response)["errors"] is False
    assert len(oxingest.wait_events(10, "logs")) == 10
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{oxingest.address}/_search", timeout=patient(30.0))
    assert refused.value.code == 405 or refused.value.code == 404


def test_the_questions_that_senders_ask_first_are_answered(es):
    oxingest = es()
    def ask(method, path, body=None):
        return oxingest.request(method, path, body, user=None)
    root = ask("GET", "/")
    assert root.headers["X-Elastic-Product"] == "Elasticsearch"
    assert root.json["tagline"] == "You Know, for Search"
    assert int(root.json["version"]["number"].split(".")[0]) >= 8
    head = ask("HEAD", "/")
    assert head.status == 200 and head.headers["X-Elastic-Product"] and head.body == b""
    assert ask("GET", "/_license").json["license"]["status"] == "active"
    assert ask("GET", "/_xpack").json["features"]["ilm"]["enabled"] is False
    assert ask("GET", "/_cluster/health").json["status"] == "green"
    assert ask("GET", "/_cat/health").body.split()[3] == b"green"
    for path in ("/_nodes/http", "/_nodes/_all/http", "/_nodes"):
        (node,) = ask("GET", path).json["nodes"].values()
        assert node["http"]["publish_address"] == oxingest.address
    for path in ("/_index_template/x", "/_template/x", "/_ilm/policy/x", "/_ingest/pipeline/x",
                 "/_component_template/x", "/_data_stream/x"):
        assert ask("HEAD", path).status == 404
        missing = ask("GET", path)
        assert missing.status == 404 and missing.json["error"]["reason"] == "[x] is missing"
        assert ask("PUT", path, "{}").json == {"acknowledged": True}
    assert ask("HEAD", "/some-index").status == 200
    assert ask("PUT", "/some-index", "{}").json == {
        "acknowledged": True, "shards_acknowledged": True, "index": "some-index"}
    assert ask("GET", "/livez").status == 200 and ask("GET", "/metrics").status == 200
    unknown = ask("GET", "/a/b/c")
    assert unknown.status == 404 and unknown.json["status"] == 404


def test_without_the_profile_the_root_is_not_elasticsearchs(front):
    oxingest = front()
    assert "X-Elastic-Product" not in oxingest.request("GET", "/", user=None).headers
    assert oxingest.request("PUT", "/some-index", "{}", user=None).status == 404
    assert oxingest.request("GET", "/_license", user=None).status == 200


def test_answers_have_the_media_type_that_a_client_asks_for(front):
    oxingest = front()
    answer = post_bulk(oxingest, bulk_lines([{"n": 1}]),
                       headers={"Accept": ES_JSON, "Content-Type": ES_JSON})
    assert answer.status == 200 and answer.headers["Content-Type"] == ES_JSON
    answer = oxingest.request("GET", "/_license", headers={"Accept": "*/*"}, user=None)
    assert answer.headers["Content-Type"] == JSON


def test_types_are_index_names_without_their_dates_or_what_a_template_says(front):
    oxingest = front("--type", "elasticsearch=es.{type}.{service|none}")
    text = (bulk_lines([{"service": "web"}], "app-2026.11.21") + bulk_lines([{}], "logs-nginx-default"))
    assert statuses(post_bulk(oxingest, text)) == [201, 201]
    assert len(oxingest.wait_events(1, "es.app.web")) == 1
    assert len(oxingest.wait_events(1, "es.logs-nginx-default.none")) == 1


def test_a_token_keeps_strangers_out_in_elasticsearchs_words(es):
    oxingest = es(OX_HTTP_TOKEN="a-long-enough-token")
    for method, path in (("GET", "/"), ("POST", "/_bulk"), ("PUT", "/some-index")):
        refused = oxingest.request(method, path, "" if method != "GET" else None, user=None)
        assert refused.status == 401 and refused.json["error"]["type"] == "security_exception"
        assert refused.headers["WWW-Authenticate"].startswith("Basic")
    text = bulk_lines([{"n": 1}])
    assert post_bulk(oxingest, text, headers={
        "Authorization": "ApiKey a-long-enough-token"}).status == 200
    assert oxingest.request("POST", "/_bulk", text, user="elastic:a-long-enough-token").status == 200
    assert len(oxingest.wait_events(2, "logs")) == 2
