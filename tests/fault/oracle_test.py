"""The judge judged: each kind of wrong is reported, and right is not."""
import msgpack
import pytest

from oracle import Oracle, report, split

DAY = "20260102"


def body(sender, n, extra=""):
    return msgpack.packb({"type": "t", "body": {"sender": sender, "n": n, "extra": extra}})


@pytest.fixture
def oracle():
    judge = Oracle()
    for sender in ("a", "b"):
        for n in range(5):
            judge.sends((sender, n), body(sender, n))
    judge.acknowledged([("a", n) for n in range(5)])
    return judge


def write(directory, *events, type_name="t", tail=b""):
    path = directory / DAY / f"{type_name}-{DAY}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(events) + tail)
    return path


A = [body("a", n) for n in range(5)]
B = [body("b", n) for n in range(5)]


def kinds(violations):
    return [text.split(":")[0] for text in violations]


def test_files_with_every_acknowledged_event_once_are_right(oracle, tmp_path):
    write(tmp_path, *A)
    assert oracle.violations(tmp_path) == []


def test_events_that_were_not_acknowledged_may_be_there_or_not(oracle, tmp_path):
    write(tmp_path, A[0], B[0], *A[1:], B[3])
    assert oracle.violations(tmp_path) == []


def test_types_may_lie_in_files_of_their_own(oracle, tmp_path):
    write(tmp_path, A[0], A[2], A[4])
    write(tmp_path, A[1], A[3], type_name="other")
    assert oracle.violations(tmp_path) == []


def test_a_lost_event_is_reported(oracle, tmp_path):
    write(tmp_path, *A[:2], *A[3:])
    assert oracle.violations(tmp_path) == ["lost: ('a', 2) was acknowledged"]


def test_no_files_at_all_are_a_loss(oracle, tmp_path):
    assert kinds(oracle.violations(tmp_path)) == ["lost"] * 5


def test_a_lost_event_that_the_test_gave_up_is_not_reported(oracle, tmp_path):
    write(tmp_path, *A[:2], *A[3:])
    assert oracle.violations(tmp_path, given_up=[("a", 2)]) == []


def test_a_doubled_event_is_reported(oracle, tmp_path):
    write(tmp_path, *A, A[1])
    (text,) = oracle.violations(tmp_path)
    assert text.startswith("doubled: ('a', 1) is 2 times")


def test_an_event_doubled_in_another_file_is_reported(oracle, tmp_path):
    write(tmp_path, *A)
    write(tmp_path, A[4], type_name="other")
    assert kinds(oracle.violations(tmp_path)) == ["doubled"]


def test_a_doubled_event_that_nobody_acknowledged_is_reported(oracle, tmp_path):
    write(tmp_path, *A, B[0], B[0])
    assert kinds(oracle.violations(tmp_path)) == ["doubled"]


def test_an_altered_event_is_reported_and_is_not_the_one_that_was_sent(oracle, tmp_path):
    write(tmp_path, *A[:4], body("a", 4, "x"))
    assert kinds(oracle.violations(tmp_path)) == ["altered", "lost"]


def test_an_invented_event_is_reported(oracle, tmp_path):
    write(tmp_path, *A, body("c", 0), msgpack.packb({"id": 1}))
    assert kinds(oracle.violations(tmp_path)) == ["invented", "invented"]


def test_a_reordered_event_is_reported(oracle, tmp_path):
    write(tmp_path, A[0], A[2], A[1], *A[3:])
    (text,) = oracle.violations(tmp_path)
    assert text.startswith("reordered: ('a', 1) comes behind ('a', 2)")


def test_an_event_in_doubt_may_come_late_but_no_other(oracle, tmp_path):
    write(tmp_path, A[0], A[2], A[1], A[4], A[3])
    assert kinds(oracle.violations(tmp_path, in_doubt={("a", 1)})) == ["reordered"]
    assert oracle.violations(tmp_path, in_doubt={("a", 1), ("a", 3)}) == []


def test_order_is_judged_from_one_file_of_a_type_to_the_next(oracle, tmp_path):
    first, second = tmp_path / DAY / f"t-{DAY}.log", tmp_path / DAY / f"t-{DAY}09.log"
    first.parent.mkdir()
    first.write_bytes(A[3] + A[4])
    second.write_bytes(A[0] + A[1] + A[2])
    assert kinds(oracle.violations(tmp_path)) == ["reordered"] * 3
    assert oracle.violations(tmp_path, each_file_alone=True) == []
    second.write_bytes(A[0] + A[2] + A[1])
    assert kinds(oracle.violations(tmp_path, each_file_alone=True)) == ["reordered"]


def test_senders_may_be_mixed_in_any_order(oracle, tmp_path):
    write(tmp_path, B[3], *A, B[4])
    assert oracle.violations(tmp_path) == []


@pytest.mark.parametrize("tail, text", [
    (A[0][:-1], "unfinished event"), (b"\0" * 8, "no event"), (b"\xc1", "no event")],
    ids=["half an event", "zeros", "no MessagePack"])
def test_bytes_that_are_no_event_are_reported(oracle, tmp_path, tail, text):
    write(tmp_path, *A, tail=tail)
    (found,) = oracle.violations(tmp_path)
    assert found.startswith("damaged: ") and text in found


def test_an_event_with_two_collectors_is_doubled_unless_it_was_announced(oracle, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    write(one, *A[:3])
    write(two, *A[2:])
    assert kinds(oracle.violations(one, two)) == ["doubled"]
    assert oracle.violations(one, two, announced_doubles=1) == []


def test_announced_doubles_excuse_none_within_one_collector(oracle, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    write(one, *A[:3], A[2])
    write(two, *A[3:])
    assert kinds(oracle.violations(one, two, announced_doubles=5)) == ["doubled"]


def test_the_collectors_own_files_are_not_judged(oracle, tmp_path):
    write(tmp_path, *A)
    (tmp_path / ".oxd").mkdir()
    (tmp_path / ".oxd" / "checkpoint.0").write_bytes(b"\xc1")
    assert oracle.violations(tmp_path) == []


def test_stored_names_what_is_in_the_files(oracle, tmp_path):
    write(tmp_path, A[1], B[2], body("c", 0))
    assert oracle.stored(tmp_path) == {("a", 1), ("b", 2)}


def test_check_fails_and_says_why(oracle, tmp_path):
    write(tmp_path, *A[1:])
    with pytest.raises(AssertionError, match="lost"):
        oracle.check(tmp_path)


def test_a_report_is_short_whatever_was_found():
    text = report([f"lost: {n}" for n in range(100_000)] + ["doubled: x"])
    assert text.startswith("100000 lost\n") and "1 doubled\n  doubled: x" in text
    assert len(text.splitlines()) < 10


def test_an_acknowledgement_of_what_was_never_sent_is_an_error(oracle):
    with pytest.raises(AssertionError):
        oracle.acknowledged([("z", 0)])


def test_splitting_keeps_every_byte():
    data = b"".join(A)
    events, damage = split(data)
    assert damage is None and b"".join(event.data for event in events) == data
    assert [event.offset for event in events] == [len(A[0]) * n for n in range(5)]
