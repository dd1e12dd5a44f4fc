"""The split of a data set into training, validation, test and holdout rows, and their preparation.

The computations are plain functions, which the exported script prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call, Name
from core.catalog.datasets.base import Dataset, DataUnavailable, Rows, Scaling, SplitRows
from core.catalog.entry import Entry, number
from core.limits import MAX_RUNS
from core.problems import Problem


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


Design = Literal["seeds", "drawn", "resampled", "folds"]
"""How the rows vary between runs: not at all; data sets drawn anew; other splits of one table; its folds."""


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

    resample: bool = Field(
        False,
        title="New rows for each seed",
        description="Each seed also draws its own rows, the same for all arms: a new data set where it can be drawn "
        "anew, another split otherwise.",
    )
    draws: int | None = number(
        None,
        ge=1,
        le=MAX_RUNS,
        step=1,
        title="Draws of the rows",
        description="Number of draws of the rows, each trained once for each seed, with initial weights and a batch "
        "order of its own. Leave empty for the rows as they are.",
    )
    folds: int | None = number(
        None,
        ge=2,
        le=MAX_RUNS,
        step=1,
        title="Folds (cross-validation)",
        description="Folds of a cross-validation, stratified where there are classes; each is the test set once, and "
        "the rest is trained on, whatever the number of training rows above. Leave empty for none.",
    )
    fold_repeats: int = number(
        1, ge=1, le=MAX_RUNS, step=1, description="Times that the folds are cut, each after another shuffle."
    )

    @property
    def draw_numbers(self) -> list[int] | None:
        """Numbers of the draws, each trained once for each seed; None without any, or where each seed has its own."""
        if self.folds is not None:
            return list(range(1, self.folds * self.fold_repeats + 1))
        return None if self.draws is None else list(range(1, self.draws + 1))

    def design(self, dataset: Dataset) -> Design:
        """How the rows vary between the runs of an arm."""
        if self.folds is not None:
            return "folds"
        if not self.resample and self.draws is None:
            return "seeds"
        return "drawn" if dataset.fresh_code(1, 0) is not None else "resampled"

    def counts(self, rows: int, draw: int | None = None) -> dict[str, int]:
        """Sizes of `train`, `validation`, `test` and `holdout` out of `rows`, before any imbalance.

        Shares are rounded to the nearest row. Of folds it is `draw`'s, or the first's.
        """
        train, validation, holdout = (_count(part, rows) for part in (self.train, self.validation, self.holdout))
        test = rows - train - validation - holdout
        if self.folds is not None:
            usable = rows - holdout
            test = usable // self.folds + ((((draw or 1) - 1) % self.folds) < usable % self.folds)
            train = usable - test - validation
        return {"train": train, "validation": validation, "test": test, "holdout": holdout}

    def sizes(self, dataset: Dataset, draw: int | None = None) -> list[Any]:
        """Key of the sets' sizes in a draw: equal keys mean equal shapes of all sets."""
        sizes: list[Any] = list(self.counts(dataset.rows, draw).values())
        if self.imbalance < 1:  # sizes then depend on the labels, and so on every field of data set and split
            sizes += [dataset.model_dump(mode="json"), self.model_dump(mode="json"), draw]
        return sizes

    def problems(self, dataset: Dataset) -> list[Problem]:
        """Problems of this split of `dataset`, located below `split`."""
        rows = dataset.rows
        varied = self._design_problems(rows)
        if varied:
            return varied
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
        if dataset.task != "regression" and self.design(dataset) in ("folds", "resampled"):
            found += self._class_problems(dataset)
        elif dataset.ordered and not self.shuffle and dataset.task != "regression" and self.design(dataset) == "seeds":
            trained = set(dataset.labels()[: counts["train"]].tolist())
            missed = [name for label, name in enumerate(dataset.class_names) if label not in trained]
            if missed:
                names = ", ".join(repr(name) for name in missed[:3]) + (", …" if len(missed) > 3 else "")
                message = f"The first {counts['train']} rows have none of class {names}: shuffle, or train on more rows"
                found.append(_problem("shuffle", message))
        return found

    def _class_problems(self, dataset: Dataset) -> list[Problem]:
        """Classes of which all rows are sealed, or fewer left than folds; nothing where the data is not here yet."""
        try:
            y = dataset.labels()
        except DataUnavailable:
            return []
        usable, _ = self._usable(len(y))
        sizes = np.bincount(y[usable], minlength=dataset.classes)
        sealed = (np.bincount(y, minlength=dataset.classes) > 0) & (sizes == 0)
        if sealed.any():
            name = dataset.class_names[int(sealed.argmax())]
            cure = "seal fewer rows" if self.shuffle else "shuffle, or seal fewer rows"
            return [_problem("holdout", f"All rows of class {name!r} are sealed, so no model can learn it: {cure}")]
        rarest = int(np.where(sizes > 0, sizes, len(y) + 1).argmin())
        if self.folds is not None and sizes[rarest] < self.folds:
            name, most = dataset.class_names[rarest], int(sizes[rarest])
            has = f"has {most} {'row' if most == 1 else 'rows'}{' that are not sealed' if self.holdout else ''}"
            cure = f"use {most} at most" if most > 1 else "use no folds"
            return [_problem("folds", f"Class {name!r} {has}, and each fold needs one of each class: {cure}")]
        return []

    def _design_problems(self, rows: int) -> list[Problem]:
        """Draws and folds that contradict each other, or don't fit the number of rows."""
        if self.folds is None:
            message = "There are no folds to repeat: set folds, or leave this at 1"
            return [_problem("fold_repeats", message)] if self.fold_repeats > 1 else []
        if self.draws is not None:
            return [_problem("draws", "Folds are draws already: use folds or draws, not both")]
        if self.resample:
            return [_problem("resample", "Folds vary the rows already: turn this off, or use no folds")]
        if self.folds > rows - self.counts(rows)["holdout"]:
            return [_problem("folds", f"There are fewer rows than folds: the data set has {rows} rows")]
        return []

    def indices(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the training rows and of the test rows as posted, before any imbalance."""
        train, _, test, _ = split_rows(rows, **self._arguments(rows))
        return train, test

    def assign(self, dataset: Dataset, y: np.ndarray, draw: int | None = None) -> RowAssignment:
        """Assigns the rows of a draw, labelled `y`, to the sets."""
        state = self.random_state if draw is None or self.folds else draw_state(self.random_state, draw)
        if self.folds is not None and draw is not None:
            counts = self.counts(len(y), draw)
            usable, holdout = self._usable(len(y))
            train, validation, test = fold_rows(
                y, usable, self.folds, draw, self.random_state, counts["validation"], dataset.task != "regression"
            )
        elif draw is not None and self.design(dataset) == "resampled":
            counts = self.counts(len(y))
            usable, holdout = self._usable(len(y))
            train, validation, test = other_split(usable, counts["train"], counts["validation"], state)
        else:
            arguments = self._arguments(len(y))
            if draw is not None and self.shuffle:
                arguments["seed"] = state
            train, validation, test, holdout = split_rows(len(y), **arguments)
        if self.imbalance < 1:
            train = long_tailed(train, y, dataset.classes, self.imbalance)
        if self.label_noise:
            noisy = np.concatenate([train, validation])
            y = with_label_noise(y, noisy, dataset.classes, self.label_noise, state)
        return RowAssignment(train, validation, test, holdout, y)

    def load(self, dataset: Dataset, draw: int | None = None) -> Rows:
        """All rows of a draw: those of a new data set where it can be drawn anew, otherwise always the same."""
        is_new = draw is not None and self.design(dataset) == "drawn"
        drawn = dataset.draw(dataset.rows, draw_state(_state(dataset), draw)) if draw is not None and is_new else None
        return dataset.load() if drawn is None else drawn

    def prepare(self, dataset: Dataset, draw: int | None = None) -> SplitRows:
        """The data set's rows in a draw (None: as posted), loaded, split and prepared."""
        rows = self.load(dataset, draw)
        assigned = self.assign(dataset, rows.y, draw)
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

        The values are code; NumPy is called `np` there, and the draw's number `draw` where rows vary.
        """
        design = self.design(dataset)
        state: int | Name = self.random_state
        loaded: Call | None = dataset.code()
        done: list[tuple[str, Any]] = []
        if design in ("drawn", "resampled"):
            done.append(("split_state", Call(draw_state, self.random_state, Name("draw"))))
            state = Name("split_state")
        if design == "drawn":
            done.append(("data_state", Call(draw_state, _state(dataset), Name("draw"))))
            loaded = dataset.fresh_code(dataset.rows, Name("data_state"))
        y = 'np.asarray(y, "float32").reshape(-1, 1)' if dataset.task == "regression" else 'np.asarray(y, "int32")'
        done += [("x, y", loaded), ("x, y", Name(f'np.asarray(x, "float32"), {y}'))]
        arguments: dict[str, Any] = dict(self._arguments(dataset.rows))
        if design == "folds":
            done += [self._sealed_code(dataset), ("train, validation, test", self._fold_code(dataset))]
        elif design == "resampled":
            sizes = self.counts(dataset.rows)
            drawn = Call(other_split, Name("usable"), sizes["train"], sizes["validation"], state)
            done += [self._sealed_code(dataset), ("train, validation, test", drawn)]
        else:
            if design == "drawn" and self.shuffle:
                arguments["seed"] = state
            done.append(("train, validation, test, holdout", Call(split_rows, dataset.rows, **arguments)))
        if self.imbalance < 1:
            done.append(("train", Call(long_tailed, Name("train"), Name("y"), dataset.classes, self.imbalance)))
        if self.label_noise:
            noisy = Name("np.concatenate([train, validation])")
            noise = Call(with_label_noise, Name("y"), noisy, dataset.classes, self.label_noise, state)
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

    def _sealed_code(self, dataset: Dataset) -> tuple[str, Any]:
        """`_usable` as an assignment."""
        holdout = self.counts(dataset.rows)["holdout"]
        arguments = {"seed": self.random_state} if self.shuffle else {}
        cut = Call(split_rows, dataset.rows, dataset.rows - holdout, holdout=holdout, **arguments)
        return "usable, _, _, holdout", cut

    def _fold_code(self, dataset: Dataset) -> Call:
        return Call(
            fold_rows,
            Name("y"),
            Name("usable"),
            self.folds,
            Name("draw"),
            self.random_state,
            validation=self.counts(dataset.rows)["validation"],
            stratified=dataset.task != "regression",
        )

    def _usable(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows of a table that draws or folds are made of, and the sealed ones, the same in all of them."""
        holdout = self.counts(rows)["holdout"]
        seed = self.random_state if self.shuffle else None
        usable, _, _, sealed = split_rows(rows, rows - holdout, holdout=holdout, seed=seed)
        return usable, sealed

    def _arguments(self, rows: int) -> dict[str, int]:
        counts = self.counts(rows)
        given = {"train": counts["train"]}
        given |= {name: counts[name] for name in ("validation", "holdout") if counts[name]}
        return {**given, "seed": self.random_state} if self.shuffle else given


def _state(dataset: Dataset) -> int:
    """The random state that a data set has, or 0."""
    return int(getattr(dataset, "random_state", 0))


def _count(part: float | None, rows: int) -> int:
    return 0 if part is None else part if isinstance(part, int) else round(part * rows)


def _problem(field: str, message: str) -> Problem:
    return Problem(("split", field), message)


def _slice(index: np.ndarray) -> np.ndarray | slice:
    """`index` as a slice if it is contiguous: then nothing is copied."""
    if len(index) and index[-1] - index[0] == len(index) - 1 and np.all(np.diff(index) == 1):
        return slice(int(index[0]), int(index[-1]) + 1)
    return index
