"""oxview's options that select events, on files, standard input and live events alike."""
import json
import time
from pathlib import Path

import blueox_client as blueox
import msgpack
import pytest
from processes import run
from waiting import wait_until

BEGIN = 1577836800  # 2020-01-01
DAY = "20200101"


def event(n):
    return {"id": f"id{n}", "type": "web", "host": f"web-{n % 3}", "end": float(BEGIN + n * 60),
            "body": {"level": 10 * (1 + n % 5), "message": f"message {n} of user{n % 7} -end-"}}


EVENTS = [event(n) for n in range(600)]
PACKED = b"".join(msgpack.packb(one) for one in EVENTS)


@pytest.fixture(params=["file", "index", "zst", "stdin"])
def oxview(request, tmp_path):
    """Runs oxview on the events, wherever they are; returns the result."""
    if request.param == "stdin":
        return lambda *args: run("oxview", *args, stdin=PACKED)
    path = tmp_path / DAY / f"web-{DAY}.log"
    path.parent.mkdir()
    path.write_bytes(PACKED)
    if request.param == "index":
        # Files as small as this have none unless they grow.
        path.write_bytes(PACKED + b"".join(msgpack.packb({"pad": "x" * 1000}) for _ in range(100)))
        run("oxctl", "store", "reindex", tmp_path)
        assert path.with_name(path.name + ".idx").exists()
    if request.param == "zst":
        import subprocess
        subprocess.run(["zstd", "-q", "--rm", path], check=True)

    def files(*args):
        dates = [] if any(arg in args for arg in ("-S", "-U")) else ["--start-date", DAY]
        return run("oxview", "-l", tmp_path, "-n", "web", *dates, *args)
    return files


def numbers(result):
    assert result.code == 0, result.stderr
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return [int(one["id"][2:]) for one in found if "id" in one]


def test_since_and_until_are_of_the_events_own_time(oxview):
    assert numbers(oxview("-S", "2020-01-01 01:00", "-U", "2020-01-01 01:10")) == list(range(60, 71))
    assert numbers(oxview("--since", f"{BEGIN + 590 * 60}")) == list(range(590, 600))
    assert numbers(oxview("-S", "20200101", "-U", DAY)) == list(range(600))
    assert numbers(oxview("-U", "2020-01-01T00:00:30Z")) == [0]


def test_relative_times_count_from_now(oxview):
    now = time.time()
    hours = int((now - BEGIN) // 3600) + 1
    assert numbers(oxview("-S", f"{hours}h ago")) == list(range(600))
    assert oxview("-S", "-1h").stdout == ""


def test_level_and_host_select_together(oxview):
    expected = [n for n in range(600) if n % 5 >= 3 and n % 3 in (0, 2)]
    assert numbers(oxview("--level", "error", "--host-name", "web-0", "--host-name", "web-2")) == expected
    assert numbers(oxview("--level", "50")) == [n for n in range(600) if n % 5 == 4]


def test_a_limit_ends_it(oxview):
    assert numbers(oxview("--limit", "3", "--level", "50")) == [4, 9, 14]
    assert numbers(oxview("--limit", "1000", "--level", "10"))[:600] == list(range(600))


def test_grep_matches_the_line_and_has_greps_exit_status(oxview):
    assert numbers(oxview("-g", "message 1[0-9] of")) == list(range(10, 20))
    assert numbers(oxview("-g", '(?i)"HOST": "WEB-1".*user6 ')) == [
        n for n in range(600) if n % 3 == 1 and n % 7 == 6]
    assert numbers(oxview("-g", "message 17 of user3 -end")) == [17]
    nothing = oxview("-g", "message 17 of user4 -end")
    assert (nothing.code, nothing.stdout) == (1, "")
    assert oxview("-g", "(").code == 2


def test_count_prints_only_how_many(oxview):
    assert oxview("--count", "--level", "50").stdout == "120\n"
    assert oxview("--count", "-g", "user6 ").stdout == f"{sum(n % 7 == 6 for n in range(600))}\n"
    assert oxview("--count", "-S", "2020-01-01 01:00", "-U", "2020-01-01 01:10").stdout == "11\n"
    assert oxview("--count", "--limit", "7", "--level", "50").stdout == "7\n"
    assert oxview("--count", "--where", "level >= 50").stdout == "120\n"


def test_all_together_with_where(oxview):
    assert numbers(oxview("--where", "message LIKE '%user6%'", "--level", "50", "--limit", "2",
                          "-g", "web-[12]")) == [
        n for n in range(600) if n % 7 == 6 and n % 5 == 4 and n % 3][:2]


def test_reverse_shows_the_newest_first(tmp_path):
    for day, first in (("20200101", 0), ("20200102", 300)):
        path = tmp_path / day / f"web-{day}.log"
        path.parent.mkdir()
        path.write_bytes(b"".join(msgpack.packb(one) for one in EVENTS[first:first + 300]))
    shown = run("oxview", "-l", tmp_path, "-n", "web", "-r", "-S", "20200101", "--limit", "400")
    assert numbers(shown) == list(range(599, 199, -1))
    assert run("oxview", "-r", stdin=PACKED).code == 2


def test_live_events_are_selected_too(oxd, push, program):
    node = oxd("collector")
    before = node.control.subscribers()
    view = program("oxview", "-H", node.ports.control, "-n", "web", "--level", "50", "--limit", "2")
    wait_until(lambda: node.control.subscribers() > before or view.check_alive(),
               what="oxview subscribes")
    sender = push(node)
    for n in range(20):
        sender.push_event("web", {"level": 10 * (n % 6), "message": f"message {n}"})
    assert view.wait() == 0
    assert [one["body"]["message"] for one in view.documents()] == ["message 5", "message 11"]


def test_a_wrong_option_is_named(tmp_path):
    for args, said in ((["-S", "someday"], "--since"), (["--level", "loud"], "--level"),
                       (["-U", "1h", "-S", "5m"], "--until lies before"), (["--limit", "0"], "--limit"),
                       (["-r"], "--reverse needs"), (["--count", "--pretty"], "--count goes")):
        result = run("oxview", *args, stdin=b"")
        assert result.code == 2 and said in result.stderr, result
