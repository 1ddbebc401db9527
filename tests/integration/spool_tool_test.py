"""oxctl spool: a look into the spool of a node that runs, or was killed."""
import json
import re
import subprocess

import pytest

from link_client import LinkSender, numbered_batch
from blueox_client import event
from processes import binary, clean_environment, run

EVENTS_PER_BATCH = 10
SEGMENT_HEADER = 64


@pytest.fixture
def agent(oxd, dead_address, tmp_path):
    """An agent whose target is dead: what it takes stays in its spool."""
    return oxd("agent", forward=[dead_address], options=["--spool-path", tmp_path / "spool"])


@pytest.fixture
def spool(agent, tmp_path):
    return tmp_path / "spool"


def events_of(seq):
    return [event("linked", {"n": n})[1]
            for n in range((seq - 1) * EVENTS_PER_BATCH, seq * EVENTS_PER_BATCH)]


def fill(agent, batches, type_name=b"linked", first=1):
    """Acknowledged batches. Returns the bodies of their events."""
    bodies = []
    with LinkSender(agent.ports.link) as sender:
        for seq in range(first, first + batches):
            bodies += events_of(seq)
            sender.add(seq, numbered_batch(sender.run, seq, type_name, bodies[-EVENTS_PER_BATCH:]))
        sender.deliver()
        assert not sender.rejected
    return bodies


def tool(*args):
    return run("oxctl", "spool", *args)


def inspect(spool):
    done = tool("inspect", "--json", spool)
    assert done.code == 0, done
    return json.loads(done.stdout)


def export(*args):
    """What oxview makes of an export, and its exit status."""
    with subprocess.Popen([binary("oxctl"), "spool", "export", *map(str, args)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=clean_environment()) as exporter:
        seen = subprocess.run([binary("oxview")], stdin=exporter.stdout, capture_output=True,
                              check=True, env=clean_environment())
        stderr = exporter.stderr.read().decode()
    numbers = [json.loads(line)["body"]["n"] for line in seen.stdout.decode().splitlines()]
    return numbers, exporter.returncode, stderr


def snapshot(spool):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(spool.rglob("*")) if path.is_file()}


def flip(path, offset):
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def test_a_killed_agents_spool_is_whole_and_holds_all_that_was_acknowledged(agent, spool):
    fill(agent, 20)
    agent.kill()
    before = snapshot(spool)

    report = inspect(spool)
    assert report["held_by"] == ""
    assert report["damage"] == []
    assert sum(segment["batches"] for segment in report["segments"]) == 20
    assert sum(segment["events"] for segment in report["segments"]) == 20 * EVENTS_PER_BATCH
    assert report["segments"][0]["base"] == 0
    assert report["segments"][-1]["end"] == report["end"]
    assert report["segments"][0]["first_accepted"] <= report["segments"][-1]["last_accepted"]

    text = tool("inspect", spool).stdout
    assert report["spool_id"] in text
    assert report["segments"][0]["file"].rsplit("/", 1)[1] in text

    done = tool("verify", spool)
    assert done.code == 0 and "whole: 20 batches with 200 events" in done.stdout, done
    assert export(spool) == (list(range(200)), 0, "")
    assert snapshot(spool) == before, "nothing of it writes"


def test_a_running_agents_spool_can_be_looked_at_and_it_is_said(agent, spool):
    fill(agent, 5)
    report = inspect(spool)
    assert re.search(rf"\b{agent.pid}\b", report["held_by"]), report
    assert report["damage"] == []
    done = tool("verify", spool)
    assert done.code == 0
    assert "in motion" in done.stderr
    assert "in motion" in tool("inspect", spool).stdout
    # And it was not disturbed.
    fill(agent, 5)
    assert sum(segment["batches"] for segment in inspect(spool)["segments"]) == 10
    agent.stop()
    report = inspect(spool)
    assert report["held_by"] == ""
    # A clean end leaves a checkpoint: the output is known, and so is what waits for it.
    assert [output["pending_events"] for output in report["outputs"].values()] == [100]
    assert sum(slot.get("newest", False) for slot in report["checkpoints"]) == 1
    assert all(slot["dedup"]["runs"] == 2 for slot in report["checkpoints"] if slot.get("newest"))


def test_verify_says_where_a_flipped_byte_is(agent, spool):
    fill(agent, 10)
    agent.kill()
    segment = spool / inspect(spool)["segments"][0]["file"]
    whole = segment.read_bytes()
    size = (len(whole) - SEGMENT_HEADER) // 10
    for offset, length, at in ((5, SEGMENT_HEADER, 0),
                               (SEGMENT_HEADER + size + 4, None, None),
                               (len(whole) - 3, None, None)):
        segment.write_bytes(whole)
        flip(segment, offset)
        done = tool("verify", spool)
        assert done.code == 1, done
        found = re.search(rf"^{re.escape(str(segment))}: (\d+) bytes at (\d+): \S", done.stdout,
                          re.MULTILINE)
        assert found, done.stdout
        first, past = int(found[2]), int(found[2]) + int(found[1])
        assert first <= offset < past
        if length is not None:
            assert (past - first, first) == (length, at)
        assert inspect(spool)["damage"][0]["offset"] == first
    # The export leaves that batch out, says so, and has all others.
    numbers, code, stderr = export(spool)
    assert numbers == list(range(90))
    assert code == 1 and str(segment) in stderr


def test_a_damaged_checkpoint_is_named(agent, spool):
    fill(agent, 1)
    agent.stop()
    slot = next(slot for slot in inspect(spool)["checkpoints"] if slot.get("newest"))
    flip(spool / slot["file"], 40)
    done = tool("verify", spool)
    assert done.code == 1
    assert slot["file"] in done.stdout


def test_a_torn_tail_is_no_damage(agent, spool):
    fill(agent, 10)
    agent.kill()
    segment = spool / inspect(spool)["segments"][0]["file"]
    segment.write_bytes(segment.read_bytes()[:-7])
    done = tool("verify", spool)
    assert done.code == 0, done
    assert "the next start cuts them" in done.stdout
    agent.start()
    agent.stop()
    assert tool("verify", spool).code == 0
    assert inspect(spool)["torn_bytes"] == 0


def test_what_a_start_set_aside_is_counted(agent, spool):
    fill(agent, 10)
    agent.kill()
    segment = spool / inspect(spool)["segments"][0]["file"]
    flip(segment, len(segment.read_bytes()) - 3)
    agent.start()
    agent.stop()
    assert inspect(spool)["quarantine"]["files"] == 1
    assert "quarantine" in tool("inspect", spool).stdout


def test_only_what_an_output_did_not_get_is_exported(oxd, tmp_path):
    spool = tmp_path / "spool"
    collector = oxd("collector", files=True, same_ports=True)
    agent = oxd("agent", forward=[collector], options=["--spool-path", spool], same_ports=True)
    fill(agent, 5)
    agent.wait_drained()
    agent.stop()
    collector.stop()
    agent.start()
    fill(agent, 3, first=6)
    agent.stop()
    [(name, output)] = inspect(spool)["outputs"].items()
    assert output["pending_events"] == 30
    assert export("--from-cursor", name, spool) == (list(range(50, 80)), 0, "")
    done = tool("export", "--from-cursor", "nobody", spool)
    assert done.code == 2 and name in done.stderr, done


def test_types_can_be_chosen(agent, spool):
    fill(agent, 1, b"request")
    fill(agent, 1, b"request.db", first=2)
    fill(agent, 1, b"mail", first=3)
    agent.kill()
    assert export("--type", "request", spool)[0] == list(range(10))
    assert export("--type", "request*", spool)[0] == list(range(20))
    assert export("--type", "none", spool)[0] == []
    assert tool("export", "--type", "a*b", spool).code == 2


def test_what_is_no_spool_is_told_in_one_line(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        for op in ("inspect", "verify", "export"):
            done = tool(op, path)
            assert (done.code, done.stdout, len(done.error_lines())) == (2, "", 1), done
    for args in ((), ("inspect",), ("repair", tmp_path), ("inspect", tmp_path, "more")):
        done = tool(*args)
        assert done.code == 2 and done.error_lines(), done


def test_bodies_come_out_byte_for_byte(agent, spool):
    bodies = fill(agent, 3)
    agent.kill()
    done = subprocess.run([binary("oxctl"), "spool", "export", str(spool)], capture_output=True,
                          check=True, env=clean_environment())
    assert done.stdout == b"".join(bodies)
