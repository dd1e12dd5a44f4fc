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
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from app.analysis.claims import FEWEST_DRAWS, Claim, claim, corrected, hidden_by_rows
from app.analysis.draws import VarianceParts, variance_parts
from app.analysis.paired import TIE, Difference, least_seeds, seeds_needed
from app.analysis.study import Study, difference, row_differences
from core.limits import MAX_RUNS

COLLAPSE: Final = 0.1
"""The least fall below the median score that is a collapse."""
DEVIATIONS: Final = 6
"""A collapsed seed lies further below the median than this many median absolute deviations, about 4 standard ones."""


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
    """Seeds that detect a difference of the margin, by the spread so far; None while no spread is known."""
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
    rows_too_few: bool = False
    """Whether no number of seeds would show a difference of the margin on these rows."""
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


def claim_of(study: Study, arm: int, found: Difference | None, rival: int = 0, comparisons: int | None = None) -> Claim:
    """Claim that a corrected difference of two arms supports, with what else is known of their runs."""
    comparisons = study.comparisons if comparisons is None else comparisons
    losses, wins = study.divergences(arm, rival)
    level = study.level(study.pairs(arm, rival) if found is None else found.judged)
    if found is None or found.kind == "rows":
        alone = 0 if min(losses, wins) else losses or wins
        independent = study.design not in ("resampled", "folds")
        if comparisons * 2.0 ** (1 - alone) < level and (independent or alone >= FEWEST_DRAWS):
            return "worse" if losses else "better"
        return "too_few"
    if rival == 0 and (study.same_model(arm) or study.is_unreached(arm)):
        return "same"
    if not study.can_claim:
        return "undecided"
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
        own = row_differences(study, study.claim_set, arm, 0, known[draws == draw])
        if own is None or len(own) < 2:
            return None
        errors.append(float(own.var(ddof=1)) / len(own))
    return math.sqrt(sum(errors) / len(errors)) if errors else None


def _with_seeds(study: Study, arm: int, verdict: ArmVerdict, found: Difference | None) -> ArmVerdict:
    """The verdict with the number of seeds that would be needed, if it isn't clear yet."""
    if verdict.claim not in ("undecided", "too_few") or study.by_draws:
        return verdict
    level = study.level(verdict.n) if study.running else study.next_level(verdict.n)
    least = least_seeds(study.comparisons, level)
    needed = needed_for_this = None
    if found is not None and found.spread is not None:
        needed = seeds_needed(found.spread, study.margin, study.comparisons, level)
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
    if study.is_unreached(arm):
        more = None  # it is the baseline, whatever the seed
    rows_too_few = (
        found is not None and found.rows_error is not None and 2 * found.rows_error > max(study.margin, abs(found.mean))
    )
    if verdict.hidden_by_rows or rows_too_few or verdict.waiting:
        more = None  # more rows are needed, not more seeds
    return replace(verdict, needed=needed, needed_for_this=needed_for_this, more_seeds=more, rows_too_few=rows_too_few)


def rounded_up(seeds: int) -> int:
    """`seeds` rounded up: by fives up to 30, by tens up to 100, by 25 beyond."""
    step = 5 if seeds <= 30 else 10 if seeds <= 100 else 25
    return -(-seeds // step) * step
