"""The split of a data set into training, validation, test and holdout rows, and their preparation.

The computations are plain functions, which the exported script prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call, Name
from core.catalog.datasets.base import Dataset, Rows, Scaling, SplitRows
from core.catalog.entry import Entry, number
from core.problems import Problem


def split_rows(
    rows: int, train: int, validation: int = 0, holdout: int = 0, seed: int | None = None
) -> list[np.ndarray]:
    """Indices of the training, validation, test and holdout rows, in this order, shuffled if there is a seed."""
    order = np.arange(rows) if seed is None else np.random.default_rng(seed).permutation(rows)
    return np.split(order, [train, train + validation, rows - holdout])


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


def mean_and_std(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each feature (the last axis); 1 as the deviation of a constant feature."""
    others = tuple(range(x.ndim - 1))
    mean, std = x.mean(others, dtype="float64"), x.std(others, dtype="float64")
    std = np.where(std > 1e-7 * np.abs(mean), std, 1)
    return mean.astype("float32"), std.astype("float32")


def _read_share(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, float) and 0 < value < 1:
        return value
    raise PydanticCustomError("share", "Give a number of rows (1 or more) or a share between 0 and 1")


Share = Annotated[int | float, BeforeValidator(_read_share)]
"""A number of rows, or a share of all rows."""


def _share(default: float | None, title: str, description: str) -> Any:
    return Field(default, title=title, description=description, json_schema_extra={"widget": "share"})


@dataclass(frozen=True)
class RowAssignment:
    """Row indices of each set, and all labels with label noise applied."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    holdout: np.ndarray
    y: np.ndarray


class Split(Entry):
    """Sizes of the training, validation, test and sealed sets, in this order, and the rows' preparation."""

    train: Share = _share(0.3, "Training rows", "A number of rows, or a share between 0 and 1.")
    validation: Share | None = _share(
        None, "Validation rows", "Rows or a share for early stopping and choosing between arms. Leave empty for none."
    )
    holdout: Share | None = _share(
        None, "Sealed rows", "Rows or a share whose scores stay hidden until revealed. Leave empty for none."
    )
    shuffle: bool = Field(
        False, description="Shuffle the rows before the split. Otherwise the first rows are the training rows."
    )
    random_state: int = number(0, ge=0, le=2**31 - 1, step=1, description="Seed of the shuffle and of label noise.")
    standardize: bool = Field(
        False,
        title="Standardise features",
        description="Shift and scale each feature to mean 0 and standard deviation 1 of the training rows.",
    )
    standardize_target: bool = Field(
        False,
        title="Standardise target",
        description="Standardise the target of a regression too; errors are then in standard deviations.",
    )
    label_noise: float = number(
        0.0,
        ge=0,
        le=1,
        step=0.05,
        description="Share of the training and validation rows whose class is replaced by another.",
    )
    imbalance: float = number(
        1.0,
        gt=0,
        le=1,
        step=0.05,
        description="Share of its training rows that the last class keeps; the first keeps all, with an exponential "
        "decay between them (Cui et al. 2019). The other rows are not used. 1: no imbalance.",
    )

    def train_rows(self, rows: int) -> int:
        """Number of training rows out of `rows`; a share is rounded to the nearest row."""
        return _count(self.train, rows)

    def counts(self, rows: int) -> dict[str, int]:
        """Sizes of `train`, `validation`, `test` and `holdout` out of `rows`, before any imbalance."""
        train, validation, holdout = (_count(part, rows) for part in (self.train, self.validation, self.holdout))
        test = rows - train - validation - holdout
        return {"train": train, "validation": validation, "test": test, "holdout": holdout}

    def sizes(self, dataset: Dataset) -> list[Any]:
        """Key of the sets' sizes: equal keys mean equal shapes of all sets."""
        sizes: list[Any] = list(self.counts(dataset.rows).values())
        if self.imbalance < 1:  # sizes then depend on the labels, and so on every field of data set and split
            sizes += [dataset.model_dump(mode="json"), self.model_dump(mode="json")]
        return sizes

    def problems(self, dataset: Dataset) -> list[Problem]:
        """Problems of this split of `dataset`, located below `split`."""
        rows = dataset.rows
        counts = self.counts(rows)
        wanted = [name for name in ("train", "validation", "holdout") if getattr(self, name) is not None]
        for name in wanted:
            if counts[name] < 1:
                part = "training" if name == "train" else name
                return [_problem(name, f"This leaves no {part} rows: the data set has {rows} rows; use fewer here")]
        if counts["test"] < 1:
            last = "train" if counts["train"] >= rows else wanted[-1]
            return [_problem(last, f"This leaves no test rows: the data set has {rows} rows; use fewer here")]
        found = []
        if dataset.vocabulary is not None and self.standardize:
            found.append(_problem("standardize", "These features are word numbers: turn this off"))
        if dataset.task == "regression":
            if self.label_noise:
                message = "Regression has no class labels: set this to 0, and use the data set's own noise"
                found.append(_problem("label_noise", message))
            if self.imbalance < 1:
                found.append(_problem("imbalance", "Regression has no classes: set this to 1"))
        elif self.standardize_target:
            found.append(_problem("standardize_target", "This is for regression only: turn it off"))
        if dataset.ordered and not self.shuffle and dataset.task != "regression":
            trained = set(dataset.labels()[: counts["train"]].tolist())
            missed = [name for label, name in enumerate(dataset.class_names) if label not in trained]
            if missed:
                names = ", ".join(repr(name) for name in missed[:3]) + (", …" if len(missed) > 3 else "")
                message = f"The first {counts['train']} rows have none of class {names}: shuffle, or train on more rows"
                found.append(_problem("shuffle", message))
        return found

    def indices(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the training rows and of the test rows, before any imbalance."""
        train, _, test, _ = self._cut(rows)
        return train, test

    def assign(self, dataset: Dataset, y: np.ndarray) -> RowAssignment:
        """Assigns the rows, labelled `y`, to the sets."""
        train, validation, test, holdout = self._cut(len(y))
        if self.imbalance < 1:
            train = long_tailed(train, y, dataset.classes, self.imbalance)
        if self.label_noise:
            noisy = np.concatenate([train, validation])
            y = with_label_noise(y, noisy, dataset.classes, self.label_noise, self.random_state)
        return RowAssignment(train, validation, test, holdout, y)

    def prepare(self, dataset: Dataset) -> SplitRows:
        """The data set's rows, loaded, split and prepared."""
        rows = dataset.load()
        assigned = self.assign(dataset, rows.y)
        rows = Rows(rows.x, assigned.y)
        scaling = Scaling(
            x=mean_and_std(rows.x[assigned.train]) if self.standardize else None,
            y=mean_and_std(rows.y[assigned.train]) if self.standardize_target else None,
        )

        def part(index: np.ndarray) -> Rows:
            return scaling(rows.take(_slice(index)))

        return SplitRows(
            train=part(assigned.train),
            test=part(assigned.test),
            validation=part(assigned.validation) if len(assigned.validation) else None,
            holdout=part(assigned.holdout) if len(assigned.holdout) else None,
            scaling=scaling,
        )

    def code(self, dataset: Dataset) -> list[tuple[str, Any]]:
        """`prepare` as assignments for a script: (names, value), from `x, y` to `train_x, train_y` and so on.

        The values are code; NumPy is called `np` there.
        """
        y = 'np.asarray(y, "float32").reshape(-1, 1)' if dataset.task == "regression" else 'np.asarray(y, "int32")'
        done: list[tuple[str, Any]] = [
            ("x, y", dataset.code()),
            ("x, y", Name(f'np.asarray(x, "float32"), {y}')),
            ("train, validation, test, holdout", Call(split_rows, dataset.rows, **self._arguments(dataset.rows))),
        ]
        if self.imbalance < 1:
            done.append(("train", Call(long_tailed, Name("train"), Name("y"), dataset.classes, self.imbalance)))
        if self.label_noise:
            noisy = Name("np.concatenate([train, validation])")
            noise = Call(with_label_noise, Name("y"), noisy, dataset.classes, self.label_noise, self.random_state)
            done.append(("y", noise))
        if self.standardize:
            done += [("mean, std", Call(mean_and_std, Name("x[train]"))), ("x", Name("(x - mean) / std"))]
        if self.standardize_target:
            done += [("y_mean, y_std", Call(mean_and_std, Name("y[train]"))), ("y", Name("(y - y_mean) / y_std"))]
        counts = self.counts(dataset.rows)
        for part in ("train", "validation", "test", "holdout"):
            if counts[part]:
                done.append((f"{part}_x, {part}_y", Name(f"x[{part}], y[{part}]")))
        return done

    def _arguments(self, rows: int) -> dict[str, int]:
        counts = self.counts(rows)
        given = {"train": counts["train"]}
        given |= {name: counts[name] for name in ("validation", "holdout") if counts[name]}
        return {**given, "seed": self.random_state} if self.shuffle else given

    def _cut(self, rows: int) -> list[np.ndarray]:
        return split_rows(rows, **self._arguments(rows))


def _count(part: float | None, rows: int) -> int:
    return 0 if part is None else part if isinstance(part, int) else round(part * rows)


def _problem(field: str, message: str) -> Problem:
    return Problem(("split", field), message)


def _slice(index: np.ndarray) -> np.ndarray | slice:
    """`index` as a slice if it is contiguous: then nothing is copied."""
    if len(index) and index[-1] - index[0] == len(index) - 1 and np.all(np.diff(index) == 1):
        return slice(int(index[0]), int(index[-1]) + 1)
    return index
