"""What oxview does only on a terminal: colours, the pager, progress."""
import json
import os
import shutil

import msgpack
import pytest
from processes import run
from terminal import Terminal, environment
from waiting import wait_until

DAY = "20200101"
BEGIN = 1577836800
RED, MATCH, END = "\x1b[31m", "\x1b[1;31m", "\x1b[0m"
PAGER = environment(OXVIEW_PAGER="sh -c 'echo PAGER BEGINS; cat; echo PAGER ENDS'")


def event(n):
    return {"id": n, "type": "web", "host": "h", "end": float(BEGIN + n),
            "body": {"level": 40 if n == 2 else 20, "message": f"said {n}"}}


def write_log(directory, count):
    path = directory / DAY / f"web-{DAY}.log"
    path.parent.mkdir()
    path.write_bytes(b"".join(msgpack.packb(event(n)) for n in range(count)))
    return ["-l", directory, "-n", "web", "--start-date", DAY]


@pytest.fixture
def few(tmp_path):
    """The options for a log of five events."""
    return write_log(tmp_path, 5)


@pytest.fixture
def many(tmp_path):
    """Of a thousand."""
    return write_log(tmp_path, 1000)


def shown(*args, **kwargs):
    with Terminal("oxview", *args, **kwargs) as terminal:
        return terminal.wait()


def short(n, level="INFO    "):
    return f"2020-01-01T00:00:{n:02}.000Z {level} h web said {n}\n"


def test_levels_and_matches_have_colours_on_a_terminal(few):
    text, code = shown(*few, "-o", "short")
    assert code == 0
    assert text == short(0) + short(1) + short(2, RED + "ERROR   " + END) + short(3) + short(4)
    text, _ = shown(*few, "-g", "said 2")
    assert text == json.dumps(event(2)).replace("said 2", f"{MATCH}said 2{END}") + "\n"
    text, _ = shown(*few, "-p", "--level", "error")
    assert text.startswith(f"\n{RED}=== web (2){END}\n{{\n")


def test_colours_are_chosen(few):
    plain = "".join(short(n, "ERROR   " if n == 2 else "INFO    ") for n in range(5))
    assert shown(*few, "-o", "short", "--color", "never") == (plain, 0)
    assert shown(*few, "-o", "short", env=environment(NO_COLOR="1")) == (plain, 0)
    assert shown(*few, "-o", "short", env=environment(TERM="dumb")) == (plain, 0)
    piped = run("oxview", *few, "-o", "short")
    assert piped.stdout == plain
    assert run("oxview", *few, "-o", "short", "--color", "always").stdout == plain.replace(
        "ERROR   ", RED + "ERROR   " + END)


def test_neighbours_in_json_are_set_apart_on_a_terminal_only(many):
    args = [*many, "--context", "1", "--where", "id IN (5, 9)", "--fields", "id"]
    lines = [json.dumps({"id": n}) for n in (4, 5, 6, 8, 9, 10)]
    assert run("oxview", *args).stdout.splitlines() == lines
    text, _ = shown(*args)
    assert text.splitlines() == [*lines[:3], "--", *lines[3:]]


def test_messagepack_is_not_for_a_terminal(few):
    text, code = shown(*few, "-o", "msgpack")
    assert code == 2
    assert text == "oxview: --output msgpack: standard output is a terminal\n"


def test_a_pager_shows_what_is_longer_than_the_screen(many):
    args = [*many, "-o", "template={id}"]
    text, code = shown(*args, env=PAGER, rows=24)
    assert code == 0
    assert text == "PAGER BEGINS\n" + "".join(f"{n}\n" for n in range(1000)) + "PAGER ENDS\n"
    fits = "".join(f"{n}\n" for n in range(23))
    assert shown(*args, "--limit", "23", env=PAGER, rows=24) == (fits, 0)
    assert shown(*args, "--limit", "24", env=PAGER, rows=24)[0].startswith("PAGER BEGINS\n")
    assert shown(*args, "--limit", "30", "--no-pager", env=PAGER, rows=24)[0].startswith("0\n1\n")
    assert shown(*args, "--limit", "30", env=environment(PAGER="cat"), rows=24)[0].startswith("0\n1\n")


def test_the_pager_is_chosen_by_the_environment(many):
    args = [*many, "-o", "template={id}"]
    assert shown(*args, env=environment(PAGER="sh -c 'echo other; cat >/dev/null'")) == ("other\n", 0)
    both = environment(PAGER="false", OXVIEW_PAGER="sh -c 'echo own; cat >/dev/null'")
    assert shown(*args, env=both) == ("own\n", 0)
    assert shown(*args, env=environment(OXVIEW_PAGER=""))[0].endswith("999\n")


def test_summaries_and_rows_are_paged_too(many):
    text, code = shown(*many, "--stats", "id", env=PAGER)
    assert code == 0 and text.startswith("PAGER BEGINS\ncount  share  ") and text.endswith("PAGER ENDS\n")
    text, code = shown(*many, "--sql", "SELECT id FROM events", env=PAGER)
    assert code == 0 and text.startswith('PAGER BEGINS\n{"id": 0}\n') and text.endswith("PAGER ENDS\n")


def test_leaving_the_pager_ends_oxview_quietly(tmp_path):
    args = write_log(tmp_path, 200_000)
    text, code = shown(*args, env=environment(OXVIEW_PAGER="head -n 1"))
    assert (json.loads(text), code) == (event(0), 0)
    text, code = shown(*args, "-g", "said", "--color", "never", env=environment(OXVIEW_PAGER="head -n 1"))
    assert (json.loads(text), code) == (event(0), 0)


@pytest.mark.skipif(shutil.which("less") is None, reason="less is not installed")
def test_less_is_left_with_q(many):
    with Terminal("oxview", *many, "-o", "template={id}.", rows=24) as terminal:
        terminal.read_until("22.")
        terminal.type("q")
        text, code = terminal.wait()
    assert code == 0
    assert "\n999." not in text


def test_log_lines_come_when_the_pager_is_left(many, tmp_path):
    (tmp_path / DAY / f"web-{DAY}00.log").write_bytes(b"\xc1")
    text, _ = shown(*many, "-o", "template={id}", env=PAGER)
    assert text.index("PAGER ENDS\n") < text.index("not MessagePack")


def test_a_histogram_is_as_wide_as_the_terminal(few):
    text, _ = shown(*few, "--histogram", columns=40)
    assert text.splitlines() == [f"2020-01-01 00:00:{n:02} 1 " + "█" * 18 for n in range(5)]
    text, _ = shown(*few, "--histogram", columns=40, env=environment(LC_ALL="C"))
    assert text.splitlines() == [f"2020-01-01 00:00:{n:02} 1 " + "#" * 18 for n in range(5)]


def test_a_long_search_tells_how_far_it_is(tmp_path):
    args = write_log(tmp_path, 200_000)
    (tmp_path / DAY / f"web-{DAY}23.log").write_bytes(b"\xc1")
    read, write = os.pipe()
    with Terminal("oxview", *args, stdout=write) as terminal, open(read, "rb", buffering=0) as pipe:
        os.close(write)

        def some():  # so slowly that it takes a while
            pipe.read(65536)
            terminal.take(0)
            return " found" in terminal.shown
        wait_until(some, timeout=60.0, what=lambda: f"progress on the terminal: {terminal.shown!r}")
        while pipe.read(1 << 20):
            terminal.take(0)
        text, code = terminal.wait()
    assert code == 1
    assert " files, " in text and "%), " in text
    # The line of the log has a line of its own, and nothing is left of the progress.
    before, after = text.split("error ", 1)
    assert before.rpartition("\x1b[K")[2].count("found") == 0
    assert "not MessagePack" in after
    assert text.rpartition("\x1b[K")[2].count("found") == 0


def test_no_progress_where_it_is_not_wanted(tmp_path):
    args = write_log(tmp_path, 200_000)
    read, write = os.pipe()
    with Terminal("oxview", *args, "--no-progress", stdout=write) as terminal, open(read, "rb", buffering=0) as pipe:
        os.close(write)
        size = 0
        while part := pipe.read(65536):
            size += len(part)
            terminal.take(0)
        text, code = terminal.wait()
    assert (text, code) == ("", 0)
    assert size == len(run("oxview", *args).stdout)
