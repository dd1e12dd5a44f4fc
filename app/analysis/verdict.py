"""The verdict: whether each arm differs from the baseline, and how many seeds would make it surer.

An arm is called better or worse only where its Holm-corrected p is under `LEVEL` and its interval excludes 0. Where
there are fresh rows the claim is about all that could be drawn, so that the error by rows and seeds together, by
Bonferroni, must leave out 0 too; otherwise it is about the test rows at hand: seeds vary initial weights and batch
order, never the rows. With arms that are equal, any claim at all is made in at most one experiment of 20; that holds
for a number of seeds that was settled before, not for looking again after each one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from app.analysis.paired import LEVEL, TIE, Difference, holm, least_seeds, seed_difference, seeds_needed
from app.analysis.rows import mcnemar_difference, regression_difference, widen_for_rows
from core.experiment.experiment import MAX_RUNS

POINT: Final = 0.01
"""The difference that a study should be able to see: one point of accuracy, or as much of r²."""

Claim = Literal["baseline", "better", "worse", "undecided", "too_few"]


@dataclass(frozen=True, eq=False)
class Study:
    """What is known of an experiment's runs. Arrays are (arms, seeds); the baseline is the first arm."""

    score: Literal["accuracy", "r2"]
    arms: tuple[str, ...]
    test: np.ndarray
    """Score on the test rows with the last weights; NaN where a run hasn't finished or has no finite score."""
    fresh: np.ndarray | None
    """The same on fresh rows; None where there are none."""
    finished: np.ndarray
    failed: np.ndarray
    open: np.ndarray
    """Whether the run is still to end."""
    test_rows: int | None
    fresh_rows: int | None
    outcomes: Mapping[int, Mapping[str, np.ndarray]] = field(default_factory=dict)
    """By run (arm · seeds + seed) and set: (rows,) whether each row is right, or its squared error in regression."""

    @property
    def comparisons(self) -> int:
        """How many arms are compared with the baseline."""
        return len(self.arms) - 1

    @property
    def running(self) -> bool:
        """Whether more figures may come."""
        return bool(self.open.any())

    @property
    def judged(self) -> Literal["test", "fresh"]:
        """The set that claims are about."""
        return "test" if self.fresh is None else "fresh"

    def pairs(self, arm: int, rival: int = 0) -> int:
        """Seeds that have finished in both arms."""
        return int((self.finished[arm] & self.finished[rival]).sum())

    @property
    def by_rows(self) -> bool:
        """Whether outcomes are of use: some arm has a single pair, or fresh rows have outcomes."""
        drawn = self.fresh is not None and self.score == "accuracy"
        return any(self.pairs(arm) == 1 or (drawn and self.pairs(arm) > 0) for arm in range(1, len(self.arms)))

    def lost(self, arm: int, rival: int = 0) -> int:
        """Seeds that can't be compared because a run of them failed or has no finite score."""
        scores = self.test if self.fresh is None else self.fresh
        failed = self.failed[arm] | self.failed[rival]
        finished = self.finished[arm] & self.finished[rival]
        return int((failed | (finished & ~np.isfinite(scores[arm] - scores[rival]))).sum())


@dataclass(frozen=True)
class ArmVerdict:
    """What can be said of one arm."""

    name: str
    n: int
    """Seeds that have finished here and in the baseline."""
    claim: Claim
    test: Difference | None = None
    fresh: Difference | None = None
    needed: int | None = None
    """Seeds to see a difference of a `POINT`, by the spread so far; None while no spread is known."""
    needed_for_this: int | None = None
    """Seeds to see a difference as large as the one so far."""
    more_seeds: int | None = None
    """How many more to run, a round number; None where the claim stands, or no experiment would hold enough."""
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
            claim=claim(by_set[study.judged][arm - 1], study.comparisons),
            test=by_set["test"][arm - 1],
            fresh=by_set["fresh"][arm - 1],
            lost=study.lost(arm),
        )
        verdicts.append(_with_seeds(study, arm, found, by_set[study.judged][arm - 1]))
    return verdicts


def difference(study: Study, name: str, arm: int, rival: int = 0) -> Difference | None:
    """The arm's scores minus the rival's on the set called `name`; None where no seed has both."""
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
    """What a corrected difference lets one say."""
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
    """The verdict with the seeds that would be needed, where it isn't clear yet."""
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
        more = None  # every seed failed, and would again
    if found is not None and found.spread == 0 and found.n >= least:
        more = None  # nothing varies: more of the same shows nothing
    if found is not None and found.hidden_by_rows:
        more = None  # it is rows that are too few
    return replace(verdict, needed=needed, needed_for_this=needed_for_this, more_seeds=more)


def rounded_up(seeds: int) -> int:
    """A round number of seeds, at least as many: by fives up to 30, by tens up to 100, by 25 beyond."""
    step = 5 if seeds <= 30 else 10 if seeds <= 100 else 25
    return -(-seeds // step) * step
