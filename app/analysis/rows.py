"""Comparison by rows: of two models of one seed, and the error that a set's rows add to a difference over seeds.

One seed shows whether two trained models differ on rows like these, but not what another seed would give.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from app.analysis.paired import EXACT, LEVEL, TIE, Difference, signed_rank_p, t_quantile


def mcnemar_difference(arm: np.ndarray, baseline: np.ndarray) -> Difference:
    """McNemar's exact test and Newcombe's interval on (rows,) booleans: whether each row was classified correctly.

    If the models are equally good, each has half of the rows that only one model classifies correctly: p is the
    two-sided exact binomial probability (McNemar 1947). Rows that both or neither classify correctly don't count.
    """
    from scipy import stats

    rows = len(arm)
    gained, lost = int((arm & ~baseline).sum()), int((~arm & baseline).sum())
    low, high = newcombe(int((arm & baseline).sum()), gained, lost, int((~arm & ~baseline).sum()))
    p = float(stats.binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return Difference((gained - lost) / rows, low, high, p, None, 1, "rows", rows)


def share_difference(arm: np.ndarray, baseline: np.ndarray) -> Difference:
    """Difference of two models by (rows,) the share of each row's labels that is right, from 0 to 1.

    Labels of one row are not independent, so the row is the unit: Wilcoxon's signed-rank test, which is exact for few
    rows, and Student's interval on the rows' differences. With a single row there is no interval.
    """
    # Shares are float32: what is a third of the labels on both sides must cancel out.
    gains = np.round(arm.astype(np.float64) - baseline.astype(np.float64), 6)
    rows, mean, p = len(gains), float(gains.mean()), signed_rank_p(gains)
    if rows == 1:
        return Difference(mean, None, None, p, None, 1, "rows", rows)
    half = t_quantile(1 - LEVEL / 2, rows - 1) * float(gains.std(ddof=1)) / math.sqrt(rows)
    return Difference(mean, max(-1.0, mean - half), min(1.0, mean + half), p, None, 1, "rows", rows)


def newcombe(both: int, first: int, second: int, neither: int) -> tuple[float, float]:
    """95 % interval of the difference of two paired shares (first's minus second's), from counts of rows.

    Newcombe 1998 (Statistics in Medicine 17:2635), method 10: Wilson's intervals of the two shares, their distances
    from the shares put together with the correlation φ, which is corrected for continuity where it is positive.
    """
    n = both + first + second + neither
    p1, p2 = (both + first) / n, (both + second) / n
    (low1, high1), (low2, high2) = _wilson(p1, n), _wilson(p2, n)
    product = (both + first) * (second + neither) * (both + second) * (first + neither)
    excess: float = both * neither - first * second
    if excess > 0:
        excess = max(excess - n / 2, 0.0)
    correlation = excess / math.sqrt(product) if product else 0.0
    down, up = _together(p1 - low1, high2 - p2, correlation), _together(high1 - p1, p2 - low2, correlation)
    return p1 - p2 - down, p1 - p2 + up


def widen_for_rows(found: Difference, own: np.ndarray, rows: int | None = None) -> Difference:
    """Widens the interval of a difference over seeds so that it holds for new rows as well as for new seeds.

    All runs are evaluated on the same rows, so the luck of their draw is the same in every seed, and seeds alone don't
    show it. The rows' standard error is that of the mean of `own`. Each end's distance from the mean is combined with
    t(0.975; rows - 1) · error as the root of the sum of squares, as if independent; variance that seeds and rows share
    is counted twice, which makes the interval slightly too wide.

    Args:
        found: difference over seeds.
        own: (kept,) each kept row's difference, its mean over seeds: of (arm right - baseline right), of labels of the
            shares that are right, or, for r², of (baseline's squared error - arm's) / variance of the target.
        rows: rows of each score, where not all of their outcomes are kept.
    """
    kept = len(own)
    if found.low is None or found.high is None or kept < 2:
        return found
    error = float(own.std(ddof=1)) / math.sqrt(rows or kept)
    half = t_quantile(1 - LEVEL / 2, kept - 1) * error
    return replace(
        found,
        low=found.mean - math.hypot(found.mean - found.low, half),
        high=found.mean + math.hypot(found.high - found.mean, half),
        rows_error=error,
        rows_p=signed_rank_p(own) if kept <= EXACT else None,
        rows_differing=int((np.abs(own) > TIE).sum()),
    )


def target_variance(errors: np.ndarray, r2: float) -> float | None:
    """Variance of the targets, from (rows,) squared errors of a model and its r²; None if they don't tell it.

    r² = 1 - mean squared error / variance.
    """
    error = float(errors.mean(dtype=np.float64))
    return error / (1 - r2) if error > 0 and r2 < 1 else None


def _together(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(0.0, a * a - 2 * correlation * a * b + b * b))


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval (1927) of a share of `n` rows."""
    from scipy import stats

    z = float(stats.norm.ppf(1 - LEVEL / 2))
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def regression_difference(arm: np.ndarray, baseline: np.ndarray, arm_r2: float, baseline_r2: float) -> Difference:
    """Difference of two regressions by (rows,) squared errors: Wilcoxon's signed-rank test, Student's interval in r².

    r² = 1 - mean error / v, where v, the targets' variance, is the same for both models. So the difference in r² is the
    mean over rows of (baseline's error - arm's error) / v, and v follows from the model with the larger error. The
    interval takes v as known; without v, or with a single row, there is none. Errors must be finite.
    """
    gains = baseline.astype(np.float64) - arm.astype(np.float64)
    rows = len(gains)
    variance = target_variance(baseline, baseline_r2) if baseline_r2 < arm_r2 else target_variance(arm, arm_r2)
    mean = arm_r2 - baseline_r2
    # Ranks don't depend on a factor; dividing makes ties independent of the targets' unit.
    p = signed_rank_p(gains / (variance or 1.0))
    if variance is None or rows == 1:
        return Difference(mean, None, None, p, None, 1, "rows", rows)
    half = t_quantile(1 - LEVEL / 2, rows - 1) * float(gains.std(ddof=1)) / variance / math.sqrt(rows)
    return Difference(mean, mean - half, mean + half, p, None, 1, "rows", rows)
