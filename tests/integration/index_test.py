"""Indexes beside log files: a collector keeps them, `oxctl store reindex` makes them, and what is found is the same
without them."""
import time
from pathlib import Path

import msgpack
from processes import run
from waiting import wait_until

DAY = "20200101"
DAY_BEGINS = 1577836800


def big_file(log_path, day=DAY, type_name="old", events=6000):
    path = Path(log_path) / day / f"{type_name}-{day}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(
        msgpack.packb({"id": f"{n:08x}-{n * 7919:x}", "type": type_name, "end": DAY_BEGINS + n,
                       "body": {"level": 20 + n % 3 * 10, "message": f"number{n} " + "x" * 150}})
        for n in range(events)))
    return path


def shown(log_path, type_name="old"):
    result = run("oxview", "-l", log_path, "-n", type_name, "--start-date", DAY, "--end-date", DAY)
    assert result.code == 0, result.stderr
    return result.stdout.splitlines()


def index_of(path):
    return path.with_name(path.name + ".idx")


def test_reindex_makes_what_is_missing_and_nothing_twice(tmp_path):
    path = big_file(tmp_path)
    lines = shown(tmp_path)
    assert len(lines) == 6000
    made = run("oxctl", "store", "reindex", tmp_path)
    assert made.code == 0, made.stderr
    assert made.stdout.startswith("1 indexes made")
    index = index_of(path).read_bytes()
    assert index[:4] == b"OXLI" and len(index) < path.stat().st_size / 20
    assert shown(tmp_path) == lines
    again = run("oxctl", "store", "reindex", tmp_path)
    assert again.stdout.startswith("0 indexes made") and "1 were right" in again.stdout
    anew = run("oxctl", "store", "reindex", "--all", tmp_path)
    assert anew.stdout.startswith("1 indexes made")
    assert index_of(path).read_bytes() == index


def test_a_damaged_or_foreign_index_changes_nothing_and_is_made_again(tmp_path):
    path = big_file(tmp_path)
    lines = shown(tmp_path)
    run("oxctl", "store", "reindex", tmp_path)
    good = index_of(path).read_bytes()
    other = tmp_path / "other"
    other_path = big_file(other, events=9000)
    run("oxctl", "store", "reindex", other)
    for bad in (b"", good[:-100], good[:5000] + bytes(2000) + good[7000:],
                index_of(other_path).read_bytes()):
        index_of(path).write_bytes(bad)
        assert shown(tmp_path) == lines
    assert run("oxctl", "store", "reindex", tmp_path).stdout.startswith("1 indexes made")
    assert index_of(path).read_bytes() == good


def test_an_index_without_its_file_goes(tmp_path):
    path = big_file(tmp_path)
    run("oxctl", "store", "reindex", tmp_path)
    path.unlink()
    result = run("oxctl", "store", "reindex", tmp_path)
    assert result.code == 0
    assert "1 indexes without a log file removed" in result.stdout
    assert not index_of(path).exists()


def test_reindex_tells_what_it_cannot_read(tmp_path):
    assert run("oxctl", "store", "reindex", tmp_path / "none").code == 2
    path = big_file(tmp_path)
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(b"no gzip at all" * 10_000)
    path.unlink()
    result = run("oxctl", "store", "reindex", tmp_path)
    assert result.code == 1
    assert packed.name in result.stderr


def test_a_collector_keeps_indexes_of_past_days_through_compression_and_retention(oxd):
    node = oxd("collector", files=True, options=["--compress-after", "24h"], same_ports=True)
    node.stop()
    path = big_file(node.log_path)
    lines = shown(node.log_path)
    node.start()
    packed = path.with_name(path.name + ".zst")
    wait_until(lambda: packed.exists() and index_of(path).exists(),
               what="the file is compressed and has its index")
    assert shown(node.log_path) == lines
    assert run("oxctl", "store", "reindex", node.log_path).stdout.startswith("0 indexes made")
    node.stop()
    node.options = ["--retain-days", "1"]
    node.start()
    wait_until(lambda: not path.parent.exists(), what="file and index are gone")


def test_a_collector_indexes_what_it_writes(oxd, push):
    node = oxd("collector", files=True, same_ports=True)
    push(node).push_numbers("t", 0, 6000)
    node.wait_received("t", 6000)
    day = time.strftime("%Y%m%d", time.gmtime())
    wait_until(lambda: list(Path(node.log_path).glob("*/t-*.log")), what="the file is there")
    node.stop()
    node.start()  # a round begins with the start
    wait_until(lambda: list(Path(node.log_path).glob("*/t-*.log.idx")), what="it has an index")
    result = run("oxview", "-l", node.log_path, "-n", "t", "--start-date", day)
    assert result.code == 0 and len(result.stdout.splitlines()) == 6000
