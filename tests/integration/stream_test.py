"""Live events: the BlueOx stream and the tail with its positions."""
import uuid

import logfiles
from logfiles import wait_numbers
from stream import Subscriber, decode_tail_position
from waiting import wait_until


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def subscribed(node, address, **kwargs):
    before = node.control.subscribers()
    subscriber = Subscriber("127.0.0.1", port_of(address), **kwargs)
    wait_until(lambda: node.control.subscribers() > before, what="the subscription has arrived")
    return subscriber


def test_subscriptions_are_prefixes_of_the_type(oxd, push):
    node = oxd()
    with subscribed(node, node.ports.stream, prefixes=[b"request"]) as subscriber:
        sender = push(node)
        for type_name in ("other", "request.db", "reques", "request", "requests"):
            sender.push_event(type_name, {})
        received = [frames[0] for frames in subscriber.receive_many(3)]
        assert received == [b"request.db", b"request", b"requests"]


def test_events_that_come_over_the_link_are_streamed_too(oxd, push):
    collector = oxd("collector")
    agent = oxd("agent", forward=[collector])
    with subscribed(collector, collector.ports.stream) as subscriber:
        body = push(agent).push_event("t", {"n": 1})
        assert subscriber.receive() == [b"t", body]


def test_the_tail_tells_boot_sequence_and_where_the_event_lies_in_its_file(oxd, push):
    node = oxd(files=True)
    with subscribed(node, node.ports.tail) as subscriber:
        sender = push(node)
        for n in range(50):
            sender.push_event("a" if n % 5 else "b", {"n": n})
        sequences = {b"a": 0, b"b": 0}
        for type_name, body, position in subscriber.receive_many(50):
            position = decode_tail_position(position)
            assert position.boot_id == uuid.UUID(node.control.ping()["boot_id"])
            sequences[type_name] += 1
            assert position.sequence == sequences[type_name]
            data = (node.log_path / position.file).read_bytes()
            assert data[position.file_offset:position.file_offset + len(body)] == body
            assert logfiles.encode_type(type_name) in position.file


def test_the_tail_of_a_node_without_files_names_none(oxd, push):
    node = oxd()
    with subscribed(node, node.ports.tail) as subscriber:
        push(node).push_event("t", {})
        _, _, position = subscriber.receive()
        assert decode_tail_position(position).file == ""
        assert decode_tail_position(position).sequence == 1


def test_a_subscriber_that_comes_late_sees_in_the_sequence_that_it_missed_events(oxd, push):
    node = oxd()
    sender = push(node)
    with subscribed(node, node.ports.tail) as first:
        sender.push_numbers("t", 0, 10)
        first.receive_many(10)  # shown, not only received
        with subscribed(node, node.ports.tail) as late:
            sender.push_numbers("t", 10, 1)
            position = decode_tail_position(late.receive()[2])
            assert position.sequence == 11


def test_a_subscriber_that_never_reads_does_not_hold_up_collecting(oxd, push):
    node = oxd(files=True)
    with subscribed(node, node.ports.stream, hwm=1), subscribed(node, node.ports.tail, hwm=1):
        sender = push(node)
        sender.push_numbers("t", 0, 20_000, padding=2000)  # more than all buffers between us hold
        wait_numbers(node.log_path, "t", range(20_000))
        assert node.control.ping()["ok"] is True


def test_a_subscriber_that_dies_without_a_word_does_not_disturb_the_others(oxd, push):
    node = oxd()
    with subscribed(node, node.ports.stream) as survivor:
        for _ in range(5):
            subscribed(node, node.ports.stream).close()
            wait_until(lambda: node.control.subscribers() == 1, what="the subscription is gone")
        body = push(node).push_event("t", {})
        assert survivor.receive() == [b"t", body]


def test_hostile_subscriptions_are_survived(oxd, push):
    node = oxd()
    prefixes = [b"\xff" * 300, b"\0", b"x" * 100_000, *[b"p%d" % n for n in range(2000)]]
    with Subscriber("127.0.0.1", port_of(node.ports.stream), prefixes=prefixes) as hostile, \
            Subscriber("127.0.0.1", port_of(node.ports.stream)) as plain:
        wait_until(lambda: node.control.subscribers() >= 2, what="both are there")
        body = push(node).push_event("p1", {})
        assert plain.receive() == [b"p1", body]
        assert hostile.receive() == [b"p1", body]
