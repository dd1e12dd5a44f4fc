"""Base class of data sets. Everything but the rows is known without loading, so that shapes can be checked at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np

from core.catalog.calls import Call, Name, evaluate_unseeded
from core.catalog.datasets.new_rows import numeric_rows
from core.catalog.datasets.tasks import Task
from core.catalog.entry import CatalogEntry
from core.problems import Problem
from core.settings import settings

Group = Literal["synthetic", "regression", "sequences", "bundled", "downloaded", "your own"]
"""Headings under which the form offers data sets."""

FRESH_ROWS: Final = 20_000
"""Newly drawn rows that estimate the true score, at most."""
FRESH_VALUES: Final = 1 << 23
"""Values of all fresh rows together, at most: 32 MiB."""

Picture = tuple[int, int, int]
"""Height, width and channels."""


class DataUnavailable(Exception):
    """Rows that are not on this machine. The message says what to do."""


@dataclass(frozen=True)
class RowCells:
    """Rows as they stand in a table's file."""

    columns: list[str]
    cells: list[list[str | float | None]]
    """For each row its value in each of `columns`: text, a number, a date as text; None without a value."""
    row: list[int]
    """Each row's number in the file, from 1, without the header."""


@dataclass(frozen=True)
class NewRows:
    """Rows without a target, to predict for."""

    x: Any
    """As `Rows.x`, before any preparation."""
    cells: RowCells | None = None
    """All columns that a table's rows came with."""
    refused: Mapping[int, str] = field(default_factory=dict)
    """Why rows can't be predicted, by their index; `x` has the others alone."""
    notes: Mapping[int, str] = field(default_factory=dict)
    """Notes on rows that are predicted, by their index."""


@dataclass(frozen=True)
class Rows:
    """Examples with their labels."""

    x: Any
    """float32, (rows, *shape); where a preparation is still to come, a frame of pandas with a column a feature."""
    y: np.ndarray
    """int32, (rows,): the class, from 0; in regression float32, (rows, 1): the target; of several labels, each 0 or 1,
    or several targets float32, (rows, targets)."""

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: np.ndarray | slice) -> Rows:
        """The rows at `index`."""
        return Rows(self.x[index] if isinstance(self.x, np.ndarray) else self.x.iloc[index], self.y[index])


@dataclass(frozen=True)
class Scaling:
    """Means and standard deviations by which features and target are standardised."""

    x: tuple[np.ndarray, np.ndarray] | None = None
    y: tuple[np.ndarray, np.ndarray] | None = None
    has_own_units: bool = False
    """Whether errors are told in the target's own units, and not in standard deviations."""

    def __call__(self, rows: Rows) -> Rows:
        """`rows`, scaled."""
        x, y = rows.x, rows.y
        if self.x is not None:
            x = (x - self.x[0]) / self.x[1]
        if self.y is not None:
            y = (y - self.y[0]) / self.y[1]
        return Rows(x, y)

    def reported(self, y: np.ndarray) -> np.ndarray:
        """Scaled targets, or predictions of them, (rows, targets), in the units in which errors are told."""
        if self.y is None or not self.has_own_units:
            return y
        mean, std = self.y
        return np.asarray(y.astype(np.float64) * std + mean)


@dataclass(frozen=True)
class SplitRows:
    """A data set's rows, split and prepared."""

    train: Rows
    test: Rows
    validation: Rows | None = None
    """Rows for early stopping and model selection; never trained on."""
    holdout: Rows | None = None
    """Sealed rows: their scores stay hidden until revealed."""
    weights: np.ndarray | None = None
    """float32, (rows,): what the loss of each training row is multiplied by; None: nothing."""
    scaling: Scaling = Scaling()
    """Scaling fitted to the training rows; fresh rows are scaled by it too."""


class Dataset(CatalogEntry):
    """Base of all data sets."""

    group: ClassVar[Group]
    """Heading in the form."""
    ordered: ClassVar[bool] = False
    """Whether rows may be sorted by class, so that an unshuffled split could miss a class."""
    proposed_split: ClassVar[dict[str, Any]] = {}
    """Fields of the split, with values, that the form proposes for this data set."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        raise NotImplementedError

    @property
    def fresh_rows(self) -> int:
        """Number of fresh rows that evaluate a finished run, if rows can be drawn."""
        return min(FRESH_ROWS, FRESH_VALUES // math.prod(self.shape))

    @property
    def classes(self) -> int:
        """Number of classes; 0 in regression, and of several labels."""
        raise NotImplementedError

    @property
    def target_names(self) -> list[str]:
        """Names of several labels or targets, which are predicted at once; empty where there is one target."""
        return []

    @property
    def label_names(self) -> list[list[str]]:
        """Both values of each of several labels, as text: that of 0, that of 1. Empty where there are no labels."""
        return []

    @property
    def task(self) -> Task:
        """Kind of target."""
        if self.target_names:
            return "labels" if self.label_names else "targets"
        return "regression" if self.classes == 0 else "binary" if self.classes == 2 else "multiclass"

    @property
    def feature_names(self) -> list[str]:
        """Names of the columns; of the channels for images."""
        return [f"x{i + 1}" for i in range(self.shape[-1])]

    @property
    def class_names(self) -> list[str]:
        """Names of the classes; empty in regression, and of several labels."""
        return [str(label) for label in range(self.classes)]

    @property
    def picture(self) -> Picture | None:
        """Size of the picture that an example holds, in any layout; None if it is not a picture."""
        return None

    @property
    def vocabulary(self) -> int | None:
        """Number of tokens if examples are rows of token numbers (one more than the highest); else None."""
        return None

    @property
    def own_test_rows(self) -> int:
        """Rows, the last ones, that a file of test rows gives; 0 where the split cuts the test rows off."""
        return 0

    def uploads(self) -> dict[str, bool]:
        """Ids of the uploaded files that it reads, and of each whether it may be read as it came too."""
        return {}

    def left_out(self) -> dict[str, str]:
        """Columns of a table that are not predicted from, each with the reason."""
        return {}

    @property
    def target_column(self) -> str | None:
        """The column to predict, the first of several; only tables have one."""
        return None

    @property
    def weight_column(self) -> str | None:
        """The one of `columns` whose values multiply the loss of training rows, if any."""
        return None

    @property
    def columns(self) -> list[str]:
        """Columns by whose values rows can be cut into parts; only tables, and arrays, have any."""
        return []

    @property
    def script_needs(self) -> tuple[list[str], str | None]:
        """Packages that the exported script reads the rows with, beside scikit-learn, and the file that it reads."""
        return [], None

    @property
    def feature_span(self) -> tuple[float, float] | None:
        """Least and greatest feature of your own arrays, in their unit; None of what is scaled, or known to fit."""
        return None

    def column_values(self, column: str) -> np.ndarray:
        """Value of each row in one of `columns`, in the order of `load`.

        Raises:
            ValueError: if the data set has no columns.
        """
        raise ValueError(f"Only tables have columns, and this is {type(self).title}")

    def without(self, column: str) -> Dataset:
        """The data set with this column left out of the features that it has by default."""
        return self

    def problems(self) -> list[Problem]:
        """Problems of the data set, located below `dataset`. While there are any, all other members may raise."""
        return []

    def code(self) -> Call:
        """The call that returns all rows in the order of the split: `(x, y)`, arrays of any number type."""
        raise NotImplementedError

    def code_with(self, columns: list[str]) -> Call:
        """The call that returns all rows with their values in some of `columns`: `(x, y, values, …)`.

        Raises:
            ValueError: if the data set has no columns.
        """
        raise ValueError(f"Only tables have columns, and this is {type(self).title}")

    def fresh_code(self, rows: int, random_state: int | Name) -> Call | None:
        """The call that draws `rows` fresh examples of the same distribution; None if it is not known."""
        return None

    def preparation(self, *, standardize: bool) -> Call | None:
        """The call that makes the transformer of the features, scikit-learn's; None if they are numbers alone.

        It is fitted on the training rows; with `standardize` it scales them too.
        """
        return None

    def new_rows(self, records: Sequence[Any]) -> NewRows:
        """Rows to predict for, given as JSON: lists of numbers, or objects by column.

        Raises:
            Invalid: located at `rows`, the row's index, and the cell.
        """
        return NewRows(numeric_rows(records, self.shape, self.feature_names, self.vocabulary))

    def new_rows_of(self, file: str, most: int) -> NewRows | None:
        """Rows to predict for, at most so many, from an uploaded file; None where a table of the features is taken.

        Raises:
            FileNotFoundError: if there is no such file.
            Invalid: if it doesn't fit, located where that is known.
        """
        return None

    def row_cells(self, rows: np.ndarray) -> RowCells | None:
        """All columns of the file's rows that `load` gives at `rows`; None where rows have no columns of their own."""
        return None

    def fetch(self, progress: Callable[[], None] = lambda: None) -> None:
        """Downloads missing files that `load` needs; calls `progress` meanwhile.

        Raises:
            DataUnavailable: if the download fails.
        """

    def load(self) -> Rows:
        """All rows, in the order of the split.

        Raises:
            DataUnavailable: if they can't be read or downloaded.
        """
        return self._rows(self.code())

    def labels(self) -> np.ndarray:
        """`load().y`, reading no more than needed. Never downloads: raises `DataUnavailable` instead."""
        return self.load().y

    def sample_rows(self) -> np.ndarray:
        """`load().x`, or its first rows if there are very many. Never downloads: raises `DataUnavailable` instead."""
        return np.asarray(self.load().x)

    def draw(self, rows: int, random_state: int) -> Rows | None:
        """`rows` fresh examples of the same distribution; None if it is not known."""
        code = self.fresh_code(rows, random_state)
        return None if code is None else self._rows(code)

    def _rows(self, code: Call) -> Rows:
        return self._typed(*evaluate_unseeded(code)[:2])

    def _typed(self, x: Any, y: Any) -> Rows:
        return Rows(np.ascontiguousarray(x, np.float32), self._typed_target(y))

    def _typed_target(self, y: Any) -> np.ndarray:
        """The target as `Rows.y` has it."""
        if self.classes:
            return np.ascontiguousarray(y, np.int32)
        return np.ascontiguousarray(y, np.float32).reshape(-1, len(self.target_names) or 1)

    @property
    def target_code(self) -> str:
        """Code that makes the target `y`, as it was loaded, an array as `Rows.y` has it; NumPy is called `np`."""
        if self.classes:
            return 'np.asarray(y, "int32")'
        return 'np.asarray(y, "float32")' if self.target_names else 'np.asarray(y, "float32").reshape(-1, 1)'


def datasets_directory() -> Path:
    """Directory of data set files: `datasets` in LAB_DATA, which Keras' loaders use as their cache."""
    return data_directory() / "datasets"


def data_directory() -> Path:
    """LAB_DATA, without links."""
    return _resolved(settings().lab_data)


@functools.lru_cache(maxsize=8)
def _resolved(path: Path) -> Path:
    return path.resolve()
