"""Table files of every format, made and read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

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
        case "spreadsheet" | "opendocument":
            rows = [list(table), *table.astype(object).where(table.notna(), None).to_numpy().tolist()]
            return workbook(rows) if name == "spreadsheet" else opendocument({"Data": rows})
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


_OPEN = "urn:oasis:names:tc:opendocument:xmlns"


def opendocument(sheets: Mapping[str, Sequence[Sequence[Any]]], end: str = "", kind: str = "spreadsheet") -> bytes:
    """An OpenDocument file of these sheets, saved as LibreOffice does: with formulas, and empty rows to the last.

    Args:
        sheets: rows by the sheets' names; None is an empty cell.
        end: further rows of each sheet, as they stand in the file.
        kind: kind of document that the file says to be.
    """

    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, bool):
            said = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
        elif isinstance(value, int | float):
            said = f'table:formula="of:=1&gt;0+{value}" office:value-type="float" office:value="{value}"'
        elif isinstance(value, pd.Timestamp):
            said = f'office:value-type="date" office:date-value="{value:%Y-%m-%d}"'
        else:
            said = 'office:value-type="string"'
        return f"<table:table-cell {said}><text:p>{escape(str(value))}</text:p></table:table-cell>"

    empty = '<table:table-cell table:number-columns-repeated="16380"/>'
    tables = "".join(
        f'<table:table table:name="{escape(name)}"><table:table-column table:number-columns-repeated="16384"/>'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}{empty}</table:table-row>" for row in rows)
        + end
        + f'<table:table-row table:number-rows-repeated="1048000">{empty}</table:table-row></table:table>'
        for name, rows in sheets.items()
    )
    spaces = " ".join(f'xmlns:{name}="{_OPEN}:{name}:1.0"' for name in ("office", "table", "text"))
    manifest = f'<manifest:manifest xmlns:manifest="{_OPEN}:manifest:1.0"/>'
    content = f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        made.writestr("META-INF/manifest.xml", manifest)
        made.writestr("content.xml", f"{content}</office:spreadsheet></office:body></office:document-content>")
    return file.getvalue()
