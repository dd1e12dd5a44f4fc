"""Base class of data sets. Everything but the rows is known without loading, so that shapes can be checked at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np

from core.catalog.calls import Call, Name, evaluate_unseeded
from core.catalog.entry import CatalogEntry
from core.problems import Problem
from core.settings import settings

Task = Literal["binary", "multiclass", "regression"]

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
class Rows:
    """Examples with their labels."""

    x: np.ndarray
    """float32, (rows, *shape)."""
    y: np.ndarray
    """int32, (rows,): the class, from 0; in regression float32, (rows, 1): the target."""

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: np.ndarray | slice) -> Rows:
        """The rows at `index`."""
        return Rows(self.x[index], self.y[index])


@dataclass(frozen=True)
class Scaling:
    """Means and standard deviations by which features and target are standardised."""

    x: tuple[np.ndarray, np.ndarray] | None = None
    y: tuple[np.ndarray, np.ndarray] | None = None

    def __call__(self, rows: Rows) -> Rows:
        """`rows`, scaled."""
        x, y = rows.x, rows.y
        if self.x is not None:
            x = (x - self.x[0]) / self.x[1]
        if self.y is not None:
            y = (y - self.y[0]) / self.y[1]
        return Rows(x, y)


@dataclass(frozen=True)
class SplitRows:
    """A data set's rows, split and prepared."""

    train: Rows
    test: Rows
    validation: Rows | None = None
    """Rows for early stopping and model selection; never trained on."""
    holdout: Rows | None = None
    """Sealed rows: their scores stay hidden until revealed."""
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
        """Number of classes; 0 in regression."""
        raise NotImplementedError

    @property
    def task(self) -> Task:
        """Kind of target."""
        return "regression" if self.classes == 0 else "binary" if self.classes == 2 else "multiclass"

    @property
    def feature_names(self) -> list[str]:
        """Names of the columns; of the channels for images."""
        return [f"x{i + 1}" for i in range(self.shape[-1])]

    @property
    def class_names(self) -> list[str]:
        """Names of the classes; empty in regression."""
        return [str(label) for label in range(self.classes)]

    @property
    def picture(self) -> Picture | None:
        """Size of the picture that an example holds, in any layout; None if it is not a picture."""
        return None

    @property
    def vocabulary(self) -> int | None:
        """Number of tokens if examples are rows of token numbers (one more than the highest); else None."""
        return None

    def problems(self) -> list[Problem]:
        """Problems of the data set, located below `dataset`. While there are any, all other members may raise."""
        return []

    def code(self) -> Call:
        """The call that returns all rows in the order of the split: `(x, y)`, arrays of any number type."""
        raise NotImplementedError

    def fresh_code(self, rows: int, random_state: int | Name) -> Call | None:
        """The call that draws `rows` fresh examples of the same distribution; None if it is not known."""
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
        return self.load().x

    def draw(self, rows: int, random_state: int) -> Rows | None:
        """`rows` fresh examples of the same distribution; None if it is not known."""
        code = self.fresh_code(rows, random_state)
        return None if code is None else self._rows(code)

    def _rows(self, code: Call) -> Rows:
        return self._typed(*evaluate_unseeded(code)[:2])

    def _typed(self, x: Any, y: Any) -> Rows:
        y = np.asarray(y, np.float32).reshape(-1, 1) if self.task == "regression" else np.ascontiguousarray(y, np.int32)
        return Rows(np.ascontiguousarray(x, np.float32), y)


def datasets_directory() -> Path:
    """Directory of data set files: `datasets` in LAB_DATA, which Keras' loaders use as their cache."""
    return settings().lab_data.resolve() / "datasets"
