"""Rows of a set with what a run's trained model predicts for each, beside their true target and the baseline's."""

from __future__ import annotations

import base64
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from pydantic import TypeAdapter

from core.catalog.datasets import AnyDataset, Dataset, Split, Task
from core.catalog.datasets.row_parts import mean_and_std
from core.runs.metrics import predicted_classes

SetName = Literal["test", "holdout"]
Show = Literal["wrong", "worse", "better", "all"]
Cell = str | float | None

SIDE: Final = 32
"""Pixels of a thumbnail's longer side, about."""
MAX_FEATURES: Final = 100
"""Most features of a row that are shown; rows with more are known by their number alone."""

_DATASET: TypeAdapter[Any] = TypeAdapter(AnyDataset)


@dataclass(frozen=True)
class SetRows:
    """The rows of one set, in the order of a run's kept outputs."""

    index: np.ndarray
    """Place of each among all rows of the data set."""
    y: np.ndarray
    """(rows,): the class; in regression the target in its own units. (rows, targets) of several labels or targets."""
    target_scaling: tuple[np.ndarray, np.ndarray]
    """(targets,) means and standard deviations by which targets are standardised; 0 and 1 where they aren't."""


def set_rows(dataset: Dataset, split: Split, draw: int | None, name: SetName) -> SetRows:
    """The rows of a set in a draw.

    Raises:
        DataUnavailable: if the data is not here.
    """
    return _set_rows(dataset.model_dump_json(), split.model_dump_json(), draw, name)


@functools.lru_cache(maxsize=16)
def _set_rows(body: str, cut: str, draw: int | None, name: SetName) -> SetRows:
    split = Split.model_validate_json(cut)
    dataset = split.without_column(_DATASET.validate_json(body))
    is_drawn = draw is not None and split.design(dataset) == "drawn"
    assigned = split.assign(dataset, split.load(dataset, draw).y if is_drawn else dataset.labels(), draw)
    y = assigned.y
    mean, std = np.zeros(1), np.ones(1)
    if split.scales_target(dataset):
        mean, std = (each.astype(np.float64) for each in mean_and_std(y[assigned.train]))
    index = getattr(assigned, name)
    return SetRows(index, y[index] if dataset.target_names else y[index].reshape(-1), (mean, std))


@dataclass(frozen=True)
class RowResults:
    """Predictions of a trained model for rows, and whether they are right."""

    predicted: np.ndarray
    """(rows,): the class; in regression float32, the value in the target's units. (rows, targets) of several."""
    probabilities: np.ndarray | None
    """float32, (rows, classes); of labels (rows, labels), that of each one's second value; None in regression."""
    probability: np.ndarray | None
    """(rows,): that of the predicted class; None of labels."""
    right: np.ndarray | None
    """(rows,), bool, of labels whether all are right; None in regression. Outputs that are not finite are wrong."""
    error: np.ndarray | None
    """(rows,): the absolute error in the target's units; of several targets the mean of the errors, each as it is
    trained on: divided by the training rows' standard deviation where targets are scaled. None for classes."""
    each: EachTarget | None = None
    """What is said of each of several labels or targets."""

    @staticmethod
    def of(task: Task, rows: SetRows, outputs: np.ndarray) -> RowResults:
        """Results for the first rows of a set, of which there are `outputs`."""
        y = rows.y[: len(outputs)]
        if y.ndim == 2:
            return _several(task, y, outputs, rows.target_scaling)
        if task == "regression":
            value = own_units(outputs, rows.target_scaling)
            return RowResults(value, None, None, None, np.abs(value.astype(np.float64) - y))
        each = class_probabilities(task, outputs)
        predicted = predicted_classes(task, outputs)
        probability = each[np.arange(len(each)), predicted]
        return RowResults(predicted, each, probability, (predicted == y) & np.isfinite(outputs).all(axis=1), None)


@dataclass(frozen=True)
class EachTarget:
    """Predictions of several labels or targets, one by one: (rows, targets)."""

    probability: np.ndarray | None
    """That of each label's predicted value; None of numbers."""
    right: np.ndarray | None
    """bool; None of numbers."""
    error: np.ndarray | None
    """The absolute error in the target's units; None of labels."""


def _several(task: Task, y: np.ndarray, outputs: np.ndarray, scaling: tuple[np.ndarray, np.ndarray]) -> RowResults:
    """Results where several labels or targets are predicted."""
    if task == "targets":
        value = own_units(outputs, scaling)
        error = np.abs(value.astype(np.float64) - y)
        return RowResults(value, None, None, None, (error / scaling[1]).mean(axis=1), EachTarget(None, None, error))
    predicted = predicted_classes(task, outputs)
    right = (predicted == y) & np.isfinite(outputs)
    each = EachTarget(np.where(predicted == 1, outputs, 1 - outputs), right, None)
    return RowResults(predicted, outputs, None, right.all(axis=1), None, each)


def own_units(outputs: np.ndarray, scaling: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """A regression's outputs in the targets' units: float32, (rows,), of several (rows, targets)."""
    mean, std = scaling
    with np.errstate(over="ignore"):  # of a run that diverged
        values = np.asarray(outputs.astype(np.float64) * std + mean, np.float32)
    return values[:, 0] if values.shape[1] == 1 else values


def class_probabilities(task: Task, outputs: np.ndarray) -> np.ndarray:
    """Probability of each class: float32, (rows, classes); of labels that of each one's second value."""
    return np.column_stack([1 - outputs[:, 0], outputs[:, 0]]) if task == "binary" else outputs


def chosen_rows(own: RowResults, baseline: RowResults | None, show: Show) -> np.ndarray:
    """Places in the set of the rows to show, the worst first.

    Wrong classes come by the probability that was given to them, labels by how many are wrong and how sure these are,
    in regression rows by their error; rows that are right where the baseline is wrong by the baseline's mistake. Right
    rows follow, the least likely first.
    """
    judged = own if show != "better" or baseline is None else baseline
    if judged.error is not None:
        severity = np.where(np.isfinite(judged.error), judged.error, np.inf)
        wrong = np.ones(len(severity), bool)
    else:
        right = np.asarray(judged.right)
        if judged.each is not None:
            sure = np.nan_to_num(np.asarray(judged.each.probability), nan=0.0)
            severity = np.asarray(np.where(np.asarray(judged.each.right), -sure, 1 + sure)).mean(axis=1)
        else:
            sure = np.nan_to_num(np.asarray(judged.probability), nan=0.0)
            severity = np.where(right, -sure, 1 + sure)
        severity, wrong = np.where(right, severity, 2 + severity), ~right
    if show == "all":
        wanted = np.ones(len(severity), bool)
    elif show == "wrong" or baseline is None:
        wanted = wrong
    elif own.error is not None and baseline.error is not None:
        wanted = own.error > baseline.error if show == "worse" else own.error < baseline.error
    else:
        wanted = wrong & np.asarray(baseline.right if show == "worse" else own.right)
    places = np.flatnonzero(wanted)
    return places[np.argsort(-severity[places], kind="stable")]


@dataclass(frozen=True)
class ShownRows:
    """Rows as a person knows them."""

    columns: list[str]
    cells: list[list[Cell]]
    row: list[int]
    """Number of each in the file or the data set, from 1."""
    truth: list[list[Cell]]
    """The target of each, or the targets."""
    pictures: list[str] | None
    """Base64 of bytes, (height, width, channels), of `picture`."""
    picture: tuple[int, int, int] | None


def shown_rows(dataset: Dataset, split: Split, draw: int | None, rows: SetRows, places: np.ndarray) -> ShownRows:
    """The rows at `places` of a set: a table's with all columns of the file, others with their features or a picture.

    Raises:
        DataUnavailable: if the data is not here.
    """
    index, y = rows.index[places], rows.y[places]
    names = value_names(dataset)
    truth = [[shown_prediction(value, each) for value, each in zip(row, names, strict=True)] for row in _wide(y)]
    if (known := dataset.row_cells(index)) is not None:
        for place, name in enumerate(dataset.target_names or [dataset.target_column]):
            if name is None:
                continue
            at = known.columns.index(name)
            known.columns.pop(at)
            for said, row in zip(truth, known.cells, strict=True):
                cell = row.pop(at)
                said[place] = said[place] if names[place] else cell
        return ShownRows(known.columns, known.cells, known.row, truth, None, None)
    row = (index + 1).tolist()
    if dataset.picture is not None:
        x = _features(dataset, split, draw)[index].reshape(len(index), *dataset.picture)
        thin = -(-max(dataset.picture[:2]) // SIDE)
        x = x[:, ::thin, ::thin]
        bytes = x if x.dtype == np.uint8 else np.clip(np.round(x * 255), 0, 255).astype(np.uint8)
        pictures = [base64.b64encode(np.ascontiguousarray(each).tobytes()).decode() for each in bytes]
        height, width, channels = bytes.shape[1:]
        return ShownRows([], [[] for _ in row], row, truth, pictures, (height, width, channels))
    if len(dataset.shape) != 1 or dataset.shape[0] > MAX_FEATURES or dataset.vocabulary is not None:
        return ShownRows([], [[] for _ in row], row, truth, None, None)
    x = _features(dataset, split, draw)[index]
    cells: list[list[Cell]] = [[short(value) for value in each] for each in x]
    return ShownRows(dataset.feature_names, cells, row, truth, None, None)


def value_names(dataset: Dataset) -> list[list[str]]:
    """Names of the classes of each target; empty lists where numbers are predicted."""
    return dataset.label_names or [dataset.class_names for _ in dataset.target_names or [""]]


def _wide(values: np.ndarray) -> np.ndarray:
    """(rows, targets), also of one target."""
    return np.atleast_2d(values.T).T


def _features(dataset: Dataset, split: Split, draw: int | None) -> np.ndarray:
    """Features of all rows, before they are scaled."""
    if draw is None or split.design(dataset) != "drawn":
        x = dataset.sample_rows()
        if len(x) == dataset.rows:
            return x
    return np.asarray(split.load(dataset, draw).x)


def short(value: Any) -> float | None:
    """A number in the fewest digits that give its float32; None where it isn't finite."""
    return float(str(np.float32(value))) if np.isfinite(value) else None


def shown_prediction(predicted: Any, names: Sequence[str]) -> Cell:
    """A predicted class by its name, or a predicted value."""
    return names[int(predicted)] if names else short(predicted)
