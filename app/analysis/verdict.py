"""The verdict: whether each arm differs from the baseline, and the number of seeds that would decide it.

Claims, by what they rest on:

- *mostly better*: the arm scores higher in most seeds. The exact signed-rank test over seeds, corrected by Holm, is
  below the level of this look, and the exact sign test, corrected by the same factor, below four times as much. Both
  are needed: the first has the power, the second holds where differences are skewed.
- *better*: so does its mean. It must stay above the baseline's even if as many seeds collapsed to a model that has
  learnt nothing as could do so without having shown among these. Without that, no number of seeds that anyone trains
  tells a gain of one point from the same gain paid for by a collapse in one seed of 20.
- *same*: the difference lies within the margin, by two one-sided tests.

Where the rows' outcomes are known, all of them are about rows that could be drawn, and the rows must show them too.
If all arms are equal, a claim of a difference is made in at most one study of 20; docs/truth.md has the simulations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from app.analysis.claims import POINT, Claim, claim, corrected, hidden_by_rows
from app.analysis.draws import VarianceParts, drawn_difference, variance_parts
from app.analysis.looks import level_at, level_of_seeds
from app.analysis.paired import (
    TIE,
    Difference,
    least_seeds,
    seed_difference,
    seeds_needed,
)
from app.analysis.rows import mcnemar_difference, regression_difference, target_variance, widen_for_rows
from core.catalog.datasets.split import Design
from core.limits import MAX_RUNS

COLLAPSE: Final = 0.1
"""The least fall below the median score that is a collapse."""
DEVIATIONS: Final = 6
"""A collapsed seed lies further below the median than this many median absolute deviations, about 4 standard ones."""


@dataclass(frozen=True, eq=False)
class Study:
    """Scores and states of an experiment's runs. Arrays are (arms, seeds); the baseline is the first arm.

    With draws of the training rows a column is a replicate: one seed on one draw.
    """

    score: Literal["accuracy", "r2"]
    arms: tuple[str, ...]
    test: np.ndarray
    """Score on the test rows with the last weights; NaN if a run hasn't finished or has no finite score."""
    fresh: np.ndarray | None
    """Score on fresh rows; None without fresh rows."""
    finished: np.ndarray
    failed: np.ndarray
    open: np.ndarray
    """Whether the run has not ended yet."""
    test_rows: int | None
    fresh_rows: int | None
    outcomes: Mapping[int, Mapping[str, np.ndarray]] = field(default_factory=dict)
    """By run (arm · seeds + seed) and set: (rows,) whether each row is right, or its squared error in regression."""
    margin: float = POINT
    """Difference up to which two scores are the same for practical purposes, in the score's own unit."""
    floor: float = 0.0
    """Score of a model that has learnt nothing: 0, or the share of the most frequent class."""
    diverged: np.ndarray | None = None
    """Whether the finished run diverged; None: those without a finite test score did."""
    same_weights: np.ndarray | None = None
    """(arms,) whether arm and baseline end with the same weights, bit for bit, in every seed that both finished."""
    design: Design = "seeds"
    """How the training rows vary between replicates."""
    draws: np.ndarray | None = None
    """(replicates,) number of each column's draw; None: each column is a draw of its own."""
    train_rows: int | None = None
    look: int = 1
    """Number of this look at the study, from 1, if looks are planned."""
    looks: int | None = None
    """Number of looks that were planned; None without a plan: the level then follows from the number of seeds."""

    @property
    def comparisons(self) -> int:
        """Number of arms compared with the baseline."""
        return len(self.arms) - 1

    @property
    def running(self) -> bool:
        """Whether more scores may come."""
        return bool(self.open.any())

    @property
    def claim_set(self) -> Literal["test", "fresh"]:
        """Set on which claims are made."""
        return "test" if self.fresh is None else "fresh"

    @property
    def by_draws(self) -> bool:
        """Whether the training rows were drawn several times."""
        return self.design != "seeds"

    @property
    def draw_numbers(self) -> np.ndarray:
        """(replicates,) number of each column's draw."""
        return np.arange(self.test.shape[1]) if self.draws is None else self.draws

    @property
    def claim_scores(self) -> np.ndarray:
        """Scores on the set on which claims are made."""
        return self.test if self.fresh is None else self.fresh

    @property
    def by_rows(self) -> bool:
        """Whether outcomes of rows are needed: once an arm has a pair of scores."""
        return any(self.pairs(arm) > 0 for arm in range(1, len(self.arms)))

    def scores(self, name: str) -> np.ndarray | None:
        """Scores on the set called `name`: `test` or `fresh`."""
        return self.test if name == "test" else self.fresh

    def level(self, n: int) -> float:
        """Level of a claim that rests on `n` seeds or draws, at this look."""
        return level_of_seeds(n) if self.looks is None else level_at(self.look, self.looks)

    def pairs(self, arm: int, rival: int = 0) -> int:
        """Number of seeds that have finished in both arms."""
        return int((self.finished[arm] & self.finished[rival]).sum())

    def diverged_seeds(self, arm: int) -> np.ndarray:
        """(seeds,) whether the arm's run diverged."""
        if self.diverged is not None:
            return np.asarray(self.diverged[arm], bool)
        return np.asarray(self.finished[arm] & ~np.isfinite(self.test[arm]), bool)

    def same_model(self, arm: int) -> bool:
        """Whether arm and baseline are the same model, bit for bit, in every seed; models that diverged are none."""
        return self.same_weights is not None and bool(self.same_weights[arm]) and not self.diverged_seeds(arm).any()

    def divergences(self, arm: int, rival: int = 0) -> tuple[int, int]:
        """Numbers of seeds finished in both in which the arm alone, and the rival alone, diverged."""
        both = self.finished[arm] & self.finished[rival]
        ours, theirs = self.diverged_seeds(arm), self.diverged_seeds(rival)
        return int((both & ours & ~theirs).sum()), int((both & ~ours & theirs).sum())

    def lost(self, arm: int, rival: int = 0) -> int:
        """Number of seeds that can't be compared: a run failed, or has no finite score although none diverged."""
        scores = self.claim_scores
        failed = self.failed[arm] | self.failed[rival]
        finished = self.finished[arm] & self.finished[rival]
        told = self.diverged_seeds(arm) | self.diverged_seeds(rival)
        return int((failed | (finished & ~told & ~np.isfinite(scores[arm] - scores[rival]))).sum())


@dataclass(frozen=True)
class Collapse:
    """Seeds whose score lies far below the others'."""

    seeds: int
    of: int
    median: float
    worst: float


@dataclass(frozen=True)
class ArmVerdict:
    """The verdict on one arm."""

    name: str
    n: int
    """Seeds that have finished in this arm and in the baseline."""
    claim: Claim
    test: Difference | None = None
    fresh: Difference | None = None
    needed: int | None = None
    """Seeds that detect a difference of a `POINT`, by the spread so far; None while no spread is known."""
    needed_for_this: int | None = None
    """Seeds that detect a difference as large as the one so far."""
    more_seeds: int | None = None
    """Proposed number of further seeds, rounded; None if the claim is made, or no experiment could have enough."""
    lost: int = 0
    diverged: int = 0
    """Seeds in which this arm diverged, of those that it finished."""
    baseline_diverged: int = 0
    collapse: Collapse | None = None
    """Collapsed seeds of this arm on the set of the claim; None without any."""
    hidden_by_rows: bool = False
    """Whether seeds agree on a difference that the rows are too few to show."""
    waiting: bool = False
    """Whether a claim is held back until the seeds that are still to come have ended."""
    parts: VarianceParts | None = None
    """Spread of the differences by its sources."""


def judge(study: Study) -> list[ArmVerdict]:
    """A verdict for each arm, the baseline first."""
    others = range(1, len(study.arms))
    by_set = {name: corrected([difference(study, name, arm) for arm in others]) for name in ("test", "fresh")}
    verdicts = [
        ArmVerdict(
            study.arms[0],
            study.pairs(0),
            "baseline",
            lost=study.lost(0),
            diverged=int(study.diverged_seeds(0).sum()),
            collapse=collapse_of(study, 0),
        )
    ]
    for arm in others:
        found = by_set[study.claim_set][arm - 1]
        verdict = ArmVerdict(
            name=study.arms[arm],
            n=study.pairs(arm),
            claim=claim_of(study, arm, found),
            test=by_set["test"][arm - 1],
            fresh=by_set["fresh"][arm - 1],
            lost=study.lost(arm),
            diverged=int((study.diverged_seeds(arm) & study.finished[0]).sum()),
            baseline_diverged=int((study.diverged_seeds(0) & study.finished[arm]).sum()),
            collapse=collapse_of(study, arm),
            hidden_by_rows=found is not None and hidden_by_rows(found, study.comparisons, study.level(found.judged)),
            parts=None if found is None else _parts(study, arm, found),
        )
        coming = study.open[arm] | study.open[0]
        if verdict.claim not in ("undecided", "too_few") and coming.any():
            verdict = replace(verdict, claim="undecided", waiting=True)
        verdicts.append(_with_seeds(study, arm, verdict, found))
    return verdicts


def difference(study: Study, name: str, arm: int, rival: int = 0) -> Difference | None:
    """The arm's scores minus the rival's on the set called `name`; None if no seed has both."""
    scores, rows = study.scores(name), study.test_rows if name == "test" else study.fresh_rows
    if scores is None:
        return None
    differences = scores[arm] - scores[rival]
    (paired,) = np.nonzero(np.isfinite(differences))
    if len(paired) == 0:
        return None
    if study.by_draws:
        losses, wins = study.divergences(arm, rival)
        found = drawn_difference(
            differences[paired],
            study.draw_numbers[paired],
            rows,
            overlap=None if study.design == "drawn" else _overlap(study),
            losses=losses,
            wins=wins,
        )
        return None if found is None else replace(found, stake=_stake(study, scores, found, arm, rival))
    if len(paired) == 1:
        seeds, seed = len(differences), int(paired[0])
        ours, theirs = (study.outcomes.get(each * seeds + seed, {}).get(name) for each in (arm, rival))
        if ours is not None and theirs is not None and np.isfinite(ours).all() and np.isfinite(theirs).all():
            if study.score == "accuracy":
                return mcnemar_difference(ours, theirs)
            return regression_difference(ours, theirs, float(scores[arm, seed]), float(scores[rival, seed]))
    found = seed_difference(differences[paired], rows, *study.divergences(arm, rival))
    if found is None:
        return None
    found = replace(found, stake=_stake(study, scores, found, arm, rival))
    own = _row_differences(study, name, arm, rival, paired)
    return found if own is None else widen_for_rows(found, own)


def _stake(study: Study, scores: np.ndarray, found: Difference, arm: int, rival: int) -> float:
    """Score that the one with the higher mean would lose in a seed in which it learnt nothing."""
    higher = scores[arm if found.mean > 0 else rival]
    return max(0.0, float(higher[np.isfinite(higher)].mean()) - study.floor)


def _overlap(study: Study) -> float:
    """Test rows over training rows; 1, the largest that is usual, where a number is not known."""
    return study.test_rows / study.train_rows if study.test_rows and study.train_rows else 1.0


def _row_differences(study: Study, name: str, arm: int, rival: int, paired: np.ndarray) -> np.ndarray | None:
    """(rows,) each row's difference, its mean over `paired` seeds (see `widen_for_rows`); None if one is missing."""
    seeds = study.test.shape[1]
    sums: list[np.ndarray] = []
    for each in (arm, rival):
        kept = [study.outcomes.get(each * seeds + seed, {}).get(name) for seed in paired.tolist()]
        known = [one for one in kept if one is not None]
        if len(known) < len(paired) or len({len(one) for one in known}) > 1:
            return None
        sums.append(np.stack(known).sum(axis=0, dtype=np.int32 if known[0].dtype == bool else np.float64))
    own: np.ndarray = (sums[0] - sums[1]) / len(paired)
    if study.score == "accuracy":
        return own
    scores = study.test if name == "test" else study.claim_scores
    r2, run = min((float(scores[each, seed]), each * seeds + seed) for each in (arm, rival) for seed in paired.tolist())
    variance = target_variance(study.outcomes[run][name], r2)
    return None if variance is None or not np.isfinite(own).all() else np.asarray(-own / variance)


def claim_of(study: Study, arm: int, found: Difference | None, rival: int = 0, comparisons: int | None = None) -> Claim:
    """Claim that a corrected difference of two arms supports, with what else is known of their runs."""
    comparisons = study.comparisons if comparisons is None else comparisons
    losses, wins = study.divergences(arm, rival)
    level = study.level(study.pairs(arm, rival) if found is None else found.judged)
    if found is None or found.kind == "rows":
        if comparisons * 2.0 ** (1 - abs(losses - wins)) < level and min(losses, wins) == 0:
            return "worse" if losses else "better"
        return "too_few"
    if rival == 0 and study.same_model(arm):
        return "same"
    return claim(found, comparisons, level, study.margin)


def collapse_of(study: Study, arm: int) -> Collapse | None:
    """Collapsed seeds of an arm on the set of the claim; None without any.

    A seed has collapsed if it lies below the median by more than `COLLAPSE`, and by more than `DEVIATIONS` median
    absolute deviations.
    """
    scores = study.claim_scores
    known = scores[arm][np.isfinite(scores[arm])]
    if len(known) < 3 or study.by_draws:
        return None
    median = float(np.median(known))
    limit = max(COLLAPSE, DEVIATIONS * float(np.median(np.abs(known - median))))
    fallen = int((known < median - limit).sum())
    return Collapse(fallen, len(known), median, float(known.min())) if fallen else None


def _parts(study: Study, arm: int, found: Difference) -> VarianceParts | None:
    if not study.by_draws:
        return None if found.spread is None else VarianceParts(None, found.spread, found.rows_error)
    differences = study.claim_scores[arm] - study.claim_scores[0]
    known = np.isfinite(differences)
    return variance_parts(
        differences[known], study.draw_numbers[known], _rows_deviation(study, arm, np.flatnonzero(known))
    )


def _rows_deviation(study: Study, arm: int, known: np.ndarray) -> float | None:
    """Standard deviation of a draw's difference by the choice of its evaluated rows, pooled over draws."""
    draws, errors = study.draw_numbers[known], []
    for draw in np.unique(draws):
        own = _row_differences(study, study.claim_set, arm, 0, known[draws == draw])
        if own is None or len(own) < 2:
            return None
        errors.append(float(own.var(ddof=1)) / len(own))
    return math.sqrt(sum(errors) / len(errors)) if errors else None


def _with_seeds(study: Study, arm: int, verdict: ArmVerdict, found: Difference | None) -> ArmVerdict:
    """The verdict with the number of seeds that would be needed, if it isn't clear yet."""
    if verdict.claim not in ("undecided", "too_few") or study.by_draws:
        return verdict
    level = study.level(verdict.n)
    least = least_seeds(study.comparisons, level)
    needed = needed_for_this = None
    if found is not None and found.spread is not None:
        needed = seeds_needed(found.spread, POINT, study.comparisons, level)
        if abs(found.mean) > TIE:
            needed_for_this = seeds_needed(found.spread, found.mean, study.comparisons, level)
    coming = int(((study.open[arm] | study.open[0]) & ~(study.failed[arm] | study.failed[0])).sum())
    planned = (0 if found is None else found.n) + coming
    wanted = [least if needed is None else needed]
    if needed_for_this is not None and not coming:
        wanted.append(needed_for_this)
    room = MAX_RUNS // len(study.arms) - study.test.shape[1]
    more = next((min(rounded_up(each - planned), room) for each in wanted if 0 < each - planned <= room), None)
    if found is None and not study.running:
        more = None  # every seed failed, and further seeds would fail too
    if found is not None and found.spread == 0 and found.n >= least:
        more = None  # nothing varies, so further seeds show nothing
    if verdict.hidden_by_rows or verdict.waiting:
        more = None  # more rows are needed, not more seeds
    return replace(verdict, needed=needed, needed_for_this=needed_for_this, more_seeds=more)


def rounded_up(seeds: int) -> int:
    """`seeds` rounded up: by fives up to 30, by tens up to 100, by 25 beyond."""
    step = 5 if seeds <= 30 else 10 if seeds <= 100 else 25
    return -(-seeds // step) * step
