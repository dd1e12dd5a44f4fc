"""Preview of a data set and its split: sizes, class balance, and some rows to draw."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, Field

from core.catalog.datasets import Dataset, DataUnavailable, Split, Task
from core.catalog.datasets.split import RowAssignment

POINTS: Final = 2000
IMAGES: Final = 24
SERIES: Final = 8

PartName = Literal["train", "validation", "test"]
"""Sealed rows are not shown."""
PARTS: Final[tuple[PartName, ...]] = ("train", "validation", "test")


class PartsView(BaseModel):
    """Size of each set, before any imbalance."""

    train: int
    validation: int
    test: int
    holdout: int


class BalanceView(BaseModel):
    """Rows of each class; empty in regression, and while the data is not downloaded."""

    train: list[int]
    validation: list[int]
    test: list[int]


class TargetView(BaseModel):
    """The target of a regression, over the training rows."""

    min: float
    mean: float
    max: float
    std: float


class _ExamplesView(BaseModel):
    y: list[float] = Field(description="Each example's class, with label noise, or its target.")
    part: list[PartName] = Field(description="Each example's set.")


class PointsSampleView(_ExamplesView):
    """Rows as points: at most 2,000, evenly chosen."""

    kind: Literal["points"] = "points"
    axes: list[str] = Field(description="Names of the two axes: features, principal components, or the target.")
    points: list[list[float]] = Field(description="Two coordinates for each example.")


class ImagesSampleView(_ExamplesView):
    """Some examples as pictures."""

    kind: Literal["images"] = "images"
    height: int
    width: int
    channels: int = Field(description="1: brightness; 3: red, green, blue.")
    pixels: list[list[int]] = Field(
        description="For each example, values from 0 to 255: row after row, its columns, their channels."
    )


class SeriesSampleView(_ExamplesView):
    """Some examples as curves over their steps."""

    kind: Literal["series"] = "series"
    features: list[str]
    series: list[list[list[float]]] = Field(description="For each example, for each feature, its value at each step.")


class NoSampleView(BaseModel):
    """A data set that can't be drawn."""

    kind: Literal["none"] = "none"


SampleView = Annotated[
    PointsSampleView | ImagesSampleView | SeriesSampleView | NoSampleView, Field(discriminator="kind")
]


class PreviewView(BaseModel):
    """A data set and its split."""

    task: Task
    shape: list[int] = Field(description="Shape of one example.")
    classes: int = Field(description="0 in regression.")
    class_names: list[str]
    feature_names: list[str]
    vocabulary: int | None = Field(description="Number of tokens, if examples are rows of word numbers.")
    rows: int
    sizes: PartsView
    train_rows: int
    test_rows: int
    class_balance: BalanceView
    target: TargetView | None
    warnings: list[str] = Field(description="Warnings, in sentences.")
    message: str | None = Field(description="Reason why there are no rows to show (not downloaded yet), or null.")
    sample: SampleView


def preview_view(dataset: Dataset, split: Split) -> PreviewView:
    """The preview of a data set and a split without problems."""
    classes = dataset.classes
    counts = split.counts(dataset.rows)
    view = PreviewView(
        task=dataset.task,
        shape=list(dataset.shape),
        classes=classes,
        class_names=dataset.class_names,
        feature_names=dataset.feature_names,
        vocabulary=dataset.vocabulary,
        rows=dataset.rows,
        sizes=PartsView(**counts),
        train_rows=counts["train"],
        test_rows=counts["test"],
        class_balance=BalanceView(train=[], validation=[], test=[]),
        target=None,
        warnings=[],
        message=None,
        sample=NoSampleView(),
    )
    try:
        y, x = dataset.labels(), dataset.sample_rows()
    except DataUnavailable as missing:
        view.message = str(missing)
        return view
    assigned = split.assign(dataset, y)
    if classes:
        view.class_balance = BalanceView(
            **{part: np.bincount(assigned.y[getattr(assigned, part)], minlength=classes).tolist() for part in PARTS}
        )
        view.warnings = _warnings(dataset, view.class_balance)
    else:
        trained = assigned.y[assigned.train].astype(np.float64)
        view.target = TargetView(min=trained.min(), mean=trained.mean(), max=trained.max(), std=trained.std())
    view.sample = _sample(dataset, x, assigned)
    return view


def _warnings(dataset: Dataset, balance: BalanceView) -> list[str]:
    warnings = []
    for part, rows in (("training", balance.train), ("test", balance.test)):
        missed = [repr(name) for name, count in zip(dataset.class_names, rows, strict=True) if not count]
        if missed:
            names = ", ".join(missed[:3]) + (", …" if len(missed) > 3 else "")
            warnings.append(f"No {part} row is of class {names}: shuffle, or choose other sizes")
    return warnings


def _sample(dataset: Dataset, x: np.ndarray, assigned: RowAssignment) -> SampleView:
    """Sample of `x`, the inputs of the first rows or of all, to draw."""
    if dataset.picture is not None:
        shown = _shown(assigned, len(x), IMAGES)
        height, width, channels = dataset.picture
        pixels = (x[shown].reshape(len(shown), -1) * 255).round().astype(int)
        examples = _examples(assigned, shown)
        return ImagesSampleView(height=height, width=width, channels=channels, pixels=pixels.tolist(), **examples)
    if dataset.vocabulary is not None:
        return NoSampleView()
    if x.ndim == 3:
        shown = _shown(assigned, len(x), SERIES)
        series = x[shown].transpose(0, 2, 1).round(4).tolist()
        return SeriesSampleView(features=dataset.feature_names, series=series, **_examples(assigned, shown))
    if x.ndim != 2:
        return NoSampleView()
    shown = _shown(assigned, len(x), POINTS)
    axes, points = _points(dataset, x[shown], assigned.y[shown])
    return PointsSampleView(axes=axes, points=points.round(6).tolist(), **_examples(assigned, shown))


def _shown(assigned: RowAssignment, first: int, most: int) -> np.ndarray:
    """Indices of at most `most` of the `first` rows, evenly chosen, without sealed rows."""
    rows = np.sort(np.concatenate([getattr(assigned, part) for part in PARTS]))
    rows = rows[rows < first]
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(int))
    return np.asarray(rows[places])


def _examples(assigned: RowAssignment, shown: np.ndarray) -> dict[str, Any]:
    parts = np.empty(len(assigned.y), object)
    for part in PARTS:
        parts[getattr(assigned, part)] = part
    return {"y": assigned.y[shown].reshape(-1).tolist(), "part": parts[shown].tolist()}


def _points(dataset: Dataset, x: np.ndarray, y: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Names of two axes, and two coordinates for each row: two features, a feature and the label, or components."""
    names = dataset.feature_names
    if len(names) == 1:
        return [names[0], "target" if dataset.task == "regression" else "class"], np.column_stack([x, y])
    if len(names) == 2:
        return names, x
    return _principal_components(x)


def _principal_components(x: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The first two principal components of standardised features, each named with its share of the variance."""
    x = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    std = x.std(axis=0)
    x /= np.where(std > 0, std, 1)
    variances, directions = np.linalg.eigh(x.T @ x)
    shares = variances[::-1] / max(variances.sum(), 1e-12)
    two = directions[:, ::-1][:, :2]
    two = two * np.where(two.sum(axis=0) < 0, -1, 1)  # a component's sign is arbitrary: fix it
    return [f"principal component {n + 1} ({shares[n]:.0%} of the variance)" for n in (0, 1)], x @ two
