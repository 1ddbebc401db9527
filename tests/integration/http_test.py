"""What holds for every HTTP API: probes, outages, oxingest's own spool, TLS, who may listen where."""
import json
import signal
import socket
import ssl
import subprocess
import urllib.request

import pytest

from http_front import Front, numbered, numbers_of
from logfiles import assert_numbers
from processes import run
from waiting import wait_until


def test_probes_answer_without_credentials(oxd, program):
    oxingest = Front(program, oxd("collector", files=True))
    assert oxingest.request("GET", "/livez", user=None).status == 200
    wait_until(lambda: oxingest.request("GET", "/readyz", user=None).status == 200, 30.0, "ready")
    oxingest.post_lines(*numbered([1, 2]))
    metrics = oxingest.request("GET", "/metrics", user=None)
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = metrics.body.decode().splitlines()
    assert "oxingest_gate_events_total 2" in lines
    assert "oxingest_gate_groups_total 1" in lines


def test_it_is_not_ready_while_nobody_takes_its_events(oxd, program):
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    node.stop()
    wait_until(lambda: oxingest.request("GET", "/readyz", user=None).status == 503, 30.0,
               "not ready")
    assert oxingest.request("GET", "/livez", user=None).status == 200
    node.start()
    wait_until(lambda: oxingest.request("GET", "/readyz", user=None).status == 200, 30.0, "ready")


def test_an_unknown_path_and_method_are_told(oxd, program):
    oxingest = Front(program, oxd("collector", files=True))
    assert oxingest.request("GET", "/nothing/here").status == 404
    answer = oxingest.request("PUT", "/livez")
    assert answer.status == 405 and "GET" in answer.headers["Allow"]


def test_with_a_spool_of_its_own_the_answer_comes_while_the_collector_is_away(oxd, program, tmp_path):
    """And the events outlive a crash of oxingest, each coming once."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node, "--spool-path", tmp_path / "spool")
    assert oxingest.post_lines(*numbered(range(10))).status == 201
    oxingest.wait_events(10)
    node.stop()
    for n in range(10, 30):
        assert oxingest.post_lines(*numbered([n])).status == 201
    oxingest.program.kill()
    node.start()
    again = Front(program, node, "--spool-path", tmp_path / "spool")
    assert again.post_lines(*numbered(range(30, 40))).status == 201
    again.wait_events(40)
    again.program.stop()
    assert_numbers(sorted(numbers_of(again.events())), range(40))


def test_two_on_one_spool_are_refused(oxd, program, tmp_path):
    node = oxd("collector", files=True)
    Front(program, node, "--spool-path", tmp_path / "spool")
    second = run("oxingest", "--http", "127.0.0.1:0", "-H", node.ports.collect,
                 "--spool-path", tmp_path / "spool")
    assert second.code == 78
    (line,) = second.error_lines()
    assert "--spool-path" in line and "process" in line


def test_sigterm_ends_it_when_what_was_taken_is_acknowledged(oxd, program):
    node = oxd("collector", files=True)
    oxingest = Front(program, node)
    connection = oxingest.connect()
    assert oxingest.post_lines(*numbered(range(5)), connection=connection).status == 201
    assert oxingest.program.stop() == 0
    assert_numbers(sorted(numbers_of(oxingest.wait_events(5))), range(5))


def test_lines_of_stdin_come_beside_http(oxd, program):
    node = oxd("collector", files=True)
    oxingest = program("oxingest", "lines", "--http", "127.0.0.1:0", "-H", node.ports.collect,
                       "--record-ids", node.ports.control, "--print-ports", stdin=subprocess.PIPE)
    wait_until(lambda: oxingest.output() or oxingest.check_alive(), 30.0, "it prints its ports")
    oxingest.write(b"one\ntwo\n")
    node.wait_received("lines", 2)
    oxingest.close_stdin()
    address = json.loads(oxingest.lines[0])["http"]
    with urllib.request.urlopen(f"http://{address}/livez") as answer:
        assert answer.status == 200
    assert oxingest.stop() == 0


def certificate(directory):
    """A key and a certificate of its own for 127.0.0.1."""
    key, cert = directory / "key.pem", directory / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=oxingest",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return key, cert


def test_tls_with_a_certificate_that_the_client_checks(oxd, program, tmp_path):
    node = oxd("collector", files=True)
    key, cert = certificate(tmp_path)
    oxingest = program("oxingest", "--http", "127.0.0.1:0,tls", "-H", node.ports.collect,
                       "--tls-cert", cert, "--tls-key", key, "--record-ids", node.ports.control,
                       "--print-ports")
    line = wait_until(lambda: oxingest.output() or oxingest.check_alive(), 30.0, "its ports")[0]
    address = json.loads(line)["http"]
    context = ssl.create_default_context(cafile=cert)
    with urllib.request.urlopen(f"https://{address}/livez", context=context) as answer:
        assert answer.read().strip() == b"ok"


@pytest.mark.parametrize("options, said", [
    (["--http", "0.0.0.0:0"], "0.0.0.0"),
    (["--http", "127.0.0.1:0", "--http-users", "missing.json"], "missing.json"),
    (["--http", "127.0.0.1:0,tls", "--tls-cert", "missing.pem", "--tls-key", "missing.pem"],
     "missing.pem"),
])
def test_a_configuration_that_is_wrong_does_not_start(oxd, options, said):
    node = oxd("collector", files=True)
    done = run("oxingest", *options, "-H", node.ports.collect)
    assert done.code == 78
    (line,) = done.error_lines()
    assert said in line


def test_insecure_is_a_wish_that_is_granted_loudly(oxd, program):
    node = oxd("collector", files=True)
    oxingest = program("oxingest", "--http", "0.0.0.0:0", "--insecure", "-H", node.ports.collect,
                       "--record-ids", node.ports.control, "--print-ports")
    wait_until(lambda: oxingest.output() or oxingest.check_alive(), 30.0, "its ports")
    assert "warning" in oxingest.stderr()


def test_an_address_in_use_is_named(oxd):
    node = oxd("collector", files=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("oxingest", "--http", address, "-H", node.ports.collect)
    assert done.code == 1
    assert address in done.stderr


def test_users_are_read_again_on_sighup_and_stay_when_the_file_is_wrong(oxd, program, tmp_path):
    node = oxd("collector", files=True)
    users = tmp_path / "users.json"
    bob = {"username": "bob", "hashname": "sha256", "salt": "c0139cff", "iterations": 32,
           "pbkdf2": "f57ef1e3e8f90cb367dedd44091f251b5b15c9c36ddd7923731fa7ee41cbaa82",
           "roles": ["writer"]}
    users.write_text(json.dumps([bob]))
    users.chmod(0o600)
    oxingest = Front(program, node, "--http-users", users)
    assert oxingest.post_lines(*numbered([1]), user="bob:obo").status == 201
    users.write_text("[{]")
    oxingest.program.signal(signal.SIGHUP)
    wait_until(lambda: "stays" in oxingest.program.stderr(), 30.0, "the file is found wrong")
    assert oxingest.post_lines(*numbered([2]), user="bob:obo").status == 201
    users.write_text(json.dumps([{**bob, "roles": ["basic-reader"]}]))
    oxingest.program.signal(signal.SIGHUP)
    wait_until(lambda: oxingest.post_lines(*numbered([3]), user="bob:obo").status == 403, 30.0,
               "the new roles count")
