"""Files that can't be taken: each is named, with what to do."""

from __future__ import annotations

import gzip
import pickle
import sqlite3
from pathlib import Path

import pytest

from core.problems import Invalid
from tests.core.catalog.datasets.open_document import open_document
from tests.core.catalog.datasets.table_files import archive, read, written
from tests.core.catalog.datasets.uploading import FLOWERS

CELLS = "u;v\n1,5;10\n2,5;20\n-3,0;30\n"


def database(path: Path) -> bytes:
    """An SQLite database."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    return path.read_bytes()


BAD_FILES: list[tuple[str | bytes, list[str | int], str]] = [
    ("", ["row", 1], "needs a header row and at least one row"),
    ("a,b\n", ["row", 2], "at least one row"),
    ("a\n1\n2\n", ["row", 2], "at least two columns"),
    ("a,b\n1,2\n3\n", ["row", 3], "has 1 value, but those before it have 2"),
    ("a,b\n1,2\n\n3,4,5\n", ["row", 4], "has 3 values"),
    ("\n".join([",".join(f"c{i}" for i in range(10_001))] * 3), ["row", 1], "10001 columns, and at most 10,000"),
    (b"PK\x03\x04\xff\xfe a workbook", [], "is damaged, or not all of it is there"),
    (archive({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}), [], "can't be read as a workbook"),
    (archive({"a.csv": CELLS, "b.csv": CELLS}), [], "more than one file"),
    (archive({"mimetype": "", "content.xml": ""}), [], "an OpenDocument file, but no spreadsheet"),
    (open_document({}, type="application/vnd.oasis.opendocument.text"), [], "an OpenDocument file, but no spreadsheet"),
    (open_document({}), [], "no sheet with a table"),
    (archive({"word/document.xml": "", "x": ""}), [], "Word"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), [], ".xls"),
    (b"%PDF-1.7\n" + bytes(50), [], "PDF"),
    (b"\x89HDF\r\n\x1a\n" + bytes(50), [], "HDF5"),
    (b"RDX3\nX\n" + bytes(50), [], "write.csv"),
    (b"$FL2@(#) SPSS DATA FILE" + bytes(50), [], "SPSS"),
    (b"\x28\xb5\x2f\xfd" + bytes(50), [], "zstd"),
    (pickle.dumps({"a": [1, 2]}), [], "never opened"),
    (b"PAR1" + bytes(500), [], "Parquet"),
    (b"ARROW1" + bytes(500), [], "Feather"),
    (b"\x00\x01\x02\x03" * 100, [], "none of the formats"),
    ('[{"a": 1}, {"a": 2]', [], "JSON"),
    ('[{"a": ' + "[" * 100_000, [], "JSON"),
    ("@relation r\n@attribute a string\n@data\nx\ny\n", [], "ARFF"),
    (gzip.compress(CELLS.encode())[:-9], [], "is damaged, or not all of it is there"),
]


@pytest.mark.parametrize(
    ("content", "location", "sentence"), BAD_FILES, ids=[f"{n} {bad[2]}" for n, bad in enumerate(BAD_FILES)]
)
def test_what_is_no_table_is_refused_with_what_to_do(
    tmp_path: Path, content: str | bytes, location: list[str | int], sentence: str
) -> None:
    with pytest.raises(Invalid) as raised:
        read(tmp_path, content)
    (problem,) = raised.value.problems
    assert sentence in problem.message
    assert list(problem.location)[:2] == location[:2]


@pytest.mark.parametrize("format", ["spreadsheet", "parquet", "feather", "json", "json lines", "arff"])
def test_a_wrong_format_is_refused_where_it_is_given(tmp_path: Path, format: str) -> None:
    with pytest.raises(Invalid, match="can't be read as"):
        read(tmp_path, FLOWERS, format=format)
    with pytest.raises(Invalid):
        read(tmp_path, written("parquet"), format="text")


def test_a_wrong_encoding_is_refused_where_it_is_given(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        read(tmp_path, FLOWERS, encoding="utf-16")
    with pytest.raises(Invalid, match="choose another encoding"):
        read(tmp_path, "a,b\né,1\nü,2\n".encode("latin-1"), encoding="utf-8")


def test_a_database_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="SQLite"):
        read(tmp_path, database(tmp_path / "some.sqlite"))
