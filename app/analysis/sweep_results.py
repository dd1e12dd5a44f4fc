"""Results of a sweep: score, gap and norm at each value, and the value to choose.

The pick is the one-standard-error rule of Breiman, Friedman, Olshen and Stone (1984, section 3.4.3), as in Hastie,
Tibshirani and Friedman, The Elements of Statistical Learning (2009, section 7.10): of all values whose mean score lies
within one standard error of the best, the one that makes the simplest model. The error is of seeds and rows: Breiman's
√(R (1 - R) / rows) and that of the mean over seeds. A value that is worse than the baseline is never picked.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.analysis.figures import figure
from app.analysis.paired import TIE
from core.catalog.datasets import is_numeric
from core.experiment.experiment import Experiment
from core.experiment.model import SCORE
from core.experiment.sweep import Simpler, SweptField
from core.problems import Invalid
from core.runs.events import RunState

JudgedOn = Literal["validation", "fresh", "test"]
"""Set by whose scores values are judged: validation rows where there are any, else fresh ones, else the test rows."""


@dataclass(frozen=True)
class Spread:
    """A metric over an arm's finished runs; None if there are too few."""

    mean: float | None
    std: float | None
    """Sample standard deviation (n - 1)."""
    se: float | None
    """Standard error of the mean: std / √n; of a sweep's score, with the error of the rows (`with_rows`)."""
    n: int


@dataclass(frozen=True)
class Norms:
    """Final norms of a weight's units: mean over runs of the mean, smallest and largest of any run."""

    mean: float
    min: float
    max: float


@dataclass(frozen=True)
class SweepPoint:
    """One arm's results."""

    arm: str
    values: tuple[float, ...]
    """Value on each axis; empty for the baseline."""
    score: Spread
    """Score on the set `judged_on`."""
    train: Spread
    gap: Spread
    """Train score minus score, run by run."""
    norm: Norms | None


@dataclass(frozen=True)
class SweepResults:
    """Results of a sweep."""

    fields: list[SweptField]
    judged_on: JudgedOn
    weight: str | None
    """`layer.weight` of the norms."""
    baseline: SweepPoint
    points: list[SweepPoint]
    best: int | None
    """Index of the point with the highest mean score; the first of equals."""
    pick: int | None
    """Index of the one-standard-error pick; None if it is undefined."""
    sentence: str


def spread(values: Iterable[float | None]) -> Spread:
    """Mean, deviation and standard error of the known values."""
    known = [value for value in values if value is not None]
    n = len(known)
    if not n:
        return Spread(None, None, None, 0)
    std = statistics.stdev(known) if n > 1 else None
    return Spread(statistics.fmean(known), std, None if std is None else std / math.sqrt(n), n)


def with_rows(score: Spread, rows: int | None) -> Spread:
    """An accuracy with the error of its `rows` in its standard error; as it is where their number is None.

    All seeds are measured on the same rows, whose luck their spread doesn't show. The error of the rows is at most
    √(p (1 - p) / rows) (Breiman et al. 1984, section 1.4); the two are combined as if independent.
    """
    if rows is None or score.mean is None or score.se is None:
        return score
    return replace(score, se=math.hypot(score.se, math.sqrt(max(0.0, score.mean * (1 - score.mean)) / rows)))


def rows_of(experiment: Experiment, part: str) -> int | None:
    """Rows that an accuracy on a set is measured on; None in regression, and where the data's file is gone."""
    try:
        if is_numeric(experiment.dataset.task):
            return None
        return (
            experiment.dataset.fresh_rows if part == "fresh" else experiment.split.part_sizes(experiment.dataset)[part]
        )
    except Invalid:
        return None


def is_worse(ours: Sequence[float | None], theirs: Sequence[float | None]) -> bool:
    """Whether scores are more than one standard error below others, seed by seed; needs two seeds that have both."""
    found = spread([a - b for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None])
    return found.mean is not None and found.se is not None and found.mean < -max(found.se, TIE)


def finished_runs(experiment: Experiment, runs: Sequence[RunState]) -> list[list[RunState]]:
    """The finished runs of each arm; `runs` are ordered by arm, then by seed."""
    replicates = len(experiment.replicates())
    of_arms = [runs[index * replicates : (index + 1) * replicates] for index in range(len(experiment.arms))]
    return [[run for run in each if run.status == "finished"] for each in of_arms]


def sweep_results(experiment: Experiment, runs: Sequence[RunState]) -> SweepResults:
    """Results of the experiment's sweep so far; `runs` are ordered by arm, then by seed.

    Raises:
        ValueError: if it has no sweep.
        Invalid: if the sweep's paths are not valid any more.
    """
    if experiment.sweep is None:
        raise ValueError("This experiment has no sweep")
    fields = experiment.sweep.fields(experiment.sweep_targets())
    score = SCORE[experiment.dataset.task]
    fresh = any(score_on(run, "fresh", score) is not None for run in runs)
    judged_on: JudgedOn = (
        "validation" if experiment.split.has("validation", experiment.dataset) else "fresh" if fresh else "test"
    )
    rows = rows_of(experiment, judged_on)
    weight = next((field.weight for field in fields if field.weight is not None), None) or _first_weight(runs)
    of_arms = finished_runs(experiment, runs)
    swept = [
        _point(arm.name, tuple(arm.point), finished, judged_on, score, weight, rows)
        for arm, finished in zip(experiment.arms, of_arms, strict=True)
        if arm.point is not None
    ]
    baseline = _point(experiment.arms[0].name, (), of_arms[0], judged_on, score, weight, rows)
    best = best_index([point.score for point in swept])
    replicates = len(experiment.replicates())
    compared = [
        [
            score_on(run, "fresh" if fresh else judged_on, score) if run.status == "finished" else None
            for run in runs[arm * replicates : (arm + 1) * replicates]
        ]
        for arm in range(len(experiment.arms))
    ]
    points = [index for index, arm in enumerate(experiment.arms) if arm.point is not None]
    worse = {place for place, index in enumerate(points) if is_worse(compared[index], compared[0])}
    alike = {place for place, index in enumerate(points) if compared[index] == compared[0] and None not in compared[0]}
    pick = None if best is None else one_standard_error(swept, best, [field.simpler for field in fields], worse)
    over = all(len(finished) == replicates for finished in of_arms)
    told = _Told(judged_on, "fresh" if fresh else judged_on, frozenset(worse), frozenset(alike), over)
    words = _sentence(fields, swept, best, pick, baseline, told)
    return SweepResults(fields, judged_on, weight, baseline, swept, best, pick, words)


def best_index(scores: Sequence[Spread]) -> int | None:
    """Index of the highest mean, the first of equals, among the scores with the most runs."""
    most = max((score.n for score in scores), default=0)
    known = [(score.mean, -index) for index, score in enumerate(scores) if score.n == most and score.mean is not None]
    return -max(known)[1] if known else None


def one_standard_error(
    points: Sequence[SweepPoint], best: int, simpler: Sequence[Simpler | None], worse: Collection[int] = ()
) -> int | None:
    """Index of the simplest point within one standard error of the `best`.

    Args:
        points: only those with as many runs as the best are considered.
        best: index of the point with the highest mean.
        simpler: the simpler end of each axis. An axis without one is kept at the best point's value; with two axes the
            first decides, then the second.
        worse: indices of points that are worse than the baseline, which are not considered.

    Returns:
        None if no axis has a simpler end, the best score has no standard error, or all points within it are `worse`.
    """
    top = points[best].score
    if top.mean is None or top.se is None or not any(simpler):
        return None
    within = [
        index
        for index, point in enumerate(points)
        if index not in worse
        and point.score.n == top.n
        and point.score.mean is not None
        and point.score.mean >= top.mean - top.se
        and all(
            end is not None or value == kept
            for end, value, kept in zip(simpler, point.values, points[best].values, strict=True)
        )
    ]
    return min(
        within,
        default=None,
        key=lambda index: [
            value if end == "low" else -value for end, value in zip(simpler, points[index].values, strict=True) if end
        ],
    )


def _first_weight(runs: Sequence[RunState]) -> str | None:
    weights = next((run.weights for run in runs if run.weights), None)
    return f"{weights[0]['layer']}.{weights[0]['weight']}" if weights else None


def _point(
    arm: str,
    values: tuple[float, ...],
    runs: Sequence[RunState],
    judged_on: str,
    score: str,
    weight: str | None,
    rows: int | None,
) -> SweepPoint:
    train = [run.figures.get("train_score") for run in runs]
    scores = [score_on(run, judged_on, score) for run in runs]
    gaps = [t - s if t is not None and s is not None else None for t, s in zip(train, scores, strict=True)]
    norms = [
        each["norm"] for run in runs for each in run.weights or () if f"{each['layer']}.{each['weight']}" == weight
    ]
    return SweepPoint(arm, values, with_rows(spread(scores), rows), spread(train), spread(gaps), _norms(norms))


def score_on(run: RunState, part: str, score: str) -> float | None:
    """A finished run's `score` (`accuracy` or `r2`) on a set."""
    if part == "test":
        return run.figures.get("test_score")
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


def format_score(value: float | None) -> str:
    """A score or a difference of scores, as text."""
    return "unknown" if value is None else figure(value)


def _figures(score: Spread) -> str:
    error = "" if score.se is None else f" ± {format_score(score.se)} SE"
    return f"{format_score(score.mean)}{error}, n = {score.n}"


@dataclass(frozen=True)
class _Told:
    """The way in which values were judged, for the sentence."""

    judged_on: JudgedOn
    compared_on: JudgedOn
    """Set on which values were compared with the baseline."""
    worse: frozenset[int]
    """Points that are worse than the baseline there."""
    alike: frozenset[int]
    """Points that have the baseline's score there in every run."""
    over: bool


def _sentence(
    fields: Sequence[SweptField],
    points: Sequence[SweepPoint],
    best: int | None,
    pick: int | None,
    baseline: SweepPoint,
    told: _Told,
) -> str:
    """The sweep's results in sentences."""
    judged_on, over = told.judged_on, told.over
    if best is None:
        return "No run of the sweep has a score" if over else "No run of the sweep has a score yet"
    top = points[best]
    sentences = [f"{'Best' if over else 'Best so far'} on the {judged_on} rows: {top.arm} ({_figures(top.score)})"]
    if pick is not None:
        if pick == best:
            sentences.append("No simpler value is within one standard error of it: it is the pick")
        else:
            chosen = points[pick]
            sentences.append(
                f"Within one standard error of it, the simplest is {chosen.arm} ({_figures(chosen.score)}): the pick"
            )
    elif told.worse and top.score.se is not None and any(field.simpler for field in fields):
        sentences.append(
            f"The values within one standard error of it are worse than {baseline.arm} on the {told.compared_on} rows, "
            "so there is no pick"
        )
    elif top.score.se is None:
        sentences.append("Too early to pick: one seed. Add seeds to see the one-standard-error pick")
    else:
        sentences.append("None of these values gives a simpler model, so there is no one-standard-error pick")
    if baseline.score.mean is not None:
        sentences.append(f"For comparison, {baseline.arm}: {_figures(baseline.score)}")
    if over:
        name, chosen_place = ("best", best) if pick is None else ("pick", pick)
        if chosen_place in told.alike:
            sentences.append(f"In every run {points[chosen_place].arm} scored exactly as {baseline.arm} did")
        sentences += _at_ends(fields, points, name, points[chosen_place])
    if judged_on == "test":
        sentences.append("Choosing by test rows makes the score look too good; use validation rows")
    return ". ".join(sentences)


def _at_ends(fields: Sequence[SweptField], points: Sequence[SweepPoint], name: str, point: SweepPoint) -> Iterator[str]:
    """A sentence for each axis on which `point`, called `name`, is at an end of the values tried."""
    for axis, field in enumerate(fields):
        tried = sorted({each.values[axis] for each in points})
        if field.simpler is not None and len(tried) > 1 and point.values[axis] in (tried[0], tried[-1]):
            value, side = point.values[axis], "below" if point.values[axis] == tried[0] else "above"
            of = f" of {field.title}" if len(fields) > 1 else ""
            yield f"The {name} is at the end of its range{of}: try beyond, {side} {value:g}"
