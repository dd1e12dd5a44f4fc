"""Arms over several data sets: ranks, critical differences, probability of improvement, interquartile means, claims.

Ranks, Friedman's test and the critical difference are those of Demšar (2006, JMLR 7:1). They compare all arms at once,
and the mean rank of two arms depends on what other arms there are; so an arm is judged against the baseline by the
signed-rank test of their differences instead, one for each data set (Benavoli, Corani & Mangili 2016, JMLR 17:5).
Probability of improvement and interquartile mean, with their stratified bootstrap, are those of Agarwal et al. (2021,
arXiv:2108.13264); they are about these data sets, the claims about such data sets in general.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.analysis.claims import Claim, claim, corrected
from app.analysis.looks import level_at
from app.analysis.paired import LEVEL, TIE, Difference, doubled_ranks, least_seeds, seed_difference
from app.analysis.study import Study

RESAMPLES: Final = 2_000
SEED: Final = 20_061_201
"""Seed of the bootstrap: the same scores give the same intervals."""
TRIM: Final = 0.25
"""Share of the runs that an interquartile mean leaves out at either end."""


@dataclass(frozen=True, eq=False)
class DatasetScores:
    """Scores of all arms on one data set, of the replicates that have one in every arm."""

    values: np.ndarray
    """(arms, runs); a run that diverged has the worst score."""
    diverged: np.ndarray
    """(arms,) number of runs that diverged."""
    left_out: int
    """Replicates that have ended without a score in every arm: a run failed or was cancelled."""
    unreached: np.ndarray | None = None
    """(arms,) whether the arm's limit was never reached; None: of none."""

    @property
    def runs(self) -> int:
        """Number of runs of each arm."""
        return int(self.values.shape[1])


@dataclass(frozen=True)
class Estimate:
    """An estimate with its 95 % interval; no interval where a data set has a single run."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Friedman:
    """Friedman's test of whether the arms differ in their ranks."""

    chi2: float
    """Friedman's statistic, corrected for ties."""
    f: float | None
    """Iman & Davenport's; None if all data sets rank the arms alike."""
    p: float


@dataclass(frozen=True)
class ArmFigures:
    """One arm over the data sets."""

    mean_rank: float
    mean: float
    """Mean over data sets of the mean score."""
    iqm: Estimate
    diverged: int
    """Runs that diverged, over all data sets."""
    improvement: Estimate | None = None
    """Probability of improvement over the baseline; None for the baseline itself."""
    difference: Difference | None = None
    """Mean score minus the baseline's: a pair for each data set; with Holm's correction."""
    claim: Claim = "baseline"
    unreached: int = 0
    """Data sets on which its limit was never reached, so that it trained as the baseline did there."""


@dataclass(frozen=True, eq=False)
class SuiteFigures:
    """All arms over the data sets that have scores."""

    of: int
    """Number of the suite's data sets, those without scores too."""
    used: list[int]
    """Numbers of those that have scores."""
    means: np.ndarray
    """(data sets, arms) mean scores."""
    ranks: np.ndarray
    """(data sets, arms) from 1 for the highest mean score; ties have the mean of their ranks."""
    arms: list[ArmFigures]
    friedman: Friedman | None
    """None with fewer than two data sets."""
    critical_difference: float | None
    groups: list[list[int]]
    """Arms that are not told apart by their mean ranks, best first; an arm may be in several groups."""
    level: float
    waiting: bool = False
    """Whether claims are held back because runs are still to come."""


def dataset_scores(study: Study) -> DatasetScores:
    """The claim's scores of a study.

    A run that diverged has the lowest score of any run on the data set, or that of a model that has learnt nothing, if
    that is lower: to leave it out would favour the arm. An arm whose limit was never reached has the baseline's scores:
    what rounding makes of them would otherwise decide ranks.
    """
    scores = study.claim_scores.copy()
    diverged = np.stack([study.diverged_seeds(arm) for arm in range(len(study.arms))])
    known = scores[np.isfinite(scores) & ~diverged]
    scores[diverged] = min(study.floor, float(known.min()) if len(known) else study.floor)
    scores[~study.finished] = np.nan
    if study.unreached is not None:
        scores[study.unreached] = np.where(np.isfinite(scores[study.unreached]), scores[0], np.nan)
    complete = np.isfinite(scores).all(axis=0)
    ended = ~study.open.any(axis=0)
    kept = scores[:, complete]
    return DatasetScores(kept, (diverged & complete).sum(axis=1), int((ended & ~complete).sum()), study.unreached)


def suite_figures(
    datasets: Sequence[DatasetScores],
    *,
    margin: float,
    looks: int | None = None,
    look: int = 1,
    running: bool = False,
) -> SuiteFigures | None:
    """Figures of a suite; None before any data set has a score of every arm.

    Args:
        datasets: scores on each data set.
        margin: difference in score up to which arms are the same.
        looks: number of planned looks; None: one, as data sets can't be added to a suite.
        look: number of this look.
        running: whether runs are still to come: nothing is claimed before all have ended.
    """
    used = [index for index, each in enumerate(datasets) if each.runs]
    if not used:
        return None
    scores = [datasets[index].values for index in used]
    means = np.array([values.mean(axis=1) for values in scores])
    arms = means.shape[1]
    ranks = ranks_of(means)
    level = _level(look, looks)
    differences = corrected([seed_difference(means[:, arm] - means[:, 0], None) for arm in range(1, arms)])
    unreached = _unreached(datasets, used, arms)
    claims: list[Claim] = ["baseline", *(_claim(each, arms - 1, level, margin) for each in differences)]
    claims = ["same" if arm and unreached[arm] == len(used) else each for arm, each in enumerate(claims)]
    if running:
        claims = ["undecided" if each in ("same", "mostly_better", "mostly_worse") else each for each in claims]
    counts = resampled(scores)
    tested = friedman(ranks) if len(used) > 1 and arms > 1 else None
    critical = critical_difference(arms, len(used)) if tested is not None else None
    mean_ranks = ranks.mean(axis=0)
    return SuiteFigures(
        of=len(datasets),
        used=used,
        means=means,
        ranks=ranks,
        arms=[
            ArmFigures(
                mean_rank=float(mean_ranks[arm]),
                mean=float(means[:, arm].mean()),
                iqm=interquartile_mean(scores, counts, arm),
                diverged=int(sum(datasets[index].diverged[arm] for index in used)),
                improvement=probability_of_improvement(scores, counts, arm) if arm else None,
                difference=differences[arm - 1] if arm else None,
                claim=claims[arm],
                unreached=unreached[arm],
            )
            for arm in range(arms)
        ],
        friedman=tested,
        critical_difference=critical,
        groups=groups_of(mean_ranks, critical if tested is not None and tested.p < LEVEL else None),
        level=level,
        waiting=running,
    )


def _level(look: int, looks: int | None) -> float:
    return level_at(look, 1 if looks is None else looks)


def least_datasets(comparisons: int, looks: int | None = None) -> int:
    """The fewest data sets of which a claim can come, with so many arms beside the baseline."""
    return least_seeds(comparisons, _level(1, looks))


def _unreached(datasets: Sequence[DatasetScores], used: Sequence[int], arms: int) -> list[int]:
    """By arm: on how many of the used data sets its limit was never reached."""
    known = [each for index in used if (each := datasets[index].unreached) is not None]
    return [sum(bool(each[arm]) for each in known) for arm in range(arms)]


def _claim(found: Difference | None, comparisons: int, level: float, margin: float) -> Claim:
    """The claim, as for seeds. Sameness needs the 95 % interval within the margin too: data sets are few and skewed."""
    made = claim(found, comparisons, level, margin)
    if made != "same" or found is None or found.low is None or found.high is None:
        return made
    return "same" if max(-found.low, found.high) <= margin + TIE else "undecided"


# Ranks


def ranks_of(means: np.ndarray) -> np.ndarray:
    """Ranks of (data sets, arms) scores along each row, 1 for the highest; ties have the mean of their ranks."""
    return np.stack([doubled_ranks(-row) / 2 for row in means])


def friedman(ranks: np.ndarray) -> Friedman:
    """Friedman's test of (data sets, arms) ranks, by Iman & Davenport's F.

    χ² = (12 / (N k (k + 1)) · Σ R² - 3 N (k + 1)) / c, where R are the arms' sums of ranks over N data sets, and
    c = 1 - Σ (t³ - t) / (N k (k² - 1)) corrects for groups of t ties (Friedman 1937; Conover 1999). Then
    F = (N - 1) χ² / (N (k - 1) - χ²) has k - 1 and (k - 1)(N - 1) degrees of freedom (Iman & Davenport 1980), and is
    less conservative. Its p is no smaller than (1 / k!)^(N - 1), the chance that all data sets rank equal arms alike.
    """
    from scipy import stats

    datasets, arms = ranks.shape
    ties = sum(count**3 - count for row in ranks for count in np.unique(row, return_counts=True)[1].tolist())
    correction = 1 - ties / (datasets * arms * (arms**2 - 1))
    if correction <= 0:
        return Friedman(0.0, 0.0, 1.0)
    sums = float((ranks.sum(axis=0) ** 2).sum())
    chi2 = max(0.0, (12 / (datasets * arms * (arms + 1)) * sums - 3 * datasets * (arms + 1)) / correction)
    least = math.factorial(arms) ** -(datasets - 1.0) if arms < 30 else 0.0
    rest = datasets * (arms - 1) - chi2
    if rest < 1e-9:
        return Friedman(chi2, None, least)
    f = (datasets - 1) * chi2 / rest
    return Friedman(chi2, f, max(least, float(stats.f.sf(f, arms - 1, (arms - 1) * (datasets - 1)))))


def critical_difference(arms: int, datasets: int) -> float:
    """Nemenyi's (1963): mean ranks that differ by as much differ at `LEVEL`, over all pairs of arms together.

    q √(k (k + 1) / 6N), q being the studentised range's quantile for k arms and infinitely many degrees of freedom,
    divided by √2 (Demšar 2006, table 5).
    """
    return studentised_range(arms) * math.sqrt(arms * (arms + 1) / (6 * datasets))


@functools.cache
def studentised_range(arms: int) -> float:
    """Upper quantile at `LEVEL` of the studentised range of so many arms, divided by √2."""
    from scipy import stats

    return float(stats.studentized_range.ppf(1 - LEVEL, arms, math.inf)) / math.sqrt(2)


def groups_of(mean_ranks: np.ndarray, critical: float | None) -> list[list[int]]:
    """The largest groups of two or more arms whose mean ranks all lie closer than the critical difference.

    Where Friedman's test shows no difference at all (None), they are one group.
    """
    order = [int(arm) for arm in np.argsort(mean_ranks, kind="stable")]
    if critical is None:
        return [order] if len(order) > 1 else []
    groups: list[list[int]] = []
    end = 0
    for start, first in enumerate(order):
        within = [arm for arm in order[start:] if mean_ranks[arm] - mean_ranks[first] < critical]
        if len(within) > 1 and start + len(within) > end:
            end = start + len(within)
            groups.append(within)
    return groups


# Bootstrap

Counts = list[list[np.ndarray]]
"""By data set and arm: (`RESAMPLES`, runs) how often a resample has each run."""


def resampled(scores: Sequence[np.ndarray]) -> Counts | None:
    """Resamples of each arm's runs, drawn within each data set; None where one has a single run.

    A resample has one run fewer than there are: so the bootstrap's variance is that of the mean, and not by
    (n - 1) / n too small (Rao & Wu 1988, for strata of few units).
    """
    if any(values.shape[1] < 2 for values in scores):
        return None
    rng = np.random.default_rng(SEED)
    return [
        [rng.multinomial(runs - 1, np.full(runs, 1 / runs), RESAMPLES) for _ in range(arms)]
        for arms, runs in (values.shape for values in scores)
    ]


def _estimate(value: float, resamples: np.ndarray | None, tail: float = LEVEL / 2) -> Estimate:
    """`value` with the percentile interval of its resamples, which leaves out the share `tail` at either end."""
    if resamples is None:
        return Estimate(value, None, None)
    low, high = np.percentile(resamples, [100 * tail, 100 * (1 - tail)])
    return Estimate(value, float(low), float(high))


def probability_of_improvement(scores: Sequence[np.ndarray], counts: Counts | None, arm: int) -> Estimate:
    """Probability that a run of the arm scores higher than one of the baseline, on a data set chosen at random.

    The mean over data sets of the share of pairs of runs in which it does, ties counting half: Mann & Whitney's U over
    the number of pairs (Agarwal et al. 2021, section 4.3).
    """
    wins = [
        (values[arm][:, None] > values[0] + TIE) + 0.5 * (np.abs(values[arm][:, None] - values[0]) <= TIE)
        for values in scores
    ]
    value = float(np.mean([each.mean() for each in wins]))
    if counts is None:
        return _estimate(value, None)
    shares = [
        ((of[arm] @ each) * of[0]).sum(axis=1) / (len(each) - 1) ** 2 for of, each in zip(counts, wins, strict=True)
    ]
    return _estimate(value, np.mean(shares, axis=0))


def interquartile_mean(scores: Sequence[np.ndarray], counts: Counts | None, arm: int) -> Estimate:
    """Mean of the middle half of the arm's runs on all data sets together (Agarwal et al. 2021, section 4.3).

    A quarter of the runs, rounded down, is left out at either end, as SciPy's `trim_mean` does. The runs in the middle
    may be those of few data sets, so the interval's percentiles are expanded as for the runs of a single one: to those
    that Student's quantile has in a normal distribution (Hesterberg 2015, doi:10.1080/00031305.2015.1089789).
    """
    from scipy import stats

    pooled = np.concatenate([values[arm] for values in scores])
    order = np.argsort(pooled)
    ones = np.ones((1, len(pooled)), dtype=np.int64)
    value = float(_trimmed(pooled[order], ones)[0])
    if counts is None:
        return _estimate(value, None)
    weights = np.concatenate([of[arm] for of in counts], axis=1)[:, order]
    fewest = min(values.shape[1] for values in scores)
    tail = float(stats.norm.cdf(stats.t.ppf(LEVEL / 2, fewest - 1)))
    return _estimate(value, _trimmed(pooled[order], weights), tail)


def _trimmed(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(resamples,) trimmed means of (runs,) sorted values that a resample has `counts` times: (resamples, runs)."""
    ends = counts.cumsum(axis=1)
    total = int(ends[0, -1])
    cut = int(TRIM * total)
    inside = np.clip(ends, cut, total - cut)
    kept = np.diff(inside, axis=1, prepend=cut)
    return np.asarray(kept @ values / (total - 2 * cut))
