"""What the sending end of the link does with a receiver that behaves badly."""
from control import output_to
from link_receiver import Receiver
from waiting import stays, wait_until


# Rule: no-storm
def test_a_receiver_that_keeps_ending_sessions_is_not_stormed(oxd, push):
    receiver = Receiver(restless=True)
    agent = oxd("agent", forward=[f"link://127.0.0.1:{receiver.port}"],
                options=["--linger", "100ms"])
    push(agent).push_numbers("t", 0, 10)
    receiver.serve_until(lambda: receiver.sessions and receiver.batches)

    def few_sessions():
        while receiver.socket.poll(10):
            receiver.answer(*receiver.socket.recv_multipart())
        return len(receiver.sessions) < 20
    stays(few_sessions, 3.0, "a new session is opened at once each time")
    assert agent.pending_events() == 10
    receiver.close()


# Rules: no-loop, target-condition
def test_nodes_that_forward_in_a_circle_are_refused_and_nothing_circulates(oxd, push):
    first = oxd("first", same_ports=True)
    third = oxd("third", forward=[first])
    second = oxd("second", forward=[third])
    second.wait_connected(third)
    third.wait_connected(first)
    first.stop()
    first.targets = [second.ports.collect]
    first.options = ["--linger", "100ms"]
    first.start()
    # Whichever link closes the circle last is refused; what waits for it stays.
    nodes = {"first": (first, second), "second": (second, third), "third": (third, first)}

    def refused():
        return [name for name, (node, target) in nodes.items()
                if node.output_state(target) == "refused"]
    wait_until(refused, 60.0, "a link of the circle is refused")
    push(second).push_numbers("t", 0, 10)
    second.wait_received("t", 10)

    def held():
        return sum(node.pending_events() for node, _ in nodes.values()) >= 10
    wait_until(held, what="the events wait somewhere")
    stays(lambda: all(node.control.received("t") <= 10 for node, _ in nodes.values()), 1.0,
          "events go round")
    (name, *_) = refused()
    node, target = nodes[name]
    output = output_to(node.control.status(), target)
    assert "downstream" in output["reason"] or "loop" in output["reason"], output
    for node, _ in nodes.values():
        node.kill()
