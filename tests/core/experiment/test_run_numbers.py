"""Numbers of runs: they stay, while places make room for added seeds."""

from __future__ import annotations

import pytest

from app.presets import TUTORIAL
from core.catalog.datasets import Split
from core.experiment.experiment import Experiment
from core.experiment.run_numbers import RunNumbers


def experiment(seeds: int, **split: object) -> Experiment:
    """Two arms with so many seeds."""
    body = TUTORIAL.experiment
    changed = Split.model_validate({**body.split.model_dump(), **split})
    return body.model_copy(update={"arms": body.arms[:2], "seeds": list(range(seeds)), "split": changed})


def test_without_added_seeds_a_number_is_a_place() -> None:
    assert RunNumbers.of(experiment(3)).places == tuple(range(6))
    assert RunNumbers.of(experiment(3, draws=2)).places == tuple(range(12))


@pytest.mark.parametrize("split", [{}, {"draws": 3}, {"resample": True}])
def test_a_number_keeps_its_arm_draw_and_seed(split: dict[str, object]) -> None:
    def runs(seeds: int, *earlier: int) -> list[tuple[int, int | None, int]]:
        """Arm, draw and seed of each run, by number."""
        body = experiment(seeds, **split)
        each = [(arm, one.draw, one.seed) for arm in range(2) for one in body.replicates()]
        numbers = RunNumbers.of(body, earlier)
        assert [numbers.places[number] for number in numbers.numbers] == list(range(len(each)))
        return [each[place] for place in numbers.places]

    first, second, third = runs(2), runs(5, 2), runs(6, 2, 5)
    assert second[: len(first)] == first
    assert third[: len(second)] == second
    assert len(set(third)) == len(third)
    assert {seed for _, _, seed in third[len(second) :]} == {5}
