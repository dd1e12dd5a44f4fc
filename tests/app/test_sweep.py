"""Sweeps: arms from a range, where their problems are told, the response and its pick; repeats and predictions."""

from __future__ import annotations

import itertools
import math
import statistics
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.analysis.sweep_results import Spread, SweepPoint, best_index, one_standard_error, spread, sweep_results
from app.presets import PRESETS
from app.warnings import warnings_of
from core.experiment.experiment import Experiment, resolve
from core.experiment.sweep import Axis
from core.problems import Invalid, Problem, problems_of
from core.runs.events import RunState
from tests.service import PATIENCE

LIMIT = ["layers", "hidden", "kernel_constraint", "max_value"]
MAX_NORM = {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm"}}}}
RATE = ["training", "optimizer", "learning_rate"]


def body(*axes: dict[str, Any], changes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "dataset": {"kind": "moons"},
        "split": {"train": 30},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 20}]},
        "training": {"epochs": 20},
        "sweep": {"axes": list(axes), "changes": MAX_NORM if changes is None else changes},
        **more,
    }


def swept(*axes: dict[str, Any], **more: Any) -> Experiment:
    return Experiment.model_validate(body(*axes, **more))


def problems(*axes: dict[str, Any], **more: Any) -> dict[tuple[Any, ...], str]:
    with pytest.raises(Invalid) as caught:
        resolve(swept(*axes, **more))
    return {problem.location: problem.message for problem in caught.value.problems}


# The arms that are made


def test_a_range_becomes_arms_that_share_one_program() -> None:
    experiment = swept({"path": LIMIT, "start": 0.25, "stop": 8.0, "steps": 25, "scale": "log"})
    assert len(experiment.arms) == 26
    assert [arm.name for arm in experiment.arms[:3]] == ["baseline", "max norm 0.25", "max norm 0.289"]
    points = [arm.point[0] for arm in experiment.arms if arm.point]
    assert points[0] == 0.25
    assert points[-1] == 8.0
    ratios = [after / before for before, after in itertools.pairwise(points)]
    assert max(ratios) / min(ratios) < 1.02, "equal factors, but for rounding to three digits"
    arms = resolve(experiment)
    assert len({arm.program() for arm in arms[1:]}) == 1, "a limit is read from a variable"
    for arm, point in zip(arms[1:], points, strict=True):
        (limit, *_) = [item.constraint for item in arm.weights()]
        assert limit is not None
        assert limit.model_dump()["max_value"] == point


def test_two_axes_make_every_pair_the_second_faster() -> None:
    experiment = swept(
        {"path": LIMIT, "values": [1, 2.5]},
        {"path": RATE, "values": [0.001, 0.01]},
        arms=[{"name": "base"}, {"name": "max norm 1, learning rate 0.001"}],
    )
    assert [arm.name for arm in experiment.arms] == [
        "base",
        "max norm 1, learning rate 0.001",
        "max norm 1, learning rate 0.001 (2)",
        "max norm 1, learning rate 0.01",
        "max norm 2.5, learning rate 0.001",
        "max norm 2.5, learning rate 0.01",
    ]
    arm = resolve(experiment)[-1]
    assert arm.training.optimizer.learning_rate == 0.01
    assert arm.training.optimizer.kind == "adam", "the rest of a field is the base's"
    assert len({each.program() for each in resolve(experiment)[2:]}) == 1


def test_axes_that_are_called_alike_say_where_they_stand() -> None:
    output = ["output", "kernel_constraint", "max_value"]
    changes = {**MAX_NORM, "output": {"kernel_constraint": {"kind": "max_norm"}}}
    experiment = swept({"path": LIMIT, "values": [1, 2]}, {"path": output, "values": [3, 4]}, changes=changes)
    assert experiment.arms[1].name == "hidden max norm 1, output max norm 3"
    assert [field.title for field in experiment.sweep.fields(experiment.sweep_targets())] == [  # type: ignore[union-attr]
        "hidden kernel: max norm",
        "output kernel: max norm",
    ]


def test_whole_numbers_stay_whole() -> None:
    experiment = swept({"path": ["training", "batch_size"], "start": 1, "stop": 30, "steps": 9, "scale": "log"})
    sizes = [arm.training.batch_size for arm in resolve(experiment)[1:]]
    assert sizes == [1, 2, 4, 5, 8, 13, 20, 30], "1.5 rounds to 2, as 2.3 does: they are one arm"


@pytest.mark.parametrize(
    ("path", "changes", "label"),
    [
        (["layers", "hidden", "kernel_regularizer", "l2"], {"kernel_regularizer": {"kind": "l2"}}, "L2 0.1"),
        (["layers", "hidden", "units"], {}, "units 1"),
        (
            ["layers", "hidden", "kernel_constraint", "constraints", 1, "max_value"],
            {"kernel_constraint": {"kind": "chain", "constraints": [{"kind": "non_neg"}, {"kind": "max_norm"}]}},
            "max norm 0.1",
        ),
        (
            ["layers", "hidden", "kernel_constraint", "min_value"],
            {"kernel_constraint": {"kind": "min_max_norm"}},
            "min-max norm lower limit 0.1",
        ),
    ],
)
def test_names_say_what_is_varied(path: list[Any], changes: dict[str, Any], label: str) -> None:
    values = [1, 2] if path[-1] == "units" else [0.1, 0.2]
    experiment = swept({"path": path, "values": values}, changes={"layers": {"hidden": changes}})
    assert experiment.arms[1].name == label
    resolve(experiment)


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_stored_experiment_is_read_as_it_was_written(name: str) -> None:
    experiment = PRESETS[name].experiment
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment


def test_an_edited_sweep_leaves_no_arm_of_the_one_before() -> None:
    dumped = swept({"path": LIMIT, "values": [1, 2]}).model_dump()
    dumped["sweep"]["axes"][0]["values"] = [3, 4, 5]
    names = [arm.name for arm in Experiment.model_validate(dumped).arms]
    assert names == ["baseline", "max norm 3", "max norm 4", "max norm 5"]


values = st.floats(0.001, 1000, allow_nan=False).map(lambda value: float(f"{value:.4g}"))


@given(start=values, stop=values, steps=st.integers(2, 64), log=st.booleans())
def test_a_range_has_distinct_values_from_its_start_to_its_stop(
    start: float, stop: float, steps: int, log: bool
) -> None:
    axis = Axis(path=["a", "b"], start=start, stop=stop, steps=steps, scale="log" if log else "linear")
    if start == stop:
        assert ("stop",) in dict(axis.problems())
        return
    numbers = axis.numbers(whole=False)
    assert numbers[0] == start
    assert numbers[-1] == stop
    assert numbers == sorted(set(numbers), reverse=start > stop)


# What is wrong, and where


@pytest.mark.parametrize(
    ("axis", "place", "says"),
    [
        ({"path": ["layers", "nope", "units"], "values": [1, 2]}, ("path",), "the layers are: hidden"),
        ({"path": ["training", "optimizer", "rate"], "values": [1, 2]}, ("path",), "Unknown field 'rate'"),
        ({"path": ["training", "optimizer"], "values": [1, 2]}, ("path",), "not a number"),
        ({"path": ["training", "schedule", "decay_rate"], "values": [1, 2]}, ("path",), "add one to the sweep's"),
        ({"path": [*LIMIT[:-1], "axis"], "values": [0, 1]}, ("path",), "not a number"),
        ({"path": LIMIT, "values": [1, 2, 1]}, ("values", 2), "is listed twice"),
        ({"path": LIMIT, "values": [1, -2]}, ("values", 1), "at least 0"),
        ({"path": LIMIT, "start": -1.0, "stop": 4.0, "steps": 4}, ("start",), "at least 0"),
        ({"path": LIMIT, "start": 0.0, "stop": 4.0, "steps": 4, "scale": "log"}, ("start",), "log scale"),
        ({"path": LIMIT, "start": 1.0, "steps": 4}, ("stop",), "Give values, or"),
        ({"path": LIMIT, "values": [1, 2], "stop": 3.0}, ("stop",), "Give either"),
        ({"path": ["training", "epochs"], "values": [10, 20.5]}, ("values", 1), "whole number"),
    ],
)
def test_problems_stand_in_the_sweep(axis: dict[str, Any], place: tuple[Any, ...], says: str) -> None:
    assert says in problems(axis)["sweep", "axes", 0, *place]


def test_a_problem_of_what_all_share_stands_at_the_changes() -> None:
    changes = {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm", "axis": 7}}}}
    found = problems({"path": LIMIT, "values": [1, 2]}, changes=changes)
    assert list(found) == [("sweep", "changes", "layers", "hidden", "kernel_constraint", "axis")]


def test_an_experiment_has_no_more_arms_than_can_be_told_apart() -> None:
    found = problems({"path": LIMIT, "start": 1.0, "stop": 2.0, "steps": 64}, {"path": RATE, "values": [0.1, 0.2]})
    assert found["sweep",] == "The sweep makes 128 arms, 129 in all; at most 64 are allowed. Use fewer values"


def test_an_arm_can_have_no_point_of_its_own() -> None:
    alone = body(arms=[{"name": "a"}, {"name": "b", "point": [1.0]}])
    del alone["sweep"]
    with pytest.raises(Invalid) as caught:
        resolve(Experiment.model_validate(alone))
    assert caught.value.problems[0].location == ("arms", 1, "point")


def test_warnings_about_made_arms_stand_at_the_sweep() -> None:
    far = swept({"path": LIMIT, "values": [50, 60]})
    assert [warning.location for warning in warnings_of(far, resolve(far))] == [("sweep", "axes", 0, "values", 0)]
    some = swept({"path": LIMIT, "values": [1, 60]})
    assert warnings_of(some, resolve(some)) == [], "to see where a limit stops to bind is what one varies it for"
    dropping = body({"path": ["layers", "drop", "rate"], "values": [0.0, 0.5]}, changes={})
    dropping["network"]["layers"].append({"kind": "dropout", "name": "drop", "rate": 0.0})
    experiment = Experiment.model_validate(dropping)
    assert Problem(
        ("sweep",), "The sweep's 'dropout 0' is the same as 'baseline': its changes change nothing"
    ) in warnings_of(experiment, resolve(experiment))


# Repeats and predictions


def test_repeats_are_short_for_seeds() -> None:
    plain = body(repeats=3)
    del plain["sweep"]
    experiment = Experiment.model_validate(plain)
    assert experiment.seeds == [1, 2, 3]
    edited = {**experiment.model_dump(), "seeds": [5]}
    assert Experiment.model_validate(edited).seeds == [5], "what is kept are the seeds alone"
    assert Experiment.model_validate({**plain, "seeds": [1, 2, 3]}).seeds == [1, 2, 3]
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"seeds": [1, 2]}, "seeds", "Give either repeats or seeds: 3 repeats are seeds 1 to 3"),
        ({"repeats": 0}, "repeats", "Must be at least 1"),
        ({"repeats": 257}, "repeats", "Must be at most 256"),
        ({"repeats": "3"}, "repeats", "Must be a whole number"),
    ]
    for more, place, says in wrong:
        posted = {**plain, **more}
        with pytest.raises(ValidationError) as caught:
            Experiment.model_validate(posted)
        assert problems_of(caught.value, posted) == [Problem((place,), says)]


def test_a_prediction_names_an_arm() -> None:
    axis = {"path": LIMIT, "values": [1, 2]}
    resolve(swept(axis, prediction="max norm 2"))
    assert problems(axis, prediction="max norm 3") == {
        ("prediction",): "No arm is called 'max norm 3'; choose one of the arms"
    }


# The response


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
    assert told.baseline.score == spread([0.8, 0.7])
    first, second = told.points
    assert first.values == (1.0,)
    assert first.gap == spread([0.9 - 0.9, 0.9 - 0.8])
    assert first.norm is not None
    assert (first.norm.mean, first.norm.min, first.norm.max) == (1.5, 0.5, 4.0)
    assert second.score.n == 1
    assert told.best == 0, "the second has one run only, and can't be compared yet"
    assert "Best so far on the test rows: max norm 1 (0.850 ± 0.050 SE, n = 2)" in told.sentence
    assert sweep_results(experiment, [RunState() for _ in range(6)]).best is None


def test_a_response_is_judged_on_validation_rows_where_there_are_any() -> None:
    experiment = swept({"path": LIMIT, "values": [1, 2]}, repeats=2, split={"train": 30, "validation": 20})
    runs = [run(1.0, 0.8, 1.0, validation) for validation in (0.5, 0.5, 0.9, 0.8, 0.7, 0.7)]
    told = sweep_results(experiment, runs)
    assert told.judged_on == "validation"
    assert told.points[0].score == spread([0.9, 0.8])
    assert "look too good" not in told.sentence
    assert "end of the range" in told.sentence


# Through the service


def finished(client: httpx.Client, posted: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/experiments", json=posted)
    assert answer.status_code == 201, answer.text
    id = answer.json()["id"]
    client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    view: dict[str, Any] = client.get(f"/api/experiments/{id}").json()
    assert view["status"] == "finished"
    return view


def test_a_sweep_runs_and_its_response_agrees_with_its_runs(client: httpx.Client) -> None:
    axis = {"path": LIMIT, "start": 0.1, "stop": 2.0, "steps": 4, "scale": "log"}
    view = finished(client, body(axis, repeats=3))
    assert view["experiment"]["seeds"] == [1, 2, 3]
    assert [arm["name"] for arm in view["arms"]][1:] == [f"max norm {v:g}" for v in (0.1, 0.271, 0.737, 2.0)]
    told = client.get(f"/api/experiments/{view['id']}/sweep").raise_for_status().json()
    assert told["axes"] == [
        {"title": "hidden kernel: max norm", "path": LIMIT, "values": [0.1, 0.271, 0.737, 2.0], "scale": "log"}
        | {"simpler": "low"}
    ]
    for point in [told["baseline"], *told["points"]]:
        runs = [each for each in view["runs"] if each["arm"] == point["arm"]]
        assert point["n"] == 3
        tests = [each["test_accuracy"] for each in runs]
        assert point["score"]["mean"] == pytest.approx(statistics.fmean(tests))
        assert point["score"]["se"] == pytest.approx(statistics.stdev(tests) / math.sqrt(3))
        greatest = max(each["weights"][0]["norm"]["max"] for each in runs)
        assert point["norm"]["max"] == greatest
        if point["values"]:
            assert greatest <= point["values"][0] * (1 + 1e-5), "the limit held"
    scores = [point["score"]["mean"] for point in told["points"]]
    assert told["best"] == scores.index(max(scores))
    assert told["pick"] is not None
    assert told["points"][told["pick"]]["score"]["mean"] >= max(scores) - told["points"][told["best"]]["score"]["se"]
    script = client.get(f"/api/experiments/{view['id']}/export/script.py").text
    assert "max norm 0.271" in script

    again = client.post("/api/experiments", json=view["experiment"], headers={"Idempotency-Key": view["id"]})
    assert again.status_code == 201, "what the view gives can be posted"
    other = client.post("/api/experiments", json=view["experiment"], headers={"Idempotency-Key": view["id"]})
    assert other.json()["id"] == again.json()["id"]
    client.delete(f"/api/experiments/{again.json()['id']}")


def test_what_has_no_sweep_says_so(client: httpx.Client) -> None:
    plain = body(training={"epochs": 1})
    del plain["sweep"]
    view = finished(client, plain)
    for path, says in (("sweep", "has no sweep"), ("contest", "belongs to a family")):
        answer = client.get(f"/api/experiments/{view['id']}/{path}")
        assert answer.status_code == 404
        assert says in answer.json()["detail"]
    assert client.get("/api/experiments/none/sweep").status_code == 404
