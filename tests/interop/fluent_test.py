"""A client of Fluentd from npm (@fluent-org/logger), in all modes, with acknowledgements and a shared key."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from feed_front import FeedFront
from http_front import RestartInTheMiddle
from processes import REPOSITORY
from waiting import patient

HERE = Path(__file__).resolve().parent
MODULES = REPOSITORY / "build/interop/node_modules"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None or not (MODULES / "@fluent-org/logger").exists(),
                                reason="no Node.js, or its client is not installed")


def client(feed, mode, *key):
    host, port = feed.address("fluent")
    return subprocess.Popen([NODE, HERE / "fluent_client.js", host, str(port), mode, *key],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            env={**os.environ, "NODE_PATH": str(MODULES)})


@pytest.mark.parametrize("mode", ["Message", "Forward", "PackedForward", "CompressedPackedForward"])
def test_a_thousand_events_arrive_once_while_the_collector_is_killed(oxd, program, tmp_path, mode):
    key = tmp_path / "key"
    key.write_text("secret\n")
    key.chmod(0o600)
    feed = FeedFront(program, oxd("collector", files=True, same_ports=True), "--fluent",
                     f"127.0.0.1:0,shared-key={key}")
    node = client(feed, mode, "secret")
    try:
        with RestartInTheMiddle(feed.node, 1000) as middle:
            for n in range(1000):
                node.stdin.write(b"%d\n" % n)
                node.stdin.flush()
                middle.sent()
                if n % 10 == 0:
                    # What is sent ahead of its acknowledgements is bounded, as it would be in practice.
                    assert node.stdout.readline()
        node.stdin.close()
        acked = 100 + sum(1 for _ in range(900) if node.stdout.readline())
        assert acked == 1000
    finally:
        node.kill()
        node.wait(patient(30.0))
    events = feed.wait_events(1000, "app.node")
    assert sorted(event["body"]["n"] for event in events) == list(range(1000))
    assert feed.counter("stream_fluent_rejected") == 0


def test_another_key_is_refused(oxd, program, tmp_path):
    key = tmp_path / "key"
    key.write_text("secret\n")
    key.chmod(0o600)
    feed = FeedFront(program, oxd("collector", files=True), "--fluent",
                     f"127.0.0.1:0,shared-key={key}")
    node = client(feed, "Message", "wrong")
    try:
        node.stdin.write(b"1\n")
        node.stdin.flush()
        feed.wait_counter_at_least("stream_fluent_denied", 1)
    finally:
        node.kill()
        node.wait(patient(30.0))
    assert feed.counter("stream_fluent_events") == 0
