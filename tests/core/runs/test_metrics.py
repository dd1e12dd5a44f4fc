"""Metrics on rows so few that they can be worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.metrics

from core.runs.metrics import OF_CLASSES, compute_metrics, row_outcomes, score


def test_two_classes_are_scored_by_the_second_ones_probability() -> None:
    y, outputs = np.array([0, 0, 0, 0, 1, 1]), np.array([[0.1], [0.2], [0.4], [0.7], [0.6], [0.9]])
    # One of four negatives stands above one of two positives: 7 of 8 pairs are in order.
    # Of the second class 2 of 2 are found, 2 of 3 found are right: F1 = 2 * 2/3 / (5/3).
    # 3 of 4 of the first class are found. By falling probability: right, wrong, right: (1 + 2/3) / 2.
    assert compute_metrics("binary", y, outputs) == pytest.approx(
        {
            "accuracy": 5 / 6,
            "balanced_accuracy": (3 / 4 + 1) / 2,
            "precision": 2 / 3,
            "recall": 1.0,
            "f1": 0.8,
            "auc": 7 / 8,
            "average_precision": 5 / 6,
            "predicted_classes": 2,
        }
    )
    assert compute_metrics("binary", y, outputs * 0)["predicted_classes"] == 1
    assert score("binary", y, outputs) == pytest.approx({"accuracy": 5 / 6})
    assert row_outcomes("binary", y, outputs).tolist() == [True, True, True, False, True, True]


def test_many_classes_are_scored_by_plain_means_over_classes() -> None:
    y = np.array([0, 0, 0, 1, 2])
    outputs = np.array([[0.8, 0.1, 0.1], [0.5, 0.3, 0.2], [0.3, 0.6, 0.1], [0.2, 0.7, 0.1], [0.4, 0.35, 0.25]])
    # In order: of class 0 5 of 6 pairs, of class 1 4 of 4, of class 2 4 of 4.
    # F1: class 0 has 2 right of 3, 3 predicted; class 1 has 1 right of 1, 2 predicted; class 2 has none.
    found = compute_metrics("multiclass", y, outputs)
    # Precision of 2 of 3, of 1 of 2, of none; average precision of class 0: right, right, wrong, right.
    assert found == pytest.approx(
        {
            "accuracy": 0.6,
            "balanced_accuracy": (2 / 3 + 1 + 0) / 3,
            "precision": (2 / 3 + 1 / 2 + 0) / 3,
            "recall": (2 / 3 + 1 + 0) / 3,
            "f1": (2 / 3 + 2 / 3 + 0) / 3,
            "auc": (5 / 6 + 1 + 1) / 3,
            "average_precision": ((1 + 1 + 3 / 4) / 3 + 1 + 1) / 3,
            "predicted_classes": 2,
        }
    )
    assert score("multiclass", y, outputs) == {"accuracy": 0.6}


@pytest.mark.parametrize("classes", [2, 4])
def test_metrics_are_scikit_learns_own(classes: int) -> None:
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, size=60)
    outputs = rng.dirichlet(np.ones(classes), size=60) + 0.4 * np.eye(classes)[y]
    predicted, average, task = outputs.argmax(axis=1), "macro", "multiclass"
    scores, hot = outputs, np.eye(classes, dtype=int)[y]
    if classes == 2:
        outputs = outputs[:, 1:] / outputs.sum(axis=1, keepdims=True)
        predicted, average, task, scores, hot = (outputs[:, 0] > 0.5).astype(int), "binary", "binary", outputs[:, 0], y
    expected = {
        "balanced_accuracy": sklearn.metrics.balanced_accuracy_score(y, predicted),
        "precision": sklearn.metrics.precision_score(y, predicted, average=average),
        "recall": sklearn.metrics.recall_score(y, predicted, average=average),
        "f1": sklearn.metrics.f1_score(y, predicted, average=average),
        "auc": sklearn.metrics.roc_auc_score(hot, scores, average="macro"),
        "average_precision": sklearn.metrics.average_precision_score(hot, scores, average="macro"),
    }
    found = compute_metrics(task, y, outputs)  # type: ignore[arg-type]
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_rows_of_one_class_have_no_curve(task: Any) -> None:
    outputs = np.array([[0.7], [0.2]]) if task == "binary" else np.array([[0.1, 0.7, 0.2], [0.6, 0.2, 0.2]])
    found = compute_metrics(task, np.array([1, 1]), outputs)
    assert (found["auc"], found["average_precision"], found["balanced_accuracy"]) == (None, None, 0.5)
    assert set(found) == set(compute_metrics(task, np.array([1, 1]), outputs * np.nan)) == set(OF_CLASSES)


def test_regression_is_scored_by_its_errors() -> None:
    y, outputs = np.array([[0.0], [2.0], [4.0]]), np.array([[1.0], [2.0], [2.0]])
    expected = {"r2": 1 - 5 / 8, "mae": 1.0, "rmse": (5 / 3) ** 0.5}
    assert compute_metrics("regression", y, outputs) == pytest.approx(expected)
    assert score("regression", y, outputs) == pytest.approx({"r2": 1 - 5 / 8, "rmse": (5 / 3) ** 0.5})
    assert row_outcomes("regression", y, outputs).tolist() == [1, 0, 4]


def test_there_is_no_r2_of_constant_targets() -> None:
    y, outputs = np.ones((3, 1)), np.array([[1.0], [2.0], [2.0]])
    assert compute_metrics("regression", y, outputs)["r2"] is None
    assert score("regression", y, outputs)["r2"] is None
