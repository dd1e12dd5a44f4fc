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


def test_thinning_passes_over_what_is_not_a_number() -> None:
    table = np.zeros((1000, 4), np.float32)
    table[100:200] = np.nan
    table[777] = 3
    table[555] = -3
    kept = thin(table, 16).tolist()
    assert {0, 555, 777, 999} <= set(kept)
