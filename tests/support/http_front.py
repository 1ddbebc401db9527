"""oxingest with HTTP in front of a collector, and clients of its record API."""
import base64
import http.client
import json
import logging
import threading
import time

import logfiles
from processes import clean_environment
from waiting import patient, wait_until

PATH = "/api/v1/record"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
LINES = "application/x-ndjson"
GOOD = {"name": "n", "created": 1500000000, "levelno": 20, "message": "m", "msg": "m",
        "exc_text": None, "exc_info": None}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        assert self.headers["Content-Type"] == JSON, self.headers
        return json.loads(self.body)

    @property
    def error(self):
        (error,) = self.json.values()
        return self.status, error["type"], error["message"]

    def __repr__(self):
        return f"{self.status} {self.body[:500]!r}"


class Front:
    """oxingest with HTTP, in front of a collector."""

    def __init__(self, program, node, *options, listen="127.0.0.1:0", **env):
        self.program = program("oxingest", "--http", listen, "-H", node.ports.collect,
                               "--record-ids", node.ports.control, "--node-name", "front",
                               "--print-ports", *options, env=clean_environment(**env))
        line = wait_until(lambda: self.program.output() or self.program.check_alive(), 30.0,
                          "oxingest prints its ports")[0]
        self.address = next(iter(json.loads(line).values()))
        self.node = node
        # Until then, APIs that answer with an id answer 503.
        wait_until(lambda: self.counter("record_ids_leases") > 0, 30.0, "it has record ids")

    def counter(self, name):
        """The value of a counter of oxingest's; 0 until it has counted."""
        lines = self.request("GET", "/metrics", user=None).body.decode().splitlines()
        values = dict(line.split(" ") for line in lines if not line.startswith("#"))
        return int(values.get(f"oxingest_{name}_total", 0))

    def connect(self):
        return http.client.HTTPConnection(self.address, timeout=patient(60.0))

    def request(self, method, path, body=None, headers=None, user="logger:", connection=None):
        headers = dict(headers or {})
        if user is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        own = connection or self.connect()
        try:
            own.request(method, path, body, headers)
            response = own.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            if connection is None:
                own.close()

    def post(self, body, content_type=FORM, path=PATH, **kwargs):
        headers = {"Content-Type": content_type, **kwargs.pop("headers", {})}
        return self.request("POST", path, body, headers, **kwargs)

    def post_lines(self, *documents, path=PATH, **kwargs):
        """Each document JSON text, or something to be made JSON."""
        lines = [text if isinstance(text, str) else json.dumps(text) for text in documents]
        return self.post("\n".join(lines) + "\n", LINES, path, **kwargs)

    def events(self, type_name="chronologer"):
        return logfiles.events(self.node.log_path, type_name)

    def wait_events(self, count, type_name="chronologer"):
        return wait_until(lambda: len(self.events(type_name)) >= count and self.events(type_name),
                          30.0, lambda: f"{len(self.events(type_name))} of {count} events")


def numbered(numbers):
    """Records with "n" as a field of the sender's own."""
    return [{**GOOD, "message": str(n), "n": n} for n in numbers]


def numbers_of(events):
    return [event["body"]["logrec"]["data"]["n"] for event in events]


def logger_with(*handlers):
    logger = logging.Logger("app.worker", logging.DEBUG)
    for handler in handlers:
        logger.addHandler(handler)
    return logger


def post_until_taken(oxingest, send, in_doubt):
    """A client that retries: on 503 (after what it may mean), and when the connection breaks."""
    deadline = time.monotonic() + patient(120.0)
    while time.monotonic() < deadline:
        answer = send()
        if answer.status in (201, 207):
            return answer
        assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer
        in_doubt.append("may be stored" in answer.error[2])
        oxingest.program.check_alive()
    raise AssertionError("not taken in time")


class RestartInTheMiddle:
    """Kills the collector while a client sends, and starts it again: `with` it, and sent() after each
    event. The client is held up near its end until the collector has been killed."""

    def __init__(self, node, events, at=0.3, hold_at=0.9):
        self.node = node
        self.at, self.hold_at = at * events, hold_at * events
        self.count = 0
        self.due, self.killed = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        assert self.due.wait(patient(60.0))
        self.node.kill()
        self.killed.set()
        self.node.start()

    def __enter__(self):
        self.thread.start()
        return self

    def sent(self, count=1):
        self.count += count
        if self.count >= self.at:
            self.due.set()
        if self.count >= self.hold_at:
            assert self.killed.wait(patient(60.0))

    def __exit__(self, *error):
        self.due.set()
        self.thread.join()
        self.node.program.check_alive()
