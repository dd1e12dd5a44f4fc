"""Metrics on rows so few that they can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.runs.metrics import compute_metrics, row_outcomes, score


def test_two_classes_are_scored_by_the_second_ones_probability() -> None:
    y, outputs = np.array([0, 0, 0, 0, 1, 1]), np.array([[0.1], [0.2], [0.4], [0.7], [0.6], [0.9]])
    # One of four negatives stands above one of two positives: 7 of 8 pairs are in order.
    # Of the second class 2 of 2 are found, 2 of 3 found are right: F1 = 2 * 2/3 / (5/3).
    assert compute_metrics("binary", y, outputs) == pytest.approx(
        {"accuracy": 5 / 6, "auc": 7 / 8, "f1": 0.8, "predicted_classes": 2}
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
    assert found == pytest.approx(
        {"accuracy": 0.6, "auc": (5 / 6 + 1 + 1) / 3, "f1": (2 / 3 + 2 / 3 + 0) / 3, "predicted_classes": 2}
    )
    assert score("multiclass", y, outputs) == {"accuracy": 0.6}


def test_regression_is_scored_by_its_errors() -> None:
    y, outputs = np.array([[0.0], [2.0], [4.0]]), np.array([[1.0], [2.0], [2.0]])
    expected = {"r2": 1 - 5 / 8, "mae": 1.0, "rmse": (5 / 3) ** 0.5}
    assert compute_metrics("regression", y, outputs) == pytest.approx(expected)
    assert score("regression", y, outputs) == pytest.approx({"r2": 1 - 5 / 8, "rmse": (5 / 3) ** 0.5})
    assert row_outcomes("regression", y, outputs).tolist() == [1, 0, 4]
