"""GET /api/v1/oxd/nodes of oxview: what nodes tell of themselves."""
import signal
from concurrent.futures import ThreadPoolExecutor

from http_reader import Reader
from processes import run
from waiting import wait_until

PATH = "/api/v1/oxd/nodes"


def nodes(reader):
    answer = reader.get(PATH, user=None)
    assert answer.status == 200, answer
    assert answer.headers["Cache-Control"] == "no-cache"
    return answer.json["nodes"]


def wait_nodes(reader, condition, what):
    return wait_until(lambda: condition(found := nodes(reader)) and found, 60.0, what)


def test_nodes_are_told_as_their_status_has_them(oxd, push, program):
    collector = oxd("collector", files=True)
    agent = oxd("agent", forward=[collector])
    agent.wait_connected(collector)
    reader = Reader(program, collector.log_path, "-H", agent.ports.control, "-H", collector.ports.control)
    push(agent).push_numbers("t", 0, 100)
    push(agent).push_numbers("u", 0, 50)
    collector.wait_received("t", 100)
    collector.wait_received("u", 50)
    agent.wait_drained()
    first, second = wait_nodes(reader, lambda found: all(node["total"]["events"] == 150 for node in found),
                               "both have all events")
    assert [first["address"], second["address"]] == [agent.ports.control, collector.ports.control]
    for node, told in ((agent, first), (collector, second)):
        assert "error" not in told
        status = node.control.status()
        assert told["status"]["node"]["name"] == node.name
        for key in ("id", "boot_id", "version", "pid"):
            assert told["status"]["node"][key] == status["node"][key]
        assert told["status"]["ports"] == status["ports"] and told["status"]["spool"]["state"] == "ok"
        assert set(told["status"]) == set(status) - {"events", "hosts"}
        assert told["total"]["types"] == 2
    # Upstream and downstream.
    assert second["status"]["peers"][0]["name"] == "agent"
    (output,) = first["status"]["outputs"]
    assert (output["state"], output["node"]["name"]) == ("connected", "collector")
    assert [each["kind"] for each in second["status"]["outputs"]] == ["files"]
    again = wait_nodes(reader, lambda found: all("rates" in node for node in found), "there are rates")
    assert all(node["rates"]["seconds"] > 0 and node["rates"]["events"] >= 0 for node in again)


def test_a_node_that_is_killed_or_hangs_has_an_error_and_comes_back(oxd, program):
    good = oxd("good", files=True)
    other = oxd("other", same_ports=True)
    reader = Reader(program, good.log_path, "-H", good.ports.control, "-H", other.ports.control)
    assert [node["status"]["node"]["name"] for node in nodes(reader)] == ["good", "other"]
    other.kill()
    for _ in range(2):
        well, dead = wait_nodes(reader, lambda found: "error" in found[1], "it is not there any more")
        assert well["status"]["node"]["name"] == "good"
        assert dead == {"address": other.ports.control,
                        "error": f"{other.ports.control} did not answer within 2s"}
    other.start()
    wait_nodes(reader, lambda found: "status" in found[1], "it is there again")
    other.program.signal(signal.SIGSTOP)
    wait_nodes(reader, lambda found: "error" in found[1] and "status" in found[0], "it hangs")
    # Nobody else waits for that.
    assert reader.get("/api/v1/oxd/query", user=None).status == 200
    other.program.signal(signal.SIGCONT)
    wait_nodes(reader, lambda found: "status" in found[1], "it goes on")


def test_many_who_ask_cost_the_node_little(oxd, program):
    node = oxd(files=True)
    reader = Reader(program, node.log_path, "--scan-threads", "1", "-H", node.ports.control)
    node.program.signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(40) as pool:
            told = list(pool.map(lambda _: nodes(reader), range(40)))
    finally:
        node.program.signal(signal.SIGCONT)
    assert all("error" in found[0] for found in told)
    # All who came in the two seconds that each question takes have the same answer.
    assert reader.counter("nodes_asked") < 40


def test_without_nodes_there_are_none_and_a_stop_does_not_wait(oxd, program, dead_address):
    node = oxd(files=True)
    assert nodes(Reader(program, node.log_path, BLUEOX_CLIENT_HOST=node.ports.control)) == []
    reader = Reader(program, node.log_path, "-H", dead_address)
    assert nodes(reader) == [{"address": dead_address, "error": f"{dead_address} did not answer within 2s"}]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader.get, PATH, user=None)
        wait_until(lambda: reader.counter("nodes_asked") >= 2 or waiting.done(), 30.0, "it is asked")
        assert reader.program.stop() == 0
        assert waiting.result().status in (200, 503)


def test_only_an_admin_is_told(oxd, program, tmp_path):
    node = oxd(files=True)
    tokens = tmp_path / "tokens"
    tokens.write_text("boss admin\nreader basic-reader query-reader\nwriter writer\n")
    tokens.chmod(0o600)
    reader = Reader(program, node.log_path, "--http-tokens", str(tokens), "-H", node.ports.control)
    for token, status in ((None, 401), ("reader", 403), ("writer", 403), ("boss", 200)):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert reader.get(PATH, user=None, headers=headers).status == status
    assert reader.request("POST", PATH, b"", {"Authorization": "Bearer boss"}, user=None).status == 405


def test_an_address_that_is_none_is_refused(tmp_path):
    for wrong in ("off", "h:0", "h:x", ""):
        done = run("oxview", "--http", "127.0.0.1:0", "-l", tmp_path, "-H", wrong)
        assert done.code == 2 and "--host" in done.stderr, (wrong, done)
    done = run("oxview", "-H", "a", "-H", "b")
    assert done.code == 2 and "--host" in done.stderr
