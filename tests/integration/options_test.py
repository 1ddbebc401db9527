"""Command lines and configuration files: what is refused, how, and what the accepted ones do."""
import datetime
import time

import pytest

import logfiles
import processes
from logfiles import wait_numbers
from ports import PortLease, listening_addresses
from waiting import wait_until

# (program, arguments, exit code, what the one line on stderr names)
REFUSED = [
    ("oxd", ["--rotate-hours", "0"], 2, "rotate-hours"),
    ("oxd", ["--rotate-hours", "13"], 2, "rotate-hours"),
    ("oxd", ["--rotate-hours", "six"], 2, "rotate-hours"),
    ("oxd", ["--stream-range", "35110", "35100"], 2, "stream-range"),
    ("oxd", ["--stream-range", "34000", "35000"], 2, "stream-range"),
    ("oxd", ["--stream-range", "35000", "36001"], 2, "stream-range"),
    ("oxd", ["--stream-range", "35100", "35100"], 2, "stream-range"),
    ("oxd", ["--stream-range", "35100"], 2, "stream-range"),
    ("oxd", ["--collect", "127.0.0.1:99999"], 2, "collect"),
    ("oxd", ["--control", "[::1"], 2, "control"),
    ("oxd", ["--forward", "host:port"], 2, "forward"),
    ("oxd", ["--forward", "blueox://"], 2, "forward"),
    ("oxd", ["--forward", ""], 2, "forward"),
    ("oxd", ["--spool-memory", "plenty"], 2, "spool-memory"),
    ("oxd", ["--spool-memory", "-1"], 2, "spool-memory"),
    ("oxd", ["--batch-bytes", "12parsecs"], 2, "batch-bytes"),
    ("oxd", ["--batch-delay", "soon"], 2, "batch-delay"),
    ("oxd", ["--linger", "5 apples"], 2, "linger"),
    ("oxd", ["--max-event-size", "huge"], 2, "max-event-size"),
    ("oxd", ["--when-full", "explode"], 2, "when-full"),
    ("oxd", ["--sync", "maybe"], 2, "sync"),
    ("oxd", ["--no-such-option"], 2, "no-such-option"),
    ("oxd", ["--colect", "127.0.0.1:0"], 2, "did you mean --collect"),
    ("oxd", ["stray"], 2, "stray"),
    ("oxd", ["--log-path"], 2, "log-path"),
    ("oxd", ["--config", "absent.toml"], 78, "absent.toml"),
    ("oxctl", ["--no-such-option"], 2, "no-such-option"),
    ("oxctl", ["-H", "host:99999"], 2, "host"),
    ("oxctl", ["explode"], 2, "explode"),
    ("oxview", ["--no-such-option"], 2, "no-such-option"),
    ("oxview", ["--start-date", "yesterday"], 2, "start-date"),
    ("oxingest", ["--no-such-option"], 2, "no-such-option"),
    ("oxingest", [], 2, ""),
    ("oxingest", ["type", "-F", "/etc/hostname"], 2, ""),
    ("oxingest", ["-H", "host:99999", "type"], 2, "host"),
]


@pytest.mark.parametrize("name, args, code, mentioned", REFUSED,
                         ids=[" ".join([row[0], *row[1]]) for row in REFUSED])
def test_a_wrong_command_line_is_one_line_on_stderr(name, args, code, mentioned, tmp_path):
    """B10 and B11 (the refusals)"""
    result = processes.run(name, *args, cwd=tmp_path)
    assert (result.code, len(result.error_lines())) == (code, 1), result
    assert mentioned in result.stderr
    assert result.stdout == ""


# (text of the file, what the one line on stderr names)
WRONG_FILES = [
    ('colect = "127.0.0.1:0"\n', "did you mean collect"),
    ("rotate-hours = 13\n", "rotate-hours"),
    ('spool-memory = "plenty"\n', "spool-memory"),
    ('when-full = "explode"\n', "when-full"),
    ("stream-range = [35110, 35100]\n", "stream-range"),
    ('forward = ["host:99999"]\n', "forward"),
    ("collect = {host = 'x'}\n", "collect"),
    ('config = "other.toml"\n', "config"),
    ("verbose = \n", "oxd.toml:1"),
    ("\n\n[section]\ncollect = 'x'\n", "section"),
    ("\x00\x01\xff", "oxd.toml"),
]


@pytest.mark.parametrize("check", [["--check-config"], []], ids=["check-config", "start"])
@pytest.mark.parametrize("text, mentioned", WRONG_FILES, ids=[repr(row[0]) for row in WRONG_FILES])
def test_a_wrong_configuration_file_exits_78_naming_file_and_key(text, mentioned, check, tmp_path):
    (tmp_path / "oxd.toml").write_text(text)
    result = processes.run("oxd", "--config", "oxd.toml", "-t", "127.0.0.1:0", "-c", "127.0.0.1:0",
                           *check, cwd=tmp_path)
    assert (result.code, len(result.error_lines())) == (78, 1), result
    assert "oxd.toml" in result.stderr and mentioned in result.stderr


def test_a_right_configuration_passes_the_check_without_starting_anything(tmp_path):
    (tmp_path / "oxd.toml").write_text('collect = "127.0.0.1:0"\nlog-path = "logs"\n'
                                       'rotate-hours = 6\nforward = ["log-master", "other:4000"]\n'
                                       'spool-memory = "64MiB"\nbatch-delay = "2ms"\nverbose = 1\n')
    result = processes.run("oxd", "--config", "oxd.toml", "--check-config", cwd=tmp_path)
    assert result.code == 0, result
    assert not (tmp_path / "logs").exists()


def test_a_flag_beats_the_environment_which_beats_the_file(oxd, registry, tmp_path):
    node = oxd("flagged", options=["--config", "oxd.toml", "--stream-range", "35200", "35300"],
               cwd_files={"oxd.toml": "stream-range = [35700, 35800]\nverbose = 2\n"})
    assert 35200 <= node.control.sock_stream() < 35300
    assert node.control.log_level()["level"] == "debug"

    with_file = oxd("filed", options=["--config", "oxd.toml"],
                    cwd_files={"oxd.toml": "stream-range = [35700, 35800]\n"})
    assert 35700 <= with_file.control.sock_stream() < 35800

    lease = PortLease(2)
    (tmp_path / "oxd.toml").write_text('control = "127.0.0.1:0"\ncollect = "127.0.0.1:1"\n')
    program = registry.add(processes.Program(
        "oxd", "--config", "oxd.toml", "--print-ports", directory=tmp_path,
        env=processes.clean_environment(BLUEOX_HOST=lease.address())))
    wait_until(lambda: program.output() or program.check_alive(), what="it prints its ports")
    assert program.documents()[0]["collect"] == lease.address()


def test_a_remote_name_in_blueox_host_does_not_keep_a_local_oxd_from_starting(registry, tmp_path):
    program = registry.add(processes.Program(
        "oxd", "-t", "127.0.0.1:0", "--link", "127.0.0.1:0", "--print-ports", directory=tmp_path,
        env=processes.clean_environment(BLUEOX_HOST="log-master.invalid:0")))
    wait_until(lambda: program.output() or program.check_alive(), what="it prints its ports")
    assert program.documents()[0]["collect"].startswith("127.0.0.1:")
    assert "log-master.invalid" in program.stderr()


def test_the_stream_port_lies_in_the_range_asked_for(oxd):
    """B11"""
    node = oxd(options=["--stream-range", "35100", "35110"])
    assert 35100 <= node.control.sock_stream() < 35110


@pytest.mark.parametrize("hours", [6, 1, 12])
def test_hourly_files_carry_the_first_hour_of_their_period(oxd, push, hours):
    """B10"""
    node = oxd(files=True, options=["--rotate-hours", hours])
    before = time.time()
    push(node).push_numbers("rotated", 0, 1)
    wait_numbers(node.log_path, "rotated", [0])
    (path,) = logfiles.find(node.log_path, "rotated")
    now = datetime.datetime.fromtimestamp(before, datetime.timezone.utc)
    expected = f"rotated-{now:%Y%m%d}{now.hour - now.hour % hours:02d}.log"
    assert path.name == expected or path == logfiles.path_for(node.log_path, "rotated", time.time(),
                                                              hours)


def test_a_star_listens_on_every_interface(oxd, push):
    """B22 at a port of our own; the warning that anyone may send is said and shown"""
    lease = PortLease(2)
    node = oxd(options=["-c", f"*:{lease.first}"], collect=False, files=True)
    everywhere = {"0" * 8, "0" * 32}
    assert listening_addresses(lease.first) & everywhere
    assert listening_addresses(lease.first + 1) & everywhere
    assert node.control.status()["warnings"]
    assert node.stderr()
    push(f"127.0.0.1:{lease.first}").push_numbers("starred", 0, 3)
    wait_numbers(node.log_path, "starred", range(3))


def test_blueox_own_command_listens_on_its_default_port(registry, tmp_path):
    """B22"""
    try:
        lease = PortLease(2, first=3514)
    except OSError:
        pytest.skip("the default ports are in use on this machine")
    program = registry.add(processes.Program("oxd", "-c", "*", "-t", "127.0.0.1:0", "--state-dir",
                                             tmp_path, "--print-ports", directory=tmp_path))
    wait_until(lambda: program.output() or program.check_alive(), what="it prints its ports")
    assert listening_addresses(3514) & {"0" * 8, "0" * 32}
    program.stop()
    lease.close()


def test_require_auth_makes_an_open_address_an_error(tmp_path):
    result = processes.run("oxd", "-c", "*:0", "-t", "127.0.0.1:0", "--require-auth", cwd=tmp_path)
    assert (result.code, len(result.error_lines())) == (78, 1), result
    assert "require-auth" in result.stderr


def test_ipv6_addresses_are_served(oxd, push):
    node = oxd(options=["-c", "[::1]:0"], collect=False, files=True)
    assert node.ports.collect.startswith("[::1]:")
    port = node.ports.collect.rsplit(":", 1)[1]
    assert listening_addresses(int(port))


def test_sockets_can_be_turned_off(oxd):
    node = oxd(options=["-c", "off", "--link", "off"], collect=False)
    assert (node.ports.collect, node.ports.link) == ("off", "off")
    assert node.control.ping()["ok"] is True


def test_an_address_in_use_is_named_and_is_no_crash(oxd, tmp_path):
    node = oxd(same_ports=True)
    result = processes.run("oxd", "-t", node.ports.control, "-c", "127.0.0.1:0", "--state-dir",
                           tmp_path / "other", cwd=tmp_path)
    assert result.code in (1, 78), result
    assert node.ports.control in result.stderr


# Rule: one-owner
def test_a_second_node_on_the_same_log_directory_is_refused(oxd, tmp_path):
    node = oxd(files=True)
    result = processes.run("oxd", "-t", "127.0.0.1:0", "-c", "127.0.0.1:0", "-l", node.log_path,
                           "--state-dir", tmp_path / "other", cwd=tmp_path)
    assert result.code == 78, result
    assert str(node.log_path) in result.stderr
    assert node.alive()


def test_a_log_path_that_is_a_file_exits_78(tmp_path):
    (tmp_path / "file").write_text("")
    result = processes.run("oxd", "-t", "127.0.0.1:0", "-c", "127.0.0.1:0", "-l", tmp_path / "file",
                           "--state-dir", tmp_path / "state", cwd=tmp_path)
    assert (result.code, len(result.error_lines())) == (78, 1), result
    assert str(tmp_path / "file") in result.stderr


@pytest.mark.parametrize("name", ["oxd", "oxctl", "oxview", "oxingest"])
def test_every_program_tells_its_version_and_its_options(name):
    version, usage = processes.run(name, "--version"), processes.run(name, "--help")
    assert version.code == 0 and version.stdout.startswith(f"{name} ")
    assert usage.code == 0 and "--" in usage.stdout
