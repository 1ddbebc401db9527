"""The benchmarks as programs: what they leave behind."""
import os
import signal
import subprocess
import sys
from pathlib import Path

from waiting import patient, wait_until

BENCH = Path(__file__).resolve().parent.parent / "bench"


def children_of(pid):
    """{pid: command} of the processes that this one has started."""
    found = {}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in map(int, task.read_text().split()):
                found[child] = Path(f"/proc/{child}/comm").read_text().strip()
        except FileNotFoundError:  # it has ended meanwhile
            pass
    return found


def runs(pid):
    """Neither gone nor a zombie that waits for somebody to ask."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def open_files(pid):
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except FileNotFoundError:
        return 0


def test_a_benchmark_that_is_ended_leaves_no_program_and_no_file_behind(tmp_path):
    bench = subprocess.Popen([sys.executable, BENCH / "clients.py", "100 clients"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(tmp_path)})
    started = {}
    try:
        def measures():
            assert bench.poll() is None, "it ended by itself"
            started.update(children_of(bench.pid))
            return any(name == "oxd" and open_files(pid) > 100 for pid, name in started.items())
        wait_until(measures, 30.0, "the clients are connected")
        bench.send_signal(signal.SIGTERM)
        assert bench.wait(patient(60.0)) == 128 + signal.SIGTERM
        assert [name for pid, name in started.items() if runs(pid)] == []
        assert list(tmp_path.iterdir()) == []
    finally:
        for pid in [bench.pid, *started]:
            if runs(pid):
                subprocess.run(["kill", "-9", str(pid)], check=False)
        bench.wait()
