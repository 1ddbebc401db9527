"""oxview with HTTP over the log files of a collector."""
import gzip
import http.client
import json
import urllib.parse

from http_front import PATH, Answer, Front
from processes import clean_environment
from waiting import patient, wait_until


class Reader(Front):
    """oxview --http; requests are made as to a Front."""

    def __init__(self, program, log_path, *options, listen="127.0.0.1:0", **env):  # pylint: disable=super-init-not-called
        self.program = program("oxview", "--http", listen, "--log-path", str(log_path),
                               "--print-ports", *options, env=clean_environment(**env))
        line = wait_until(lambda: self.program.output() or self.program.check_alive(), 30.0,
                          "oxview prints its ports")[0]
        self.address = next(iter(json.loads(line).values()))

    def counter(self, name):
        lines = self.request("GET", "/metrics", user=None).body.decode().splitlines()
        values = dict(line.split(" ") for line in lines if not line.startswith("#"))
        return int(values.get(f"oxview_{name}_total", 0))

    def get(self, path, query=None, **kwargs):
        return self.request("GET", with_query(path, query), **kwargs)

    def head(self, path, query=None, **kwargs):
        return self.request("HEAD", with_query(path, query), **kwargs)

    # Of the record API.

    def records(self, left=0, right=99, **query):
        answer = self.get(PATH, {"left": left, "right": right, **query})
        assert answer.status == 200, answer
        return answer.json

    def count(self, **query):
        answer = self.head(PATH, query)
        assert answer.status == 200, (answer.status, answer.headers.items())
        return int(answer.headers["X-Record-Count"])

    def wait_count(self, count, **query):
        wait_until(lambda: self.count(**query) >= count, 30.0,
                   lambda: f"{self.count(**query)} of {count} records")
        assert self.count(**query) == count


def with_query(path, query):
    return path + ("?" + urllib.parse.urlencode(query) if query else "")


def unpacked(answer):
    assert answer.headers["Content-Encoding"] == "gzip", answer.headers.items()
    return json.loads(gzip.decompress(answer.body))


def abandoned_request(address, path, headers=()):
    """Sends a GET and closes without waiting for the answer."""
    connection = http.client.HTTPConnection(address, timeout=patient(60.0))
    connection.request("GET", path, headers=dict(headers))
    connection.sock.close()
    connection.close()


__all__ = ["Answer", "Reader", "abandoned_request", "unpacked", "with_query"]
