"""A plugin for pytest: tries faults with several seeds, and writes docs/faults.md from the run.

Usually each fault is tried once, in its quick form. `LAB_FAULTS=3` tries each with three seeds, in full. A run with
`LAB_FAULTS_PART` set leaves what it saw for the next one without, which reports on both.
"""

from __future__ import annotations

import json
import os
import platform
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from tests.service import ROOT

SEEDS = int(os.environ.get("LAB_FAULTS", "0"))
FULL = SEEDS > 0

Tell = Callable[[str, float, str], None]
Key = tuple[int, str]
"""Number and words of a `fault` mark."""


class Report:
    """Faults that were tried, with their outcomes."""

    def __init__(self) -> None:
        self.outcomes: dict[Key, list[bool]] = defaultdict(list)
        self.skipped: dict[Key, str] = {}
        self.figures: dict[Key, dict[tuple[str, str], list[float]]] = defaultdict(lambda: defaultdict(list))
        """By what it is and its unit."""

    def add(self, properties: Iterable[tuple[str, Any]]) -> None:
        """Adds what tests say of themselves: `fault` with its key and outcome, `told` with its key and a figure."""
        for name, value in properties:
            match name, value:
                case "fault", [number, words, bool(passed)]:
                    self.outcomes[number, words].append(passed)
                case "fault", [number, words, str(reason)]:
                    self.skipped[number, words] = reason
                case "told", [number, words, what, unit, figure]:
                    self.figures[number, words][what, unit].append(figure)

    def text(self) -> str:
        """The report, as Markdown."""
        lines = [
            "# Faults, as last tried",
            "",
            f"Written by `make faults`: real processes on {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"{SEEDS} seeds of each fault that chance has a part in. Numbers are those of the list in "
            "[operations.md](operations.md#faults).",
            "",
            "| # | fault | tries | passed | seen |",
            "| --- | --- | --- | --- | --- |",
        ]
        for key in sorted({*self.outcomes, *self.skipped}):
            tries = self.outcomes[key]
            seen = "; ".join(f"{what}: {_said(v)} {unit}".strip() for (what, unit), v in self.figures[key].items())
            seen = seen or self.skipped.get(key, "")
            lines.append(f"| {key[0]} | {key[1]} | {len(tries)} | {sum(tries)} | {seen} |")
        return "\n".join(lines) + "\n"


def _said(values: list[float]) -> str:
    """The values, or of many the least and the greatest, of two digits or whole."""
    shown = values if len(values) <= 15 else [min(values), max(values)]
    words = [f"{value:.0f}" if value >= 100 else f"{value:.2g}" for value in shown]
    return ", ".join(words) if shown is values else " to ".join(words)


REPORT = Report()
SEEN: list[tuple[str, Any]] = []
"""All that was added to the report."""
PART = ROOT / ".setup" / "faults-part.json"


def _keys(item: pytest.Item) -> list[Key]:
    return [(mark.args[0], mark.args[1]) for mark in item.iter_markers("fault")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test that takes a seed is run with several."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, max(1, SEEDS) + 1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: pytest.TestReport = yield  # type: ignore[assignment]
    for key in _keys(item):
        if report.skipped:
            reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
            report.user_properties.append(("fault", [*key, reason]))
        elif report.when == "call" or report.failed:
            report.user_properties.append(("fault", [*key, report.passed]))
    return report  # type: ignore[return-value]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Takes a test's own words, from whichever process it was run in."""
    if report.when == "call" or not report.passed:
        SEEN.extend((name, value) for name, value in report.user_properties if name in ("fault", "told"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the report of a full run, or leaves a part of it for the next."""
    if not FULL or not SEEN or hasattr(session.config, "workerinput"):
        return
    if "LAB_FAULTS_PART" in os.environ:
        PART.write_text(json.dumps(SEEN))
        return
    earlier = json.loads(PART.read_text()) if PART.exists() else []
    PART.unlink(missing_ok=True)
    REPORT.add([*map(tuple, earlier), *SEEN])
    (ROOT / "docs" / "faults.md").write_text(REPORT.text())


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Keeps a figure for the report: what, how much, of which unit."""

    def keep(what: str, value: float, unit: str) -> None:
        (key,) = _keys(request.node)
        request.node.user_properties.append(("told", [*key, what, unit, value]))
        print(f"{key[1]}: {what} {value:.3g} {unit}")

    return keep
