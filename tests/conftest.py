"""Fixtures: programs that are ended after each test, which fails when one of them ended badly."""
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))

import blueox_client  # noqa: E402
import processes  # noqa: E402
import ports  # noqa: E402

MAX_REPORTED_STDERR = 8000


@pytest.fixture
def registry(request):
    """The programs of this test. Afterwards all are ended, and none may have died or ended badly."""
    programs = processes.Registry()
    request.node.ox_registry = programs
    yield programs
    problems = programs.finish()
    if problems:
        request.node.add_report_section("teardown", "stderr of programs", stderr_text(programs))
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    programs = getattr(item, "ox_registry", None)
    if report.failed and programs:
        report.sections.append(("stderr of programs", stderr_text(programs)))


def stderr_text(programs):
    return "\n".join(f"--- {title}\n{text[-MAX_REPORTED_STDERR:]}" for title, text in programs.reports())


@pytest.fixture
def oxd(registry, tmp_path):
    """Starts an oxd: oxd("collector", files=True), oxd("agent", forward=[collector])."""
    def start(name="node", **kwargs):
        return processes.Node(registry, tmp_path, name, **kwargs)
    return start


@pytest.fixture
def program(registry, tmp_path):
    """Starts another program: program("oxview", "-H", address)."""
    def start(name, *args, stdin=subprocess.DEVNULL, **kwargs):
        label = f"{name}-{len(registry.programs)}"
        return registry.add(processes.Program(name, *args, directory=tmp_path, label=label,
                                              stdin=stdin, **kwargs))
    return start


@pytest.fixture
def push():
    """Opens a Pusher to a node (or an address): push(node).push_event(...)."""
    opened = []

    def open_pusher(target, **kwargs):
        address = target if isinstance(target, str) else target.ports.collect
        opened.append(blueox_client.Pusher(address, **kwargs))
        return opened[-1]
    yield open_pusher
    for pusher in opened:
        pusher.close(discard=True)


@pytest.fixture
def dead_address():
    """An address where nobody answers, with the port above it free as well."""
    lease = ports.PortLease(2)
    yield lease.address()
    lease.close()
