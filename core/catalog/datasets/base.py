"""What every data set is. All but the rows is known without loading them, so that shapes can be checked at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np

from core.catalog.calls import Call, plain
from core.catalog.entry import CatalogEntry
from core.problems import Problem
from core.settings import settings

Task = Literal["binary", "multiclass", "regression"]

Group = Literal["synthetic", "regression", "sequences", "bundled", "downloaded", "your own"]
"""Headings under which the form offers data sets."""

FRESH_ROWS: Final = 20_000
"""Rows drawn anew to tell the true score from the test rows' luck."""
FRESH_VALUES: Final = 1 << 23
"""Values that they may have in all, so that longer examples are fewer: 32 MiB."""

Picture = tuple[int, int, int]
"""Height, width and channels."""


class DataUnavailable(Exception):
    """Rows that are not on this machine. The message says, in a sentence, what to do."""


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
    """Means that are taken from features and target, and standard deviations that they are divided by then."""

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
    """A data set's rows as they are split and prepared."""

    train: Rows
    test: Rows
    validation: Rows | None = None
    """Watched while training, for choosing; never trained on."""
    holdout: Rows | None = None
    """Sealed: its figures are shown on request only."""
    scaling: Scaling = Scaling()
    """How the parts were scaled, by the training rows; rows that are drawn afresh are scaled alike."""


class Dataset(CatalogEntry):
    """Base of all data sets."""

    group: ClassVar[Group]
    """Under which heading the form offers it."""
    ordered: ClassVar[bool] = False
    """Whether rows of one class may stand together, so that an unshuffled split could miss a class."""
    proposed_split: ClassVar[dict[str, Any]] = {}
    """Fields of the split, and their values, that the form proposes where this data set is chosen."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        raise NotImplementedError

    @property
    def fresh_rows(self) -> int:
        """How many rows are drawn anew to judge a finished run, where they can be."""
        return min(FRESH_ROWS, FRESH_VALUES // math.prod(self.shape))

    @property
    def classes(self) -> int:
        """How many classes there are; 0 in regression."""
        raise NotImplementedError

    @property
    def task(self) -> Task:
        """What is to be learnt."""
        return "regression" if self.classes == 0 else "binary" if self.classes == 2 else "multiclass"

    @property
    def feature_names(self) -> list[str]:
        """What the columns are called; of images, the channels."""
        return [f"x{i + 1}" for i in range(self.shape[-1])]

    @property
    def class_names(self) -> list[str]:
        """What the classes are called; nothing in regression."""
        return [str(label) for label in range(self.classes)]

    @property
    def picture(self) -> Picture | None:
        """Size of the picture that an example is, however its values are laid out; None where it is none."""
        return None

    @property
    def vocabulary(self) -> int | None:
        """Where examples are rows of whole numbers that stand for words: one more than the highest."""
        return None

    def problems(self) -> list[Problem]:
        """What is wrong with the data set as it is asked for, below `dataset`. Where there is any, all else raises."""
        return []

    def code(self) -> Call:
        """What gives all rows, in the order that `split` cuts: `(x, y)`, arrays of any number type."""
        raise NotImplementedError

    def fresh_code(self, rows: int, random_state: int) -> Call | None:
        """What draws `rows` fresh examples of the same distribution; None where there is nothing to draw from."""
        return None

    def fetch(self, progress: Callable[[], None] = lambda: None) -> None:
        """Brings what `load` needs to this machine, where it isn't here yet; calls `progress` while that goes on.

        Raises:
            DataUnavailable: where it can't be had.
        """

    def load(self) -> Rows:
        """All rows, in the order that `split` cuts.

        Raises:
            DataUnavailable: where they can't be had.
        """
        return self._rows(self.code())

    def labels(self) -> np.ndarray:
        """`load().y`, without all that isn't needed for it. Never downloads: raises `DataUnavailable` instead."""
        return self.load().y

    def sample_rows(self) -> np.ndarray:
        """`load().x`, or its first rows where all would be too much to look at. Never downloads, as `labels`."""
        return self.load().x

    def draw(self, rows: int, random_state: int) -> Rows | None:
        """`rows` fresh examples of the same distribution; None where there is nothing to draw from."""
        code = self.fresh_code(rows, random_state)
        return None if code is None else self._rows(code)

    def _rows(self, code: Call) -> Rows:
        return self._typed(*plain(code)[:2])

    def _typed(self, x: Any, y: Any) -> Rows:
        y = np.asarray(y, np.float32).reshape(-1, 1) if self.task == "regression" else np.ascontiguousarray(y, np.int32)
        return Rows(np.ascontiguousarray(x, np.float32), y)


def datasets_directory() -> Path:
    """Where files of data sets lie: `datasets` in LAB_DATA, which Keras' loaders take for their cache."""
    return settings().lab_data.resolve() / "datasets"
