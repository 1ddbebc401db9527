"""oxview over HTTP: answers of any length, and events as they come."""
import http.client
import json
import threading
from collections import Counter

import pytest

import logfiles
from http_reader import Reader, with_query
from memory import assert_grew_less, resident
from processes import run
from waiting import patient, wait_until

BASE = "/api/v1/oxd"


class Tail:
    """A client of server-sent events; .events are (id, document), .comments the other lines."""

    def __init__(self, reader, last_id=None, **query):
        self._connection = http.client.HTTPConnection(reader.address, timeout=patient(60.0))
        headers = {"Last-Event-ID": last_id} if last_id else {}
        self._connection.request("GET", with_query(f"{BASE}/tail", query), headers=headers)
        self.response = self._connection.getresponse()
        self.events, self.comments, self.ended = [], [], threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        event_id = None
        try:
            while line := self.response.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "id":
                    event_id = value
                elif name == "data":
                    self.events.append((event_id, json.loads(value)))
                elif line.startswith(b":"):
                    self.comments.append(value)
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass
        self.ended.set()

    def wait(self, count):
        wait_until(lambda: len(self.events) >= count, 60.0, lambda: f"{count} events: {len(self.events)}")
        return [each["body"]["n"] for _, each in self.events]

    def wait_begun(self):
        wait_until(lambda: self.comments, 30.0, "the tail begins")
        return self

    def close(self):
        self._connection.sock.shutdown(2)
        self._thread.join(patient(20.0))
        self.response.close()
        self._connection.close()


@pytest.fixture
def tail(request):
    opened = []

    def start(reader, **kwargs):
        opened.append(Tail(reader, **kwargs))
        return opened[-1]
    yield start
    for each in opened:
        if not each.ended.is_set():
            each.close()


def test_any_number_of_events_is_streamed_newest_first_and_none_is_missing(oxd, push, program):
    node = oxd(files=True)
    push(node).push_numbers("many", 0, 30_000, padding=200)
    logfiles.wait_numbers(node.log_path, "many", range(30_000))
    reader = Reader(program, node.log_path)
    answer = reader.get(f"{BASE}/query", {"limit": 1_000_000}, user=None)
    assert answer.status == 200 and answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    shown = [json.loads(line) for line in answer.body.splitlines()]
    assert sorted(each["body"]["n"] for each in shown) == list(range(30_000))
    ends = [each["end"] for each in shown]
    assert ends == sorted(ends, reverse=True)
    limited = reader.get(f"{BASE}/query", {"limit": 10_001, "offset": 5}, user=None).body.splitlines()
    assert [json.loads(line)["id"] for line in limited] == [each["id"] for each in shown[5:10_006]]
    some = reader.get(f"{BASE}/query", {"limit": 20_000, "where": "body->>'n' < 3"}, user=None)
    assert len(some.body.splitlines()) == 3
    wrong = reader.get(f"{BASE}/query", {"limit": 20_000, "where": "("}, user=None)
    assert wrong.status == 400


def test_a_client_that_does_not_read_holds_nothing_in_memory_and_ends_its_search_by_going(oxd, push, program):
    node = oxd(files=True)
    push(node).push_numbers("large", 0, 3000, padding=20_000)
    logfiles.wait_numbers(node.log_path, "large", range(3000))
    reader = Reader(program, node.log_path, "--scan-threads", "1")
    assert reader.get(f"{BASE}/query", {"limit": 1}, user=None).status == 200
    before = resident(reader.program)
    connection = http.client.HTTPConnection(reader.address, timeout=patient(60.0))
    connection.request("GET", f"{BASE}/query?limit=1000000")
    response = connection.getresponse()
    assert len(response.read(100_000)) == 100_000
    # The scan keeps up to 128 MiB to put events in order; the answer itself, of 60 MB, is not kept.
    assert_grew_less(reader.program, before, 160 << 20)
    connection.sock.close()
    response.close()
    # The only thread is free again.
    assert reader.get(f"{BASE}/query", {"limit": 1}, user=None).status == 200


def test_what_goes_wrong_in_the_middle_is_the_last_line(oxd, push, program):
    node = oxd(files=True)
    push(node).push_numbers("large", 0, 3000, padding=20_000)
    logfiles.wait_numbers(node.log_path, "large", range(3000))
    reader = Reader(program, node.log_path, "--query-timeout", "2s", "--scan-threads", "1")
    connection = http.client.HTTPConnection(reader.address, timeout=patient(60.0))
    connection.request("GET", f"{BASE}/query?limit=1000000")
    response = connection.getresponse()
    assert response.status == 200
    wait_until(lambda: reader.get(f"{BASE}/query", {"limit": 1}, user=None).status == 200, 60.0,
               "the only thread is free again")
    lines = response.read().splitlines()
    assert set(json.loads(lines[-1])) == {"error"}
    assert json.loads(lines[-1])["error"]["type"] == "unavailable"
    assert all("body" in json.loads(line) for line in lines[:-1])


def test_a_tail_sends_what_is_new_and_only_that(oxd, push, program, tail):
    node = oxd(files=True)
    sender = push(node)
    sender.push_numbers("seen", 0, 100)
    logfiles.wait_numbers(node.log_path, "seen", range(100))
    reader = Reader(program, node.log_path)
    client = tail(reader).wait_begun()
    assert client.response.headers["Content-Type"] == "text/event-stream"
    chosen = tail(reader, type="other", where="body->>'n' >= 5").wait_begun()
    sender.push_numbers("seen", 100, 50)
    sender.push_numbers("other", 0, 10)
    assert sorted(client.wait(60)) == sorted([*range(100, 150), *range(10)])
    assert chosen.wait(5) == [5, 6, 7, 8, 9]
    assert len({event_id for event_id, _ in client.events}) == 60


def test_who_comes_again_goes_on_without_a_gap_or_a_repeat(oxd, push, program, tail):
    node = oxd(files=True)
    sender = push(node)
    reader = Reader(program, node.log_path)
    client = tail(reader).wait_begun()
    got = []
    last_id = None
    for part in range(6):
        for type_name in ("a", "b", "c"):
            sender.push_numbers(type_name, part * 100, 100)
        client.wait(50)
        client.close()
        got += [(each["type"], each["body"]["n"]) for _, each in client.events]
        last_id = client.events[-1][0]
        if part == 3:  # another oxview
            assert reader.program.stop() == 0
            reader = Reader(program, node.log_path)
        client = tail(reader, last_id=last_id)
    for type_name in ("a", "b", "c"):
        logfiles.wait_numbers(node.log_path, type_name, range(600))
    client.wait(1800 - len(got))
    got += [(each["type"], each["body"]["n"]) for _, each in client.events]
    assert Counter(got) == Counter((name, n) for name in "abc" for n in range(600))


def test_since_sends_what_is_there_first(oxd, push, program, tail):
    node = oxd(files=True)
    sender = push(node)
    sender.push_numbers("history", 0, 2000, padding=500)
    logfiles.wait_numbers(node.log_path, "history", range(2000))
    reader = Reader(program, node.log_path)
    client = tail(reader, since="2000-01-01T00:00:00Z")
    client.wait(2000)
    sender.push_numbers("history", 2000, 10)
    assert client.wait(2010) == list(range(2010))


def test_more_clients_wait_than_threads_read_and_a_stop_ends_all_of_them(oxd, push, program, tail):
    node = oxd(files=True)
    sender = push(node)
    reader = Reader(program, node.log_path, "--scan-threads", "1")
    clients = [tail(reader).wait_begun() for _ in range(20)]
    assert reader.get(f"{BASE}/query", {"limit": 1}, user=None).status == 200
    sender.push_numbers("all", 0, 3)
    for client in clients:
        assert client.wait(3) == [0, 1, 2]
    assert reader.program.stop() == 0
    for client in clients:
        wait_until(client.ended.is_set, 20.0, "the stream ends")


def test_a_position_that_is_none_is_refused(oxd, program, tail):
    node = oxd(files=True)
    reader = Reader(program, node.log_path)
    assert tail(reader, last_id="nonsense").response.status == 400
    assert run("oxview", "--http", "127.0.0.1:0", "-f", "-l", node.log_path).code == 2


def test_places_of_events_that_come_lead_back_to_them(oxd, push, program, tail):
    node = oxd(files=True)
    reader = Reader(program, node.log_path)
    client = tail(reader, places="true").wait_begun()
    push(node).push_numbers("placed", 0, 20)
    assert client.wait(20) == list(range(20))
    for _, event in client.events:
        answer = reader.get(f"{BASE}/context", {**event["place"], "before": 1, "after": 0}, user=None)
        assert answer.status == 200 and answer.json["event"] == event
        assert [each["body"]["n"] for each in answer.json["before"]] == \
            ([event["body"]["n"] - 1] if event["body"]["n"] else [])
