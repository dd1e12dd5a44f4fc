"""Your own arrays or pictures: an uploaded .npz file, or a zip file of folders of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from pydantic import Field

from core.catalog.calls import Call, evaluate_unseeded
from core.catalog.datasets.array_rows import arrays_xy
from core.catalog.datasets.array_uploads import (
    ArraysSummary,
    Size,
    arrays_code,
    arrays_summary,
    kept_arrays,
    kept_column,
    kept_features,
    kept_target,
    resized,
)
from core.catalog.datasets.base import Dataset, NewRows, Picture, Rows
from core.catalog.datasets.file_summary import ColumnSummary
from core.catalog.datasets.picture_file import check_size
from core.catalog.datasets.targets import FEW, MAX_CLASSES
from core.catalog.datasets.uploads import FileId, damage, kept_file
from core.problems import Invalid, Problem
from core.settings import settings

MAX_SIZE: Final = 1024
"""Height and width to which pictures can be resized."""
MAX_TOKENS: Final = 1 << 20


class Arrays(Dataset):
    """Arrays or pictures of your own: an .npz file with x and y, or a zip file of pictures with a folder a class."""

    group: ClassVar = "your own"
    title: ClassVar = "Your own arrays or pictures"
    summary: ClassVar = "An .npz file, or a zip of folders of pictures, that you upload"
    kind: Literal["arrays"] = "arrays"
    ordered: ClassVar = True
    proposed_split: ClassVar = {"train": 0.7, "shuffle": True, "target_scale": "standard"}
    file: FileId = Field(
        description="Id of an uploaded file of arrays or pictures.", json_schema_extra={"widget": "arrays_file"}
    )
    target_type: Literal["auto", "category", "number"] = Field(
        "auto",
        description="Category: classes; number: a regression. Auto: classes if the target is text, whole numbers "
        f"counted from 0 or 1, or at most {FEW} different whole numbers.",
    )
    layout: Literal["auto", "table", "sequence", "image", "tokens"] = Field(
        "auto",
        description="Auto: as in the file. Table: all values in a row. Sequence: steps of values; a picture's rows are "
        "steps. Image: height, width and channels; one channel is added to two axes. Tokens: rows of word numbers.",
    )
    size: list[Annotated[int, Field(ge=1, le=MAX_SIZE)]] | None = Field(
        None,
        min_length=2,
        max_length=2,
        description="Height and width to which pictures are resized. Leave empty for the size of most of them, or "
        "else their median.",
    )

    def uploads(self) -> dict[str, bool]:
        return {self.file: self.size is not None}

    @property
    def rows(self) -> int:
        return self._valid().rows

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape(self._valid())

    @property
    def classes(self) -> int:
        return len(self.class_names)

    @property
    def class_names(self) -> list[str]:
        return [str(value) for value in self._classes(self._valid()) or []]

    @property
    def feature_names(self) -> list[str]:
        picture, shape = self.picture, self.shape
        if picture is not None and shape == picture:
            return {1: ["brightness"], 3: ["red", "green", "blue"]}[picture[2]]
        return [f"x{number + 1}" for number in range(shape[-1])]

    @property
    def picture(self) -> Picture | None:
        summary = self._valid()
        example = self._example(summary)
        if len(example) == 2 and (summary.is_bytes or self.layout == "image"):
            example = (*example, 1)
        is_drawn = summary.is_bytes or (summary.low >= 0 and summary.high <= 1)
        if len(example) != 3 or example[2] not in (1, 3) or min(example[:2]) < 2 or not is_drawn:
            return None
        return example

    @property
    def script_needs(self) -> tuple[list[str], str | None]:
        summary = self._valid()
        return (["pillow"] if summary.format == "pictures" else []), summary.name

    @property
    def feature_span(self) -> tuple[float, float] | None:
        summary = self._valid()
        return None if summary.is_bytes or self.layout == "tokens" else (summary.low, summary.high)

    @property
    def vocabulary(self) -> int | None:
        return int(self._valid().high) + 1 if self.layout == "tokens" else None

    def problems(self) -> list[Problem]:
        if (damaged := damage(self.file)) is not None:
            return [_at("file", damaged)]
        if kept_file(self.file).kind != "arrays":
            return [_at("file", "This file holds a table: choose the data set 'Your own table' for it")]
        summary = arrays_summary(self.file)
        return [*self._target_problems(summary), *self._layout_problems(summary), *self._size_problems(summary)]

    @property
    def columns(self) -> list[str]:
        return [each.name for each in self._valid().columns or []]

    def column_values(self, column: str) -> np.ndarray:
        self._valid()
        return kept_column(self.file, column)

    def code(self) -> Call:
        return self.code_with([])

    def code_with(self, columns: list[str]) -> Call:
        summary = self._valid()
        return self._xy(arrays_code(self.file, summary.name, self._size, columns), self._classes(summary))

    def fetch(self, progress: Callable[[], None] = lambda: None) -> None:
        resized(self.file, self._size, progress)

    def load(self) -> Rows:
        places = self._places(self._valid())
        return self._typed(*evaluate_unseeded(self._xy(Call(kept_arrays, self.file, self._size), places)))

    def new_rows(self, records: Sequence[Any]) -> NewRows:
        x = super().new_rows(records).x
        return NewRows(self._scaled(x))

    def new_rows_of(self, file: str, most: int) -> NewRows:
        if kept_file(file).kind != "arrays":
            raise Invalid([Problem(("file",), "This file holds a table: upload arrays or pictures")])
        summary, other = self._valid(), arrays_summary(file)
        size = None
        if summary.format == other.format == "pictures":
            size = (self.size or summary.shape)[0], (self.size or summary.shape)[1]
        x = kept_features(file, size)
        if math.prod(x.shape[1:]) != math.prod(self.shape):
            shapes = [" × ".join(map(str, each)) for each in (x.shape[1:], self._example(summary))]
            raise Invalid(
                [Problem(("file",), f"Its examples are {shapes[0]}, and those that were trained on {shapes[1]}")]
            )
        if len(x) > most:
            raise Invalid([Problem(("file",), f"The file has {len(x):,} rows; send at most {most:,} at once")])
        return NewRows(self._scaled(x.reshape(-1, *self.shape)))

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        summary = self._valid()
        is_pixels = summary.is_bytes and len(summary.shape) > 1
        return np.divide(x, 255, dtype="float32") if is_pixels else x.astype("float32")

    def labels(self) -> np.ndarray:
        y = kept_target(self.file)
        loaded = (np.empty((len(y), 1), np.float32), y)
        return self._typed(*arrays_xy(loaded, (1,), classes=self._places(self._valid()))).y

    def sample_rows(self) -> np.ndarray:
        """The features of all rows, mapped into memory; pixels are not scaled."""
        return kept_features(self.file, self._size).reshape(-1, *self.shape)

    @property
    def _size(self) -> Size | None:
        return None if self.size is None else (self.size[0], self.size[1])

    def _valid(self) -> ArraysSummary:
        """The file's description.

        Raises:
            Invalid: if the data set has problems.
        """
        problems = self.problems()
        if problems:
            raise Invalid(problems)
        return arrays_summary(self.file)

    def _xy(self, reading: Call, classes: list[Any] | None) -> Call:
        summary = self._valid()
        more: dict[str, Any] = {}
        if summary.is_bytes and len(summary.shape) > 1:
            more["pixels"] = True
        if classes is not None:
            more["classes"] = classes
        return Call(arrays_xy, reading, self._shape(summary), **more)

    def _example(self, summary: ArraysSummary) -> tuple[int, ...]:
        """Shape of an example in the file, of pictures in the size that is wanted."""
        return (*self.size, summary.shape[2]) if self.size and summary.format == "pictures" else tuple(summary.shape)

    def _shape(self, summary: ArraysSummary) -> tuple[int, ...]:
        example = self._example(summary)
        if self.layout == "table":
            return (math.prod(example),)
        if self.layout == "sequence":
            return (example[0], math.prod(example[1:]))
        is_grey = len(example) == 2 and (self.layout == "image" or (self.layout == "auto" and summary.is_bytes))
        return (*example, 1) if is_grey else example

    def _classes(self, summary: ArraysSummary) -> list[Any] | None:
        """The target's values, each a class; None in regression."""
        if not self._is_classes(summary.target):
            return None
        return [int(each) if isinstance(each, float) and each.is_integer() else each for each in summary.target.values]

    def _places(self, summary: ArraysSummary) -> list[Any] | None:
        """The classes as they are kept: text by the place of its value."""
        classes = self._classes(summary)
        return list(range(len(classes))) if classes and summary.target.type == "category" else classes

    def _is_classes(self, target: ColumnSummary) -> bool:
        if self.target_type != "auto" or target.type == "category":
            return self.target_type != "number"
        counted = target.low in (0, 1) and target.high == target.distinct - 1 + target.low
        return target.whole and (target.distinct <= FEW or (counted and target.distinct <= MAX_CLASSES))

    def _target_problems(self, summary: ArraysSummary) -> Iterator[Problem]:
        target = summary.target
        if self.target_type == "number" and target.type == "category":
            yield _at(
                "target_type", f"The target holds text such as {str(target.values[0])[:40]!r}: set this to category"
            )
        elif target.distinct == 1:
            yield _at("file", f"The target of all rows is {target.values[0]!r}: there is nothing to learn")
        elif self._is_classes(target) and target.distinct > MAX_CLASSES:
            message = f"The target has {target.distinct:,} different values, and at most {MAX_CLASSES} can be classes"
            yield _at("target_type", f"{message}: set this to number")

    def _layout_problems(self, summary: ArraysSummary) -> Iterator[Problem]:
        example = self._example(summary)
        shape = " × ".join(map(str, example))
        if self.layout == "image" and len(example) not in (2, 3):
            yield _at(
                "layout", f"An example is {shape}, which is no height × width or height × width × channels: use auto"
            )
        elif self.layout == "sequence" and len(example) not in (1, 2, 3):
            yield _at("layout", f"An example is {shape}, which is no steps × values: use auto")
        elif self.layout == "tokens":
            is_whole = np.dtype(summary.dtype).kind in "iu" and len(example) == 1
            if not is_whole or summary.low < 0 or summary.high >= MAX_TOKENS:
                message = f"Tokens are rows of integers from 0 to {MAX_TOKENS:,}, and these are not: use auto"
                yield _at("layout", message)

    def _size_problems(self, summary: ArraysSummary) -> Iterator[Problem]:
        if self.size is None:
            return
        if summary.format != "pictures":
            yield _at("size", "Only pictures of a zip file can be resized: leave this empty")
            return
        shape = (self.size[0], self.size[1], summary.shape[2])
        if message := check_size(summary.rows, shape, settings().lab_array_limit):
            yield _at("size", message)


def _at(field: str, message: str) -> Problem:
    return Problem(("dataset", field), message)
