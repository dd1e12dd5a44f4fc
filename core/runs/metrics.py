"""Metrics of a trained model beside its loss, by task, computed by scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from core.catalog.datasets import Task


def compute_metrics(task: Task, y: np.ndarray, outputs: np.ndarray) -> dict[str, float | None]:
    """Metrics of a model's outputs against the labels; None for one that is not defined on these rows.

    Args:
        task: the kind of target.
        y: (rows,) classes, or (rows, 1) targets in regression.
        outputs: (rows, units) probabilities (the second class's where `units` is 1), or predicted targets.

    Returns:
        `accuracy`, `auc` (area under the ROC curve; for many classes the mean of each against the rest) and `f1` (of
        the second class; for many classes the plain mean of all) and `predicted_classes`, the number of classes that
        any row is predicted as (1: the model predicts one class only); in regression `r2`, `mae` and `rmse`.
    """
    from sklearn import metrics

    if not np.isfinite(outputs).all():
        return dict.fromkeys(
            ("r2", "mae", "rmse") if task == "regression" else ("accuracy", "auc", "f1", "predicted_classes")
        )
    if task == "regression":
        error = outputs[:, 0].astype(np.float64) - y[:, 0]
        return {
            "r2": _finite(metrics.r2_score(y[:, 0], outputs[:, 0])) if len(y) > 1 else None,
            "mae": float(np.abs(error).mean()),
            "rmse": math.sqrt(float(np.square(error).mean())),
        }
    binary = task == "binary"
    predicted = predicted_classes(task, outputs)
    classes = np.unique(y)
    auc = None
    if binary and len(classes) == 2:
        auc = _finite(metrics.roc_auc_score(y, outputs[:, 0]))
    elif not binary and len(classes) > 1:
        each = [metrics.roc_auc_score(y == c, outputs[:, c]) for c in classes]
        auc = _finite(np.mean(each))
    return {
        "accuracy": float((predicted == y).mean()),
        "auc": auc,
        "f1": _finite(metrics.f1_score(y, predicted, average="binary" if binary else "macro", zero_division=0)),
        "predicted_classes": len(np.unique(predicted)),
    }


def score(task: Task, y: np.ndarray, outputs: np.ndarray) -> dict[str, float | None]:
    """Only the score, for many rows: `accuracy`, or `r2` and `rmse`. Arguments as in `compute_metrics`."""
    if not np.isfinite(outputs).all():
        return dict.fromkeys(("r2", "rmse") if task == "regression" else ("accuracy",))
    if task == "regression":
        error = float(np.square(outputs[:, 0].astype(np.float64) - y[:, 0]).mean())
        spread = float(np.var(y[:, 0], dtype=np.float64))
        return {"r2": 1 - error / spread if spread else None, "rmse": math.sqrt(error)}
    return {"accuracy": float((predicted_classes(task, outputs) == y).mean())}


def row_outcomes(task: Task, y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Result for each row: bool, (rows,), whether it was classified correctly; in regression its squared error,
    float32, (rows,). Arguments as in `compute_metrics`. Outputs that are not finite count as wrong, or give NaN."""
    if task == "regression":
        with np.errstate(over="ignore"):  # the outputs of a diverging run may be huge
            return np.asarray(np.square(outputs[:, 0] - y[:, 0]), np.float32)
    right = (predicted_classes(task, outputs) == y) & np.isfinite(outputs).all(axis=1)
    return np.asarray(right, bool)


def class_numbers(y: np.ndarray) -> np.ndarray:
    """Class numbers of `y`, which may be one-hot, (rows, classes); targets, (rows, 1), are returned unchanged."""
    return np.asarray(y.argmax(axis=1)) if y.ndim == 2 and y.shape[1] > 1 else y


def predicted_classes(task: Task, outputs: np.ndarray) -> np.ndarray:
    """Predicted classes of a model's outputs, (rows, units): int, (rows,)."""
    return np.asarray((outputs[:, 0] > 0.5).astype(int) if task == "binary" else outputs.argmax(axis=1))


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
