"""Results of a sweep: score, gap and norm at each value, and the pick by one standard error."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from app.analysis.sweep_results import (
    Spread,
    SweepPoint,
    best_index,
    one_standard_error,
    spread,
    sweep_results,
    with_rows,
)
from core.runs.events import RunState
from tests.core.experiment.test_sweep import LIMIT, swept


def of(mean: float, se: float | None = 0.01, n: int = 5) -> Spread:
    return Spread(mean, None if se is None else se * math.sqrt(n), se, n)


def at(*values: float, score: Spread) -> SweepPoint:
    return SweepPoint("", values, score, score, score, None)


def test_a_spread_has_the_standard_error_of_its_mean() -> None:
    told = spread([0.8, None, 0.9, 1.0])
    assert told.n == 3
    assert told.mean == pytest.approx(0.9)
    assert told.std == pytest.approx(0.1)
    assert told.se == pytest.approx(0.1 / math.sqrt(3))
    assert spread([0.5]) == Spread(0.5, None, None, 1)
    assert spread([None]) == Spread(None, None, None, 0)


def test_the_best_is_of_those_with_as_many_runs_as_any() -> None:
    assert best_index([of(0.8), of(0.9), of(0.9), of(1.0, n=1)]) == 1
    assert best_index([spread([])]) is None


def test_the_pick_is_the_simplest_within_one_standard_error_of_the_best() -> None:
    points = [at(v, score=of(m)) for v, m in [(0.25, 0.80), (0.5, 0.891), (1.0, 0.895), (2.0, 0.90), (4.0, 0.899)]]
    assert one_standard_error(points, 3, ["low"]) == 1
    assert one_standard_error(points, 3, ["high"]) == 4
    assert one_standard_error(points, 3, [None]) is None, "nobody can say which value is simpler"
    alone = [at(1.0, score=of(0.9, None, 1)), at(2.0, score=of(0.95, None, 1))]
    assert one_standard_error(alone, 1, ["low"]) is None, "one seed has no standard error"


def test_of_two_axes_the_first_decides_and_one_without_a_simpler_end_stays() -> None:
    scores = {(1.0, 0.1): 0.80, (1.0, 0.2): 0.895, (2.0, 0.1): 0.895, (2.0, 0.2): 0.90}
    points = [at(*values, score=of(mean)) for values, mean in scores.items()]
    assert one_standard_error(points, 3, ["low", "low"]) == 1
    assert one_standard_error(points, 3, [None, "low"]) == 2


def run(train: float, test: float, norm: float, validation: float | None = None) -> RunState:
    weights = [
        {"layer": "hidden", "weight": "kernel", "norm": {"min": norm / 2, "mean": norm, "max": norm * 2}},
        {"layer": "output", "weight": "kernel", "norm": {"min": 9.0, "mean": 9.0, "max": 9.0}},
    ]
    return RunState(
        status="finished",
        figures={"train_score": train, "test_score": test},
        weights=weights,
        metrics=None if validation is None else {"validation": {"accuracy": validation}},
    )


def test_a_response_tells_score_gap_and_norm_of_every_point() -> None:
    experiment = swept({"path": LIMIT, "values": [1, 2]}, repeats=2)
    runs = [
        run(1.0, 0.8, 3.0),
        run(1.0, 0.7, 3.0),
        run(0.9, 0.9, 1.0),
        run(0.9, 0.8, 2.0),
        run(1.0, 0.9, 2.0),
        RunState(),
    ]
    told = sweep_results(experiment, runs)
    assert told.judged_on == "test"
    assert told.weight == "hidden.kernel"
    assert told.baseline.score == with_rows(spread([0.8, 0.7]), 70)
    first, second = told.points
    assert first.values == (1.0,)
    assert first.gap == spread([0.9 - 0.9, 0.9 - 0.8])
    assert first.norm is not None
    assert (first.norm.mean, first.norm.min, first.norm.max) == (1.5, 0.5, 4.0)
    assert second.score.n == 1
    assert told.best == 0, "the second has one run only, and can't be compared yet"
    assert "Best so far on the test rows: max norm 1 (0.850 ± 0.066 SE, n = 2)" in told.sentence
    assert sweep_results(experiment, [RunState() for _ in range(6)]).best is None


def test_a_response_is_judged_on_validation_rows_where_there_are_any() -> None:
    experiment = swept({"path": LIMIT, "values": [1, 2]}, repeats=2, split={"train": 30, "validation": 20})
    runs = [run(1.0, 0.8, 1.0, validation) for validation in (0.5, 0.5, 0.82, 0.84, 0.9, 0.8)]
    told = sweep_results(experiment, runs)
    assert told.judged_on == "validation"
    assert [point.score for point in told.points] == [
        with_rows(spread([0.82, 0.84]), 20),
        with_rows(spread([0.9, 0.8]), 20),
    ]
    assert (told.best, told.pick) == (1, 0), "the smaller limit is within the best's standard error"
    assert "the simplest is max norm 1 (0.830 ± 0.085 SE, n = 2): the pick" in told.sentence
    assert "look too good" not in told.sentence
    assert "The pick is at the end of its range: try beyond, below 1" in told.sentence


def test_the_error_of_a_score_is_of_seeds_and_rows() -> None:
    told = with_rows(of(0.8, 0.03), 100)
    assert told.se == pytest.approx(math.hypot(0.03, 0.04))
    assert with_rows(of(0.8, 0.03), None).se == 0.03, "in regression"
    assert with_rows(of(0.8, None, 1), 100).se is None, "one seed says nothing of others"
    rng = np.random.default_rng(0)
    means = [float((rng.random(100) < 0.8).mean()) for _ in range(4000)]
    assert with_rows(of(0.8, 0.0), 100).se == pytest.approx(statistics.stdev(means), rel=0.05)


def fresh(score: float, test: float = 0.9) -> RunState:
    metrics: dict[str, dict[str, float | None]] = {"fresh": {"accuracy": score}}
    return RunState(status="finished", figures={"train_score": 1.0, "test_score": test}, metrics=metrics)


def test_without_validation_rows_it_is_judged_on_fresh_rows_and_never_picks_what_is_worse_there() -> None:
    """Test rows favour the smallest limit; fresh rows show that it is worse than no limit."""
    experiment = swept({"path": LIMIT, "values": [1, 2, 3]}, repeats=3)
    base, low, middle, high = [0.90, 0.91, 0.92], [0.899, 0.909, 0.919], [0.90, 0.92, 0.92], [0.90, 0.92, 0.93]
    scores = {0: base, 1: low, 2: middle, 3: high}
    runs = [fresh(score, 0.99 if arm == 1 else 0.8) for arm, each in scores.items() for score in each]
    told = sweep_results(experiment, runs)
    assert told.judged_on == "fresh"
    assert told.baseline.score == with_rows(spread(base), experiment.dataset.fresh_rows)
    assert (told.best, told.pick) == (2, 1), "1 is within a standard error of the best, but worse than the baseline"
    assert "look too good" not in told.sentence
    assert "end of its range" not in told.sentence
    alone = [fresh(score) for each in (high, low, low, low) for score in each]
    none = sweep_results(experiment, alone)
    assert none.pick is None
    assert "are worse than baseline on the fresh rows, so there is no pick" in none.sentence


def test_a_pick_that_scored_as_the_baseline_in_every_run_is_told_so() -> None:
    experiment = swept({"path": LIMIT, "values": [1, 2]}, repeats=2)
    same, less = [0.93, 0.94], [0.90, 0.91]
    alike = sweep_results(experiment, [fresh(score) for each in (same, same, less) for score in each])
    name = experiment.arms[1].name
    assert alike.pick == 0
    assert f"In every run {name} scored exactly as baseline did" in alike.sentence
    other = sweep_results(experiment, [fresh(score) for each in (same, [0.94, 0.93], less) for score in each])
    assert "exactly" not in other.sentence
    begun = sweep_results(experiment, [RunState()] * 6)
    assert "exactly" not in begun.sentence


def test_fresh_rows_have_a_say_where_validation_rows_judge() -> None:
    experiment = swept({"path": LIMIT, "values": [1, 2]}, repeats=2, split={"train": 30, "validation": 20})
    runs = [run(1.0, 0.8, 1.0, validation) for validation in (0.5, 0.5, 0.82, 0.84, 0.9, 0.8)]
    for state, score in zip(runs, (0.9, 0.91, 0.7, 0.72, 0.9, 0.92), strict=True):
        (state.metrics or {})["fresh"] = {"accuracy": score}
    told = sweep_results(experiment, runs)
    assert (told.judged_on, told.best, told.pick) == ("validation", 1, 1)
    assert "The pick is at the end of its range: try beyond, above 2" in told.sentence
