"""What events look like on oxview's standard output: --output and --fields, wherever they come from."""
import csv
import io
import json

import msgpack
import pytest
from processes import run
from waiting import wait_until

DAY = "20200101"
BEGIN = 1577836800
EVENTS = [
    {"id": f"id{n}", "type": "web", "host": "web-1", "pid": 7, "start": BEGIN + n - 0.5, "end": BEGIN + n + 0.25,
     "body": {"level": 10 * (1 + n % 5), "message": f'said "{n}",\nand more', "user": {"name": f"u{n}"}}}
    for n in range(20)]
# Among them one whose bytes we would not write ourselves: raw16 and a float32.
PACKED = b"".join(map(msgpack.packb, EVENTS)) + bytes.fromhex("82a474797065da0003776562a3656e64ca3f800000")


@pytest.fixture(params=["file", "stdin"])
def oxview(request, tmp_path):
    """Runs oxview on the events, wherever they are; returns the result."""
    if request.param == "stdin":
        return lambda *args: run("oxview", *args, stdin=PACKED)
    path = tmp_path / DAY / f"web-{DAY}.log"
    path.parent.mkdir()
    path.write_bytes(PACKED)
    return lambda *args: run("oxview", "-l", tmp_path, "-n", "web", "--start-date", DAY, *args)


def test_fields_are_an_object_in_their_order(oxview):
    shown = oxview("--fields", "host, body.user.name,body->>'user', duration ,level,body.none", "--limit", "2")
    assert shown.code == 0, shown.stderr
    assert shown.stdout.splitlines() == [
        '{"host": "web-1", "body.user.name": "u%d", "body->>\'user\'": {"name": "u%d"}, "duration": 0.75, '
        '"level": %d, "body.none": null}' % (n, n, 10 + 10 * n) for n in range(2)]
    assert oxview("-o", "json", "--limit", "1").stdout == json.dumps(EVENTS[0]) + "\n"


def test_csv_is_read_back_as_it_was(oxview):
    shown = oxview("-o", "csv", "--fields", "id,message,end,body.user,body.none")
    rows = list(csv.reader(io.StringIO(shown.stdout, newline="")))
    assert rows[0] == ["id", "message", "end", "body.user", "body.none"]
    assert rows[1:-1] == [[one["id"], one["body"]["message"], str(one["end"]),
                           json.dumps(one["body"]["user"]), ""] for one in EVENTS]
    assert rows[-1] == ["", "", "1.0", "", ""]
    assert oxview("-o", "csv", "--where", "0").stdout.startswith("ts,type,host,")


def test_messagepack_goes_through_another_oxview_unchanged(oxview):
    shown = oxview("-o", "msgpack")
    packed = shown.stdout.encode("utf-8", "surrogateescape")
    assert packed == PACKED
    assert run("oxview", stdin=packed).stdout == oxview().stdout
    few = oxview("-o", "msgpack", "--fields", "id,body.user.name", "--limit", "1").stdout
    assert msgpack.unpackb(few.encode("utf-8", "surrogateescape")) == {"id": "id0", "body.user.name": "u0"}


def test_the_short_form_is_a_line_for_each_event(oxview):
    lines = oxview("-o", "short").stdout.splitlines()
    assert lines[3] == '2020-01-01T00:00:03.250Z ERROR    web-1 web said "3",\\x0aand more'
    assert lines[20] == "1970-01-01T00:00:01.000Z -        - web -"
    assert len(lines) == 21


def test_a_template_has_fields_in_its_text(oxview):
    shown = oxview("-o", "template={{{id}}} {ts} by {body.user.name}", "--level", "50", "--limit", "1")
    assert shown.stdout == "{id4} 2020-01-01 00:00:04.250000+00:00 by u4\n"


def test_a_wrong_form_is_named(oxview):
    for args, said in ((["-o", "xml"], "--output: 'xml'"), (["-o", "short", "-p"], "--pretty and --output"),
                       (["-o", "template=ab{"], "at character 3"), (["--fields", "hots"], "mean 'host'"),
                       (["--fields", "id", "-o", "short"], "--fields goes"), (["-o", "csv", "--count"], "--count")):
        result = oxview(*args)
        assert result.code == 2 and said in result.stderr and result.stdout == "", result


def test_groups_come_in_every_form():
    events = [{"id": 1, "type": "a.b"}, {"id": 2, "type": "a"}, {"id": 1, "type": "a"}]
    packed = b"".join(map(msgpack.packb, events))
    assert run("oxview", "--group", "-o", "template={id}{type}", stdin=packed).stdout == "2a\n1a.b\n1a\n"
    assert run("oxview", "--group", "--fields", "type", stdin=packed).stdout == (
        '[{"type": "a"}]\n[{"type": "a.b"}, {"type": "a"}]\n')


def test_live_events_take_every_form(oxd, push, program):
    node = oxd("collector")
    before = node.control.subscribers()
    view = program("oxview", "-H", node.ports.control, "-n", "web", "-o", "template={type}:{body.n}", "--limit", "3")
    wait_until(lambda: node.control.subscribers() > before or view.check_alive(), what="oxview subscribes")
    sender = push(node)
    for n in range(3):
        sender.push_event("web", {"n": n})
    assert view.wait() == 0
    assert view.output() == ["web:0", "web:1", "web:2"]
