"""oxctl store cat, zip, prune and verify: a directory of log files, with a node and without one."""
import io
import subprocess
import time
from pathlib import Path

import msgpack

from logfiles import wait_numbers
from processes import run
from waiting import wait_until


def body(number, type_name="old", end=1.0):
    return msgpack.packb({"type": type_name, "id": str(number), "end": end, "body": {"name": "n"}})


def put(log_path, day, numbers, type_name="old", hour=""):
    path = Path(log_path) / day / f"{type_name}-{day}{hour}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(body(n, type_name) for n in numbers))
    return path


def packed(path):
    return path.with_name(path.name + ".zst")


def day(offset=0):
    return time.strftime("%Y%m%d", time.gmtime(time.time() + offset * 86400))


def store(op, log_path, *args):
    return run("oxctl", "store", op, log_path, *args)


def cat(log_path, *args):
    done = store("cat", log_path, *args)
    assert done.code == 0, done
    data = done.stdout.encode("utf-8", "surrogateescape")
    return [event["id"] for event in msgpack.Unpacker(io.BytesIO(data), raw=False)]


def test_cat_writes_the_events_of_a_type_in_order_whatever_they_are_compressed_with(tmp_path):
    put(tmp_path, "20200101", ["1", "2"])
    subprocess.run(["gzip", put(tmp_path, "20200102", ["3"])], check=True)
    subprocess.run(["bzip2", put(tmp_path, "20200103", ["4"])], check=True)
    put(tmp_path, "20200102", ["x"], "older")
    assert cat(tmp_path, "old") == ["1", "2", "3", "4"]
    assert cat(tmp_path, "old*") == ["1", "2", "3", "x", "4"]
    assert cat(tmp_path, "old", "--start", "20200102", "--end", "20200102") == ["3"]
    assert cat(tmp_path, "none") == []


def test_zip_compresses_past_days_and_not_today(tmp_path):
    past, now = put(tmp_path, "20200101", range(500)), put(tmp_path, day(), ["n"])
    events = cat(tmp_path, "old")
    done = store("zip", tmp_path)
    assert done.code == 0 and done.stdout.startswith("1 files compressed"), done
    assert packed(past).exists() and not past.exists() and now.exists()
    assert cat(tmp_path, "old") == events
    # A late part is taken in.
    put(tmp_path, "20200101", ["late"])
    assert store("zip", tmp_path).code == 0
    assert not past.exists()
    assert cat(tmp_path, "old", "--end", "20200101")[-1] == "late"
    assert store("verify", tmp_path).code == 0


def test_prune_removes_by_age_and_by_size_the_oldest_first(tmp_path):
    first, second = put(tmp_path, "20200101", range(100)), put(tmp_path, "20200102", range(100))
    yesterday, now = put(tmp_path, day(-1), range(100)), put(tmp_path, day(), range(100))
    assert store("prune", tmp_path).code == 2
    size = first.stat().st_size
    done = store("prune", tmp_path, "--retain-bytes", str(3 * size))
    assert done.code == 0 and done.stdout.startswith("1 files removed"), done
    assert not first.parent.exists() and second.exists()
    assert store("prune", tmp_path, "--retain-days", "7").code == 0
    assert not second.parent.exists() and yesterday.exists()
    assert store("prune", tmp_path, "--retain-bytes", "0").code == 0
    assert not yesterday.exists() and now.exists()


def test_verify_names_what_is_damaged_and_where(tmp_path):
    good, bad = put(tmp_path, "20200101", ["1", "2"]), put(tmp_path, "20200102", ["3"])
    done = store("verify", tmp_path)
    assert done.code == 0 and "whole: 3 events in 2 files" in done.stdout, done
    at = bad.stat().st_size
    bad.write_bytes(bad.read_bytes() + b"\xc1")
    done = store("verify", tmp_path)
    assert done.code == 1 and f"{bad}: offset {at}" in done.stdout, done
    bad.write_bytes(body("3") + body("4")[:5])
    done = store("verify", tmp_path)
    assert done.code == 1 and f"{bad}: offset {at}" in done.stdout, done
    bad.write_bytes(body("3"))
    assert store("zip", tmp_path).code == 0
    data = bytearray(packed(good).read_bytes())
    data[8] ^= 0xff
    packed(good).write_bytes(data)
    done = store("verify", tmp_path)
    assert done.code == 1 and str(packed(good)) in done.stdout, done
    # What is being written to has its end to come.
    packed(good).unlink()
    put(tmp_path, day(), []).write_bytes(body("5")[:5])
    assert store("verify", tmp_path).code == 0


def test_a_directory_that_is_not_there_is_said():
    for op in (("cat", "old"), ("zip",), ("prune", "--retain-days", "1"), ("verify",)):
        done = store(op[0], "/nonexistent/logs", *op[1:])
        assert done.code == 2 and len(done.error_lines()) == 1, done


def test_while_a_node_has_the_files_they_are_read_and_not_changed(oxd, push):
    node = oxd("collector", files=True)
    past = put(node.log_path, "20200101", ["1"])
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))
    for op in (("zip",), ("prune", "--retain-days", "1")):
        done = store(op[0], node.log_path, *op[1:])
        assert done.code == 2 and len(done.error_lines()) == 1, done
        assert str(node.program.pid) in done.stderr, done
    assert past.exists()
    assert len(cat(node.log_path, "t")) == 10
    done = store("verify", node.log_path)
    assert done.code == 0 and str(node.program.pid) in done.stderr, done
    node.stop()
    assert store("zip", node.log_path).code == 0
    assert packed(past).exists()


def test_what_a_killed_node_goes_on_with_is_left_as_it_is(oxd, push):
    node = oxd("collector", files=True, same_ports=True)
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))
    wait_until(lambda: node.control.flush().get("ok"), 60.0, "all of it is safe")
    node.kill()
    (path,) = Path(node.log_path).glob("*/t-*.log")
    for op in (("zip",), ("prune", "--retain-bytes", "0")):
        assert store(op[0], node.log_path, *op[1:]).code == 0
        assert path.exists()
    node.start()
    push(node).push_numbers("t", 10, 10)
    wait_numbers(node.log_path, "t", range(20))


def test_a_spool_elsewhere_must_be_named_and_must_be_the_one(oxd, push, tmp_path):
    spool = tmp_path / "spool"
    node = oxd("collector", files=True, options=["--spool-path", spool])
    push(node).push_numbers("t", 0, 10)
    wait_numbers(node.log_path, "t", range(10))
    assert store("zip", node.log_path, "--spool-path", spool).code == 2
    node.stop()
    past = put(node.log_path, "20200101", ["1"])
    done = store("zip", node.log_path)
    assert done.code == 2 and "--spool-path" in done.stderr, done
    other = tmp_path / "other"
    other.mkdir()
    assert store("zip", node.log_path, "--spool-path", other).code == 2
    assert past.exists()
    assert store("zip", node.log_path, "--spool-path", spool).code == 0
    assert packed(past).exists()


def test_what_is_deleted_is_left_out(oxd):
    node = oxd("collector", files=True)
    gone = put(node.log_path, "20200101", ["1", "2"])
    put(node.log_path, "20200102", ["3"])
    kept = Path(node.log_path) / "20200102" / "old-20200102.log"
    kept.write_bytes(body("3", end=100.0))
    reply = node.control.command("CUT_OFF", timeout=60.0, types="old", before=50)
    assert reply == {"ok": True, "hidden": 2}
    assert cat(node.log_path, "old") == ["3"]
    wait_until(lambda: not gone.exists(), 30.0, "the collector removes it")
    put(node.log_path, "20200101", ["4"])
    assert cat(node.log_path, "old") == ["3"]
    done = store("verify", node.log_path)
    assert done.code == 0 and "1 of the events are deleted" in done.stdout, done
    node.stop()
    done = store("zip", node.log_path)
    assert done.code == 0 and "1 events left out" in done.stdout, done
    assert cat(node.log_path, "old") == ["3"]
