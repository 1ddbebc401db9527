"""DELETE /api/v1/eventlog of oxingest, and retention: events that are gone for every reader, though their
bytes are still in the collector's files."""
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgpack
import pytest

from http_front import GOOD, JSON, Front
from processes import clean_environment, run
from waiting import stays, wait_until

EVENTLOG = "/api/v1/eventlog"
L1 = {"facility": "web-frontend", "timestamp": "2017-11-30T10:15:30.123Z", "level": "error",
      "event": "db connect failed", "additional": {"user-id": 7}}


class Logger(Front):
    def log(self, **changes):
        answer = self.post(json.dumps({**L1, **changes}), JSON, EVENTLOG, user=None)
        assert answer.status == 201, answer
        return answer.json["id"]

    def delete(self, query="", **kwargs):
        return self.request("DELETE", EVENTLOG + query, **kwargs)

    def deleted(self, query=""):
        answer = self.delete(query)
        assert answer.status == 200, answer
        assert list(answer.json) == ["deleted"]
        return answer.json["deleted"]

    def shown(self, type_name="logger"):
        return shown(self.node, type_name)


def shown(node, type_name="logger"):
    """The ids that oxview shows of all days."""
    result = run("oxview", "-l", node.log_path, "-n", type_name, "--start-date", "20100101",
                 "--end-date", "20991231")
    return [json.loads(line)["id"] for line in result.stdout.splitlines()]


def wait_shown(node, ids, type_name="logger"):
    return wait_until(lambda: shown(node, type_name) == ids, 30.0,
                      lambda: f"{shown(node, type_name)} instead of {ids}")


@pytest.fixture
def front(oxd, program):
    def start(*options, collector=(), **env):
        node = oxd("collector", files=True, same_ports=True, options=list(collector))
        return Logger(program, node, *options, **env)
    return start


def test_events_of_before_a_time_are_gone_at_once_and_for_good(front):
    """L12, what can be said of it without the read API"""
    logger = front()
    ids = [logger.log(), logger.log(timestamp="2018-01-01T00:00:00Z"), logger.log()]
    # What was answered counts, in the files or not.
    assert logger.deleted("?before=2017-12-01T00:00:00Z") == 2
    assert logger.shown() == [ids[1]]
    assert logger.deleted("?before=2017-12-01T00:00:00Z") == 0
    # One that comes late is one that nobody has deleted.
    late = logger.log()
    wait_shown(logger.node, [ids[1], late])
    logger.node.kill()
    logger.node.start()
    wait_shown(logger.node, [ids[1], late])  # what no checkpoint knew of is written to the files again
    wait_until(lambda: logger.delete("?before=2017-12-01T00:00:00Z").status == 200, 60.0,
               "the collector is asked again")
    assert logger.shown() == [ids[1]]


def test_facility_and_level_narrow_it_and_all_takes_every_one(front):
    logger = front()
    kept = [logger.log(facility="a", level="info"), logger.log(facility="b", level="error")]
    gone = [logger.log(facility="a", level="error"), logger.log(facility="a", level="crit")]
    assert len(set(kept + gone)) == 4
    assert logger.deleted("?all=1&facility=a,c&level=error") == 2
    assert logger.shown() == kept
    # Its events only.
    answer = logger.post(json.dumps({"message": "mine"}), JSON, "/api/v1/events/logger")
    assert answer.status < 300, answer
    logger.wait_events(5, "logger")
    assert logger.deleted("?all=1") == 2
    (left,) = run_events(logger.node, "logger")
    assert left["body"]["message"] == "mine"


def run_events(node, type_name):
    result = run("oxview", "-l", node.log_path, "-n", type_name)
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_without_a_time_the_limit_of_retention_counts(front):
    logger = front(LOGGER_RETENTION_DAYS="3650")
    recent = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    ids = [logger.log(timestamp="2001-01-01T00:00:00Z"), logger.log(timestamp=recent)]
    wait_shown(logger.node, ids)
    assert logger.deleted() == 1
    assert logger.shown() == ids[1:]


@pytest.mark.parametrize("query", ["?before=yesterday", "?befor=2017-12-01", "?before=", "?all=2",
                                   "?before=2017-12-01&all=1", "?all=1&level=bogus", "?all=1&facility=",
                                   "?before=2017-12-01&before=2018-12-01", ""])
def test_what_cannot_be_meant_deletes_nothing(front, query):
    logger = front(LOGGER_RETENTION_DAYS="0")
    ids = [logger.log()]
    answer = logger.delete(query)
    assert answer.error[:2] == (400, "ValidationError"), answer
    wait_shown(logger.node, ids)


@pytest.mark.parametrize("roles, status", [("writer basic-reader", 403), ("admin", 200)])
def test_only_admins_delete(front, roles, status):
    logger = front(CHRONOLOGER_USERNAME="boss", CHRONOLOGER_PASSWORD="x", CHRONOLOGER_ROLES=roles,
                   LOGGER_AUTH="basic")
    assert logger.delete("?all=1", user=None).status == 401
    assert logger.delete("?all=1", user="boss:wrong").status == 401
    assert logger.delete("?all=1", user="boss:x").status == status


def test_who_may_send_by_signature_does_not_thereby_delete(front):
    logger = front(LOGGER_AUTH="hmac", LOGGER_SECRET="s3cret")
    assert logger.delete("?all=1", user=None).status == 401
    assert logger.delete("?all=1", headers={"X-Logger-Signature": "sha256=" + "0" * 64}).status == 401


def test_a_collector_that_is_restarted_meanwhile_still_does_it(front):
    logger = front()
    ids = [logger.log()]
    wait_shown(logger.node, ids)
    logger.node.kill()
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(logger.delete, "?all=1")
        logger.node.start()
        assert answer.result().status == 200
    assert logger.shown() == []


def test_an_agent_names_who_keeps_the_events(oxd, program):
    agent = oxd("agent")
    program_ = program("oxingest", "--http", "127.0.0.1:0", "-H", agent.ports.collect, "--record-ids",
                       agent.ports.control, "--print-ports", env=clean_environment())
    line = wait_until(lambda: program_.output() or program_.check_alive(), 30.0, "its ports")[0]
    logger = Logger.__new__(Logger)
    logger.address = next(iter(json.loads(line).values()))
    answer = logger.delete("?all=1")
    status, _, message = answer.error
    assert status == 501 and "--record-ids" in message and "log files" in message, answer


def test_retention_is_applied_at_the_start(front, program):
    first = front(LOGGER_RETENTION_DAYS="0")
    recent = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    ids = [first.log(), first.log(timestamp=recent)]
    assert first.post_lines(GOOD, {**GOOD, "created": time.time()}).status == 201
    first.wait_events(2)
    wait_shown(first.node, ids)
    Logger(program, first.node, CHRONOLOGER_RETENTION_DAYS="30")  # and 30 days of Logger's
    wait_shown(first.node, ids[1:])
    wait_until(lambda: len(first.shown("chronologer")) == 1, 30.0, "the old record is gone")
    # What is sent afterwards has a day, as a record of the past always had.
    wait_shown(first.node, [ids[1], first.log()])


def test_records_without_names_of_their_own_are_not_guessed(program, oxd):
    node = oxd("collector", files=True)
    result = run("oxingest", "--http", "127.0.0.1:0", "-H", node.ports.collect, "--type",
                 "chronologer={name}", env=clean_environment(CHRONOLOGER_RETENTION_DAYS="3"))
    assert result.code == 78 and "CHRONOLOGER_RETENTION_DAYS" in result.stderr, result
    result = run("oxingest", "--http", "127.0.0.1:0", "-H", node.ports.collect,
                 env=clean_environment(LOGGER_RETENTION_DAYS="a while"))
    assert result.code == 78 and "LOGGER_RETENTION_DAYS" in result.stderr, result


def past_file(log_path, day, ends):
    path = Path(log_path) / day / f"logger-{day}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(
        msgpack.packb({"id": f"f:{n}", "type": "logger", "end": end, "body": {"name": "f"}})
        for n, end in enumerate(ends)))
    return path


def test_the_collector_takes_back_the_space(front):
    logger = front(collector=["--compress-after", "24h"])
    logger.node.stop()
    gone = past_file(logger.node.log_path, "20200101", [100.0, 200.0])
    half = past_file(logger.node.log_path, "20200102", [100.0, 300.0])
    logger.node.start()
    wait_until(lambda: not half.exists() and not gone.exists(), 30.0, "they are compressed")
    assert logger.deleted("?before=250") == 3
    wait_until(lambda: not gone.parent.exists(), 30.0, "a file of which all is gone is removed")
    assert shown(logger.node) == ["f:1"]
    # An event that comes late for that day, as after a replay, and lies beside it.
    logger.node.stop()
    half.write_bytes(msgpack.packb({"id": "f:9", "type": "logger", "end": 400.0, "body": {"name": "f"}}))
    logger.node.start()
    wait_until(lambda: not half.exists(), 30.0, "it is taken in")
    assert shown(logger.node) == ["f:1", "f:9"]
    stays(lambda: half.with_name(half.name + ".zst").exists(), 0.3, "what is left was removed")
