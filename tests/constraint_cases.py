"""Projections worked out by hand: one of each constraint, and one of other numbers than its defaults."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.catalog.constraints import (
    Box,
    Chain,
    Constraint,
    ConvSpectralNorm,
    FrobeniusNorm,
    L1Norm,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    Orthonormal,
    Radial,
    Simplex,
    SpectralNorm,
    UnitNorm,
    ZeroMean,
)

COLUMN = [[2.0], [-1.0], [0.5]]
PAIR = [[3.0, 0.6], [4.0, 0.8]]
"""Columns of length 5 and 1."""
PROJECTED: list[tuple[Constraint, Any, Any]] = [
    (NonNeg(), COLUMN, [[2.0], [0.0], [0.5]]),
    (MaxNorm(max_value=2.0), PAIR, [[1.2, 0.6], [1.6, 0.8]]),
    (MaxNorm(max_value=0.5), PAIR, [[0.3, 0.3], [0.4, 0.4]]),
    (MaxNorm(max_value=2.0, axis=1), [[3.0, 4.0], [0.6, 0.8]], [[1.2, 1.6], [0.6, 0.8]]),
    (UnitNorm(), [[3.0, 0.3], [4.0, 0.4]], [[0.6, 0.6], [0.8, 0.8]]),
    (MinMaxNorm(min_value=2.0, max_value=3.0), PAIR, [[1.8, 1.2], [2.4, 1.6]]),
    (MinMaxNorm(min_value=2.0, max_value=3.0, rate=0.25), PAIR, [[2.7, 0.75], [3.6, 1.0]]),  # lengths 4.5 and 1.25
    (FrobeniusNorm(max_value=2.5), [[3.0, 0.0], [0.0, 4.0]], [[1.5, 0.0], [0.0, 2.0]]),
    (FrobeniusNorm(max_value=5.5), [[3.0, 0.0], [0.0, 4.0]], [[3.0, 0.0], [0.0, 4.0]]),
    (Box(), COLUMN, [[0.5], [-0.5], [0.5]]),
    (Box(min_value=0.25, max_value=0.75), COLUMN, [[0.75], [0.25], [0.5]]),
    (L1Norm(max_value=2.0), COLUMN, [[1.5], [-0.5], [0.0]]),
    (L1Norm(max_value=3.5), COLUMN, COLUMN),
    (Simplex(), COLUMN, [[1.0], [0.0], [0.0]]),
    (Simplex(), np.zeros((4, 2)), np.full((4, 2), 0.25)),
    (Simplex(), [[1000.0], [1000.2]], [[0.4], [0.6]]),
    (ZeroMean(), COLUMN, [[1.5], [-1.5], [0.0]]),
    # A kernel of (1, 1)/√2 and (-1, 1)/√2 across and (3, 4)/5 and (4, -3)/5 along, with the sizes 5√2 and √2
    (SpectralNorm(max_value=2 * 2**0.5), [[2.2, 4.6], [3.8, 3.4]], [[0.4, 2.2], [2.0, 1.0]]),
    (SpectralNorm(max_value=7.1), [[2.2, 4.6], [3.8, 3.4]], [[2.2, 4.6], [3.8, 3.4]]),
    # A convolution of a single position is that matrix at each place
    (ConvSpectralNorm(max_value=2 * 2**0.5), [[[[2.2, 4.6], [3.8, 3.4]]]], [[[[0.4, 2.2], [2.0, 1.0]]]]),
    (ConvSpectralNorm(max_value=7.1), [[[[2.2, 4.6], [3.8, 3.4]]]], [[[[2.2, 4.6], [3.8, 3.4]]]]),
    (Orthonormal(), [[2.2, 4.6], [3.8, 3.4]], np.array([[-0.1, 0.7], [0.7, 0.1]]) * 2**0.5),
    (Orthonormal(), [[3.0, 0.0], [0.0, -0.1]], [[1.0, 0.0], [0.0, -1.0]]),
    (Orthonormal(), np.zeros((3, 2)), np.eye(3, 2)),
    (
        Radial(),
        np.array([[4, 2, 0], [0, 7, 0], [0, 0, 0]])[..., None, None],
        np.array([[1, 0.5, 1], [0.5, 7, 0.5], [1, 0.5, 1]])[..., None, None],
    ),
    (
        Radial(rings="square"),
        np.array([[4, 2, 0], [0, 7, 0], [0, 0, 2]])[..., None, None],
        np.array([[1, 1, 1], [1, 7, 1], [1, 1, 1]])[..., None, None],
    ),
    (Chain(constraints=[NonNeg(), MaxNorm(max_value=0.5)]), [[3.0, -0.6], [4.0, 0.8]], [[0.3, 0.0], [0.4, 0.5]]),
    (Chain(constraints=[ZeroMean(), NonNeg()]), COLUMN, [[1.5], [0.0], [0.0]]),
    (Chain(constraints=[NonNeg(), ZeroMean()]), [[2.0], [-1.0], [1.0]], [[1.0], [-1.0], [0.0]]),
    (Chain(constraints=[MaxNorm(max_value=2.0), Box(min_value=-1.0, max_value=1.5)]), PAIR, [[1.2, 0.6], [1.5, 0.8]]),
    (Chain(constraints=[UnitNorm(axis=1), Box(min_value=-1.0, max_value=0.75)]), [[3.0, 4.0]], [[0.6, 0.75]]),
]
"""A constraint, a weight and its projection, worked out by hand; the groups of a weight are its columns."""

WITHIN: list[tuple[Constraint, Any, Any]] = [
    case for case in PROJECTED if not isinstance(case[0], Chain) and getattr(case[0], "rate", 1) == 1
]
"""Cases whose projection is within the feasible set: no rate goes only part of the way, no link undoes another."""
