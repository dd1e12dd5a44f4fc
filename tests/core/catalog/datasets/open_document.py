"""OpenDocument spreadsheets, made by code."""

from __future__ import annotations

import datetime
import html
import io
import zipfile
from typing import Any

SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def open_document(sheets: dict[str, list[list[Any]]], *, type: str = SPREADSHEET) -> bytes:
    """A spreadsheet of these sheets. Behind each row and each sheet are the empty cells that LibreOffice writes."""
    tables = "".join(table(name, "".join(row(values) for values in rows)) for name, rows in sheets.items())
    return packed(tables, type=type)


def packed(tables: str, *, type: str = SPREADSHEET, before: str = "") -> bytes:
    """A spreadsheet of these tables in XML."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {_NAMES} office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", type, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return file.getvalue()


def table(name: str, rows: str) -> str:
    """A sheet of these rows in XML."""
    end = row([], 'table:number-rows-repeated="1048000"')
    return f'<table:table table:name="{name}">{rows}{end}</table:table>'


def row(values: list[Any], attributes: str = "") -> str:
    """A row in XML."""
    end = '<table:table-cell table:number-columns-repeated="16000"/>'
    return f"<table:table-row {attributes}>{''.join(map(cell, values))}{end}</table:table-row>"


def cell(value: Any, attributes: str = "") -> str:
    """A cell in XML; a pair of a formula and its value is a formula."""
    if isinstance(value, tuple):
        formula, value = value
        return cell(value, f'table:formula="of:{formula}"')
    kind, said = "string", ""
    match value:
        case None:
            return f"<table:table-cell {attributes}/>"
        case bool():
            kind, said = "boolean", f'office:boolean-value="{str(value).lower()}"'
        case int() | float():
            kind, said = "float", f'office:value="{value}"'
        case datetime.date():
            kind, said = "date", f'office:date-value="{value.isoformat()}"'
    text = f"<text:p>{html.escape(str(value))}</text:p>"
    return f'<table:table-cell {attributes} office:value-type="{kind}" {said}>{text}</table:table-cell>'
