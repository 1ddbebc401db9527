"""Fixtures of the fault tests: the oracle, the seed, and loads that are closed at the end."""
import pytest

from faults import Chance
from load import LinkLoad, PushLoad
from oracle import Oracle
from tcp_proxy import TcpProxy


@pytest.fixture
def oracle():
    return Oracle()


@pytest.fixture
def chance(request):
    return Chance(request.node.name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    chance = getattr(item, "funcargs", {}).get("chance")
    if report.failed and chance is not None:
        report.sections.append(("replay", f"{chance.replay} pytest '{item.nodeid}'"))


FIGURES = []


@pytest.fixture
def figure(chance):
    """figure("1,000 kills, 0 lost"): a line at the end of the run, with the seed of the test."""
    return lambda text: FIGURES.append(f"figure: {text} [{chance.replay}]")


def pytest_terminal_summary(terminalreporter):
    for line in FIGURES:
        terminalreporter.write_line(line)


@pytest.fixture
def link_load(oracle):
    """link_load(node, ...) or link_load(address, ...)"""
    opened = []

    def start(target, **kwargs):
        address = target if isinstance(target, str) else target.ports.link
        opened.append(LinkLoad(oracle, address, **kwargs))
        return opened[-1]
    yield start
    for load in opened:
        load.close()


@pytest.fixture
def push_load(oracle, push):
    def start(node, **kwargs):
        return PushLoad(oracle, push(node), node, **kwargs)
    return start


@pytest.fixture
def proxy():
    """proxy(node): a proxy in front of its link."""
    opened = []

    def start(node):
        opened.append(TcpProxy(node.ports.link))
        return opened[-1]
    yield start
    for between in opened:
        between.close()
