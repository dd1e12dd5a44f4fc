"""OpenDocument spreadsheets: read as Excel's are, and hostile ones refused before they are loaded."""

from __future__ import annotations

import datetime
import tracemalloc
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.catalog.calls import evaluate_unseeded
from core.catalog.datasets.uploads import original_code, summary_of
from core.problems import Invalid
from tests.core.catalog.datasets.open_document import cell, open_document, packed, row, table
from tests.core.catalog.datasets.table_files import read
from tests.core.catalog.datasets.uploading import kept

ROWS: list[list[Any]] = [
    [n % 7 or None, n * 1.5, "in" if n % 2 else "out & about", datetime.date(2020, 3, 1 + n), ("=[.A1]*2", n * 2)]
    for n in range(20)
]
TABLE = [["a", "b", "where", "day", "double"], *ROWS]


def test_a_spreadsheet_is_read_with_its_gaps_dates_and_formulas(tmp_path: Path) -> None:
    found = read(tmp_path, open_document({"Data": TABLE}))
    assert (found.reading.format, found.reading.sheet, found.reading.header) == ("spreadsheet", "Data", True)
    assert found.notes == []
    assert found.frame["a"].isna().tolist() == [n % 7 == 0 for n in range(20)]
    assert found.frame["b"].tolist() == [n * 1.5 for n in range(20)]
    assert found.frame["where"].tolist() == ["out & about", "in"] * 10
    assert found.frame["day"].dt.day.tolist() == list(range(1, 21))
    assert found.frame["double"].tolist() == [n * 2 for n in range(20)]


def test_titles_and_sheets_are_told_and_can_be_chosen(tmp_path: Path) -> None:
    content = open_document(
        {"Notes": [], "Data": [["Results of 2020"], [], *TABLE], "More": [["u", "v"], [1, 2], [3, 4]]}
    )
    found = read(tmp_path, content)
    assert list(found.frame) == TABLE[0]
    assert found.notes == [
        "The workbook has 3 sheets; 'Data' was read",
        "Left out: 2 rows above the table in the sheet",
    ]
    assert read(tmp_path, content, sheet="More").frame.to_numpy().tolist() == [[1, 2], [3, 4]]
    assert len(read(tmp_path, content, sheet="More", header=False).frame) == 3
    with pytest.raises(Invalid, match="the sheets are: Notes, Data, More"):
        read(tmp_path, content, sheet="nope")


def test_cells_and_rows_that_are_repeated_are_read(tmp_path: Path) -> None:
    same = f"<table:table-row>{cell(5, repeated('columns', 2))}</table:table-row>"
    twice = row([7, 8], repeated("rows", 2))
    found = read(tmp_path, packed(table("Data", row(["a", "b"]) + same + twice)))
    assert found.frame.to_numpy().tolist() == [[5, 5], [7, 8], [7, 8]]


def test_the_script_reads_what_the_service_reads(own_data: Path) -> None:
    id = kept(open_document({"Data": TABLE, "More": TABLE}), "mine.ods")
    assert summary_of(id).sheets == ["Data", "More"]
    source = own_data / "datasets" / "uploads" / f"{summary_of(id).source}.source"
    again = evaluate_unseeded(original_code(id, str(source)))
    pd.testing.assert_frame_equal(again, pd.read_parquet(source.with_name(f"{id}.parquet")), check_dtype=False)


def repeated(what: str, times: int) -> str:
    return f'table:number-{what}-repeated="{times}"'


FAR = "A sheet may have at most 20,000,000 cells"
BOMBS = {
    "rows": (table("t", row([1, 2], repeated("rows", 1_000_000_000))), FAR),
    "columns": (table("t", f"<table:table-row>{cell(1, repeated('columns', 2_000_000_000))}</table:table-row>"), FAR),
    "rows between": (table("t", row([1]) + row([], repeated("rows", 1_000_000_000)) + row([1])), FAR),
    "columns between": (
        table("t", f"<table:table-row>{cell(None, repeated('columns', 2_000_000_000))}{cell(1)}</table:table-row>"),
        FAR,
    ),
    "sheets": (table("t", row([1] * 100, repeated("rows", 150_000))) * 2, FAR),
    "texts": (table("t", row(["x" * 100_000], repeated("rows", 100_000))), "texts take more than 200,000,000"),
    "an attribute": (f'<table:table table:name="{"x" * 5_000_000}"/>', "A cell may have at most 1,000,000 characters"),
    "a number": (table("t", row([1], repeated("rows", -1))), "can't be read as a workbook"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_little_memory(tmp_path: Path, name: str) -> None:
    tables, sentence = BOMBS[name]
    content = packed(tables)
    assert len(content) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match=sentence):
            read(tmp_path, content)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_entities_are_refused(tmp_path: Path) -> None:
    entities = '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    with pytest.raises(Invalid, match="document type"):
        read(tmp_path, packed(table("t", row(["&amp;", 1])), before=entities))


def test_other_documents_are_refused_by_their_type(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"no spreadsheet \(\.ods\)"):
        read(tmp_path, open_document({"Data": TABLE}, type="application/vnd.oasis.opendocument.text"))


def test_the_table_is_read_rather_than_notes_before_it(tmp_path: Path) -> None:
    notes = [["About", "these measurements"], ["contact", "Dr. Weiß"], ["lab", "7"], ["year", "2020"]]
    found = read(tmp_path, open_document({"Notes": notes, "Data": TABLE, "As large": TABLE}))
    assert found.reading.sheet == "Data"
