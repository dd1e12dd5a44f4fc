"""Feasible sets as they are drawn, against what the constraints allow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.catalog.constraints import (
    Chain,
    Constraint,
    FeasibleSet,
    FrobeniusNorm,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    UnitNorm,
)
from core.catalog.constraints.base import Ring
from tests.constraint_cases import WITHIN

DRAWN = [
    *(constraint for constraint, *_ in WITHIN if constraint.plane_sets([0])),
    MinMaxNorm(min_value=0.0, max_value=1.5),
    Chain(constraints=[NonNeg(), UnitNorm()]),
]
GRID = [(x / 4, y / 4) for x in range(-8, 9) for y in range(-8, 9)]
POINTS = [*GRID, (0.6, 0.8), (-0.6, 0.8), (0.3, 0.7), (1.3, -1.3)]
"""Among them points of circles and lines that pass between those of the grid."""


def contains(part: FeasibleSet, x: float, y: float) -> bool:
    if isinstance(part, Ring):
        return part.inner - 1e-9 <= math.hypot(x, y) <= part.outer + 1e-9
    corners = [(10 * a, 10 * b) if part.endless else (a, b) for a, b in part.corners]
    ahead = zip(corners, corners[1:] + corners[:1], strict=True)
    sides = [(b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) for a, b in ahead]
    within = all(min(c[i] for c in corners) <= (x, y)[i] <= max(c[i] for c in corners) for i in (0, 1))
    return within and all(side >= -1e-9 for side in sides)


@pytest.mark.parametrize("constraint", DRAWN, ids=Constraint.describe)
def test_a_unit_lies_in_the_drawn_set_where_it_obeys_the_constraint(constraint: Constraint) -> None:
    parts = constraint.plane_sets([0])
    allowed = {point for point in POINTS if constraint.is_satisfied(np.array([point], np.float32).T, 0)}
    assert {point for point in POINTS if all(contains(part, *point) for part in parts)} == allowed
    assert 0 < len(allowed) < len(POINTS)


def test_no_set_is_drawn_for_norms_over_something_else_than_a_unit() -> None:
    assert MaxNorm(axis=1).plane_sets([0]) == []
    assert MaxNorm(axis=0).plane_sets([0]) == MaxNorm(axis=[0]).plane_sets([0]) != []
    assert FrobeniusNorm().plane_sets([0]) == []
