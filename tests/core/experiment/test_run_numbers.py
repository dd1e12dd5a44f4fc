"""Numbers of runs: they stay, while places make room for added seeds and draws."""

from __future__ import annotations

import itertools

import pytest

from app.presets import TUTORIAL
from core.catalog.datasets import Split
from core.experiment.experiment import Experiment
from core.experiment.run_numbers import Look, RunNumbers


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


def test_draws_and_seeds_may_be_added_in_turn() -> None:
    def runs(draws: int, seeds: int, *earlier: Look) -> list[tuple[int, int | None, int]]:
        """Arm, draw and seed of each run, by number."""
        body = experiment(seeds, draws=draws)
        each = [(arm, one.draw, one.seed) for arm in range(2) for one in body.replicates()]
        numbers = RunNumbers.of(body, earlier)
        assert [numbers.places[number] for number in numbers.numbers] == list(range(len(each)))
        return [each[place] for place in numbers.places]

    looks = [runs(2, 3), runs(2, 4, 3), runs(5, 4, 3, [2, 4]), runs(5, 6, 3, [2, 4], 4)]
    for before, after in itertools.pairwise(looks):
        assert after[: len(before)] == before
        assert len(set(after)) == len(after)
    assert {draw for _, draw, _ in looks[2][len(looks[1]) :]} == {3, 4, 5}
    assert {seed for _, _, seed in looks[3][len(looks[2]) :]} == {4, 5}
