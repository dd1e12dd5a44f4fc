"""Rows of an uploaded table as a person knows them: all columns, with their values as text and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.catalog.datasets.base import RowCells
from core.catalog.datasets.uploads import frame_of, summary_of

Cell = str | float | None


def table_cells(files: list[str], needed: list[str], rows: np.ndarray) -> RowCells:
    """Rows by their places among those of `files`, one after the other, that have a value in every `needed` column.

    They have all columns of the first file, and are numbered from 1 in the file that they are of.
    """
    columns = list(frame_of(files[0]).columns)
    cells: list[list[Cell]] = [[]] * len(rows)
    numbers, start = np.zeros(len(rows), int), 0
    for file in files:
        frame = frame_of(file)
        used = np.flatnonzero(frame[needed].notna().all(axis=1).to_numpy())
        here = np.flatnonzero((rows >= start) & (rows < start + len(used)))
        at = used[rows[here] - start]
        numbers[here] = at + 1
        for place, values in zip(here, frame_cells(file, frame.iloc[at].reindex(columns=columns)), strict=True):
            cells[place] = values
        start += len(used)
    return RowCells(columns, cells, numbers.tolist())


def frame_cells(file: str, frame: Any) -> list[list[Cell]]:
    """Values of a frame whose columns are among those of the table: row by row."""
    summary = summary_of(file)
    columns = [_cells(frame[name], name in summary.dates) for name in frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _cells(values: Any, is_date: bool) -> list[Cell]:
    known = values.notna().to_numpy()
    if is_date:
        has_hours = bool((values.dropna().dt.normalize() != values.dropna()).any())
        texts = values.dt.strftime("%Y-%m-%d %H:%M:%S" if has_hours else "%Y-%m-%d")
        return [text if there else None for text, there in zip(texts, known, strict=True)]
    return [_plain(value) if there else None for value, there in zip(values.tolist(), known, strict=True)]


def _plain(value: str | float) -> Cell:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
