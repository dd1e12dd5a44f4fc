"""Rival methods with equal budgets: each family's best trial by the validation set, judged once on the sealed set.

To take the best of several trials and report the score that it was chosen by flatters those who tried more (Dodge et
al., Show Your Work, 2019, arXiv:1909.03004). So families are compared on rows that no choice has seen.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.events import RunState
from app.domain.experiment import Experiment
from app.domain.model import SCORE
from app.domain.response import Spread, best_of, figure, finished_of, judged_score, spread

LEVEL: Final = 0.95


@dataclass(frozen=True)
class Difference:
    """Mean of a trial's score less the baseline's over seeds that both have finished, and its interval."""

    mean: float
    low: float | None
    """None for a single seed."""
    high: float | None
    n: int


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


def paired(ours: Sequence[float | None], theirs: Sequence[float | None], families: int) -> Difference | None:
    """The mean of `ours` less `theirs`, seed by seed, with its t interval; None where no seed has both.

    The intervals of all `families` hold together with a probability of 95 % (Bonferroni): each has a level of
    1 - 0.05 / families.
    """
    differences = [a - b for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    n = len(differences)
    if not n:
        return None
    mean = statistics.fmean(differences)
    if n == 1:
        return Difference(mean, None, None, 1)
    from scipy.special import stdtrit

    quantile = float(stdtrit(n - 1, 1 - (1 - LEVEL) / families / 2))
    half = quantile * statistics.stdev(differences) / math.sqrt(n)
    return Difference(mean, mean - half, mean + half, n)


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
    families = []
    for name, indices in trials.items():
        best = best_of([validations[index] for index in indices])
        chosen = None if best is None else indices[best]
        families.append(
            Family(
                name=name,
                trials=[Trial(experiment.arms[index].name, validations[index]) for index in indices],
                chosen=None if chosen is None else experiment.arms[chosen].name,
                validation=None if chosen is None else validations[chosen],
                sealed=spread(scores(chosen, "holdout")) if revealed and chosen is not None else None,
                difference=paired(scores(chosen, "holdout"), scores(0, "holdout"), len(trials))
                if revealed and chosen is not None
                else None,
            )
        )
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
    if not revealed:
        return f"{said[0]}. The choices are made; reveal the sealed set to judge them, once"
    told = [(family, family.difference) for family in families if family.difference is not None]
    if not told:
        return f"{said[0]}. No chosen trial and baseline have a seed in common"
    if all(difference.low is None for _, difference in told):
        return f"{said[0]}. One seed says nothing of chance: repeat with more"
    better = [family.name for family, d in told if d.low is not None and d.low > 0]
    worse = [family.name for family, d in told if d.high is not None and d.high < 0]
    baseline = experiment.arms[0].name
    top, most = max(told, key=lambda pair: pair[1].mean)
    said.append(
        f"On the sealed set {', '.join(better)} {'is' if len(better) == 1 else 'are'} better than {baseline}"
        if better
        else f"On the sealed set none is told apart from {baseline} as better"
    )
    if worse:
        said.append(f"{', '.join(worse)} {'is' if len(worse) == 1 else 'are'} worse")
    interval = "" if most.low is None else f", interval {figure(most.low)} to {figure(most.high)} over {most.n} seeds"
    said.append(f"The highest mean is that of {top.name} ({figure(most.mean)} more than {baseline}{interval})")
    return ". ".join(said)
