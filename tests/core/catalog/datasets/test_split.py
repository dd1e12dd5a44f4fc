"""Draws of the rows: new data sets, other splits of one table, and folds."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from core.catalog.datasets import Dataset, Split
from core.catalog.datasets.base import SplitRows
from core.catalog.datasets.bundled import Diabetes, Iris
from core.catalog.datasets.row_parts import draw_state, split_rows
from core.catalog.datasets.synthetic import Blobs, Moons
from core.catalog.entry import subclasses_of
from core.experiment.experiment import Experiment, Replicate, programs_of, resolve

SETS = ("train", "validation", "test", "holdout")


def experiment(split: dict[str, Any], seeds: list[int], dataset: dict[str, Any] | None = None) -> Experiment:
    limited = {"hidden": {"kernel_constraint": {"kind": "unit_norm"}}}
    return Experiment.model_validate(
        {
            "dataset": dataset or {"kind": "moons"},
            "split": split,
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 3}]},
            "seeds": seeds,
            "arms": [{"name": "free"}, {"name": "limited", "changes": {"layers": limited}}],
        }
    )


def rows_of(parts: SplitRows, name: str) -> list[tuple[float, ...]]:
    found = getattr(parts, name)
    return [] if found is None else [(*x, float(y)) for x, y in zip(found.x, found.y.ravel(), strict=True)]


def test_replicates_are_draws_in_order_each_with_the_seeds_in_order() -> None:
    assert experiment({}, [3, 1]).replicates() == [Replicate(None, 3), Replicate(None, 1)]
    assert experiment({"resample": True}, [3, 1]).replicates() == [Replicate(3, 3), Replicate(1, 1)]
    twice = [Replicate(1, 3), Replicate(1, 1), Replicate(2, 3), Replicate(2, 1)]
    assert experiment({"draws": 2}, [3, 1]).replicates() == twice
    assert experiment({"draws": 2, "resample": True}, [3, 1]).replicates() == twice
    assert [each.draw for each in experiment({"folds": 3, "fold_repeats": 2}, [1]).replicates()] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]


@pytest.mark.parametrize(
    ("split", "dataset", "design"),
    [
        ({}, Moons(), "seeds"),
        ({"resample": True}, Moons(), "drawn"),
        ({"draws": 2}, Moons(), "drawn"),
        ({"draws": 2}, Iris(), "resampled"),
        ({"folds": 2}, Moons(), "folds"),
    ],
)
def test_the_design_says_how_rows_vary(split: dict[str, Any], dataset: Dataset, design: str) -> None:
    assert Split.model_validate(split).design(dataset) == design


def test_each_draw_of_a_synthetic_data_set_has_rows_of_its_own_from_the_same_distribution() -> None:
    dataset, split = Blobs(n_samples=400, centers=3, random_state=5), Split(train=100, draws=3)
    drawn = [rows_of(split.prepare(dataset, draw), "train") for draw in (None, 1, 2, 3)]
    assert all(len(rows) == 100 for rows in drawn)
    assert len({row for rows in drawn for row in rows}) == 400
    means = [np.mean(np.array(rows)[:, :2], axis=0) for rows in drawn]
    # The clouds' centres stay; the share of each cloud among 100 rows doesn't.
    assert np.std(means, axis=0) == pytest.approx([0, 0], abs=1.5)
    assert rows_of(split.prepare(dataset, 2), "train") == drawn[2], "a draw is the same each time"


def test_draws_depend_on_the_random_states_that_were_given() -> None:
    def first(state: int) -> list[tuple[float, ...]]:
        return rows_of(Split(train=5, draws=2).prepare(Moons(random_state=state), 1), "train")

    assert first(1) != first(2)


@pytest.mark.parametrize("shuffle", [False, True])
def test_draws_of_a_table_are_other_splits_of_the_same_rows(shuffle: bool) -> None:
    split = Split(train=100, validation=10, holdout=15, draws=2, shuffle=shuffle, random_state=4)
    rows = Iris().load()
    whole = sorted((*x, float(y)) for x, y in zip(rows.x, rows.y, strict=True))
    tests = []
    for draw in (1, 2):
        parts = split.prepare(Iris(), draw)
        assert [len(rows_of(parts, name)) for name in SETS] == [100, 10, 25, 15]
        assert sorted(row for name in SETS for row in rows_of(parts, name)) == whole
        tests.append(sorted(rows_of(parts, "test")))
    assert tests[0] != tests[1]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("varied", [{"draws": 3}, {"resample": True}, {"folds": 3}])
def test_sealed_rows_of_a_table_are_those_as_posted_and_in_no_other_set_of_any_draw(
    varied: dict[str, Any], shuffle: bool
) -> None:
    split = Split.model_validate(
        {"train": 60, "validation": 15, "holdout": 40, "shuffle": shuffle, "random_state": 4, **varied}
    )
    y = Iris().load().y
    posted = split.assign(Iris(), y).holdout.tolist()
    assert len(posted) == 40
    trained = set()
    for draw in (1, 2, 3):
        assigned = split.assign(Iris(), y, draw)
        train, validation, test, sealed = (getattr(assigned, name).tolist() for name in SETS)
        assert sealed == posted
        assert sorted([*train, *validation, *test, *posted]) == list(range(150))
        assert [len(train), len(validation), len(test), 40] == list(split.counts(150, draw).values())
        trained.add(tuple(sorted(train)))
    assert len(trained) == 3


def test_draws_of_a_table_without_sealed_rows_are_shuffles_of_all_rows() -> None:
    y = Iris().load().y
    for draw in (1, 2):
        expected = split_rows(150, 100, 10, seed=draw_state(4, draw))
        for shuffle in (False, True):
            split = Split(train=100, validation=10, draws=2, random_state=4, shuffle=shuffle)
            assigned = split.assign(Iris(), y, draw)
            for name, rows in zip(SETS, expected, strict=True):
                assert np.array_equal(getattr(assigned, name), rows)


@pytest.mark.parametrize("shuffle", [False, True])
def test_each_row_is_tested_once_in_the_folds_of_a_shuffle(shuffle: bool) -> None:
    split = Split(folds=7, fold_repeats=2, validation=12, holdout=20, shuffle=shuffle)
    dataset = Iris()
    sealed, cuts = set(), []
    for repeat in range(2):
        tested: list[int] = []
        for draw in range(7 * repeat + 1, 7 * repeat + 8):
            assigned = split.assign(dataset, dataset.load().y, draw)
            parts = [getattr(assigned, name).tolist() for name in SETS]
            assert sorted(itertools.chain(*parts)) == list(range(150))
            assert [len(part) for part in parts] == list(split.counts(150, draw).values())
            tested += parts[2]
            sealed.add(tuple(parts[3]))
            cuts.append(tuple(parts[2]))
        assert len(tested) == len(set(tested)) == 130
    assert len(sealed) == 1, "sealed rows are in no fold"
    assert len(set(cuts)) == 14, "each repeat cuts otherwise"


def test_folds_have_each_class_in_the_same_share_and_regressions_have_none() -> None:
    dataset = Iris()
    y = dataset.load().y
    for draw in range(1, 6):
        assert np.bincount(y[Split(folds=5).assign(dataset, y, draw).test]).tolist() == [10, 10, 10]
    assigned = Split(folds=3).assign(Diabetes(), Diabetes().load().y, 1)
    assert len(assigned.test) == 148


def test_folds_of_two_sizes_take_two_programs_and_draws_take_one() -> None:
    def programs(split: dict[str, Any], dataset: dict[str, Any] | None = None) -> list[str]:
        body = experiment(split, [1], dataset)
        return programs_of(body, resolve(body))

    assert len(set(programs({"draws": 9}))) == 2, "one for each arm"
    free = programs({"folds": 4}, {"kind": "iris"})[:4]
    assert free == [free[0], free[0], free[2], free[2]]
    assert len(set(free)) == 2


def test_label_noise_is_drawn_anew_with_each_draw() -> None:
    split = Split(train=80, draws=2, label_noise=0.5)
    changed = []
    for draw in (1, 2):
        y = np.zeros(100, np.int32)
        changed.append(tuple(np.flatnonzero(split.assign(Moons(), y, draw).y)))
    assert changed[0] != changed[1]
    assert len(changed[0]) == len(changed[1]) == 40


def test_every_synthetic_data_set_can_be_drawn_anew() -> None:
    for kind in subclasses_of(Dataset):
        if kind.model_fields.keys() >= {"random_state"}:
            dataset = kind.model_validate({"kind": kind.kind_name()})
            split = Split(train=0.5, draws=2)
            assert split.design(dataset) == "drawn"
            first, second = (split.load(dataset, draw).x for draw in (1, 2))
            assert first.shape == (dataset.rows, *dataset.shape)
            assert not np.array_equal(first, second)
