"""PBU's own Logger, as its users install it, with oxingest as its log server."""
import logging
import os

import pytest

import pbu

from http_front import Front  # noqa: E402


@pytest.fixture
def server(oxd, program, tmp_path, monkeypatch):
    front = Front(program, oxd("collector", files=True), listen="127.0.0.1:0,profile=pbu",
                  AUTH_TOKEN="t", ENABLED_LOG_LEVELS="DEBUG,INFO,WARNING,ERROR",
                  LOG_FOLDER=str(tmp_path / "level-logs"))
    front.folder = tmp_path / "level-logs"
    monkeypatch.setenv("PBU_LOG_SERVER", f"http://{front.address}")
    monkeypatch.setenv("PBU_LOG_SERVER_AUTH", "t")
    yield front
    # Loggers, and the address in their handlers, outlive a test.
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).handlers.clear()


def lines(server, name):
    return (server.folder / name).read_text().splitlines()


def test_a_message_of_its_logger_is_one_line(server):
    """P13"""
    pbu.Logger("my-logger-name").info("Hello log server")
    (event,) = server.wait_events(1, "pbu")
    assert event["body"]["message"] == "Hello log server" and event["body"]["level"] == 20
    assert event["body"]["name"] == "my-logger-name" and event["pid"] == os.getpid()
    (line,) = lines(server, "info.log")
    assert line.endswith("INFO:my-logger-name Hello log server")
    assert sorted(name for name in os.listdir(server.folder) if name[0] != ".") == ["info.log"]


def test_an_exception_brings_its_trace(server):
    logger = pbu.Logger("failing")
    try:
        raise ValueError("bad thing")
    except ValueError as error:
        logger.exception(error)
    logger.info("after it")
    first, _ = server.wait_events(2, "pbu")
    assert first["body"]["level"] == 40 and first["body"]["message"] == "bad thing"
    found = lines(server, "error.log")
    assert found[0].endswith("ERROR:failing bad thing")
    assert len(found) > 1 and found[1:] == [part for line in first["body"]["trace"]
                                            for part in line.splitlines()]


def test_a_thousand_messages_arrive(server):
    logger = pbu.Logger("many")
    for n in range(1000):
        logger.info(f"message {n}")
    messages = [event["body"]["message"] for event in server.wait_events(1000, "pbu")]
    assert messages == [f"message {n}" for n in range(1000)]
    assert [line.split(" INFO:many ")[1] for line in lines(server, "info.log")] == messages
