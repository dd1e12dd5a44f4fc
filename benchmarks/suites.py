"""Simulated suites whose truth is known: arms over data sets of unlike difficulty, equal on average or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.analysis import BETTER, WORSE
from app.analysis.suite import DatasetScores, suite_figures

SEEDS: Final = 10
MANY: Final = 2_000
"""Runs on each data set that give the true interquartile mean."""
Effects = Callable[[np.random.Generator, int, int], np.ndarray]
"""(arms, data sets) effects of arms beside the baseline, of mean or median 0."""


def normal_effects(rng: np.random.Generator, arms: int, datasets: int) -> np.ndarray:
    """Effects with a standard deviation of 2 points."""
    return rng.normal(0, 0.02, (arms, datasets))


def t2_effects(rng: np.random.Generator, arms: int, datasets: int) -> np.ndarray:
    """Effects that are much larger on a few data sets."""
    return np.clip(0.01 * rng.standard_t(2, (arms, datasets)), -0.3, 0.3)


@dataclass
class SuiteTally:
    """Counts over simulated suites."""

    studies: int = 0
    claims: int = 0
    """Suites with any claim of a difference."""
    better: int = 0
    """Suites whose first arm is claimed to be better."""
    improvement: int = 0
    """Suites whose interval of the first arm's probability of improvement holds the truth."""
    iqm: int = 0
    """Suites whose interval of the first arm's interquartile mean holds the truth."""


def suite_tally(
    effects: Effects, arms: int, datasets: int, studies: int, seed: int, gain: float = 0.0, seeds: int = SEEDS
) -> SuiteTally:
    """Judges so many suites of `arms` arms beside the baseline, the first of which gains `gain` on average."""
    from scipy import stats

    rng, found = np.random.default_rng(seed), SuiteTally()
    for _ in range(studies):
        level, noise = rng.uniform(0.6, 0.95, datasets), rng.uniform(0.005, 0.03, datasets)
        means = np.concatenate([[level], level + effects(rng, arms, datasets)])
        means[1] += gain
        runs = means[:, :, None] + noise[:, None] * rng.standard_normal((arms + 1, datasets, seeds))
        judged = suite_figures(
            [DatasetScores(runs[:, each], np.zeros(arms + 1, int), 0) for each in range(datasets)], margin=0.01
        )
        assert judged is not None
        claims = [each.claim for each in judged.arms[1:]]
        found.studies += 1
        found.claims += any(each in (*BETTER, *WORSE) for each in claims)
        found.better += claims[0] in BETTER
        truth = float(stats.norm.cdf((means[1] - means[0]) / (noise * np.sqrt(2))).mean())
        interval = judged.arms[1].improvement
        if interval is not None and interval.low is not None and interval.high is not None:
            found.improvement += interval.low <= truth <= interval.high
        quantiles = stats.norm.ppf((np.arange(MANY) + 0.5) / MANY)
        middle = float(stats.trim_mean((means[1][:, None] + noise[:, None] * quantiles).ravel(), 0.25))
        iqm = judged.arms[1].iqm
        if iqm.low is not None and iqm.high is not None:
            found.iqm += iqm.low <= middle <= iqm.high
    return found
