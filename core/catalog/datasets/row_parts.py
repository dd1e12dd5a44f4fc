"""Computations on rows: their parts, draws and folds, imbalance, noise of labels, and scaling.

They are plain functions of NumPy and scikit-learn: the exported script prints them.
"""

from __future__ import annotations

import numpy as np


def split_rows(
    rows: int, train: int, validation: int = 0, holdout: int = 0, seed: int | None = None
) -> list[np.ndarray]:
    """Indices of the training, validation, test and holdout rows, in this order, shuffled if there is a seed."""
    order = np.arange(rows) if seed is None else np.random.default_rng(seed).permutation(rows)
    return np.split(order, [train, train + validation, rows - holdout])


def draw_state(random_state: int, draw: int) -> int:
    """Random state of a draw of the rows: each draw has its own."""
    return int(np.random.SeedSequence(random_state, spawn_key=(2, draw)).generate_state(1)[0] >> 1)


def other_split(usable: np.ndarray, train: int, validation: int, seed: int) -> list[np.ndarray]:
    """Indices of the training, validation and test rows, in this order, of another split of the rows `usable`."""
    return np.split(np.random.default_rng(seed).permutation(np.sort(usable)), [train, train + validation])


def fold_rows(
    y: np.ndarray, usable: np.ndarray, folds: int, number: int, seed: int, validation: int = 0, stratified: bool = True
) -> list[np.ndarray]:
    """Indices of the training, validation and test rows, in this order, of fold `number` of the rows `usable`.

    Folds are numbered from 1; those beyond `folds` are of another shuffle. Stratified folds have about the same share
    of each class of `y`, the labels of all rows. Validation rows are drawn from those outside the fold.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    repeat, fold = divmod(number - 1, folds)
    kind = StratifiedKFold if stratified else KFold
    cut = kind(folds, shuffle=True, random_state=int(np.random.default_rng([seed, repeat]).integers(2**31)))
    rest, test = list(cut.split(usable, y[usable]))[fold]
    rest = np.random.default_rng([seed, repeat, fold]).permutation(rest)
    return [usable[np.sort(rows)] for rows in (rest[validation:], rest[:validation], test)]


def stratified_parts(
    y: np.ndarray, sizes: list[int], seed: int | list[int], rows: np.ndarray | None = None
) -> list[np.ndarray]:
    """Parts of these sizes, and the rest, of all rows or of `rows`, each with its share of each class of `y`.

    Of each class a part gets the share that it gets of all, rounded so that the sizes hold, at random.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(y) if rows is None else np.sort(rows))
    labels, left = np.unique(y[rows], return_counts=True)
    pools = [rows[y[rows] == label] for label in labels]
    parts = []
    for size in sizes:
        counts, remainders = np.divmod(left * size, left.sum())
        counts[np.argsort(-remainders, kind="stable")[: size - counts.sum()]] += 1
        parts.append(rng.permutation(np.concatenate([pool[:count] for pool, count in zip(pools, counts, strict=True)])))
        pools = [pool[count:] for pool, count in zip(pools, counts, strict=True)]
        left = left - counts
    return [*parts, rng.permutation(np.concatenate(pools))]


def group_parts(
    groups: np.ndarray, sizes: list[int], seed: int | list[int], rows: np.ndarray | None = None
) -> list[np.ndarray]:
    """Parts of about these sizes, and the rest, of all rows or of `rows`: whole groups of equal values, at random.

    A part ends with the group that comes nearest to its size. One that is to have rows has a group at least, if there
    are enough of them.
    """
    import pandas as pd

    rows = np.arange(len(groups)) if rows is None else np.sort(rows)
    numbers = pd.factorize(groups[rows])[0]
    order = np.random.default_rng(seed).permutation(numbers.max() + 1)
    ends = np.concatenate([[0], np.cumsum(np.bincount(numbers)[order])])  # rows of the first groups, from none to all
    cuts, first, wanted = [], 0, 0
    for place, size in enumerate(sizes):
        wanted += size
        if size:
            later = 1 + sum(each > 0 for each in sizes[place + 1 :])
            low = min(first + 1, len(order))
            possible = ends[low : max(low, len(order) - later) + 1]
            first = low + int(np.abs(possible - wanted).argmin())
        cuts.append(first)
    return [rows[np.isin(numbers, part)] for part in np.split(order, cuts)]


def group_fold(
    groups: np.ndarray,
    y: np.ndarray,
    folds: int,
    number: int,
    seed: int,
    stratified: bool = True,
    rows: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Training and test rows of fold `number`, of all rows or of `rows`; rows of one group are in one fold.

    Folds are numbered from 1; those beyond `folds` are of another shuffle. Stratified folds have about the same share
    of each class of `y`, as far as whole groups allow.
    """
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    rows = np.arange(len(groups)) if rows is None else np.sort(rows)
    repeat, fold = divmod(number - 1, folds)
    kind = StratifiedGroupKFold if stratified else GroupKFold
    cut = kind(folds, shuffle=True, random_state=int(np.random.default_rng([seed, repeat]).integers(2**31)))
    return [rows[part] for part in list(cut.split(rows, y[rows], groups[rows]))[fold]]


def time_parts(times: np.ndarray, sizes: list[int], rows: np.ndarray | None = None) -> list[np.ndarray]:
    """Parts of these sizes, and the rest, of all rows or of `rows`, the earliest first; equal times stay in order."""
    rows = np.arange(len(times)) if rows is None else np.sort(rows)
    return np.split(rows[np.argsort(times[rows], kind="stable")], np.cumsum(sizes))


def time_fold(
    times: np.ndarray, folds: int, number: int, validation: int = 0, rows: np.ndarray | None = None
) -> list[np.ndarray]:
    """Training, validation and test rows of fold `number`, of all rows or of `rows`.

    Each fold is tested on rows that are later than all that it trains on, and trained on all rows before them but for
    the last of these, the validation rows.
    """
    from sklearn.model_selection import TimeSeriesSplit

    rows = np.arange(len(times)) if rows is None else np.sort(rows)
    rows = rows[np.argsort(times[rows], kind="stable")]
    before, test = list(TimeSeriesSplit(folds).split(rows))[number - 1]
    cut = len(before) - validation
    return [rows[before[:cut]], rows[before[cut:]], rows[test]]


def named_parts(names: np.ndarray, *parts: list[str]) -> list[np.ndarray]:
    """Rows of each part, by the names that a column has for it."""
    return [np.flatnonzero(np.isin(names, part)) for part in parts]


def long_tailed(index: np.ndarray, y: np.ndarray, classes: int, smallest: float) -> np.ndarray:
    """The rows `index`, with fewer of the higher classes: class c keeps the share smallest ** (c / (classes - 1)).

    The first class keeps all of its rows, the last one the share `smallest`, with an exponential decay between them,
    as in Cui et al. 2019 (arXiv:1901.05555). Each class keeps its first rows, at least one.
    """
    kept = []
    for label in range(classes):
        own = np.flatnonzero(y[index] == label)
        kept.append(own[: max(1, round(len(own) * smallest ** (label / (classes - 1))))])
    return index[np.sort(np.concatenate(kept))]


def with_label_noise(y: np.ndarray, index: np.ndarray, classes: int, share: float, seed: int) -> np.ndarray:
    """Labels with a share of the rows `index` replaced by another class, each other class being equally likely.

    This is the random classification noise of Angluin & Laird 1988.
    """
    rng = np.random.default_rng([seed, 1])
    changed = rng.choice(index, round(share * len(index)), replace=False)
    noisy = y.copy()
    noisy[changed] = (y[changed] + rng.integers(1, classes, len(changed))) % classes
    return noisy


def balanced_class_weight(y: np.ndarray, classes: int) -> dict[int, float]:
    """Weight of each class, scikit-learn's "balanced" for the labels `y`; 1 of a class without rows."""
    from sklearn.utils.class_weight import compute_class_weight

    labels = y.argmax(axis=-1) if y.ndim == 2 else y  # one-hot
    present = np.unique(labels)
    weights = compute_class_weight("balanced", classes=present, y=labels)
    return {**dict.fromkeys(range(classes), 1.0), **dict(zip(present.tolist(), weights.tolist(), strict=True))}


def mean_and_std(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each feature (the last axis); 1 as the deviation of a constant feature."""
    others = tuple(range(x.ndim - 1))
    mean, std = x.mean(others, dtype="float64"), x.std(others, dtype="float64")
    std = np.where(std > 1e-7 * np.abs(mean), std, 1)
    return mean.astype("float32"), std.astype("float32")
