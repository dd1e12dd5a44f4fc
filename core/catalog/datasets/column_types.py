"""Types of a table's columns: numbers, dates and categories, found from their cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from core.catalog.datasets.reading import MISSING, MOSTLY, ColumnType, Reading
from core.catalog.datasets.table_rows import to_numbers, type_columns
from core.problems import Invalid, Problem

DATE_FORMATS: Final = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d %Y",
    "%b %d, %Y",
    "%b-%d-%Y",
    "%Y-%m",
    "%Y %b",
    "%b %Y",
    "%b-%y",
    "ISO8601",
)
_OTHER_ORDER: Final = {
    f"{one}{mark}{other}{mark}{year}": f"{other}{mark}{one}{mark}{year}"
    for one, other in (("%d", "%m"), ("%m", "%d"))
    for mark, year in (("/", "%Y"), ("-", "%Y"), ("/", "%y"))
}
"""The format with day and month the other way round."""
_DATE: Final = re.compile(r".*\d.*[-/. ,:T].*\w.*|[A-Za-z]{3,9}[-/. ,]+\d.*")
_DAY: Final = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class TableFile:
    """A table as it was read."""

    frame: Any
    """pandas' frame: columns of float64, of datetime64, and of text; NaN or NaT where there is no value."""
    reading: Reading
    """How it was read, each field that has a meaning for the format filled in."""
    numbers: list[str]
    dates: dict[str, str]
    """Formats of the columns of dates; empty where the file has dates itself."""
    odd: dict[str, Sequence[tuple[int, str]]]
    """Row and text of the cells that are neither missing nor of their column's type."""
    notes: list[str]
    """What was understood and may surprise, in sentences."""
    first: list[list[str]]
    """Cells of the first rows, as they stand in the file."""


def typed_table(frame: Any, reading: Reading, notes: list[str], rows: np.ndarray | None) -> TableFile:
    import pandas as pd

    if reading.thousands and reading.thousands == reading.decimal:
        message = "The decimal mark can't separate thousands too: choose another mark"
        raise Invalid([Problem(("thousands",), message)])
    missing = [each.casefold() for each in (MISSING if reading.missing is None else reading.missing)]
    missing = list(dict.fromkeys(["", *missing]))
    plain = {name for name, cells in frame.items() if _is_plain(cells)}
    texts = {name: cells for name, cells in frame.items() if _is_text(cells) and name not in plain}
    sample = pd.concat([cells.head(1000) for cells in texts.values()]) if texts else pd.Series([], dtype="str")
    decimal, thousands = _marks(sample.dropna().astype("str").str.strip().unique(), reading)
    unknown = [name for name in reading.types if name not in frame]
    if unknown:
        raise Invalid([Problem(("types", name), "There is no such column") for name in unknown])
    numbers: list[str] = []
    dates: dict[str, str] = {}
    unclear: dict[str, str] = {}
    for name, cells in frame.items():
        wanted = reading.types.get(name)
        if name in texts or (name in plain and wanted not in (None, "number")):
            counted = cells.astype("str").str.strip().value_counts()
            counted = counted[~counted.index.str.casefold().isin(missing)]
            type, format = _type_of(counted, wanted, decimal, thousands)
            if format and (other := _OTHER_ORDER.get(format)) and _fit_alike(counted.index.to_series(), format, other):
                unclear[name] = str(counted.index[0])
                day_first = reading.date_order == "day first" if reading.date_order else decimal == ","
                format = next(each for each in (format, other) if each.startswith("%d") == day_first)
        else:
            type = "date" if pd.api.types.is_datetime64_any_dtype(cells.dtype) else "number"
            type, format = wanted or type, ""
        if type == "number":
            numbers.append(name)
        elif type == "date":
            dates[name] = format
    completed = reading.model_copy(update={"missing": missing, "decimal": decimal, "thousands": thousands})
    if unclear:
        order: Literal["day first", "month first"] = "month first"
        if dates[next(iter(unclear))].startswith("%d"):
            order = "day first"
        completed = completed.model_copy(update={"date_order": order})
    if unclear and reading.date_order is None:
        name, date = next(iter(unclear.items()))
        notes.append(
            f"No date of {', '.join(map(repr, unclear))} tells whether day or month comes first: {date} is read "
            f"with the {order.partition(' ')[0]} first. Correct the order of dates if that is wrong"
        )
    first = frame.head(10).astype("str").fillna("").map(lambda cell: cell[:100]).to_numpy().tolist()
    typed = type_columns(frame, missing, numbers, dates, decimal, thousands)
    numbered = np.arange(len(frame)) + (reading.skip or 0) + 1 + (reading.header is not False) if rows is None else rows
    odd: dict[str, Sequence[tuple[int, str]]] = {}
    for name in [*texts, *plain]:
        if (name in numbers or name in dates) and (typed[name].isna() & frame[name].notna()).any():
            text = frame[name].astype("str").str.strip()
            wrong = (typed[name].isna() & ~text.fillna("").str.casefold().isin(missing)).to_numpy()
            if wrong.any():
                places = np.flatnonzero(wrong)
                cells = [(int(numbered[place]), str(text.iloc[place])[:40]) for place in places[:5]]
                odd[name] = cells
                row, cell = cells[0]
                more = f", nor have {len(places) - 1} more cells" if len(places) > 1 else ""
                kind = "number" if name in numbers else "date"
                notes.append(f"Row {row} of column {name!r} is {cell!r}, which is no {kind}: it has no value{more}")
    for name in numbers:
        infinite = np.isinf(typed[name].to_numpy())
        if infinite.any():
            typed.loc[infinite, name] = np.nan
    return TableFile(typed, completed, numbers, dates, odd, notes, first)


def _is_plain(cells: Any) -> bool:
    """Whether a column of text holds plain numbers alone, and no days such as 20200131."""
    import pandas as pd

    if not isinstance(cells.dtype, pd.StringDtype):
        return False
    numbers = pd.to_numeric(cells, errors="coerce")
    if not np.isfinite(numbers).all():
        return False
    return not (numbers.min() >= 19_000_101 and numbers.max() <= 20_991_231)


def _is_text(cells: Any) -> bool:
    import pandas as pd

    return (
        isinstance(cells.dtype, pd.StringDtype | pd.CategoricalDtype)
        or cells.dtype == "object"
        or pd.api.types.is_bool_dtype(cells.dtype)
    )


def _marks(cells: Any, reading: Reading) -> tuple[Literal[".", ","], Literal["", ",", ".", " ", "'"]]:
    """Decimal mark and separator of thousands, from the cells that look like numbers with one of them."""
    found: Counter[str] = Counter()
    for cell in cells:
        text = re.sub(r"^([+-]?)[$€£¥] ?|[ ]?[%$€£¥]$", r"\1", cell)
        if re.fullmatch(r"[+-]?\d+,\d{1,2}|[+-]?\d+,\d{4,}|[+-]?0,\d+|[+-]?\d{1,3}(\.\d{3})+,\d+", text):
            found["decimal comma"] += 1
        elif re.fullmatch(r"[+-]?\d*\.\d+([eE][+-]?\d+)?|[+-]?\d{1,3}(,\d{3})+\.\d+", text):
            found["decimal point"] += 1
        if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
            found["thousands comma"] += 1
        elif re.fullmatch(r"[+-]?\d{1,3}(\.\d{3}){2,}(,\d+)?|[+-]?\d{1,3}(\.\d{3})+,\d+", text):
            found["thousands point"] += 1
        elif re.fullmatch(r"[+-]?\d{1,3}( \d{3})+([.,]\d+)?", text):
            found["thousands space"] += 1
        elif re.fullmatch(r"[+-]?\d{1,3}('\d{3})+([.,]\d+)?", text):
            found["thousands apostrophe"] += 1
    # Where values are separated by commas, a comma within one is more likely a separator of thousands.
    least = found["thousands comma"] if reading.delimiter == "," else 0
    has_comma = found["decimal comma"] > max(least, found["decimal point"]) or (
        reading.delimiter == ";" and found["thousands comma"] > 0 and not found["decimal point"]
    )
    decimal: Literal[".", ","] = reading.decimal or ("," if has_comma else ".")
    if reading.thousands is not None:
        return decimal, reading.thousands
    if decimal == "." and found["thousands comma"]:
        return decimal, ","
    if decimal == "," and found["thousands point"]:
        return decimal, "."
    if found["thousands space"] or found["thousands apostrophe"]:
        return decimal, " " if found["thousands space"] else "'"
    return decimal, ""


def _type_of(counted: Any, wanted: ColumnType | None, decimal: str, thousands: str) -> tuple[ColumnType, str]:
    """Type of a column of text with these counts of different values, and the format of its dates."""
    distinct = counted.index.to_series()
    if wanted in ("number", "category") or not len(distinct):
        return wanted or "category", ""
    if wanted is None:
        if distinct.str.fullmatch(_DAY.pattern).all() and len(distinct) > 1:
            return "date", "%Y%m%d"
        rows = int(counted.sum())
        odd = int(counted[to_numbers(distinct, decimal, thousands).isna()].sum())
        if odd <= max((1 - MOSTLY) * rows, 1 if rows > 4 else 0):
            return "number", ""
        if distinct.head(20).str.fullmatch(_DATE.pattern).mean() < MOSTLY:
            return "category", ""
    format = _date_format(distinct)
    return ("category", "") if format is None and wanted is None else ("date", format or "ISO8601")


def _date_format(distinct: Any) -> str | None:
    """The format that fits most of the values, if it fits nearly all."""
    likely = [format for format in DATE_FORMATS if _fits(distinct.head(50), format) >= MOSTLY]
    best = max(likely, key=lambda format: _fits(distinct, format), default=None)
    return best if best is not None and _fits(distinct, best) >= MOSTLY else None


def _fit_alike(cells: Any, format: str, other: str) -> bool:
    """Whether the one format of dates fits the cells as well as the other."""
    return _fits(cells, other) >= _fits(cells, format)


def _fits(cells: Any, format: str) -> float:
    """Share of the cells that are dates of this format."""
    import pandas as pd

    return float(pd.to_datetime(cells, format=format, errors="coerce", utc=True).notna().mean())
