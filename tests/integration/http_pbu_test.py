"""POST /api/log of the PBU log server in oxingest: what its handler sends in, log files and level files out."""
import json
import logging
import os
import re
import subprocess
import threading
import time
import urllib.request
from collections import Counter

import pytest

from http_front import JSON, Front, RestartInTheMiddle, logger_with
from processes import clean_environment, run
from waiting import patient, wait_until

LOG = "/api/log"
PROFILE = "127.0.0.1:0,profile=pbu"
P1 = {"name": "n", "levelno": 20, "levelname": "INFO", "pathname": "/a.py", "lineno": 3,
      "msg": "Hello log server", "args": [], "created": 1725272000.5}
TRUE = b'{"status":true}\n'


class Pbu(Front):
    """With the profile of a PBU log server, and a folder for the level files."""

    def __init__(self, program, node, folder, **env):
        if folder is not None:
            env["LOG_FOLDER"] = str(folder)
        super().__init__(program, node, listen=PROFILE, **env)
        self.folder = folder

    def log(self, record=P1, headers=None, **kwargs):
        return self.post(json.dumps(record), JSON, LOG, headers=headers or {}, user=None, **kwargs)

    def names(self):
        return sorted(name for name in os.listdir(self.folder) if not name.startswith("."))

    def lines(self, name):
        return (self.folder / name).read_text().splitlines()

    def stored(self, count):
        return self.wait_events(count, "pbu")


@pytest.fixture
def front(oxd, program, tmp_path):
    def start(**env):
        return Pbu(program, oxd("collector", files=True), tmp_path / "level-logs", **env)
    return start


def record(levelno, msg="m", **more):
    return {"name": "n", "levelno": levelno, "levelname": logging.getLevelName(levelno), "msg": msg,
            "args": [], **more}


class PbuHandler(logging.Handler):
    """As PBU's own: a record's __dict__ as JSON, the answer not looked at, nothing repeated."""

    def __init__(self, address, token=None):
        super().__init__()
        self.url, self.token = f"http://{address}{LOG}", token

    def emit(self, record):
        fields = {**record.__dict__, "msg": str(record.msg)}
        if fields.pop("exc_info", None):
            fields["trace"] = self.format(record).splitlines()[1:]
        headers = {"Content-Type": JSON, **({"Authorization": self.token} if self.token else {})}
        request = urllib.request.Request(self.url, json.dumps(fields).encode(), headers)
        with urllib.request.urlopen(request, timeout=patient(60.0)) as response:
            self.answer = response.status


def test_a_record_is_a_line_and_an_event_before_it_is_answered(front):
    """P1"""
    pbu = front()
    answer = pbu.log()
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, JSON, TRUE)
    assert pbu.names() == ["info.log"]
    assert pbu.lines("info.log") == ["2024-09-02 10:13:20,500 INFO:n Hello log server"]
    (event,) = pbu.stored(1)
    assert event["type"] == "pbu" and event["host"] == "front" and event["end"] == 1725272000.5
    assert event["body"] == {"level": 20, "message": "Hello log server", **P1}


@pytest.mark.parametrize("headers, status", [
    ({}, 401), ({"Authorization": "x"}, 401), ({"Authorization": "t"}, 200),
    ({"Authentication": "t"}, 200), ({"Authorization": "Bearer t"}, 200)])
def test_the_token_comes_in_either_header(front, headers, status):
    """P2"""
    answer = front(AUTH_TOKEN="t").log(headers=headers)
    assert answer.status == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"] and "t" not in answer.json["error"].values()


def test_an_empty_token_is_none(front):
    """P2"""
    assert front(AUTH_TOKEN="").log().status == 200


def test_only_enabled_levels_are_written_each_to_its_own_file(front):
    """P3"""
    pbu = front()
    for levelno in (10, 30, 40):
        assert pbu.log(record(levelno)).body == TRUE
    assert pbu.names() == ["error.log"]
    assert pbu.log(record(20)).status == 200
    assert len(pbu.lines("info.log")) == 1 and "ERROR" not in pbu.lines("info.log")[0]
    assert [event["body"]["level"] for event in pbu.stored(2)] == [40, 20]


def test_the_levels_are_those_of_the_environment(front):
    """P4"""
    pbu = front(ENABLED_LOG_LEVELS="WARNING,ERROR")
    assert pbu.log(record(30)).status == pbu.log(record(20)).status == 200
    assert pbu.names() == ["warning.log"]


def test_disabled_levels_are_stored_when_that_is_asked_for(front):
    pbu = front(PBU_STORE_DISABLED="1")
    assert pbu.log(record(10)).status == 200
    assert pbu.names() == []
    assert pbu.stored(1)[0]["body"]["level"] == 10


def test_what_is_critical_goes_to_the_errors(front):
    """P5"""
    pbu = front()
    assert pbu.log(record(50)).body == TRUE
    assert pbu.names() == ["error.log"]
    assert pbu.lines("error.log")[0].endswith(" CRITICAL:n m")
    assert pbu.stored(1)[0]["body"]["level"] == 50


def test_args_are_put_into_the_message(front):
    """P6"""
    pbu = front()
    for msg, args in (("a %s b %d", ["x", 3]), ("%(k)s", {"k": 1}), ("100%", ["x"])):
        assert pbu.log(record(20, msg, args=args)).status == 200
    messages = ["a x b 3", "1", '100% args=["x"]']
    assert [line.split(" INFO:n ")[1] for line in pbu.lines("info.log")] == messages
    assert [event["body"]["message"] for event in pbu.stored(3)] == messages


def test_the_trace_follows_its_record(front):
    """P7, the part of POST"""
    pbu = front()
    trace = ["    f:1 g", "        code"]
    assert pbu.log(record(40, trace=trace, stack_info="not shown")).status == 200
    assert pbu.log(record(40, "next")).status == 200
    lines = pbu.lines("error.log")
    assert lines[0].endswith("ERROR:n m") and lines[1:3] == trace
    assert len(lines) == 4 and lines[3].endswith("next")
    assert pbu.stored(2)[0]["body"]["trace"] == trace


@pytest.mark.parametrize("body, content_type, status", [
    ("x", "text/plain", 415), (json.dumps(P1), "", 415), ("{bad", JSON, 400), ("[]", JSON, 400),
    ('{"msg": "m", "levelno": 20}', JSON, 400), (json.dumps(P1), JSON + "; charset=utf-8", 200)])
def test_what_is_no_record_is_refused(front, body, content_type, status):
    """P12"""
    pbu = front()
    answer = pbu.post(body, content_type, LOG, user=None)
    assert answer.status == status
    if status != 200:
        assert set(answer.json["error"]) == {"type", "message"}
        assert pbu.names() == [] and pbu.events("pbu") == []


def test_a_record_that_is_too_large_is_refused(front):
    pbu = front()
    for size in (2_000_000, 20_000_000):
        assert pbu.log({**P1, "x": "y" * size}).status == 413
    assert pbu.names() == []


def test_other_methods_are_told_what_is_allowed(front):
    pbu = front()
    for method in ("GET", "PUT"):
        answer = pbu.request(method, LOG, user=None)
        assert (answer.status, answer.headers["Allow"]) == (405, "POST, OPTIONS")


def test_two_processes_across_midnight_lose_and_tear_nothing(oxd, program, tmp_path):
    """P14"""
    node = oxd("collector", files=True)
    # A zone in which it is midnight in a moment.
    midnight = int(time.time() + patient(8.0))
    behind = midnight % 86400
    zone = f"XXX{behind // 3600:02}:{behind // 60 % 60:02}:{behind % 60:02}"
    folder = tmp_path / "level-logs"
    fronts = [Pbu(program, node, folder, TZ=zone) for _ in range(2)]

    def send(front, name):
        connection = front.connect()
        for n in range(1000):
            # Wait for midnight in the middle, so that both days have lines.
            if n == 500:
                wait_until(lambda: time.time() > midnight, 30.0, "midnight")
            assert front.log(record(20, f"{name} {n} " + "x" * 300), connection=connection).status == 200
    threads = [threading.Thread(target=send, args=(front, f"{i}-{k}"))
               for i, front in enumerate(fronts) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = fronts[0].names()
    assert len(names) == 2 and names[0] == "info.log" and re.fullmatch(r"info\.log\.\d{4}-\d\d-\d\d", names[1])
    lines = [line for name in names for line in fronts[0].lines(name)]
    assert len(lines) == 8000
    found = Counter()
    for line in lines:
        match = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO:n (\d-\d) (\d+) x{300}", line)
        assert match, line
        found[match.groups()] += 1
    assert len(found) == 8000


def test_the_folder_is_made(oxd, program, tmp_path):
    """P15"""
    pbu = Pbu(program, oxd("collector", files=True), tmp_path / "a" / "b" / "logs")
    assert pbu.names() == []
    assert pbu.log().status == 200
    assert pbu.names() == ["info.log"]


def test_a_folder_that_cannot_be_made_ends_the_program(tmp_path):
    (tmp_path / "file").write_text("x")
    done = run("oxingest", "--http", PROFILE, cwd=tmp_path,
               env=clean_environment(LOG_FOLDER=str(tmp_path / "file" / "logs")))
    assert done.code == 78 and "LOG_FOLDER" in done.stderr and len(done.error_lines()) == 1


def test_the_file_beside_the_program_says_what_the_environment_does_not(oxd, program, tmp_path):
    (tmp_path / ".env").write_text("AUTH_TOKEN='from file'\nENABLED_LOG_LEVELS=DEBUG\nLOG_FOLDER=here # !\n"
                                   "export PBU_FILE_NAMING=dated\n")
    pbu = Pbu(program, oxd("collector", files=True), None, ENABLED_LOG_LEVELS="WARNING")
    pbu.folder = tmp_path / "here"
    assert pbu.log().status == 401
    assert pbu.log(record(30, lineno=7), headers={"Authorization": "from file"}).status == 200
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert pbu.names() == [f"warn_{today}.log"]
    assert re.fullmatch(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] WARN:n:7 m", pbu.lines(pbu.names()[0])[0])


def test_with_the_profile_the_files_are_where_the_log_server_has_them(oxd, program, tmp_path):
    pbu = Pbu(program, oxd("collector", files=True), None)
    assert pbu.log().status == 200
    assert (tmp_path / "_logs" / "info.log").read_text().endswith("INFO:n Hello log server\n")


def test_without_profile_and_folder_there_are_events_of_every_level_and_no_files(oxd, program, tmp_path):
    oxingest = Front(program, oxd("collector", files=True))
    for levelno in (10, 20, 30, 40):
        assert oxingest.post(json.dumps(record(levelno)), JSON, LOG, user=None).status == 200
    assert [event["body"]["level"] for event in oxingest.wait_events(4, "pbu")] == [10, 20, 30, 40]
    assert not (tmp_path / "_logs").exists()


def test_a_disk_that_takes_no_lines_keeps_no_client_waiting(front, tmp_path):
    folder = tmp_path / "level-logs"
    folder.mkdir()
    (folder / "info.log").symlink_to("/dev/full")
    pbu = front()
    assert pbu.log().body == TRUE
    assert pbu.stored(1)
    metrics = pbu.request("GET", "/metrics", user=None).body.decode()
    assert "oxingest_http_api_pbu_file_records_lost_total 1" in metrics
    wait_until(lambda: "info.log" in pbu.program.stderr(), 10.0, "it is logged")


def test_curl_gets_what_the_log_server_answers(front):
    pbu = front()
    done = subprocess.run(["curl", "-sS", "-H", "Content-Type: application/json", "-d", json.dumps(P1),
                           f"http://{pbu.address}{LOG}"], capture_output=True, timeout=patient(30.0), check=True)
    assert done.stdout == TRUE


def test_a_handler_of_pythons_logging_delivers_everything(front):
    pbu = front(AUTH_TOKEN="a-long-enough-token")
    handler = PbuHandler(pbu.address, "a-long-enough-token")
    log = logger_with(handler)
    log.info("%d of %s", 3, "five", extra={"k": {"a": [1]}})
    try:
        raise ValueError("bad\nthing")
    except ValueError:
        log.exception("it failed")
    assert handler.answer == 200
    first, second = pbu.stored(2)
    assert first["body"]["message"] == "3 of five" and first["body"]["k"] == {"a": [1]}
    assert first["body"]["name"] == "app.worker" and first["pid"] == os.getpid()
    assert pbu.lines("info.log")[0].endswith("INFO:app.worker 3 of five")
    lines = pbu.lines("error.log")
    assert lines[0].endswith("ERROR:app.worker it failed")
    assert lines[1] == "Traceback (most recent call last):" and lines[-2:] == ["ValueError: bad", "thing"]
    assert second["body"]["trace"][0] == lines[1]


def test_the_handler_loses_nothing_while_the_collector_is_away_for_a_moment(oxd, program, tmp_path):
    """It never repeats, but waits for its answer, which comes when the collector is back: an event, and a
    line, for each of the 1,000."""
    node = oxd("collector", files=True, same_ports=True)
    pbu = Pbu(program, node, tmp_path / "level-logs")
    log = logger_with(PbuHandler(pbu.address))
    with RestartInTheMiddle(node, 1000) as restart:
        for n in range(1000):
            log.info("event", extra={"n": n})
            restart.sent()
    assert sorted(event["body"]["n"] for event in pbu.stored(1000)) == list(range(1000))
    assert len(pbu.lines("info.log")) == 1000
