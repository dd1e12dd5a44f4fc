"""Sizes of a workbook's sheets, found without loading it: a small file can promise more cells than memory holds."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final
from xml.parsers import expat

from core.catalog.datasets.reading import MAX_CELLS, MAX_ROW, bad
from core.settings import settings

_TOO_FAR: Final = f"A sheet may have at most {MAX_CELLS:,} cells, with the empty ones between them"
_CHUNK: Final = 1 << 16


def check_workbook(path: Path) -> None:
    """Refuses a workbook, Excel's or OpenDocument's, whose cells would fill the memory.

    Raises:
        Invalid: if it is too large when unpacked, its cells lie too far apart, or its texts are repeated too often.
        ValueError: if it is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if sum(each.file_size for each in archive.infolist()) > 20 * MAX_CELLS:
            raise bad("This workbook is too large when unpacked: save the table as CSV")
        if len(set(names)) < len(names) or "xl/workbook.bin" in names:
            raise ValueError("it holds files that no such workbook has")
        for name in names:
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                _check_excel(archive, name)
        if "content.xml" in names:
            _check_open_document(archive)


def _check_excel(archive: zipfile.ZipFile, name: str) -> None:
    """Refuses a sheet whose cells lie so far apart that the range between them would fill the memory."""
    columns, rows, rest = 1, 1, b""
    with archive.open(name) as sheet:
        while chunk := sheet.read(1 << 20):
            for letters, row in re.findall(rb'\br="([A-Z]{1,3})(\d{1,7})"', rest + chunk):
                rows = max(rows, int(row))
                columns = max(columns, sum((c - 64) * 26**n for n, c in enumerate(reversed(letters))))
            rest = chunk[-24:]
            if rows * columns > MAX_CELLS:
                raise bad(_TOO_FAR)


def _check_open_document(archive: zipfile.ZipFile) -> None:
    sheets = _Sheets()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = sheets.start, sheets.end
    parser.CharacterDataHandler = sheets.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    fed = 0
    try:
        with archive.open("content.xml") as content:
            while chunk := content.read(_CHUNK):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > MAX_ROW:
                    raise bad(f"A cell may have at most {MAX_ROW:,} characters: leave out columns or values")
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError(f"its content is encrypted or damaged ({error})") from None


def _refuse_doctype(*_: object) -> None:
    raise ValueError("it holds a document type, which no such workbook has")


class _Sheets:
    """The cells and texts of all sheets of an OpenDocument file, which are loaded together.

    A cell and a row may say that they are repeated. Empty ones at the end of a row or a sheet take no memory.
    """

    def __init__(self) -> None:
        self._cells_before = self._texts = 0
        self._rows = self._filled_rows = self._columns = 0
        self._row_repeats = self._cell_repeats = 1
        self._place = self._filled = 0
        self._row_texts = self._cell_texts = 0
        self._has_value = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "table:table":
            self._cells_before += self._filled_rows * self._columns
            self._rows = self._filled_rows = self._columns = 0
        elif name == "table:table-row":
            self._row_repeats = _repeats(attributes, "table:number-rows-repeated")
            self._place = self._filled = self._row_texts = 0
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._cell_repeats = _repeats(attributes, "table:number-columns-repeated")
            values = [each for key, each in attributes.items() if key.startswith("office:") or key == "table:formula"]
            self._has_value, self._cell_texts = bool(values), sum(map(len, values))

    def text(self, text: str) -> None:
        """Text of a cell, or between cells."""
        self._cell_texts += len(text)
        self._has_value = self._has_value or not text.isspace()

    def end(self, name: str) -> None:
        """An element ends."""
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._place += self._cell_repeats
            if self._has_value:
                self._filled = self._place
                self._row_texts += self._cell_texts * self._cell_repeats
                self._check(self._filled, self._row_texts)
            self._has_value, self._cell_texts = False, 0
        elif name == "table:table-row":
            self._rows += self._row_repeats
            if self._filled:
                self._filled_rows, self._columns = self._rows, max(self._columns, self._filled)
                self._texts += self._row_texts * self._row_repeats
                self._check(self._filled_rows * self._columns, self._texts)

    def _check(self, cells: int, texts: int) -> None:
        if self._cells_before + cells > MAX_CELLS:
            raise bad(_TOO_FAR)
        if texts > (limit := settings().lab_upload_limit):
            raise bad(f"The sheets' texts take more than {limit:,} characters: leave out a column of long ones")


def _repeats(attributes: dict[str, str], name: str) -> int:
    said = attributes.get(name, "1")
    if not re.fullmatch(r"[1-9]\d{0,9}", said):
        raise ValueError(f"{name} is {said[:20]!r}")
    return int(said)
