"""POST /api/v1/eventlog of the Logger note in oxingest: signed and unsigned clients in, log files out."""
import gzip
import hashlib
import hmac
import json
import subprocess
import time

import pytest

from http_front import JSON, LINES, Front, RestartInTheMiddle
from processes import clean_environment, run
from waiting import patient

EVENTLOG = "/api/v1/eventlog"
L1 = {"facility": "web-frontend", "timestamp": "2017-11-30T10:15:30.123Z", "level": "error",
      "event": "db connect failed", "additional": {"user-id": 7}}
ID = "web-frontend:20171130T101530.123000Z:"
SECRET = "s3cret"


class Logger(Front):
    def log(self, document=L1, content_type=JSON, headers=None, **kwargs):
        body = document if isinstance(document, (str, bytes)) else json.dumps(document)
        return self.post(body, content_type, EVENTLOG, headers=headers or {}, user=None, **kwargs)

    def lines(self, *documents, **kwargs):
        return self.log("".join(json.dumps(document) + "\n" for document in documents), LINES, **kwargs)

    def stored(self, count):
        return self.wait_events(count, "logger")

    def metric(self, name):
        text = self.request("GET", "/metrics", user=None).body.decode()
        (value,) = [line.split()[-1] for line in text.splitlines() if line.startswith(f"oxingest_{name}_total ")]
        return int(value)


@pytest.fixture
def front(oxd, program):
    def start(*options, **env):
        return Logger(program, oxd("collector", files=True), *options, **env)
    return start


def event(n=0, **more):
    return {**L1, "event": f"event {n}", "additional": {"n": n}, **more}


def sign(*parts, secret=SECRET):
    return hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def v1(of=L1, **kwargs):
    return sign(of["facility"], of["level"], of["timestamp"], **kwargs)


def v2(body, of=L1):
    digest = hashlib.sha256(body.encode()).hexdigest()
    return sign("v2", of["facility"], of["level"], of["timestamp"], digest)


def test_an_event_is_stored_under_an_id_of_its_facility_and_time(front):
    """L1"""
    logger = front()
    before = time.time()
    answer = logger.log()
    assert answer.status == 201
    assert list(answer.json) == ["id", "facility", "timestamp", "received"]
    assert answer.json["id"] == ID + "0"
    assert answer.json["facility"] == "web-frontend" and answer.json["timestamp"] == L1["timestamp"]
    assert answer.headers["Location"] == f"{EVENTLOG}/{ID}0"
    assert logger.log().json["id"] == ID + "1"
    first, second = logger.stored(2)
    assert (first["id"], second["id"]) == (ID + "0", ID + "1")
    assert first["type"] == "logger" and first["host"] == "front"
    assert first["end"] == 1512036930.123
    body = first["body"]
    assert before - 1 < body.pop("received") < time.time() + 1
    assert body == {"level": 40, "level_name": "error", "name": "web-frontend", "message": "db connect failed",
                    "facility": "web-frontend", "timestamp": L1["timestamp"],
                    "event": "db connect failed", "additional": {"user-id": 7}}


def test_ids_stay_unique_in_other_processes_and_after_restarts(oxd, program):
    """The first process of a collector counts; every other one numbers with record ids."""
    node = oxd("collector", files=True)
    first = Logger(program, node)
    ids = [first.log().json["id"] for _ in range(2)]
    second = Logger(program, node)
    ids += [second.log().json["id"], first.log().json["id"]]
    first.program.stop()
    again = Logger(program, node)
    ids += [again.log().json["id"] for _ in range(2)]
    assert ids[:2] + ids[3:4] == [ID + "0", ID + "1", ID + "2"]
    assert len(set(ids)) == 6
    assert all(identity.startswith(ID) and int(identity[len(ID):]) > 2 ** 20 for identity in ids[2:3] + ids[4:])


@pytest.mark.parametrize("more, status, level", [
    ({"level": "warning"}, 201, 30), ({"level": "ERROR"}, 201, 40), ({"level": "panic"}, 201, 70),
    ({"level": "bogus"}, 400, "level"), ({"event": None}, 400, "event"), ({"facility": ""}, 400, "facility"),
    ({"timestamp": "soon"}, 400, "timestamp"), ({"additional": 3}, 400, "additional")])
def test_levels_have_aliases_and_what_is_wrong_is_named(front, more, status, level):
    """L7"""
    logger = front()
    answer = logger.log({**L1, **more})
    assert answer.status == status
    if status == 400:
        assert answer.error[1] == "ValidationError" and f'"{level}"' in answer.error[2]
        assert logger.events("logger") == []
    else:
        assert logger.stored(1)[0]["body"]["level"] == level


def test_a_missing_event_is_named(front):
    """L7"""
    answer = front().log({key: value for key, value in L1.items() if key != "event"})
    assert answer.error == (400, "ValidationError", '"event" is missing')


def test_other_members_go_to_additional(front):
    """L8"""
    logger = front()
    assert logger.log({**L1, "exception": "x", "user-id": 8}).status == 201
    assert logger.stored(1)[0]["body"]["additional"] == {"user-id": 7, "exception": "x", "user-id_": 8}


def test_with_a_secret_events_must_be_signed(front):
    """L9"""
    logger = front(LOGGER_SECRET=SECRET)
    body = json.dumps(L1)
    header = "X-Logger-Signature"
    assert logger.log(body, headers={header: "sha256=" + v1()}).status == 201
    assert logger.log(body, headers={"Authorization": "HMAC " + v1()}).status == 201
    assert logger.log(body, headers={header: "sha256=" + v1(secret="other")}).status == 401
    missing = logger.log(body)
    assert missing.error == (401, "HTTPError", "the signature is missing")
    assert logger.log("{}").status == 401
    assert logger.log(body, headers={header: "v2=" + v2(body)}).status == 201
    altered = body.replace("db connect failed", "all is well")
    assert logger.log(altered, headers={header: "v2=" + v2(body)}).status == 401
    assert logger.log(altered, headers={header: "sha256=" + v1()}).status == 201  # v1 leaves it open
    packed = gzip.compress(body.encode())
    assert logger.log(packed, headers={header: "v2=" + v2(body), "Content-Encoding": "gzip"}).status == 201
    assert len(logger.stored(5)) == 5


def test_the_signature_of_the_note_is_accepted(front):
    """L9"""
    text = ('{"facility":"web-frontend","timestamp":"2017-11-30T10:15:30.123Z","level":"error",'
            '"event":"db connect failed","additional":{"user-id":7}}')
    logger = front(LOGGER_SECRET=SECRET)
    for signature in ("sha256=bd18de0925e779c915487d2e141185ee0867cd6d82aba3feb69e72372f341b18",
                      "v2=630bd1641868acc8281daeae90b6fbcb65c55af44c61217bdf305337ab4e8350"):
        assert logger.log(text, headers={"X-Logger-Signature": signature}).status == 201


def test_what_is_signed_is_what_was_written(front):
    """An alias of a level, and the digits of a number."""
    logger = front(LOGGER_SECRET=SECRET)
    text = '{"facility": "f", "timestamp": 1512036930.1200, "level": "Warning", "event": "e"}'
    good = sign("f", "Warning", "1512036930.1200")
    assert logger.log(text, headers={"X-Logger-Signature": "sha256=" + good}).status == 201
    short = sign("f", "Warning", "1512036930.12")
    assert logger.log(text, headers={"X-Logger-Signature": "sha256=" + short}).status == 401
    listed = [f'{{"facility": "f", "timestamp": 1512036930.1200, "level": "Warning", "event": "e", '
              f'"signature": "{signature}"}}' for signature in (good, short)]
    answer = logger.log("[" + ", ".join(listed) + "]")
    assert answer.status == 207 and [part["status"] for part in answer.json["multistatus"]] == [201, 401]


def test_every_event_of_a_batch_has_its_own_signature(front, tmp_path):
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"web-frontend": SECRET, "db": "other"}))
    secrets.chmod(0o600)
    logger = front(LOGGER_SECRETS=str(secrets))
    db = {**L1, "facility": "db"}
    events = [{**L1, "signature": v1()}, {**db, "signature": v1(db)}, L1,
              {**db, "signature": "sha256=" + v1(db, secret="other")}]
    for answer in (logger.log(events), logger.lines(*events)):
        assert answer.status == 207
        assert [part["status"] for part in answer.json["multistatus"]] == [201, 401, 401]
        assert len(answer.json["multistatus"][0]["body"]) == 2
    assert logger.lines(L1, L1).status == 401
    assert len(logger.stored(4)) == 4


def test_an_old_signature_is_refused_where_a_window_is_set(front):
    logger = front(LOGGER_SECRET=SECRET, LOGGER_MAX_SKEW="5m")
    assert logger.log(headers={"X-Logger-Signature": "sha256=" + v1()}).status == 401
    now = {**L1, "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    assert logger.log(now, headers={"X-Logger-Signature": "sha256=" + v1(now)}).status == 201


def test_a_password_and_an_address_may_be_asked_for(front):
    logger = front(LOGGER_AUTH="basic,ip", CHRONOLOGER_PASSWORD="a-password", LOGGER_ALLOW="127.0.0.0/8")
    assert logger.log().status == 401
    assert logger.post(json.dumps(L1), JSON, EVENTLOG, user="logger:a-password").status == 201


def test_addresses_that_are_not_allowed_are_refused(front):
    assert front(LOGGER_AUTH="ip", LOGGER_ALLOW="10.0.0.0/8").log().status == 403


def test_half_a_configuration_is_none(tmp_path):
    done = run("oxingest", "--http", "127.0.0.1:0", cwd=tmp_path, env=clean_environment(LOGGER_AUTH="hmac"))
    assert done.code == 78 and "LOGGER_SECRET" in done.stderr


def test_a_batch_is_stored_but_for_what_is_none(front):
    """L10"""
    logger = front()
    answer = logger.log([L1, {**L1, "level": "bogus"}, event(2)])
    assert answer.status == 207
    good, bad = answer.json["multistatus"]
    assert good == {"status": 201, "body": [ID + "0", ID + "1"]}
    assert bad["status"] == 400 and bad["body"].startswith('index 1: "level" is none of')
    only_bad = logger.log([{}, 3])
    assert only_bad.error == (400, "ValidationError", 'index 0: "facility" is missing')
    assert [stored["id"] for stored in logger.stored(2)] == [ID + "0", ID + "1"]


def test_whole_batches_are_answered_with_their_ids(front):
    """L10"""
    logger = front()
    assert logger.log([event(n) for n in range(3)]).json == {"ids": [f"{ID}{n}" for n in range(3)]}
    answer = logger.lines(*[event(n) for n in range(3, 3000)])
    assert answer.status == 201
    assert answer.json == {"ids": [f"{ID}{n}" for n in range(3, 3000)]}
    stored = logger.stored(3000)
    assert [one["body"]["additional"]["n"] for one in stored] == list(range(3000))
    assert [one["id"] for one in stored] == [f"{ID}{n}" for n in range(3000)]
    assert logger.log([]).json == {"ids": []}


def test_lines_that_are_none_are_named_by_their_number(front):
    logger = front(CHRONOLOGER_MULTISTATUS="object")
    text = "\n".join(["", json.dumps(L1), "", "{", json.dumps({**L1, "x": "y" * 6_000_000}), json.dumps(L1)])
    answer = logger.log(text, LINES)
    assert answer.status == 207
    good, broken, long = answer.json["multistatus"]
    assert good["body"] == [ID + "0", ID + "1"]
    assert broken == {"status": 400, "body": {"error": {"type": "HTTPError",
                                                        "message": "line 4: Invalid JSON document"}}}
    assert long["status"] == 413 and "line 5" in long["body"]["error"]["message"]


def test_an_event_that_is_sent_again_with_its_key_is_stored_once(front):
    logger = front()
    key = {"Idempotency-Key": "k-1"}
    first = logger.log(headers=key)
    again = logger.log(headers=key)
    assert (first.status, again.status) == (201, 200)
    assert again.json["id"] == first.json["id"] == ID + "0"
    assert again.headers["Location"] == first.headers["Location"]
    assert logger.log(event(1), headers=key).error[:2] == (422, "ValidationError")
    assert logger.log({**L1, "facility": "other"}, headers=key).status == 201
    within = {**L1, "additional": {"_key": "k-2"}}
    assert [logger.log(within).status for _ in range(2)] == [201, 200]
    batch = [event(n) for n in range(3)]
    ids = [logger.log(batch, headers={"Idempotency-Key": "batch"}) for _ in range(2)]
    assert [answer.status for answer in ids] == [201, 200] and ids[0].json == ids[1].json
    assert len(logger.stored(6)) == 6
    assert logger.metric("http_api_logger_repeated") == 5
    assert logger.metric("http_api_logger_events") == 6


def test_other_requests_are_refused_in_the_shape_of_the_others(front):
    """L13"""
    logger = front()
    for method in ("GET", "PUT"):
        answer = logger.request(method, EVENTLOG, user=None)
        assert (answer.status, answer.headers["Allow"]) == (405, "POST, DELETE, OPTIONS")
        assert answer.error[1] == "HTTPError"
    assert logger.log("x", "text/plain").error[:2] == (415, "HTTPError")
    assert logger.log("{bad").error == (400, "HTTPError", "Invalid JSON document")
    assert logger.log("3").error[:2] == (400, "ValidationError")
    assert logger.log({**L1, "x": "y" * 2_000_000}).status == 413
    assert logger.log({**L1, "x": "y" * 20_000_000}).status == 413
    assert logger.log(headers={"Idempotency-Key": "k" * 300}).status == 400


def test_curl_with_a_signature_delivers(front):
    logger = front(LOGGER_SECRET=SECRET)
    body = json.dumps(L1)
    done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", "-H", "Content-Type: application/json",
                           "-H", "X-Logger-Signature: v2=" + v2(body), "-d", body,
                           f"http://{logger.address}{EVENTLOG}"],
                          capture_output=True, timeout=patient(30.0), check=True, text=True)
    answer, status = done.stdout.rsplit("\n", 1)
    assert status == "201" and json.loads(answer)["id"] == ID + "0"


@pytest.mark.parametrize("batch, with_keys", [(1, True), (50, True), (50, False)])
def test_nothing_is_lost_when_the_collector_is_killed_and_started_again(oxd, program, batch, with_keys):
    """1,000 events of a client that retries. One comes twice only where the client was told that it might, and
    then, with a key, under the same id."""
    node = oxd("collector", files=True, same_ports=True)
    logger = Logger(program, node)
    doubtful, ids = set(), {}
    connection = logger.connect()
    with RestartInTheMiddle(node, 1000) as restart:
        for start in range(0, 1000, batch):
            numbers = list(range(start, start + batch))
            deadline = time.monotonic() + patient(120.0)
            while numbers:
                assert time.monotonic() < deadline
                events = [event(n, additional={"n": n, **({"_key": str(n)} if with_keys else {})})
                          for n in numbers]
                answer = logger.lines(*events, connection=connection)
                if answer.status in (200, 201):
                    ids.update(zip(numbers, answer.json["ids"]))
                    break
                assert answer.status in (207, 503) and int(answer.headers["Retry-After"]) > 0, answer
                if b"may be stored" in answer.body or b"be stored later" in answer.body:
                    doubtful.update(numbers)
                if answer.status == 207:
                    stored = answer.json["multistatus"][0]["body"]
                    ids.update(zip(numbers, stored))
                    del numbers[:len(stored)]
            restart.sent(batch)
    found = {}
    for one in logger.stored(1000):
        found.setdefault(one["body"]["additional"]["n"], []).append(one["id"])
    assert sorted(found) == list(range(1000))
    assert {n for n, stored in found.items() if len(stored) > 1} <= doubtful
    assert all(ids[n] in stored for n, stored in found.items())
    if with_keys:
        assert all(len(set(stored)) == 1 for stored in found.values())
    everything = [identity for stored in found.values() for identity in set(stored)]
    assert len(everything) == len(set(everything))


def test_while_nobody_takes_events_a_client_is_told_when_to_come_again(oxd, program):
    node = oxd("collector", files=True, same_ports=True)
    logger = Logger(program, node)
    assert logger.log().status == 201
    node.stop()
    for answer in (logger.log(), logger.log([L1])):
        assert answer.error[:2] == (503, "HTTPError") and int(answer.headers["Retry-After"]) > 0
    node.start()
