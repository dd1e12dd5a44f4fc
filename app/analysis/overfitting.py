"""Measures of overfitting: of the models that are scored, and of the curves that led to them.

The model that a run is scored by has the weights of its last epoch, or those of the best that early stopping went back
to. Its train score is measured without dropout; the curve's is a mean over the epoch's updates, with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.analysis.paired import TIE


@dataclass(frozen=True)
class Overfitting:
    """Measures of runs, each (runs,) float64, NaN if undefined. Scores and differences of scores: 0 to 1."""

    gap: np.ndarray
    """Train minus test score of the scored model."""
    curve_gap: np.ndarray
    """Train minus test score in the last epoch of the curve."""
    best_epoch: np.ndarray
    """The first epoch, from 1, with the greatest test score."""
    best: np.ndarray
    """The test score in that epoch, or the scored model's if greater.

    It is a maximum over epochs, so more than the score that a fresh set would give.
    """
    fall: np.ndarray
    """Fall of the test score from the best to the scored model's; 0 where the best epoch's weights were restored."""
    area: np.ndarray
    """Area between train and test curve, divided by the number of epochs: the gap's mean over epochs."""
    epochs_to: np.ndarray
    """The first epoch whose test score reaches the target; NaN if none does."""


OVERFITTING_METRICS = ("gap", "curve_gap", "best_epoch", "best", "fall", "area", "epochs_to")
"""Names of the measures."""


def overfitting(
    train: np.ndarray, test: np.ndarray, epochs: np.ndarray, target: float | None, scored: np.ndarray | None = None
) -> Overfitting:
    """Measures of every run.

    Args:
        train: (runs, longest) the train score of each epoch; NaN where it isn't finite, and after a run's last epoch.
        test: likewise for the test score.
        epochs: (runs,) number of epochs of each run, at least 1.
        target: the test score to reach, if any.
        scored: (runs, 2) train and test score of each run's scored model, NaN if not finite; left out: those in the
            last epoch of the curves.
    """
    train, test = train.astype(np.float64), test.astype(np.float64)
    runs = np.arange(len(test))
    last = (runs, epochs - 1)
    known = np.where(np.isfinite(test), test, -np.inf)
    place = known.argmax(axis=1)
    best = known[runs, place]
    best = np.where(np.isfinite(best), best, np.nan)
    gaps = train - test
    finite = np.isfinite(gaps)
    count = finite.sum(axis=1)
    area = np.where(count > 0, np.where(finite, gaps, 0).sum(axis=1) / np.maximum(count, 1), np.nan)
    reached = known >= (np.inf if target is None else target - TIE)
    ends = np.stack([train[last], test[last]], axis=1) if scored is None else scored.astype(np.float64)
    ends = np.where(np.isfinite(ends), ends, np.nan)
    best = np.fmax(best, ends[:, 1])
    return Overfitting(
        gap=ends[:, 0] - ends[:, 1],
        curve_gap=np.where(finite[last], gaps[last], np.nan),
        best_epoch=np.where(np.isnan(best), np.nan, place + 1),
        best=best,
        fall=best - ends[:, 1],
        area=area,
        epochs_to=np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, np.nan),
    )
