"""Snapshots prepared for drawing: norms over an arm's seeds, and the geometry of its first kernel."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.catalog.datasets import Dataset
from core.experiment.resolution import ConstrainedWeight
from core.runs.snapshots import SUMMARY, Snapshots

_OVER_SEEDS: Final = {"min": np.nanmin, "max": np.nanmax}
"""Aggregation of a column over seeds; other columns by their mean."""


def summarize_seeds(runs: Sequence[Snapshots]) -> tuple[np.ndarray, np.ndarray]:
    """Summaries aggregated over an arm's runs.

    Returns:
        Epochs, int (epochs,), and for each of them, over the runs with a snapshot there, the minimum of the minima, the
        maximum of the maxima, and the mean of the others; (epochs, weights, len(SUMMARY)), NaN without data.
    """
    epochs = np.unique(np.concatenate([run.epoch for run in runs]))
    stack = np.full((len(runs), len(epochs), *runs[0].summary.shape[1:]), np.nan)
    for index, run in enumerate(runs):
        stack[index, np.searchsorted(epochs, run.epoch)] = run.summary
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what is NaN in every run stays NaN
        columns = [_OVER_SEEDS.get(name, np.nanmean)(stack[..., i], axis=0) for i, name in enumerate(SUMMARY)]
    return epochs, np.stack(columns, axis=-1)


@dataclass(frozen=True)
class UnitProjections:
    """Units that don't have two inputs, in two projections to the plane."""

    polar: np.ndarray
    """float32, (epochs, units, 2): the angle to the unit's first direction, in degrees, and its norm."""
    components: np.ndarray
    """float32, (epochs, units, 2): along the first two principal components of all units at all epochs."""
    explained: tuple[float, float]
    """Share of the variance of each of the two."""


def project_units(kernel: np.ndarray) -> UnitProjections:
    """Projections of the units of a `kernel` over time, (epochs, inputs, units).

    The angle is acos(w·w₀ / ‖w‖‖w₀‖), 0 where either is 0. Components are the right singular vectors of the centred
    vectors (Jolliffe 2002, "Principal Component Analysis", ch. 3); each points where its largest value is positive.
    """
    vectors = kernel.astype(np.float64).transpose(0, 2, 1)
    norms = np.linalg.norm(vectors, axis=2)
    both = norms * norms[0]
    cosine = np.divide((vectors * vectors[0]).sum(axis=2), both, out=np.ones_like(both), where=both > 0)
    angles = np.degrees(np.arccos(cosine.clip(-1, 1)))

    flat = vectors.reshape(-1, vectors.shape[2])
    centred = flat - flat.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    two = axes[:, ::-1][:, :2]
    two = two * np.sign(two[np.abs(two).argmax(axis=0), range(two.shape[1])])
    components = np.zeros((len(flat), 2))
    components[:, : two.shape[1]] = centred @ two
    shares = [*(values[::-1][:2] / (values.sum() or 1.0)).clip(0, 1), 0.0]
    return UnitProjections(
        np.stack([angles, norms], axis=-1).astype(np.float32),
        components.reshape(*vectors.shape[:2], 2).astype(np.float32),
        (float(shares[0]), float(shares[1])),
    )


def images(item: ConstrainedWeight, dataset: Dataset, kernel: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """A `kernel` over time, (epochs, inputs, units), as pictures: float32, (epochs, units, height, width, channels).

    Defined for filters of two-dimensional convolutions, and for units that see a whole picture; otherwise None. `shape`
    is the weight's. Channels are averaged unless there are one or three.
    """
    epochs, inputs, units = kernel.shape
    if item.weight.places == 2 and inputs == shape[0] * shape[1] * shape[2]:
        height, width, channels = shape[:3]
    elif item.weight.places == 0 and dataset.picture is not None and inputs == np.prod(dataset.picture):
        height, width, channels = dataset.picture
    else:
        return None
    pictures = kernel.astype(np.float32).transpose(0, 2, 1).reshape(epochs, units, height, width, channels)
    return pictures if channels in (1, 3) else pictures.mean(axis=4, keepdims=True)
