"""Senders of bulk requests while the collector is killed and started again."""
import http.client
import json
import queue
import threading
import time

import pytest

from bulk_client import NDJSON, bulk_lines, numbered_documents, post_bulk, statuses
from http_front import Answer, Front, RestartInTheMiddle
from waiting import patient, wait_until

# Of one chunk, which is stored whole or not at all.
CHUNK = 8192


def numbers_in(oxingest, type_name="logs"):
    return [event["body"]["n"] for event in oxingest.events(type_name)]


def send_until_taken(oxingest, numbers, connection):
    """A client that sends again what an answer does not say is stored. The numbers that it was told
    may be stored all the same."""
    doubtful = []
    left = list(numbers)
    deadline = time.monotonic() + patient(120.0)
    while left:
        assert time.monotonic() < deadline, "not taken in time"
        answer = post_bulk(oxingest, bulk_lines(numbered_documents(left)), connection=connection)
        assert answer.status in (200, 503), answer
        results = [item["index"] for item in answer.json["items"]]
        assert len(results) == len(left)
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) > 0 and answer.json["errors"] is True
            assert {result["status"] for result in results} == {429}
        doubtful += [n for n, result in zip(left, results)
                     if "may be stored" in result.get("error", {}).get("reason", "")]
        left = [n for n, result in zip(left, results) if result["status"] != 201]
        oxingest.program.check_alive()
    return doubtful


@pytest.mark.parametrize("batch", [1, 50])
def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program, batch):
    """1,000 events. The protocol cannot tell that a document comes again: one is there twice only
    where the client was told that it might."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    connection = oxingest.connect()
    doubtful = []
    with RestartInTheMiddle(node, 1000) as collector:
        for start in range(0, 1000, batch):
            doubtful += send_until_taken(oxingest, range(start, start + batch), connection)
            collector.sent(batch)
    wait_until(lambda: set(numbers_in(oxingest)) >= set(range(1000)), 30.0, "all are in the files")
    found = numbers_in(oxingest)
    assert set(found) == set(range(1000))
    assert {n for n in found if found.count(n) > 1} <= set(doubtful)


def test_while_nobody_takes_documents_every_one_is_to_be_sent_again(oxd, program):
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    assert statuses(post_bulk(oxingest, bulk_lines([{"n": 0}]))) == [201]
    node.stop()
    text = bulk_lines([{"n": 1}]) + '{"delete": {"_index": "logs"}}\n' + bulk_lines([{"n": 2}])
    answer = post_bulk(oxingest, text)
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    assert answer.json["status"] == 503
    assert answer.json["error"]["type"] == "unavailable_shards_exception"
    assert statuses(answer) == [429, 400, 429]
    single = oxingest.request("POST", "/logs/_doc", '{"n": 3}', user=None)
    assert single.status == 503 and int(single.headers["Retry-After"]) > 0
    assert single.json["error"]["type"] == "unavailable_shards_exception"
    node.start()
    send_until_taken(oxingest, [1, 2], oxingest.connect())
    wait_until(lambda: set(numbers_in(oxingest)) == {0, 1, 2}, 30.0, "all are in the files")


def test_what_was_stored_before_the_collector_went_is_told_from_what_was_not(oxd, program):
    """One request of two chunks: the second one comes when the collector has gone."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    pieces = queue.Queue()
    answers = []

    def send():
        connection = http.client.HTTPConnection(oxingest.address, timeout=patient(120.0))
        connection.request("POST", "/_bulk", iter(pieces.get, None), {"Content-Type": NDJSON})
        response = connection.getresponse()
        answers.append(Answer(response.status, response.headers, response.read()))
        connection.close()

    client = threading.Thread(target=send)
    client.start()
    try:
        pieces.put(bulk_lines(numbered_documents(range(CHUNK + 1))).encode())
        wait_until(lambda: len(numbers_in(oxingest)) >= CHUNK, 30.0, "the first chunk is stored")
        node.kill()
        pieces.put(bulk_lines(numbered_documents(range(CHUNK + 1, CHUNK + 10))).encode())
    finally:
        pieces.put(None)
        client.join()
    (answer,) = answers
    assert answer.status == 200 and answer.json["errors"] is True
    assert int(answer.headers["Retry-After"]) > 0
    assert statuses(answer) == [201] * CHUNK + [429] * 10
    node.start()
    send_until_taken(oxingest, range(CHUNK, CHUNK + 10), oxingest.connect())
    wait_until(lambda: set(numbers_in(oxingest)) == set(range(CHUNK + 10)), 30.0,
               lambda: json.dumps(sorted(numbers_in(oxingest))[-20:]))
