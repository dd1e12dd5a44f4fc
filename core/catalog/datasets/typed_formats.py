"""Tables of typed formats and workbooks: their layout, and the check of their size before they are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from core.catalog.datasets.dialect import count_of, is_header
from core.catalog.datasets.reading import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROW,
    MAX_SHEET_NAME,
    SAMPLE,
    TOO_WIDE,
    Reading,
    bad,
)
from core.catalog.datasets.workbook_sizes import check_workbook
from core.problems import Invalid, Problem
from core.settings import settings

MAX_JSON: Final = 50_000_000
"""Bytes of a JSON file, which takes many times as much memory."""
MAX_FOOTER: Final = 16_000_000
"""Bytes of the description of columns in a Parquet or Feather file."""
BATCH: Final = 1000
"""Rows of a Parquet file that are looked at together."""
TEXTS: Final = "Its texts take more than {:,} bytes when unpacked: leave out a column of long ones"
MAX_SHEETS: Final = 200
"""Sheets of a workbook that are listed."""


def sheet_names(path: Path) -> list[str]:
    """Names of a workbook's sheets that a reading can choose."""
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(str(path)) as book:
        return [name for name in book.sheet_names if len(name) <= MAX_SHEET_NAME][:MAX_SHEETS]


def sheet_reading(path: Path, given: Reading, notes: list[str]) -> Reading:
    from python_calamine import CalamineError, CalamineWorkbook

    check_workbook(path)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            names = book.sheet_names
            if not names:
                raise bad("This workbook has no sheet with a table")
            sheet = given.sheet if given.sheet is not None else _main_sheet(book)
            if sheet not in names:
                message = f"There is no sheet {sheet!r}; the sheets are: {', '.join(names[:20])}"
                raise Invalid([Problem(("sheet",), message)])
            rows = book.get_sheet_by_name(sheet).to_python(nrows=SAMPLE)
    except CalamineError as error:
        raise ValueError(str(error)) from None
    if given.sheet is None and len(names) > 1:
        notes.append(f"The workbook has {len(names)} sheets; {sheet!r} was read")
    skip = given.skip
    if skip is None:  # a title above the table fills one cell alone
        wide = max((sum(cell != "" for cell in row) for row in rows), default=0)
        skip = next((place for place, row in enumerate(rows) if sum(c != "" for c in row) > max(1, wide // 2)), 0)
        if skip:
            notes.append(f"Left out: {count_of(skip, 'row')} above the table in the sheet")
    header = given.header if given.header is not None else is_header([[str(c) for c in row] for row in rows[skip:]])
    if given.header is None and not header:
        notes.append("The first row holds values, so columns are called 'column 1' and so on")
    return given.model_copy(update={"sheet": sheet, "skip": skip, "header": header})


def _main_sheet(book: Any) -> str:
    """Name of the first sheet that is not small beside the largest: notes often stand before the table."""
    sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    cells = [sheet.total_height * sheet.total_width for sheet in sheets]
    return str(next(sheet.name for sheet, count in zip(sheets, cells, strict=True) if 4 * count >= max(cells)))


def usable_columns(path: Path, reading: Reading, notes: list[str]) -> list[str] | None:
    """Names of the columns that hold one value a row, of a format that says so; refuses what is too large."""
    if reading.format in ("json", "json lines"):
        _check_json(path)
    if reading.format == "arff":
        _check_arff(path)
    if reading.format not in ("parquet", "feather"):
        return None
    with path.open("rb") as raw:
        raw.seek(-min(path.stat().st_size, 10), 2)
        tail = raw.read()
    footer = tail[2:6] if tail.endswith(b"PAR1") else tail[:4] if tail.endswith(b"ARROW1") else b""
    if int.from_bytes(footer, "little") > MAX_FOOTER:
        raise bad(TOO_WIDE.format("too many"))
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if reading.format == "parquet":
            metadata = pq.read_metadata(path)
            schema, rows = metadata.schema.to_arrow_schema(), metadata.num_rows
            groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
            if sum(group.total_byte_size for group in groups) > 2 * settings().lab_upload_limit:
                raise bad(TEXTS.format(settings().lab_upload_limit))
        else:
            schema, rows = _feather_size(path)
        nested = [field.name for field in schema if pa.types.is_nested(field.type) or pa.types.is_binary(field.type)]
        names = [name for name in schema.names if name not in nested and not name.startswith("__index_level_")]
        if rows * len(names) > MAX_CELLS or len(names) > MAX_COLUMNS:
            raise bad(f"A table may have at most {MAX_CELLS:,} values in {MAX_COLUMNS} columns: leave out some")
        if reading.format == "parquet":
            _check_texts(path, schema, names)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from None
    if nested:
        notes.append(f"Left out, since they hold more than one value a row: {', '.join(map(repr, nested[:10]))}")
    return names


def _check_texts(path: Path, schema: Any, names: list[str]) -> None:
    """Refuses a Parquet file whose texts take too much memory: one that is stored once may stand in every row."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    types = {field.name: field.type for field in schema if field.name in names}
    texts = [name for name, type in types.items() if pa.types.is_string(type) or pa.types.is_large_string(type)]
    limit, taken = settings().lab_upload_limit, 0
    if not texts:
        return
    for batch in pq.ParquetFile(path, read_dictionary=texts).iter_batches(BATCH, columns=texts):
        for column in batch.columns:
            taken += pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0
        if taken > limit:
            raise bad(TEXTS.format(limit))


def _feather_size(path: Path) -> tuple[Any, int]:
    """Schema and number of rows of a Feather file; refuses one that takes too much memory."""
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.ipc

    with path.open("rb") as file:
        if file.read(4) == b"FEA1":  # the first version, which is not compressed
            table = pyarrow.feather.read_table(path, memory_map=True)
            return table.schema, table.num_rows
    rows = taken = 0
    with pa.memory_map(str(path)) as mapped:
        reader = pyarrow.ipc.open_file(mapped)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            rows, taken = rows + batch.num_rows, taken + batch.nbytes
            if taken > 2 * settings().lab_upload_limit:
                raise bad(TEXTS.format(settings().lab_upload_limit))
        return reader.schema, rows


def _check_json(path: Path) -> None:
    """Refuses a JSON file that is too large, or whose first object has too many keys."""
    if path.stat().st_size > MAX_JSON:
        raise bad(f"A JSON file may have at most {MAX_JSON:,} bytes: save the table as CSV or Parquet")
    keys = 0
    with path.open("rb") as file:
        while (chunk := file.read(1 << 20)) and keys <= MAX_COLUMNS:
            object_end = chunk.find(b"}")
            keys += chunk.count(b'":', 0, object_end if object_end >= 0 else None)
            if object_end >= 0:
                break
    if keys > MAX_COLUMNS:
        raise bad(TOO_WIDE.format(f"at least {keys:,}"), 1)


def _check_arff(path: Path) -> None:
    """Refuses an ARFF file whose description of columns is too long."""
    with path.open("rb") as file:
        for row in range(1, 2 * MAX_COLUMNS):
            line = file.readline(MAX_ROW)
            if len(line) >= MAX_ROW:
                raise bad(f"This line has more than {MAX_ROW:,} characters: leave out columns or values", row)
            if not line or line.strip().lower() == b"@data":
                return
    raise bad(TOO_WIDE.format("too many"))
