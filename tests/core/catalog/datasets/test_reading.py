"""Reading of table files: formats, dialects, types, and what is refused with what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.catalog.calls import evaluate_unseeded
from core.catalog.datasets.column_types import TableFile
from core.catalog.datasets.dialect import is_header
from core.catalog.datasets.reading import Reading
from core.catalog.datasets.table_file import read_table_file, reading_code
from core.catalog.datasets.unpacking import unpack
from core.catalog.datasets.uploads import original_code, summary_of
from core.problems import Invalid
from tests.core.catalog.datasets.uploading import FLOWERS, kept

CELLS = "u;v\n1,5;10\n2,5;20\n-3,0;30\n"


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


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_dialect_and_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = f"größe{delimiter}b\r\n1.5{delimiter}x\r\n\r\n2.5{delimiter}y\r\n"
    found = read(tmp_path, text.encode(encoding))
    assert found.reading.delimiter == delimiter
    assert list(found.frame) == ["größe", "b"]
    assert found.frame["größe"].tolist() == [1.5, 2.5]
    assert found.frame["b"].tolist() == ["x", "y"]


def test_windows_text_is_read_and_said_so(tmp_path: Path) -> None:
    found = read(tmp_path, "ville,prix\nOrléans,1\nNîmes,2\n".encode("cp1252"))
    assert found.reading.encoding == "windows-1252"
    assert found.frame["ville"].tolist() == ["Orléans", "Nîmes"]
    assert "Windows-1252" in found.notes[0]
    assert read(tmp_path, "a,b\n\u0081,1\nx,2\n".encode("latin-1")).reading.encoding == "latin-1"


NUMBERS: list[tuple[str, str, list[float]]] = [
    ("1.5", "2", [1.5, 2]),
    ("-1e3", "+.5", [-1000, 0.5]),
    ('"1,234"', '"56,789"', [1234, 56789]),
    ('"$1,200.50"', '"$3"', [1200.5, 3]),
    ("45%", "7.5 %", [0.45, 0.075]),
    ('"1.234,5"', '"2,25"', [1234.5, 2.25]),
    ("1 234", "56 789", [1234, 56789]),
    ("1'234.5", "7", [1234.5, 7]),
    ("−3", "€ 4", [-3, 4]),
]


@pytest.mark.parametrize(("one", "other", "numbers"), NUMBERS, ids=[one for one, _, _ in NUMBERS])
def test_numbers_are_read_as_people_write_them(tmp_path: Path, one: str, other: str, numbers: list[float]) -> None:
    found = read(tmp_path, "a,b\n" + f"{one},x\n{other},y\n" * 10)
    assert types_of(found) == {"a": "number", "b": "category"}
    assert found.frame["a"].tolist() == pytest.approx(numbers * 10)


def test_a_decimal_comma_is_found_and_a_comma_of_thousands_is_not_taken_for_one(tmp_path: Path) -> None:
    assert read(tmp_path, CELLS).frame["u"].tolist() == [1.5, 2.5, -3]
    thousands = read(tmp_path, 'v,w\n"0,100",1\n"1,101",2\n"12,102",3\n')
    assert thousands.frame["v"].tolist() == [0.1 * 1000, 1101, 12102]
    assert read(tmp_path, "v;w\n1,100;1\n2,101;2\n").frame["v"].tolist() == [1.1, 2.101]
    assert read(tmp_path, "v;w\n1,100;1\n2,101;2\n", thousands=",", decimal=".").frame["v"].tolist() == [1100, 2101]


def test_a_columns_type_is_not_decided_by_its_worst_cell(tmp_path: Path) -> None:
    rows = "".join(f"{'oops' if i == 17 else '.' if i == 3 else i},{i % 2}\n" for i in range(60))
    found = read(tmp_path, f"age,sick\n{rows}")
    assert types_of(found)["age"] == "number"
    assert found.frame["age"].isna().sum() == 2
    assert found.odd == {"age": [(19, "oops")]}
    assert found.notes == ["Row 19 of column 'age' is 'oops', which is no number: it has no value"]
    half = "".join(f"{'word' if i % 2 else i},{i % 3}\n" for i in range(60))
    assert types_of(read(tmp_path, f"age,sick\n{half}"))["age"] == "category"
    forced = read(tmp_path, f"age,sick\n{half}", types={"age": "number", "sick": "category"})
    assert types_of(forced) == {"age": "number", "sick": "category"}
    assert forced.frame["sick"].unique().tolist() == ["0", "1", "2"]


HEADERS: list[tuple[str, bool, list[str]]] = [
    ("a,b\n1,2\n3,4\n", True, ["a", "b"]),
    ("1,2\n3,4\n5,6\n", False, ["column 1", "column 2"]),
    ("6,148,Z\n1,85,A\n8,183,Z\n", False, ["column 1", "column 2", "column 3"]),
    ("0,1,2\n5.5,1.25,3\n1.5,2.5,8\n", True, ["0", "1", "2"]),
    ("country,1990,1991\nA,5,6\nB,7,8\n", True, ["country", "1990", "1991"]),
    (",x,y\n0,5,a\n1,6,b\n", True, ["column 1", "x", "y"]),
    ("x,y\na,5,1\nb,6,2\n", True, ["column 1", "x", "y"]),
    ("a,b,\n1,2,\n3,4,\n", True, ["a", "b"]),
    ("a,a\n1,2\n3,4\n", True, ["a", "a (2)"]),
    ("sep=;\na;b\n1;2\n3;4\n", True, ["a", "b"]),
    ("# made by a tool\n# in 2020\na,b\n1,2\n3,4\n", True, ["a", "b"]),
    ("yes,no\nno,yes\nyes,yes\n", False, ["column 1", "column 2"]),
]


@pytest.mark.parametrize(("text", "header", "names"), HEADERS, ids=[repr(text) for text, _, _ in HEADERS])
def test_a_header_is_told_from_values(tmp_path: Path, text: str, header: bool, names: list[str]) -> None:
    found = read(tmp_path, text)
    assert found.reading.header is header
    assert list(found.frame) == names
    assert any("first row holds values" in note for note in found.notes) is not header


def test_the_header_can_be_corrected(tmp_path: Path) -> None:
    assert len(read(tmp_path, "a,b\n1,2\n3,4\n", header=False).frame) == 3
    assert list(read(tmp_path, "1,2\n3,4\n5,6\n", header=True).frame) == ["1", "2"]
    assert is_header([["name", "age"], ["Ann", "3"]])


DATES = ["2020-03-{:02d}", "{:02d}.03.2020", "03/{:02d}/2020", "{:02d}-Mar-2020", "Mar {:02d} 2020", "202003{:02d}"]


@pytest.mark.parametrize("form", DATES)
def test_dates_are_read(tmp_path: Path, form: str) -> None:
    found = read(tmp_path, "day,y\n" + "".join(f'"{form.format(day)}",{day}.5\n' for day in range(1, 29)))
    assert types_of(found) == {"day": "date", "y": "number"}
    assert found.frame["day"].dt.day.tolist() == list(range(1, 29))
    assert found.frame["day"].dt.month.unique().tolist() == [3]


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


def archive(files: dict[str, str]) -> bytes:
    """A zip of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return file.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(CELLS.encode()),
        bz2.compress(CELLS.encode()),
        lzma.compress(CELLS.encode()),
        archive({"in/table.csv": CELLS, "__MACOSX/in/._table.csv": "x"}),
    ],
    ids=["gzip", "bzip2", "xz", "zip"],
)
def test_compressed_files_are_unpacked(tmp_path: Path, packed: bytes) -> None:
    assert read(tmp_path, packed).frame["u"].tolist() == [1.5, 2.5, -3]


def database(path: Path) -> bytes:
    """An SQLite database."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    return path.read_bytes()


BAD_FILES: list[tuple[str | bytes, list[str | int], str]] = [
    ("", ["row", 1], "needs a header row and at least two rows"),
    ("a,b\n1,2\n", ["row", 3], "at least two rows"),
    ("a\n1\n2\n", ["row", 2], "at least two columns"),
    ("a,b\n1,2\n3\n", ["row", 3], "has 1 value, but those before it have 2"),
    ("a,b\n1,2\n\n3,4,5\n", ["row", 4], "has 3 values"),
    ("\n".join([",".join(f"c{i}" for i in range(10_001))] * 3), ["row", 1], "10001 columns, and at most 10,000"),
    (b"PK\x03\x04\xff\xfe a workbook", [], "can't be unpacked"),
    (archive({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}), [], "a workbook"),
    (archive({"a.csv": CELLS, "b.csv": CELLS}), [], "more than one file"),
    (archive({"mimetype": "", "content.xml": ""}), [], "no spreadsheet (.ods)"),
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
    (gzip.compress(CELLS.encode())[:-9], [], "can't be unpacked"),
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


@pytest.mark.parametrize(
    ("delimiter", "given", "format"),
    [
        (",", None, "%m/%d/%Y"),
        (";", None, "%d/%m/%Y"),
        (",", "day first", "%d/%m/%Y"),
        (";", "month first", "%m/%d/%Y"),
    ],
)
def test_dates_that_may_be_read_either_way_are_told_and_can_be_corrected(
    tmp_path: Path, delimiter: str, given: Any, format: str
) -> None:
    number = "1.5" if delimiter == "," else "1,5"
    text = "".join(f"0{n % 9 + 1}/0{n % 7 + 1}/2020{delimiter}{number}\n" for n in range(30))
    found = read(tmp_path, f"day{delimiter}n\n{text}", date_order=given)
    assert found.dates == {"day": format}
    order = "day first" if format.startswith("%d") else "month first"
    assert found.reading.date_order == order
    told = [note for note in found.notes if "No date of 'day' tells" in note]
    assert bool(told) == (given is None)
    assert all(f"is read with the {order}" in note for note in told)


def test_one_date_tells_the_order_of_all(tmp_path: Path) -> None:
    text = "".join(f"0{n % 9 + 1}/0{n % 7 + 1}/2020,1\n" for n in range(30))
    found = read(tmp_path, f"day,n\n25/01/2020,2\n{text}", date_order="month first")
    assert found.dates == {"day": "%d/%m/%Y"}
    assert found.reading.date_order == "month first"
    assert not any("tells whether" in note for note in found.notes)


def test_a_name_too_few_in_the_header_is_told(tmp_path: Path) -> None:
    named = read(tmp_path, "a,b\n" + "".join(f"row {n},{n},{n}.5\n" for n in range(5)))
    assert [*named.frame] == ["column 1", "a", "b"]
    (note,) = named.notes
    assert note.startswith("Rows have one value more than the header has names")
    assert "decimal numbers" not in note
    torn = read(tmp_path, "id,mass,class\n" + "".join(f"{n},12,{n % 10},a\n" for n in range(5)))
    assert "If the commas of decimal numbers tear them apart" in torn.notes[0]


@pytest.mark.parametrize("given", [{"decimal": ","}, {"types": {"v": "date"}}])
def test_a_correction_that_empties_a_column_is_told(tmp_path: Path, given: dict[str, Any]) -> None:
    found = read(tmp_path, "v,y\n" + "".join(f"0.{n + 100},{'ab'[n % 2]}\n" for n in range(30)), **given)
    assert found.frame["v"].isna().all()
    kind = "number" if "decimal" in given else "date"
    assert found.notes == [
        f"Row 2 of column 'v' is '0.100', which is no {kind}: it has no value, nor have 29 more cells"
    ]


def test_one_mark_cannot_separate_decimals_and_thousands(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as raised:
        read(tmp_path, "v,y\n1,2\n3,4\n", decimal=",", thousands=",")
    assert [problem.location for problem in raised.value.problems] == [("thousands",)]


@pytest.mark.parametrize(("distinct", "told"), [(10, True), (29, False)])
def test_rows_that_stand_in_a_table_often_are_told(own_data: Path, distinct: int, told: bool) -> None:
    rows = "".join(f"{n % distinct},{n % distinct % 3}\n" for n in range(30))
    notes = summary_of(kept(f"a,b\n{rows}".encode(), "t.csv")).notes
    assert any("20 of 30 rows are the same as others" in note for note in notes) == told


def test_rows_keep_their_numbers_where_lines_are_blank(tmp_path: Path) -> None:
    rows = "\n\n".join(str(n) if n != 30 else "x" for n in range(60)).replace("\n\n", ",1\n\n") + ",1\n"
    assert read(tmp_path, f"n,m\n{rows}").odd == {"n": [(62, "x")]}


def test_the_script_reads_what_the_service_reads(own_data: Path) -> None:
    files: dict[str, str | bytes] = {"a.csv": FLOWERS, "b.csv": CELLS, **{n: written(n) for n in ("parquet", "json")}}
    for name, content in files.items():
        id = kept(content, name)
        source = own_data / "datasets" / "uploads" / f"{summary_of(id).source}.source"
        again = evaluate_unseeded(original_code(id, str(source)))
        pd.testing.assert_frame_equal(again, pd.read_parquet(source.with_name(f"{id}.parquet")), check_dtype=False)


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), columns=st.integers(2, 4), delimiter=st.sampled_from(",;\t|"))
def test_any_table_is_refused_or_read(tmp_path: Path, data: st.DataObject, columns: int, delimiter: str) -> None:
    """A table of any cells is refused with a sentence, or has as many rows, and its numbers are finite or missing."""
    import csv

    names = data.draw(st.lists(WORDS, min_size=columns, max_size=columns, unique=True))
    numbers = st.integers(-9, 9).map(str) | st.floats(-1e6, 1e6).map(str)
    rows = data.draw(st.lists(st.lists(WORDS | numbers, min_size=columns, max_size=columns), min_size=2, max_size=8))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([names, *rows])
    try:
        found = read(tmp_path, text.getvalue())
    except Invalid:
        return
    for name in found.numbers:
        assert not np.isinf(found.frame[name]).any()
    call = reading_code(str(tmp_path / "table"), found.reading, found.numbers, found.dates, list(found.frame))
    again = evaluate_unseeded(call)
    assert list(again) == list(found.frame)
    assert len(again) == len(found.frame)
