"""The split of a data set into training, validation, test and holdout rows, and their preparation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.catalog.calls import Call, Name, evaluate_unseeded
from core.catalog.datasets.base import Dataset, Rows, Scaling, SplitRows
from core.catalog.datasets.cuts import renamed
from core.catalog.datasets.row_parts import draw_state, long_tailed, mean_and_std, with_label_noise
from core.catalog.datasets.row_split import RowSplit
from core.catalog.datasets.split_problems import split_problems
from core.problems import Problem


@dataclass(frozen=True)
class RowAssignment:
    """Row indices of each set, and all labels with label noise applied."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    holdout: np.ndarray
    y: np.ndarray


class Split(RowSplit):
    """Sizes of the training, validation, test and sealed sets, in this order, and the rows' preparation."""

    def sizes(self, dataset: Dataset, draw: int | None = None) -> list[Any]:
        """Key of the sets' sizes in a draw: equal keys mean equal shapes of all sets."""
        sizes: list[Any] = list(self.part_sizes(dataset, draw).values())
        if self.imbalance < 1:  # sizes then depend on the labels, and so on every field of data set and split
            sizes += [dataset.model_dump(mode="json"), self.model_dump(mode="json"), draw]
        return sizes

    def problems(self, dataset: Dataset) -> list[Problem]:
        """Problems of this split of `dataset`, located below `split`."""
        return split_problems(self, dataset)

    def assign(self, dataset: Dataset, y: np.ndarray, draw: int | None = None) -> RowAssignment:
        """Assigns the rows of a draw, labelled `y`, to the sets."""
        parts = self.parts(dataset, y, draw)
        train, validation = parts["train"], parts["validation"]
        if self.imbalance < 1:
            train = long_tailed(train, y, dataset.classes, self.imbalance)
        if self.label_noise:
            noisy = np.concatenate([train, validation])
            y = with_label_noise(y, noisy, dataset.classes, self.label_noise, self._state(draw))
        return RowAssignment(train, validation, parts["test"], parts["holdout"], y)

    def load(self, dataset: Dataset, draw: int | None = None) -> Rows:
        """All rows of a draw: those of a new data set where it can be drawn anew, otherwise always the same."""
        is_new = draw is not None and self.design(dataset) == "drawn"
        drawn = dataset.draw(dataset.rows, draw_state(_state(dataset), draw)) if draw is not None and is_new else None
        return dataset.load() if drawn is None else drawn

    def prepare(self, dataset: Dataset, draw: int | None = None) -> SplitRows:
        """The data set's rows in a draw (None: as posted), loaded, split and prepared."""
        rows = self.load(dataset, draw)
        assigned = self.assign(dataset, rows.y, draw)
        rows = Rows(self._prepared(dataset, rows.x, assigned.train), assigned.y)
        scaling = Scaling(
            x=mean_and_std(rows.x[assigned.train]) if self._scales(dataset) else None,
            y=mean_and_std(rows.y[assigned.train]) if self.scales_target(dataset) else None,
            has_own_units=self.has_own_units(dataset),
        )

        def part(index: np.ndarray) -> Rows:
            return scaling(rows.take(_slice(index)))

        return SplitRows(
            train=part(assigned.train),
            test=part(assigned.test),
            validation=part(assigned.validation) if len(assigned.validation) else None,
            holdout=part(assigned.holdout) if len(assigned.holdout) else None,
            weights=self._weights(dataset, assigned.train),
            scaling=scaling,
        )

    def input_preparation(self, dataset: Dataset, draw: int | None = None) -> Callable[[Any], np.ndarray]:
        """The function that makes model inputs of features as `load` gives them, fitted on a draw's training rows."""
        code = dataset.preparation(standardize=self.standardize)
        if code is None and not self._scales(dataset):
            return lambda x: np.asarray(x, np.float32)
        rows = self.load(dataset, draw)
        train = self.assign(dataset, rows.y, draw).train
        if code is None:
            mean, std = mean_and_std(np.asarray(rows.x)[train])
            return lambda x: np.asarray((np.asarray(x, np.float32) - mean) / std)
        transformer = evaluate_unseeded(code).fit(rows.x.iloc[train])
        return lambda x: np.ascontiguousarray(transformer.transform(x), np.float32)

    @staticmethod
    def _weights(dataset: Dataset, train: np.ndarray) -> np.ndarray | None:
        """The training rows' weights, if they have any."""
        column = dataset.weight_column
        return None if column is None else dataset.column_values(column)[train].astype(np.float32)

    def _prepared(self, dataset: Dataset, x: Any, train: np.ndarray) -> np.ndarray:
        """float32: the features, prepared by what is fitted on the training rows."""
        code = dataset.preparation(standardize=self.standardize)
        if code is None:
            return np.asarray(x)
        transformer = evaluate_unseeded(code).fit(x.iloc[train])
        return np.ascontiguousarray(transformer.transform(x), np.float32)

    def _scales(self, dataset: Dataset) -> bool:
        """Whether the features are standardised here, and not by their preparation."""
        return self.standardize and dataset.preparation(standardize=True) is None

    def code(self, dataset: Dataset) -> list[tuple[str, Any]]:
        """`prepare` as assignments for a script: (names, value), from `x, y` to `train_x, train_y` and so on.

        The values are code; NumPy is called `np` there, and the draw's number `draw` where rows vary.
        """
        design, cut = self.design(dataset), self.cut(dataset, dataset.rows)
        state: int | Name = self.random_state
        used = {cut.values or "": self.column, "weights": dataset.weight_column}
        also = {name: column for name, column in used.items() if name and column is not None}
        loaded: Call | None = dataset.code_with(list(also.values())) if also else dataset.code()
        done: list[tuple[str, Any]] = []
        if design in ("drawn", "resampled"):
            done.append(("split_state", Call(draw_state, self.random_state, Name("draw"))))
            state = Name("split_state")
        if design == "drawn":
            done.append(("data_state", Call(draw_state, _state(dataset), Name("draw"))))
            loaded = dataset.fresh_code(dataset.rows, Name("data_state"))
        y = dataset.target_code
        preparation = dataset.preparation(standardize=self.standardize)
        done += [(", ".join(["x, y", *also]), loaded)]
        if preparation is None:
            done += [("x, y", Name(f'np.asarray(x, "float32"), {y}'))]
        else:
            done += [("y", Name(y))]
        steps = self._cut_code(dataset, cut, None if design == "seeds" else Name("draw"), state)
        if tested := dataset.own_test_rows:
            first = dataset.rows - tested
            steps = renamed(steps, {name: f"{name}[:{first}]" for name in ("y", cut.values) if name is not None})
            steps = [*steps, ("test", Name(f"np.arange({first}, {dataset.rows})"))]
        done += steps
        if self.imbalance < 1:
            done.append(("train", Call(long_tailed, Name("train"), Name("y"), dataset.classes, self.imbalance)))
        if self.label_noise:
            noisy = Name("np.concatenate([train, validation])")
            noise = Call(with_label_noise, Name("y"), noisy, dataset.classes, self.label_noise, state)
            done.append(("y", noise))
        if preparation is not None:
            prepared = Name('np.asarray(prepare.fit(x.iloc[train]).transform(x), "float32")')
            done += [("prepare", preparation), ("x", prepared)]
        elif self.standardize:
            done += [("mean, std", Call(mean_and_std, Name("x[train]"))), ("x", Name("(x - mean) / std"))]
        if self.scales_target(dataset):
            done += [("y_mean, y_std", Call(mean_and_std, Name("y[train]"))), ("y", Name("(y - y_mean) / y_std"))]
        for part, size in self.part_sizes(dataset).items():
            if size:
                done.append((f"{part}_x, {part}_y", Name(f"x[{part}], y[{part}]")))
        if "weights" in also:
            done.append(("train_weights", Name('np.asarray(weights[train], "float32")')))
        return done


def _state(dataset: Dataset) -> int:
    """The random state that a data set has, or 0."""
    return int(getattr(dataset, "random_state", 0))


def _slice(index: np.ndarray) -> np.ndarray | slice:
    """`index` as a slice if it is contiguous: then nothing is copied."""
    if len(index) and index[-1] - index[0] == len(index) - 1 and np.all(np.diff(index) == 1):
        return slice(int(index[0]), int(index[-1]) + 1)
    return index
