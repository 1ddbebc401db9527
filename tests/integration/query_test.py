"""oxview --where and --sql: the same expression over files, live events and standard input."""
import bz2
import gzip
import json
import re
import signal
import subprocess
from pathlib import Path

import blueox_client as blueox
import pytest

import cookbook
import logfiles
from processes import run
from waiting import wait_until

BASE = 1500000000  # 2017-07-14 02:40:00


def body_of(number, type_name="request", user="eve", host="web-1", **body):
    return blueox.event(type_name, {"n": number, "user": user, "level": 20, **body},
                        event_id=f"{number:032x}", host=host, start=BASE + number,
                        end=BASE + number + 0.5)[1]


@pytest.fixture
def logs(tmp_path):
    """Plain and compressed files of two types; 30 events, every third of bob."""
    for directory in ("20170714", "20170715"):
        (tmp_path / directory).mkdir()
    requests = [body_of(n, user="bob" if n % 3 == 0 else "eve", status=500 if n % 10 == 0 else 200)
                for n in range(20)]
    (tmp_path / "20170714" / "request-20170714.log.gz").write_bytes(
        gzip.compress(b"".join(requests[:10])))
    (tmp_path / "20170715" / "request-20170715.log").write_bytes(b"".join(requests[10:]))
    errors = [body_of(n, "error.db", "bob" if n % 3 == 0 else "eve", "db-1", level=40,
                      message="no connection") for n in range(20, 30)]
    (tmp_path / "20170715" / "error.db-20170715.log.bz2").write_bytes(bz2.compress(b"".join(errors)))
    return tmp_path


def shown(*args, stdin=b""):
    result = run("oxview", *args, stdin=stdin)
    assert result.code == 0, result
    return [json.loads(line) for line in result.stdout.splitlines()]


def numbers(*args, stdin=b""):
    return sorted(event["body"]["n"] for event in shown(*args, stdin=stdin))


@pytest.mark.parametrize("expression, expected", [
    ("body->>'user' = 'bob'", range(0, 30, 3)),
    ("level >= 40 AND body->>'user' = 'bob'", range(21, 30, 3)),
    ("type = 'request' AND body->'status' = 500", [0, 10]),
    ("body->>'status' = '500'", [0, 10]),
    ("ts BETWEEN '2017-07-14 02:40:05' AND '2017-07-14 02:40:08'", range(5, 8)),
    ("end >= '2017-07-14 02:40:25' AND host = 'db-1'", range(25, 30)),
    ("message LIKE '%CONNECTION'", range(20, 30)),
    ("type GLOB 'error*' OR id = '00000000000000000000000000000003'", [3, *range(20, 30)]),
    ("duration = 0.5 AND body->'n' % 10 = 1", [1, 11, 21]),
    ("body->'nothing' != 1", []),
])
def test_files_and_standard_input_give_the_same(logs, expression, expected):
    everything = b"".join(
        {".gz": gzip.decompress, ".bz2": bz2.decompress, ".log": bytes}[path.suffix](path.read_bytes())
        for path in sorted(logs.glob("*/*")))
    assert numbers("--log-path", logs, "--where", expression) == list(expected)
    assert numbers("--where", expression, stdin=everything) == list(expected)


def test_where_goes_with_the_other_options(logs):
    bobs = "body->>'user' = 'bob'"
    assert numbers("-l", logs, "-n", "error*", "--where", bobs) == [21, 24, 27]
    assert numbers("-l", logs, "--where", bobs, "--start-date", "20170714",
                   "--end-date", "20170714") == [0, 3, 6, 9]
    pretty = run("oxview", "-l", logs, "--where", "body->'n' = 20", "-p")
    assert pretty.stdout.splitlines()[1].startswith("=== error.db (000000000000@db-1:")
    groups = shown("-l", logs, "--group", "--where", "body->'n' < 2")
    assert sorted(len(group) for group in groups) == [1, 1]


def test_live_events_are_filtered_by_the_same_expression(oxd, push, program):
    node = oxd()
    before = node.control.subscribers()
    view = program("oxview", "-H", node.ports.control, "--where",
                   "type LIKE 'req%' AND body->>'user' = 'bob'")
    wait_until(lambda: node.control.subscribers() > before or view.check_alive(),
               what="oxview subscribes")
    sender = push(node)
    for number in range(6):
        sender.push_event("request" if number < 5 else "other",
                          {"n": number, "user": "bob" if number % 2 else "eve"})
    sender.push_event("request", {"n": 7, "user": "bob"})
    wait_until(lambda: len(view.output()) >= 3, 20.0, lambda: f"three events: {view.output()}")
    assert [event["body"]["n"] for event in view.documents()] == [1, 3, 7]
    assert view.stop() == 0


def test_a_select_prints_a_line_of_json_for_each_row(logs):
    def rows(select, *args):
        return shown("--log-path", logs, *args, "--sql", select)
    assert rows("SELECT count(*) AS n FROM events") == [{"n": 30}]
    assert rows("SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY n") == [
        {"type": "error.db", "n": 10}, {"type": "request", "n": 20}]
    assert rows("SELECT body->>'user' AS user, count(*) AS n FROM events WHERE type = 'request' "
                "GROUP BY user ORDER BY n DESC") == [{"user": "eve", "n": 13}, {"user": "bob", "n": 7}]
    assert rows("SELECT body FROM events WHERE body->'n' = 20") == [
        {"body": {"n": 20, "user": "eve", "level": 40, "message": "no connection"}}]
    assert rows("SELECT max(ts) AS t FROM events", "-n", "request") == [
        {"t": "2017-07-14 02:40:19.500000+00:00"}]
    assert rows("SELECT count(*) AS n FROM events", "--start-date", "20170714") == [{"n": 10}]
    assert rows("WITH bobs AS (SELECT * FROM events WHERE body->>'user' = 'bob') "
                "SELECT count(*) AS n FROM bobs WHERE level = 40") == [{"n": 3}]


def test_what_a_collector_has_just_written_is_found(oxd, push):
    node = oxd(files=True)
    push(node).push_numbers("request", 0, 50)
    logfiles.wait_numbers(node.log_path, "request", range(50))
    (row,) = shown("-l", node.log_path, "--sql", "SELECT count(*) AS n FROM events WHERE type = 'request'")
    assert row == {"n": 50}


@pytest.mark.parametrize("args, said", [
    (["--where", "level >"], "--where: "),
    (["--where", "nope = 1"], "--where: no such column: nope, at character 1"),
    (["--where", ""], "--where"),
    (["--where", "(SELECT 1)"], "sub-selects are not allowed"),
    (["--where", "1; DROP TABLE events"], "';' at character 2"),
    (["--where", "1", "--sql", "SELECT 1"], "--where and --sql exclude each other"),
    (["--sql", "SELECT nope FROM events"], "no such column: nope, at character 8"),
    (["--sql", "DELETE FROM events"], "a query begins with SELECT or WITH"),
    (["--sql", "SELECT 1", "-p"], "--sql goes with none of"),
])
def test_what_is_wrong_is_said_in_one_line(logs, args, said):
    result = run("oxview", "--log-path", logs, *args)
    assert (result.code, result.stdout, len(result.error_lines())) == (2, "", 1), result
    assert said in result.stderr


SELECTS = [
    "SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY type",
    "SELECT body->'n' AS n FROM events ORDER BY ts DESC LIMIT 4",
    "SELECT body->'n' AS n, ts FROM events WHERE body->>'user' = 'bob' ORDER BY end",
    "SELECT max(ts) AS last, min(body->'n') AS first FROM events WHERE level >= 40",
    "WITH bobs AS (SELECT * FROM events WHERE body->>'user' = 'bob') SELECT count(*) AS n FROM bobs",
    "SELECT body->'n' AS n, row_number() OVER (ORDER BY end DESC) AS place FROM events ORDER BY n",
    "SELECT DISTINCT body->>'user' AS user FROM events WHERE type LIKE 'req%' ORDER BY 1",
]


@pytest.mark.parametrize("select", SELECTS)
def test_a_select_of_standard_input_gives_the_rows_of_the_files(logs, select):
    everything = b"".join(
        {".gz": gzip.decompress, ".bz2": bz2.decompress, ".log": bytes}[path.suffix](path.read_bytes())
        for path in sorted(logs.glob("*/*")))
    rows = shown("--sql", select, stdin=everything)
    assert rows and rows == shown("--log-path", logs, "--sql", select)


@pytest.mark.parametrize("select", [
    "SELECT count(*) FROM events a JOIN events b ON a.id = b.id",
    "SELECT * FROM events WHERE end > (SELECT avg(end) FROM events)",
    "SELECT id FROM events UNION ALL SELECT id FROM events",
])
def test_what_comes_once_is_not_read_twice(select):
    result = run("oxview", "--sql", select, stdin=body_of(1))
    assert (result.code, result.stdout, len(result.error_lines())) == (2, "", 1), result
    assert "standard input can be read only once" in result.stderr


def test_rows_of_standard_input_come_with_their_events(program):
    view = program("oxview", "--sql", "SELECT body->'n' AS n FROM events WHERE level = 20",
                   stdin=subprocess.PIPE)
    for number in range(3):
        view.write(body_of(number))
        wait_until(lambda: len(view.output()) > number or view.check_alive(), what="its row")
    view.close_stdin()
    assert view.wait() == 0
    assert view.documents() == [{"n": 0}, {"n": 1}, {"n": 2}]


def blocked_signals(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^SigBlk:\s*(\w+)", status, re.MULTILINE).group(1), 16)


def test_a_signal_ends_standard_input_and_the_rows_of_all_of_it_come(program):
    view = program("oxview", "-v", "--sql", "SELECT count(*) AS n FROM events", stdin=subprocess.PIPE)
    view.write(body_of(1) + body_of(2)[:-1])
    wait_until(lambda: blocked_signals(view.pid) & 1 << (signal.SIGINT - 1), what="signals are handled")
    view.signal(signal.SIGINT)
    assert view.wait() == 0
    assert len(view.documents()) == 1 and view.documents()[0]["n"] in (0, 1)


def test_damage_on_standard_input_is_told_and_what_came_before_counts():
    result = run("oxview", "--sql", "SELECT count(*) AS n FROM events",
                 stdin=body_of(1) + body_of(2) + b"\xc1")
    assert (result.code, result.stdout) == (1, '{"n": 2}\n'), result
    assert "standard input: offset" in result.stderr


def test_live_events_are_rows_as_they_come_and_at_a_signal(oxd, push, program):
    node = oxd()
    before = node.control.subscribers()
    rows = program("oxview", "-H", node.ports.control, "-n", "request", "--sql",
                   "SELECT body->'n' AS n, type FROM events WHERE body->>'user' = 'bob'")
    counts = program("oxview", "-H", node.ports.control, "--sql",
                     "SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY type")
    some = program("oxview", "-H", node.ports.control, "--sql",
                   "SELECT type, count(*) AS n FROM (SELECT type FROM events LIMIT 20) "
                   "GROUP BY type ORDER BY type")
    wait_until(lambda: node.control.subscribers() >= before + 3 or rows.check_alive(),
               what="oxview subscribes")
    sender = push(node)
    for number in range(20):
        sender.push_event("request" if number % 4 else "other",
                          {"n": number, "user": "bob" if number % 5 == 0 else "eve"})
    wait_until(lambda: len(rows.output()) >= 3, 20.0, lambda: f"three rows: {rows.output()}")
    assert rows.documents() == [{"n": number, "type": "request"} for number in (5, 10, 15)]
    assert rows.stop() == 0
    assert some.wait() == 0
    assert some.documents() == [{"n": 5, "type": "other"}, {"n": 15, "type": "request"}]
    counts.signal(signal.SIGINT)
    assert counts.wait() == 0
    assert sum(row["n"] for row in counts.documents()) <= 20


def test_a_damaged_file_is_named_and_the_others_are_searched(logs):
    damaged = logs / "20170714" / "aaa-20170714.log"
    damaged.write_bytes(body_of(99, "aaa", "bob") + b"\xc1" + body_of(98, "aaa", "bob"))
    for args in (["--where", "body->>'user' = 'bob'"],
                 ["--sql", "SELECT body->'n' AS n FROM events WHERE body->>'user' = 'bob'"]):
        result = run("oxview", "--log-path", logs, *args)
        assert (result.code, len(result.stdout.splitlines())) == (1, 11), result
        assert "aaa-20170714.log" in result.stderr


def test_a_query_without_end_is_interrupted(logs, program):
    view = program("oxview", "--log-path", logs, "--sql",
                   "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
                   "SELECT x FROM c WHERE x < 20000 OR x < 0")
    wait_until(lambda: len(view.output()) > 1000, what="the rows that there are")
    view.process.send_signal(signal.SIGINT)
    wait_until(lambda: not view.alive(), what="oxview ends")
    assert view.process.returncode == 0, view.stderr()


def test_the_examples_of_the_manual_are_what_oxview_takes(logs):
    asked = cookbook.questions()
    assert len(asked) == 20
    for question in asked:
        args = question.on(logs)
        result = run("oxview", *args, stdin=body_of(1, status=500))
        assert result.code == 0, (question, result)
