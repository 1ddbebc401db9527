"""The pages of a PBU log server, read: oxd with files, oxingest in front, oxview over the files."""
import json

import pytest

from http_front import JSON, Front
from http_reader import Reader, unpacked

MESSAGES = "/api/log/messages"
RECORD = {"name": "my.log", "levelno": 40, "levelname": "ERROR", "pathname": "/a.py", "lineno": 42,
          "msg": "Hello log server", "args": [], "created": 1725272000.5}


@pytest.fixture
def store(oxd, program):
    class Store:
        def __init__(self):
            self.node = oxd("collector", files=True)
            self.front = Front(program, self.node)
            self.count = 0

        def log(self, **changes):
            answer = self.front.post(json.dumps({**RECORD, **changes}), JSON, "/api/log", user=None)
            assert answer.status == 200, answer
            self.count += 1
            self.front.wait_events(self.count, "pbu")

        def reader(self, *options, **env):
            return Reader(program, self.node.log_path, *options, **env)
    return Store()


def messages(reader, date="2024-09-02", level="ERROR", **more):
    answer = reader.get(MESSAGES, {"date": date, "level": level, **more}, user=None)
    assert answer.status == 200, answer
    return answer.json


def test_the_messages_of_a_day_and_a_level(store):
    """P8"""
    store.log(created=1725272001, msg="second")
    store.log()
    store.log(levelno=20, levelname="INFO")
    store.log(levelno=50, levelname="CRITICAL", created=1725272002, msg="critical")
    store.log(created=1725272000 + 86400, msg="next day")
    reader = store.reader()
    assert messages(reader, timezone="UTC") == [
        {"ts": 1725272000, "name": "ERROR:my.log:42", "msg": "Hello log server"},
        {"ts": 1725272001, "name": "ERROR:my.log:42", "msg": "second"},
        {"ts": 1725272002, "name": "ERROR:my.log:42", "msg": "critical"}]
    assert [m["name"] for m in messages(reader, level="INFO")] == ["INFO:my.log:42"]
    assert messages(reader, level="DEBUG") == []
    assert [m["msg"] for m in messages(reader, "2024-09-03")] == ["next day"]
    answer = reader.get(MESSAGES, {"date": "2024-09-02", "level": "ERROR"}, user=None,
                        headers={"Accept-Encoding": "gzip"})
    assert unpacked(answer) == messages(reader)


def test_further_lines_are_details(store):
    store.log(trace=["    f:1 g", "        code"], name="with blanks [x]")
    store.log(msg="first\nsecond\r\nthird\n", created=1725272001, levelno=30, levelname="WARNING")
    reader = store.reader()
    (found,) = messages(reader)
    assert found["detail"] == ["    f:1 g", "        code"]
    assert found["name"] == "ERROR:with blanks [x]:42"
    for level in ("WARN", "WARNING", "warn"):
        (found,) = messages(reader, level=level)
        assert (found["name"], found["msg"], found["detail"]) == \
            ("WARN:my.log:42", "first", ["second", "third"])


def test_a_day_is_that_of_the_zone(store):
    # 2024-03-31 has 23 hours in Berlin: from 23:00Z of the 30th to 22:00Z.
    for created in (1711839599, 1711839600, 1711922399, 1711922400):
        store.log(created=created)
    reader = store.reader()
    assert [m["ts"] for m in messages(reader, "2024-03-31", timezone="Europe/Berlin")] == \
        [1711839600, 1711922399]
    assert [m["ts"] for m in messages(reader, "2024-03-30", timezone="Europe/Berlin")] == [1711839599]


def test_what_is_missing_or_wrong_is_refused(store):
    """P9"""
    store.log()
    reader = store.reader(AUTH_TOKEN="t")
    good = {"date": "2024-09-02", "level": "ERROR"}
    token = {"Authorization": "t"}
    for wrong, word in (({"level": "ERROR"}, "date"), ({"date": "2024-09-02"}, "level"),
                        ({**good, "timezone": "Nope/X"}, "Nope/X"), ({**good, "date": "20240902"}, "date"),
                        ({**good, "date": "2024-02-30"}, "date")):
        answer = reader.get(MESSAGES, wrong, user=None, headers=token)
        assert answer.error[0] == 400 and word in answer.error[2], wrong
    for headers in ({}, {"Authorization": "x"}):
        assert reader.get(MESSAGES, good, user=None, headers=headers).error[0] == 401
        assert reader.get("/api/login-check", user=None, headers=headers).error[0] == 401
    for headers in (token, {"Authentication": "t"}, {"Authorization": "Bearer t"}):
        assert len(reader.get(MESSAGES, good, user=None, headers=headers).json) == 1
        assert reader.get("/api/login-check", user=None, headers=headers).status == 200


def test_the_login_check_tells_the_levels_in_their_order(store):
    """P10"""
    def levels(**env):
        return store.reader(**env).get("/api/login-check", user=None).json
    assert levels(ENABLED_LOG_LEVELS="ERROR,WARNING") == {"logLevels": ["ERROR", "WARN"]}
    assert levels(ENABLED_LOG_LEVELS=" debug, ERROR,debug,NONE") == {"logLevels": ["DEBUG", "ERROR"]}
    assert levels() == {"logLevels": ["ERROR", "WARN", "INFO", "DEBUG"]}


def test_a_level_is_no_path(store):
    """P11"""
    store.log()
    reader = store.reader()
    for level in ("../../etc/x", "", "error.log", "CRITICAL"):
        assert messages(reader, level=level) == []


def test_in_the_place_of_a_log_server(store):
    store.log()
    reader = store.reader(listen="127.0.0.1:0,profile=pbu")
    assert reader.get("/api/login-check", user=None).json == {"logLevels": ["INFO", "ERROR"]}
    assert len(messages(reader)) == 1
    assert reader.request("POST", MESSAGES, user=None).headers["Allow"] == "GET, HEAD, OPTIONS"
