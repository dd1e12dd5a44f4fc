"""The verdict: whether each arm differs from the baseline, and the number of seeds that would decide it.

An arm is called better or worse only if its Holm-corrected p is under `LEVEL` and its interval excludes 0. With fresh
rows the claim is about all rows that could be drawn, so the interval by rows and seeds together, Bonferroni-corrected,
must exclude 0 too; otherwise it is about the test rows at hand: seeds vary initial weights and batch order, not the
rows. If all arms are equal, any claim is made in at most one experiment of 20, for a number of seeds fixed in advance;
checking repeatedly raises the false-positive rate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from app.analysis.paired import LEVEL, TIE, Difference, holm, least_seeds, seed_difference, seeds_needed
from app.analysis.rows import mcnemar_difference, regression_difference, widen_for_rows
from core.limits import MAX_RUNS

POINT: Final = 0.01
"""The difference that a study should be able to detect: one point of accuracy, or 0.01 in r²."""

Claim = Literal["baseline", "better", "worse", "undecided", "too_few"]


@dataclass(frozen=True, eq=False)
class Study:
    """Scores and states of an experiment's runs. Arrays are (arms, seeds); the baseline is the first arm."""

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

    def pairs(self, arm: int, rival: int = 0) -> int:
        """Number of seeds that have finished in both arms."""
        return int((self.finished[arm] & self.finished[rival]).sum())

    @property
    def by_rows(self) -> bool:
        """Whether outcomes of rows are needed: for an arm with a single pair, or for fresh rows."""
        drawn = self.fresh is not None and self.score == "accuracy"
        return any(self.pairs(arm) == 1 or (drawn and self.pairs(arm) > 0) for arm in range(1, len(self.arms)))

    def lost(self, arm: int, rival: int = 0) -> int:
        """Number of seeds that can't be compared because a run failed or has no finite score."""
        scores = self.test if self.fresh is None else self.fresh
        failed = self.failed[arm] | self.failed[rival]
        finished = self.finished[arm] & self.finished[rival]
        return int((failed | (finished & ~np.isfinite(scores[arm] - scores[rival]))).sum())


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


def judge(study: Study) -> list[ArmVerdict]:
    """A verdict for each arm, the baseline first."""
    others = range(1, len(study.arms))
    by_set = {name: corrected([difference(study, name, arm) for arm in others]) for name in ("test", "fresh")}
    verdicts = [ArmVerdict(study.arms[0], study.pairs(0), "baseline", lost=study.lost(0))]
    for arm in others:
        found = ArmVerdict(
            name=study.arms[arm],
            n=study.pairs(arm),
            claim=claim(by_set[study.claim_set][arm - 1], study.comparisons),
            test=by_set["test"][arm - 1],
            fresh=by_set["fresh"][arm - 1],
            lost=study.lost(arm),
        )
        verdicts.append(_with_seeds(study, arm, found, by_set[study.claim_set][arm - 1]))
    return verdicts


def difference(study: Study, name: str, arm: int, rival: int = 0) -> Difference | None:
    """The arm's scores minus the rival's on the set called `name`; None if no seed has both."""
    scores, rows = (study.test, study.test_rows) if name == "test" else (study.fresh, study.fresh_rows)
    if scores is None:
        return None
    differences = scores[arm] - scores[rival]
    (paired,) = np.nonzero(np.isfinite(differences))
    if len(paired) == 1:
        seeds, seed = len(differences), int(paired[0])
        ours, theirs = (study.outcomes.get(each * seeds + seed, {}).get(name) for each in (arm, rival))
        if ours is not None and theirs is not None and np.isfinite(ours).all() and np.isfinite(theirs).all():
            if study.score == "accuracy":
                return mcnemar_difference(ours, theirs)
            return regression_difference(ours, theirs, float(scores[arm, seed]), float(scores[rival, seed]))
    found = seed_difference(differences[paired], rows)
    if found is None or name == "test" or study.score == "r2":
        return found
    right: list[list[np.ndarray]] = [[], []]
    for side, each in zip(right, (arm, rival), strict=True):
        for seed in paired.tolist():
            kept = study.outcomes.get(each * len(differences) + seed, {}).get(name)
            side += [] if kept is None else [kept]
    if len(right[0]) == len(right[1]) == len(paired):
        return widen_for_rows(found, np.stack(right[0]), np.stack(right[1]))
    return found


def corrected(differences: list[Difference | None]) -> list[Difference | None]:
    """The differences with Holm's correction over all of them."""
    p = holm([None if each is None else each.p for each in differences])
    return [None if each is None else replace(each, p_holm=new) for each, new in zip(differences, p, strict=True)]


def claim(found: Difference | None, comparisons: int) -> Claim:
    """Claim that a corrected difference supports."""
    if found is None or found.kind == "rows" or found.n < least_seeds(comparisons):
        return "too_few"
    if found.p_holm is None or found.p_holm >= LEVEL or found.low is None or found.high is None:
        return "undecided"
    if found.rows_error is not None:
        from scipy import stats

        error = math.hypot(found.rows_error, (found.spread or 0.0) / math.sqrt(found.n))
        if abs(found.mean) <= float(stats.norm.ppf(1 - LEVEL / comparisons / 2)) * error:
            return "undecided"
    if found.low > 0:
        return "better"
    return "worse" if found.high < 0 else "undecided"


def _with_seeds(study: Study, arm: int, verdict: ArmVerdict, found: Difference | None) -> ArmVerdict:
    """The verdict with the number of seeds that would be needed, if it isn't clear yet."""
    if verdict.claim in ("better", "worse"):
        return verdict
    least = least_seeds(study.comparisons)
    needed = needed_for_this = None
    if found is not None and found.spread is not None:
        needed = seeds_needed(found.spread, POINT, study.comparisons)
        if abs(found.mean) > TIE:
            needed_for_this = seeds_needed(found.spread, found.mean, study.comparisons)
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
    if found is not None and found.hidden_by_rows:
        more = None  # more rows are needed, not more seeds
    return replace(verdict, needed=needed, needed_for_this=needed_for_this, more_seeds=more)


def rounded_up(seeds: int) -> int:
    """`seeds` rounded up: by fives up to 30, by tens up to 100, by 25 beyond."""
    step = 5 if seeds <= 30 else 10 if seeds <= 100 else 25
    return -(-seeds // step) * step
