"""Looks: the level of a test that is made again whenever seeds or draws are added.

Judging five times, each time at 5 %, makes a false claim in about 13 of 100 studies of equal arms. A group-sequential
boundary keeps all looks together at 5 %. Ours is Pocock's (1977, Biometrika 64:191): every planned look has the same
level. O'Brien & Fleming's (1979) saves nearly all of it for the last look; for small studies that means no answer at
the early looks at all, since with 10 seeds no exact p is that small.
"""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np

from app.analysis.paired import LEVEL

RESERVE: Final = 0.1
"""Share of `LEVEL` that is kept for looks beyond the planned ones."""
STEP: Final = 10
UNPLANNED: Final = 5
"""A study without a plan is judged as if it were looked at after each `STEP` seeds, `UNPLANNED` times."""
LATE: Final = 0.0005
"""Level of looks at more seeds than that."""


def level_at(look: int, looks: int) -> float:
    """Level of a two-sided test at look number `look`, of `looks` planned, so that all looks together have `LEVEL`.

    The planned looks share all but `RESERVE` of it, evenly. A later one, the j-th beyond the plan, has 2⁻ʲ of the
    reserve: however many follow, they don't spend more (a union bound, valid whatever the looks' correlation).
    """
    if look <= looks:
        return pocock_level(looks, LEVEL * (1 - RESERVE))
    return LEVEL * RESERVE * 2.0 ** (looks - look)


def level_of_seeds(seeds: int, look: int = 1) -> float:
    """Level of look number `look` at a study of `seeds` seeds or draws whose looks were not planned.

    It follows from the number of seeds, so that a study may be posted again with more of them: looks at 10, 20, 30, 40
    and 50 seeds have Pocock's level for five looks, and those beyond `LATE`; so has a sixth look, however few seeds
    were added each time.
    """
    return pocock_level(UNPLANNED, LEVEL) if seeds <= STEP * UNPLANNED and look <= UNPLANNED else LATE


@functools.lru_cache(maxsize=64)
def pocock_level(looks: int, level: float) -> float:
    """Level of each of `looks` two-sided tests at equal steps, so that together they have `level`.

    Found by bisection on the probability that the test statistic, a sum of independent normal steps, leaves the
    boundary at any look; it is integrated look by look (Armitage, McPherson & Rowe 1969).
    """
    from scipy import stats

    low, high = float(stats.norm.isf(level / 2)), float(stats.norm.isf(level / 2 / looks))
    if looks == 1:
        return level
    for _ in range(22):
        middle = (low + high) / 2
        low, high = (middle, high) if _crossing(middle, looks) > level else (low, middle)
    return 2 * float(stats.norm.sf(high))


def _crossing(bound: float, looks: int) -> float:
    """Probability that |S(k)| > bound · √k at any look k, S being a sum of k standard normal steps."""
    inside, points = np.ones(1), np.zeros(1)
    grid, weights = _nodes()
    for look in range(1, looks + 1):
        edge = bound * math.sqrt(look)
        following = grid * edge
        steps = np.exp(-0.5 * (following[:, None] - points[None, :]) ** 2) / math.sqrt(2 * math.pi)
        inside = (steps @ inside) * weights * edge
        points = following
    return 1 - float(inside.sum())


@functools.cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss and Legendre's quadrature."""
    return np.polynomial.legendre.leggauss(48)
