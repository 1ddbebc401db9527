"""oxview: standard input, live and file mode, and what it prints."""
import json
import math
import os
import time

import blueox_client as blueox
import pytest

import logfiles
import vectors
from processes import run
from waiting import stays, wait_until


def body_of(event_id, type_name, **body):
    return blueox.event(type_name, body, event_id=event_id)[1]


def lines_of(data, *args):
    result = run("oxview", *args, stdin=data)
    assert result.code == 0, result
    return result.stdout.splitlines()


def watch(program, node, *args, **kwargs):
    """A live oxview that has subscribed."""
    before = node.control.subscribers()
    view = program("oxview", "-H", node.ports.control, *args, **kwargs)
    wait_until(lambda: node.control.subscribers() > before or view.check_alive(),
               what="oxview subscribes")
    return view


def wait_documents(view, count, timeout=20.0):
    return wait_until(lambda: len(view.output()) >= count and view.documents(), timeout,
                      lambda: f"{count} documents: {view.output()[:20]}")


def test_standard_input_becomes_one_json_document_a_line():
    """B15"""
    lines = lines_of(vectors.BODY * 2)
    assert len(lines) == 2
    assert lines[0] == ('{"id": "59682f00000000000000000000000000", "type": "request.db", '
                        '"host": "web-1", "pid": 4242, "start": 1500000000.0, '
                        '"end": 1500000000.25, "body": {"query": "SELECT 1"}}')


def test_a_type_together_with_standard_input_is_a_usage_error():
    """B15"""
    result = run("oxview", "-n", "x", stdin=vectors.BODY)
    assert (result.code, len(result.error_lines())) == (2, 1), result


def test_pretty_output_has_a_header_and_sorted_indented_json():
    """B16"""
    lines = lines_of(vectors.BODY, "-p")
    assert lines[:2] == ["", "=== request.db (59682f000000@web-1:4242)  (250 ms)"]
    expected = {"id": "59682f00" + "0" * 24, "type": "request.db", "host": "web-1", "pid": 4242,
                "start": 1500000000.0, "end": 1500000000.25, "body": {"query": "SELECT 1"}}
    assert "\n".join(lines[2:]) == json.dumps(expected, indent=4, sort_keys=True)


def test_numbers_and_text_look_as_in_pythons_json():
    values = {"f": [1.0, 1e-07, 0.1, 1e16, 1e22, -0.0, 123456789.125, 5e-324], "i": [-1, 2**63, 0],
              "text": "\u00e9\u4e2d\U0001f600\x00\x1f\"\\/\x7f", "none": None, "bool": [True, False],
              "odd": [math.nan, math.inf, -math.inf]}
    (line,) = lines_of(blueox.pack(values))
    assert line == json.dumps(values)


def test_keys_that_are_no_text_become_text():
    (line,) = lines_of(b"\x85\x01\xa1a\xc3\xa1b\xc0\xa1c\xcb\x3f\xf8" + bytes(6) + b"\xa1d\xff\xa1e")
    assert line == '{"1": "a", "true": "b", "null": "c", "1.5": "d", "-1": "e"}'


@pytest.mark.parametrize("args", [[], ["-p"], ["--group"], ["--group", "-p"]], ids=" ".join)
def test_strange_events_are_shown_rather_than_fatal(args):
    strange = [b"\xa2\xff\xfe", b"\x07", b"\x93\x01\x02\x03", b"\x80", blueox.pack({"id": 1}),
               blueox.pack({"id": b"\xff", "type": "t", "host": b"\xfe", "pid": "x", "start": "a",
                            "end": None}), b"\xc7\x03\x05abc", b"\xd6\xff\x00\x00\x00\x01"]
    result = run("oxview", *args, stdin=b"".join(strange) + vectors.BODY)
    assert result.code == 0, result


def test_damage_in_standard_input_is_reported_and_what_came_before_is_shown():
    result = run("oxview", stdin=vectors.BODY + b"\xc1" + vectors.BODY)
    assert json.loads(result.stdout.splitlines()[0])["pid"] == 4242
    assert result.stderr
    cut = run("oxview", stdin=vectors.BODY + vectors.BODY[:-5])
    assert len(cut.stdout.splitlines()) == 1


def test_grouping_prints_the_events_of_one_id_together():
    """B17"""
    data = body_of(1, "foo.bar", n=1) + body_of(1, "foo", n=2)
    (line,) = lines_of(data, "--group")
    assert [event["type"] for event in json.loads(line)] == ["foo.bar", "foo"]


def test_grouping_keeps_ids_apart_and_discards_what_never_closes():
    data = (body_of(1, "foo.bar", n=1) + body_of(2, "foo.bar", n=2) + body_of(3, "foo.bar", n=3) +
            body_of(2, "foo", n=4) + body_of(1, "foo", n=5))
    groups = [json.loads(line) for line in lines_of(data, "--group")]
    assert [[event["body"]["n"] for event in group] for group in groups] == [[2, 4], [1, 5]]


def test_grouping_forgets_the_oldest_of_more_than_a_thousand_groups():
    """B18, at the size that oxview has"""
    data = b"".join(body_of(n, "foo.bar", n=n) for n in range(1, 1003))
    data += body_of(1, "foo", n=0) + body_of(1002, "foo", n=0)
    groups = [json.loads(line) for line in lines_of(data, "--group")]
    assert [len(group) for group in groups] == [1, 2]


def test_a_named_root_closes_groups_of_dotted_types():
    data = body_of(1, "myapp.request.db") + body_of(1, "myapp.request")
    assert lines_of(data, "--group") == []
    (line,) = lines_of(data, "--group-root", "myapp.request")
    assert len(json.loads(line)) == 2


def test_grouped_pretty_output_has_the_parents_header():
    data = body_of("a" * 32, "foo.bar") + body_of("a" * 32, "foo")
    lines = lines_of(data, "--group", "-p")
    assert lines[1].startswith(f"=== foo ({'a' * 12}@web-1:4242)  (")
    assert isinstance(json.loads("\n".join(lines[2:])), list)


def test_live_events_are_filtered_by_exact_type_or_by_prefix(oxd, push, program):
    """B5"""
    node = oxd()
    exact = watch(program, node, "-n", "request")
    prefix = watch(program, node, "-n", "request*")
    everything = watch(program, node)
    sender = push(node)
    for type_name in ("request.db", "request", "requests", "other", "request"):
        sender.push_event(type_name, {})
    types = [event["type"] for event in wait_documents(everything, 5)]
    assert types == ["request.db", "request", "requests", "other", "request"]
    assert [e["type"] for e in wait_documents(prefix, 4)] == ["request.db", "request", "requests",
                                                              "request"]
    assert [e["type"] for e in wait_documents(exact, 2)] == ["request", "request"]
    stays(lambda: len(exact.output()) == 2 and len(prefix.output()) == 4, 0.3)
    for view in (exact, prefix, everything):
        assert view.stop() == 0


def test_live_events_can_be_grouped(oxd, push, program):
    """B17, live"""
    node = oxd()
    view = watch(program, node, "-n", "*", "--group")
    sender = push(node)
    for event_id, type_name in (("1", "foo.bar"), ("2", "foo.bar"), ("1", "foo.bar.baz"), ("1", "foo")):
        sender.push(*blueox.event(type_name, {}, event_id=event_id))
    (group,) = wait_documents(view, 1)
    assert [event["type"] for event in group] == ["foo.bar", "foo.bar.baz", "foo"]


def test_a_live_view_survives_a_restart_and_reports_that_events_may_be_missing(oxd, push, program):
    node = oxd(same_ports=True)
    view = watch(program, node)
    push(node).push_numbers("before", 0, 3)
    wait_documents(view, 3)
    node.restart()
    wait_until(lambda: node.control.subscribers() == 1 or view.check_alive(), 30.0,
               "oxview subscribes again")
    push(node).push_numbers("after", 0, 3)
    assert [e["type"] for e in wait_documents(view, 6)] == ["before"] * 3 + ["after"] * 3
    wait_until(lambda: "gap" in view.stderr(), what="the gap is reported")


def test_a_live_view_without_an_oxd_says_so_and_ends(dead_address):
    result = run("oxview", "-H", dead_address)
    assert (result.code, len(result.error_lines())) == (1, 1), result
    assert dead_address in result.stderr


def test_a_reader_that_leaves_is_no_error(oxd, push, program):
    node = oxd()
    reading, writing = os.pipe()
    view = watch(program, node, stdout=writing)
    os.close(writing)
    os.close(reading)
    sender = push(node)

    def ended():
        sender.push_event("t", {})
        return not view.alive()
    wait_until(ended, what="oxview ends when nobody reads it")
    assert view.process.returncode == 0


def test_files_are_read_by_type_and_date(oxd, push):
    node = oxd(files=True)
    sender = push(node)
    for type_name in ("request", "request.db", "other"):
        sender.push_numbers(type_name, 0, 20)
    for type_name in ("request", "request.db", "other"):
        logfiles.wait_numbers(node.log_path, type_name, range(20))
    day = 86400
    yesterday, tomorrow = (time.strftime("%Y%m%d", time.gmtime(time.time() + delta))
                           for delta in (-day, day))

    def shown(*args):
        result = run("oxview", "--log-path", node.log_path, *args)
        assert result.code == 0, result
        return [json.loads(line)["type"] for line in result.stdout.splitlines()]
    span = ["--start-date", yesterday, "--end-date", tomorrow]
    assert shown("-n", "request", *span) == ["request"] * 20
    assert sorted(shown("-n", "request*", *span)) == ["request"] * 20 + ["request.db"] * 20
    assert len(shown(*span)) == 60
    none = run("oxview", "--log-path", node.log_path, "--start-date", "20010101", "--end-date",
               "20010102")
    assert (none.code, none.stdout) == (1, ""), none
