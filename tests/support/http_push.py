"""A client that pushes batches over HTTP and repeats what is refused, while the collector dies and
comes back."""
import time

from http_front import Front, RestartInTheMiddle
from waiting import patient, wait_until


def push_until_taken(oxingest, push, taken):
    deadline = time.monotonic() + patient(120.0)
    while time.monotonic() < deadline:
        answer = push()
        if answer.status == taken:
            return answer
        assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer
        oxingest.program.check_alive()
    raise AssertionError("not taken in time")


def push_through_a_restart(oxd, program, push, number_of, type_name, taken, batch=10):
    """1,000 events with none lost. One comes twice only where a request was in doubt: the protocol
    has no way to tell that it is the same one again."""
    node = oxd("collector", files=True, same_ports=True)
    oxingest = Front(program, node)
    connection = oxingest.connect()
    with RestartInTheMiddle(node, 1000) as collector:
        for start in range(0, 1000, batch):
            push_until_taken(oxingest,
                             lambda: push(oxingest, range(start, start + batch), connection), taken)
            collector.sent(batch)

    def found():
        return [number_of(event) for event in oxingest.events(type_name)]
    wait_until(lambda: set(found()) >= set(range(1000)), 30.0, "all are in the files")
    doubles = len(found()) - 1000
    assert set(found()) == set(range(1000))
    assert doubles <= batch * oxingest.counter("gate_in_doubt")
