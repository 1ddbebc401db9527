"""Summaries of events (--stats, --histogram), and what is around them (--context), wherever they come from."""
import array
import fcntl
import json
import re
import signal
import subprocess
import termios

import msgpack
import pytest
from processes import run
from waiting import wait_until

BEGIN = 1577836800  # 2020-01-01
DAY = "20200101"


def event(n):
    return {"id": n, "type": "web", "host": f"web-{n % 3}", "end": float(BEGIN + n * 60),
            "body": {"level": 10 * (1 + n % 5), "user": f"user{n * n % 7}", "pad": "x" * 300}}


EVENTS = [event(n) for n in range(600)]
PACKED = b"".join(map(msgpack.packb, EVENTS))


@pytest.fixture(params=["file", "index", "zst", "stdin"])
def oxview(request, tmp_path):
    """Runs oxview on the events, wherever they are; returns the lines."""
    path = tmp_path / DAY / f"web-{DAY}.log"
    path.parent.mkdir()
    path.write_bytes(PACKED)
    if request.param == "index":
        run("oxctl", "store", "reindex", tmp_path)
        assert path.with_name(path.name + ".idx").exists()
    if request.param == "zst":
        subprocess.run(["zstd", "-q", "--rm", path], check=True)

    def show(*args):
        source = [] if request.param == "stdin" else ["-l", tmp_path, "-n", "web", "--start-date", DAY]
        result = run("oxview", *source, *args, stdin=PACKED if request.param == "stdin" else b"")
        assert result.code == 0 and result.stderr == "", result
        return result.stdout.splitlines()
    return show


def expected_stats(field, events, rows=None):
    """The lines of the table: count, share, first, last, value."""
    values = {}
    for one in events:
        values.setdefault(field(one), []).append(one["end"])
    table = sorted(values.items(), key=lambda item: (-len(item[1]), item[0]))
    return [[str(len(times)), f"{100 * len(times) / len(events):.1f}%", iso(min(times)), iso(max(times)), value]
            for value, times in table[:rows]]


def iso(seconds):
    minutes = int(seconds - BEGIN) // 60
    return f"2020-01-01T{minutes // 60:02}:{minutes % 60:02}:00.000Z"


def rows_of(lines, title):
    assert lines[0].split() == ["count", "share", "first", "last", title]
    return [line.split() for line in lines[1:]]


def test_stats_count_the_values_of_a_field(oxview):
    by_user = expected_stats(lambda one: one["body"]["user"], EVENTS)
    assert len(by_user) == 4
    assert rows_of(oxview("--stats", "body.user"), "body.user") == by_user
    assert rows_of(oxview("--stats", "by", "body.user"), "body.user") == by_user
    errors = [one for one in EVENTS if one["body"]["level"] >= 40 and one["host"] == "web-1"]
    assert rows_of(oxview("--stats", "host", "--level", "error", "--where", "host = 'web-1'"),
                   "host") == expected_stats(lambda one: one["host"], errors)
    limited = rows_of(oxview("--stats", "body.user", "--limit", "1"), "body.user")
    assert limited[0] == by_user[0]
    assert limited[1][0] == str(600 - int(by_user[0][0])) and limited[1][4:] == ["(3", "others)"]


def bars_of(lines):
    """(label, count) of each line; the bars are as long as the counts say."""
    found = [re.fullmatch(r"(.*?) +(\d+)(?: ([█▏▎▍▌▋▊▉]+))?", line).groups() for line in lines]
    most = max(int(count) for _, count, _ in found)
    width = max(len(bar or "") for _, _, bar in found)
    for _, count, bar in found:
        assert abs(len(bar or "") - width * int(count) / most) <= 1
    return [(label, int(count)) for label, count, _ in found]


def test_a_histogram_counts_by_time(oxview):
    hours = [(f"2020-01-01 {hour:02}:00", 60) for hour in range(10)]
    assert bars_of(oxview("--histogram", "hour")) == hours
    assert bars_of(oxview("--histogram", "day"))[0][1] == 600
    minutes = dict(bars_of(oxview("--histogram", "minute", "-g", '"id": 1[0-9]7,')))
    assert minutes["2020-01-01 01:47"] == 1 and minutes["2020-01-01 01:48"] == 0
    assert sum(minutes.values()) == 10 and len(minutes) == 91
    assert "... 89 empty ..." in oxview("--histogram", "minute", "--where", "id IN (17, 107)")
    quarters = bars_of(oxview("--histogram"))
    assert quarters == [(f"2020-01-01 {n // 4:02}:{n % 4 * 15:02}", 15) for n in range(40)]


def ids(lines):
    return [json.loads(line)["id"] for line in lines]


def test_context_shows_the_neighbours(oxview):
    assert ids(oxview("--context", "2", "--where", "id = 300")) == [298, 299, 300, 301, 302]
    assert ids(oxview("--context", "1", "--level", "50", "--limit", "2")) == [3, 4, 5, 8, 9, 10]
    assert ids(oxview("--context", "1", "-S", "2020-01-01 09:59")) == [598, 599]
    assert ids(oxview("--context", "1", "--host-name", "web-2", "-g", '"id": 11,')) == [10, 11, 12]
    lines = oxview("--context", "1", "-o", "template={id}", "--where", "id IN (5, 9, 11)")
    assert lines == ["4", "5", "6", "--", "8", "9", "10", "11", "12"]


def test_context_keeps_to_a_file_and_has_greps_exit_status(tmp_path):
    for hour in range(3):
        path = tmp_path / DAY / f"web-{DAY}{hour:02}.log"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"".join(map(msgpack.packb, EVENTS[hour * 10:hour * 10 + 10])))
    source = ["-l", tmp_path, "-n", "web", "--start-date", DAY, "-o", "template={id}", "--context", "2"]
    shown = run("oxview", *source, "-g", '"id": (9|10),')
    assert (shown.code, shown.stdout.split()) == (0, ["7", "8", "9", "--", "10", "11", "12"])
    shown = run("oxview", *source, "-r", "-g", '"id": (9|10),')
    assert (shown.code, shown.stdout.split()) == (0, ["12", "11", "10", "--", "9", "8", "7"])
    shown = run("oxview", *source, "-g", "nothing of the kind")
    assert (shown.code, shown.stdout) == (1, "")


def test_an_interruption_ends_the_events_and_shows_the_summary(program):
    for args, right in ((["--stats", "body.user"], lambda lines: rows_of(lines, "body.user") == expected_stats(
            lambda one: one["body"]["user"], EVENTS[:50])), (["--histogram", "day"], lambda lines: len(lines) == 1),
            (["--count"], lambda lines: lines == ["50"])):
        view = program("oxview", *args, stdin=subprocess.PIPE)
        view.write(b"".join(map(msgpack.packb, EVENTS[:50])))
        # What it has taken out of the pipe it counts before it looks for signals.
        wait_until(lambda: unread(view.process.stdin) == 0 or view.check_alive(), what="the events are read")
        view.signal(signal.SIGINT)
        assert view.wait() == 0
        assert right(view.output()), view.output()
        view.close_stdin()


def unread(pipe):
    size = array.array("i", [0])
    fcntl.ioctl(pipe.fileno(), termios.FIONREAD, size)
    return size[0]


def test_live_events_are_summed_up_when_it_is_interrupted(oxd, push, program):
    node = oxd("collector")
    before = node.control.subscribers()
    stats = program("oxview", "-H", node.ports.control, "-n", "web", "--stats", "body.user")
    count = program("oxview", "-H", node.ports.control, "-n", "web", "--count", "--limit", "3")
    wait_until(lambda: node.control.subscribers() >= before + 2 or stats.check_alive() or count.check_alive(),
               what="they subscribe")
    sender = push(node)
    for _ in range(3):
        sender.push_event("web", {"user": "bob"})
    assert count.wait() == 0
    assert count.output() == ["3"]
    stats.signal(signal.SIGINT)
    assert stats.wait() == 0
    # It may not have got all of them when the signal came.
    rows = rows_of(stats.output(), "body.user")
    assert rows == [] or (len(rows) == 1 and int(rows[0][0]) <= 3 and rows[0][4] == "bob")


def test_a_wrong_option_is_named():
    for args, said in ((["--stats", "user"], "--stats: no field"), (["--histogram", "week"], "--histogram: 'week'"),
                       (["--stats", "type", "host"], "--stats takes one field"),
                       (["--histogram", "--limit", "3"], "--limit does not go with --histogram"),
                       (["--stats", "type", "--histogram"], "--stats and --histogram exclude"),
                       (["--context", "10001"], "--context"), (["--context", "1", "--count"], "--context goes")):
        result = run("oxview", *args, stdin=b"")
        assert result.code == 2 and said in result.stderr and result.stdout == "", result
