"""Accuracy of always saying the most frequent class, of each label its more frequent value.

A model that learns nothing scores as high.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, Field, TypeAdapter

from core.catalog.datasets import AnyDataset, Dataset, DataUnavailable, Split, is_numeric
from core.experiment.experiment import Experiment
from core.problems import Invalid

PARTS = ("train", "validation", "test", "holdout")
MOST_DRAWS: Final = 50
"""Draws whose rates are averaged, at most."""
NAMED_LABELS: Final = 3
"""Labels whose values are named, at most."""

_DATASET: TypeAdapter[Any] = TypeAdapter(AnyDataset)


class Majority(BaseModel):
    """The accuracy of always saying the most frequent class of the training rows, or value of each label."""

    name: str | None = Field(
        description="The class, or the labels with their values; null where it differs between draws."
    )
    train: float | None = Field(description="On the training rows; the mean where rows are drawn several times.")
    validation: float | None = Field(description="On the validation rows; null without any.")
    test: float | None
    holdout: float | None = Field(description="On the sealed rows; null without any, and until they are revealed.")


@dataclass(frozen=True)
class ClassCounts:
    """Rows of each class, by the name of the set."""

    counts: Mapping[str, np.ndarray]
    """int, (labels, classes): of several labels the rows with 0 and with 1; else (1, classes)."""

    def name(self, dataset: Dataset) -> str:
        """The most frequent class of the training rows; of labels the value of each, the first of equals."""
        found = self._most_frequent().tolist()
        if not dataset.label_names:
            return str(dataset.class_names[found[0]])
        if len(found) > NAMED_LABELS:
            return f"the more frequent value of each of {len(found)} labels"
        named = zip(dataset.target_names, dataset.label_names, found, strict=True)
        return ", ".join(f"{name}: {values[place]}" for name, values, place in named)

    def majority_rate(self, part: str) -> float | None:
        """Accuracy of always saying it on a set, of several labels their mean; None where the set has no rows."""
        counts = self.counts[part]
        rows = int(counts[0].sum())
        return float(np.take_along_axis(counts, self._most_frequent()[:, None], 1).mean()) / rows if rows else None

    def _most_frequent(self) -> np.ndarray:
        found: np.ndarray = self.counts["train"].argmax(axis=1)
        return found


def class_counts(dataset: Dataset, split: Split, draw: int | None) -> ClassCounts:
    """Rows of each class in the sets of one draw, with label noise and imbalance.

    Raises:
        DataUnavailable: if the data is not here yet.
    """
    return _class_counts(dataset.model_dump_json(), split.model_dump_json(), draw)


@functools.lru_cache(maxsize=64)
def _class_counts(dataset: str, split: str, draw: int | None) -> ClassCounts:
    """`class_counts` of a data set and a split given as JSON."""
    cut = Split.model_validate_json(split)
    data = cut.without_column(_DATASET.validate_json(dataset))
    is_new = draw is not None and cut.design(data) == "drawn"
    assigned = cut.assign(data, cut.load(data, draw).y if is_new else data.labels(), draw)
    y = assigned.y.astype(int).reshape(len(assigned.y), -1)
    classes = data.classes or 2

    def counted(part: str) -> np.ndarray:
        return np.stack([np.bincount(each, minlength=classes) for each in y[getattr(assigned, part)].T])

    return ClassCounts({part: counted(part) for part in PARTS})


def majority_of(experiment: Experiment, *, is_revealed: bool = True) -> Majority | None:
    """The rates of an experiment's rows, of its draws their means; None in regression, and where the data isn't here.

    Draws beyond the first `MOST_DRAWS` are left out. Without `is_revealed` the sealed rows have no rate.
    """
    draws = tuple(dict.fromkeys(each.draw for each in experiment.replicates()))[:MOST_DRAWS]
    try:
        if is_numeric(experiment.dataset.task):
            return None
        found = _majority(experiment.dataset.model_dump_json(), experiment.split.model_dump_json(), draws)
    except (Invalid, DataUnavailable):
        return None
    return found if is_revealed else found.model_copy(update={"holdout": None})


@functools.lru_cache(maxsize=256)
def _majority(dataset: str, split: str, draws: tuple[int | None, ...]) -> Majority:
    counts = [_class_counts(dataset, split, draw) for draw in draws]
    data = _DATASET.validate_json(dataset)
    said = {each.name(data) for each in counts}

    def mean(part: str) -> float | None:
        rates = [rate for each in counts if (rate := each.majority_rate(part)) is not None]
        return float(np.mean(rates)) if rates else None

    return Majority(name=said.pop() if len(said) == 1 else None, **{part: mean(part) for part in PARTS})


def known_class_counts(dataset: Dataset, split: Split, draw: int | None) -> ClassCounts | None:
    """`class_counts`; None in regression, or where the data is not here yet."""
    if is_numeric(dataset.task):
        return None
    try:
        return class_counts(dataset, split, draw)
    except DataUnavailable:
        return None
