"""Snapshots of weights: their epochs, figures and packing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.constraints import (
    Box,
    Chain,
    Constraint,
    FrobeniusNorm,
    L1Norm,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    UnitNorm,
)
from core.catalog.datasets import Digits, Friedman1, Moons, Sine, Split
from core.catalog.layers import Bidirectional, Conv2D, Dense, Flatten
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import Network
from core.experiment.resolution import ConstrainedWeight, ResolvedArm
from core.runs.snapshots import (
    COUNT,
    CURVE_POINTS,
    SIDE,
    SUMMARY,
    Snapshots,
    evenly_spaced,
    first_kernel,
    grid_of,
    kernel_columns,
    norms_of,
    pack_outcomes,
    snapshot_epochs,
    summary,
    unpack_outcomes,
)


def arm_of(*layers: object, dataset: object = None) -> ResolvedArm:
    body = Experiment(dataset=dataset or Moons(), split=Split(train=30), network=Network(layers=list(layers)))  # type: ignore[arg-type]
    return resolve(body)[0]


def kernel_of(constraint: Constraint | None) -> ConstrainedWeight:
    return arm_of(Dense(units=4, kernel_constraint=constraint)).weights()[0]


@given(st.integers(1, 200_000))
def test_snapshots_begin_before_training_and_end_with_it(epochs: int) -> None:
    looked = snapshot_epochs(epochs)
    assert looked[0] == 0
    assert looked[1] == 1
    assert looked[-1] == epochs
    assert (np.diff(looked) > 0).all()
    assert len(looked) <= COUNT + 1
    assert len(looked) == epochs + 1 or len(looked) > 3
    later = looked[looked >= COUNT]
    assert (later[1:] / later[:-1] < 1.4).all(), "evenly spaced in their logarithm"


def test_a_summary_is_of_each_units_norm() -> None:
    kernel = np.array([[3.0, 0.0, 0.6, 1.0], [4.0, 0.0, 0.8, 0.0]], np.float32)
    row = dict(zip(SUMMARY, summary(kernel_of(MaxNorm(max_value=5.0)), [kernel], 0.25), strict=True))
    assert row["min"] == 0
    assert row["max"] == 5
    assert row["mean"] == pytest.approx(7 / 4)
    assert row["median"] == pytest.approx(1)
    assert row["binding"] == 0.25
    assert row["projection"] == 0.25
    free = dict(zip(SUMMARY, summary(kernel_of(None), [kernel], np.nan), strict=True))
    assert np.isnan(free["binding"])
    assert np.isnan(free["projection"])
    assert free["max"] == 5


KERNEL = np.array([[0.6, -1.0, 0.0, 0.3], [0.8, 0.0, 2.0, 0.4]], np.float32)
"""Norms 1, 1, 2, 0.5."""


@pytest.mark.parametrize(
    ("constraint", "share"),
    [
        (MaxNorm(max_value=2.0), 0.25),
        (MaxNorm(max_value=3.0), 0.0),
        (MaxNorm(max_value=1.0), 0.5),  # the norm of 2 breaks it: it does not sit at it
        (UnitNorm(), 0.5),
        (UnitNorm(axis=[0, 1]), 0.0),
        (MinMaxNorm(min_value=0.5, max_value=2.0), 0.5),
        (MinMaxNorm(min_value=0.0, max_value=2.0), 0.25),
        (NonNeg(), 3 / 8),
        (Box(min_value=-1.0, max_value=0.8), 3 / 8),
        (L1Norm(max_value=1.4), 0.5),
        (FrobeniusNorm(max_value=float(np.linalg.norm(KERNEL))), 1.0),
        (FrobeniusNorm(max_value=9.0), 0.0),
        (Chain(constraints=[NonNeg(), MaxNorm(max_value=2.0)]), 3 / 8),
    ],
)
def test_binding_is_the_share_at_the_limit(constraint: Constraint, share: float) -> None:
    item = kernel_of(constraint)
    assert summary(item, [KERNEL], 0.0)[SUMMARY.index("binding")] == pytest.approx(share)


def test_groups_are_counted_without_the_values() -> None:
    for layer in (Dense(units=7), Conv2D(filters=5), Bidirectional(units=3)):
        dataset = (
            Moons() if isinstance(layer, Dense) else Digits(layout="image" if layer.kind == "conv2d" else "sequence")
        )
        rest = [Flatten()] if isinstance(layer, Conv2D) else []
        arm = arm_of(layer, *rest, dataset=dataset)
        shapes = arm.weight_shapes()
        for item in arm.weights():
            values = [np.ones(shape, np.float32) for shape in shapes[item.path]]
            assert item.groups(shapes[item.path]) == len(norms_of(item, values)), item.path


def test_of_very_many_units_an_even_choice_is_kept() -> None:
    assert evenly_spaced(5, 9).tolist() == [0, 1, 2, 3, 4]
    assert evenly_spaced(1000, 3).tolist() == [0, 500, 999]
    arm = arm_of(Dense(units=300), dataset=Digits())
    item = first_kernel(arm)
    assert item is not None
    columns, units = kernel_columns(item, [np.arange(64 * 300, dtype=np.float32).reshape(64, 300)])
    assert units == 300
    assert columns.shape == (64, 64)
    assert columns[0, 0] == 0
    assert columns[-1, -1] == 64 * 300 - 1


def test_the_grid_covers_the_data_and_is_there_for_one_or_two_features() -> None:
    arm = arm_of(Dense(units=4))
    parts = arm.split.prepare(arm.dataset)
    grid = grid_of(arm, parts)
    assert grid is not None
    assert grid.y is not None
    points = grid.inputs()
    assert points.shape == (SIDE * SIDE, 2)
    for rows in (parts.train.x, parts.test.x):
        assert (rows.min(axis=0) > points.min(axis=0)).all()
        assert (rows.max(axis=0) < points.max(axis=0)).all()
    rows = np.concatenate([parts.train.x, parts.test.x]).astype(np.float64)
    low, high = rows.min(axis=0), rows.max(axis=0)
    margin = 0.08 * (high - low)
    x, y = np.linspace(low - margin, high + margin, SIDE).T
    np.testing.assert_allclose(points, [(across, up) for up in y for across in x], atol=1e-5)
    sine = arm_of(Dense(units=4), dataset=Sine())
    curve = grid_of(sine, sine.split.prepare(sine.dataset))
    assert curve is not None
    assert curve.kind == "curve"
    assert curve.x[0] < -0.9
    assert curve.x[1] > 0.9
    np.testing.assert_allclose(curve.inputs(), np.linspace(*curve.x, CURVE_POINTS)[:, None], atol=1e-6)
    for dataset in (Digits(), Friedman1()):
        other = arm_of(Dense(units=4), dataset=dataset)
        assert grid_of(other, other.split.prepare(other.dataset)) is None


def test_quartiles_of_norms_are_those_of_their_order() -> None:
    kernel = np.zeros((2, 21), np.float32)
    kernel[0] = np.random.default_rng(0).permutation(21)
    row = dict(zip(SUMMARY, summary(kernel_of(None), [kernel], np.nan), strict=True))
    assert [row[name] for name in ("min", "lower", "median", "upper", "max")] == [0, 5, 10, 15, 20]


def test_outputs_are_kept_in_a_byte_each() -> None:
    arm = arm_of(Dense(units=4))
    grid = grid_of(arm, arm.split.prepare(arm.dataset))
    assert grid is not None
    values, scale = grid.drawn("binary", np.array([[0.0], [0.5], [1.0], [np.nan]]))
    assert values.tolist() == [0, 128, 255, 0]
    assert scale == (0, 1)
    values, _ = grid.drawn("multiclass", np.array([[0.1, 0.2, 0.7], [0.9, 0.1, 0.0]]))
    assert values.tolist() == [2, 0]
    values, scale = grid.drawn("regression", np.array([[-2.0], [0.0], [2.0]]))
    assert values.tolist() == [0, 128, 255]
    assert scale == (-2, 2)


def snapshots(epochs: list[int], fill: float, weights: int = 2) -> Snapshots:
    table = np.full((len(epochs), weights, len(SUMMARY)), fill, np.float32)
    return Snapshots(np.array(epochs), table, {"norms_0": np.full((len(epochs), 3), fill, np.float16)})


def test_packing_loses_nothing_and_joining_keeps_the_first_of_each_epoch() -> None:
    first, again = snapshots([0, 1, 2], 1.0), snapshots([2, 4], 2.0)
    unpacked = Snapshots.unpack([0, 1, 2], first.pack())
    assert unpacked.summary.tobytes() == first.summary.tobytes()
    assert unpacked.frames["norms_0"].tobytes() == first.frames["norms_0"].tobytes()
    both = Snapshots.joined([first, again])
    assert both.epoch.tolist() == [0, 1, 2, 4]
    assert both.summary[:, 0, 0].tolist() == [1, 1, 1, 2]
    assert both.frames["norms_0"][:, 0].tolist() == [1, 1, 1, 2]
    assert both.since(2).epoch.tolist() == [2, 4]


def test_outcomes_are_packed_in_a_bit_a_row() -> None:
    right = np.random.default_rng(0).random(20_003) < 0.9
    packed = pack_outcomes({"test": right[:7], "fresh": right})
    assert len(packed) < 4500
    back = unpack_outcomes(packed)
    assert back["fresh"].tolist() == right.tolist()
    assert back["test"].tolist() == right[:7].tolist()
    errors = np.array([0.5, np.nan], np.float32)
    assert unpack_outcomes(pack_outcomes({"test": errors}))["test"].tobytes() == errors.tobytes()
