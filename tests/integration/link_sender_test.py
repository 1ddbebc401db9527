"""What the sending end of the link does with a receiver that behaves badly."""
from link_receiver import Receiver
from waiting import stays


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
