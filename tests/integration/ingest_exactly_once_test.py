"""oxingest -F is exactly-once: whatever is killed, every line of a followed file is stored once, in order."""
import os
import random
import threading

import pytest

import logfiles
from processes import run
from waiting import wait_until

KILLS = int(os.environ.get("OX_KILLS", "20"))


@pytest.fixture
def seed():
    """Printed when the test fails; OX_TEST_SEED=<it> makes the same choices again."""
    value = int(os.environ.get("OX_TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"OX_TEST_SEED={value}")
    return value


def lines_of(node, type_name):
    return [event["body"]["data"] for event in logfiles.events(node.log_path, type_name)]


class Writer:
    """A program that writes numbered lines into a log and rotates it, on a thread of its own."""

    def __init__(self, path, seed, rotate=True):
        self.path, self.rotates = path, rotate
        self.random = random.Random(seed)
        self.count = 0
        self.rotations = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.write, daemon=True)
        path.touch()

    def start(self):
        self.thread.start()
        return self

    def rotate(self):
        """As logrotate does it; nothing is removed."""
        for n in range(self.rotations, 0, -1):
            os.rename(f"{self.path}.{n}", f"{self.path}.{n + 1}")
        os.rename(self.path, f"{self.path}.1")
        self.rotations += 1

    def write(self):
        while not self.stopping.is_set():
            lines = self.random.randrange(1, 60)
            with open(self.path, "a") as file:
                for n in range(self.count, self.count + lines):
                    file.write(f"{n} " + "x" * self.random.randrange(1, 200) + "\n")
            self.count += lines
            if self.rotates and self.random.random() < 0.01:
                self.rotate()
            self.stopping.wait(self.random.random() * 0.01)

    def wait_written(self, lines):
        """Until so many more lines are written: a random point in the life of whoever reads them."""
        target = self.count + lines
        wait_until(lambda: self.count >= target, 30.0, "the writer writes")

    def stop(self):
        self.stopping.set()
        self.thread.join()


def check_every_line_once(node, type_name, writer, timeout=60.0):
    follower = logfiles.Follower(node.log_path, type_name)
    wait_until(lambda: follower.count() >= writer.count, timeout,
               lambda: f"{follower.count()} of {writer.count} lines came")
    numbers = [int(line.split()[0]) for line in lines_of(node, type_name)]
    logfiles.assert_numbers(numbers, range(writer.count))


def ingest(program, node, path, *options):
    return program("oxingest", "-H", node.ports.collect, "--batch-bytes", "4KiB", "-F", f"app:{path}",
                   *options)


def wait_followed(state, path):
    """Until oxingest has recorded from where on the file is followed."""
    wait_until(lambda: any(slot.stat().st_size > 0 and slot.read_bytes().find(str(path).encode()) > 0
                           for slot in state.glob("*/checkpoint.*")), 20.0, f"{path} is followed")


def test_every_line_is_stored_once_however_often_oxingest_is_killed(oxd, program, tmp_path, seed):
    node = oxd(files=True)
    choices = random.Random(seed)
    path, state = tmp_path / "app.log", tmp_path / "state"
    writer = Writer(path, seed)
    victim = ingest(program, node, path, "--state-dir", state)
    wait_followed(state, path)
    writer.start()
    for _ in range(KILLS):
        writer.wait_written(choices.randrange(1, 2000))
        victim.kill()
        victim = ingest(program, node, path, "--state-dir", state)
    writer.stop()
    assert writer.rotations > 0
    check_every_line_once(node, "app", writer)
    assert victim.stop() == 0
    check_every_line_once(node, "app", writer)


def test_every_line_is_stored_once_when_the_collector_is_killed_as_well(oxd, program, tmp_path, seed):
    node = oxd(files=True, same_ports=True)
    choices = random.Random(seed)
    path, state = tmp_path / "app.log", tmp_path / "state"
    writer = Writer(path, seed)
    victim = ingest(program, node, path, "--state-dir", state)
    wait_followed(state, path)
    writer.start()
    for _ in range(max(KILLS // 3, 1)):
        writer.wait_written(choices.randrange(1, 2000))
        who = choices.choice(["oxingest", "collector", "both"])
        if who != "oxingest":
            node.kill()
        if who != "collector":
            victim.kill()
            victim = ingest(program, node, path, "--state-dir", state)
        if who != "oxingest":
            node.start()
    writer.stop()
    check_every_line_once(node, "app", writer)
    assert victim.stop() == 0


def test_several_files_of_one_process_are_each_exactly_once(oxd, program, tmp_path, seed):
    node = oxd(files=True)
    choices = random.Random(seed)
    state = tmp_path / "state"
    writers = {name: Writer(tmp_path / f"{name}.log", f"{seed} {name}") for name in "abcd"}
    files = [part for name, writer in writers.items() for part in ("-F", f"{name}:{writer.path}")]
    start = lambda: program("oxingest", "-H", node.ports.collect, "--state-dir", state, *files)
    victim = start()
    for writer in writers.values():
        wait_followed(state, writer.path)
    for writer in writers.values():
        writer.start()
    for _ in range(5):
        writers["a"].wait_written(choices.randrange(1, 2000))
        victim.kill()
        victim = start()
    for name, writer in writers.items():
        writer.stop()
        check_every_line_once(node, name, writer)
    assert victim.stop() == 0


def test_a_first_start_begins_at_the_end_and_a_second_where_the_first_ended(oxd, program, tmp_path):
    node = oxd(files=True)
    path, state = tmp_path / "app.log", tmp_path / "state"
    path.write_text("old\n")
    first = ingest(program, node, path, "--state-dir", state)
    wait_followed(state, path)
    with open(path, "a") as file:
        file.write("one\n")
    wait_until(lambda: lines_of(node, "app") == ["one"], what="the new line came, the old did not")
    assert first.stop() == 0
    with open(path, "a") as file:
        file.write("two\n")
    second = ingest(program, node, path, "--state-dir", state)
    wait_until(lambda: lines_of(node, "app") == ["one", "two"], what="what came meanwhile is read")
    assert second.stop() == 0


def test_lines_read_while_nobody_answers_outlive_oxingest_and_their_file(oxd, program, tmp_path):
    node = oxd(files=True, same_ports=True)
    node.stop()
    path, state = tmp_path / "app.log", tmp_path / "state"
    path.touch()
    first = ingest(program, node, path, "--state-dir", state, "--linger", "0s")
    first.expected_codes.add(1)
    wait_followed(state, path)
    lines = [f"line {n}" for n in range(1000)]
    path.write_text("".join(f"{line}\n" for line in lines))
    wait_until(lambda: any(b"line 999" in segment.read_bytes() for segment in state.glob("*/*.seg")),
               what="the lines are safe")
    assert first.stop() == 1
    assert "kept for the next start" in first.stderr()
    path.write_text("")  # what was read is not needed any more
    node.start()
    second = ingest(program, node, path, "--state-dir", state)
    wait_until(lambda: len(lines_of(node, "app")) >= 1000, what="the lines came")
    assert second.stop() == 0
    assert lines_of(node, "app") == lines


def test_two_may_not_follow_one_file_but_may_share_a_state_directory(oxd, program, tmp_path):
    node = oxd(files=True)
    state = tmp_path / "state"
    for name in ("a.log", "b.log"):
        (tmp_path / name).touch()
    first = ingest(program, node, tmp_path / "a.log", "--state-dir", state)
    wait_followed(state, tmp_path / "a.log")
    refused = run("oxingest", "-H", node.ports.collect, "-F", "./a.log", "--state-dir", state, cwd=tmp_path)
    assert refused.code == 78 and len(refused.error_lines()) == 1, refused
    assert "a.log is followed by another oxingest already" in refused.stderr
    assert f"process {first.pid}" in refused.stderr
    second = ingest(program, node, tmp_path / "b.log", "--state-dir", state)
    wait_followed(state, tmp_path / "b.log")
    assert first.stop() == 0 and second.stop() == 0


def test_a_state_directory_that_cannot_be_is_one_line_and_78(tmp_path):
    (tmp_path / "a.log").touch()
    (tmp_path / "occupied").write_text("a file")
    refused = run("oxingest", "-F", "a.log", "--state-dir", tmp_path / "occupied", cwd=tmp_path)
    assert refused.code == 78 and len(refused.error_lines()) == 1, refused
    assert "--state-dir" in refused.stderr and "occupied" in refused.stderr


def test_the_state_of_another_path_is_refused_and_left_alone(oxd, program, tmp_path):
    node = oxd(files=True)
    journals = []
    for name in ("a", "b"):
        path, state = tmp_path / f"{name}.log", tmp_path / f"state-{name}"
        path.touch()
        follower = ingest(program, node, path, "--state-dir", state)
        wait_followed(state, path)
        assert follower.stop() == 0
        journals += state.iterdir()
    theirs = {slot: (journals[1] / slot).read_bytes() for slot in ("checkpoint.0", "checkpoint.1")}
    for slot, content in theirs.items():
        (journals[0] / slot).write_bytes(content)
    refused = run("oxingest", "-F", "a.log", "--state-dir", tmp_path / "state-a", cwd=tmp_path)
    assert refused.code == 78 and len(refused.error_lines()) == 1, refused
    assert "is the journal of" in refused.stderr
    assert theirs == {slot: (journals[0] / slot).read_bytes() for slot in theirs}


def test_damage_in_the_state_is_told_and_does_not_keep_it_from_starting(oxd, program, tmp_path):
    node = oxd(files=True, same_ports=True)
    node.stop()
    path, state = tmp_path / "app.log", tmp_path / "state"
    path.touch()
    first = ingest(program, node, path, "--state-dir", state, "--linger", "0s")
    first.expected_codes.add(1)
    wait_followed(state, path)
    for part in range(3):
        with open(path, "a") as file:
            file.writelines(f"part {part} line {n}\n" for n in range(100))
        wait_until(lambda: any(f"part {part} line 99".encode() in segment.read_bytes()
                               for segment in state.glob("*/*.seg")), what="the lines are safe")
    first.stop()
    (segment,) = state.glob("*/*.seg")
    damaged = bytearray(segment.read_bytes())
    damaged[damaged.find(b"part 1 line 50")] ^= 1
    segment.write_bytes(damaged)
    node.start()
    second = ingest(program, node, path, "--state-dir", state)
    wait_until(lambda: "part 2 line 99" in lines_of(node, "app"), what="what is whole came")
    assert second.stop() == 0
    assert "are damaged" in second.stderr()
    assert list(state.glob("*/quarantine/*"))
    came = lines_of(node, "app")
    whole = [f"part {part} line {n}" for part in (0, 2) for n in range(100)]
    assert [line for line in came if not line.startswith("part 1")] == whole


def test_without_state_every_start_begins_at_the_end(oxd, program, tmp_path):
    node = oxd(files=True)
    path = tmp_path / "app.log"
    path.write_text("old\n")
    victim = ingest(program, node, path, "--state-dir", "off")

    def came():
        with open(path, "a") as file:
            file.write("ready\n")
        return "ready" in lines_of(node, "app")
    wait_until(came, what="it is followed")
    assert victim.stop() == 0
    assert set(lines_of(node, "app")) == {"ready"}


def test_the_old_protocol_sends_every_line_at_least_once(oxd, program, tmp_path, seed):
    node = oxd(files=True)
    choices = random.Random(seed)
    path, state = tmp_path / "app.log", tmp_path / "state"
    writer = Writer(path, seed)
    victim = ingest(program, node, path, "--state-dir", state, "--v3")
    wait_followed(state, path)
    writer.start()
    for _ in range(4):
        writer.wait_written(choices.randrange(500, 6000))
        victim.kill()
        victim = ingest(program, node, path, "--state-dir", state, "--v3")
    writer.stop()
    numbers = lambda: {int(line.split()[0]) for line in lines_of(node, "app")}
    wait_until(lambda: numbers() == set(range(writer.count)), 60.0, "every line came")
    assert victim.stop() == 0
    # After an end in good order nothing is in doubt.
    stored = len(lines_of(node, "app"))
    again = ingest(program, node, path, "--state-dir", state, "--v3")
    with open(path, "a") as file:
        file.write(f"{writer.count} last\n")
    wait_until(lambda: writer.count in numbers(), what="the last line came")
    assert len(lines_of(node, "app")) == stored + 1
    assert again.stop() == 0
