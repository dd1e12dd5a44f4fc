"""Metrics of a trained model beside its loss, by task, computed by scikit-learn."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from core.catalog.datasets import Task

OF_CLASSES: Final = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "auc",
    "average_precision",
    "predicted_classes",
)
"""Metrics of a classification, by scikit-learn's names, in the order in which tables show them."""


def compute_metrics(task: Task, y: np.ndarray, outputs: np.ndarray) -> dict[str, float | None]:
    """Metrics of a model's outputs against the labels; None for one that is not defined on these rows.

    Args:
        task: the kind of target.
        y: (rows,) classes, or (rows, 1) targets in regression.
        outputs: (rows, units) probabilities (the second class's where `units` is 1), or predicted targets.

    Returns:
        `accuracy`; `auc`, area under the ROC curve, and `average_precision` (for many classes the mean of each against
        the rest); `precision`, `recall` and `f1` (of the second class; for many classes the plain mean of all);
        `balanced_accuracy`, the mean over classes of the share of its rows that are found; `predicted_classes`, the
        number of classes that any row is predicted as (1: the model predicts one class only). In regression `r2`,
        `mae` and `rmse`.
    """
    from sklearn import metrics

    if not np.isfinite(outputs).all():
        return dict.fromkeys(("r2", "mae", "rmse") if task == "regression" else OF_CLASSES)
    if task == "regression":
        error = outputs[:, 0].astype(np.float64) - y[:, 0]
        return {
            "r2": _r2(y[:, 0], error),
            "mae": float(np.abs(error).mean()),
            "rmse": math.sqrt(float(np.square(error).mean())),
        }
    binary = task == "binary"
    predicted = predicted_classes(task, outputs)
    classes = np.unique(y)
    auc = average_precision = None
    if len(classes) > 1:
        each = [(y == 1, outputs[:, 0])] if binary else [(y == c, outputs[:, c]) for c in classes]
        auc = _finite(np.mean([metrics.roc_auc_score(*one) for one in each]))
        average_precision = _finite(np.mean([metrics.average_precision_score(*one) for one in each]))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        y, predicted, average="binary" if binary else "macro", zero_division=0
    )
    values = {
        "accuracy": float((predicted == y).mean()),
        # scikit-learn's own warns of classes that are predicted and have no row.
        "balanced_accuracy": float(metrics.recall_score(y, predicted, labels=classes, average="macro")),
        "precision": _finite(precision),
        "recall": _finite(recall),
        "f1": _finite(f1),
        "auc": auc,
        "average_precision": average_precision,
        "predicted_classes": len(np.unique(predicted)),
    }
    return {name: values[name] for name in OF_CLASSES}


def score(task: Task, y: np.ndarray, outputs: np.ndarray) -> dict[str, float | None]:
    """Only the score, for many rows: `accuracy`, or `r2` and `rmse`. Arguments as in `compute_metrics`."""
    if not np.isfinite(outputs).all():
        return dict.fromkeys(("r2", "rmse") if task == "regression" else ("accuracy",))
    if task == "regression":
        error = outputs[:, 0].astype(np.float64) - y[:, 0]
        return {"r2": _r2(y[:, 0], error), "rmse": math.sqrt(float(np.square(error).mean()))}
    return {"accuracy": float((predicted_classes(task, outputs) == y).mean())}


def _r2(y: np.ndarray, error: np.ndarray) -> float | None:
    spread = float(np.var(y, dtype=np.float64))
    return 1 - float(np.square(error).mean()) / spread if spread else None


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
