"""Snapshots as they are drawn: spread over seeds, projected units, pictures of filters."""

from __future__ import annotations

import numpy as np
import pytest

from app.analysis.frames import images, project_units, summarize_seeds
from core.catalog.datasets import Blobs, Digits
from core.catalog.layers import Conv2D, Dense, Flatten
from core.runs.snapshots import (
    SUMMARY,
    first_kernel,
    kernel_columns,
)
from tests.core.runs.test_snapshots import arm_of, snapshots


def test_over_seeds_takes_the_least_the_greatest_and_means() -> None:
    epochs, table = summarize_seeds([snapshots([0, 1, 5], 1.0), snapshots([0, 1], 3.0)])
    assert epochs.tolist() == [0, 1, 5]
    row = dict(zip(SUMMARY, table[1, 0], strict=True))
    assert (row["min"], row["mean"], row["max"]) == (1, 2, 3)
    assert (table[2] == 1).all(), "of those that have come so far"


def test_wide_tells_angles_norms_and_components() -> None:
    rng = np.random.default_rng(1)
    start = rng.normal(size=(5, 8))
    other = rng.normal(size=(5, 8))
    other -= start * (other * start).sum(axis=0) / np.square(start).sum(axis=0)
    kernel = np.stack([start, 2 * start, other, -start, 0 * start])
    seen = project_units(kernel)
    assert seen.polar[0, :, 0] == pytest.approx(0, abs=1e-3)
    assert seen.polar[1, :, 0] == pytest.approx(0, abs=1e-3)
    assert seen.polar[2, :, 0] == pytest.approx(90, abs=1e-3)
    assert seen.polar[3, :, 0] == pytest.approx(180, abs=1e-3)
    assert (seen.polar[4] == 0).all()
    assert seen.polar[1, :, 1] == pytest.approx(2 * np.linalg.norm(start, axis=0), rel=1e-5)
    flat = kernel.transpose(0, 2, 1).reshape(-1, 5)
    variances = np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False) ** 2
    assert seen.explained == pytest.approx(variances[:2] / variances.sum())
    assert seen.components.reshape(-1, 2).var(axis=0) == pytest.approx(variances[:2] / len(flat), rel=1e-4)
    assert project_units(np.ones((2, 1, 3))).components[..., 1].tolist() == [[0, 0, 0]] * 2


def test_filters_and_units_that_see_a_picture_are_pictures() -> None:
    arm = arm_of(Conv2D(filters=3), Flatten(), dataset=Digits(layout="image"))
    item = first_kernel(arm)
    assert item is not None
    weight = np.random.default_rng(2).normal(size=(3, 3, 1, 3)).astype(np.float32)
    columns, _ = kernel_columns(item, [weight])
    pictures = images(item, arm.dataset, columns[None], weight.shape)
    assert pictures is not None
    assert pictures.shape == (1, 3, 3, 3, 1)
    assert pictures[0, 2, :, :, 0] == pytest.approx(weight[:, :, 0, 2])
    dense = arm_of(Dense(units=2), dataset=Digits())
    item = first_kernel(dense)
    assert item is not None
    pictures = images(item, dense.dataset, np.zeros((1, 64, 2)), (64, 2))
    assert pictures is not None
    assert pictures.shape == (1, 2, 8, 8, 1)
    table = arm_of(Dense(units=2), dataset=Blobs())
    item = first_kernel(table)
    assert item is not None
    assert images(item, table.dataset, np.zeros((1, 2, 2)), (2, 2)) is None
