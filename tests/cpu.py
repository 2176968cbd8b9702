"""What tests cost. Those with the marker `slow` come first, so that no process ends long after the
other; a run says at its end which tests need more than a second of CPU and don't say why.

It never fails one: how long a second is depends on the machine. Hooks of pytest, taken up by
`tests/conftest.py`.
"""

import resource
import time

import pytest

MUCH = 1.0  # seconds
BEGAN = pytest.StashKey[float]()


def used() -> float:
    """CPU seconds of this process, and of those that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[BEGAN] = used()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    # Reports are what comes back from pytest-xdist's processes.
    # A browser's CPU would be put down to whichever test comes last.
    told = item.get_closest_marker("slow") or item.get_closest_marker("browser")
    if call.when == "teardown" and not told:
        item.user_properties.append(("cpu", used() - item.stash[BEGAN]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("", [])
    costs = [(dict(report.user_properties).get("cpu", 0.0), report.nodeid) for report in reports]
    much = sorted((cost for cost in costs if cost[0] > MUCH), reverse=True)
    if much:
        terminalreporter.section("more than a second of CPU, and no marker slow(reason)")
    for seconds, name in much:
        terminalreporter.line(f"{seconds:5.1f} s  {name}")
