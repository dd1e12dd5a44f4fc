"""Thinning of curves for charts, preserving their extremes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

MINIMUM_POINTS = 16
"""Room for first, last and both extremes of each of a run's curves."""
LEAST_TOGETHER = 26
"""Room for first, last and both extremes of each curve's least, mean and greatest value over runs."""


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


def thin_together(tables: Iterable[np.ndarray], lengths: Sequence[int], points: int) -> np.ndarray:
    """Sorted indices of the rows to keep of all `tables`, (epochs, curves) each: means over them stay exact there.

    At most `points`, or `LEAST_TOGETHER`, and the last row of each table. Up to half of them are the extremes that
    `thin` keeps of each curve's least, mean and greatest value over the tables. The others are at even steps and, as
    curves change most in the beginning, at geometric ones. The tables, of `lengths` rows, are read one after another,
    and not at all where all rows are kept.
    """
    rows = max(lengths)
    if rows <= points:
        return np.arange(rows)
    ends = {length - 1 for length in lengths}
    extremes = thin(_envelope(tables, rows), max(LEAST_TOGETHER, points // 2))
    kept = {*ends, *extremes.tolist()}
    room = max(0, points - len(extremes))  # of them some are kept already
    kept.update(np.linspace(0, rows - 1, room - room // 3, dtype=int).tolist())
    kept.update((np.geomspace(1, rows, room // 3).astype(int) - 1).tolist())
    return np.array(sorted(kept))


def _envelope(tables: Iterable[np.ndarray], rows: int) -> np.ndarray:
    """Least, mean and greatest value of each curve over `tables`, (rows, 3 * curves); NaN where none has one."""
    low = high = total = count = np.empty((0, 0))
    for table in tables:
        if not low.size:
            shape = (rows, table.shape[1])
            low, high = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
            total, count = np.zeros(shape), np.zeros(shape, np.int32)
        known = np.isfinite(table)
        values = np.where(known, table, np.float32(np.nan))
        part = slice(len(table))
        low[part], high[part] = np.fmin(low[part], values), np.fmax(high[part], values)
        total[part] += np.where(known, table, 0)
        count[part] += known
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return np.hstack([low, mean, high])
