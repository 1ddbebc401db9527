"""What oxd does with BlueOx v3 messages on its collect port: files, stream, STATUS, and refusals."""
import time

import blueox_client as blueox
import msgpack
import pytest

import logfiles
import vectors
from control import rejects
from logfiles import wait_numbers
from processes import SANITIZER_SIGNS
from stream import Subscriber
from waiting import wait_until


def wait_bytes(node, type_name, expected, timeout=20.0):
    wait_until(lambda: logfiles.read_bytes(node.log_path, type_name) == expected, timeout,
               lambda: f"{type_name}: {logfiles.read_bytes(node.log_path, type_name)[:200]!r}")


def test_a_body_is_written_byte_for_byte_to_the_file_of_its_type_and_utc_day(oxd, push):
    """B2"""
    node = oxd(files=True)
    before = time.time()
    push(node).push(vectors.META, vectors.BODY)
    wait_bytes(node, "request.db", vectors.BODY, 2.0)
    (path,) = logfiles.find(node.log_path, "request.db")
    assert path in {logfiles.path_for(node.log_path, "request.db", moment)
                    for moment in (before, time.time())}


def test_bodies_that_are_not_messagepack_are_stored_streamed_and_forwarded_verbatim(oxd, push):
    """B3"""
    collector = oxd("collector", files=True)
    node = oxd("agent", files=True, forward=[collector])
    meta = blueox.encode_meta(time.time(), "web-1", "broken")
    with Subscriber("127.0.0.1", node.control.sock_stream()) as subscriber:
        wait_until(lambda: node.control.subscribers() == 1, what="one subscriber")
        sender = push(node)
        sender.push(meta, b"\xff\xff")
        assert subscriber.receive() == [b"broken", b"\xff\xff"]
    wait_bytes(node, "broken", b"\xff\xff")
    wait_bytes(collector, "broken", b"\xff\xff")
    sender.push(meta, b"")
    sender.push(meta, b"\xc1")
    wait_bytes(collector, "broken", b"\xff\xff\xc1")
    assert node.control.received("broken") == 3


def test_the_stream_carries_type_and_body(oxd, push):
    """B4"""
    node = oxd()
    with Subscriber("127.0.0.1", node.control.sock_stream()) as subscriber:
        wait_until(lambda: node.control.subscribers() == 1, what="one subscriber")
        push(node).push(vectors.META, vectors.BODY)
        assert subscriber.receive() == [b"request.db", vectors.BODY]


def test_status_tells_the_end_of_the_newest_event_of_each_type_and_host(oxd, push):
    """B6"""
    node = oxd()
    request = bytes.fromhex("81a3636d64a6535441545553")
    empty = msgpack.unpackb(node.control.raw(request)[0], raw=False)
    assert (empty["last"], empty["lag"], empty["events"], empty["hosts"]) == (None, None, {}, {})
    before = time.time()
    push(node).push(vectors.META, vectors.BODY)
    node.wait_received("request.db", 1)
    status = msgpack.unpackb(node.control.raw(request)[0], raw=False)
    assert status["events"]["request.db"]["last"] == 1500000000.25
    assert status["hosts"]["web-1"]["last"] == 1500000000.25
    assert before - 1 <= status["last"] <= time.time() + 1
    assert status["lag"] == pytest.approx(status["last"] - 1500000000.25, abs=0.001)


GOOD_META = blueox.encode_meta(1500000000.25, "web-1", "bad")
BAD_MESSAGES = {
    "one frame": [GOOD_META],
    "three frames": [GOOD_META, b"\x80", b"\x80"],
    "a meta frame of 136 bytes": [GOOD_META[:-1], b"\x80"],
    "a meta frame of 138 bytes": [GOOD_META + b"\0", b"\x80"],
    "an empty meta frame": [b"", b"\x80"],
    "version 2": [b"\x02" + GOOD_META[1:133], b"\x80"],
    "version 2 at full length": [b"\x02" + GOOD_META[1:], b"\x80"],
    "version 4": [b"\x04" + GOOD_META[1:], b"\x80"],
    "two empty frames": [b"", b""],
    "one empty frame": [b""],
    "no type": [blueox.encode_meta(1.0, "web-1", ""), b"\x80"],
}


def test_each_kind_of_malformed_message_is_counted_and_dropped(oxd, push):
    """B8"""
    node = oxd(files=True)
    sender = push(node)
    good = b""
    for count, (name, frames) in enumerate(BAD_MESSAGES.items(), 1):
        sender.push(*frames)
        good += sender.push_event("good", {"n": count})
        node.wait_received("good", count)
        assert node.control.rejected("collect") == count, name
    wait_bytes(node, "good", good)
    status = node.control.status()
    assert set(status["events"]) == {"good"}
    assert len(rejects(status, "collect")) >= 3, "counted by reason"
    assert [path.name[:5] for path in logfiles.all_files(node.log_path)] == ["good-"]


def test_a_flood_of_malformed_messages_is_logged_at_most_once_a_second(oxd, push):
    node = oxd()
    sender = push(node)
    started = time.monotonic()
    for _ in range(3000):
        sender.push(b"\x03", b"x")
    wait_until(lambda: node.control.rejected("collect") == 3000, what="3000 rejects")
    seconds = time.monotonic() - started
    lines = [line for line in node.stderr().splitlines() if " warning " in line]
    assert 1 <= len(lines) <= seconds + 3


@pytest.mark.parametrize("hostile", ["../../evil", "a/b", "nul\0inside", ".hidden", "..", "/etc/x",
                                     "line\nfeed", "per%cent", "x" * 63, b"\xff\xfe", "-", "a-20170714"],
                         ids=repr)
def test_no_type_escapes_the_log_directory_and_each_is_found_again(oxd, push, tmp_path, hostile):
    """B9"""
    node = oxd(files=True)
    sender = push(node)
    body = blueox.pack({"n": 1})
    sender.push(blueox.encode_meta(time.time(), "web-1", hostile), body)
    wait_bytes(node, hostile, body)
    (path,) = logfiles.all_files(node.log_path)
    assert path.parent.parent == node.log_path
    for outside in ("evil", "x", "b"):
        assert not (tmp_path / outside).exists() and not (node.log_path.parent / outside).exists()


def test_a_host_length_byte_beyond_the_field_reads_as_63(oxd, push):
    node = oxd()
    meta = bytearray(blueox.encode_meta(1.0, "h" * 63, "clamped"))
    meta[9] = 200
    push(node).push(bytes(meta), b"\x80")
    node.wait_received("clamped", 1)
    assert set(node.control.status()["hosts"]) == {"h" * 63}


def test_sigterm_completes_a_dirty_file_and_exits_0(oxd, push):
    """B13"""
    node = oxd(files=True)
    push(node).push_numbers("dirty", 0, 2000, padding=100)
    node.wait_received("dirty", 2000)
    node.stop()
    logfiles.assert_numbers(logfiles.numbers(node.log_path, "dirty"), range(2000))


def test_sigint_is_a_clean_stop_too(oxd, push):
    node = oxd(files=True)
    push(node).push_numbers("dirty", 0, 10)
    node.wait_received("dirty", 10)
    node.program.signal(2)
    assert node.program.wait() == 0
    logfiles.assert_numbers(logfiles.numbers(node.log_path, "dirty"), range(10))


def test_a_file_that_is_written_steadily_is_never_long_behind(oxd, push):
    """B14"""
    node = oxd(files=True)
    sender = push(node)
    pushed_at, copied_at, copy = [], None, None
    started = time.monotonic()
    for n in range(100):
        # Paced on purpose: 20 events a second for 5 seconds.
        time.sleep(max(0.0, started + n * 0.05 - time.monotonic()))
        sender.push_numbers("steady", n, 1)
        pushed_at.append(time.monotonic())
        if n == 70:
            copied_at, copy = time.monotonic(), logfiles.numbers(node.log_path, "steady")
    due = [n for n, at in enumerate(pushed_at) if at <= copied_at - 1.5]
    assert len(due) >= 20
    assert copy[:len(due)] == due
    wait_numbers(node.log_path, "steady", range(100))


def test_a_deleted_file_is_created_again(oxd, push):
    """B24"""
    node = oxd(files=True)
    sender = push(node)
    sender.push_numbers("deleted", 0, 1)
    wait_numbers(node.log_path, "deleted", [0])
    logfiles.find(node.log_path, "deleted")[0].unlink()
    sender.push_numbers("deleted", 1, 1)
    # An event may have gone to the file that was deleted only when it comes again in the new one.
    wait_until(lambda: logfiles.numbers(node.log_path, "deleted")[-1:] == [1], 10.0,
               "the file is created again, with the new event")


def test_an_event_over_the_size_limit_is_counted_and_its_neighbours_stored(oxd, push):
    node = oxd(files=True, options=["--max-event-size", "64KiB"])
    sender = push(node)
    meta = blueox.encode_meta(time.time(), "web-1", "large")
    fits = blueox.pack({"n": 1, "pad": "x" * 63000})
    for _ in range(3):
        sender.push(meta, fits)
        sender.push(meta, b"\x00" * (64 * 1024 + 1))
        sender.push(meta, b"\x00" * (4 << 20))
    wait_bytes(node, "large", fits * 3)
    assert node.control.rejected("collect") == 6
    assert node.control.received("large") == 3


def test_a_message_beyond_all_bounds_costs_its_sender_the_connection_and_nobody_else(oxd, push):
    node = oxd(files=True)
    neighbour, hostile = push(node), push(node)
    neighbour.push_numbers("calm", 0, 100)
    hostile.push(blueox.encode_meta(time.time(), "web-1", "huge"), bytes(80 << 20))
    neighbour.push_numbers("calm", 100, 100)
    wait_numbers(node.log_path, "calm", range(200))
    assert "huge" not in node.control.status()["events"]


def test_many_types_and_hosts_all_get_their_files(oxd, push):
    node = oxd(files=True)
    sender = push(node)
    for n in range(300):
        for type_number in range(5):
            sender.push_event(f"kind{type_number}.sub", {"n": n}, host=f"host-{n % 7}")
    for type_number in range(5):
        wait_numbers(node.log_path, f"kind{type_number}.sub", range(300))
    status = node.control.status()
    assert len(status["hosts"]) == 7
    assert {status["events"][f"kind{k}.sub"]["count"] for k in range(5)} == {300}


def test_a_failing_log_directory_degrades_the_files_and_not_the_node(oxd, push):
    """A directory where the day's file should be makes every write to that type fail, for root as well."""
    node = oxd(files=True)
    sender = push(node)
    for moment in (time.time(), time.time() + 86400):
        logfiles.path_for(node.log_path, "blocked", moment).mkdir(parents=True)
    sender.push_numbers("blocked", 0, 5)
    node.wait_received("blocked", 5)
    sender.push_numbers("other", 0, 5)
    node.wait_received("other", 5)
    wait_until(lambda: "blocked" in node.stderr(), what="stderr names the file")
    assert node.alive()
    assert not any(sign in node.stderr() for sign in SANITIZER_SIGNS)
