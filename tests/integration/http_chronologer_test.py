"""Chronologer's record API in oxingest, in front of a collector: real clients in, log files out."""
import gzip
import json
import logging.handlers
import os
import queue
import socket
import subprocess
import time

import pytest

from http_front import GOOD, JSON, LINES, PATH, Front, logger_with, numbered, numbers_of
from waiting import patient

C1 = ("name=app.db&msg=hi+%25s&message=hi+w&args=%28%27w%27%2C%29&levelname=INFO&levelno=20"
      "&pathname=%2Fx%2Fy.py&filename=y.py&module=y&exc_info=None&exc_text=None&stack_info=None"
      "&lineno=12&funcName=f&created=1500000000.25&msecs=250.0&relativeCreated=1.5&thread=1"
      "&threadName=MainThread&processName=MainProcess&process=7&foo=387")
C1_META = {"msg": "hi %s", "args": ["w"], "pathname": "/x/y.py", "filename": "y.py", "module": "y",
           "stack_info": None, "lineno": 12, "funcName": "f", "msecs": 250.0, "relativeCreated": 1.5,
           "thread": 1, "threadName": "MainThread", "processName": "MainProcess", "process": 7}


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Front(program, oxd("collector", files=True), *options, **env)
    return start


def record_of(event):
    """The record, as a reader makes it from the stored event alone."""
    body = event["body"]
    return {"name": body["name"][:127], "level": body["level"], "message": body["message"][:255],
            "logrec": body["logrec"], "id": event["id"]}


def without_ts(record):
    return {key: value for key, value in record.items() if key != "ts"}


def curl(*args):
    done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *args], capture_output=True,
                          timeout=patient(30.0), check=True, text=True)
    body, status = done.stdout.rsplit("\n", 1)
    return int(status), body


def test_a_form_becomes_the_record_it_was_and_an_event_with_all_of_it(front):
    """C1"""
    oxingest = front()
    status, body = curl("-u", "logger:", "-d", C1, f"http://{oxingest.address}{PATH}")
    assert status == 201
    record = json.loads(body)
    assert list(record) == ["name", "ts", "level", "message", "logrec", "id"]
    assert record["name"] == "app.db" and record["level"] == 20 and record["message"] == "hi w"
    assert record["ts"] == "2017-07-14 02:40:00.250000+00:00"
    assert record["logrec"] == {"data": {"foo": 387}, "meta": C1_META}
    assert 0 < record["id"] < 2 ** 53
    (event,) = oxingest.wait_events(1)
    assert record_of(event) == without_ts(record)
    assert event["end"] == 1500000000.25 and event["pid"] == 7 and event["host"] == "front"
    assert event["type"] == "chronologer" and "start" not in event


def test_a_whole_second_has_no_fraction(front):
    """C2"""
    record = front().post(C1.replace("created=1500000000.25", "created=1500000000")).json
    assert record["ts"] == "2017-07-14 02:40:00+00:00"


def test_an_exception_with_its_text_is_in_the_record(front):
    """C3"""
    form = (C1.replace("exc_text=None", "exc_text=Traceback...")
            .replace("exc_info=None", "exc_info=(%3Cclass+'E'%3E,)"))
    assert front().post(form).json["logrec"]["error"] == {"exc_info": "(<class 'E'>,)",
                                                          "exc_text": "Traceback..."}


def test_text_that_looks_like_a_number_stays_text(front):
    """C4"""
    answer = front().post(C1.replace("message=hi+w", "message=42").replace("msg=hi+%25s", "msg=42")
                          .replace("name=app.db", "name=123"))
    assert answer.status == 201
    assert (answer.json["message"], answer.json["name"]) == ("42", "123")
    assert answer.json["logrec"]["meta"]["msg"] == "42"


def test_values_of_a_form_get_their_python_types_back(front):
    """C5"""
    data = front().post(C1 + "&x=007&y=1e3&z={1: 2}&w=true").json["logrec"]["data"]
    assert data == {"foo": 387, "x": "007", "y": 1000.0, "z": {"1": 2}, "w": "true"}


def http_handler(oxingest, path=PATH, method="POST", credentials=("logger", "")):
    return logging.handlers.HTTPHandler(oxingest.address, path, method, credentials=credentials)


def test_pythons_http_handler_delivers_as_it_is(front):
    """C6"""
    oxingest = front()
    log = logger_with(http_handler(oxingest))
    log.info("Test", extra={"k": "v"})
    log.warning("%d items, %s", 3, "more", extra={"nested": [{1: 2}, (3, "x")]})
    first, second = oxingest.wait_events(2)
    assert first["body"]["name"] == "app.worker" and first["body"]["message"] == "Test"
    assert first["body"]["level"] == 20 and first["pid"] == os.getpid()
    assert first["body"]["logrec"]["data"] == {"k": "v"}
    assert first["body"]["logrec"]["meta"]["args"] == []
    assert second["body"]["message"] == "%d items, %s"
    assert second["body"]["logrec"]["meta"]["args"] == [3, "more"]
    assert second["body"]["logrec"]["data"] == {"nested": [{"1": 2}, [3, "x"]]}
    assert second["body"]["level"] == 30


def test_records_prepared_by_a_queue_handler_have_their_message_and_exception(front):
    oxingest = front()
    records = queue.Queue()
    listener = logging.handlers.QueueListener(records, http_handler(oxingest))
    listener.start()
    log = logger_with(logging.handlers.QueueHandler(records))
    log.info("%s and %s", "this", "that", extra={"k": 1})
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError:
        log.exception("boom")
    listener.stop()
    first, second = oxingest.wait_events(2)
    assert first["body"]["message"] == "this and that"
    assert first["body"]["logrec"]["meta"]["args"] is None
    assert first["body"]["logrec"]["data"] == {"k": 1}
    assert "error" not in first["body"]["logrec"]
    # Python 3.8 and later put the exception into the message.
    text = second["body"]["logrec"].get("error", {}).get("exc_text") or second["body"]["message"]
    assert second["body"]["message"].startswith("boom") and second["body"]["level"] == 40
    assert text.endswith("ZeroDivisionError: by zero") and "Traceback" in text


def test_a_record_without_a_key_names_it(front):
    """C7"""
    oxingest = front()
    assert oxingest.post("{}", JSON).error == (400, "ModelError", 'Key "name" is missing')
    assert oxingest.post("").error == (400, "ModelError", 'Key "name" is missing')
    assert oxingest.post("{}", "application/json; charset=utf-8").status == 400


def test_a_raw_document_is_kept_whole(front):
    """C8"""
    oxingest = front()
    document = {"a": 1, "b": [2], "c": "3"}
    before = time.time()
    record = oxingest.post(json.dumps(document), JSON, PATH + "?raw=1").json
    assert record["name"] == "" and record["message"] == "" and record["level"] == 20
    assert record["logrec"] == document
    (event,) = oxingest.wait_events(1)
    assert record_of(event) == without_ts(record)
    assert before - 1 <= event["end"] <= time.time() + 1


def test_raw_is_an_integer_and_a_field_of_that_name_is_just_a_field(front):
    oxingest = front()
    assert oxingest.post("{}", JSON, PATH + "?raw=x").error[:2] == (400, "ValueError")
    assert oxingest.post("{}", JSON, PATH + "?raw=0").status == 400
    assert oxingest.post(C1 + "&raw=1").json["logrec"]["data"] == {"foo": 387, "raw": 1}


def test_other_content_types_are_refused(front):
    """C9"""
    oxingest = front()
    expected = (415, "HTTPError", "Supported content types: application/x-www-form-urlencoded, "
                                  "application/json, application/x-ndjson")
    assert oxingest.post("x", "text/plain").error == expected
    assert oxingest.post("x", "nonsense").error == expected


def test_bodies_that_cannot_be_read_are_bad_requests(front):
    oxingest = front()
    for body in ("{", "", "{} {}", b'{"a": "\xff"}', "[" * 5000):
        assert oxingest.post(body, JSON).error == (400, "HTTPError", "Invalid JSON document")
    assert oxingest.post("a=%ff").error[:2] == (400, "HTTPError")
    for body in ("[]", "1", "null"):
        assert oxingest.post(body, JSON).error[:2] == (400, "ModelError")
    for wrong in ({"created": "x"}, {"levelno": "x"}, {"levelno": 256}, {"name": 1}, {"message": {}}):
        assert oxingest.post(json.dumps({**GOOD, **wrong}), JSON).error[:2] == (400, "ModelError")
    assert oxingest.post(json.dumps({**GOOD, "created": 1e300}), JSON).error[:2] == (400, "ValueError")
    assert oxingest.events() == []


def test_a_bad_first_chunk_stores_nothing(front):
    """C10"""
    oxingest = front()
    answer = oxingest.post_lines(GOOD, GOOD, "!@#")
    assert answer.error == (400, "HTTPError", "Invalid JSON document on line 3")
    assert oxingest.post_lines(GOOD, {"name": "x"}).error == (400, "ModelError",
                                                              'Key "created" is missing')
    assert oxingest.post_lines(GOOD, "", GOOD).error[2] == "Invalid JSON document on line 2"
    assert oxingest.post("", LINES).error[2] == "Invalid JSON document on line 1"
    assert oxingest.post_lines(GOOD).status == 201
    assert len(oxingest.wait_events(1)) == 1


def test_a_batch_is_answered_with_consecutive_ids_in_its_order(front):
    oxingest = front()
    answer = oxingest.post_lines(*numbered(range(100)))
    assert answer.status == 201
    ids = answer.json
    assert ids == list(range(ids[0], ids[0] + 100)) and ids[0] > 0
    found = {event["id"]: event["body"]["message"] for event in oxingest.wait_events(100)}
    assert found == {number: str(n) for n, number in enumerate(ids)}
    later = oxingest.post_lines(GOOD).json
    assert later[0] > ids[-1]


def test_a_bad_later_chunk_is_named_beside_what_is_stored(front):
    """C11"""
    oxingest = front()
    answer = oxingest.post_lines(*numbered(range(1024)), "!@#")
    assert answer.status == 207
    good, bad = answer.json["multistatus"]
    assert good["status"] == 201 and len(good["body"]) == 1024
    assert bad == {"status": 400, "body": "Invalid JSON document on line 1025"}
    events = oxingest.wait_events(1024)
    assert numbers_of(events) == list(range(1024))
    assert [event["id"] for event in events] == good["body"]


def test_the_chunk_that_fails_is_left_out_whole(front):
    """C12"""
    oxingest = front(CHRONOLOGER_MULTISTATUS="object")
    answer = oxingest.post_lines(*numbered(range(1024)), *numbered(range(1024, 1029)), {"name": "x"})
    assert answer.status == 207
    good, bad = answer.json["multistatus"]
    assert len(good["body"]) == 1024
    assert bad == {"status": 400, "body": {"error": {"type": "ModelError",
                                                     "message": 'Key "created" is missing'}}}
    assert oxingest.post_lines({**GOOD, "n": -1}).status == 201
    assert sorted(numbers_of(oxingest.wait_events(1025))) == list(range(-1, 1024))


def test_a_body_of_many_chunks_is_stored_in_chunks(front):
    oxingest = front()
    body = "".join(json.dumps(record) + "\n" for record in numbered(range(20_000)))
    answer = oxingest.post(gzip.compress(body.encode()), LINES, headers={"Content-Encoding": "gzip"})
    assert answer.status == 201
    ids = answer.json
    assert len(ids) == 20_000 and ids == sorted(set(ids))
    for start in range(0, 20_000, 1024):
        chunk = ids[start:start + 1024]
        assert chunk == list(range(chunk[0], chunk[0] + len(chunk)))
    assert numbers_of(oxingest.wait_events(20_000)) == list(range(20_000))


def test_many_tiny_raw_documents_in_one_piece_all_come_through(front):
    oxingest = front()
    answer = oxingest.post("{}\n" * 15_000 + "{}", LINES, PATH + "?raw=1")
    assert answer.status == 201 and len(answer.json) == 15_001
    assert [event["id"] for event in oxingest.wait_events(15_001)] == answer.json


def test_a_chunked_body_without_a_length_is_taken(front):
    oxingest = front()
    lines = [(json.dumps(record) + "\n").encode() for record in numbered(range(3000))]
    answer = oxingest.post(iter(lines), LINES)
    assert answer.status == 201 and len(answer.json) == 3000
    assert numbers_of(oxingest.wait_events(3000)) == list(range(3000))


def test_long_names_and_messages_are_cut_in_the_answer_and_kept_in_the_event(front):
    """C17"""
    oxingest = front()
    record = oxingest.post(C1.replace("name=app.db", "name=" + "n" * 256)
                           .replace("message=hi+w", "message=" + "m" * 256)).json
    assert (len(record["name"]), len(record["message"])) == (127, 255)
    (event,) = oxingest.wait_events(1)
    assert (event["body"]["name"], event["body"]["message"]) == ("n" * 256, "m" * 256)


def test_a_record_that_is_too_large_is_refused_and_nothing_breaks(front):
    oxingest = front("--max-event-size", "64KiB")
    large = json.dumps({**GOOD, "x": "y" * 70_000})
    assert oxingest.post(large, JSON).error[:2] == (413, "StorageSizeLimitError")
    assert oxingest.post_lines(GOOD, large).error[:2] == (413, "StorageSizeLimitError")
    assert oxingest.post("x" * 1_000_000, JSON).error[:2] == (413, "StorageSizeLimitError")
    assert oxingest.post("x" * 1_000_000, LINES).error[:2] == (413, "StorageSizeLimitError")
    assert oxingest.post(json.dumps({**GOOD, "x": "y" * 60_000}), JSON).status == 201
    assert len(oxingest.wait_events(1)) == 1


def test_without_credentials_a_client_is_asked_for_them(front):
    """C22"""
    oxingest = front()
    answer = oxingest.post(C1, user=None)
    assert answer.error[:2] == (401, "HTTPError")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Chronologer"'
    assert oxingest.post(C1, user="logger:wrong").status == 401
    assert oxingest.events() == []


AUTHFILE = [
    {"username": "bob", "hashname": "sha256", "salt": "c0139cff", "iterations": 32,
     "pbkdf2": "f57ef1e3e8f90cb367dedd44091f251b5b15c9c36ddd7923731fa7ee41cbaa82",
     "roles": ["writer"]},
    {"username": "obo", "hashname": "sha384", "salt": "9230dbdd5a13f009", "iterations": 4096,
     "pbkdf2": "ff680a9237549f698da5345119dec1ed314eb4fdefe59837d0724d747c3169089ae45215ec98b7c8"
               "4b7b8b3ac1589139",
     "roles": ["basic-reader", "query-reader"]},
]


def test_users_of_a_file_write_when_they_are_writers(front, tmp_path):
    """C23"""
    path = tmp_path / "users.json"
    path.write_text(json.dumps(AUTHFILE))
    path.chmod(0o600)
    oxingest = front(CHRONOLOGER_AUTHFILE=str(path))
    assert oxingest.post(C1, user="bob:obo").status == 201
    lines = numbered(range(2000))
    assert len(oxingest.post_lines(*lines, user="bob:obo").json) == 2000
    forbidden = (403, "HTTPError", "Request forbidden -- authorization will not help")
    assert oxingest.post(C1, user="obo:bob").error == forbidden
    assert oxingest.post("", user="obo:bob").error == forbidden
    assert oxingest.post(C1, user="logger:").status == 401
    assert oxingest.post(C1, user="bob:bob").status == 401


def test_what_a_user_may_do_goes_before_what_it_asks(front):
    """C24"""
    oxingest = front(CHRONOLOGER_ROLES="basic-reader")
    for answer in (oxingest.post(""), oxingest.post("x", "text/plain"), oxingest.post(C1),
                   oxingest.post("{}", JSON, PATH + "?query=1")):
        assert answer.error == (403, "HTTPError", "Request forbidden -- authorization will not help")


def test_other_methods_and_paths_are_answered_in_the_apis_words(front):
    oxingest = front()
    answer = oxingest.request("PUT", PATH)
    assert answer.error == (405, "HTTPError", "Specified method is invalid for this resource")
    assert "POST" in answer.headers["Allow"]
    answer = oxingest.request("GET", PATH + "/x/y")
    assert answer.error == (404, "HTTPError", "Nothing matches the given URI")


def test_the_type_of_events_can_be_made_from_their_records(front):
    oxingest = front("--type", "chronologer=app.{name}.{logrec.data.team|none}")
    assert oxingest.post(json.dumps({**GOOD, "name": "web", "team": "red"}), JSON).status == 201
    assert oxingest.post(json.dumps({**GOOD, "name": "web"}), JSON).status == 201
    assert len(oxingest.wait_events(1, "app.web.red")) == 1
    assert len(oxingest.wait_events(1, "app.web.none")) == 1


def test_a_client_that_goes_away_in_the_middle_harms_nobody(front):
    oxingest = front()
    host, port = oxingest.address.split(":")
    for size in (10, 200_000):
        body = "".join(json.dumps(record) + "\n" for record in numbered(range(5000)))
        with socket.create_connection((host, int(port)), timeout=patient(10.0)) as client:
            client.sendall((f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {LINES}\r\n"
                            f"Authorization: Basic bG9nZ2VyOg==\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n{body[:size]}").encode())
    assert oxingest.post(C1).status == 201
