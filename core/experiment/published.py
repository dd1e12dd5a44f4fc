"""Published results, compared with an experiment's own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import Field

from core.catalog.entry import Entry

PUBLISHED_METRICS: Final[dict[str, str]] = {
    "test_error": "test error, %",
    "test_accuracy": "test accuracy",
    "test_r2": "test r²",
    "test_loss": "test loss",
}


class Published(Entry):
    """Results that others reported for the same arms."""

    title: str = Field(min_length=1, max_length=200, description="Title of the publication.")
    source: str = Field(min_length=1, max_length=400, description="Authors, journal, year.")
    url: str = Field("", max_length=400, pattern=r"^(https?://\S+)?$", description="Address of the publication.")
    figure: Literal["test_error", "test_accuracy", "test_r2", "test_loss"] = Field(
        "test_error", description="Metric of the values; the error is 100 · (1 - accuracy)."
    )
    values: dict[str, float] = Field(min_length=1, max_length=64, description="By the arm's name.")
    note: str = Field("", max_length=2000, description="How this experiment differs from the published one.")


@dataclass(frozen=True)
class ArmScore:
    """A metric over an arm's finished runs."""

    mean: float
    std: float | None
    """Sample standard deviation; None for one run."""
    n: int


@dataclass(frozen=True)
class Comparison:
    """Agreement of an experiment with published results."""

    agrees: bool | None
    """Whether no pair of arms contradicts the published order; None while every pair is open."""
    sentence: str


def compare(published: Mapping[str, float], ours: Mapping[str, ArmScore]) -> Comparison:
    """Compares the order of the arms, pair by pair.

    A pair is open where the means differ by less than twice the standard error of their difference,
    sqrt(s1²/n1 + s2²/n2), or where one of them has a single run and the means are equal.
    """
    known = [arm for arm in published if arm in ours]
    pairs = [(a, b) for a, b in itertools.combinations(known, 2) if published[a] != published[b]]
    if not pairs:
        return Comparison(None, "Nothing to compare yet: wait until at least two of the published arms have finished")
    same = against = 0
    for a, b in pairs:
        difference = ours[a].mean - ours[b].mean
        error = math.sqrt(sum((s.std or 0.0) ** 2 / s.n for s in (ours[a], ours[b])))
        if abs(difference) <= 2 * error:
            continue
        if (difference > 0) == (published[a] > published[b]):
            same += 1
        else:
            against += 1
    unsure = len(pairs) - same - against
    counts = [f"{same} of {len(pairs)} pairs of arms are in the published order"]
    if against:
        counts.append(f"{against} in the opposite order")
    if unsure:
        counts.append(f"{unsure} too close to tell")
    single = min(ours[arm].n for arm in known) == 1
    caution = "; an arm with one seed has no known spread" if single else ""
    return Comparison(against == 0 if same or against else None, ", ".join(counts) + caution)
