"""Reading of typed formats and workbooks, and the refusal of those that would fill the memory."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from core.problems import Invalid
from tests.core.catalog.datasets.table_files import frame, read, types_of, workbook, written


@pytest.mark.parametrize("name", ["parquet", "feather", "json", "json lines", "spreadsheet"])
def test_every_format_gives_the_same_table(tmp_path: Path, name: str) -> None:
    found = read(tmp_path, written(name))
    expected = frame()
    assert found.reading.format == name
    assert types_of(found) == {"x": "number", "who": "category", "when": "date", "yes": "category"}
    assert found.frame["x"].fillna(-1).tolist() == expected["x"].fillna(-1).tolist()
    assert found.frame["who"].fillna("-").tolist() == expected["who"].fillna("-").tolist()
    assert found.frame["when"].tolist() == expected["when"].tolist()
    assert [each.casefold() for each in found.frame["yes"]] == [str(each).casefold() for each in expected["yes"]]
    assert any("'lists'" in note for note in found.notes) == (name == "parquet")


def test_arff_is_read(tmp_path: Path) -> None:
    text = "% about\n@RELATION r\n@ATTRIBUTE a NUMERIC\n@ATTRIBUTE k {u,v}\n@DATA\n1,u\n?,v\n3,?\n"
    found = read(tmp_path, text)
    assert types_of(found) == {"a": "number", "k": "category"}
    assert found.frame["a"].fillna(-1).tolist() == [1, -1, 3]
    assert found.frame["k"].fillna("-").tolist() == ["u", "v", "-"]


def test_a_title_above_a_sheets_table_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, workbook([["Results of 2020"], [], ["a", "b"], [1, "x"], [2.5, "y"], [None, "z"]]))
    assert list(found.frame) == ["a", "b"]
    assert found.frame["a"].fillna(-1).tolist() == [1, 2.5, -1]
    assert any("above the table" in note for note in found.notes)


@pytest.mark.parametrize(
    "text",
    ['{"a": [1, 2, 3], "b": ["x", "y", null]}', '{"n": 3, "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3}]}'],
)
def test_json_may_hold_columns_or_rows_within_an_object(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.frame["a"].tolist() == [1, 2, 3]
    assert found.frame["b"].fillna("-").tolist() == ["x", "y", "-"]


def test_bombs_are_refused_before_they_fill_the_memory(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path = own_data
    monkeypatch.setenv("LAB_UPLOAD_LIMIT", "10000000")
    with pytest.raises(Invalid, match="Unpacked, this has more than"):
        read(tmp_path, gzip.compress(b"1,2\n" * 5_000_000))
    far = workbook([["a", "b"], [1, 2]]).replace(b"A1", b"A1")
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(far)) as given, zipfile.ZipFile(made, "w") as other:
        for each in given.infolist():
            content = given.read(each)
            if each.filename.endswith("sheet1.xml"):
                content = content.replace(b'r="B2"', b'r="XFD1048576"')
            other.writestr(each.filename, content)
    with pytest.raises(Invalid, match="A sheet may have at most"):
        read(tmp_path, made.getvalue())


@pytest.mark.parametrize("format", ["parquet", "feather"])
def test_a_text_that_is_stored_once_and_stands_in_many_rows_is_counted_in_all(
    own_data: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setenv("LAB_UPLOAD_LIMIT", "10000000")
    long = pa.array(["x" * 100_000]).take(pa.array([0] * 300))
    table = pa.table({"text": long, "y": pa.array(["a", "b"] * 150)})
    made = io.BytesIO()
    if format == "parquet":
        pq.write_table(table, made, compression="zstd")
    else:
        feather.write_feather(table, made, compression="zstd")
    assert len(made.getvalue()) < 50_000
    with pytest.raises(Invalid, match="texts take more than 10,000,000 bytes"):
        read(own_data, made.getvalue())


def test_errors_of_a_spreadsheet_are_missing_values(tmp_path: Path) -> None:
    errors = ["#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#N/A"]
    lines = [f"{n},{n % 2}" for n in range(20)] + [f"{error},1" for error in errors]
    found = read(tmp_path, "\n".join(["a,b", *lines]))
    assert types_of(found)["a"] == "number"
    assert int(found.frame["a"].isna().sum()) == len(errors)


def test_one_row_is_a_table(tmp_path: Path) -> None:
    """To predict of: nothing can be learnt from it."""
    assert read(tmp_path, "size,colour\n1.5,red\n").frame.to_numpy().tolist() == [[1.5, "red"]]
