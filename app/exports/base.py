"""The base class of an export, its input, and CSV that spreadsheets take for data."""

from __future__ import annotations

import csv
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final, TypeVar

from app.store import Store
from app.stored import StoredExperiment
from app.verdict import VerdictView, kept_verdict
from core.experiment.experiment import resolve
from core.experiment.resolution import ResolvedArm

Cell = str | float | bool | None
"""A value in a table; None is an empty cell."""

_FORMULA: Final = re.compile(r"[=+\-@\t\n＝＋－＠]")
"""First characters by which a spreadsheet takes a text for a formula (OWASP, CSV injection)."""


@dataclass(frozen=True)
class Source:
    """The experiment to export, and where the rest of its data is read."""

    stored: StoredExperiment
    store: Store
    arm: str | None = None
    """Name of the one arm to export; None: all of them."""

    @cached_property
    def arms(self) -> list[ResolvedArm]:
        """The arms, resolved. Raises `Invalid` where a file of their data is gone."""
        return resolve(self.stored.experiment)

    @cached_property
    def verdict(self) -> VerdictView:
        """The verdict on the runs that have finished so far."""
        return kept_verdict(self.store, self.stored, None)


class Export(ABC):
    """A format in which an experiment is exported."""

    name: ClassVar[str]
    """Last part of its address, as in `curves.csv`."""
    ending: ClassVar[str]
    """End of the file's name, after the experiment's: `_curves.csv`."""
    media_type: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    """Contents in a phrase."""
    takes_arm: ClassVar[bool] = False
    """Whether one arm can be exported by itself."""

    @abstractmethod
    def write(self, source: Source) -> Iterator[str]:
        """The file's text in pieces, made as they are asked for. Errors are raised before the first piece."""

    def file_name(self, experiment: str) -> str:
        """Name of the file for the experiment of this name: letters, digits and underscores, and `ending`."""
        return file_stem(experiment) + self.ending


T = TypeVar("T")


def file_stem(name: str) -> str:
    """A name as part of a file's: letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "experiment"


def rectangular(rows: Sequence[Mapping[str, T]]) -> tuple[list[str], list[list[T | None]]]:
    """Names of all columns in the order in which rows first have them, and the rows' cells; None where one has none."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return names, [[row.get(name) for name in names] for row in rows]


def csv_table(rows: Sequence[Mapping[str, Cell]]) -> str:
    """Rows of named cells as CSV with a header."""
    names, cells = rectangular(rows)
    return csv_text([names, *cells])


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV (RFC 4180, lines ended by a line feed). Numbers keep all their digits.

    A text that begins as a formula does gets an apostrophe before it.
    """
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: Cell) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    text = re.sub(r"\r\n?", "\n", value)  # which csv wouldn't quote, as it ends no line here
    return f"'{text}" if _FORMULA.match(text) else text
