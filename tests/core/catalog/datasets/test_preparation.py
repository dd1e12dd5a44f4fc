"""Rows split and prepared: every row in one part, label noise, imbalance, scaling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import catalog
from core.catalog.calls import functions, modules, source, source_code
from core.catalog.datasets import (
    Blobs,
    Cifar10,
    Dataset,
    Diabetes,
    Digits,
    FashionMnist,
    Imdb,
    Iris,
    Mnist,
    Moons,
    Sine,
    Split,
    Wine,
)
from tests.core.catalog.datasets.samples import OWN, VARIANTS, name_of


def shares(rows: int) -> st.SearchStrategy[float | int]:
    return st.floats(0.01, 0.6) | st.integers(1, rows)


@given(data=st.data(), rows=st.integers(4, 300), shuffle=st.booleans(), random_state=st.integers(0, 2**31 - 1))
def test_every_row_is_in_one_part(data: st.DataObject, rows: int, shuffle: bool, random_state: int) -> None:
    split = Split(
        train=data.draw(shares(rows)),
        validation=data.draw(st.none() | shares(rows)),
        holdout=data.draw(st.none() | shares(rows)),
        shuffle=shuffle,
        random_state=random_state,
    )
    dataset = Moons(n_samples=rows)
    counts = split.counts(rows)
    problems = split.problems(dataset)
    wanted = [counts[name] for name in ("train", "validation", "holdout") if getattr(split, name) is not None]
    assert (not problems) == (min(wanted) >= 1 and counts["test"] >= 1)
    if problems:
        assert problems[0].location[0] == "split"
        return
    assigned = split.assign(dataset, dataset.labels())
    indices = {name: getattr(assigned, name).tolist() for name in counts}
    assert {name: len(index) for name, index in indices.items()} == counts
    in_order = [row for name in ("train", "validation", "test", "holdout") for row in indices[name]]
    assert sorted(in_order) == list(range(rows))
    if not shuffle:
        assert in_order == list(range(rows))
    parts, whole = split.prepare(dataset), dataset.load()
    for name, index in indices.items():
        part = getattr(parts, name)
        assert (part is None) == (not index)
        if part is not None:
            assert np.array_equal(part.x, whole.x[index]), name
            assert np.array_equal(part.y, whole.y[index]), name


@given(
    share=st.floats(0, 1),
    classes=st.integers(2, 6),
    validation=st.none() | st.integers(1, 40),
    random_state=st.integers(0, 99),
)
def test_label_noise_exchanges_classes_of_training_and_validation_rows(
    share: float, classes: int, validation: int | None, random_state: int
) -> None:
    dataset = Blobs(n_samples=120, centers=classes)
    split = Split(train=60, validation=validation, label_noise=share, random_state=random_state)
    truth = dataset.labels()
    assigned = split.assign(dataset, truth)
    noisy = [*assigned.train, *assigned.validation]
    assert (assigned.y != truth)[noisy].sum() == round(share * len(noisy))
    assert not (assigned.y != truth)[[*assigned.test, *assigned.holdout]].any()
    assert set(assigned.y.tolist()) <= set(range(classes))
    assert np.array_equal(split.assign(dataset, truth).y, assigned.y)


def test_every_other_class_is_as_likely_under_label_noise() -> None:
    dataset = Blobs(n_samples=30_000, centers=3)
    truth = dataset.labels()
    noisy = Split(train=29_000, label_noise=0.6).assign(dataset, truth).y[:29_000]
    for label in range(3):
        became = np.bincount(noisy[truth[:29_000] == label], minlength=3) / (truth[:29_000] == label).sum()
        assert became == pytest.approx([0.4 if each == label else 0.3 for each in range(3)], abs=0.02)


@given(smallest=st.floats(0.01, 1), classes=st.integers(2, 6), shuffle=st.booleans())
def test_imbalance_thins_the_training_rows_of_higher_classes(smallest: float, classes: int, shuffle: bool) -> None:
    dataset = Blobs(n_samples=300, centers=classes)
    even = Split(train=200, validation=20, shuffle=shuffle)
    thinned = even.model_copy(update={"imbalance": smallest})
    truth = dataset.labels()
    before, after = even.assign(dataset, truth), thinned.assign(dataset, truth)
    all_of_each = np.bincount(truth[before.train], minlength=classes)
    left = np.bincount(truth[after.train], minlength=classes)
    expected = [max(1, round(n * smallest ** (c / (classes - 1)))) for c, n in enumerate(all_of_each)]
    assert left.tolist() == expected
    assert left[0] == all_of_each[0]
    assert set(after.train) <= set(before.train)
    assert np.array_equal(after.test, before.test)
    assert np.array_equal(after.validation, before.validation)
    assert len(thinned.prepare(dataset).train) == sum(expected)


def test_features_and_target_are_standardised_by_the_training_rows_alone() -> None:
    dataset = Diabetes()
    split = Split(train=100, validation=50, holdout=30, standardize=True, standardize_target=True)
    parts, plain = split.prepare(dataset), dataset.load()
    x, y = plain.x[:100], plain.y[:100]
    cuts = {"train": slice(100), "validation": slice(100, 150), "test": slice(150, 412), "holdout": slice(412, 442)}
    for name, cut in cuts.items():
        part = getattr(parts, name)
        np.testing.assert_allclose(part.x, (plain.x[cut] - x.mean(axis=0)) / x.std(axis=0), atol=1e-3, err_msg=name)
        np.testing.assert_allclose(part.y, (plain.y[cut] - y.mean()) / y.std(), atol=1e-3, err_msg=name)
        assert part.x.dtype == part.y.dtype == np.float32
    again = parts.scaling(plain.take(cuts["test"]))
    assert np.array_equal(again.x, parts.test.x)
    assert np.array_equal(again.y, parts.test.y)


def test_constant_columns_and_channels_are_standardised_safely() -> None:
    parts = Split(train=0.5, standardize=True).prepare(Digits())
    assert np.isfinite(parts.test.x).all()
    pictures = Split(train=0.5, standardize=True).prepare(Digits(layout="image"))
    assert abs(float(pictures.train.x.mean())) < 1e-4
    assert pictures.scaling.x is not None
    assert pictures.scaling.x[0].shape == (1,)


BAD_SPLITS: list[tuple[Dataset, dict[str, Any], str, str]] = [
    (Moons(), {"train": 100}, "train", "no test rows: the data set has 100 rows"),
    (Moons(), {"train": 200}, "train", "no test rows"),
    (Moons(), {"train": 0.001}, "train", "no training rows"),
    (Moons(), {"validation": 0.001}, "validation", "no validation rows"),
    (Moons(), {"holdout": 0.001}, "holdout", "no holdout rows"),
    (Moons(), {"train": 50, "validation": 50}, "validation", "no test rows"),
    (Moons(), {"train": 50, "validation": 20, "holdout": 30}, "holdout", "no test rows"),
    (Sine(), {"label_noise": 0.1}, "label_noise", "no class labels"),
    (Sine(), {"imbalance": 0.5}, "imbalance", "no classes"),
    (Moons(), {"standardize_target": True}, "standardize_target", "for regression only"),
    (
        Diabetes(),
        {"standardize_target": True, "target_scale": "standard"},
        "standardize_target",
        "standardises the target already",
    ),
    (Iris(), {"train": 50}, "shuffle", "none of class 'versicolor', 'virginica': shuffle"),
    (Wine(), {"train": 0.5}, "shuffle", "none of class 'cultivar 3'"),
    (Iris(), {"holdout": 40, "folds": 11}, "folds", "Class 'virginica' has 10 rows that are not sealed, and each fold"),
    (Iris(), {"holdout": 49, "folds": 2}, "folds", "Class 'virginica' has 1 row that is not sealed, and each fold"),
    (Iris(), {"folds": 5, "validation": 120, "shuffle": True}, "validation", "leave none to train on: use 119 at most"),
    (Sine(), {"folds": 51}, "folds", "Some folds have one test row, and r² needs two: use 50 at most"),
    (Sine(n_samples=10), {"folds": 2, "holdout": 7}, "folds", "one test row, and r² needs two: use no folds"),
    (Iris(), {"train": 50, "holdout": 60, "folds": 45}, "holdout", "All rows of class 'virginica' are sealed"),
    (Iris(), {"train": 50, "holdout": 55, "folds": 5}, "holdout", "sealed, so no model can learn it: shuffle, or seal"),
    (Iris(), {"train": 50, "holdout": 55, "draws": 5}, "holdout", "All rows of class 'virginica' are sealed"),
    (Iris(), {"holdout": 60, "folds": 45, "shuffle": True}, "folds", "that are not sealed, and each fold needs one"),
]


@pytest.mark.parametrize(("dataset", "split", "field", "sentence"), BAD_SPLITS, ids=name_of)
def test_splits_that_can_not_be_are_refused(dataset: Dataset, split: dict[str, Any], field: str, sentence: str) -> None:
    (problem,) = Split(**split).problems(dataset)
    assert problem.location == ("split", field)
    assert sentence in problem.message


def test_folds_whose_test_rows_have_one_target_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.array([[7.0]] * 190 + [[float(row)] for row in range(10)], np.float32)
    monkeypatch.setattr(Sine, "labels", lambda self: y)
    (problem,) = Split(folds=20).problems(Sine(n_samples=200))
    assert problem.location == ("split", "folds")
    assert "have one target, so it has no r²: use fewer folds" in problem.message
    assert Split(folds=2).problems(Sine(n_samples=200)) == []
    assert Split(folds=100).problems(Diabetes()) == []


def test_splits_that_are_sound_are_taken() -> None:
    assert Split(train=50, shuffle=True).problems(Iris()) == []
    assert Split(train=0.9).problems(Iris()) == []
    assert Split(train=50, holdout=55, folds=5, shuffle=True).problems(Iris()) == []
    assert Split(train=50, holdout=55, draws=5, shuffle=True).problems(Iris()) == []
    assert Split(train=50, draws=5).problems(Iris()) == []
    assert Split(folds=5).problems(Mnist()) == [], "its labels are not here"
    for dataset in [*OWN, Mnist(), FashionMnist(), Cifar10(), Imdb()]:
        assert Split(**dataset.proposed_split).problems(dataset) == []


def test_equal_sizes_mean_equal_shapes() -> None:
    seeds = [Moons(random_state=seed) for seed in (1, 2)]
    plain, thin = Split(train=30, validation=10), Split(train=30, validation=10, imbalance=0.3)
    assert (
        plain.sizes(seeds[0]) == plain.sizes(seeds[1]) == Split(train=30, validation=0.1, shuffle=True).sizes(seeds[0])
    )
    assert plain.sizes(seeds[0]) != Split(train=30, holdout=10).sizes(seeds[0])
    assert thin.sizes(seeds[0]) == thin.sizes(Moons())
    assert thin.sizes(seeds[0]) != thin.sizes(seeds[1])


SCRIPTED: list[tuple[Dataset, Split]] = [
    *((dataset, Split(train=0.4)) for dataset in [*OWN, *VARIANTS]),
    (
        Iris(),
        Split(train=0.4, validation=20, holdout=0.1, shuffle=True, standardize=True, label_noise=0.2, imbalance=0.4),
    ),
    (Diabetes(), Split(train=200, standardize=True, standardize_target=True, random_state=4, shuffle=True)),
]


@pytest.mark.parametrize(("dataset", "split"), SCRIPTED, ids=name_of)
def test_the_printed_code_gives_the_same_parts(dataset: Dataset, split: Split) -> None:
    """Run alone, with NumPy, as in a script."""
    steps = split.code(dataset)
    values = [value for _, value in steps]
    printed = ["import functools", "import numpy as np", *(f"import {each}" for each in modules(values))]
    printed += [source(function) for function in functions(values)]
    printed += [f"{names} = {source_code(value)}" for names, value in steps]
    found: dict[str, Any] = {}
    exec("\n".join(["from __future__ import annotations", *printed]), found)
    parts = split.prepare(dataset)
    for name in ("train", "validation", "test", "holdout"):
        part = getattr(parts, name)
        assert (part is None) == (f"{name}_x" not in found)
        if part is not None:
            for ours, theirs in ((part.x, found[f"{name}_x"]), (part.y, found[f"{name}_y"])):
                assert np.array_equal(ours, theirs)
                assert ours.dtype == theirs.dtype


# Previews


def test_the_catalog_says_how_to_split_and_which_field_is_which() -> None:
    shown = catalog()
    entries = {entry["kind"]: entry for entry in shown["datasets"]}
    assert next(iter(entries)) == "moons"
    assert entries["mnist"]["split"] == {"train": 60_000}
    assert entries["moons"]["split"] == {}
    table = entries["table"]["schema"]["properties"]
    assert [table[name]["widget"] for name in ("file", "target", "features")] == ["file", "column", "columns"]
    split = shown["split"]["schema"]["properties"]
    assert [name for name, field in split.items() if field.get("widget") == "share"] == [
        "train",
        "validation",
        "holdout",
    ]
    assert {name: field["default"] for name, field in split.items()} == Split().model_dump()
