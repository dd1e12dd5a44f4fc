"""Suites as posted: their experiments, and problems located in the suite."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.experiment.experiment import resolve
from core.experiment.suite import Suite, resolve_suite
from core.problems import Invalid, Location


def body(*datasets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "Norms",
        "datasets": [{"dataset": each, "split": {"train": 30, "shuffle": True}} for each in datasets],
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 4}]},
        "repeats": 2,
        "arms": [
            {"name": "none"},
            {"name": "max norm", "changes": {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm"}}}}},
        ],
        **more,
    }


MOONS, CIRCLES, IRIS, SINE = ({"kind": kind} for kind in ("moons", "circles", "iris", "sine"))


def problems(posted: dict[str, Any]) -> dict[Location, str]:
    with pytest.raises(Invalid) as caught:
        resolve_suite(Suite.model_validate(posted))
    return {problem.location: problem.message for problem in caught.value.problems}


def test_a_suite_is_an_experiment_on_each_data_set() -> None:
    suite = Suite.model_validate(body(MOONS, IRIS, claims={"looks": 1}, tags=["norms"]))
    members = resolve_suite(suite)
    assert [each.name for each in members] == ["Two moons", "Iris"]
    assert [each.experiment.name for each in members] == ["Norms – Two moons", "Norms – Iris"]
    for member, dataset in zip(members, suite.datasets, strict=True):
        experiment = member.experiment
        assert (experiment.dataset, experiment.split) == (dataset.dataset, dataset.split)
        assert (experiment.network, experiment.arms, experiment.training) == (suite.network, suite.arms, suite.training)
        assert (experiment.seeds, experiment.claims.looks, experiment.tags) == ([1, 2], 1, ["norms"])
        assert member.arms == resolve(experiment)
    assert Suite.model_validate_json(suite.model_dump_json()) == suite


def test_names_of_data_sets_are_distinct_and_names_of_experiments_fit() -> None:
    again = [{**MOONS, "random_state": number} for number in range(3)]
    posted = body(*again, name="n" * 120)
    posted["datasets"][2]["name"] = "two moons 2"
    suite = Suite.model_validate(posted)
    assert suite.dataset_names() == ["Two moons", "Two moons 3", "two moons 2"]
    names = [each.name for each in suite.experiments()]
    assert [len(name) for name in names] == [120] * 3
    assert names[0].endswith("n – Two moons")


def test_a_problem_of_a_data_set_is_located_there() -> None:
    posted = body(MOONS, IRIS)
    posted["datasets"][1]["split"] = {"train": 500}
    ((location, message),) = problems(posted).items()
    assert location == ("datasets", 1, "split", "train")
    assert "150" in message
    posted["datasets"][1]["split"] = {"folds": 5, "validation": 140, "shuffle": True}
    ((location, message),) = problems(posted).items()
    assert location == ("datasets", 1, "split", "validation")
    assert "use 119 at most" in message


def test_a_problem_that_all_data_sets_share_is_told_once_and_others_with_their_names() -> None:
    posted = body(MOONS, CIRCLES, IRIS)
    posted["arms"][1]["changes"] = {"layers": {"missing": {"units": 3}}}
    shared = problems(posted)
    assert list(shared) == [("arms", 1, "changes", "layers", "missing")]
    assert next(iter(shared.values())).startswith("No layer is called 'missing'")
    digits = {"kind": "digits", "layout": "image"}
    layers = [{"kind": "conv2d", "name": "hidden", "filters": 2}, {"kind": "flatten"}]
    mixed = problems(body(MOONS, digits, network={"layers": layers}))
    assert list(mixed) == [("network", "layers", 0)]
    assert mixed["network", "layers", 0].startswith("Two moons: ")


def test_data_sets_of_a_suite_have_one_score_and_differ() -> None:
    found = problems(body(MOONS, SINE, MOONS))
    assert list(found) == [("datasets", 1, "dataset"), ("datasets", 2, "dataset")]
    assert found["datasets", 1, "dataset"].startswith("This is regression, and the first data set is classification")
    assert found["datasets", 2, "dataset"].startswith("Data set 1 is the same")
    posted = body(MOONS, CIRCLES)
    posted["datasets"][0]["name"] = posted["datasets"][1]["name"] = "A"
    assert list(problems(posted)) == [("datasets", 1, "name")]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"datasets": []}, ("datasets",)),
        ({"arms": [{"name": "alone"}]}, ("arms",)),
        ({"sweep": None}, ("sweep",)),
        ({"repeats": 2, "seeds": [5]}, ("seeds",)),
    ],
)
def test_what_a_suite_cannot_have_is_refused(change: dict[str, Any], place: Location) -> None:
    with pytest.raises(ValidationError) as caught:
        Suite.model_validate(body(MOONS, IRIS) | change)
    assert [error["loc"] for error in caught.value.errors()] == [place]
