"""Studies of equal arms on real tables: two models whose outcomes are exchanged, row by row, by the toss of a coin.

The models differ, so their outcomes do; which of them stands for the arm is tossed once for each row, so that neither
arm can be better. A row keeps its toss in every split, so scores of splits that share rows vary together, as real ones.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Final, Literal

import numpy as np
from sklearn import datasets

TABLES: Final = ("breast_cancer", "wine", "iris", "diabetes")
PENALTIES: Final = (0.1, 300.0)
"""Of the two models, ridge regressions on scaled inputs; of classes, on their indicators."""


@functools.cache
def _loaded(name: str) -> tuple[np.ndarray, np.ndarray, bool]:
    """Scaled inputs with a column of ones, and targets, (rows, outputs): indicators of the classes, if it has any."""
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    classes = len(np.unique(y)) < 10
    inputs = np.column_stack([(x - x.mean(axis=0)) / x.std(axis=0), np.ones(len(x))])
    return inputs, np.eye(int(y.max()) + 1)[y] if classes else y[:, None].astype(float), classes


def score_of(name: str) -> Literal["accuracy", "r2"]:
    """Score of a table's models."""
    return "accuracy" if _loaded(name)[2] else "r2"


def splits_of(rng: np.random.Generator, rows: int, splits: int, folds: int) -> Iterator[np.ndarray]:
    """Test rows of each draw: `splits` random thirds, or with `folds` so many repetitions of the folds."""
    for _ in range(splits):
        order = rng.permutation(rows)
        yield from np.array_split(order, folds) if folds else [order[: rows // 3]]


def exchanged(name: str, splits: int, folds: int = 0) -> Callable[[np.random.Generator], tuple[np.ndarray, int, int]]:
    """Scores of two equal arms on draws of a table: (2, draws); and the numbers of training and test rows."""
    inputs, y, classes = _loaded(name)
    rows = len(y)

    def make(rng: np.random.Generator) -> tuple[np.ndarray, int, int]:
        tossed = rng.random(rows) < 0.5
        scores: list[tuple[float, float]] = []
        tested = 0
        for test in splits_of(rng, rows, splits, folds):
            tested, train = len(test), np.setdiff1d(np.arange(rows), test)
            one, other = (_outcomes(inputs, y, train, test, penalty, classes=classes) for penalty in PENALTIES)
            arm = np.where(tossed[test], one, other).mean()
            baseline = np.where(tossed[test], other, one).mean()
            scores.append((baseline, arm) if classes else (1 - baseline / y.var(), 1 - arm / y.var()))
        return np.array(scores).T, rows - tested, tested

    return make


def _outcomes(
    inputs: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray, penalty: float, *, classes: bool
) -> np.ndarray:
    """(test,) whether each row is right, or its squared error."""
    kept = inputs[train]
    normal = kept.T @ kept + penalty * np.eye(inputs.shape[1])
    predicted = inputs[test] @ np.linalg.solve(normal, kept.T @ y[train])
    if classes:
        return np.asarray(predicted.argmax(axis=1) == y[test].argmax(axis=1), float)
    return np.asarray((predicted - y[test])[:, 0] ** 2)
