"""Your own table: an uploaded CSV file."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.catalog.calls import Call
from core.catalog.datasets.base import Dataset, Rows
from core.catalog.datasets.csv_file import (
    MAX_COLUMNS,
    Column,
    CsvTable,
    as_number,
    file_name,
    plain_number,
    read_csv,
    uploads_directory,
)
from core.problems import Invalid, Location, Problem

MAX_CATEGORIES: Final = 50
"""Distinct values of a text feature, at most: each becomes a column."""
MAX_CLASSES: Final = 100
MAX_PROBLEMS: Final = 5
FEW: Final = 10
"""Most distinct values of a column of whole numbers that is taken as classes."""

_LARGEST = float(np.finfo(np.float32).max)


def read_table(
    path: str,
    features: list[tuple[str, list[str] | None]],
    target_column: str,
    classes: list[str] | list[float] | None,
    delimiter: str = ",",
) -> tuple[np.ndarray, np.ndarray]:
    """Features and target of a CSV file with a header row.

    A feature is a number, or has a list of values, each of which becomes a column of 0 and 1. The target is the index
    of its value in `classes`, or a number if there are none.
    """
    import csv

    with open(path, encoding="utf-8-sig", newline="") as file:
        names, *rows = (row for row in csv.reader(file, delimiter=delimiter) if row)
    table = {name.strip(): [row[place].strip() for row in rows] for place, name in enumerate(names)}

    def numbers(name: str) -> list[float]:
        return [float(cell.replace(",", ".")) for cell in table[name]]

    columns: list[list[float]] = []
    for name, values in features:
        if values is None:
            columns.append(numbers(name))
        else:
            columns += [[float(cell == value) for cell in table[name]] for value in values]
    if classes is None:
        y = np.array(numbers(target_column))
    else:
        cells = table[target_column] if isinstance(classes[0], str) else numbers(target_column)
        places = {value: place for place, value in enumerate(classes)}
        y = np.array([places[cell] for cell in cells])
    return np.array(columns, "float32").T, y


def _read_id(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch("[0-9a-f]{64}", value):
        raise PydanticCustomError("file", "Give the id of an uploaded file")
    return value


class Table(Dataset):
    """A CSV file of your own. Columns that are not numbers become one column of 0 and 1 for each of their values."""

    group: ClassVar = "your own"
    title: ClassVar = "Your own table"
    summary: ClassVar = "A CSV file that you upload"
    kind: Literal["table"] = "table"
    ordered: ClassVar = True
    proposed_split: ClassVar = {"train": 0.7, "shuffle": True, "standardize": True}
    file: Annotated[str, BeforeValidator(_read_id)] = Field(
        description="Id of an uploaded file.", json_schema_extra={"widget": "file"}
    )
    target: str = Field(max_length=1000, description="Column to predict.", json_schema_extra={"widget": "column"})
    features: list[str] | None = Field(
        None,
        max_length=MAX_COLUMNS,
        description="Columns to predict from. Leave empty for all others.",
        json_schema_extra={"widget": "columns"},
    )
    target_type: Literal["auto", "category", "number"] = Field(
        "auto",
        description=f"Category: classes; number: a regression. Auto: classes, unless the target has numbers with a "
        f"fraction or more than {FEW} different numbers.",
    )

    @property
    def rows(self) -> int:
        return self._parsed().rows

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.feature_names),)

    @property
    def classes(self) -> int:
        return len(self.class_names)

    @property
    def feature_names(self) -> list[str]:
        return [
            name if values is None else f"{name} = {value}"
            for name, values in self._encoded()
            for value in values or [""]
        ]

    @property
    def class_names(self) -> list[str]:
        column = self._parsed().columns[self.target]
        return [column.value(place) for place in range(len(column.distinct))] if self._is_classes(column) else []

    def problems(self) -> list[Problem]:
        try:
            columns = read_csv(self.file).columns
        except FileNotFoundError:
            message = (
                "There is no such file in the lab's data directory: upload it, and give all workers that directory"
            )
            return [Problem(("dataset", "file"), message)]
        known = ", ".join(list(columns)[:20]) + (", …" if len(columns) > 20 else "")
        if self.target not in columns:
            return [_at(("target",), f"There is no column {self.target!r}; the columns are: {known}")]
        if self.features == []:
            return [_at(("features",), "Choose at least one column")]
        found = []
        for index, name in enumerate(self.features or []):
            if name not in columns:
                found.append(_at(("features", index), f"There is no column {name!r}; the columns are: {known}"))
            elif name == self.target:
                found.append(_at(("features", index), f"{name!r} is the target: remove it from the features"))
            elif name in (self.features or [])[:index]:
                found.append(_at(("features", index), f"{name!r} is listed twice; remove one"))
        if found:
            return found
        found += self._target_problems(columns[self.target])
        for name in self._chosen(columns):
            place = ("features",) if self.features is None else ("features", self.features.index(name))
            found += [_at(place, message) for message in _feature_problems(columns[name])]
        chosen = [columns[name] for name in self._chosen(columns)]
        width = sum(1 if column.numbers is not None else len(column.distinct) for column in chosen)
        if not found and width > MAX_COLUMNS:
            message = f"These make {width} columns, and at most {MAX_COLUMNS} are allowed: choose fewer"
            found.append(_at(("features",), message))
        return found[:MAX_PROBLEMS]

    def code(self) -> Call:
        return self._reading(file_name(self.file))

    def load(self) -> Rows:
        self._parsed()
        return _loaded(self.model_dump_json(), uploads_directory())

    def labels(self) -> np.ndarray:
        column = self._parsed().columns[self.target]
        if self._is_classes(column):
            return column.codes
        return self._typed(np.zeros(0), np.asarray(column.distinct)[column.codes]).y

    def _parsed(self) -> CsvTable:
        """The parsed file.

        Raises:
            Invalid: if the data set has problems.
        """
        problems = self.problems()
        if problems:
            raise Invalid(problems)
        return read_csv(self.file)

    def _reading(self, path: str) -> Call:
        parsed = self._parsed()
        column = parsed.columns[self.target]
        classes: list[Any] | None = None
        if self._is_classes(column):
            classes = [plain_number(v) for v in column.numbers] if column.numbers is not None else list(column.distinct)
        more = {} if parsed.delimiter == "," else {"delimiter": parsed.delimiter}
        return Call(read_table, path, features=self._encoded(), target_column=self.target, classes=classes, **more)

    def _chosen(self, columns: dict[str, Column]) -> list[str]:
        return [name for name in columns if name != self.target] if self.features is None else self.features

    def _encoded(self) -> list[tuple[str, list[str] | None]]:
        """The features, each with its values if it is not a column of numbers."""
        columns = self._parsed().columns
        return [(n, list(columns[n].distinct) if columns[n].numbers is None else None) for n in self._chosen(columns)]

    def _is_classes(self, column: Column) -> bool:
        if self.target_type != "auto" or column.numbers is None:
            return self.target_type != "number"
        return len(column.distinct) <= FEW and bool(np.all(column.numbers % 1 == 0))

    def _target_problems(self, column: Column) -> Iterator[Problem]:
        name = repr(column.name)
        if self.target_type == "number" and column.numbers is None:
            odd = _odd_one(column)
            yield _at(("target_type",), f"{odd[0].upper()}{odd[1:]}, which is not a number: set this to category")
        elif column.missing:
            yield _at(("target",), _missing(column, "leave the row out"))
        elif len(column.distinct) == 1:
            yield _at(("target",), f"All rows of column {name} are {column.value(0)!r}: there is nothing to learn")
        elif column.numbers is not None and (too_large := _too_large(column)):
            yield _at(("target",), too_large)
        elif self._is_classes(column) and len(column.distinct) > MAX_CLASSES:
            message = (
                f"Column {name} has {len(column.distinct)} different values, and at most {MAX_CLASSES} can be classes: "
                "choose another column"
            )
            yield _at(("target",), message)


@functools.lru_cache(maxsize=2)
def _loaded(body: str, directory: Path) -> Rows:
    """A table's rows, cached: the form requests them again with every change of the split."""
    table = Table.model_validate_json(body)
    return table._rows(table._reading(str(directory / f"{table.file}.csv")))


def _at(place: Location, message: str) -> Problem:
    return Problem(("dataset", *place), message)


def _missing(column: Column, otherwise: str) -> str:
    first, *more = column.missing
    others = f", and {len(more)} more are" if more else ""
    return f"Row {first} of column {column.name!r} is empty{others}: fill it in, or {otherwise}"


def _feature_problems(column: Column) -> Iterator[str]:
    if column.missing:
        yield _missing(column, "leave the column out")
    elif column.numbers is not None:
        yield from filter(None, [_too_large(column)])
    elif len(column.distinct) > MAX_CATEGORIES:
        yield (
            f"Column {column.name!r} is not made of numbers ({_odd_one(column)}) and has {len(column.distinct)} "
            f"different values, of which at most {MAX_CATEGORIES} can be made columns: leave it out"
        )


def _odd_one(column: Column) -> str:
    """Phrase for the first cell that is not a number."""
    odd = [p for delimiter in ("", ",") for p, text in enumerate(column.distinct) if as_number(text, delimiter) is None]
    place = odd[0]
    return f"row {column.row_of(place)} of column {column.name!r} is {column.value(place)[:40]!r}"


def _too_large(column: Column) -> str | None:
    for place in (0, len(column.distinct) - 1):
        if abs(float(column.distinct[place])) > _LARGEST:
            return f"Row {column.row_of(place)} of column {column.name!r} is too large for float32: rescale the column"
    return None
