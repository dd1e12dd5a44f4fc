"""Overfitting: of the model that is scored where it is not that of the curve's last epoch."""

from __future__ import annotations

import numpy as np
import pytest

from app.analysis import overfitting

TRAIN = np.array([[0.70, 0.80, 0.95], [0.60, 0.70, 0.80]])
TEST = np.array([[0.75, 0.90, 0.70], [0.60, 0.65, 0.80]])
EPOCHS = np.array([3, 3])


def test_gap_fall_and_best_are_of_the_scored_model() -> None:
    """The first run went back to epoch 2; dropout made the second's train score lower in its curve than it is."""
    scored = np.array([[0.92, 0.90], [0.97, 0.80]])
    found = overfitting(TRAIN, TEST, EPOCHS, 0.8, scored)
    assert found.gap == pytest.approx([0.02, 0.17])
    assert found.fall == pytest.approx([0, 0])
    assert found.best == pytest.approx([0.90, 0.80])
    assert found.best_epoch.tolist() == [2, 3]
    assert found.curve_gap == pytest.approx([0.25, 0.0])
    assert found.epochs_to.tolist() == [2, 3]


def test_without_scored_models_they_are_those_of_the_last_epoch() -> None:
    found = overfitting(TRAIN, TEST, EPOCHS, None)
    assert found.gap == pytest.approx([0.25, 0.0])
    assert found.curve_gap == pytest.approx(found.gap)
    assert found.fall == pytest.approx([0.2, 0.0])


def test_a_fall_is_never_below_0_and_a_lost_model_has_none() -> None:
    found = overfitting(TRAIN, TEST, EPOCHS, None, np.array([[0.9, 0.9 + 1e-7], [np.nan, np.inf]]))
    assert found.fall[0] == 0
    assert np.isnan([found.gap[1], found.fall[1]]).all()
    assert found.best[1] == pytest.approx(0.8)


def test_overfitting_is_read_off_the_curves() -> None:
    nan = np.nan
    train = np.array([[0.5, 0.7, 0.9, 1.0], [0.5, 0.6, nan, nan], [0.5, nan, nan, nan]])
    test = np.array([[0.5, 0.8, 0.8, 0.7], [0.4, 0.6, nan, nan], [nan, nan, nan, nan]])
    found = overfitting(train, test, np.array([4, 2, 3]), 0.8)
    np.testing.assert_allclose(found.gap, [0.3, 0, nan], atol=1e-12)
    np.testing.assert_equal(found.best_epoch, [2, 2, nan])
    np.testing.assert_equal(found.best, [0.8, 0.6, nan])
    np.testing.assert_allclose(found.fall, [0.1, 0, nan], atol=1e-12)
    np.testing.assert_allclose(found.area, [(0 - 0.1 + 0.1 + 0.3) / 4, 0.05, nan], atol=1e-12)
    np.testing.assert_equal(found.epochs_to, [2, nan, nan])
    assert np.isnan(overfitting(train, test, np.array([4, 2, 3]), None).epochs_to).all()
    assert overfitting(train[:0], test[:0], np.array([], int), 0.8).gap.shape == (0,)


def test_a_diverged_run_has_no_final_gap() -> None:
    found = overfitting(np.array([[0.9, np.nan]]), np.array([[0.8, np.nan]]), np.array([2]), 0.5)
    assert np.isnan(found.gap[0])
    assert np.isnan(found.fall[0])
    assert (found.best_epoch[0], found.epochs_to[0]) == (1, 1)
