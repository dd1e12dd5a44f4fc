"""Comparison of methods with equal budgets: each family's best trial by validation, evaluated on the sealed set.

Reporting the score by which the best of several trials was chosen favours methods with more trials (Dodge et al., Show
Your Work, 2019, arXiv:1909.03004). So families are compared on rows that no choice has used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.analysis import (
    BETTER,
    WORSE,
    Claim,
    Difference,
    Study,
    claim_of,
    corrected,
    difference,
    least_seeds,
    study_of,
)
from app.analysis.claims import FEWEST_DRAWS
from app.analysis.looks import level_at, level_of_seeds
from app.analysis.sweep_results import (
    Spread,
    best_index,
    finished_runs,
    format_score,
    rows_of,
    score_on,
    spread,
    with_rows,
)
from app.analysis.trial_range import RangeEnd, range_end
from core.experiment.experiment import Experiment
from core.experiment.model import SCORE
from core.runs.events import RunState


@dataclass(frozen=True)
class Trial:
    """One arm of a family."""

    arm: str
    validation: Spread


@dataclass(frozen=True)
class Family:
    """A method with its trials."""

    name: str
    trials: list[Trial]
    chosen: str | None
    """The arm with the best mean score on the validation set, the first of equals; None while there is none."""
    validation: Spread | None
    """Score of the chosen arm."""
    range_end: RangeEnd | None
    """The end of the range of its trials at which the chosen one lies."""
    sealed: Spread | None
    """The chosen arm on the sealed set; None before it is revealed."""
    difference: Difference | None
    """The chosen arm minus the baseline on the sealed set, p corrected over all families."""
    claim: Claim | None
    """Claim that the difference supports; None before the sealed set is revealed."""


@dataclass(frozen=True)
class MethodComparison:
    """All families, and the baseline."""

    baseline: str
    validation: Spread
    sealed: Spread | None
    families: list[Family]
    needed: int
    """Seeds or draws that a claim needs at least."""
    has: int
    """The most seeds or draws on which a chosen arm and the baseline can be compared."""
    sentence: str


def family_trials(experiment: Experiment) -> dict[str, list[int]]:
    """Indices of each family's arms, by the family's name."""
    trials: dict[str, list[int]] = {}
    for index, arm in enumerate(experiment.arms):
        if arm.family is not None:
            trials.setdefault(arm.family, []).append(index)
    return trials


def compare_methods(
    experiment: Experiment, runs: Sequence[RunState], sealed: Study | None = None, *, look: int = 1
) -> MethodComparison:
    """Compares the families.

    Args:
        experiment: the experiment.
        runs: its runs: arms in order, for each of them its replicates in order.
        sealed: the study on the sealed rows, as its test rows; None before they are revealed.
        look: number of this look at them; the study on the sealed rows has its own.

    Raises:
        ValueError: if no arm belongs to a family.
    """
    trials = family_trials(experiment)
    if not trials:
        raise ValueError("No arm belongs to a family")
    score = SCORE[experiment.dataset.task]
    of_arms = finished_runs(experiment, runs)
    seeds = len(experiment.replicates())

    def scores(arm: int, part: str) -> list[float | None]:
        """Scores by seed; None for a run that has not finished."""
        states = runs[arm * seeds : (arm + 1) * seeds]
        return [score_on(run, part, score) if run.status == "finished" else None for run in states]

    rows = rows_of(experiment, "validation")
    validations = [with_rows(spread(scores(arm, "validation")), rows) for arm in range(len(experiment.arms))]
    chosen: list[int | None] = []
    for indices in trials.values():
        best = best_index([validations[index] for index in indices])
        chosen.append(None if best is None else indices[best])
    differences = corrected(
        [None if arm is None or sealed is None else difference(sealed, "test", arm) for arm in chosen]
    )
    families = [
        Family(
            name=name,
            trials=[Trial(experiment.arms[index].name, validations[index]) for index in indices],
            chosen=None if arm is None else experiment.arms[arm].name,
            validation=None if arm is None else validations[arm],
            range_end=None
            if arm is None
            else range_end(
                experiment,
                indices,
                [validations[each].mean for each in indices],
                arm,
                unreached=_ended_free(runs[arm * seeds : (arm + 1) * seeds]),
            ),
            sealed=None if arm is None or sealed is None else spread(_known(sealed.test[arm])),
            difference=found,
            claim=None if sealed is None else _claim(sealed, arm, found, len(trials)),
        )
        for (name, indices), arm, found in zip(trials.items(), chosen, differences, strict=True)
    ]
    study = sealed or study_of(experiment, runs, look=look)
    has = _has(study, chosen)
    needed = _needed(study, len(trials), has)
    over = all(len(finished) == seeds for finished in of_arms)
    return MethodComparison(
        baseline=experiment.arms[0].name,
        validation=validations[0],
        sealed=None if sealed is None else spread(_known(sealed.test[0])),
        families=families,
        needed=needed,
        has=has,
        sentence=_sentence(experiment, families, sealed, needed, has, over=over),
    )


def least_seeds_of(experiment: Experiment) -> int | None:
    """Seeds or draws that claims on methods, and on their trials, need before any has run; None without methods."""
    methods = len(family_trials(experiment))
    if not methods:
        return None
    compared = max(methods, len(experiment.arms) - 1)
    if experiment.split.design(experiment.dataset) in ("resampled", "folds"):
        return FEWEST_DRAWS
    looks, replicates = experiment.claims.looks, len(experiment.replicates())
    return least_seeds(compared, level_of_seeds(replicates) if looks is None else level_at(1, looks))


def _ended_free(runs: Sequence[RunState]) -> bool:
    """Whether there are limits, and the last weights of no finished run are at one."""
    reached = [report.get("reached") for run in runs if run.status == "finished" for report in run.weights or []]
    return False in reached and True not in reached


def _has(study: Study, chosen: Sequence[int | None]) -> int:
    found = [difference(study, "test", arm) for arm in chosen if arm is not None]
    return max((each.judged for each in found if each is not None and each.kind != "rows"), default=0)


def _needed(study: Study, methods: int, has: int) -> int:
    if study.design in ("resampled", "folds"):
        return FEWEST_DRAWS
    least = least_seeds(methods, study.level(has))
    # What is missing is judged at the next look.
    return least if has >= least else least_seeds(methods, study.next_level(has))


def _claim(sealed: Study, arm: int | None, found: Difference | None, comparisons: int) -> Claim:
    return "too_few" if arm is None else claim_of(sealed, arm, found, comparisons=comparisons)


def _known(scores: np.ndarray) -> list[float]:
    return [float(score) for score in scores if np.isfinite(score)]


def _sentence(
    experiment: Experiment, families: Sequence[Family], sealed: Study | None, needed: int, has: int, *, over: bool
) -> str:
    counts = sorted({len(family.trials) for family in families})
    each = (
        f"{counts[0]} trials each" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} trials, not as many for all"
    )
    sentences = [f"{len(families)} {'method' if len(families) == 1 else 'methods'}, {each}"]
    if not experiment.split.has("validation", experiment.dataset):
        return f"{sentences[0]}. Add validation rows: without them no trial can be chosen"
    if not experiment.split.has("holdout", experiment.dataset):
        return f"{sentences[0]}. Add sealed rows: without them the chosen trials can't be compared"
    if not over and sealed is None:
        return f"{sentences[0]}. Trials are chosen when every run has finished"
    if all(family.chosen is None for family in families):
        return f"{sentences[0]}. No trial has a score to choose by"
    if sealed is None:
        return f"{sentences[0]}. The trials are chosen; reveal the sealed rows to compare them"
    known = [(family, family.difference) for family in families if family.difference is not None]
    if not known:
        return f"{sentences[0]}. No chosen trial has finished a seed that the baseline has finished too"
    top, most = max(known, key=lambda pair: pair[1].mean)
    judged = max(found.judged for _, found in known)
    unit = "fold" if sealed.design == "folds" else "draw" if sealed.by_draws else "seed"
    if all(family.claim == "too_few" for family, _ in known):
        return f"{sentences[0]}. Too early to say: needs {needed} {unit}s; has {has}"
    better = [family.name for family in families if family.claim in BETTER]
    worse = [family.name for family in families if family.claim in WORSE]
    baseline = experiment.arms[0].name
    where = "the sealed rows" if most.rows is None else f"the {most.rows:,} sealed rows"
    sentences.append(
        f"On {where} {', '.join(better)} {'is' if len(better) == 1 else 'are'} better than {baseline} over "
        f"{judged} {unit}s (corrected for the number of methods)"
        if better
        else f"On {where} no method is clearly better than {baseline} over {judged} {unit}s"
    )
    if worse:
        sentences.append(f"{', '.join(worse)} {'is' if len(worse) == 1 else 'are'} worse")
    over_what = f"{most.n} {unit}s" if most.rows_error is None else f"{most.n} {unit}s and the rows"
    interval = (
        "" if most.low is None else f", interval {format_score(most.low)} to {format_score(most.high)} over {over_what}"
    )
    sentences.append(
        f"The highest mean is that of {top.name} ({format_score(most.mean)} more than {baseline}{interval})"
    )
    if (better or worse) and most.rows_error is None and not sealed.by_draws:
        sentences.append(
            f"That rests on {judged} {unit}s and on {where.replace('the', 'these', 1)}; other rows may differ"
        )
    return ". ".join(sentences)
