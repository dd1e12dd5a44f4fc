"""Data of a report."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.store import Store
from app.stored import StoredExperiment
from app.verdict import VerdictView
from core.experiment.resolution import ResolvedArm
from core.runs.snapshots import Snapshots

BASELINE: Final = "#5c636b"
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#c2689a", "#b67d00", "#2f93cf", "#938700")
"""Okabe and Ito's (https://jfly.uni-koeln.de/color/), with the page's changes for a white ground, in its order."""
DEEPEST: Final = 0.6
AGAIN: Final = 0.45
"""Shade of a colour that comes round again."""


@dataclass(frozen=True)
class ReportData:
    """Everything that a report shows."""

    stored: StoredExperiment
    arms: list[ResolvedArm]
    verdict: VerdictView
    store: Store

    def colour(self, arm: int) -> str:
        """The arm's colour in every chart, as on the page: trials of one method, or of a sweep, are shades of one."""
        if arm == 0:
            return BASELINE
        posted = self.stored.experiment.arms
        methods: list[object] = [each.family or (each.name,) for each in posted[1:]]
        methods += [None] * (len(self.arms) - len(posted))
        method = methods[arm - 1]
        round_, hue = divmod(list(dict.fromkeys(methods)).index(method), len(COLOURS))
        fraction = methods[: arm - 1].count(method) / methods.count(method)
        return _darkened(COLOURS[hue], DEEPEST * min(1.0, fraction + AGAIN * round_))

    def runs(self, arm: int) -> range:
        """Indices of the arm's runs."""
        replicates = len(self.stored.experiment.replicates())
        return range(arm * replicates, (arm + 1) * replicates)

    def tables(self, arm: int) -> Iterator[np.ndarray]:
        """Figures of every epoch of the arm's runs that have any, (epochs, metrics), a few at a time."""
        return (table for _, table in self.store.tables(self.stored, self.runs(arm)))

    def snapshots(self, arm: int, *, first: bool = False) -> list[Snapshots]:
        """The snapshots of the arm's runs that have any, or of its first alone."""
        runs = self.runs(arm)
        return list(self.store.snapshots(self.stored, runs[:1] if first else runs).values())

    @property
    def score(self) -> str:
        """Name of the score."""
        return "accuracy" if self.verdict.score == "accuracy" else "r²"


def _darkened(colour: str, share: float) -> str:
    """A colour, "#rrggbb", mixed with a share of black."""
    return "#" + "".join(f"{math.floor(int(colour[at : at + 2], 16) * (1 - share) + 0.5):02x}" for at in (1, 3, 5))
