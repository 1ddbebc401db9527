"""oxingest: lines of standard input and of followed files become events, acknowledged or over v3."""
import os
import signal
import subprocess
import threading

import blueox_client as blueox
import pytest
import zmq

import logfiles
from processes import binary, clean_environment, run
from waiting import stays, wait_until

LINK_AND_V3 = pytest.mark.parametrize("protocol", [[], ["--v3"]], ids=["link", "v3"])


def data_of(node, type_name):
    return [event["body"]["data"] for event in logfiles.events(node.log_path, type_name)]


def wait_data(node, type_name, expected, timeout=30.0):
    wait_until(lambda: data_of(node, type_name) == expected, timeout,
               lambda: f"{type_name}: {data_of(node, type_name)[-20:]}")


def append(path, *lines):
    with open(path, "a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def follow(program, node, *specs):
    arguments = [part for spec in specs for part in ("-F", spec)]
    return program("oxingest", "-H", node.ports.collect, *arguments)


def wait_following(ingest, node, path, type_name):
    """Until a line appended to `path` comes through. wait_lines() leaves those lines out."""
    def came():
        append(path, "ready")
        return "ready" in data_of(node, type_name) or ingest.check_alive()
    wait_until(came, 30.0, f"{path} is followed")


def without_ready(node, type_name):
    return [data for data in data_of(node, type_name) if data != "ready"]


def wait_lines(node, type_name, expected, timeout=30.0):
    wait_until(lambda: without_ready(node, type_name) == expected, timeout,
               lambda: f"{type_name}: {without_ready(node, type_name)[-20:]}")


@LINK_AND_V3
def test_each_line_of_standard_input_is_an_event_stripped_and_empty_ones_too(oxd, protocol):
    """B19"""
    node = oxd(files=True)
    result = run("oxingest", "-H", node.ports.collect, *protocol, "notices", stdin=b"a\n\n b \n")
    assert result.code == 0, result
    wait_data(node, "notices", ["a", "", "b"])
    for event in logfiles.events(node.log_path, "notices"):
        assert event["type"] == "notices" and event["host"] == os.uname().nodename
        assert len(event["id"]) == 32 and event["start"] <= event["end"]
        assert isinstance(event["pid"], int)


def test_a_last_line_without_a_newline_is_an_event(oxd):
    node = oxd(files=True)
    assert run("oxingest", "-H", node.ports.collect, "t", stdin=b"one\ntwo").code == 0
    wait_data(node, "t", ["one", "two"])


def test_nothing_on_standard_input_is_no_event_and_no_error(oxd):
    node = oxd(files=True)
    assert run("oxingest", "-H", node.ports.collect, "t", stdin=b"").code == 0
    assert "t" not in node.control.status()["events"]


def test_lines_that_are_not_utf_8_come_through_unharmed(oxd):
    node = oxd(files=True)
    assert run("oxingest", "-H", node.ports.collect, "t", stdin=b"\xff\xfe\0x\n").code == 0
    wait_data(node, "t", [b"\xff\xfe\0x".decode("utf-8", "surrogateescape")])


def test_oxingest_ends_with_0_only_when_every_line_was_acknowledged(oxd):
    node = oxd(files=True, same_ports=True)
    lines = [str(n) for n in range(20_000)]
    result = run("oxingest", "-H", node.ports.collect, "many", stdin="\n".join(lines).encode())
    assert result.code == 0, result
    node.kill()  # what was acknowledged is on disk
    node.start()
    wait_data(node, "many", lines)


def test_without_anyone_to_take_the_lines_oxingest_says_what_is_left_and_fails(dead_address):
    result = run("oxingest", "-H", dead_address, "--linger", "300ms", "t", stdin=b"a\nb\nc\n")
    assert result.code == 1, result
    assert "3" in result.stderr


def test_files_are_followed_from_their_end_under_given_and_inferred_types(oxd, program, tmp_path):
    """B20"""
    node = oxd(files=True)
    access, mail = tmp_path / "a.log", tmp_path / "mail.err"
    append(access, "old")
    append(mail, "old")
    ingest = follow(program, node, f"nginx_access:{access}", mail)
    wait_following(ingest, node, access, "nginx_access")
    wait_following(ingest, node, mail, "oxingest.mail")
    append(access, "GET /", "", "GET /2")
    append(mail, " spaced ", "\t", "last")
    wait_lines(node, "nginx_access", ["GET /", "GET /2"])
    wait_lines(node, "oxingest.mail", ["spaced", "last"])
    assert ingest.stop() == 0


def test_a_rotated_file_is_held_to_its_end_and_its_successor_read_from_the_start(oxd, program, tmp_path):
    node = oxd(files=True)
    path, rotated = tmp_path / "app.log", tmp_path / "app.log.1"
    append(path, "old")
    ingest = follow(program, node, path)
    wait_following(ingest, node, path, "oxingest.app")
    expected = []
    for round_number in range(3):
        append(path, f"before {round_number}")
        os.rename(path, rotated)
        append(rotated, f"late {round_number}")
        append(path, f"after {round_number}")
        expected += [f"before {round_number}", f"late {round_number}", f"after {round_number}"]
        wait_lines(node, "oxingest.app", expected)
    assert ingest.stop() == 0


def test_a_truncated_file_is_read_from_its_start(oxd, program, tmp_path):
    node = oxd(files=True)
    path = tmp_path / "app.log"
    append(path, "old " * 100)
    ingest = follow(program, node, f"app:{path}")
    wait_following(ingest, node, path, "app")
    append(path, "long line " * 50)
    wait_lines(node, "app", [("long line " * 50).strip()])
    with open(path, "w") as file:
        file.write("fresh\n")
    wait_lines(node, "app", [("long line " * 50).strip(), "fresh"])


def test_a_line_that_is_written_in_pieces_is_one_event(oxd, program, tmp_path):
    node = oxd(files=True)
    path = tmp_path / "app.log"
    append(path, "old")
    ingest = follow(program, node, f"app:{path}")
    wait_following(ingest, node, path, "app")
    append(path, "whole")
    with open(path, "a") as file:
        file.write("first half, ")
        file.flush()
        append(tmp_path / "other", "unrelated")
        file.write("second half\n")
    wait_lines(node, "app", ["whole", "first half, second half"])


def test_a_missing_file_is_one_line_and_an_error(dead_address, tmp_path):
    result = run("oxingest", "-H", dead_address, "-F", tmp_path / "absent.log", cwd=tmp_path)
    assert result.code in (1, 2), result
    assert len(result.error_lines()) == 1 and "absent.log" in result.stderr


def test_lines_wait_for_an_oxd_that_is_away_and_arrive_in_order(oxd, program):
    node = oxd(files=True, same_ports=True)
    ingest = program("oxingest", "-H", node.ports.collect, "live", stdin=subprocess.PIPE)
    lines = [f"line {n}" for n in range(300)]
    ingest.write("".join(f"{line}\n" for line in lines[:100]).encode())
    wait_data(node, "live", lines[:100])
    node.stop()
    ingest.write("".join(f"{line}\n" for line in lines[100:200]).encode())
    node.start()
    ingest.write("".join(f"{line}\n" for line in lines[200:]).encode())
    ingest.close_stdin()
    assert ingest.wait(60.0) == 0
    wait_data(node, "live", lines)


def test_lines_survive_the_collector_being_killed_again_and_again(oxd, program):
    node = oxd(files=True, same_ports=True)
    ingest = program("oxingest", "-H", node.ports.collect, "--batch-bytes", "4KiB", "live",
                     stdin=subprocess.PIPE)
    lines = [f"line {n} " + "x" * 80 for n in range(6000)]
    for round_number in range(3):
        part = lines[round_number * 2000:(round_number + 1) * 2000]
        ingest.write("".join(f"{line}\n" for line in part).encode())
        wait_until(lambda: len(data_of(node, "live")) > round_number * 2000, 30.0, "some arrived")
        node.kill()
        node.start()
    ingest.close_stdin()
    assert ingest.wait(90.0) == 0
    wait_data(node, "live", lines)


def test_the_old_protocol_is_two_frames_to_the_collect_port():
    with zmq.Context.instance().socket(zmq.PULL) as socket:
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        result = run("oxingest", "--v3", "-H", f"127.0.0.1:{port}", "notices", stdin=b"hello\n")
        assert result.code == 0, result
        assert socket.poll(10000)
        meta, body = socket.recv_multipart()
    version, end, host, type_name = blueox.decode_meta(meta)
    assert (version, type_name, host.decode()) == (3, b"notices", os.uname().nodename)
    (event,) = logfiles.decode(body)
    assert event["end"] == end and event["body"] == {"data": "hello"}


def test_sigterm_sends_what_was_read_and_ends_with_0(oxd, program):
    node = oxd(files=True)
    ingest = program("oxingest", "-H", node.ports.collect, "t", stdin=subprocess.PIPE)
    ingest.write(b"one\ntwo\n")
    wait_data(node, "t", ["one", "two"])
    ingest.write(b"three\n")
    wait_data(node, "t", ["one", "two", "three"])
    ingest.signal(signal.SIGTERM)
    assert ingest.wait() == 0


def test_the_second_host_takes_over_when_the_first_is_lost(oxd, program):
    first, second = oxd("first", files=True), oxd("second", files=True)
    ingest = program("oxingest", "-H", first.ports.collect, "-H", f"link://{second.ports.link}", "t",
                     stdin=subprocess.PIPE)
    ingest.write(b"one\n")
    wait_data(first, "t", ["one"])
    first.stop()
    ingest.write(b"two\n")
    wait_data(second, "t", ["two"])
    ingest.close_stdin()
    assert ingest.wait() == 0


def test_while_nobody_takes_the_lines_only_so_much_is_read(oxd, program):
    node = oxd(files=True, same_ports=True)
    node.stop()
    ingest = program("oxingest", "-H", node.ports.collect, "--spool-memory", "2MiB", "--linger", "60s",
                     "t", stdin=subprocess.PIPE)
    lines = [f"{n} " + "x" * 1000 for n in range(10_000)]
    writer = threading.Thread(target=lambda: [ingest.write("".join(f"{line}\n" for line in lines).encode()),
                                              ingest.close_stdin()])
    writer.start()
    try:
        stays(writer.is_alive, 0.5, "10 MB were read, 2 MiB are allowed")
    finally:
        node.start()
        writer.join()
    assert ingest.wait(60.0) == 0
    wait_data(node, "t", lines)


@LINK_AND_V3
def test_a_second_signal_ends_at_once_and_tells_what_is_lost(program, dead_address, protocol):
    ingest = program("oxingest", "-H", dead_address, *protocol, "--linger", "600s", "t",
                     stdin=subprocess.PIPE)
    ingest.expected_codes.add(1)
    ingest.write(b"one\ntwo\n")
    wait_until(lambda: "trying on" in ingest.stderr(), what="nobody there is told")
    ingest.signal(signal.SIGINT)
    stays(ingest.alive, 0.3, "it waits for the linger")
    ingest.signal(signal.SIGINT)
    assert ingest.wait() == 1
    assert "2 events were not" in ingest.stderr()
    assert ingest.stderr().count("trying on") == 1


def test_a_closed_standard_input_is_an_empty_one(oxd):
    node = oxd(files=True)
    code = subprocess.call([binary("oxingest"), "-H", node.ports.collect, "t"], close_fds=True,
                           env=clean_environment(), preexec_fn=lambda: os.close(0))
    assert code == 0
    assert "t" not in node.control.status()["events"]
