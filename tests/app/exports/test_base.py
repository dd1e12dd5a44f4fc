"""CSV that reads back as it was, and that no spreadsheet takes for formulas; names of files."""

from __future__ import annotations

import csv
import io

import pytest

from app.exports.base import Cell, Export, csv_table, csv_text


def test_texts_numbers_and_gaps_read_back() -> None:
    row: list[Cell] = ["plain", 'a, "b"', "two\r\nlines", -1.5, 0.1 + 0.2, 3, None, True, ""]
    text = csv_text([row, ["next"]])
    assert list(csv.reader(io.StringIO(text, newline=""), strict=True)) == [
        ["plain", 'a, "b"', "two\nlines", "-1.5", "0.30000000000000004", "3", "", "true", ""],
        ["next"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A"])
def test_a_formula_becomes_text(text: str) -> None:
    assert next(csv.reader(io.StringIO(csv_text([[text]]), newline=""))) == ["'" + text.replace("\r", "\n")]


@pytest.mark.parametrize("text", ["a=1", "1-2", "'=1", "two words", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert next(csv.reader(io.StringIO(csv_text([[text, "end"]])))) == [text, "end"]


def test_rows_with_other_columns_share_one_header() -> None:
    assert csv_table([{"a": 1, "b": 2.0}, {"a": None, "c": "x"}]) == "a,b,c\n1,2.0,\n,,x\n"


@pytest.mark.parametrize(
    ("name", "file"), [("Two moons!", "two_moons.x"), ('a"b\r\n../c', "a_b_c.x"), ("月", "experiment.x")]
)
def test_a_file_is_named_after_its_experiment(name: str, file: str) -> None:
    class Named(Export):
        ending = ".x"

        def write(self, source):  # type: ignore[no-untyped-def]
            return iter([""])

    assert Named.file_name(Named(), name) == file
