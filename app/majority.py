"""Accuracy of always saying the most frequent class: a model that learns nothing scores as high."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, Field, TypeAdapter

from core.catalog.datasets import AnyDataset, Dataset, DataUnavailable, Split
from core.experiment.experiment import Experiment
from core.problems import Invalid

PARTS = ("train", "validation", "test", "holdout")
MOST_DRAWS: Final = 50
"""Draws whose rates are averaged, at most."""

_DATASET: TypeAdapter[Any] = TypeAdapter(AnyDataset)


class Majority(BaseModel):
    """The accuracy of always saying the most frequent class of the training rows."""

    name: str | None = Field(description="The class; null where it differs between draws.")
    train: float | None = Field(description="On the training rows; the mean where rows are drawn several times.")
    validation: float | None = Field(description="On the validation rows; null without any.")
    test: float | None
    holdout: float | None = Field(description="On the sealed rows; null without any, and until they are revealed.")


@dataclass(frozen=True)
class ClassCounts:
    """Rows of each class, by the name of the set."""

    counts: Mapping[str, np.ndarray]

    @property
    def most_frequent(self) -> int:
        """The most frequent class of the training rows; the first of equals."""
        return int(self.counts["train"].argmax())

    def majority_rate(self, part: str) -> float | None:
        """Accuracy of always saying it on a set; None where the set has no rows."""
        counts = self.counts[part]
        rows = int(counts.sum())
        return float(counts[self.most_frequent]) / rows if rows else None


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
    return ClassCounts(
        {part: np.bincount(assigned.y[getattr(assigned, part)], minlength=data.classes) for part in PARTS}
    )


def majority_of(experiment: Experiment, *, is_revealed: bool = True) -> Majority | None:
    """The rates of an experiment's rows, of its draws their means; None in regression, and where the data isn't here.

    Draws beyond the first `MOST_DRAWS` are left out. Without `is_revealed` the sealed rows have no rate.
    """
    draws = tuple(dict.fromkeys(each.draw for each in experiment.replicates()))[:MOST_DRAWS]
    try:
        if experiment.dataset.task == "regression":
            return None
        found = _majority(experiment.dataset.model_dump_json(), experiment.split.model_dump_json(), draws)
    except (Invalid, DataUnavailable):
        return None
    return found if is_revealed else found.model_copy(update={"holdout": None})


@functools.lru_cache(maxsize=256)
def _majority(dataset: str, split: str, draws: tuple[int | None, ...]) -> Majority:
    counts = [_class_counts(dataset, split, draw) for draw in draws]
    names = _DATASET.validate_json(dataset).class_names
    said = {names[each.most_frequent] for each in counts}

    def mean(part: str) -> float | None:
        rates = [rate for each in counts if (rate := each.majority_rate(part)) is not None]
        return float(np.mean(rates)) if rates else None

    return Majority(name=said.pop() if len(said) == 1 else None, **{part: mean(part) for part in PARTS})


def known_class_counts(dataset: Dataset, split: Split, draw: int | None) -> ClassCounts | None:
    """`class_counts`; None in regression, or where the data is not here yet."""
    if dataset.task == "regression":
        return None
    try:
        return class_counts(dataset, split, draw)
    except DataUnavailable:
        return None
