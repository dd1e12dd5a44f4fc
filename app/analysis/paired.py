"""Paired statistics: an arm's scores against the baseline's, seed by seed.

Arms of one seed share initial weights and batch order, so each seed gives one difference (arm - baseline), and tests
are made on the differences. All results are deterministic.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

LEVEL: Final = 0.05
"""Largest probability that any arm of an experiment is called better or worse although all arms are equal."""
POWER: Final = 0.8
"""Probability of detecting the difference for which a number of seeds is computed."""
TIE: Final = 1e-6
"""Differences closer than this are equal: figures are float32, and accuracies a whole number of rows."""
FEW: Final = 8
"""Below this many seeds an interval is Student's alone: so few don't show their skewness."""
EXACT: Final = 256
"""Up to so many pairs the distribution of signed ranks is computed exactly; no experiment has more seeds."""


@dataclass(frozen=True)
class Difference:
    """An arm's score minus the baseline's, both 0 to 1 (r² may be less). None: undefined for so few pairs."""

    mean: float
    low: float | None
    high: float | None
    """Ends of the 95 % interval."""
    p: float | None
    """Of a test in which a seed that diverged in one arm alone is that arm's worst loss."""
    effect: float | None
    """Cohen's d_z: mean over sample standard deviation of the seeds' differences; None where that is 0."""
    n: int
    """Pairs that have a difference: of seeds, or draws of the training rows."""
    kind: Literal["seeds", "rows", "draws"]
    """Unit of comparison: seeds, draws of the training rows, or the rows of a single seed."""
    rows: int | None
    """Rows of each score."""
    p_holm: float | None = None
    """p corrected for the number of arms."""
    p_sign: float | None = None
    """Two-sided p of the exact sign test; None where the pairs are not independent."""
    spread: float | None = None
    """Sample standard deviation of the differences over seeds or draws."""
    error: float | None = None
    """Standard error of `mean` by the choice of seeds or draws, with n - 1 degrees of freedom."""
    higher: int = 0
    """Seeds or draws in which the arm scored higher, or the baseline alone diverged."""
    lower: int = 0
    """Seeds or draws in which the baseline scored higher, or the arm alone diverged."""
    losses: int = 0
    """Seeds in which the arm diverged and the baseline did not."""
    wins: int = 0
    """Seeds in which the baseline diverged and the arm did not."""
    rows_error: float | None = None
    """Standard error of `mean` by the choice of rows, if the claim is about all rows that could be drawn; the interval
    then includes it."""
    rows_p: float | None = None
    """Signed-rank p of the rows' own differences, where `EXACT` rows or fewer were compared."""
    rows_differing: int | None = None
    """Rows on which arm and baseline differ, by their mean over seeds."""
    stake: float | None = None
    """Score that the arm with the higher mean would lose in a seed in which it learnt nothing; None: unknown."""

    @property
    def judged(self) -> int:
        """Pairs that the test is made on: those with a difference, and those in which one arm alone diverged."""
        return self.n + self.losses + self.wins

    @property
    def tied(self) -> bool:
        """Whether arm and baseline have the same score in every pair."""
        return self.spread == 0 and not (self.higher or self.lower)


def seed_difference(
    differences: np.ndarray, rows: int | None, losses: int = 0, wins: int = 0, kind: Literal["seeds", "draws"] = "seeds"
) -> Difference | None:
    """Statistics of (seeds,) finite differences; None without any.

    Args:
        differences: arm minus baseline.
        rows: rows of each score.
        losses: further seeds in which the arm alone diverged: its largest losses, whatever their size.
        wins: further seeds in which the baseline alone diverged.
        kind: whether they are seeds' or draws' differences.
    """
    n = len(differences)
    if n == 0:
        return None
    mean, spread = float(differences.mean()), None
    low, high = interval(differences) if n > 1 else (None, None)
    if n > 1:
        spread = float(differences.std(ddof=1))
        spread = spread if spread > TIE else 0.0
    most = 1 + float(np.abs(differences).max())
    tested = np.concatenate([differences, np.full(losses, -most), np.full(wins, most)])
    higher, lower = int((tested > TIE).sum()), int((tested < -TIE).sum())
    return Difference(
        mean=mean,
        low=low,
        high=high,
        p=signed_rank_p(tested),
        effect=mean / spread if spread else None,
        n=n,
        kind=kind,
        rows=rows,
        p_sign=sign_p(higher, lower),
        spread=spread,
        error=None if spread is None else spread / math.sqrt(n),
        higher=higher,
        lower=lower,
        losses=losses,
        wins=wins,
    )


def sign_p(higher: int, lower: int) -> float:
    """Two-sided p of the exact sign test: whether the arm is as often above the baseline as below (Arbuthnott 1710).

    It assumes nothing of the differences' sizes. Ties don't count.
    """
    n, fewer = higher + lower, min(higher, lower)
    return min(1.0, 2 * float(sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n))


def signed_rank_p(differences: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test that (pairs,) differences are symmetric about zero.

    Zeros are dropped, and equal sizes get the mean of their ranks (Wilcoxon 1945). Given the sizes, each sign is a toss
    of a fair coin; the distribution of the positive ranks' sum is then built up one rank at a time (the shift algorithm
    of Streitberg & Röhmel 1986), so that p is exact with ties and zeros too, where tables and the usual recursion are
    not. Above `EXACT` pairs (rows, never seeds) it is SciPy's normal approximation with the correction for ties.
    """
    kept = differences[np.abs(differences) > TIE]
    if len(kept) == 0:
        return 1.0
    if len(kept) > EXACT:
        from scipy import stats

        return float(stats.wilcoxon(kept, method="approx", axis=None).pvalue)
    ranks = doubled_ranks(np.abs(kept))
    chances = np.zeros(int(ranks.sum()) + 1)
    chances[0] = 1.0
    top = 0
    for rank in ranks.tolist():
        chances[: top + 1] *= 0.5
        shifted = chances[: top + 1].copy()
        top += rank
        chances[rank : top + 1] += shifted
    positive = int(ranks[kept > 0].sum())
    return min(1.0, 2 * float(chances[: min(positive, top - positive) + 1].sum()))


def doubled_ranks(sizes: np.ndarray) -> np.ndarray:
    """Twice the ranks of (pairs,) sizes, so that mean ranks are whole numbers: int64, (pairs,)."""
    order = np.argsort(sizes)
    group = np.concatenate([[0], np.cumsum(np.diff(sizes[order]) > TIE)])
    counts = np.bincount(group)
    ends = np.cumsum(counts)
    ranks = np.empty(len(sizes), dtype=np.int64)
    ranks[order] = (2 * ends - counts + 1)[group]  # first + last rank of the group
    return ranks


def interval(differences: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of (seeds,) differences, seeds ≥ 2: the outer ends of two intervals.

    One is Student's, mean ± t(0.975; n - 1) · s / √n, which is right for normal differences and too wide for symmetric
    ones with heavy tails. The other, from `FEW` seeds on, allows for skewness by Hall's cubic transformation (1992,
    Journal of the Royal Statistical Society B 54:221): mean - s / √n · h⁻¹(±t), with g = skewness / √n,
    h(x) = x + g · x² / 3 + g² · x³ / 27 + g / 6. Coverage is in docs/truth.md.
    """
    n = len(differences)
    mean = float(differences.mean())
    deviations = differences - mean
    if np.abs(deviations).max() <= TIE:
        return mean, mean
    spread = float(differences.std(ddof=1))
    error, quantile = spread / math.sqrt(n), t_quantile(1 - LEVEL / 2, n - 1)
    low, high = mean - quantile * error, mean + quantile * error
    if n < FEW:
        return low, high
    skewness = n / ((n - 1) * (n - 2)) * float((deviations**3).sum()) / spread**3
    return (
        min(low, mean - error * _untransformed(quantile, skewness / math.sqrt(n))),
        max(high, mean - error * _untransformed(-quantile, skewness / math.sqrt(n))),
    )


def _untransformed(quantile: float, skewness: float) -> float:
    """The x that Hall's transformation takes to `quantile`."""
    if abs(skewness) < 1e-6:
        return quantile
    return (math.cbrt(1 + skewness * (quantile - skewness / 6)) - 1) * 3 / skewness


@functools.lru_cache(maxsize=4096)
def t_quantile(share: float, freedom: int) -> float:
    """Quantile of Student's t."""
    from scipy import stats

    return float(stats.t.ppf(share, freedom))


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction (1979): the i-th smallest of m becomes the maximum, up to it, of (m - i + 1) · p.

    Under `LEVEL` after it, the chance of any false rejection is at most `LEVEL`. An arm without p (None) counts
    among m, so that no claim is withdrawn only because another arm gets a p.
    """
    found = [1.0 if each is None else each for each in p]
    corrected = [0.0] * len(found)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(found)), key=found.__getitem__)):
        highest = max(highest, min(1.0, (len(found) - place) * found[index]))
        corrected[index] = highest
    return [None if each is None else new for each, new in zip(p, corrected, strict=True)]


def least_seeds(arms: int, level: float = LEVEL) -> int:
    """The fewest seeds with which the exact test can reach `level`, all differences having one sign, among `arms` arms.

    Its smallest p is 2 · 2⁻ⁿ, which Holm's correction multiplies by the number of arms.
    """
    n = 1
    while arms * 2.0 ** (1 - n) >= level:
        n += 1
    return n


def unseen_share(seeds: int, level: float = LEVEL) -> float:
    """The largest share of seeds that could collapse, if none of `seeds` did: 1 - level^(1 / seeds).

    At 5 % about 3 / seeds. Were it larger, one of the seeds would have shown it with probability 1 - `level` (Clopper &
    Pearson 1934).
    """
    return 1 - float(level ** (1 / seeds))


def seeds_needed(spread: float, difference: float, arms: int, level: float = LEVEL) -> int:
    """Approximate number of seeds that detect a true `difference` with probability `POWER`, among `arms` arms.

    n = (π / 3) · ((z(1 - a / 2) + z(POWER)) · spread / difference)² + z(1 - a / 2)² / 2, with a = level / arms: the
    paired t-test's size (Guenther 1981), divided by the signed-rank test's efficiency 3 / π on normal differences
    (Lehmann 1975), and no fewer than `least_seeds`. The level is that of the hardest of Holm's comparisons.

    Args:
        spread: sample standard deviation of the differences so far.
        difference: the true mean difference to detect, not 0; its sign doesn't matter.
        arms: number of arms compared with the baseline.
        level: level of the test.
    """
    from scipy import stats

    z = float(stats.norm.ppf(1 - level / arms / 2))
    ratio = (z + float(stats.norm.ppf(POWER))) * spread / difference
    return max(math.ceil(math.pi / 3 * ratio**2 + (z**2 / 2 if spread else 0)), least_seeds(arms, level))
