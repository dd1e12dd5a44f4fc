"""Ways of cutting the rows: in shares of each class, in whole groups, in order of time, by a column's own names."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.api.preview import preview_view
from app.estimate import cost
from app.majority import class_counts
from core.catalog.datasets import Dataset, Iris, Moons, Split, Table
from core.catalog.datasets.bundled import Diabetes
from core.catalog.datasets.row_parts import (
    group_fold,
    group_parts,
    stratified_parts,
    time_fold,
    time_parts,
)
from core.experiment.experiment import Experiment, programs_of, resolve
from tests.core.catalog.datasets.printed import PARTS, assert_printed_parts
from tests.core.catalog.datasets.uploading import kept
from tests.core.catalog.datasets.visits import ROWS, csv_of_visits


@pytest.fixture
def visits(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    """The visits as a table, whose file lies in the working directory too, for scripts."""
    (own_data / "visits.csv").write_text(csv_of_visits())
    monkeypatch.chdir(own_data)
    return Table(file=kept(csv_of_visits(), "visits.csv"), target="outcome")


def parts_of(split: Split, dataset: Dataset, draw: int | None = None) -> dict[str, np.ndarray]:
    """The rows of each part. Each row is in one of them, and their sizes are those that the split tells."""
    parts = split.parts(dataset, dataset.labels(), draw)
    assert {name: len(rows) for name, rows in parts.items()} == split.part_sizes(dataset, draw)
    used = np.concatenate(list(parts.values()))
    assert len(used) == len(set(used.tolist()))
    if split.by != "time" or split.folds is None:
        assert len(used) == dataset.rows
    return parts


# The computations


@given(
    y=st.lists(st.integers(0, 4), min_size=4, max_size=200),
    shares=st.lists(st.floats(0, 0.5), min_size=1, max_size=3),
    seed=st.integers(0, 99),
)
def test_stratified_parts_have_each_class_in_its_share(y: list[int], shares: list[float], seed: int) -> None:
    labels = np.array(y)
    sizes = [int(share * len(y)) for share in shares]
    assume(sum(sizes) < len(y))
    parts = stratified_parts(labels, sizes, seed)
    assert [len(part) for part in parts] == [*sizes, len(y) - sum(sizes)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(y)))
    for label in range(5):
        all_of_it = int((labels == label).sum())
        for place, part in enumerate(parts):
            of_part = int((labels[part] == label).sum())
            # Each part is rounded once, and what was rounded before it is shared out again.
            assert abs(of_part - all_of_it * len(part) / len(y)) < 1 + min(place, 1)


def test_stratified_parts_are_cut_at_random() -> None:
    y = np.repeat([0, 1], 50)
    first, second = (stratified_parts(y, [50], seed)[0].tolist() for seed in (1, 2))
    assert first != second
    assert first == stratified_parts(y, [50], 1)[0].tolist()
    assert sorted(first) != sorted(second)
    picked = np.concatenate([stratified_parts(y, [10], seed)[0] for seed in range(400)])
    often = np.bincount(picked, minlength=100)
    assert often.min() > 15, "each row comes 40 times on average"
    assert often.max() < 70


@given(
    sizes_of_groups=st.lists(st.integers(1, 12), min_size=4, max_size=30),
    wanted=st.lists(st.floats(0.02, 0.3), min_size=1, max_size=3),
    seed=st.integers(0, 99),
)
def test_no_group_is_in_two_parts(sizes_of_groups: list[int], wanted: list[float], seed: int) -> None:
    numbers = np.repeat(np.arange(len(sizes_of_groups)), sizes_of_groups)
    groups = np.random.default_rng(seed).permutation(numbers).astype(str).astype(object)
    sizes = [max(1, int(share * len(groups))) for share in wanted]
    parts = group_parts(groups, sizes, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    for one, other in itertools.combinations(parts, 2):
        assert not set(groups[one]) & set(groups[other])
    assert all(len(part) for part in parts)
    if len(sizes) == 1:
        largest = max(sizes_of_groups)
        assert abs(len(parts[0]) - sizes[0]) <= largest / 2 or len(set(groups[parts[0]])) == 1


def test_sizes_of_groups_come_as_near_as_whole_groups_can() -> None:
    groups = np.repeat(np.arange(40), 5)
    assert [len(part) for part in group_parts(groups, [61, 38], 3)] == [60, 40, 100]
    assert [len(part) for part in group_parts(groups, [63, 0], 3)] == [65, 0, 135]
    assert [len(part) for part in group_parts(np.array(["a"] * 90 + ["b"] * 10), [30], 0)] in ([90, 10], [10, 90])


@given(times=st.lists(st.integers(0, 30), min_size=6, max_size=80), folds=st.integers(2, 4))
def test_time_goes_on_from_part_to_part_and_within_folds(times: list[int], folds: int) -> None:
    values = np.array(times)
    parts = time_parts(values, [len(times) // 3, len(times) // 4])
    in_order = np.concatenate(parts)
    assert [(time, row) for time, row in zip(values[in_order], in_order, strict=True)] == sorted(
        (time, row) for row, time in enumerate(times)
    )
    last: list[int] = []
    for number in range(1, folds + 1):
        train, validation, test = time_fold(values, folds, number, validation=1)
        assert len(validation) == 1
        assert [*train, *validation, *test] == in_order[: len(train) + 1 + len(test)].tolist()
        assert number == 1 or [*train, *validation] == last
        last = [*train, *validation, *test]
    assert len(last) == len(times)


def test_each_group_is_tested_once_in_the_folds_of_a_shuffle() -> None:
    rng = np.random.default_rng(0)
    groups, y = rng.integers(0, 20, 200), rng.integers(0, 2, 200)
    cuts = set()
    for stratified, repeat in itertools.product((False, True), (0, 1)):
        tested: list[int] = []
        for number in range(1 + 4 * repeat, 5 + 4 * repeat):
            train, test = group_fold(groups, y, 4, number, 3, stratified)
            assert not set(groups[train]) & set(groups[test])
            assert len(train) + len(test) == 200
            tested += test.tolist()
            cuts.add(tuple(test))
        assert sorted(tested) == list(range(200))
    assert len(cuts) == 16


# The split of a data set

WAYS: list[dict[str, Any]] = [
    {"by": "stratified"},
    {"by": "group", "column": "patient"},
    {"by": "time", "column": "day"},
    {"by": "time", "column": "week"},
]
SIZES = {"train": 0.5, "validation": 12, "holdout": 0.15}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_row_is_in_one_part(way: dict[str, Any], visits: Table) -> None:
    split = Split.model_validate({**way, **SIZES})
    table = split.without_column(visits)
    assert split.problems(table) == []
    parts = parts_of(split, table)
    assert all(len(rows) for rows in parts.values())
    loaded = split.prepare(table)
    for name, rows in parts.items():
        assert np.array_equal(getattr(loaded, name).y, table.labels()[rows])
    if way["by"] == "group":
        groups = table.column_values("patient")
        for one, other in itertools.combinations(parts.values(), 2):
            assert not set(groups[one]) & set(groups[other])
    elif way["by"] == "time":
        times = table.column_values(way["column"])
        for before, after in itertools.pairwise(PARTS):
            assert times[parts[before]].max() <= times[parts[after]].min()
    else:
        shares = [np.bincount(table.labels()[rows], minlength=3) / len(rows) for rows in parts.values()]
        assert np.std(shares, axis=0).max() < 0.05


@pytest.mark.parametrize("way", WAYS[:2], ids=str)
@pytest.mark.parametrize("varied", [{"draws": 3}, {"resample": True}, {"folds": 3, "fold_repeats": 2}], ids=str)
def test_sealed_rows_are_the_same_in_all_draws_and_folds(
    way: dict[str, Any], varied: dict[str, Any], visits: Table
) -> None:
    split = Split.model_validate({**way, **SIZES, **varied})
    table = split.without_column(visits)
    assert split.problems(table) == []
    posted = Split.model_validate({**way, **SIZES}).parts(table, table.labels())["holdout"].tolist()
    tests, tested = set(), []
    for draw in (1, 2, 3):
        parts = parts_of(split, table, draw)
        assert parts["holdout"].tolist() == posted
        assert all(len(rows) for rows in parts.values())
        tests.add(tuple(sorted(parts["test"])))
        tested += parts["test"].tolist()
        groups = table.column_values("patient")
        if way["by"] == "group":
            assert not set(groups[parts["train"]]) & set(groups[parts["validation"]])
    assert len(tests) == 3
    if split.folds:
        assert sorted([*tested, *posted]) == list(range(ROWS))


def test_folds_in_order_of_time_are_trained_on_what_came_before(visits: Table) -> None:
    split = Split(by="time", column="day", folds=4, validation=5, holdout=20)
    table = split.without_column(visits)
    assert split.problems(table) == []
    times = table.column_values("day")
    sizes = []
    for draw in range(1, 5):
        parts = parts_of(split, table, draw)
        sizes.append(len(parts["train"]))
        for before, after in itertools.pairwise(PARTS):
            assert times[parts[before]].max() < times[parts[after]].min()
    assert sizes == [15, 35, 55, 75]


def test_a_column_says_which_rows_are_for_what(visits: Table) -> None:
    split = Split(by="column", column="set")
    table = split.without_column(visits)
    assert split.problems(table) == []
    cuts = [0, 60, 80, 110, 120]
    assert [rows.tolist() for rows in parts_of(split, table).values()] == [
        list(range(first, last)) for first, last in itertools.pairwise(cuts)
    ]
    assert split.has("validation", table)
    assert split.has("holdout", table)
    assert not Split().has("holdout", table)


def test_stratified_parts_of_a_regression_are_those_of_a_shuffle() -> None:
    dataset = Diabetes()
    for varied in ({}, {"draws": 2}, {"folds": 3}):
        kwargs: dict[str, Any] = {"train": 0.4, "validation": 20, "holdout": 30, **varied}
        stratified, shuffled = Split(by="stratified", **kwargs), Split(shuffle=True, **kwargs)
        assert stratified.problems(dataset) == []
        for draw in (1, 2) if varied else (None,):
            parts = [split.parts(dataset, dataset.labels(), draw) for split in (stratified, shuffled)]
            assert all(np.array_equal(parts[0][name], parts[1][name]) for name in PARTS)


def test_new_data_sets_are_stratified_too() -> None:
    dataset, split = Moons(n_samples=200), Split(by="stratified", train=30, holdout=20, draws=2)
    assert split.design(dataset) == "drawn"
    y = split.load(dataset, 1).y
    for rows in split.parts(dataset, y, 1).values():
        assert abs(int(y[rows].sum()) - len(rows) / 2) <= 0.5
    folds = Split(by="stratified", folds=5, validation=30)
    for draw in range(1, 6):
        parts = parts_of(folds, Iris(), draw)
        assert [np.bincount(Iris().labels()[parts[name]]).tolist() for name in ("validation", "test")] == [[10] * 3] * 2


def test_the_column_that_cuts_is_no_feature_unless_one_says_so(visits: Table) -> None:
    body = {
        "dataset": visits.model_dump(),
        "split": {"by": "group", "column": "patient"},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 2}]},
    }
    experiment = Experiment.model_validate(body)
    assert experiment.dataset.left_out()["patient"] == "cuts the rows"
    assert not [name for name in experiment.dataset.feature_names if name.startswith("patient")]
    assert [name for name in visits.feature_names if name.startswith("patient")], "it is one of a split by rows"
    again = Experiment.model_validate_json(experiment.model_dump_json())
    assert again == experiment
    assert again.dataset.shape == experiment.dataset.shape == resolve(experiment)[0].dataset.shape
    told = visits.model_copy(update={"features": ["age", "week"]})
    split = Split(by="time", column="week")
    assert split.without_column(told).feature_names == ["age", "week"]
    preview = preview_view(experiment.dataset, experiment.split)
    assert ("patient", "cuts the rows") in [(each.column, each.why) for each in preview.left_out]


def test_sizes_that_come_out_are_told_everywhere(visits: Table) -> None:
    split = Split(by="group", column="patient", train=0.5, draws=4)
    table = split.without_column(visits)
    sizes = [split.part_sizes(table, draw)["train"] for draw in range(1, 5)]
    assert len(set(sizes)) > 1
    body = {
        "dataset": visits.model_dump(),
        "split": split.model_dump(),
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 2}]},
    }
    experiment = Experiment.model_validate(body)
    arms = resolve(experiment)
    assert len(set(programs_of(experiment, arms))) == len(set(sizes))
    for draw, size in enumerate(sizes, 1):
        assert len(arms[0].at(draw).prepare().train) == size
        assert class_counts(table, split, draw).counts["train"].sum() == size
    assert preview_view(table, split).sizes.train == split.part_sizes(table)["train"]
    folds = {"by": "time", "column": "day", "folds": 5}
    (arm,) = resolve(Experiment.model_validate({**body, "split": folds}))
    first, middle = (cost(arm.at(draw)).epoch for draw in (1, 3))
    assert cost(arm).epoch == middle > first


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"by": "group"}, "column", "Name the column to cut by: one of age, dose, patient, day, set, week, note"),
    ({"by": "time", "column": "when"}, "column", "Rows can't be cut by 'when': choose one of age, dose"),
    ({"by": "group", "column": "outcome"}, "column", "Rows can't be cut by 'outcome': choose one of age"),
    ({"column": "patient"}, "column", "Rows are not cut by a column: leave this empty, or set `by` to group"),
    ({"by": "stratified", "column": "patient"}, "column", "Rows are not cut by a column"),
    ({"by": "group", "column": "note"}, "column", "1 row has no value in column 'note', so nobody knows"),
    ({"by": "group", "column": "set", "folds": 5}, "column", "'set' has 4 different values, and each fold needs one"),
    ({"by": "time", "column": "patient"}, "column", "'patient' holds text such as 'p0', which has no order in time"),
    ({"by": "time", "column": "day", "draws": 2}, "draws", "The order in time cuts the rows in one way only: leave it"),
    ({"by": "time", "column": "day", "resample": True}, "resample", "in one way only: turn it off, or cut by rows"),
    ({"by": "time", "column": "day", "folds": 2, "fold_repeats": 2}, "fold_repeats", "can be cut in one way only"),
    ({"by": "time", "column": "day", "folds": 120}, "folds", "begin with rows that are trained on alone: use 119"),
    ({"by": "time", "column": "day", "folds": 5, "validation": 20}, "validation", "has 20 rows before those that"),
    ({"by": "time", "column": "day", "train": 120}, "train", "leaves no test rows"),
    ({"by": "column", "column": "set", "folds": 2}, "folds", "The column cuts the rows in one way only"),
    ({"by": "column", "column": "set", "validation": 2}, "validation", "'set' says which rows these are: leave this"),
    ({"by": "column", "column": "patient"}, "column", "says 'p0', 'p1', 'p2', 'p3', 'p4', …: rename these to train,"),
    ({"by": "group", "column": "patient", "holdout": 0.9, "train": 3, "validation": 3}, "train", "No group of column"),
]


@pytest.mark.parametrize(("split", "field", "sentence"), BAD, ids=str)
def test_cuts_that_can_not_be_are_refused(split: dict[str, Any], field: str, sentence: str, visits: Table) -> None:
    (problem,) = Split.model_validate(split).problems(visits)
    assert problem.location == ("split", field)
    assert sentence in problem.message


@pytest.mark.usefixtures("own_data")
def test_columns_without_enough_values_are_refused() -> None:
    rows = "".join(f"{row},{row % 2},{'train' if row < 15 else 'dev'},{row % 3}\n" for row in range(20))
    table = Table(file=kept(f"x,half,set,y\n{rows}"), target="y")
    (problem,) = Split(by="group", column="half", validation=2).problems(table)
    assert "Column 'half' has 2 different values, and each of 3 sets needs one" in problem.message
    (problem,) = Split(by="column", column="set").problems(table)
    assert problem.message == "Column 'set' says test of no row: add some, or choose another column"
    for by in ("group", "time", "column"):
        (problem,) = Split(by=by, column="x").problems(Iris())
        assert problem.location == ("split", "by")
        assert "have columns to cut by: set this to rows or stratified" in problem.message


SCRIPTED: list[tuple[dict[str, Any], int | None]] = [
    *(({**way, **SIZES}, None) for way in WAYS),
    *(({**way, "train": 0.4}, None) for way in WAYS),
    *(({**way, **SIZES, "draws": 2}, 2) for way in WAYS[:2]),
    *(({**way, **SIZES, "folds": 3, "label_noise": 0.2}, 3) for way in WAYS),
    *(({**way, "folds": 3, "imbalance": 0.5}, 1) for way in WAYS),
    ({"by": "column", "column": "set", "standardize": True}, None),
]


@pytest.mark.parametrize(("body", "draw"), SCRIPTED, ids=str)
def test_the_printed_code_gives_the_same_parts(body: dict[str, Any], draw: int | None, visits: Table) -> None:
    """Run alone, as in a script, from the file as it came."""
    split = Split.model_validate(body)
    assert_printed_parts(split, split.without_column(visits), draw)
