"""What a sweep says: how score, gap and norm answer to the values, and which value to take.

The pick is the one-standard-error rule of Breiman, Friedman, Olshen and Stone (1984, section 3.4.3), as in Hastie,
Tibshirani and Friedman, The Elements of Statistical Learning (2009, section 7.10): of all values whose mean score lies
within one standard error of the best, the one that makes the simplest model.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.experiment.experiment import Experiment
from core.experiment.model import SCORE
from core.experiment.sweep import Simpler, Swept
from core.runs.events import RunState


@dataclass(frozen=True)
class Spread:
    """A figure over an arm's finished runs; None where there are too few."""

    mean: float | None
    std: float | None
    """Sample standard deviation (n - 1)."""
    se: float | None
    """Standard error of the mean: std / √n."""
    n: int


@dataclass(frozen=True)
class Norms:
    """Final norms of a weight's units: the mean over runs of their mean, the least and the greatest of any run."""

    mean: float
    min: float
    max: float


@dataclass(frozen=True)
class Point:
    """An arm's figures."""

    arm: str
    values: tuple[float, ...]
    """On each axis; none for the baseline."""
    score: Spread
    """On the set that the sweep is judged on."""
    train: Spread
    gap: Spread
    """Train less score, run by run."""
    norm: Norms | None


@dataclass(frozen=True)
class Response:
    """A sweep's answer."""

    fields: list[Swept]
    judged_on: Literal["validation", "test"]
    weight: str | None
    """`layer.weight` whose norms are told."""
    baseline: Point
    points: list[Point]
    best: int | None
    """The point of the highest mean score; the first of several."""
    pick: int | None
    """The one-standard-error pick; None where it can't be told."""
    sentence: str


def spread(values: Iterable[float | None]) -> Spread:
    """Mean, deviation and standard error of the values that there are."""
    known = [value for value in values if value is not None]
    n = len(known)
    if not n:
        return Spread(None, None, None, 0)
    std = statistics.stdev(known) if n > 1 else None
    return Spread(statistics.fmean(known), std, None if std is None else std / math.sqrt(n), n)


def finished_of(experiment: Experiment, runs: Sequence[RunState]) -> list[list[RunState]]:
    """The finished runs of each arm; `runs` are arms in order, for each of them the seeds in order."""
    seeds = len(experiment.seeds)
    of_arms = [runs[index * seeds : (index + 1) * seeds] for index in range(len(experiment.arms))]
    return [[run for run in each if run.status == "finished"] for each in of_arms]


def response(experiment: Experiment, runs: Sequence[RunState]) -> Response:
    """The answer of the experiment's sweep so far; `runs` are arms in order, for each of them the seeds in order.

    Raises:
        ValueError: where it has no sweep.
        Invalid: where the sweep can't be told any more.
    """
    if experiment.sweep is None:
        raise ValueError("This experiment has no sweep")
    fields = experiment.sweep.fields(experiment.swept_parts())
    judged_on: Final = "test" if experiment.split.validation is None else "validation"
    score = SCORE[experiment.dataset.task]
    weight = next((field.weight for field in fields if field.weight is not None), None) or _first_weight(runs)
    of_arms = finished_of(experiment, runs)
    swept = [
        _point(arm.name, tuple(arm.point), finished, judged_on, score, weight)
        for arm, finished in zip(experiment.arms, of_arms, strict=True)
        if arm.point is not None
    ]
    baseline = _point(experiment.arms[0].name, (), of_arms[0], judged_on, score, weight)
    best = best_of([point.score for point in swept])
    pick = None if best is None else one_standard_error(swept, best, [field.simpler for field in fields])
    over = all(len(finished) == len(experiment.seeds) for finished in of_arms)
    words = _sentence(fields, swept, best, pick, baseline, judged_on, over=over)
    return Response(fields, judged_on, weight, baseline, swept, best, pick, words)


def best_of(scores: Sequence[Spread]) -> int | None:
    """Index of the highest mean, the first of several; of those only that have as many runs as any has."""
    most = max((score.n for score in scores), default=0)
    known = [(score.mean, -index) for index, score in enumerate(scores) if score.n == most and score.mean is not None]
    return -max(known)[1] if known else None


def one_standard_error(points: Sequence[Point], best: int, simpler: Sequence[Simpler | None]) -> int | None:
    """Index of the simplest point within one standard error of the `best`.

    Args:
        points: with scores of as many runs as the best are considered.
        best: index of the point of the highest mean.
        simpler: for each axis, which end of it is the simpler. An axis of which nobody can say is kept at the best
            point's value; of two axes the first decides, then the second.

    Returns:
        None where no axis has a simpler end, or the best score no standard error.
    """
    top = points[best].score
    if top.mean is None or top.se is None or not any(simpler):
        return None
    within = [
        index
        for index, point in enumerate(points)
        if point.score.n == top.n
        and point.score.mean is not None
        and point.score.mean >= top.mean - top.se
        and all(
            end is not None or value == kept
            for end, value, kept in zip(simpler, point.values, points[best].values, strict=True)
        )
    ]
    return min(
        within,
        key=lambda index: [
            value if end == "low" else -value for end, value in zip(simpler, points[index].values, strict=True) if end
        ],
    )


def _first_weight(runs: Sequence[RunState]) -> str | None:
    weights = next((run.weights for run in runs if run.weights), None)
    return f"{weights[0]['layer']}.{weights[0]['weight']}" if weights else None


def _point(
    arm: str, values: tuple[float, ...], runs: Sequence[RunState], judged_on: str, score: str, weight: str | None
) -> Point:
    train = [run.figures.get("train_accuracy") for run in runs]
    judged = [judged_score(run, judged_on, score) for run in runs]
    gaps = [t - j if t is not None and j is not None else None for t, j in zip(train, judged, strict=True)]
    norms = [
        each["norm"] for run in runs for each in run.weights or () if f"{each['layer']}.{each['weight']}" == weight
    ]
    return Point(arm, values, spread(judged), spread(train), spread(gaps), _norms(norms))


def judged_score(run: RunState, part: str, score: str) -> float | None:
    """A finished run's `score` (`accuracy` or `r2`) on a part of the rows."""
    if part == "test":
        return run.figures.get("test_accuracy")
    return ((run.metrics or {}).get(part) or {}).get(score)


def _norms(norms: Sequence[Mapping[str, Any]]) -> Norms | None:
    known = [each for each in norms if None not in each.values()]  # those of a diverged run are missing
    if not known:
        return None
    return Norms(
        statistics.fmean(each["mean"] for each in known),
        min(each["min"] for each in known),
        max(each["max"] for each in known),
    )


def figure(value: float | None) -> str:
    """A score or a difference of scores in a sentence."""
    return "unknown" if value is None else f"{value:.3f}".replace("-", "−")


def _figures(score: Spread) -> str:
    error = "" if score.se is None else f" ± {figure(score.se)} SE"
    return f"{figure(score.mean)}{error}, n = {score.n}"


def _sentence(
    fields: Sequence[Swept],
    points: Sequence[Point],
    best: int | None,
    pick: int | None,
    baseline: Point,
    judged_on: str,
    *,
    over: bool,
) -> str:
    """What the sweep came to, in words."""
    if best is None:
        return "No run of the sweep has a score" if over else "No run of the sweep has a score yet"
    top = points[best]
    said = [f"{'Best' if over else 'Best so far'} on the {judged_on} rows: {top.arm} ({_figures(top.score)})"]
    if pick is not None:
        if pick == best:
            said.append("No simpler value comes within one standard error of it: it is the pick")
        else:
            chosen = points[pick]
            said.append(
                f"Within one standard error of it, the simplest is {chosen.arm} ({_figures(chosen.score)}): the pick"
            )
    elif top.score.se is None:
        said.append("One seed says nothing of chance: with two or more the one-standard-error pick is marked")
    else:
        said.append("Nobody can say which of these values is the simpler, so there is no one-standard-error pick")
    if baseline.score.mean is not None:
        said.append(f"For comparison, {baseline.arm}: {_figures(baseline.score)}")
    if len(fields) == 1 and fields[0].simpler is not None and over:
        ends = (points[0].values[0], points[-1].values[0])
        if top.values[0] in ends:
            said.append("The best lies at an end of the range: better ones may lie beyond")
    if judged_on == "test":
        said.append("Whatever the test rows chose is flattered by them: set validation rows aside to choose by")
    return ". ".join(said)
