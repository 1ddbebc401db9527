"""The installed client library, used as an outside project uses it: installed into an empty directory, found
with find_package(oxd), built into the example program, which then sends to a real oxd."""
import os
import re
import subprocess
from pathlib import Path

import pytest

import logfiles
from processes import SANITIZER_SIGNS, clean_environment
from waiting import patient, wait_until

BUILD = Path(os.environ["OX_BUILD"])
EXAMPLE = Path(__file__).resolve().parents[3] / "packaging/examples/client.cc"
CONFIGURE = ["cmake", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={os.environ['OX_CXX']}",
             f"-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror {os.environ['OX_CXX_FLAGS']}",
             "-DCMAKE_CXX_STANDARD=17", "-DCMAKE_CXX_STANDARD_REQUIRED=ON", "-DCMAKE_CXX_EXTENSIONS=OFF"]


def succeed(*command, cwd=None):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True,
                          timeout=patient(120))
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    directory = tmp_path_factory.mktemp("prefix")
    succeed("cmake", "--install", BUILD, "--component", "client", "--prefix", directory)
    return directory


def build(project, source, cmake_lists, prefix):
    """An outside project of one source; returns where its programs are."""
    (project / "CMakeLists.txt").write_text(cmake_lists)
    (project / "client.cc").write_text(source)
    succeed(*CONFIGURE, f"-DCMAKE_PREFIX_PATH={prefix}", "-S", project, "-B", project / "build")
    succeed("cmake", "--build", project / "build")
    return project / "build"


@pytest.fixture(scope="module")
def example(prefix, tmp_path_factory):
    source = EXAMPLE.read_text()
    # The project is the one that the example's own comment gives.
    cmake_lists = "\n".join(re.findall(r"^//   ([a-z_]+\(.*\))$", source, re.MULTILINE)) + "\n"
    assert "find_package(oxd REQUIRED)" in cmake_lists
    return build(tmp_path_factory.mktemp("example"), source, cmake_lists, prefix) / "client"


def run_example(example, *args, **env):
    done = subprocess.run([example, *args], capture_output=True, text=True, timeout=patient(60),
                          env=clean_environment(**env))
    assert not any(sign in done.stderr for sign in SANITIZER_SIGNS), done.stderr
    return done


def check_events(collector):
    requests = wait_until(lambda: (found := logfiles.events(collector.log_path, "request")) and
                          len(found) == 10 and found, what="all requests are in the file")
    queries = wait_until(lambda: (found := logfiles.events(collector.log_path, "request.db")) and
                         len(found) == 10 and found)
    rendered = wait_until(lambda: (found := logfiles.events(collector.log_path, "request.render")) and
                          len(found) == 10 and found)
    assert [event["body"]["number"] for event in requests] == list(range(10))
    ids = [event["id"] for event in requests]
    assert len(set(ids)) == 10
    assert [event["id"] for event in queries] == ids and [event["id"] for event in rendered] == ids
    for event in requests:
        body = event["body"]
        assert body["response"] == {"status": 200} and body["rows"] == 3
        assert body["threads"] == ["render"]
        assert body["headers"] == {"Host": "example.org", "Accept": "*/*"}
    for event in queries:
        assert event["body"]["query"] == "SELECT name FROM users" and event["body"]["query_time"] >= 0
    cached = [event["id"] for event in logfiles.events(collector.log_path, "request.cache")]
    assert len(cached) == 3 * len(set(cached)) and set(cached) <= set(ids)


@pytest.mark.parametrize("scheme", ["", "blueox://"])
def test_the_example_sends_its_events(oxd, example, scheme):
    collector = oxd("collector", files=True, same_ports=True)
    done = run_example(example, scheme + collector.ports.collect)
    sent = re.fullmatch(r"(\d+) events, (\d+) sent\n", done.stdout)
    assert done.returncode == 0 and done.stderr == "", done
    assert sent and sent[1] == sent[2] and int(sent[1]) >= 30
    check_events(collector)


def test_the_address_comes_from_the_environment_when_none_is_given(oxd, example):
    collector = oxd("collector", files=True, same_ports=True)
    done = run_example(example, BLUEOX_HOST=collector.ports.collect)
    assert done.returncode == 0 and done.stderr == "", done
    check_events(collector)


def test_a_bad_address_is_one_line_that_names_it(example):
    done = run_example(example, "log master")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and "log master" in done.stderr


def test_without_an_oxd_the_program_ends_and_says_what_was_lost(example, dead_address):
    done = run_example(example, dead_address)
    assert done.returncode == 1
    assert re.fullmatch(r"\d+ events, 0 sent\n", done.stdout)
    assert done.stderr.startswith("client: events were lost: no link answers at 127.0.0.1:")
    assert len(done.stderr.splitlines()) == 1


def test_only_public_headers_are_installed_and_each_compiles_alone(prefix, tmp_path):
    headers = sorted(path.relative_to(prefix / "include").as_posix()
                     for path in (prefix / "include").rglob("*") if path.is_file())
    assert headers == [f"oxd/{name}.h" for name in
                       ("client", "configure", "context", "export", "sink", "value")]
    sources = []
    for number, header in enumerate(headers):
        text = (prefix / "include" / header).read_text()
        assert not re.search(r'#\s*include\s*"', text), f"{header} includes what is not installed"
        (tmp_path / f"{number}.cc").write_text(f"#include <{header}>\n#include <{header}>\n")
        sources.append(f"{number}.cc")
    build(tmp_path, "int main() {}\n",
          "cmake_minimum_required(VERSION 3.25)\nproject(alone LANGUAGES CXX)\nfind_package(oxd REQUIRED)\n"
          f"add_executable(alone client.cc {' '.join(sources)})\n"
          "target_link_libraries(alone PRIVATE oxd::client)\n", prefix)


def test_the_library_shows_its_own_names_and_no_others(prefix):
    (library,) = prefix.rglob("liboxd-client.so")
    listed = subprocess.run(["nm", "-DC", "--defined-only", library], check=True, capture_output=True,
                            text=True).stdout
    names = {line.split(" ", 2)[2] for line in listed.splitlines()}
    assert any(name.startswith("ox::configure(") for name in names)
    ours = {re.split(r"[(:<]", name.removeprefix("ox::"))[0] for name in names
            # Not templates of others, which name the type that they return.
            if re.match(r"ox::\S+$|ox::[^ ]+\(", name)}
    assert ours == {"Context", "ContextRef", "ScopedContext", "Timer", "Value", "ClientSink", "add",
                    "append", "configure", "configure_sink", "configured", "current", "set", "shutdown",
                    "stats", "timeit"}


@pytest.mark.parametrize("version, found", [("0.1", True), ("0.2", False), ("1.0", False)])
def test_the_package_knows_its_version(prefix, tmp_path, version, found):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(version LANGUAGES NONE)\n"
        f"find_package(oxd {version} REQUIRED)\n")
    done = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "build",
                           f"-DCMAKE_PREFIX_PATH={prefix}"], capture_output=True, text=True)
    assert (done.returncode == 0) == found, done.stderr
