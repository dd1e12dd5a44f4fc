"""Results of a training session, and the error that it raises; free of TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from core.runs.snapshots import Snapshots


class CheckpointError(Exception):
    """A checkpoint that can't be resumed from. The message says why; the run can begin anew."""


@dataclass(frozen=True)
class Chunk:
    """Figures of epochs in a row."""

    first_epoch: int
    """Number of the first epoch, from 1."""
    figures: np.ndarray
    """float32, (epochs, len(METRICS))."""
    snapshots: Snapshots | None = None
    """Snapshots taken in this chunk; the first chunk's include the initial weights."""


@dataclass(frozen=True)
class Evaluation:
    """A model's results on sets of rows, by the set's name."""

    metrics: dict[str, dict[str, float | None]]
    """`metrics.compute_metrics` of every set, of fresh rows `metrics.score`."""
    outcomes: dict[str, np.ndarray]
    """`metrics.row_outcomes`, row by row, of the test, sealed and fresh rows."""
    outputs: dict[str, np.ndarray]
    """float32, (rows, units), of the test and sealed rows."""


class Norms(TypedDict):
    """Norms of a weight's groups; None where any of them is not finite."""

    min: float | None
    mean: float | None
    max: float | None


class WeightReport(TypedDict):
    """Norms of a weight that can be constrained, and whether its constraint holds."""

    layer: str
    weight: str
    constraint: str | None
    axis: list[int]
    norm: Norms
    held: bool | None
    """Whether the constraint is satisfied; None without one, where it promises nothing, and with infinite norms."""
    reached: bool | None
