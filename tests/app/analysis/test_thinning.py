"""Thinned curves keep their first, last and extreme values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.analysis.thinning import MINIMUM_POINTS, thin


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
