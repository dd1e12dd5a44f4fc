"""Reading of table files, and what their columns hold.

These are plain functions of pandas: the service calls them, and the exported script prints them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def read_text(path: str, delimiter: str = ",", encoding: str = "utf-8-sig", skip: int = 0, header: bool = True) -> Any:
    """The cells of a delimited text file as text, under the columns' names. Blank lines are left out.

    `skip` is the number of lines before the table. Without a header, columns are called "column 1" and so on.
    """
    import csv
    import itertools

    import pandas as pd

    with open(path, encoding=encoding, newline="") as file:
        for _ in range(skip):
            file.readline()
        lines = (line.strip() + "\n" for line in file) if delimiter == " " else file
        rows: Any = (row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ") if row)
        first = next(rows)
        second: list[str] = next(rows, [])
        if not header:
            names = [f"column {place + 1}" for place in range(len(first))]
            rows = itertools.chain([first, second], rows)
        else:
            names = [""] * (len(second) == len(first) + 1) + [name.strip() for name in first]
            rows = itertools.chain([second] * bool(second), rows)
        parts = []
        while part := list(itertools.islice(rows, 50_000)):
            parts.append(pd.DataFrame(part, columns=range(len(names)), dtype="str"))
    return name_columns(pd.concat(parts, ignore_index=True), names)


def read_spreadsheet(path: str, sheet: str, skip: int = 0, header: bool = True) -> Any:
    """The cells of a workbook's sheet as text, under the columns' names. Blank rows are left out."""
    import pandas as pd

    frame = pd.read_excel(path, sheet_name=sheet, engine="calamine", header=None, skiprows=skip, dtype=object)
    frame = frame.dropna(how="all").dropna(how="all", axis=1)

    def text(cell: Any) -> str:
        if isinstance(cell, float):
            return "" if cell != cell else f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        said = "" if cell is None or cell is pd.NaT else str(cell)
        return said.removesuffix(" 00:00:00")

    frame = frame.map(text).astype("str")
    names = [f"column {place + 1}" for place in range(frame.shape[1])]
    if header:
        names, frame = frame.iloc[0].str.strip().tolist(), frame.iloc[1:]
    return name_columns(frame.reset_index(drop=True), names)


def read_json(path: str, lines: bool = False) -> Any:
    """The values of a list of JSON objects as text, a column for each key; with `lines`, one object a line.

    A list may stand in an object, as its only list; an object of equally long lists holds columns.
    """
    import json

    import pandas as pd

    with open(path, encoding="utf-8-sig") as file:
        rows = [json.loads(line) for line in file if line.strip()] if lines else json.load(file)
    if isinstance(rows, dict):
        lists = {name: each for name, each in rows.items() if isinstance(each, list)}
        if len(lists) == 1 and all(isinstance(row, dict) for row in next(iter(lists.values()))):
            (rows,) = lists.values()
        else:
            rows = [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
    names = list(dict.fromkeys(name for row in rows for name in row))

    def text(value: Any) -> str:
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    frame = pd.DataFrame([[text(row.get(name)) for name in names] for row in rows], dtype="str")
    return name_columns(frame, [name.strip() for name in names])


def read_arff(path: str) -> Any:
    """The columns of an ARFF file: numbers, and text."""
    import pandas as pd
    from scipy.io import arff

    with open(path, encoding="utf-8-sig") as file:
        frame = pd.DataFrame(arff.loadarff(file)[0])
    texts = frame.select_dtypes("object").columns
    frame[texts] = frame[texts].map(bytes.decode).astype("str")
    return name_columns(frame, [str(name).strip() for name in frame])


def name_columns(frame: Any, names: list[str]) -> Any:
    """`frame` with these names: a column without a name is called by its place, a second of one name is numbered.

    Columns without a name and without a value are left out.
    """
    taken: dict[str, int] = {}
    for place, name in enumerate(names):
        called = name or f"column {place + 1}"
        number = 2
        while called in taken:
            called, number = f"{name or f'column {place + 1}'} ({number})", number + 1
        if name or not (frame.iloc[:, place].fillna("").astype("str").str.strip() == "").all():
            taken[called] = place
    frame = frame.iloc[:, list(taken.values())]
    frame.columns = list(taken)
    return frame


def to_numbers(cells: Any, decimal: str = ".", thousands: str = "") -> Any:
    """Text as float64, NaN where it is no number. A percentage is a share, a currency's sign is left out."""
    import re

    import pandas as pd

    plain = pd.to_numeric(cells, errors="coerce") if decimal == "." else cells.isna() * np.nan
    if np.isfinite(plain).all():
        return plain.astype("float64")
    digits = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
    point = re.escape(decimal)
    number = rf"[+-]?(?:(?:{digits})(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    text = cells.str.strip().str.replace("\u2212", "-").str.replace(r"^([+-]?)[$€£¥] ?", r"\1", regex=True)
    shares = text.str.endswith("%").fillna(False).astype(bool)
    text = text.str.replace(r" ?[%$€£¥]$", "", regex=True)
    text = text.where(text.str.fullmatch(number).fillna(False).astype(bool))
    if thousands:
        text = text.str.replace(thousands, "")
    if decimal != ".":
        text = text.str.replace(decimal, ".")
    found = pd.to_numeric(text).astype("float64")
    return found.where(~shares, found / 100)


def type_columns(
    frame: Any,
    missing: list[str],
    numbers: Sequence[str] = (),
    dates: dict[str, str] | None = None,
    decimal: str = ".",
    thousands: str = "",
) -> Any:
    """`frame` with its columns of text as numbers, dates (by their formats), or text without spaces around it.

    A cell that is one of `missing`, in any case, has no value; nor has one that is no number or date in such a column.
    """
    import pandas as pd

    typed, formats = {}, dates or {}
    for name, cells in frame.items():
        if isinstance(cells.dtype, pd.CategoricalDtype) or cells.dtype in ("object", "bool", "boolean"):
            cells = cells.astype("str")
        plain = pd.to_numeric(cells, errors="coerce") if name in numbers and decimal == "." else None
        if plain is not None and np.isfinite(plain).all():
            typed[name] = plain.astype("float64")
            continue
        if isinstance(cells.dtype, pd.StringDtype):
            cells = cells.str.strip()
            cells = cells.where(~cells.str.casefold().isin(missing))
        if name in formats:
            found = pd.to_datetime(cells, format=formats[name] or None, errors="coerce", utc=True)
            typed[name] = found.dt.tz_localize(None).astype("datetime64[us]")
        elif name in numbers:
            is_text = isinstance(cells.dtype, pd.StringDtype)
            typed[name] = to_numbers(cells, decimal, thousands) if is_text else cells.astype("float64")
        else:
            typed[name] = cells.astype("str")
    return pd.DataFrame(typed)


def date_parts(cells: Any, parts: list[str]) -> Any:
    """Numbers of a column of dates: days since 1970, year, month, day, weekday (Monday is 0), hour."""
    import pandas as pd

    days = (cells - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    fields = {"weekday": "day_of_week"}
    made = {part: getattr(cells.dt, fields.get(part, part)).astype("float64") for part in parts if part != "days"}
    made = {"days": days, **made}
    return pd.DataFrame({f"{cells.name}: {part}": made[part] for part in parts})


def hash_categories(cells: Any, columns: int) -> np.ndarray:
    """The text in each column of `cells` hashed to so many columns: 1 or -1 in one of them, 0 in the others."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(columns, input_type="string")
    texts = np.asarray(cells, object).T
    return np.hstack([hasher.transform([[text] for text in column]).toarray() for column in texts])


def with_test_rows(frame: Any, test: Any) -> Any:
    """The rows of `frame`, and after them those of `test` in the same columns."""
    import pandas as pd

    return pd.concat([frame, test.reindex(columns=frame.columns)], ignore_index=True)


def table_xy(
    frame: Any,
    features: list[str],
    target_column: str,
    classes: list[Any] | None = None,
    dates: dict[str, list[str]] | None = None,
    complete: Sequence[str] = (),
    also: Sequence[str] = (),
    more_targets: Sequence[str] = (),
) -> tuple[Any, ...]:
    """Features, a frame of numbers and text, and the target: the index of its value in `classes`, or a number.

    With `more_targets` the target is (rows, targets), and `classes` are those of each. Rows without a target are left
    out, and those without a value in one of the columns `complete`. Dates are replaced by their parts. Values of the
    columns `also` follow, as they are.
    """
    import pandas as pd

    frame = frame.dropna(subset=[target_column, *more_targets, *complete]).reset_index(drop=True)
    chosen = [date_parts(frame[name], dates[name]) if dates and name in dates else frame[[name]] for name in features]
    others = [frame[name].to_numpy() for name in also]
    if more_targets:
        columns = [frame[name] for name in (target_column, *more_targets)]
        if classes is not None:
            columns = [
                cells.map({v: i for i, v in enumerate(each)}) for cells, each in zip(columns, classes, strict=True)
            ]
        return pd.concat(chosen, axis=1), np.column_stack([cells.to_numpy("float64") for cells in columns]), *others
    if classes is None:
        return pd.concat(chosen, axis=1), frame[target_column].to_numpy("float64"), *others
    places = {value: place for place, value in enumerate(classes)}
    return pd.concat(chosen, axis=1), frame[target_column].map(places).to_numpy("int32"), *others
