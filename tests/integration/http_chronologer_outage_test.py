"""Clients of the record API while the collector is killed and started again."""
import logging.handlers

import pytest

from http_front import (PATH, Front, RestartInTheMiddle, logger_with, numbered, numbers_of,
                        post_until_taken)
from waiting import wait_until

RECORD = "name=n&created=1500000000&levelno=20&msg=m&exc_text=None&exc_info=None"


@pytest.mark.parametrize("batch", [1, 50])
def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program, batch):
    """1,000 records of a client that retries, one by one and in ndjson batches. A record comes twice
    only where the client was told that it might."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    doubtful = []
    ids = []
    connection = oxingest.connect()
    with RestartInTheMiddle(node, 1000) as collector:
        for start in range(0, 1000, batch):
            numbers = range(start, start + batch)
            doubts = []
            answer = post_until_taken(
                oxingest, lambda: oxingest.post_lines(*numbered(numbers), connection=connection),
                doubts)
            assert answer.status == 201
            ids += answer.json
            if any(doubts):
                doubtful += numbers
            collector.sent(batch)
    wait_until(lambda: set(numbers_of(oxingest.events())) >= set(range(1000)), 30.0,
               "all are in the files")
    found = numbers_of(oxingest.events())
    assert sorted(set(found)) == list(range(1000))
    assert {n for n in found if found.count(n) > 1} <= set(doubtful)
    assert set(ids) <= {event["id"] for event in oxingest.events()}


def test_pythons_http_handler_loses_nothing_while_the_collector_is_away_for_a_moment(oxd, program):
    """It never repeats, but waits for its answer, which comes when the collector is back."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    log = logger_with(logging.handlers.HTTPHandler(oxingest.address, PATH, "POST",
                                                   credentials=("logger", "")))
    with RestartInTheMiddle(node, 1000) as collector:
        for n in range(1000):
            log.info("event", extra={"n": n})
            collector.sent()
    assert sorted(numbers_of(oxingest.wait_events(1000))) == list(range(1000))


def test_while_nobody_takes_records_a_client_is_told_when_to_come_again(oxd, program):
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    assert oxingest.post(RECORD).status == 201
    node.stop()
    answer = oxingest.post(RECORD)
    assert answer.error[:2] == (503, "HTTPError") and int(answer.headers["Retry-After"]) > 0
    node.start()
    doubts = []
    post_until_taken(oxingest, lambda: oxingest.post(RECORD), doubts)
    oxingest.wait_events(2)
