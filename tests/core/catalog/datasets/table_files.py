"""Table files of every format, made and read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from core.catalog.datasets.column_types import TableFile
from core.catalog.datasets.reading import Reading
from core.catalog.datasets.table_file import read_table_file
from core.catalog.datasets.unpacking import unpack


def read(path: Path, content: str | bytes, **settings: Any) -> TableFile:
    """The table that is read from a file of this content."""
    file = path / "table"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    unpack(file, "table")
    return read_table_file(file, Reading(**settings))


def types_of(found: TableFile) -> dict[str, str]:
    """Type of each column."""
    return {
        name: "number" if name in found.numbers else "date" if name in found.dates else "category"
        for name in found.frame
    }


def frame() -> pd.DataFrame:
    """A frame with gaps, of each type that a column can have."""
    return pd.DataFrame(
        {
            "x": [1.5, None, 3.0] * 5,
            "who": ["a", None, "c"] * 5,
            "when": pd.date_range("2020-01-01", periods=15),
            "yes": [True, False, True] * 5,
        }
    )


def written(name: str) -> bytes:
    """`frame()` in the format of that name."""
    file = io.BytesIO()
    table = frame()
    match name:
        case "parquet":
            table.assign(lists=[[1, 2]] * 15).to_parquet(file)
        case "feather":
            table.to_feather(file)
        case "json":
            return str(table.to_json(orient="records", date_format="iso")).encode()
        case "json lines":
            return str(table.to_json(orient="records", date_format="iso", lines=True)).encode()
        case "spreadsheet":
            return workbook([list(table), *table.astype(object).where(table.notna(), None).to_numpy().tolist()])
    return file.getvalue()


def workbook(rows: list[list[Any]]) -> bytes:
    """An Excel workbook of one sheet, with text inline."""

    def cell(value: Any, place: str) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | float):
            return f'<c r="{place}"><v>{value}</v></c>'
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'

    lines = "".join(
        f'<row r="{row}">{"".join(cell(value, f"{chr(65 + n)}{row}") for n, value in enumerate(values))}</row>'
        for row, values in enumerate(rows, 1)
    )
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets><sheet name="Data" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{lines}</sheetData></worksheet>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def archive(files: dict[str, str]) -> bytes:
    """A zip of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return file.getvalue()
