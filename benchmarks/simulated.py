"""Simulated studies whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from app.analysis import Study
from benchmarks import real_tables

GAIN: Final = 0.02
"""True gain of the first arm where power is measured."""
ROWS: Final = 70
Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def study_of_scores(test: np.ndarray, **more: Any) -> Study:
    """A study of (arms, seeds) scores, all finished."""
    none = np.zeros(test.shape, bool)
    given = {"score": "accuracy", "fresh": None, "test_rows": None, "fresh_rows": None, **more}
    names = tuple(f"arm {arm}" for arm in range(len(test)))
    return Study(arms=names, test=test, finished=~none, failed=none, open=none, **given)


def _normal(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return 0.9 + rng.normal(0, 0.01, (1, n)) + rng.normal(0, 0.015, (arms, n))


def _ceiling(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return rng.binomial(ROWS, rng.uniform(0.95, 1, (1, n)), (arms, n)) / ROWS


def _tied(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return rng.binomial(20, 0.97, (arms, n)) / 20


def _skewed(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return 0.95 - 0.01 * rng.lognormal(0, 1, (arms, n))


def _t2(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return 0.9 + 0.01 * rng.standard_t(2, (arms, n))


def _outlier(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    scores = _normal(rng, arms, n)
    scores[rng.integers(arms), rng.integers(n)] -= 0.3
    return scores


def _unequal(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    return 0.9 + np.linspace(0.005, 0.025, arms)[:, None] * rng.standard_normal((arms, n))


def _collapse(share: float) -> Draw:
    return lambda rng, arms, n: _normal(rng, arms, n) - 0.3 * (rng.random((arms, n)) < share)


def _correlated(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
    scores = 0.9 + rng.normal(0, 0.005, (arms, n))
    scores[1:] += rng.normal(0, 0.015, n)
    return scores


EQUAL: Final[dict[str, Draw]] = {
    "normal": _normal,
    "binomial near the ceiling": _ceiling,
    "tied": _tied,
    "skewed (lognormal)": _skewed,
    "t₂": _t2,
    "one outlier": _outlier,
    "unequal variance": _unequal,
    "collapse in 2 %": _collapse(0.02),
    "collapse in 5 %": _collapse(0.05),
    "correlated arms": _correlated,
}
"""Scores of arms that are equal on average."""


def _gained(share: float) -> Draw:
    """The arm gains in every seed what it loses by collapsing in some."""

    def drawn(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
        scores = 0.85 + rng.normal(0, 0.004, (arms, n))
        scores[1] += 0.3 * share - 0.3 * (rng.random(n) < share)
        return scores

    return drawn


def _skew_of_one(sigma: float) -> Draw:
    def drawn(rng: np.random.Generator, arms: int, n: int) -> np.ndarray:
        scores = 0.85 + rng.normal(0, 0.002, (arms, n))
        scores[1] -= 0.01 * (rng.lognormal(0, sigma, n) - math.exp(sigma**2 / 2))
        return scores

    return drawn


UNLIKE: Final[dict[str, tuple[Draw, str]]] = {
    "the arm collapses in 2 % of seeds": (_gained(0.02), "better"),
    "the arm collapses in 5 % of seeds": (_gained(0.05), "better"),
    "the arm is skewed (lognormal, σ = 0.5)": (_skew_of_one(0.5), "better"),
    "the arm is skewed (lognormal, σ = 1)": (_skew_of_one(1), "better"),
}
"""Arms of equal means, of which one does better than the other in most seeds."""


def of_scores(draw: Draw, arms: int, n: int, gain: float = 0.0, **more: Any) -> Callable[[np.random.Generator], Study]:
    """Studies of `arms` arms beside the baseline, the first of which gains `gain`."""

    def make(rng: np.random.Generator) -> Study:
        scores = draw(rng, arms + 1, n)
        scores[1] += gain
        return study_of_scores(scores, **more)

    return make


def classified(
    seeds: int, rows: int, gain: float = 0.0, *, name: str = "test"
) -> Callable[[np.random.Generator], Study]:
    """Studies of two arms that each have rows of their own right, in nearly every seed, at equal rates on all rows."""

    def make(rng: np.random.Generator) -> Study:
        own = rng.random((2, 1, rows)) < np.array([0.85, 0.85 + gain])[:, None, None]
        right = own ^ (rng.random((2, seeds, rows)) < 0.02)
        outcomes = {run: {name: each} for run, each in enumerate(right.reshape(-1, rows))}
        return _on(name, right.mean(axis=2), rows, outcomes=outcomes)

    return make


def regressed(
    seeds: int, rows: int, gain: float = 0.0, *, name: str = "test"
) -> Callable[[np.random.Generator], Study]:
    """Studies of two regressions whose errors depend on the row, equal on all rows: t with 5 degrees of freedom."""

    def make(rng: np.random.Generator) -> Study:
        y = rng.normal(0, 1, rows)
        own = rng.standard_t(5, (2, 1, rows)) * 0.4 * np.sqrt([1, 1 - gain / (0.16 * 5 / 3)])[:, None, None]
        errors = np.square(own + rng.normal(0, 0.05, (2, seeds, rows)))
        outcomes = {run: {name: each} for run, each in enumerate(errors.astype("f4").reshape(-1, rows))}
        return _on(name, 1 - errors.mean(axis=2) / y.var(), rows, outcomes=outcomes, score="r2")

    return make


def without_outcomes(make: Callable[[np.random.Generator], Study]) -> Callable[[np.random.Generator], Study]:
    """The same studies, judged by seeds alone."""
    return lambda rng: replace(make(rng), outcomes={})


def _on(name: str, scores: np.ndarray, rows: int, **more: Any) -> Study:
    if name == "test":
        return study_of_scores(scores, test_rows=rows, looks=1, **more)
    return study_of_scores(scores, fresh=scores, fresh_rows=rows, looks=1, **more)


def drawn(draws: int, seeds: int, gain: float = 0.0, arms: int = 1) -> Callable[[np.random.Generator], Study]:
    """Studies over independent data sets: an arm's gain depends on the draw, and a little on the seed."""

    def make(rng: np.random.Generator) -> Study:
        of_draw = np.repeat(rng.normal(0, 0.02, (arms + 1, draws)), seeds, axis=1)
        scores = 0.9 + of_draw + rng.normal(0, 0.01, of_draw.shape)
        scores[1] += gain
        numbers = np.repeat(np.arange(draws), seeds)
        return study_of_scores(scores, design="drawn", draws=numbers, looks=1)

    return make


def one_table(splits: int, folds: int = 0, gain: float = 0.0, rows: int = 90) -> Callable[[np.random.Generator], Study]:
    """Studies of two least-squares models of one table, each of inputs of its own that are as good as the other's.

    With `folds`, `splits` repetitions of so many folds; otherwise random splits, two thirds for training.
    """

    def make(rng: np.random.Generator) -> Study:
        inputs = rng.normal(0, 1, (rows, 6))
        weights = np.repeat([1.0, 1 + gain], 3)
        y = inputs @ weights + rng.normal(0, 2, rows)
        scores: list[list[float]] = [[], []]
        tested = 0
        for test in real_tables.splits_of(rng, rows, splits, folds):
            tested, train = len(test), np.setdiff1d(np.arange(rows), test)
            for arm, columns in enumerate((slice(0, 3), slice(3, 6))):
                fit = np.linalg.lstsq(inputs[train, columns], y[train], rcond=None)[0]
                error = y[test] - inputs[test, columns] @ fit
                scores[arm].append(1 - float((error**2).mean() / y.var()))
        design = "folds" if folds else "resampled"
        return study_of_scores(
            np.array(scores), design=design, looks=1, test_rows=tested, train_rows=rows - tested, score="r2"
        )

    return make


def real_table(name: str, splits: int, folds: int = 0) -> Callable[[np.random.Generator], Study]:
    """Studies of two arms on a real table whose outcomes are exchanged (`benchmarks.real_tables`)."""
    draw = real_tables.exchanged(name, splits, folds)

    def make(rng: np.random.Generator) -> Study:
        scores, trained, tested = draw(rng)
        design, score = "folds" if folds else "resampled", real_tables.score_of(name)
        return study_of_scores(scores, design=design, looks=1, test_rows=tested, train_rows=trained, score=score)

    return make
