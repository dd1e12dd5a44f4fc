"""Data of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.stored import StoredExperiment
from app.verdict import VerdictView
from core.experiment.resolution import ResolvedArm
from core.runs.events import Event
from core.runs.snapshots import Snapshots

BASELINE: Final = "#5c636b"
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b8a800")
"""Okabe and Ito's, in the page's order (https://jfly.uni-koeln.de/color/)."""


@dataclass(frozen=True)
class ReportData:
    """Everything that a report shows."""

    stored: StoredExperiment
    arms: list[ResolvedArm]
    verdict: VerdictView
    curves: Mapping[int, list[Event]]
    """Chunks of every run's curves, by the run's index."""
    snapshots: Mapping[int, Snapshots]

    def colour(self, arm: int) -> str:
        """The arm's colour in every chart; trials of one method share theirs."""
        if arm == 0:
            return BASELINE
        names = [each.family or (each.name,) for each in self.stored.experiment.arms[1:]]
        return COLOURS[list(dict.fromkeys(names)).index(names[arm - 1]) % len(COLOURS)]

    def runs(self, arm: int) -> range:
        """Indices of the arm's runs."""
        replicates = len(self.stored.experiment.replicates())
        return range(arm * replicates, (arm + 1) * replicates)

    @property
    def score(self) -> str:
        """Name of the score."""
        return "accuracy" if self.verdict.score == "accuracy" else "r²"
