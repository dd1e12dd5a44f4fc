"""Rival methods with equal budgets: each family's best trial by the validation set, judged once on the sealed set.

To take the best of several trials and report the score that it was chosen by flatters those who tried more (Dodge et
al., Show Your Work, 2019, arXiv:1909.03004). So families are compared on rows that no choice has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.analysis import Claim, Difference, claim, corrected, least_seeds, over_seeds
from app.analysis.sweep_results import Spread, best_of, figure, finished_of, judged_score, spread
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
    """The arm of the best mean score on the validation set, the first of several; None while there is none."""
    validation: Spread | None
    """Of the chosen arm."""
    sealed: Spread | None
    """The chosen arm on the sealed set; None before it is revealed."""
    difference: Difference | None
    """The chosen arm less the baseline on the sealed set, p corrected over all families."""
    claim: Claim | None
    """What the difference lets one say; None before the sealed set is revealed."""


@dataclass(frozen=True)
class Contest:
    """All families, beside the baseline."""

    baseline: str
    validation: Spread
    sealed: Spread | None
    families: list[Family]
    sentence: str


def trials_of(experiment: Experiment) -> dict[str, list[int]]:
    """Indices of each family's arms, by the family's name."""
    trials: dict[str, list[int]] = {}
    for index, arm in enumerate(experiment.arms):
        if arm.family is not None:
            trials.setdefault(arm.family, []).append(index)
    return trials


def paired(ours: Sequence[float | None], theirs: Sequence[float | None]) -> Difference | None:
    """What `ours` less `theirs` say, seed by seed; None where no seed has both."""
    differences = [a - b for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    return over_seeds(np.array(differences), None)


def contest(experiment: Experiment, runs: Sequence[RunState], *, revealed: bool) -> Contest:
    """How the families stand; `runs` are arms in order, for each of them the seeds in order.

    Raises:
        ValueError: where no arm belongs to a family.
    """
    trials = trials_of(experiment)
    if not trials:
        raise ValueError("No arm belongs to a family")
    score = SCORE[experiment.dataset.task]
    of_arms = finished_of(experiment, runs)
    seeds = len(experiment.seeds)

    def scores(arm: int, part: str) -> list[float | None]:
        """By seed; None where the run has not finished."""
        states = runs[arm * seeds : (arm + 1) * seeds]
        return [judged_score(run, part, score) if run.status == "finished" else None for run in states]

    validations = [spread(scores(arm, "validation")) for arm in range(len(experiment.arms))]
    chosen: list[int | None] = []
    for indices in trials.values():
        best = best_of([validations[index] for index in indices])
        chosen.append(None if best is None else indices[best])
    judged = [arm if revealed else None for arm in chosen]
    differences = corrected(
        [None if arm is None else paired(scores(arm, "holdout"), scores(0, "holdout")) for arm in judged]
    )
    families = [
        Family(
            name=name,
            trials=[Trial(experiment.arms[index].name, validations[index]) for index in indices],
            chosen=None if arm is None else experiment.arms[arm].name,
            validation=None if arm is None else validations[arm],
            sealed=None if arm is None or not revealed else spread(scores(arm, "holdout")),
            difference=difference,
            claim=claim(difference, len(trials)) if revealed else None,
        )
        for (name, indices), arm, difference in zip(trials.items(), chosen, differences, strict=True)
    ]
    over = all(len(finished) == seeds for finished in of_arms)
    return Contest(
        baseline=experiment.arms[0].name,
        validation=validations[0],
        sealed=spread(scores(0, "holdout")) if revealed else None,
        families=families,
        sentence=_sentence(experiment, families, revealed=revealed, over=over),
    )


def _sentence(experiment: Experiment, families: Sequence[Family], *, revealed: bool, over: bool) -> str:
    counts = sorted({len(family.trials) for family in families})
    each = (
        f"{counts[0]} trials each" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} trials, not as many for all"
    )
    said = [f"{len(families)} {'method' if len(families) == 1 else 'methods'}, {each}"]
    if experiment.split.validation is None:
        return f"{said[0]}. Without a validation set none of their trials can be chosen"
    if experiment.split.holdout is None:
        return f"{said[0]}. Without a sealed set nothing is left to judge the chosen trials by"
    if not over and not revealed:
        return f"{said[0]}. Choices stand once every run has finished"
    if all(family.chosen is None for family in families):
        return f"{said[0]}. No trial has a score to be chosen by"
    if not revealed:
        return f"{said[0]}. The choices are made; reveal the sealed set to judge them, once"
    told = [(family, family.difference) for family in families if family.difference is not None]
    if not told:
        return f"{said[0]}. No chosen trial and baseline have a seed in common"
    least = least_seeds(len(families))
    if max(difference.n for _, difference in told) < least:
        return f"{said[0]}. Nothing can be claimed of so many methods with so few seeds: {least} are the least"
    better = [family.name for family in families if family.claim == "better"]
    worse = [family.name for family in families if family.claim == "worse"]
    baseline = experiment.arms[0].name
    top, most = max(told, key=lambda pair: pair[1].mean)
    said.append(
        f"On the sealed set {', '.join(better)} {'is' if len(better) == 1 else 'are'} better than {baseline} (exact "
        "signed-rank test over seeds, corrected for their number)"
        if better
        else f"On the sealed set none is told apart from {baseline} as better"
    )
    if worse:
        said.append(f"{', '.join(worse)} {'is' if len(worse) == 1 else 'are'} worse")
    interval = "" if most.low is None else f", interval {figure(most.low)} to {figure(most.high)} over {most.n} seeds"
    said.append(f"The highest mean is that of {top.name} ({figure(most.mean)} more than {baseline}{interval})")
    return ". ".join(said)
