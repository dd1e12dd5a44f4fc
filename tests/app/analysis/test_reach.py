"""Arms whose constraint's limit was never reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.analysis import binding_arms, unreached_arms
from core.experiment.experiment import Experiment
from core.runs.events import RunState
from core.runs.snapshots import SUMMARY, Snapshots

SEEDS = 2
WEIGHTS = ("hidden", "kernel"), ("hidden", "bias"), ("output", "kernel"), ("output", "bias")
QUIET = {
    "min": 0.1,
    "lower": 0.2,
    "median": 0.3,
    "mean": 0.4,
    "upper": 0.5,
    "max": 1.0,
    "binding": 0,
    "projection": 1e-7,
}


def experiment(**changes: Any) -> Experiment:
    """A baseline, and an arm with these changes."""
    return Experiment.model_validate(
        {
            "dataset": {"kind": "moons", "n_samples": 100},
            "split": {"train": 30},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 4}]},
            "training": {"epochs": 9},
            "seeds": list(range(1, SEEDS + 1)),
            "arms": [{"name": "baseline"}, {"name": "arm", "changes": changes}],
        }
    )


def hidden(limit: float = 3.0, **more: Any) -> dict[str, Any]:
    return {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm", "max_value": limit}, **more}}}


def states(*, reached: bool | None = False) -> list[RunState]:
    """Runs that have all finished; the arm's hidden kernel ended at its limit or not."""
    reports = [
        [
            {"layer": layer, "weight": weight, "reached": reached if arm and at == 0 else None}
            for at, (layer, weight) in enumerate(WEIGHTS)
        ]
        for arm in (0, 1)
        for _ in range(SEEDS)
    ]
    return [RunState(status="finished", weights=each) for each in reports]


def taken(**changes: float) -> Snapshots:
    """Snapshots of a run; `changes` are figures of the hidden kernel in the middle of it."""
    epoch = np.array([0, 1, 3, 9])
    summary = np.tile(np.array([QUIET[name] for name in SUMMARY], np.float32), (len(epoch), len(WEIGHTS), 1))
    summary[0, :, SUMMARY.index("projection")] = np.nan
    for name, value in changes.items():
        summary[2, 0, SUMMARY.index(name)] = value
    return Snapshots(epoch, summary, {})


def found(
    given: Experiment, runs: Sequence[RunState], one: Snapshots | None = None, asked: list[int] | None = None
) -> bool:
    """Whether the arm is found to be unreached, where its second run has these snapshots."""

    def snapshots(places: Sequence[int]) -> dict[int, Snapshots]:
        if asked is not None:
            asked.extend(places)
        return {place: one if one and place == 2 * SEEDS - 1 else taken() for place in places}

    baseline, arm = unreached_arms(given, runs, snapshots).tolist()
    assert baseline is False
    return bool(arm)


def test_a_limit_that_no_run_came_to_is_unreached() -> None:
    assert found(experiment(**hidden()), states())
    assert not found(experiment(**hidden()), states(reached=True))
    assert not found(experiment(**hidden()), states(reached=None)), "a run that diverged tells nothing"


@pytest.mark.parametrize("figures", [{"binding": 0.25}, {"projection": 0.01}, {"max": 3.2}, {"max": np.nan}])
def test_a_limit_that_acted_in_the_middle_of_one_run_was_reached(figures: dict[str, float]) -> None:
    assert not found(experiment(**hidden()), states(), taken(**figures))


def test_initial_weights_beyond_the_limit_are_cut_at_the_first_update() -> None:
    one = taken()
    one.summary[0, 0, SUMMARY.index("max")] = 3.5
    assert not found(experiment(**hidden()), states(), one)


def test_an_arm_that_differs_otherwise_too_is_not_the_baseline() -> None:
    assert not found(experiment(**hidden(units=5)), states())
    assert not found(experiment(**hidden(), training={"batch_size": 8}), states())


def test_what_is_not_known_is_not_claimed() -> None:
    given = experiment(**hidden())
    runs = states()
    open_run = [*runs[:-1], RunState(status="running")]
    assert not found(given, open_run)
    assert not unreached_arms(given, runs, lambda places: {}).any(), "no snapshots were kept"
    failed = [*runs[:-1], RunState(status="failed")]
    assert found(given, failed), "a run that failed has no results"
    assert not found(given, [*runs[:SEEDS], *[RunState(status="failed")] * SEEDS])
    assert not found(given, [replace(each, weights=[]) for each in runs])


def test_snapshots_are_read_only_where_the_last_weights_say_so() -> None:
    asked: list[int] = []
    assert not found(experiment(**hidden()), states(reached=True), asked=asked)
    assert asked == []
    assert found(experiment(**hidden()), states(), asked=asked)
    assert asked == [2, 3], "the baseline has no constraint"


def test_limits_that_bind_are_shares_of_the_median_norm() -> None:
    given = experiment(**hidden(bias_constraint={"kind": "unit_norm"}))
    seeds = [taken(), taken()]
    for one, median in zip(seeds, (0.6, 0.8), strict=True):
        one.summary[-1, 0, SUMMARY.index("median")] = median
    runs = states()

    def snapshots(places: Sequence[int]) -> dict[int, Snapshots]:
        assert list(places) == [SEEDS, SEEDS + 1], "those of the arm itself"
        return dict(zip(places, seeds, strict=True))

    limits, arms = binding_arms(given, np.array([False, True]), runs, snapshots)
    assert limits == [0.35, 0.49, 0.63], "50, 70 and 90 % of 0.7"
    assert [arm.name for arm in arms] == ["max norm 0.35", "max norm 0.49", "max norm 0.63"]
    made = arms[0].changes.layers["hidden"]
    assert made["kernel_constraint"] == {"kind": "max_norm", "max_value": 0.35, "axis": None}
    assert made["bias_constraint"] == {"kind": "unit_norm"}, "it has no limit to lower"
    posted = {**given.model_dump(), "arms": [{"name": "baseline"}, *[arm.model_dump() for arm in arms]]}
    assert len(Experiment.model_validate(posted).arms) == 4
    assert given.arms[1].changes.layers["hidden"]["kernel_constraint"]["max_value"] == 3.0, "it stays as posted"


def test_no_limit_is_proposed_where_none_could_be_lower() -> None:
    flat = taken()
    flat.summary[-1, 0, SUMMARY.index("median")] = 0
    for given in (experiment(**hidden()), experiment(layers={"hidden": {"kernel_constraint": {"kind": "non_neg"}}})):
        assert binding_arms(given, np.array([False, True]), states(), lambda places: dict.fromkeys(places, flat)) == (
            [],
            [],
        )
