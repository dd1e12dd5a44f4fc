"""Sweeps as they are posted: arms from a range, where their problems are told; repeats and predictions."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.warnings import warnings_of
from core.experiment.experiment import Experiment, resolve
from core.experiment.sweep import Axis
from core.problems import Invalid, Problem, problems_of

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
    ("path", "changes", "label", "simpler"),
    [
        (["layers", "hidden", "kernel_regularizer", "l2"], {"kernel_regularizer": {"kind": "l2"}}, "L2 0.1", "high"),
        (
            ["layers", "hidden", "kernel_constraint", "max_value"],
            {"kernel_constraint": {"kind": "max_norm"}},
            "max norm 0.1",
            "low",
        ),
        (["layers", "hidden", "units"], {}, "units 1", "low"),
        (
            ["layers", "hidden", "kernel_constraint", "constraints", 1, "max_value"],
            {"kernel_constraint": {"kind": "chain", "constraints": [{"kind": "non_neg"}, {"kind": "max_norm"}]}},
            "max norm 0.1",
            "low",
        ),
        (
            ["layers", "hidden", "kernel_constraint", "min_value"],
            {"kernel_constraint": {"kind": "min_max_norm"}},
            "min-max norm lower limit 0.1",
            None,
        ),
    ],
)
def test_fields_have_a_name_and_a_simpler_end(
    path: list[Any], changes: dict[str, Any], label: str, simpler: str | None
) -> None:
    values = [1, 2] if path[-1] == "units" else [0.1, 0.2]
    experiment = swept({"path": path, "values": values}, changes={"layers": {"hidden": changes}})
    assert experiment.arms[1].name == label
    assert experiment.sweep is not None
    assert [field.simpler for field in experiment.sweep.fields(experiment.sweep_targets())] == [simpler]
    resolve(experiment)


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
    share = np.arange(steps) / (steps - 1)
    even = start * (stop / start) ** share if log else start + (stop - start) * share
    np.testing.assert_allclose(numbers, even, rtol=6e-3)


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
