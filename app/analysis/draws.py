"""Differences over draws of the training rows, and the spread by its sources.

A seed varies initial weights and batch order; which rows a model learns from often matters more (Bouthillier et al.
2021, Accounting for Variance in Machine Learning Benchmarks, arXiv:2103.03098).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from app.analysis.paired import LEVEL, Difference, seed_difference, t_quantile


@dataclass(frozen=True)
class VarianceParts:
    """Standard deviations of an arm's difference from the baseline, by their sources; None where not known."""

    draws: float | None
    """Between draws of the training rows, without what seeds add to it."""
    seeds: float | None
    """Between seeds on the same rows."""
    rows: float | None
    """By the choice of the rows that scores are measured on; with draws it is part of `draws`."""


def draw_means(differences: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean of (replicates,) differences over the seeds of each draw: (draws,), in the order of their numbers."""
    _, index, counts = np.unique(draws, return_inverse=True, return_counts=True)
    return np.bincount(index, differences) / counts


def drawn_difference(
    differences: np.ndarray,
    draws: np.ndarray,
    rows: int | None,
    *,
    overlap: float | None = None,
    losses: int = 0,
    wins: int = 0,
) -> Difference | None:
    """Statistics of (replicates,) finite differences over draws of the training rows; None without any.

    Independent data sets are pairs as seeds are. Splits and folds of one table share training rows, so their
    differences vary together, and s² / J is too small a variance of the mean of J draws. The corrected resampled t-test
    (Nadeau & Bengio 2003, Machine Learning 52:239) takes (1 / J + test rows / training rows) · s² instead, with J - 1
    degrees of freedom.

    Args:
        differences: arm minus baseline.
        draws: (replicates,) number of each replicate's draw.
        rows: rows of each score.
        overlap: test rows / training rows, for splits and folds; None for independent data sets.
        losses: replicates in which the arm alone diverged.
        wins: replicates in which the baseline alone diverged.
    """
    means = draw_means(differences, draws)
    found = seed_difference(means, rows, losses, wins, kind="draws") if len(means) else None
    if found is None or overlap is None:
        return found
    if found.spread is None:
        return replace(found, p_sign=None)
    error = math.sqrt(1 / found.n + overlap) * found.spread
    if error == 0:
        return replace(found, p_sign=None)
    half = t_quantile(1 - LEVEL / 2, found.n - 1) * error
    from scipy import special

    p = float(2 * special.stdtr(found.n - 1, -abs(found.mean) / error))
    return replace(found, low=found.mean - half, high=found.mean + half, p=p, p_sign=None, error=error)


def variance_parts(differences: np.ndarray, draws: np.ndarray, rows: float | None = None) -> VarianceParts | None:
    """Spread of (replicates,) differences between draws and between seeds within one, by the analysis of variance.

    With several seeds in a draw, what they add to its mean is taken off (method of moments; 0 if more than all of it).
    With one seed in each, draws and seeds can't be told apart, and `draws` is both. None with fewer than two draws.
    """
    _, index, counts = np.unique(draws, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        return None
    means = np.bincount(index, differences) / counts
    between, freedom = float(means.var(ddof=1)), int(counts.sum()) - len(counts)
    if freedom == 0:
        return VarianceParts(math.sqrt(between), None, rows)
    within = float(((differences - means[index]) ** 2).sum()) / freedom
    own = max(0.0, between - within * float((1 / counts).mean()))
    return VarianceParts(math.sqrt(own), math.sqrt(within), rows)
