"""Test rows from a second file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.api.preview import preview_view
from app.majority import class_counts
from core.catalog.calls import functions, modules, source, source_code
from core.catalog.datasets import Split, Table
from core.experiment.experiment import Experiment, resolve
from tests.core.catalog.datasets.uploading import kept

RNG = np.random.default_rng(0)


def rows(count: int, start: int = 0, **more: Any) -> pd.DataFrame:
    index = np.arange(start, start + count)
    frame = {
        "dose": (index * 37 % 101) / 7,
        "colour": np.array(["red", "blue", "green"])[index % 3],
        "day": pd.date_range("2024-01-01", periods=count + start).strftime("%Y-%m-%d")[start:],
        "patient": [f"p{each // 5}" for each in index],
        "outcome": np.array(["no", "yes"])[(index // 2) % 2],
    }
    return pd.DataFrame({**frame, **more})


TRAIN = rows(60)
TEST = rows(21, 60).drop(columns="patient")[["outcome", "day", "dose", "colour"]]
TEST.loc[3, "dose"] = np.nan
TEST.loc[5, "colour"] = "violet"
TEST.loc[[7, 8], "outcome"] = np.nan


@pytest.fixture
def table(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    """A table and its test rows, which have a gap, a new colour, and two rows without a target."""
    monkeypatch.chdir(own_data)
    first, second = file_of("train.csv", TRAIN), file_of("test.csv", TEST, ";")
    return Table(file=first, test_file=second, target="outcome", features=["dose", "colour", "day"])


def file_of(name: str, frame: pd.DataFrame, delimiter: str = ",") -> str:
    text = frame.to_csv(index=False, sep=delimiter)
    Path(name).write_text(text)
    return kept(text, name)


WAYS: list[dict[str, Any]] = [
    {"by": "rows"},
    {"by": "rows", "shuffle": True},
    {"by": "stratified"},
    {"by": "group", "column": "patient"},
    {"by": "time", "column": "day"},
]
SIZES: list[dict[str, Any]] = [{}, {"validation": 0.2}, {"holdout": 10}, {"validation": 12, "holdout": 0.2}]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_test_rows_are_those_of_their_file_and_all_others_are_trained_on(
    way: dict[str, Any], sizes: dict[str, Any], table: Table
) -> None:
    split = Split.model_validate({**way, **sizes, "train": 0.3, "standardize": True, "label_noise": 0.1})
    cut = split.without_column(table)
    assert split.problems(cut) == []
    parts = split.parts(cut, cut.labels())
    assert (cut.rows, cut.own_test_rows) == (79, 19)
    assert parts["test"].tolist() == list(range(60, 79))
    assert sorted(np.concatenate([parts[name] for name in ("train", "validation", "holdout")])) == list(range(60))
    for name in ("validation", "holdout"):
        assert (len(parts[name]) > 0) == (name in sizes)
    assert {name: len(part) for name, part in parts.items()} == split.part_sizes(cut)
    if way["by"] == "group":
        groups = [set(TRAIN.patient[parts[name]]) for name in ("train", "validation", "holdout")]
        assert sum(map(len, groups)) == len(set.union(*groups))
    if way["by"] == "time" and sizes:
        later = np.concatenate([parts["validation"], parts["holdout"]])
        assert parts["train"].max() < later.min()

    steps = split.code(cut)
    values = [value for _, value in steps]
    printed = ["import numpy as np", *(f"import {each}" for each in modules(values))]
    printed += [source(function) for function in functions(values)]
    printed += [f"{names} = {source_code(value)}" for names, value in steps]
    found: dict[str, Any] = {}
    exec("\n".join(["from __future__ import annotations", *printed]), found)
    prepared = split.prepare(cut)
    for name in ("train", "validation", "test", "holdout"):
        part = getattr(prepared, name)
        assert (part is None) == (f"{name}_x" not in found)
        if part is not None:
            assert np.array_equal(part.x, found[f"{name}_x"])
            assert np.array_equal(part.y, found[f"{name}_y"])


def test_the_preparation_is_fitted_on_the_training_rows_alone(table: Table) -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    prepared = Split(by="rows", standardize=True).prepare(table)
    names = table.feature_names
    test = TEST.dropna(subset="outcome")
    filled = SimpleImputer(strategy="median").fit(TRAIN[["dose"]].to_numpy())
    scaler = StandardScaler().fit(TRAIN[["dose"]].to_numpy())
    dose = scaler.transform(filled.transform(test[["dose"]].to_numpy()))[:, 0]
    np.testing.assert_allclose(prepared.test.x[:, names.index("dose")], dose, rtol=1e-5, atol=1e-6)
    assert prepared.test.x[:, names.index("dose is missing")].tolist().count(0) == 18
    colours = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(TRAIN[["colour"]].to_numpy())
    places = [names.index(f"colour = {each}") for each in ("blue", "green", "red")]
    scaled = StandardScaler().fit(colours.transform(TRAIN[["colour"]].to_numpy()))
    expected = scaled.transform(colours.transform(test[["colour"]].to_numpy()))
    np.testing.assert_allclose(prepared.test.x[:, places], expected, rtol=1e-5, atol=1e-6)
    assert prepared.test.y.tolist() == (test.outcome == "yes").astype(int).tolist()
    assert not np.isnan(prepared.test.x).any()


def test_all_that_is_told_of_the_rows_knows_of_it(table: Table) -> None:
    split = Split(validation=10)
    view = preview_view(table, split)
    assert (view.rows, view.sizes.train, view.sizes.validation, view.sizes.test) == (79, 50, 10, 19)
    assert sum(view.class_balance.test) == 19
    assert int(class_counts(table, split, None).counts["test"].sum()) == 19
    body = {"dataset": table.model_dump(), "split": {"validation": 10}, "network": {"layers": []}}
    experiment = Experiment.model_validate({**body, "arms": [{"name": "a"}]})
    (arm,) = resolve(experiment)
    assert arm.split.part_sizes(arm.dataset)["train"] == 50


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (TEST.drop(columns="dose"), "This file lacks column 'dose'"),
        (TEST.drop(columns="outcome"), "This file lacks column 'outcome'"),
        (TEST.assign(dose="much"), "Column 'dose' holds text in this file and numbers in the training rows' file"),
        (TEST.assign(dose=""), "Column 'dose' of this file has no values"),
        (TEST.assign(outcome="perhaps"), "The training rows have no class 'perhaps' of 'outcome'"),
    ],
)
def test_a_file_that_does_not_fit_is_told(table: Table, test: pd.DataFrame, said: str) -> None:
    other = table.model_copy(update={"test_file": file_of("other.csv", test)})
    (problem,) = other.problems()
    assert problem.location == ("dataset", "test_file")
    assert problem.message.startswith(said)


def test_a_file_that_is_no_other_is_told(table: Table) -> None:
    def said(**change: Any) -> list[str]:
        return [problem.message for problem in table.model_copy(update=change).problems()]

    assert "choose another" in said(test_file=table.file)[0]
    assert "There is no such file" in said(test_file="0" * 64)[0]
    alike = table.model_copy(update={"test_file": file_of("train.csv", TEST)})
    assert alike.problems() == []
    assert '"train.csv"' in source_code(alike.code())
    assert '"test_train.csv"' in source_code(alike.code())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"folds": 3}, "folds"),
        ({"draws": 3}, "draws"),
        ({"resample": True}, "resample"),
        ({"by": "column", "column": "patient"}, "by"),
        ({"validation": 60}, "validation"),
        ({"validation": 30, "holdout": 30}, "holdout"),
    ],
)
def test_a_split_that_does_not_fit_is_told(table: Table, body: dict[str, Any], field: str) -> None:
    (problem,) = Split.model_validate(body).problems(table)
    assert problem.location == ("split", field)


def test_text_that_no_training_row_has_is_named(table: Table) -> None:
    assert table.unseen_values() == [("colour", ["violet"])]
    assert table.model_copy(update={"test_file": None}).unseen_values() == []
    known = table.model_copy(update={"test_file": file_of("known.csv", TEST.assign(colour="red"))})
    assert known.unseen_values() == []


def test_columns_that_are_written_otherwise_are_named(table: Table) -> None:
    other = table.model_copy(update={"test_file": file_of("other.csv", TEST.rename(columns=str.upper))})
    (problem,) = other.problems()
    assert "(it has 'OUTCOME', 'DOSE', 'COLOUR', 'DAY', which is written otherwise)" in problem.message
