"""Preparation of a table's columns before training: missing values filled, numbers scaled, categories made columns.

All of it is fitted on training rows alone, by scikit-learn's `ColumnTransformer`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final, Literal

from pydantic import Field

from core.catalog.calls import Call, Partial
from core.catalog.datasets.file_summary import FREQUENT, MANY, ColumnSummary
from core.catalog.datasets.table_rows import hash_categories
from core.catalog.entry import Entry
from core.problems import Location

HASH_COLUMNS: Final = 16
"""Columns that values are hashed to unless one says so."""
GONE: Final = "(missing)"
"""Category of the rows without a value."""


class Treatment(Entry):
    """Preparation of one column. What is left out is chosen for its type."""

    column: str = Field(max_length=1000, description="Name of the column.")
    missing: Literal["auto", "drop", "mean", "median", "most_frequent", "constant", "category"] = Field(
        "auto",
        title="Missing values",
        description="Drop: leave those rows out. Mean, median, most frequent: of the training rows. Category: one of "
        "its own. Auto: the median, or a category of their own.",
    )
    fill_value: float | str | None = Field(None, description="The constant that stands for missing values.")
    indicator: bool | None = Field(
        None, description="Whether a column says where values were missing. Left out: for numbers and dates, yes."
    )
    scale: Literal["auto", "standard", "min_max", "robust", "none"] = Field(
        "auto",
        description="Standard: mean 0, standard deviation 1. Min-max: 0 to 1. Robust: median 0, interquartile range "
        "1. Auto: standard where the split standardises features.",
    )
    categories: Literal["auto", "one_hot", "ordinal", "hash"] = Field(
        "auto",
        description="One-hot: a column of 0 and 1 for each value. Ordinal: 0, 1, 2 … in alphabetical order. Hash: "
        "a few columns, in one of which each value is 1 or -1; for many values.",
    )
    most: int | None = Field(
        None,
        ge=1,
        le=1000,
        title="Values told apart",
        description=f"The most frequent values that are told apart; the others are 0 in all their columns. Left out: "
        f"all, or {FREQUENT} where there are more than {MANY}.",
    )
    n_features: int | None = Field(
        None,
        ge=2,
        le=1000,
        title="Hash columns",
        description=f"Columns that values are hashed to; fewer mix up more values. Left out: {HASH_COLUMNS}.",
    )


def date_parts_of(column: ColumnSummary) -> list[str]:
    """Parts that a column of dates is replaced by."""
    return ["days", "month", "weekday", *(["hour"] if column.has_hours else [])]


def categories_of(column: ColumnSummary, treatment: Treatment) -> list[str]:
    """The values of a column of text, or of numbers that are taken as such, that are told apart."""
    most = treatment.most or (FREQUENT if column.distinct > MANY else MANY)
    frequent = sorted(zip(column.counts, column.values, strict=True), key=lambda pair: (-pair[0], pair[1]))[:most]
    kept = sorted(str(value) for _, value in frequent)
    return [*kept, GONE] if column.missing and fills(column, treatment) == "category" else kept


def hash_columns(treatment: Treatment) -> int:
    """Number of columns that a column's values are hashed to."""
    return treatment.n_features or HASH_COLUMNS


def fills(column: ColumnSummary, treatment: Treatment) -> str:
    """Treatment of a column's missing values, "auto" being decided."""
    if treatment.missing != "auto":
        return treatment.missing
    return "category" if column.type == "category" else "median"


def treatment_problems(columns: list[ColumnSummary], treatments: list[Treatment]) -> Iterator[tuple[Location, str]]:
    """Problems of the treatments of columns, each at its place among them."""
    known = {column.name: column for column in columns}
    for index, treatment in enumerate(treatments):
        column = known.get(treatment.column)
        if column is None:
            yield (index, "column"), f"There is no column {treatment.column!r}"
            continue
        if treatment.column in [each.column for each in treatments[:index]]:
            yield (index, "column"), f"Column {treatment.column!r} is listed twice; remove one"
        is_text = column.type == "category"
        if is_text and treatment.missing in ("mean", "median"):
            yield (index, "missing"), "Text has no mean: choose category or most_frequent"
        if not is_text and treatment.missing == "category":
            yield (index, "missing"), "Numbers have no category of their own: choose median"
        wanted = str if is_text else (int, float)
        if treatment.missing == "constant" and not isinstance(treatment.fill_value, wanted):
            yield (index, "fill_value"), f"Give a {'text' if is_text else 'number'} for them"


class Preparation:
    """The preparation of some columns: the names that it gives, and the call that makes its transformer."""

    def __init__(self, columns: list[ColumnSummary], treatments: list[Treatment]) -> None:
        given = {each.column: each for each in treatments}
        self._columns = [(column, given.get(column.name, Treatment(column=column.name))) for column in columns]

    @property
    def names(self) -> list[str]:
        """Names of the columns that training sees, in order."""
        made = [name for column, treatment in self._columns for name in _made(column, treatment)]
        return [*made, *(f"{name} is missing" for name in self._told())]

    def code(self, *, standardize: bool) -> Call:
        """The call that makes the transformer."""
        steps: list[tuple[str, Any, list[str]]] = []
        inputs = [(column, treatment, name) for column, treatment in self._columns for name in _inputs(column)]
        for key, group in itertools.groupby(inputs, lambda each: _key(each[0], each[1], standardize)):
            members = list(group)
            categories = [categories_of(column, treatment) for column, treatment, _ in members]
            names = [name for _, _, name in members]
            steps.append((f"{'categories' if key[0] else 'numbers'} {len(steps) + 1}", _steps(key, categories), names))
        told = self._told()
        if told:
            indicator: Any = Call("sklearn.impute.MissingIndicator", features="all")
            if standardize:
                indicator = _pipeline([indicator, Call("sklearn.preprocessing.StandardScaler")])
            steps.append(("missing", indicator, told))
        return Call("sklearn.compose.ColumnTransformer", steps)

    def _told(self) -> list[str]:
        """Inputs of which a column says where they are missing."""
        return [
            name
            for column, treatment in self._columns
            if column.missing and fills(column, treatment) != "drop"
            if (treatment.indicator if treatment.indicator is not None else column.type != "category")
            for name in _inputs(column)[:1]
        ]


_Key = tuple[bool, str, str | float | None, str, str]


def _key(column: ColumnSummary, treatment: Treatment, standardize: bool) -> _Key:
    """Properties that columns must share to be prepared by one step."""
    is_text = column.type == "category"
    filling = fills(column, treatment) if column.missing else "drop"
    scale = treatment.scale
    if scale == "auto":
        scale = "standard" if standardize else "none"
    encoding: str = treatment.categories
    if encoding == "auto":
        encoding = "one_hot"
    elif encoding == "hash":
        encoding = f"hash {hash_columns(treatment)}"
    return is_text, filling, treatment.fill_value, scale, encoding if is_text else ""


def _steps(key: _Key, categories: list[list[str]]) -> Any:
    _, filling, fill_value, scale, encoding = key
    steps: list[Any] = []
    if filling == "category":
        steps.append(Call("sklearn.impute.SimpleImputer", strategy="constant", fill_value=GONE))
    elif filling == "constant":
        steps.append(Call("sklearn.impute.SimpleImputer", strategy="constant", fill_value=fill_value))
    elif filling != "drop":
        steps.append(Call("sklearn.impute.SimpleImputer", strategy=filling, keep_empty_features=True))
    if encoding == "one_hot":
        steps.append(
            Call(
                "sklearn.preprocessing.OneHotEncoder",
                categories=categories,
                handle_unknown="ignore",
                sparse_output=False,
            )
        )
    elif encoding.startswith("hash"):
        hashing = Partial(hash_categories, columns=int(encoding.removeprefix("hash ")))
        steps.append(Call("sklearn.preprocessing.FunctionTransformer", hashing))
    elif encoding:
        unknown = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
        steps.append(Call("sklearn.preprocessing.OrdinalEncoder", categories=categories, **unknown))
    scaler = {"standard": "StandardScaler", "min_max": "MinMaxScaler", "robust": "RobustScaler"}.get(scale)
    if scaler:
        steps.append(Call(f"sklearn.preprocessing.{scaler}"))
    return _pipeline(steps)


def _pipeline(steps: list[Any]) -> Any:
    if not steps:
        return "passthrough"
    return steps[0] if len(steps) == 1 else Call("sklearn.pipeline.make_pipeline", *steps)


def _inputs(column: ColumnSummary) -> list[str]:
    """Names of the columns of the frame that a column becomes."""
    if column.type == "date":
        return [f"{column.name}: {part}" for part in date_parts_of(column)]
    return [column.name]


def _made(column: ColumnSummary, treatment: Treatment) -> list[str]:
    if column.type != "category" or treatment.categories == "ordinal":
        return _inputs(column)
    if treatment.categories == "hash":
        return [f"{column.name} # {number + 1}" for number in range(hash_columns(treatment))]
    return [f"{column.name} = {value}" for value in categories_of(column, treatment)]
