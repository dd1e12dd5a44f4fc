"""End of a method's range at which its chosen trial lies."""

from __future__ import annotations

from typing import Any

import pytest

from app.analysis.trial_range import range_end
from core.experiment.experiment import Experiment
from tests.app.analysis.test_method_comparison import arm, body


def limits(*values: float) -> Experiment:
    return Experiment.model_validate(body(*[arm(f"a {value}", "a", value) for value in values]))


@pytest.mark.parametrize(
    ("means", "told"),
    [
        ([0.7, 0.8, 0.9], "largest"),
        ([0.9, 0.8, 0.7], "smallest"),
        ([0.8, 0.9, 0.7], None),
        ([0.9, 0.9, 0.7], None),
        ([0.9, 0.8, 0.9], "smallest"),
    ],
)
def test_a_pick_at_the_end_of_its_range_is_told(means: list[float | None], told: str | None) -> None:
    experiment = limits(0.5, 1, 2)
    assert range_end(experiment, [1, 2, 3], means, 1 + means.index(max(mean for mean in means if mean))) == told


def test_a_larger_limit_is_not_proposed_where_none_was_reached() -> None:
    experiment = limits(0.5, 1, 2)
    assert range_end(experiment, [1, 2, 3], [0.7, 0.8, 0.9], 3, unreached=True) is None
    assert range_end(experiment, [1, 2, 3], [0.9, 0.8, 0.7], 1, unreached=True) == "smallest"


def test_order_of_the_arms_does_not_matter() -> None:
    assert range_end(limits(2, 0.5, 1), [1, 2, 3], [0.9, 0.8, 0.7], 1) == "largest"


def test_no_end_is_told_where_nothing_lies_beyond_or_more_than_one_number_varies() -> None:
    def trials(*stopping: dict[str, Any]) -> Experiment:
        arms = [
            {"name": f"p {index}", "family": "p", "changes": {"training": {"early_stopping": each}}}
            for index, each in enumerate(stopping)
        ]
        return Experiment.model_validate(body(*arms))

    assert range_end(trials({"patience": 0}, {"patience": 5}), [1, 2], [0.9, 0.8], 1) is None, "0 is the least"
    assert range_end(trials({"patience": 1}, {"patience": 5}), [1, 2], [0.9, 0.8], 1) == "smallest"
    assert range_end(trials({"patience": 5}, {"min_delta": 0.1}), [1, 2], [0.9, 0.8], 1) is None
    two = trials({"patience": 1, "min_delta": 0.1}, {"patience": 5, "min_delta": 0.2})
    assert range_end(two, [1, 2], [0.9, 0.8], 1) is None
    assert range_end(limits(1), [1], [0.9], 1) is None
