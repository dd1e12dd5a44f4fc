"""Thinned curves keep their first, last and extreme values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.analysis.thinning import LEAST_TOGETHER, MINIMUM_POINTS, thin, thin_together


@given(
    arrays(np.float32, st.tuples(st.integers(1, 3000), st.just(4)), elements=st.floats(-10, 10, width=32)),
    st.integers(MINIMUM_POINTS, 700),
)
def test_thinning_loses_no_first_last_or_extreme(table: np.ndarray, points: int) -> None:
    kept = thin(table, points)
    assert len(kept) <= max(points, 2)
    assert list(kept) == sorted(set(kept.tolist()))
    assert {0, len(table) - 1} <= set(kept.tolist())
    assert np.array_equal(table[kept].min(axis=0), table.min(axis=0))
    assert np.array_equal(table[kept].max(axis=0), table.max(axis=0))


def test_each_bucket_keeps_its_least_and_its_greatest_value() -> None:
    """Six points are the two ends and two buckets of six rows, each with two extremes."""
    curve = np.array([5, 1, 2, 9, 3, 4, 8, 0, 7, 6, 2, 1], np.float32)
    assert thin(curve[:, None], 6).tolist() == [0, 1, 3, 6, 7, 11]
    both = np.stack([curve, curve[::-1]], axis=1)
    assert thin(both, 10).tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 10, 11]
    assert thin(both, 12).tolist() == list(range(12))


def test_thinning_passes_over_what_is_not_a_number() -> None:
    table = np.zeros((1000, 4), np.float32)
    table[100:200] = np.nan
    table[777] = 3
    table[555] = -3
    kept = thin(table, 16).tolist()
    assert {0, 555, 777, 999} <= set(kept)


@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=5), st.integers(MINIMUM_POINTS, 300), st.integers(0, 2**32 - 1)
)
def test_runs_thinned_together_keep_their_ends_and_extremes(lengths: list[int], points: int, seed: int) -> None:
    draws = np.random.default_rng(seed)
    tables = [draws.standard_normal((length, 4)).cumsum(axis=0).astype(np.float32) for length in lengths]
    longest = max(lengths)
    kept = thin_together(tables, [len(each) for each in tables], points).tolist()
    assert kept == sorted(set(kept))
    assert {0, *(length - 1 for length in lengths)} <= set(kept)
    assert len(kept) <= max(points, LEAST_TOGETHER) + len(lengths)
    own = [[row for row in kept if row < length] for length in lengths]
    parts = [table[rows] for table, rows in zip(tables, own, strict=True)]
    assert np.array_equal(np.vstack(parts).min(axis=0), np.vstack(tables).min(axis=0))
    assert np.array_equal(np.vstack(parts).max(axis=0), np.vstack(tables).max(axis=0))
    filled = np.full((len(tables), longest, 4), np.nan)
    for table, row in zip(tables, filled, strict=True):
        row[: len(table)] = table
    mean = np.nanmean(filled, axis=0)
    assert np.allclose(mean[kept].min(axis=0), mean.min(axis=0))
    assert np.allclose(mean[kept].max(axis=0), mean.max(axis=0))


def test_thinned_together_no_stretch_is_left_out() -> None:
    flat = [np.zeros((4000, 4))] * 3
    kept = thin_together(flat, [len(each) for each in flat], 400)
    assert len(kept) > 200
    assert np.diff(kept).max() <= 4000 / 150
    assert len(kept[kept < 40]) >= 25, "the beginning, which a logarithmic axis stretches"


def test_figures_that_are_not_finite_are_no_extremes() -> None:
    table = np.zeros((1000, 4))
    table[100:200] = np.inf
    table[300:400] = np.nan
    table[777], table[555] = 3, -3
    assert {0, 555, 777, 999} <= set(thin_together([table, np.zeros((500, 4))], [len(table), 500], 26).tolist())
