"""Preview of a data set and its split: sizes, class balance, and some rows to draw."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import BaseModel, Field

from app.majority import class_counts
from core.catalog.datasets import Dataset, DataUnavailable, Split, Task
from core.catalog.datasets.split import RowAssignment

DIGITS: Final = 6
"""Decimal digits of the values that are drawn, counted from the greatest's first."""
POINTS: Final = 2000
IMAGES: Final = 24
SERIES: Final = 8
SIDE: Final = 64
"""Pixels of a picture's longer side that are shown, about."""
STEPS: Final = 1000
FEATURES: Final = 16
"""Features of a sequence that are shown."""
MAX_COMPONENTS: Final = 2000
"""Features of which principal components are found."""

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


class MajorityView(BaseModel):
    """The most frequent class of the training rows, and the accuracy of always saying it."""

    name: str = Field(description="The class.")
    validation: float | None = Field(description="On the validation rows; null without any.")
    test: float | None


class TargetView(BaseModel):
    """The target of a regression, over the training rows."""

    min: float
    mean: float
    max: float
    std: float


class NamedTargetView(TargetView):
    """One of several targets, over the training rows."""

    name: str


class LabelView(BaseModel):
    """One of several labels: a column of two values."""

    name: str
    values: list[str] = Field(description="Both values as text: that of 0, that of 1.")
    train: int = Field(description="Training rows with the second value.")
    validation: int
    test: int


class LeftOutView(BaseModel):
    """A column of a table that is not predicted from."""

    column: str
    why: str = Field(description="The reason, after the column's name: 'counts the rows'.")
    tells: bool = Field(description="Whether it was found to tell the target alone.")


class _ExamplesView(BaseModel):
    y: list[float] = Field(
        description="Each example's class, with label noise, or its target; of several labels or targets the first."
    )
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
    classes: int = Field(description="0 in regression, and of several labels.")
    target_names: list[str] = Field(description="Columns that are predicted at once; empty where there is one target.")
    labels: list[LabelView] = Field(description="Several labels; else empty, as while the data is not downloaded.")
    targets: list[NamedTargetView] = Field(
        description="Several targets; else empty, as while the data is not downloaded."
    )
    class_names: list[str]
    feature_names: list[str]
    left_out: list[LeftOutView] = Field(description="Columns of a table that are not predicted from.")
    vocabulary: int | None = Field(description="Number of tokens, if examples are rows of word numbers.")
    rows: int
    sizes: PartsView
    train_rows: int
    test_rows: int
    class_balance: BalanceView
    majority: MajorityView | None = Field(None, description="Null in regression, and while the data is not downloaded.")
    target: TargetView | None = Field(description="The first, of several targets.")
    warnings: list[str] = Field(description="Warnings, in sentences.")
    message: str | None = Field(description="Reason why there are no rows to show (not downloaded yet), or null.")
    sample: SampleView


def preview_view(dataset: Dataset, split: Split) -> PreviewView:
    """The preview of a data set and a split without problems."""
    classes = dataset.classes
    counts = split.part_sizes(dataset)
    view = PreviewView(
        task=dataset.task,
        shape=list(dataset.shape),
        classes=classes,
        target_names=dataset.target_names,
        class_names=dataset.class_names,
        feature_names=dataset.feature_names,
        left_out=[
            LeftOutView(column=name, why=why, tells=why.startswith("tells")) for name, why in dataset.left_out().items()
        ],
        vocabulary=dataset.vocabulary,
        rows=dataset.rows,
        sizes=PartsView(**counts),
        train_rows=counts["train"],
        test_rows=counts["test"],
        class_balance=BalanceView(train=[], validation=[], test=[]),
        labels=[],
        targets=[],
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
        view.majority = _majority(dataset, split)
        view.warnings = _warnings(dataset, split, view.class_balance)
    elif dataset.label_names:
        view.labels = _labels(dataset, assigned)
        view.majority = _majority(dataset, split)
    else:
        each = [_target(column) for column in assigned.y[assigned.train].astype(np.float64).T]
        view.target = each[0]
        named = zip(dataset.target_names, each, strict=True) if dataset.target_names else ()
        view.targets = [NamedTargetView(name=name, **target.model_dump()) for name, target in named]
    view.sample = _sample(dataset, x, assigned)
    return view


def _majority(dataset: Dataset, split: Split) -> MajorityView:
    counts = class_counts(dataset, split, None if split.folds is None else 1)
    return MajorityView(
        name=counts.name(dataset),
        validation=counts.majority_rate("validation"),
        test=counts.majority_rate("test"),
    )


def _target(values: np.ndarray) -> TargetView:
    return TargetView(min=values.min(), mean=values.mean(), max=values.max(), std=values.std())


def _labels(dataset: Dataset, assigned: RowAssignment) -> list[LabelView]:
    ones = {part: assigned.y[getattr(assigned, part)].sum(axis=0).astype(int).tolist() for part in PARTS}
    return [
        LabelView(name=name, values=values, **{part: ones[part][place] for part in PARTS})
        for place, (name, values) in enumerate(zip(dataset.target_names, dataset.label_names, strict=True))
    ]


def _warnings(dataset: Dataset, split: Split, balance: BalanceView) -> list[str]:
    warnings = []
    cure = "shuffle, or choose other sizes" if split.by == "rows" and not split.shuffle else "choose other sizes"
    for part, rows in (("training", balance.train), ("test", balance.test)):
        missed = [repr(name) for name, count in zip(dataset.class_names, rows, strict=True) if not count]
        if missed:
            names = ", ".join(missed[:3]) + (", …" if len(missed) > 3 else "")
            warnings.append(f"No {part} row is of class {names}: {cure}")
    return warnings


def _sample(dataset: Dataset, x: np.ndarray, assigned: RowAssignment) -> SampleView:
    """Sample of `x`, the inputs of the first rows or of all, to draw."""
    if dataset.picture is not None:
        shown = _shown(assigned, len(x), IMAGES)
        pixels = x[shown].reshape(len(shown), *dataset.picture)
        thin = -(-max(dataset.picture[:2]) // SIDE)  # every pixel of a small picture
        pixels = pixels[:, ::thin, ::thin]
        if pixels.dtype != np.uint8:
            pixels = (pixels * 255).round().astype(int)
        _, height, width, channels = pixels.shape
        flat = pixels.reshape(len(shown), -1).tolist()
        return ImagesSampleView(
            height=height, width=width, channels=channels, pixels=flat, **_examples(assigned, shown)
        )
    if dataset.vocabulary is not None:
        return NoSampleView()
    if x.ndim == 3:
        shown = _shown(assigned, len(x), SERIES)
        series = x[shown][:, :STEPS, :FEATURES].transpose(0, 2, 1)
        names = dataset.feature_names[:FEATURES]
        return SeriesSampleView(features=names, series=_rounded(series), **_examples(assigned, shown))
    if x.ndim == 4 and x.shape[3] == 1:  # no picture: channels of samples, say
        shown = _shown(assigned, len(x), SERIES)
        series = x[shown][:, :FEATURES, :STEPS, 0]
        names = [f"row {number + 1}" for number in range(len(series[0]))]
        return SeriesSampleView(features=names, series=_rounded(series), **_examples(assigned, shown))
    if x.ndim != 2 or x.shape[1] > MAX_COMPONENTS:
        return NoSampleView()
    shown = _shown(assigned, len(x), POINTS)
    axes, points = _points(dataset, x[shown], assigned.y[shown])
    return PointsSampleView(axes=axes, points=_rounded(points), **_examples(assigned, shown))


def _shown(assigned: RowAssignment, first: int, most: int) -> np.ndarray:
    """Indices of at most `most` of the `first` rows, evenly chosen, without sealed rows."""
    rows = np.sort(np.concatenate([getattr(assigned, part) for part in PARTS]))
    rows = rows[rows < first]
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(int))
    return np.asarray(rows[places])


def _rounded(values: np.ndarray) -> list[Any]:
    """`values` as JSON, with as many digits as can be seen beside the greatest, whatever its unit."""
    most = float(np.abs(values).max(initial=0, where=np.isfinite(values)))
    decimals = DIGITS - math.ceil(math.log10(most)) if most else 0
    rounded: list[Any] = values.astype(np.float64).round(decimals).tolist()
    return rounded


def _examples(assigned: RowAssignment, shown: np.ndarray) -> dict[str, Any]:
    parts = np.empty(len(assigned.y), object)
    for part in PARTS:
        parts[getattr(assigned, part)] = part
    return {"y": np.atleast_2d(assigned.y[shown].T).T[:, 0].tolist(), "part": parts[shown].tolist()}


def _points(dataset: Dataset, x: np.ndarray, y: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Names of two axes, and two coordinates for each row: two features, a feature and the label, or components."""
    names = dataset.feature_names
    if len(names) == 1:
        axis = dataset.target_names[0] if dataset.target_names else "class" if dataset.classes else "target"
        return [names[0], axis], np.column_stack([x, np.atleast_2d(y.T).T[:, 0]])
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
