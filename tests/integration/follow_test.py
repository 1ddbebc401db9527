"""oxview -f with --log-path: the files and then live events, each event once, whatever happens meanwhile."""
import array
import fcntl
import os
import select
import signal
import subprocess
import termios
import threading
from collections import Counter
from pathlib import Path

import blueox_client as blueox
import pytest

import logfiles
from processes import run
from waiting import patient, stays, wait_until

TYPES = ["load.a", "load.b", "load.c"]


class Writer:
    """Pushes events as fast as they are taken, until stop(); goes on through restarts of the node."""

    def __init__(self, pusher, padding=1000):
        self.sent = Counter()
        self._pusher, self._padding = pusher, "x" * padding
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self):
        n = 0
        while not self._ending.is_set():
            type_name = TYPES[n % len(TYPES)]
            self._pusher.push(*blueox.event(type_name, {"n": n, "pad": self._padding}, event_id=f"{n:x}"))
            self.sent[type_name] += 1
            n += 1

    def stop(self):
        self._ending.set()
        self._thread.join()


def follow(program, node, *args, **kwargs):
    return program("oxview", "-f", "-l", node.log_path, "-H", node.ports.control, *args, **kwargs)


def waiting_bytes(pipe):
    size = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, size)
    return size[0]


def numbers(documents):
    return [(each["type"], each["body"]["n"]) for each in documents]


def in_files(log_path):
    out = []
    for type_name in TYPES:
        out += [(type_name, each["body"]["n"]) for each in logfiles.decode(logfiles.read_bytes(log_path, type_name))]
    return out


def wait_lines(view, count, timeout=60.0):
    wait_until(lambda: len(view.output()) >= count or view.check_alive(), timeout,
               lambda: f"{count} lines: {len(view.output())}; {view.stderr()}")
    return view.documents()


def subscribed(node, before=0):
    return lambda: node.control.subscribers() > before


def test_history_and_then_live_events_are_shown_once_and_in_order(oxd, push, program):
    node = oxd(files=True)
    sender = push(node)
    sender.push_numbers("steady", 0, 500)
    logfiles.wait_numbers(node.log_path, "steady", range(500))
    view = follow(program, node)
    wait_lines(view, 500)
    wait_until(subscribed(node), what="oxview subscribes")
    sender.push_numbers("steady", 500, 500)
    documents = wait_lines(view, 1000)
    assert [each["body"]["n"] for each in documents] == list(range(1000))
    stays(lambda: len(view.output()) == 1000, 1.5)
    assert view.stop() == 0
    assert view.stderr() == ""


def test_each_event_of_the_files_comes_once_through_load_kills_and_stops(oxd, push, program):
    node = oxd(files=True, same_ports=True, options=["--spool-path", "spool"])
    writer = Writer(push(node))
    try:
        wait_until(lambda: writer.sent["load.a"] > 500, what="events are written")
        view = follow(program, node)
        wait_lines(view, 3000)
        # Longer than what the subscriber's queue takes: live events are lost.
        view.signal(signal.SIGSTOP)
        before = sum(writer.sent.values())
        wait_until(lambda: sum(writer.sent.values()) > before + 25_000, 100.0, "many events are sent")
        view.signal(signal.SIGCONT)
        for _ in range(2):
            node.kill()
            node.start()
            shown = len(view.output())
            wait_lines(view, shown + 3000)
    finally:
        writer.stop()
    node.wait_drained()
    # What is drained is not in the files at once.
    size = 0
    while size != (size := sum(len(logfiles.read_bytes(node.log_path, each)) for each in TYPES)):
        stays(node.alive, 1.0)
    written = in_files(node.log_path)
    # How many there are depends on how long oxview took for those before: it need only go on.
    while (shown := len(view.output())) < len(written):
        wait_until(lambda: len(view.output()) > shown, 60.0, f"more than {shown} of {len(written)} are shown")
    stays(lambda: len(view.output()) == len(written), 1.5)
    shown = numbers(view.documents())
    assert Counter(shown) == Counter(written)
    for type_name in TYPES:  # in the order of its file
        of_type = [n for each, n in shown if each == type_name]
        assert of_type == [n for each, n in written if each == type_name]
    assert view.stop() == 0


def test_who_reads_slowly_does_not_make_the_next_events_late(program, tmp_path, dead_address):
    """As a pager does, or a terminal that was stopped."""
    path = Path(tmp_path) / "logs" / "20170714" / "slow-20170714.log"
    path.parent.mkdir(parents=True)
    path.write_bytes(blueox.event("slow", {"n": 0})[1])
    reading, writing = os.pipe()
    view = program("oxview", "-f", "-l", tmp_path / "logs", "-H", dead_address, "--start-date", "20170101",
                   stdout=writing)
    os.close(writing)
    shown = b""

    def read_lines(count):
        nonlocal shown
        while shown.count(b"\n") < count:
            assert select.select([reading], [], [], patient(15.0))[0], f"{shown.count(bytes([10]))} of {count} lines"
            shown += os.read(reading, 1 << 16)
    try:
        read_lines(1)
        wait_until(lambda: "following the files alone" in view.stderr(), what="it is said")
        events = [blueox.event("slow", {"n": n, "pad": "x" * 1000})[1] for n in range(1, 1001)]
        with open(path, "ab") as file:
            file.write(b"".join(events))
        # What a pipe takes is there, and nobody takes it.
        wait_until(lambda: waiting_bytes(reading) > 60_000, what="the pipe is full")
        full = waiting_bytes(reading)
        stays(lambda: waiting_bytes(reading) == full, 3.0)
        read_lines(1001)
        with open(path, "ab") as file:
            file.write(blueox.event("slow", {"n": 1001})[1])
        read_lines(1002)
    finally:
        os.close(reading)
    view.expected_codes = {0, 1}


def test_without_an_oxd_the_files_alone_are_followed(program, tmp_path, dead_address):
    path = Path(tmp_path) / "logs" / "20170714" / "alone-20170714.log"
    path.parent.mkdir(parents=True)
    path.write_bytes(blueox.event("alone", {"n": 0})[1])
    view = program("oxview", "-f", "-l", tmp_path / "logs", "-H", dead_address, "--start-date", "20170101")
    wait_lines(view, 1)
    with open(path, "ab") as file:
        file.write(blueox.event("alone", {"n": 1})[1])
    other = path.parent.parent / "20170715" / "alone-20170715.log"
    other.parent.mkdir()
    other.write_bytes(blueox.event("alone", {"n": 2})[1])
    wait_lines(view, 3)
    wait_until(lambda: "following the files alone" in view.stderr(), what="it is said once")
    # Compressed: the same events.
    assert run("oxctl", "store", "zip", tmp_path / "logs").code == 0
    wait_until(lambda: not path.exists(), what="the file is compressed")
    path.write_bytes(blueox.event("alone", {"n": 3})[1])  # a late one
    wait_lines(view, 4)
    assert sorted(each["body"]["n"] for each in view.documents()) == [0, 1, 2, 3]
    assert view.stop() == 0
    assert view.stderr().count("following the files alone") == 1


def test_live_events_of_an_oxd_that_writes_other_files_are_not_shown(oxd, push, program, tmp_path):
    node = oxd(files=True)
    sender = push(node)
    sender.push_numbers("twice", 0, 10)
    logfiles.wait_numbers(node.log_path, "twice", range(10))
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", node.log_path, copy], check=True)
    view = program("oxview", "-f", "-l", copy, "-H", node.ports.control)
    wait_lines(view, 10)
    wait_until(subscribed(node), what="oxview subscribes")
    sender.push_numbers("twice", 10, 10)
    wait_until(lambda: "does not write the files" in view.stderr(), what="that is said")
    assert len(view.output()) == 10
    assert view.stop() == 0


def test_what_is_selected_and_how_many_hold_for_both(oxd, push, program):
    node = oxd(files=True)
    sender = push(node)
    sender.push_numbers("some", 0, 20)
    logfiles.wait_numbers(node.log_path, "some", range(20))
    view = follow(program, node, "-n", "some", "--where", "body->>'n' % 10 = 0", "--limit", "4")
    wait_lines(view, 2)
    sender.push_numbers("other", 0, 20)
    sender.push_numbers("some", 20, 40)
    assert view.wait() == 0
    assert [each["body"]["n"] for each in view.documents()] == [0, 10, 20, 30]


def test_follow_without_a_log_path_is_live(oxd, push, program):
    node = oxd()
    view = program("oxview", "-f", "-H", node.ports.control)
    wait_until(subscribed(node), what="oxview subscribes")
    push(node).push_numbers("live", 0, 3)
    assert len(wait_lines(view, 3)) == 3


@pytest.mark.parametrize("args, named", [
    (["-r"], "--reverse"),
    (["--end-date", "20170101"], "--end-date"),
    (["--sql", "SELECT 1"], "--sql"),
    (["--context", "1"], "--context"),
])
def test_what_does_not_go_with_follow_is_refused_in_one_line(args, named, tmp_path):
    result = run("oxview", "-f", "-l", tmp_path, *args)
    assert result.code == 2 and len(result.error_lines()) == 1, result
    assert named in result.error_lines()[0] and "--follow" in result.error_lines()[0]
