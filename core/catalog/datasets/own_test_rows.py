"""A second file of a table, whose rows are the test rows."""

from __future__ import annotations

from collections.abc import Iterator

from core.catalog.datasets.checksums import DamagedFile
from core.catalog.datasets.column_checks import shown, too_large
from core.catalog.datasets.file_summary import ColumnSummary, FileSummary
from core.catalog.datasets.uploads import damage, kept_file, summary_of

_SHOWN = 5
"""Columns or values that a sentence lists, at most."""


def test_file_problems(
    file: str, test_file: str, used: list[ColumnSummary], classes: list[ColumnSummary]
) -> Iterator[str]:
    """Why `test_file` can't give the test rows of `file`: by its `used` columns, and those with `classes`."""
    if (damaged := damage(test_file)) is not None:
        yield damaged
        return
    if kept_file(test_file).kind != "table":
        yield "This file holds arrays or pictures: choose a table"
        return
    found = summary_of(test_file)
    if test_file == file:
        yield "This is the file of the training rows: choose another, or leave this empty"
        return
    missing = [repr(column.name) for column in used if found.column(column.name) is None]
    if missing:
        small = {column.name.casefold(): column.name for column in found.columns}
        alike = [repr(small[name]) for column in used if (name := column.name.casefold()) in small]
        hint = f" (it has {_listed(alike)}, which is written otherwise)" if alike and len(alike) >= len(missing) else ""
        cure = "add it, leave it out of the features, or choose another file"
        yield f"This file lacks column {_listed(missing)}{hint}: {cure}"
        return
    yield from _value_problems(found, used)
    for target in classes:
        known = set(target.values)
        others = [repr(shown(each)) for each in _column(found, target.name).values if each not in known]
        if others:
            yield f"The training rows have no class {_listed(others)} of {target.name!r}: leave these rows out"


def unseen_values(test_file: str, used: list[ColumnSummary]) -> Iterator[tuple[str, list[str]]]:
    """Columns of text among `used` whose values in `test_file` are not all among those of the training rows."""
    try:
        found = summary_of(test_file)
    except FileNotFoundError:
        return
    for column in used:
        there = found.column(column.name)
        if column.type != "category" or there is None or column.distinct > len(column.values):
            continue
        known = {str(each) for each in column.values}
        if others := [str(each) for each in there.values if str(each) not in known]:
            yield column.name, others


def script_name(file: str, test_file: str) -> str:
    """Name by which a script reads the test rows: the file's own, but for one that is called as the first file is."""
    name = summary_of(test_file).name
    return f"test_{name}" if name == summary_of(file).name else name


def with_gaps_of(test_file: str | None, columns: list[ColumnSummary]) -> list[ColumnSummary]:
    """`columns`, which count the values that are missing in the test rows too; as they are where there is no file."""
    if test_file is None:
        return columns
    try:
        found = summary_of(test_file)
    except (FileNotFoundError, DamagedFile):
        return columns
    gaps = {column.name: column.missing for column in found.columns}
    return [each.model_copy(update={"missing": each.missing + gaps.get(each.name, 0)}) for each in columns]


def _value_problems(found: FileSummary, used: list[ColumnSummary]) -> Iterator[str]:
    words = {"number": "numbers", "category": "text", "date": "dates"}
    for column in used:
        other = _column(found, column.name)
        if other.distinct == 0:
            yield f"Column {column.name!r} of this file has no values: fill it in, or choose another file"
        elif other.type != column.type:
            yield (
                f"Column {column.name!r} holds {words[other.type]} in this file and {words[column.type]} in the "
                "training rows' file: correct how one of them is read"
            )
        elif other.type == "number" and (large := too_large(other)):
            yield large


def _column(found: FileSummary, name: str) -> ColumnSummary:
    return next(column for column in found.columns if column.name == name)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
