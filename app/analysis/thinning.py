"""Thinning of curves for charts, preserving their extremes."""

from __future__ import annotations

import itertools

import numpy as np

MINIMUM_POINTS = 16
"""Room for first, last and both extremes of each of a run's curves."""


def thin(table: np.ndarray, points: int) -> np.ndarray:
    """Sorted indices of at most `points` rows to keep of `table`, (epochs, curves).

    First and last stay; the rows between are cut into equal buckets, and each bucket keeps every curve's least and
    greatest value. So every curve keeps its extremes, over all and in each bucket. NaN counts as absent.
    """
    rows, curves = table.shape
    if rows <= points:
        return np.arange(rows)
    buckets = max(1, (points - 2) // (2 * curves))
    edges = np.linspace(0, rows, buckets + 1).astype(int)
    kept = {0, rows - 1}
    for start, end in itertools.pairwise(edges):
        part = table[start:end]
        if len(part):
            kept.update((start + np.where(np.isnan(part), np.inf, part).argmin(axis=0)).tolist())
            kept.update((start + np.where(np.isnan(part), -np.inf, part).argmax(axis=0)).tolist())
    return np.array(sorted(kept))
