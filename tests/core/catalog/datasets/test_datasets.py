"""Data sets: what they say of themselves, fresh draws, files of others, and how rows are split and prepared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from core.catalog.datasets import (
    AddingProblem,
    BreastCancer,
    Checkerboard,
    Classification,
    Dataset,
    DelayedRecall,
    Diabetes,
    Friedman1,
    Friedman2,
    Friedman3,
    GaussianQuantiles,
    Iris,
    Moons,
    NoisySines,
    Regression,
    Sine,
    Spirals,
    Synthetic,
    Wine,
    Xor,
)
from core.problems import problems_of
from tests.core.catalog.datasets.samples import ANY, DRAWN, OWN, VARIANTS, name_of


@pytest.mark.parametrize("dataset", [*OWN, *VARIANTS], ids=name_of)
def test_data_sets_are_what_they_say(dataset: Dataset) -> None:
    assert dataset.problems() == []
    data, again = dataset.load(), dataset.load()
    assert data.x.shape == (dataset.rows, *dataset.shape)
    assert data.x.dtype == np.float32
    assert np.isfinite(data.x).all()
    assert np.isfinite(data.y).all()
    if dataset.task == "regression":
        assert data.y.shape == (dataset.rows, 1)
        assert data.y.dtype == np.float32
        assert dataset.class_names == []
    else:
        assert data.y.shape == (dataset.rows,)
        assert data.y.dtype == np.int32
        assert set(data.y.tolist()) == set(range(dataset.classes))
        assert len(set(dataset.class_names)) == dataset.classes
        assert (dataset.task == "binary") == (dataset.classes == 2)
    assert len(set(dataset.feature_names)) == dataset.shape[-1]
    assert np.array_equal(data.x, again.x)
    assert np.array_equal(data.y, again.y)
    assert np.array_equal(dataset.labels(), data.y)
    assert np.array_equal(dataset.sample_rows(), data.x)
    assert ANY.validate_json(dataset.model_dump_json()) == dataset


@pytest.mark.parametrize("dataset", DRAWN, ids=name_of)
def test_fresh_draws_are_of_the_same_distribution(dataset: Synthetic) -> None:
    """Nearly the same means, spreads and correlations of features and labels, with none of the same rows."""
    many = dataset.model_copy(update={"n_samples": 20_000})
    drawn, fresh = many.load(), many.draw(20_000, random_state=99)
    assert fresh is not None
    assert fresh.x.shape == drawn.x.shape
    assert fresh.y.dtype == drawn.y.dtype
    assert not np.array_equal(fresh.x[:10], drawn.x[:10])
    assert np.array_equal(fresh.x, many.draw(20_000, random_state=99).x)  # type: ignore[union-attr]  # as above
    assert not np.array_equal(fresh.x, many.draw(20_000, random_state=98).x)  # type: ignore[union-attr]  # as above

    def columns(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        labels = y if dataset.task == "regression" else np.eye(dataset.classes)[y]
        return np.hstack([x.reshape(len(x), -1)[:, :60], labels]).astype(np.float64)

    ours, theirs = columns(drawn.x, drawn.y), columns(fresh.x, fresh.y)
    scale = ours.std(axis=0)
    assert np.allclose((ours.mean(axis=0) - theirs.mean(axis=0)) / scale, 0, atol=0.06)
    assert np.allclose(theirs.std(axis=0) / scale, 1, atol=0.06)
    assert np.allclose(np.corrcoef(ours.T), np.corrcoef(theirs.T), atol=0.06)


def test_fresh_draws_of_a_few_rows_share_clusters_and_coefficients() -> None:
    """Clusters and coefficients depend on the data set's seed, not on the number of rows."""
    few, other = Classification(n_samples=400, class_sep=5, flip_y=0.0), Classification(class_sep=5, random_state=2)
    data = few.load()
    centres = np.stack([data.x[data.y == label].mean(axis=0) for label in range(2)])
    for dataset, same in ((few, True), (other, False)):
        fresh = dataset.draw(4000, random_state=5)
        assert fresh is not None
        found = np.stack([fresh.x[fresh.y == label].mean(axis=0) for label in range(2)])
        assert np.allclose(found, centres, atol=1.0) is same
    line = Regression(n_samples=50, n_features=3, n_informative=3, noise=0.0)
    data, again = line.load(), line.draw(40, random_state=3)
    assert again is not None
    coefficients = np.linalg.lstsq(data.x, data.y, rcond=None)[0]
    assert np.allclose(again.x @ coefficients, again.y, rtol=1e-3, atol=1e-2)


def test_moons_are_the_tutorials() -> None:
    from sklearn.datasets import make_moons

    x, y = make_moons(n_samples=100, noise=0.2, random_state=1)
    data = Moons().load()
    assert np.array_equal(data.x, x.astype(np.float32))
    assert np.array_equal(data.y, y)


def test_targets_are_the_formulas() -> None:
    xor = Xor(noise=0.0).load()
    assert np.array_equal(xor.y, (xor.x[:, 0] > 0) ^ (xor.x[:, 1] > 0))
    board = Checkerboard(noise=0.0, cells=4).load()
    assert np.array_equal(board.y, (np.floor(board.x[:, 0] * 2) + np.floor(board.x[:, 1] * 2)) % 2)
    sine = Sine(noise=0.0, periods=3.0).load()
    assert np.allclose(sine.y, np.sin(3 * np.pi * sine.x), atol=1e-5)
    adding = AddingProblem(steps=11).load()
    assert np.array_equal(adding.x[:, :5, 1].sum(axis=1), np.ones(500))
    assert np.array_equal(adding.x[:, 5:, 1].sum(axis=1), np.ones(500))
    assert np.allclose((adding.x[:, :, 0] * adding.x[:, :, 1]).sum(axis=1), adding.y[:, 0], atol=1e-6)
    recall = DelayedRecall(noise=0.0).load()
    assert np.array_equal(recall.x[:, 0].argmax(axis=1), recall.y)
    assert not recall.x[:, 1:].any()
    sines = NoisySines(noise=0.0, frequencies=4).load()
    assert np.array_equal(np.abs(np.fft.rfft(sines.x[:, :, 0])).argmax(axis=1), sines.y + 1)
    shells = GaussianQuantiles(n_samples=30_000, n_features=4).load()
    assert np.bincount(shells.y) / 30_000 == pytest.approx(np.full(3, 1 / 3), abs=0.01)
    spirals = Spirals(noise=0.0, turns=1.0).load()
    radius = np.linalg.norm(spirals.x, axis=1)
    angle = np.arctan2(spirals.x[:, 1], spirals.x[:, 0])
    assert np.allclose(np.cos(angle - 2 * np.pi * radius - np.pi * spirals.y), 1, atol=1e-4)
    one = Friedman1(noise=0.0).load()
    x = one.x.T.astype(np.float64)
    formula = 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]
    assert np.allclose(one.y[:, 0], formula, atol=1e-4)
    two, three = Friedman2(noise=0.0).load(), Friedman3(noise=0.0).load()
    x = two.x.T.astype(np.float64)
    inner = x[1] * x[2] - 1 / (x[1] * x[3])
    assert np.allclose(two.y[:, 0], np.sqrt(x[0] ** 2 + inner**2), rtol=1e-4)
    x = three.x.T.astype(np.float64)
    assert np.allclose(three.y[:, 0], np.arctan((x[1] * x[2] - 1 / (x[1] * x[3])) / x[0]), atol=1e-3)


def test_names_are_scikit_learns() -> None:
    from sklearn import datasets

    for own, loaded in (
        (Iris(), datasets.load_iris()),
        (Wine(), datasets.load_wine()),
        (BreastCancer(), datasets.load_breast_cancer()),
        (Diabetes(), datasets.load_diabetes()),
    ):
        theirs = [str(name).replace("_", " ") for name in loaded.feature_names]
        assert own.feature_names == [name.replace("od280/od315 of", "od280/od315 of") for name in theirs]
    assert Iris().class_names == list(datasets.load_iris().target_names)
    assert BreastCancer().class_names == list(datasets.load_breast_cancer().target_names)


@pytest.mark.parametrize(
    ("body", "location", "sentence"),
    [
        (
            {"kind": "classification", "n_informative": 1},
            "n_clusters_per_class",
            "4 clusters need more corners",
        ),
        ({"kind": "regression", "n_features": 4}, "n_informative", "at most the number of features, 4"),
        ({"kind": "digits", "layout": "cube"}, "layout", "Must be one of"),
        ({"kind": "mnist", "from_train": 60_001}, "from_train", "Must be at most 60000"),
        ({"kind": "table", "file": "x", "target": "y"}, "file", "Give the id of an uploaded file"),
        ({"kind": "table"}, "file", "This is required"),
    ],
)
def test_fields_that_can_not_be_are_refused(body: dict[str, Any], location: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as raised:
        ANY.validate_python(body)
    problems = {problem.location: problem.message for problem in problems_of(raised.value, body)}
    assert sentence in problems[(location,)]
