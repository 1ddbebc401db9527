"""Chronologer's record API, read: oxd with files, oxingest in front of it, oxview over the files."""
import hashlib
import json
import time

import pytest

from http_front import GOOD, JSON, PATH, Front
from http_reader import Reader, unpacked
from waiting import wait_until

NOTHING = "Nothing matches the given URI"
QUERY_COMPLAINT = "Make sure the query filter is a valid WHERE expression"


@pytest.fixture
def store(oxd, program):
    """A collector, who fills it, and who reads it."""
    class Store:
        def __init__(self):
            self.node, self.program = oxd("collector", files=True), program
            self.front = Front(program, self.node)

        def post(self, *records):
            """The ids of records of which these keys are not as usual."""
            ids = []
            for record in records:
                answer = self.front.post(json.dumps({**GOOD, **record}), JSON)
                assert answer.status == 201, answer
                ids.append(answer.json["id"])
            return ids

        def reader(self, *options, **env):
            return Reader(program, self.node.log_path, *options, **env)
    return Store()


def messages(records):
    return [record["message"] for record in records]


def pbkdf2(password, salt, rounds):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), rounds).hex()


def test_records_are_counted_by_level_and_name(store):
    """C13"""
    store.post({"name": "app.db", "levelno": 20}, {"name": "app.web", "levelno": 40},
               {"name": "other", "levelno": 40})
    reader = store.reader()
    reader.wait_count(3)
    answer = reader.head(PATH, {"level": 30, "name": "app"})
    assert (answer.status, answer.headers["X-Record-Count"]) == (200, "1")
    assert answer.headers["Cache-Control"] == "no-cache" and not answer.body
    assert reader.count(name="APP.") == 2  # in any case
    assert reader.count(name="app.db, other,") == 2  # any of several; empty ones are none
    assert reader.count(name="a%") == 0  # no wildcards
    assert reader.count(level=40, name="o") == 1
    assert reader.head(PATH, {"level": "high"}).headers["X-Error-Type"] == "ValueError"


def test_a_timeline_has_the_hours_and_days_of_its_zone(store):
    """C14"""
    times = [1497730477, 1497734077, 1497737677, 1497741277]  # 20:14:37Z ... 23:14:37Z
    store.post(*({"created": created, "levelno": 50} for created in times))
    reader = store.reader()
    reader.wait_count(4)
    where = {"timezone": "Europe/Amsterdam"}
    hours = reader.head(PATH, {"group": "hour", **where})
    assert hours.headers["X-Record-Group"] == "1497729600,1497733200,1497736800,1497740400"
    assert hours.headers["X-Record-Count"] == "1,1,1,1"
    days = reader.head(PATH, {"group": "day", **where})
    assert days.headers["X-Record-Group"] == "1497650400,1497736800"
    assert days.headers["X-Record-Count"] == "2,2"
    assert days.headers["Cache-Control"] == "no-cache"
    none = reader.head(PATH, {"group": "day", "level": 60, **where})
    assert none.status == 200
    assert (none.headers["X-Record-Group"], none.headers["X-Record-Count"]) == ("", "")
    for wrong in ({"group": "day"}, {"group": "day", "timezone": "Nope/X"},
                  {"group": "week", **where}, {"group": "day", "timezone": "../../etc/passwd"}):
        answer = reader.head(PATH, wrong)
        assert (answer.status, answer.headers["X-Error-Type"]) == (400, "ValueError"), wrong


def test_a_day_that_the_clocks_change_on_is_one_day(store):
    # Amsterdam, 2017-10-29: 01:00Z ends summer time, 02:30 comes twice.
    store.post({"created": 1509235200}, {"created": 1509237000}, {"created": 1509240600},
               {"created": 1509314400})
    reader = store.reader()
    reader.wait_count(4)
    days = reader.head(PATH, {"group": "day", "timezone": "Europe/Amsterdam"})
    assert days.headers["X-Record-Group"] == "1509228000"
    assert days.headers["X-Record-Count"] == "4"
    hours = reader.head(PATH, {"group": "hour", "timezone": "Europe/Amsterdam"})
    assert hours.headers["X-Record-Group"] == "1509235200,1509238800,1509314400"
    assert hours.headers["X-Record-Count"] == "2,1,1"


def test_ranges_come_newest_first(store):
    """C15"""
    old, new, equal, oldest = store.post(
        {"created": 1500000100, "message": "old"}, {"created": 1500000300, "message": "new"},
        {"created": 1500000300, "message": "as new, but later"}, {"created": 5, "message": "oldest"})
    reader = store.reader()
    reader.wait_count(4)
    assert [record["id"] for record in reader.records(0, 9)] == [equal, new, old, oldest]
    answer = reader.get(PATH, {"left": 0, "right": 0})
    assert [record["id"] for record in answer.json] == [equal]
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert messages(reader.records(1, 2)) == ["new", "old"]
    assert reader.records(1, 0) == []
    assert reader.records(4, 9) == []
    for query in ({}, {"left": 0}, {"left": "x", "right": 1}, {"left": -1, "right": 1},
                  {"left": 0, "right": -1}):
        assert reader.get(PATH, query).error[:2] == (400, "ValueError"), query


def test_deep_pages_have_what_lies_there(store):
    lines = [{**GOOD, "created": 1500000000 + (n * 7919) % 3000, "message": str((n * 7919) % 3000)}
             for n in range(3000)]
    assert store.front.post_lines(*lines).status == 201
    reader = store.reader()
    reader.wait_count(3000)
    assert messages(reader.records(1000, 1004)) == ["1999", "1998", "1997", "1996", "1995"]
    assert messages(reader.records(2998, 4000)) == ["1", "0"]
    assert messages(reader.records(0, 2999)) == [str(n) for n in range(2999, -1, -1)]
    assert messages(reader.records(700, 701, query="message LIKE '%7'")) == []
    assert messages(reader.records(298, 301, query="message LIKE '%7'")) == ["17", "7"]


def test_one_record_is_found_by_the_id_that_its_post_returned(store):
    answer = store.front.post(json.dumps({**GOOD, "created": 1500000000.25, "lineno": 12, "x": 387,
                                          "exc_text": "Traceback", "exc_info": "e"}), JSON)
    posted = answer.json
    store.post({"message": "another"})
    reader = store.reader()
    reader.wait_count(2)
    answer = reader.get(f"{PATH}/{posted['id']}")
    assert answer.json == posted
    assert list(answer.json) == ["name", "ts", "level", "message", "logrec", "id"]
    assert answer.json["ts"] == "2017-07-14 02:40:00.250000+00:00"
    assert answer.headers["Cache-Control"] == "max-age=2600000"
    assert reader.records(1, 1) == [posted] or reader.records(0, 0) == [posted]
    head = reader.head(f"{PATH}/{posted['id']}")
    assert head.status == 200 and not head.body


def test_what_is_no_record_is_not_found(store):
    """C16"""
    store.post({})
    reader = store.reader()
    for path in ("999999", "-1", "abc", "%20", "99999999999999999999999"):
        answer = reader.get(f"{PATH}/{path}")
        assert answer.error == (404, "HTTPError", NOTHING), path
    answer = reader.head(f"{PATH}/abc")
    assert (answer.status, answer.headers["X-Error-Type"]) == (404, "HTTPError")
    assert answer.headers["X-Error-Message"] == NOTHING


def test_long_names_and_messages_are_cut(store):
    """C17"""
    (record,) = store.post({"name": "n" * 256, "message": "m" * 256})
    reader = store.reader()
    reader.wait_count(1)
    (found,) = reader.records()
    assert (len(found["name"]), len(found["message"])) == (127, 255)
    assert found["id"] == record
    assert reader.get(f"{PATH}/{record}").json == found


def test_both_dialects_of_queries_select_the_same(store):
    """C18"""
    store.post({"foo": 387, "lineno": 20, "threadName": "MainThread", "message": "main"},
               {"foo": 387, "lineno": 21, "threadName": "Other", "message": "other",
                "x": "y", "key": [0, {"b": 2}]},
               {"foo": "387", "message": "text"}, {"message": "none"})
    reader = store.reader()
    reader.wait_count(4)

    def selected(query):
        return sorted(messages(reader.records(query=query)))
    for query, expected in [
            ("logrec->'$.data.foo' = 387 AND logrec->'$.meta.lineno' = 20", ["main"]),
            ("json_extract(logrec, '$.data.foo') = 387 AND json_extract(logrec, '$.meta.lineno') = 20",
             ["main"]),
            ("logrec->'$.data.foo' = 387", ["main", "other"]),
            ("json_extract(logrec, '$.data.foo') = 387", ["main", "other"]),
            ("logrec->'$.meta.threadName' != 'MainThread'", ["other"]),
            ("json_extract(logrec,'$.meta.threadName') = 'MainThread'", ["main"]),
            ("logrec->>'$.data.x' = 'y'", ["other"]),
            ("logrec->>'$.data.key[1].b' = 2", ["other"]),
            ("level = 20 AND message IN ('main', 'none')", ["main", "none"])]:
        assert selected(query) == expected, query
        assert reader.count(query=query) == len(expected), query


def test_a_query_that_is_none_is_refused(store):
    """C19, C20"""
    store.post({})
    reader = store.reader()
    reader.wait_count(1)
    for query in ("123#", "1; DROP TABLE record", "(SELECT 1)", "nope = 1", "nope(1)",
                  "logrec->'$#123' = 1", "name = "):
        answer = reader.get(PATH, {"left": 0, "right": 1, "query": query})
        assert answer.error == (400, "StorageQueryError", QUERY_COMPLAINT), query
        answer = reader.head(PATH, {"query": query})
        assert answer.status == 400 and not answer.body
        assert answer.headers["X-Error-Type"] == "StorageQueryError"
        assert answer.headers["X-Error-Message"] == QUERY_COMPLAINT
    assert reader.count() == 1


def test_times_bound_what_is_shown_and_are_inclusive(store):
    """C21"""
    store.post(*({"created": 1500000000 + n, "message": str(n)} for n in range(4)))
    reader = store.reader()
    reader.wait_count(4)
    assert messages(reader.records(after="2017-07-14T02:40:01Z", before="2017-07-14T02:40:02Z")) == \
        ["2", "1"]
    for same in ("2017-07-14 02:40:02", "2017-07-14T04:40:02+02:00", "2017-07-14T04:40:02 02:00",
                 "2017-07-14T02:40:01.5Z"):
        assert reader.count(after=same) == 2, same
    assert reader.count(after="2017-07-14") == 4
    assert reader.count(before="2017-07-14") == 0
    answer = reader.get(PATH, {"left": 0, "right": 0, "after": "2019--14 18:49:-- Z"})
    assert answer.error == (400, "ValueError", "time data '2019--14 18:49:-- Z' is not supported")


def test_nobody_is_let_in_without_credentials(store):
    """C22"""
    reader = store.reader(CHRONOLOGER_PASSWORD="secret")
    for user in (None, "logger:", "other:secret"):
        answer = reader.get(PATH, {"left": 0, "right": 0}, user=user)
        assert answer.error[:2] == (401, "HTTPError")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Chronologer"'
    answer = reader.head(PATH, user=None)
    assert (answer.status, answer.headers["X-Error-Type"]) == (401, "HTTPError")
    assert reader.get(PATH, {"left": 0, "right": 0}, user="logger:secret").status == 200


def test_users_of_a_file_do_what_their_roles_say(store, tmp_path):
    """C23"""
    users = [{"username": "bob", "pbkdf2": pbkdf2("obo", "c0139cff", 32), "hashname": "sha256",
              "salt": "c0139cff", "iterations": 32, "roles": ["writer"]},
             {"username": "obo", "pbkdf2": pbkdf2("bob", "9230dbdd", 64), "hashname": "sha256",
              "salt": "9230dbdd", "iterations": 64, "roles": ["basic-reader", "query-reader"]}]
    file = tmp_path / "users.json"
    file.write_text(json.dumps(users))
    file.chmod(0o600)
    reader = store.reader(CHRONOLOGER_AUTHFILE=str(file))
    page = {"left": 0, "right": 0}
    assert reader.get(PATH, page, user="bob:obo").error[0] == 403
    assert reader.get(PATH, page, user="obo:bob").status == 200
    assert reader.get(PATH, {**page, "query": "level = 1"}, user="obo:bob").status == 200
    assert reader.get(PATH, page, user="logger:").error[0] == 401


def test_queries_take_a_role_of_their_own(store):
    """C24"""
    (record,) = store.post({})
    reader = store.reader(CHRONOLOGER_ROLES="basic-reader")
    reader.wait_count(1)
    assert reader.get(f"{PATH}/{record}").status == 200
    for path in (f"{PATH}?left=0&right=1&query=1", f"{PATH}/{record}?query=1"):
        assert reader.get(path).error[:2] == (403, "HTTPError")
        assert reader.head(path).status == 403
    assert reader.get(f"{PATH}?left=0&right=1&query=").status == 200


def test_answers_are_compressed_for_who_takes_that(store):
    store.post({"message": "m" * 200})
    reader = store.reader()
    reader.wait_count(1)
    page = {"left": 0, "right": 0}
    (plain,) = reader.records(0, 0)
    for accepts in ("gzip", "deflate, gzip;q=0.5", "*", "gzip, identity;q=0.5", "br, gzip"):
        answer = reader.get(PATH, page, headers={"Accept-Encoding": accepts})
        assert unpacked(answer) == [plain], accepts
        assert answer.headers["Vary"] == "Accept-Encoding"
    for accepts in ("identity", "gzip;q=0", "gzip, identity", "identity, gzip", "deflate", ""):
        answer = reader.get(PATH, page, headers={"Accept-Encoding": accepts})
        assert "Content-Encoding" not in answer.headers and answer.json == [plain], accepts
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_other_methods_are_refused_and_pages_of_an_origin_may_be_let_in(store):
    reader = store.reader(CHRONOLOGER_CORS_ORIGIN="https://ui.example")
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        answer = reader.request(method, PATH)
        assert answer.error == (405, "HTTPError", "Specified method is invalid for this resource")
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    answer = reader.request("OPTIONS", PATH, user=None)
    assert answer.status == 204
    for answer in (answer, reader.head(PATH), reader.get(f"{PATH}/abc"), reader.get(PATH, user=None)):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://ui.example"
        assert answer.headers["Access-Control-Expose-Headers"] == "X-Record-Count, X-Record-Group"
    assert "Access-Control-Allow-Origin" not in store.reader().head(PATH).headers


def test_only_records_are_shown_unless_other_types_are_asked_for(store, push):
    store.post({})
    push(store.node).push_event("web.request", {"user": "bob"})
    reader = store.reader()
    everything = store.reader("--types", "chronologer=*")
    everything.wait_count(2)
    assert reader.count() == 1
    newest = everything.records(0, 0)[0]
    assert (newest["logrec"], newest["level"], newest["name"]) == ({"user": "bob"}, 0, "")
    assert store.reader("--types", "chronologer=web.*").count() == 1


def test_records_past_their_retention_are_gone(store):
    """C25"""
    now = time.time()
    store.post({"created": now - 2 * 86400, "message": "old"},
               {"created": now - 2 * 3600, "message": "young"})
    reader = store.reader()
    reader.wait_count(2)
    store.front = Front(store.program, store.node, CHRONOLOGER_RETENTION_DAYS="1")
    wait_until(lambda: reader.count() == 1, 30.0, "the retention is applied")
    assert messages(reader.records()) == ["young"]
    assert reader.count(before="2100-01-01") == 1


def test_a_request_that_takes_too_long_is_given_up(store):
    assert store.front.post_lines(*({**GOOD, "n": n} for n in range(20000))).status == 201
    store.reader().wait_count(20000)
    reader = store.reader("--query-timeout", "1ms")
    answer = reader.get(PATH, {"left": 0, "right": 9, "query": "logrec->>'$.data.n' LIKE '%99%'"})
    assert answer.error[0] == 503 and int(answer.headers["Retry-After"]) > 0


def test_records_are_there_whatever_becomes_of_their_files(store):
    """The same answers while a file is written, after the collector was killed, and compressed."""
    ids = store.post(*({"created": 1500000000 + n, "message": str(n)} for n in range(50)))
    reader = store.reader()
    reader.wait_count(50)
    before = reader.records()
    store.node.kill()
    store.node.start()
    reader.wait_count(50)  # what no checkpoint knew of is written to the files again
    assert reader.records() == before
    assert [record["id"] for record in before] == ids[::-1]
