"""Logger's events read by minute, hour and day: oxd with files, oxingest in front, oxview over the files."""
import datetime
import json
import urllib.parse

import pytest

from http_front import JSON, Front
from http_reader import Reader, unpacked
from waiting import wait_until

EVENTLOG, EVENTQRY = "/api/v1/eventlog", "/api/v1/eventqry"
L1 = {"facility": "web-frontend", "timestamp": "2017-11-30T10:15:30.123Z", "level": "error",
      "event": "db connect failed", "additional": {"user-id": 7}}
ID = "web-frontend:20171130T101530.123000Z:"
KEYS = ["id", "facility", "timestamp", "level", "event", "additional", "received"]


@pytest.fixture
def store(oxd, program):
    class Store:
        def __init__(self):
            self.node = oxd("collector", files=True)
            self.front = Front(program, self.node)
            self.count = 0

        def log(self, *changes):
            """The ids of L1 with these changes."""
            body = json.dumps([{**L1, **change} for change in changes])
            answer = self.front.post(body, JSON, EVENTLOG, user=None)
            assert answer.status == 201, answer
            self.count += len(changes)
            self.front.wait_events(self.count, "logger")
            return answer.json["ids"]

        def reader(self, *options, **env):
            return LoggerReader(program, self.node.log_path, *options, **env)
    return Store()


class LoggerReader(Reader):
    def page(self, path, **query):
        answer = self.get(f"{EVENTQRY}/{path}", query, user=None)
        assert answer.status == 200, answer
        return answer.json

    def events(self, path, **query):
        page = self.page(path, **query)
        assert page["count"] == len(page["events"])
        return page["events"]


def key(moment, form="%Y-%m-%dT%H:%M"):
    return moment.strftime(form)


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


def test_a_closed_minute_has_its_events(store):
    """L2"""
    ids = store.log({}, {}, {"timestamp": "2017-11-30T10:16:00Z", "event": "next minute"},
                    {"timestamp": "2017-11-30T10:14:59.999999Z", "event": "minute before"})
    assert ids[:2] == [ID + "0", ID + "1"]
    reader = store.reader()
    page = reader.page("minute/2017-11-30T10:15")
    assert {k: page[k] for k in ("period", "start", "end", "count")} == {
        "period": "minute", "start": "2017-11-30T10:15:00Z", "end": "2017-11-30T10:16:00Z", "count": 2}
    assert page["prev"] == f"{EVENTQRY}/minute/2017-11-30T10:14"
    assert page["next"] == f"{EVENTQRY}/minute/2017-11-30T10:16"
    for event, n in zip(page["events"], "01"):
        assert list(event) == KEYS
        assert event["id"] == ID + n and event["additional"] == {"user-id": 7}
        assert {k: event[k] for k in ("facility", "timestamp", "level", "event")} == \
            {k: L1[k] for k in ("facility", "timestamp", "level", "event")}
        assert event["received"].startswith(key(utc_now(), "%Y"))
    assert reader.page("minute/201711301015")["events"] == page["events"]
    following = reader.get(page["next"], user=None).json
    assert [event["event"] for event in following["events"]] == ["next minute"]


def test_a_period_that_is_not_complete_is_not_shown(store):
    """L3"""
    store.log({})
    reader = store.reader()
    now = utc_now()
    for ahead, longest in ((0, 62), (1, 122)):
        answer = reader.get(f"{EVENTQRY}/minute/{key(now + datetime.timedelta(minutes=ahead))}", user=None)
        if answer.status == 200:
            continue  # the minute ended meanwhile
        assert answer.error[:2] == (404, "PeriodNotComplete")
        assert 0 < int(answer.headers["Retry-After"]) <= longest
    for path in (f"hour/{key(now, '%Y-%m-%dT%H')}", f"day/{key(now, '%Y-%m-%d')}",
                 "minute/2999-01-01T00:00", f"since/{key(now + datetime.timedelta(minutes=5))}"):
        answer = reader.get(f"{EVENTQRY}/{path}", user=None)
        if answer.status != 200:  # as above
            assert answer.error[:2] == (404, "PeriodNotComplete")


def test_an_event_of_now_is_seen_once_its_minute_is_over(store):
    """L4"""
    reader = store.reader(LOGGER_GRACE="1s")
    now = utc_now()
    store.log({"timestamp": now.isoformat(), "event": "of now"})

    def closed():
        answer = reader.get(f"{EVENTQRY}/minute/{key(now)}", user=None)
        return answer if answer.status == 200 else None
    answer = wait_until(closed, 90.0, "the minute is complete")
    assert [event["event"] for event in answer.json["events"]] == ["of now"]
    assert answer.headers["Cache-Control"] == "private, max-age=60"


def test_a_minute_without_events_is_empty(store):
    """L5"""
    store.log({})
    page = store.reader().page("minute/2017-11-30T11:15")
    assert (page["count"], page["events"]) == (0, [])


def test_hours_days_and_what_came_since_include_the_events(store):
    """L6"""
    store.log({}, {"timestamp": "2017-11-30T10:59:59Z"}, {"timestamp": "2017-11-30T23:59:59Z"})
    reader = store.reader()
    assert len(reader.events("hour/2017-11-30T10")) == 2
    assert len(reader.events("hour/2017113010")) == 2
    day = reader.page("day/2017-11-30")
    assert (day["count"], day["period"], day["end"]) == (3, "day", "2017-12-01T00:00:00Z")
    answer = reader.page("since/2017-11-30T10:10", limit=10)
    assert [(page["start"], page["count"]) for page in answer["pages"]] == [
        ("2017-11-30T10:15:00Z", 1), ("2017-11-30T10:59:00Z", 1), ("2017-11-30T23:59:00Z", 1)]
    assert answer["next"] > key(utc_now() - datetime.timedelta(minutes=5))
    first = reader.page("since/2017-11-30T10:10", limit=1)
    assert [page["start"] for page in first["pages"]] == ["2017-11-30T10:15:00Z"]
    rest = reader.page(f"since/{first['next']}", limit=1)
    assert [page["start"] for page in rest["pages"]] == ["2017-11-30T10:59:00Z"]
    last = reader.page(f"since/{rest['next']}")
    assert [page["start"] for page in last["pages"]] == ["2017-11-30T23:59:00Z"]


def test_facility_level_and_event_choose(store):
    """L11"""
    levels = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"]
    store.log(*({"level": level, "facility": "web" if n % 2 else "db", "event": f"e{n}"}
                for n, level in enumerate(levels)))
    reader = store.reader()
    minute = "minute/2017-11-30T10:15"

    def chosen(path=minute, **query):
        return sorted(event["event"] for event in reader.events(path, **query))
    assert chosen(level="error") == ["e0", "e1", "e2", "e3"]
    assert chosen(level="warning", facility="web") == ["e1", "e3"]
    assert chosen(facility="web, db") == [f"e{n}" for n in range(8)]
    assert chosen(facility="we") == []
    assert chosen(event="e5") == ["e5"]
    assert chosen("web/*/2017-11-30T10:15") == ["e1", "e3", "e5", "e7"]
    assert chosen("*/error/2017-11-30T10:15") == ["e0", "e1", "e2", "e3"]
    assert chosen("db/crit/201711301015") == ["e0", "e2"]
    up = [event["id"] for event in reader.events(minute)]
    assert [event["id"] for event in reader.events(minute, order="desc")] == up[::-1]
    assert {event["level"] for event in reader.events(minute)} == set(levels)
    for wrong in ({"level": "bogus"}, {"order": "up"}, {"by": "luck"}):
        answer = reader.get(f"{EVENTQRY}/{minute}", wrong, user=None)
        assert answer.error[:2] == (400, "ValidationError") and next(iter(wrong)) in answer.error[2]
    for path in ("minute/yesterday", "minute/2017-11-31T10:15", "hour/2017-11-30T24", "day/2017-13-01",
                 "minute/2017-11-30", "since/x"):
        assert reader.get(f"{EVENTQRY}/{path}", user=None).error[:2] == (400, "ValidationError"), path


def test_by_received_the_time_counts_that_an_event_came(store):
    store.log({})
    reader = store.reader()
    (event,) = reader.events("minute/2017-11-30T10:15")
    minute = event["received"][:16]
    page = reader.get(f"{EVENTQRY}/minute/2017-11-30T10:15", {"by": "received"}, user=None).json
    assert page["count"] == 0
    answer = wait_until(lambda: [a for a in [reader.get(f"{EVENTQRY}/minute/{minute}", {"by": "received"},
                                                        user=None)] if a.status == 200],
                        90.0, "the minute is complete")[0]
    assert answer.json["events"] == [event]


def test_one_event_is_found_by_its_id(store):
    ids = store.log({}, {"facility": "a/b c:d", "event": "another"})
    reader = store.reader()
    for n, event_id in enumerate(ids):
        answer = reader.get(f"{EVENTLOG}/{urllib.parse.quote(event_id, safe='')}", user=None)
        assert answer.json["id"] == event_id and list(answer.json) == KEYS
        assert answer.json["event"] == [L1["event"], "another"][n]
    for wrong in (ID + "7", "x", "web:20171130T101530.123000Z", "%20"):
        answer = reader.get(f"{EVENTLOG}/{wrong}", user=None)
        assert answer.error[0] == 404, wrong


def test_pages_have_tags_that_change_when_something_comes_late(store):
    store.log({})
    reader = store.reader()
    path = f"{EVENTQRY}/minute/2017-11-30T10:15"
    answer = reader.get(path, user=None)
    tag = answer.headers["ETag"]
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    same = reader.get(path, user=None, headers={"If-None-Match": f'"x", {tag}'})
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
    small = reader.get(path, user=None, headers={"Accept-Encoding": "gzip"})
    assert unpacked(small) == answer.json and small.headers["ETag"] == tag
    store.log({"event": "late"})
    changed = reader.get(path, user=None, headers={"If-None-Match": tag})
    assert changed.status == 200 and changed.headers["ETag"] != tag
    assert changed.json["count"] == 2


def test_reading_has_no_other_methods_and_asks_who_reads(store, tmp_path):
    """L13, as far as reading goes"""
    store.log({})
    reader = store.reader()
    for method in ("PUT", "POST", "DELETE"):
        answer = reader.request(method, f"{EVENTQRY}/minute/2017-11-30T10:15", user=None)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    tokens = tmp_path / "tokens"
    tokens.write_text("reader-token basic-reader\nwriter-token writer\n")
    tokens.chmod(0o600)
    guarded = store.reader("--http-tokens", str(tokens))
    path = f"{EVENTQRY}/minute/2017-11-30T10:15"
    assert guarded.get(path, user=None).error[0] == 401
    assert guarded.get(path, user=None, headers={"Authorization": "Bearer writer-token"}).error[0] == 403
    assert guarded.get(path, user=None, headers={"Authorization": "Bearer reader-token"}).json["count"] == 1
