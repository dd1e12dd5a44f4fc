"""Snapshots of a run's weights during training: summaries of every run, and frames to draw for the first seed.

A snapshot is taken of the initial weights and after about 60 epochs, evenly spaced in their logarithm. Its summary has
a few statistics of each weight that can be constrained. A frame holds the data of the views of norms, weights and
decision boundary: evenly chosen units if there are many, in half precision, which is enough for a screen.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from core.catalog.constraints import group_norms
from core.catalog.constraints.base import groups
from core.catalog.datasets import SplitRows, Task
from core.experiment.resolution import ConstrainedWeight, ResolvedArm

COUNT: Final = 60
"""Approximate number of snapshots of a run, besides that of the initial weights."""
SUMMARY: Final = ("min", "lower", "median", "mean", "upper", "max", "binding", "projection")
"""Columns of a summary: minimum, quartiles, mean and maximum of the norms of a weight's groups; the share of groups at
the limit; the Euclidean distance that the last projection moved the weight. The last two are NaN without a constraint.
"""
FRAME_VALUES: Final = 4096
"""Most values of the first kernel, and most norms of a weight, in one frame."""
SIDE: Final = 64
"""Points along each side of a decision boundary's grid."""
CURVE_POINTS: Final = 256
"""Points of a fitted curve."""
MARGIN: Final = 0.08
"""Margin of the grid on each side, as a share of the data's range."""


def snapshot_epochs(epochs: int) -> np.ndarray:
    """Epochs after which a snapshot is taken: int, ascending, from 0 (the initial weights) to the last."""
    spaced = np.unique(np.round(np.geomspace(1, epochs, min(COUNT, epochs))).astype(int))
    return np.concatenate([[0], spaced])


def norms_of(item: ConstrainedWeight, values: Sequence[np.ndarray]) -> np.ndarray:
    """Euclidean norms of all groups of a weight, whose variables have `values`: float64, (groups,)."""
    return np.concatenate([group_norms(value, item.axis) for value in values])


def summary(item: ConstrainedWeight, values: Sequence[np.ndarray], projection: float) -> np.ndarray:
    """A weight's `SUMMARY`: float32, (len(SUMMARY),); NaN where the weight is not finite."""
    norms = np.sort(norms_of(item, values))
    if not np.isfinite(norms[-1]):  # NaN is sorted last
        return np.full(len(SUMMARY), np.nan, np.float32)
    lower, median, upper = (norms[round(share * (len(norms) - 1))] for share in (0.25, 0.5, 0.75))
    shares = [item.constraint.binding(value, item.axis) for value in values] if item.constraint else []
    known = [share for share in shares if share is not None]
    binding = float(np.mean(known)) if known else np.nan
    row = [norms[0], lower, median, norms.mean(), upper, norms[-1], binding, projection]
    return np.array(row, np.float32)


def evenly_spaced(count: int, room: int) -> np.ndarray:
    """Indices of at most `room` of `count` items, evenly spaced."""
    return np.arange(count) if count <= room else np.linspace(0, count - 1, max(1, room)).round().astype(int)


def first_kernel(arm: ResolvedArm) -> ConstrainedWeight | None:
    """The weight whose geometry is drawn: the network's first with several values for each unit."""
    return next((item for item in arm.weights() if item.weight.unit_axis), None)


def kernel_columns(item: ConstrainedWeight, values: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    """Incoming weights of the units shown, float64, (inputs, units shown), and the number of all units."""
    columns = groups(values[0], list(item.weight.unit_axis))
    kept = evenly_spaced(columns.shape[1], FRAME_VALUES // len(columns))
    return columns[:, kept], columns.shape[1]


@dataclass(frozen=True)
class Grid:
    """Input points at which the model is evaluated to draw its decision boundary; for one or two features only."""

    kind: Literal["plane", "curve"]
    x: tuple[float, float]
    y: tuple[float, float] | None

    def inputs(self) -> np.ndarray:
        """The points, float32, (points, features); in the plane row after row from the lowest `y`."""
        if self.y is None:
            return np.linspace(*self.x, CURVE_POINTS, dtype=np.float32)[:, None]
        across, up = np.meshgrid(np.linspace(*self.x, SIDE), np.linspace(*self.y, SIDE))
        return np.stack([across, up], axis=-1).reshape(-1, 2).astype(np.float32)

    def drawn(self, task: Task, outputs: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
        """Outputs (points, units) as they are stored, and the values of the smallest and the largest number.

        In the plane uint8: the second class's probability for two classes, the most likely class's number for more,
        the prediction in regression, scaled from smallest to largest. A curve is float32.
        """
        values = outputs[:, 0].astype(np.float32)
        if self.kind == "curve":
            return values, (0.0, 0.0)
        if task == "multiclass":
            return outputs.argmax(axis=1).astype(np.uint8), (0.0, 255.0)
        values = np.nan_to_num(values).astype(np.float64)  # in which the range of two float32 has room
        low, high = (0.0, 1.0) if task == "binary" else (float(values.min()), float(values.max()))
        scaled = (values - low) / ((high - low) or 1.0)
        return np.round(scaled * 255).clip(0, 255).astype(np.uint8), (low, high)


def grid_of(arm: ResolvedArm, parts: SplitRows) -> Grid | None:
    """The grid over an arm's data, in the model's input space; None if there are too many features to draw, or
    several targets."""
    features = arm.dataset.shape
    if arm.dataset.target_names:
        return None
    if len(features) != 1 or features[0] > 2 or arm.dataset.vocabulary is not None:
        return None
    if features[0] == 1 and arm.dataset.task != "regression":
        return None
    shown = [part.x for part in (parts.train, parts.test, parts.validation) if part is not None]
    low, high = (np.array([end(each) for each in np.concatenate(shown).T]) for end in (np.min, np.max))
    room = np.where(high > low, high - low, 1.0) * MARGIN
    sides = [(float(a), float(b)) for a, b in zip(low - room, high + room, strict=True)]
    return Grid("plane", sides[0], sides[1]) if len(sides) == 2 else Grid("curve", sides[0], None)


@dataclass(frozen=True)
class Snapshots:
    """Snapshots of one run, in the order of their epochs."""

    epoch: np.ndarray
    """int, (snapshots,)."""
    summary: np.ndarray
    """float32, (snapshots, weights, len(SUMMARY)); weights as `ResolvedArm.weights` gives them."""
    frames: dict[str, np.ndarray]
    """Arrays (snapshots, …), or empty if no frames are stored: `norms_0` … float16, (…, groups shown) of each weight;
    `kernel` float16, (…, inputs, units shown) of the first kernel; `boundary` (…, points) and `scale` float32, (…, 2).
    """

    def pack(self) -> bytes:
        """Everything but the epochs, as an .npz file."""
        file = io.BytesIO()
        np.savez(file, summary=self.summary, **self.frames)  # type: ignore[arg-type]
        return file.getvalue()

    @staticmethod
    def unpack(epoch: Sequence[int], packed: bytes) -> Snapshots:
        """Snapshots of the given epochs from the output of `pack`."""
        with np.load(io.BytesIO(packed), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return Snapshots(np.array(epoch), arrays.pop("summary"), arrays)

    def since(self, epoch: int) -> Snapshots:
        """The snapshots of `epoch` and later."""
        kept = self.epoch >= epoch
        frames = {name: array[kept] for name, array in self.frames.items()}
        return replace(self, epoch=self.epoch[kept], summary=self.summary[kept], frames=frames)

    @staticmethod
    def joined(several: Sequence[Snapshots]) -> Snapshots:
        """Several in one, at least one; an epoch that occurs twice keeps its first snapshot."""
        epoch = np.concatenate([each.epoch for each in several])
        _, first = np.unique(epoch, return_index=True)
        together = [name for name in several[0].frames if all(name in each.frames for each in several)]
        frames = {name: np.concatenate([each.frames[name] for each in several])[first] for name in together}
        return Snapshots(epoch[first], np.concatenate([each.summary for each in several])[first], frames)


def pack_outcomes(outcomes: dict[str, np.ndarray]) -> bytes:
    """Packs a run's row outcomes (`metrics.row_outcomes` of each set) into an .npz file: one bit a classified row."""
    file = io.BytesIO()
    arrays: dict[str, np.ndarray] = {}
    for name, values in outcomes.items():
        bits = values.dtype == bool
        arrays[f"{name}_{'bits' if bits else 'values'}"] = np.packbits(values) if bits else values
        arrays[f"{name}_rows"] = np.array(len(values))
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def unpack_outcomes(packed: bytes) -> dict[str, np.ndarray]:
    """Row outcomes by the set's name, from the output of `pack_outcomes`."""
    outcomes: dict[str, np.ndarray] = {}
    with np.load(io.BytesIO(packed), allow_pickle=False) as file:
        for key in file.files:
            name, _, kind = key.rpartition("_")
            if kind == "bits":
                outcomes[name] = np.unpackbits(file[key], count=int(file[f"{name}_rows"])).astype(bool)
            elif kind == "values":
                outcomes[name] = file[key]
    return outcomes
