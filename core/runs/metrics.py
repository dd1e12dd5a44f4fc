"""Metrics of a trained model beside its loss, by task, computed by scikit-learn."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from core.catalog.datasets import Task, is_numeric

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
        y: (rows,) classes; (rows, labels) of 0 and 1; (rows, targets) numbers, one in regression.
        outputs: (rows, units) probabilities (the second class's where `units` is 1, and of labels), or predicted
            targets.

    Returns:
        `accuracy`; `auc`, area under the ROC curve, and `average_precision` (for many classes the mean of each against
        the rest); `precision`, `recall` and `f1` (of the second class; for many classes the plain mean of all);
        `balanced_accuracy`, the mean over classes of the share of its rows that are found; `predicted_classes`, the
        number of classes that any row is predicted as (1: the model predicts one class only). Of several labels each is
        the mean over labels (scikit-learn's "macro"), `auc` and `average_precision` over those with both values in
        these rows, and there is no `predicted_classes`. In regression `r2`, `mae` and `rmse`; of several targets `r2`
        and `mae` are means over targets, and `rmse` is the root of the mean squared error of all.
    """
    from sklearn import metrics

    if not np.isfinite(outputs).all():
        return dict.fromkeys(("r2", "mae", "rmse") if is_numeric(task) else OF_CLASSES)
    if is_numeric(task):
        error = outputs.astype(np.float64) - y
        return {
            "r2": _r2(y, error),
            "mae": float(np.abs(error).mean()),
            "rmse": math.sqrt(float(np.square(error).mean())),
        }
    if task == "labels":
        return _of_labels(y, outputs)
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


def _of_labels(y: np.ndarray, outputs: np.ndarray) -> dict[str, float | None]:
    """Means over labels of what `compute_metrics` tells of two classes."""
    each = [compute_metrics("binary", own.astype(int), outputs[:, [place]]) for place, own in enumerate(y.T)]
    found: dict[str, float | None] = {}
    for name in OF_CLASSES:
        known = [value for one in each if (value := one[name]) is not None]
        found[name] = float(np.mean(known)) if known else None
    return {**found, "predicted_classes": None}


def score(task: Task, y: np.ndarray, outputs: np.ndarray) -> dict[str, float | None]:
    """Only the score, for many rows: `accuracy`, or `r2` and `rmse`. Arguments as in `compute_metrics`."""
    if not np.isfinite(outputs).all():
        return dict.fromkeys(("r2", "rmse") if is_numeric(task) else ("accuracy",))
    if is_numeric(task):
        error = outputs.astype(np.float64) - y
        return {"r2": _r2(y, error), "rmse": math.sqrt(float(np.square(error).mean()))}
    return {"accuracy": float((predicted_classes(task, outputs) == y).mean())}


def _r2(y: np.ndarray, error: np.ndarray) -> float | None:
    """Mean over targets of each one's r², as scikit-learn's "uniform_average"; None where a target is constant."""
    spreads = [float(np.var(own, dtype=np.float64)) for own in y.T]
    squares = [float(np.square(off).mean()) for off in error.T]
    if not all(spreads):
        return None
    return float(np.mean([1 - off / spread for spread, off in zip(spreads, squares, strict=True)]))


def row_outcomes(task: Task, y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Result for each row. Outputs that are not finite count as wrong, or give NaN.

    Args:
        task, y, outputs: as in `compute_metrics`.

    Returns:
        bool, (rows,), whether it was classified correctly; of labels float32, (rows,), the share that is right. In
        regression float32, (rows,), its squared error; of several targets the mean over targets of the squared error
        divided by the target's variance in these rows, so that r² is 1 less their mean.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a diverging run's outputs; constant targets
        if task == "regression":
            return np.asarray(np.square(outputs[:, 0] - y[:, 0]), np.float32)
        if task == "targets":
            spread = np.var(y, axis=0, dtype=np.float64)
            return np.asarray((np.square(outputs.astype(np.float64) - y) / spread).mean(axis=1), np.float32)
    finite = np.isfinite(outputs).all(axis=1)
    if task == "labels":
        return np.asarray((predicted_classes(task, outputs) == y).mean(axis=1) * finite, np.float32)
    return np.asarray((predicted_classes(task, outputs) == y) & finite, bool)


def class_numbers(task: Task, y: np.ndarray) -> np.ndarray:
    """Class numbers of classes that may be one-hot, (rows, classes); labels and targets are returned unchanged."""
    return np.asarray(y.argmax(axis=1)) if task == "multiclass" and y.ndim == 2 else y


def predicted_classes(task: Task, outputs: np.ndarray) -> np.ndarray:
    """Predicted classes of a model's outputs, (rows, units): int, (rows,); of labels 0 or 1 each, (rows, labels)."""
    if task == "labels":
        return np.asarray((outputs > 0.5).astype(int))
    return np.asarray((outputs[:, 0] > 0.5).astype(int) if task == "binary" else outputs.argmax(axis=1))


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
