"""Previews of data sets: rows, points, pictures and warnings."""

from __future__ import annotations

import httpx
import numpy as np
import pytest

from app.api.preview import ImagesSampleView, PointsSampleView, SeriesSampleView, preview_view
from core.catalog.datasets import (
    Blobs,
    Dataset,
    Moons,
    Sine,
    Split,
)
from tests.core.catalog.datasets.samples import OWN, VARIANTS, name_of


@pytest.mark.parametrize("dataset", [*OWN, *VARIANTS], ids=name_of)
def test_previews_show_some_rows(dataset: Dataset) -> None:
    split = Split(train=0.5, validation=0.1, holdout=0.1, shuffle=True)
    view = preview_view(dataset, split)
    assert view.message is None
    assert len(view.model_dump_json()) < 200_000
    assert (view.rows, view.shape) == (dataset.rows, list(dataset.shape))
    assert view.sizes.model_dump() == split.counts(dataset.rows)
    data, assigned = dataset.load(), split.assign(dataset, dataset.labels())
    if dataset.task == "regression":
        assert view.target is not None
        assert view.target.mean == pytest.approx(float(data.y[assigned.train].mean()), rel=1e-4, abs=1e-4)
    else:
        assert sum(view.class_balance.train) == view.sizes.train
        assert sum(view.class_balance.validation) == view.sizes.validation
    sample = view.sample
    assert sample.kind != "none"
    assert set(sample.part) == {"train", "validation", "test"}
    if isinstance(sample, PointsSampleView):
        assert len(dataset.shape) == 1
        assert len(sample.points) == len(sample.y) == len(sample.part)
        assert all(len(point) == 2 for point in sample.points)
        assert len(sample.axes) == 2
        assert np.isfinite(sample.points).all()
        if dataset.shape == (2,):
            assert sample.axes == dataset.feature_names
    elif isinstance(sample, ImagesSampleView):
        assert (sample.height, sample.width, sample.channels) == (8, 8, 1)
        assert np.array(sample.pixels).shape == (24, 64)
        assert 0 <= np.min(sample.pixels) <= np.max(sample.pixels) == 255
    elif isinstance(sample, SeriesSampleView):
        steps, features = dataset.shape
        assert np.array(sample.series).shape == (8, features, steps)
        assert sample.features == dataset.feature_names


def test_previews_choose_points_evenly_and_show_noise() -> None:
    large = preview_view(Blobs(n_samples=50_000, centers=4, n_features=7), Split(train=0.5, label_noise=0.5))
    assert isinstance(large.sample, PointsSampleView)
    assert len(large.sample.points) == 2000
    assert "principal component 1" in large.sample.axes[0]
    line = preview_view(Sine(), Split())
    assert isinstance(line.sample, PointsSampleView)
    assert line.sample.axes == ["x1", "target"]
    assert [y for _, y in line.sample.points] == pytest.approx(line.sample.y, abs=1e-5)
    moons = preview_view(Moons(), Split(train=30, label_noise=0.5))
    assert isinstance(moons.sample, PointsSampleView)
    assert sum(ours != truth for ours, truth in zip(moons.sample.y, Moons().labels(), strict=True)) == 15


def test_previews_warn_of_missing_classes() -> None:
    view = preview_view(Blobs(n_samples=20, centers=10, random_state=1), Split(train=3))
    assert any("No training row is of class" in warning for warning in view.warnings)
    assert preview_view(Moons(), Split()).warnings == []


def test_previews_are_the_rows_that_are_trained_on(client: httpx.Client) -> None:
    body = {"dataset": {"kind": "moons"}, "split": {"train": 30}}
    preview = client.post("/api/datasets/preview", json=body).json()
    assert (preview["rows"], preview["train_rows"], preview["test_rows"]) == (100, 30, 70)
    assert preview["sample"]["part"] == ["train"] * 30 + ["test"] * 70
    assert sum(preview["class_balance"]["train"]) == 30
    large = {"dataset": {"kind": "blobs", "n_samples": 50_000, "centers": 4, "n_features": 7}}
    preview = client.post("/api/datasets/preview", json=large).json()
    assert (preview["task"], preview["classes"], len(preview["feature_names"])) == ("multiclass", 4, 7)
    assert len(preview["sample"]["y"]) == 2000
    answer = client.post("/api/datasets/preview", json={"dataset": {"kind": "moons"}, "split": {"train": 100}})
    assert answer.json()["errors"][0]["location"] == ["split", "train"]
