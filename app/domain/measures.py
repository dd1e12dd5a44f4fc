"""What a trained model is measured by beside loss and score: figures that fit the task, by scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.domain.datasets import Task


def measures(task: Task, y: np.ndarray, outputs: np.ndarray) -> dict[str, float | None]:
    """Figures of a model's outputs against the truth; None where one is not defined for these rows.

    Args:
        task: what was learnt.
        y: (rows,) classes, or (rows, 1) targets in regression.
        outputs: (rows, units) probabilities (the second class's where `units` is 1), or predicted targets.

    Returns:
        `accuracy`, `auc` (area under the ROC curve; for many classes the mean of each against the rest) and `f1` (of
        the second class; for many classes the plain mean of all); in regression `r2`, `mae` and `rmse`.
    """
    from sklearn import metrics

    if not np.isfinite(outputs).all():
        return dict.fromkeys(("r2", "mae", "rmse") if task == "regression" else ("accuracy", "auc", "f1"))
    if task == "regression":
        error = outputs[:, 0].astype(np.float64) - y[:, 0]
        return {
            "r2": _finite(metrics.r2_score(y[:, 0], outputs[:, 0])) if len(y) > 1 else None,
            "mae": float(np.abs(error).mean()),
            "rmse": math.sqrt(float(np.square(error).mean())),
        }
    binary = task == "binary"
    chosen = (outputs[:, 0] > 0.5).astype(int) if binary else outputs.argmax(axis=1)
    there = np.unique(y)
    auc = None
    if binary and len(there) == 2:
        auc = _finite(metrics.roc_auc_score(y, outputs[:, 0]))
    elif not binary and len(there) > 1:
        each = [metrics.roc_auc_score(y == c, outputs[:, c]) for c in there]
        auc = _finite(np.mean(each))
    return {
        "accuracy": float((chosen == y).mean()),
        "auc": auc,
        "f1": _finite(metrics.f1_score(y, chosen, average="binary" if binary else "macro", zero_division=0)),
    }


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None
