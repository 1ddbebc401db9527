"""A collector that compresses and removes log files of past days while it runs."""
import subprocess
import time
from pathlib import Path

import msgpack
from logfiles import wait_numbers
from processes import run
from waiting import stays, wait_until


def old_file(log_path, day, type_name="old", events=2000):
    """The log file of a day long ago, as BlueOx left it."""
    path = Path(log_path) / day / f"{type_name}-{day}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgpack.packb({"type": type_name, "id": str(n), "n": n})
                              for n in range(events)))
    return path


def shown(log_path, day, type_name="old"):
    result = run("oxview", "-l", log_path, "-n", type_name, "--start-date", day, "--end-date", day)
    assert result.code == 0, result.stderr
    return result.stdout.splitlines()


def today(offset=0):
    return time.strftime("%Y%m%d", time.gmtime(time.time() + offset * 86400))


def test_a_past_day_is_compressed_and_reads_as_before(oxd, push, tmp_path):
    node = oxd("collector", files=True, options=["--compress-after", "24h"], same_ports=True)
    node.stop()
    path = old_file(node.log_path, "20200101")
    before = path.read_bytes()
    lines = shown(node.log_path, "20200101")
    assert len(lines) == 2000
    node.start()
    packed = path.with_name(path.name + ".zst")
    wait_until(lambda: packed.exists() and not path.exists(), what="the file is compressed")
    assert shown(node.log_path, "20200101") == lines
    unpacked = subprocess.run(["zstd", "-dcq", packed], check=True, capture_output=True).stdout
    assert unpacked == before
    # Files of today go on, and a start afterwards finds everything as it was.
    push(node).push_numbers("t", 0, 100)
    node.wait_received("t", 100)
    node.kill()
    node.start()
    push(node).push_numbers("t", 100, 100)
    wait_numbers(node.log_path, "t", range(200))
    assert shown(node.log_path, "20200101") == lines


def test_what_a_crash_left_of_a_compression_is_put_right(oxd):
    node = oxd("collector", files=True, options=["--compress-after", "24h"], same_ports=True)
    node.stop()
    path = old_file(node.log_path, "20200101")
    source = path.read_bytes()
    node.start()
    packed = path.with_name(path.name + ".zst")
    wait_until(lambda: packed.exists() and not path.exists(), what="the file is compressed")
    node.kill()
    # As if it had come before the log file was removed, and in the middle of another one.
    path.write_bytes(source)
    part = path.with_name("other-20200101.log.zst.part")
    part.write_bytes(b"half")
    assert len(shown(node.log_path, "20200101")) == 2000
    node.start()
    assert not path.exists() and not part.exists()
    assert len(shown(node.log_path, "20200101")) == 2000


def test_old_days_go_and_today_stays(oxd, push):
    node = oxd("collector", files=True, options=["--retain-days", "2"], same_ports=True)
    node.stop()
    old = old_file(node.log_path, "20200101")
    yesterday = old_file(node.log_path, today(-1))
    node.start()
    push(node).push_numbers("t", 0, 10)
    wait_until(lambda: not old.parent.exists(), what="the old day is gone")
    assert yesterday.exists()
    wait_numbers(node.log_path, "t", range(10))


def test_without_the_options_nothing_is_touched(oxd):
    node = oxd("collector", files=True, same_ports=True)
    node.stop()
    old = old_file(node.log_path, "20200101")
    node.start()
    stays(old.exists, 0.5, "it is gone")


def test_they_need_log_files():
    for option in (["--compress-after", "1h"], ["--retain-days", "3"], ["--retain-bytes", "1GiB"]):
        result = run("oxd", "-t", "127.0.0.1:0", "-c", "127.0.0.1:0", *option)
        assert result.code in (2, 78) and "--log-path" in result.stderr, result
