"""Accuracy of always saying the most frequent class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from sklearn.dummy import DummyClassifier

from app.majority import known_class_counts, majority_of
from core.catalog.datasets import AnyDataset, Dataset, Split
from core.experiment.experiment import Experiment
from core.settings import settings
from tests.core.catalog.datasets.plants import LABELS, csv_of_plants
from tests.core.catalog.datasets.uploading import kept


def dataset(**fields: Any) -> Dataset:
    found: Dataset = TypeAdapter(AnyDataset).validate_python(fields)
    return found


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_rate_is_that_of_a_model_that_has_learnt_nothing(noise: float) -> None:
    data = dataset(kind="breast_cancer")
    split = Split(train=60, validation=100, holdout=200, shuffle=True, label_noise=noise)
    found = known_class_counts(data, split, None)
    assert found is not None
    cut = split.assign(data, data.labels())
    dummy = DummyClassifier(strategy="most_frequent").fit(cut.train.reshape(-1, 1), cut.y[cut.train])
    for part in ("validation", "test", "holdout"):
        rows = getattr(cut, part)
        assert found.majority_rate(part) == pytest.approx(dummy.score(rows.reshape(-1, 1), cut.y[rows]))
    assert found.name(data) == "benign"


def test_none_is_told_without_rows_or_without_classes() -> None:
    found = known_class_counts(dataset(kind="moons"), Split(train=30), None)
    assert found is not None
    assert found.majority_rate("validation") is None
    assert known_class_counts(dataset(kind="diabetes"), Split(train=30), None) is None


def test_the_rates_of_draws_are_their_means_and_sealed_ones_are_hidden() -> None:
    split: dict[str, Any] = {"train": 60, "validation": 100, "holdout": 200, "shuffle": True}
    body: dict[str, Any] = {"dataset": {"kind": "breast_cancer"}, "network": {"layers": []}, "arms": [{"name": "a"}]}
    data = dataset(kind="breast_cancer")
    found = majority_of(Experiment.model_validate({**body, "split": {**split, "draws": 3}}))
    assert found is not None
    assert found.name == "benign"
    for part in ("train", "validation", "test", "holdout"):
        rates = []
        for draw in (1, 2, 3):
            cut = Split.model_validate({**split, "draws": 3}).assign(data, data.labels(), draw)
            dummy = DummyClassifier(strategy="most_frequent").fit(cut.train.reshape(-1, 1), cut.y[cut.train])
            rows = getattr(cut, part)
            rates.append(dummy.score(rows.reshape(-1, 1), cut.y[rows]))
        assert getattr(found, part) == pytest.approx(sum(rates) / 3)
    hidden = majority_of(Experiment.model_validate({**body, "split": split}), is_revealed=False)
    assert hidden is not None
    assert hidden.holdout is None
    assert hidden.test is not None
    assert majority_of(Experiment.model_validate({**body, "dataset": {"kind": "diabetes"}})) is None


def test_of_several_labels_it_is_the_mean_over_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    try:
        file = kept(csv_of_plants(), "plants.csv")
        first, *more = LABELS
        data = dataset(kind="table", file=file, target=first, more_targets=more)
        split = Split(train=60, validation=20, shuffle=True)
        found = known_class_counts(data, split, None)
        assert found is not None
        cut = split.assign(data, data.labels())
        dummies = [DummyClassifier(strategy="most_frequent") for _ in LABELS]
        for part in ("train", "validation", "test"):
            rows = getattr(cut, part)
            rates = [
                dummy.fit(cut.train[:, None], y[cut.train]).score(rows[:, None], y[rows])
                for dummy, y in zip(dummies, cut.y.T, strict=True)
            ]
            assert found.majority_rate(part) == pytest.approx(sum(rates) / 3)
        said = [int(dummy.predict([[0]])[0]) for dummy in dummies]
        words = zip(LABELS, data.label_names, said, strict=True)
        assert found.name(data) == ", ".join(f"{name}: {values[place]}" for name, values, place in words)
    finally:
        settings.cache_clear()
