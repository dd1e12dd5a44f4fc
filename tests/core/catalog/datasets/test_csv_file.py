"""CSV files: rejected content and its place, and the tables that are read."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.preview import PointsSampleView, preview_view
from core.catalog.datasets import Split, Table
from core.catalog.datasets.csv_file import CsvTable, parse, uploads_directory
from core.experiment.experiment import Experiment, resolve
from core.problems import Invalid
from core.settings import settings as lab_settings

FLOWERS = """petal, colour ,height,species
1.5,red,3,setosa
2.5,blue,4.25,virginica

-1e1,"dark, red",5,setosa
4,blue,6,virginica
5,red,7,setosa
"""

Keep = Callable[[str | bytes], str]


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keep]:
    """Keep a file in a LAB_DATA of the test's own; gives its id."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    lab_settings.cache_clear()

    def keep_file(content: str | bytes) -> str:
        data = content if isinstance(content, bytes) else content.encode()
        id = hashlib.sha256(data).hexdigest()
        uploads_directory().mkdir(parents=True, exist_ok=True)
        (uploads_directory() / f"{id}.csv").write_bytes(data)
        return id

    yield keep_file
    lab_settings.cache_clear()


def parsed(data: bytes) -> CsvTable:
    """Table that is read from a file of these bytes."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        return parse(Path(file.name))


def test_a_table_is_what_its_columns_say(keep: Keep) -> None:
    table = Table(file=keep(FLOWERS), target="species")
    assert table.problems() == []
    assert (table.rows, table.shape, table.task) == (5, (5,), "binary")
    assert table.feature_names == ["petal", "colour = blue", "colour = dark, red", "colour = red", "height"]
    assert table.class_names == ["setosa", "virginica"]
    data = table.load()
    assert data.x[:, [0, 4]].tolist() == [[1.5, 3], [2.5, 4.25], [-10, 5], [4, 6], [5, 7]]
    assert data.x[:, 1:4].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert data.y.tolist() == [0, 1, 0, 1, 0]
    assert np.array_equal(table.labels(), data.y)
    chosen = Table(file=table.file, target="height", features=["petal"], target_type="number")
    assert (chosen.task, chosen.shape, chosen.classes) == ("regression", (1,), 0)
    assert chosen.load().y.tolist() == [[3], [4.25], [5], [6], [7]]
    assert np.array_equal(chosen.labels(), chosen.load().y)
    preview = preview_view(table, Split(train=0.6, shuffle=True))
    assert isinstance(preview.sample, PointsSampleView)
    assert preview.class_names == ["setosa", "virginica"]


def test_a_target_is_taken_for_classes_or_a_number(keep: Keep) -> None:
    rows = "".join(f"{i},{i % 3},{i / 2},{i % 2}.0\n" for i in range(12))
    file = keep(f"many,few,fractions,two\n{rows}")

    def of(target: str, **more: Any) -> tuple[str, list[str]]:
        table = Table(file=file, target=target, **more)
        return table.task, table.class_names

    assert of("few") == ("multiclass", ["0", "1", "2"])
    assert of("two") == ("binary", ["0", "1"])
    assert of("many") == ("regression", [])
    assert of("fractions") == ("regression", [])
    assert of("few", target_type="number") == ("regression", [])
    assert of("many", target_type="category")[0] == "multiclass"
    assert Table(file=file, target="two").load().y.tolist() == [0, 1] * 6


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_tables_of_spreadsheets_are_read(keep: Keep, delimiter: str) -> None:
    comma = "," if delimiter == ";" else "."
    text = f"\ufeffa{delimiter}b\r\n1{comma}5{delimiter}x\r\n2{comma}5{delimiter}y\r\n"
    table = Table(file=keep(text), target="b")
    assert table.feature_names == ["a"]
    assert table.load().x.tolist() == [[1.5], [2.5]]


BAD_FILES: list[tuple[str | bytes, list[str | int], str]] = [
    ("", ["row", 1], "needs a header row and at least two rows"),
    ("a,b\n1,2\n", ["row", 3], "at least two rows"),
    ("a\n1\n2\n", ["row", 1], "at least two columns"),
    ("a,b\n1,2\n3\n", ["row", 3], "has 1 value, but the header has 2 names"),
    ("a,b\n1,2\n\n3,4,5\n", ["row", 4], "has 3 values"),
    ("a,a\n1,2\n3,4\n", ["row", 1, "column", 2], "Two columns are called 'a'"),
    ("a,\n1,2\n3,4\n", ["row", 1, "column", 2], "has no name"),
    ("a,b\n1,2\n3,é\n".encode("latin-1"), ["row", 3], "not UTF-8"),
    ("a,b\n1,2\n".encode("utf-16"), ["row", 1], "not UTF-8"),
    (b"PK\x03\x04\xff\xfe a workbook", ["row", 1], "not UTF-8"),
    ('a,b\n1,"2\n3,4\n', ["row", 2], "can't be read as CSV"),
    ('a,b\n1,2\n3,"4"5\n', ["row", 3], "can't be read as CSV"),
    ("\n".join([",".join(f"c{i}" for i in range(2001))] * 3), ["row", 1], "2001 columns, and at most 2000"),
]


@pytest.mark.parametrize(("content", "location", "sentence"), BAD_FILES, ids=lambda value: str(value)[:25])
def test_what_is_no_table_is_refused_with_row_and_column(
    content: str | bytes, location: list[str | int], sentence: str
) -> None:
    with pytest.raises(Invalid) as raised:
        parsed(content if isinstance(content, bytes) else content.encode())
    (problem,) = raised.value.problems
    assert list(problem.location) == location
    assert sentence in problem.message


ODD = "\n".join(
    [
        "number,gap,name,one,huge,label,words",
        *(
            f"{i},{'' if i in (3, 5) else i},name {i},same,{'1e39' if i == 7 else i},{i % 2},{'x' if i == 9 else i}"
            for i in range(60)
        ),
        "",
    ]
)

BAD_TABLES: list[tuple[dict[str, Any], list[str | int], str]] = [
    ({"target": "nope"}, ["target"], "There is no column 'nope'; the columns are: number, gap, name"),
    ({"target": "label", "features": []}, ["features"], "Choose at least one column"),
    ({"target": "label", "features": ["number", "odd"]}, ["features", 1], "There is no column 'odd'"),
    ({"target": "label", "features": ["number", "label"]}, ["features", 1], "is the target"),
    ({"target": "label", "features": ["number", "number"]}, ["features", 1], "is listed twice"),
    ({"target": "label", "features": ["gap"]}, ["features", 0], "Row 5 of column 'gap' is empty, and 1 more are"),
    ({"target": "label"}, ["features"], "leave the column out"),
    ({"target": "gap", "features": ["number"]}, ["target"], "Row 5 of column 'gap' is empty"),
    ({"target": "label", "features": ["name"]}, ["features", 0], "row 2 of column 'name' is 'name 0'"),
    ({"target": "label", "features": ["words"]}, ["features", 0], "row 11 of column 'words' is 'x'"),
    ({"target": "label", "features": ["huge"]}, ["features", 0], "Row 9 of column 'huge' is too large"),
    ({"target": "one", "features": ["number"]}, ["target"], "All rows of column 'one' are 'same'"),
    ({"target": "name", "features": ["number"], "target_type": "number"}, ["target_type"], "which is not a number"),
]


@pytest.mark.parametrize(("body", "location", "sentence"), BAD_TABLES, ids=lambda value: str(value)[:40])
def test_columns_that_can_not_be_used_are_refused_where_they_stand(
    keep: Keep, body: dict[str, Any], location: list[str | int], sentence: str
) -> None:
    table = Table(file=keep(ODD), **body)
    problems = [problem.message for problem in table.problems() if problem.location == ("dataset", *location)]
    assert sentence in " ".join(problems)
    with pytest.raises(Invalid):
        table.load()
    with pytest.raises(Invalid):
        _ = table.shape


def test_too_many_classes_are_refused(keep: Keep) -> None:
    rows = "".join(f"{i},name {i}\n" for i in range(101))
    (problem,) = Table(file=keep(f"number,name\n{rows}"), target="name").problems()
    assert problem.location == ("dataset", "target")
    assert "101 different values, and at most 100" in problem.message


def test_a_file_that_is_not_there_is_a_located_problem(keep: Keep) -> None:
    keep(FLOWERS)
    body = {"dataset": {"kind": "table", "file": "0" * 64, "target": "species"}, "network": {"layers": []}}
    with pytest.raises(Invalid) as raised:
        resolve(Experiment.model_validate(body))
    (problem,) = raised.value.problems
    assert problem.location == ("dataset", "file")
    assert "upload it" in problem.message


def test_sorted_files_must_be_shuffled(keep: Keep) -> None:
    file = keep("value,label\n" + "".join(f"{i},{'b' if i > 9 else 'a'}\n" for i in range(20)))
    (problem,) = Split(train=10).problems(Table(file=file, target="label"))
    assert problem.location == ("split", "shuffle")
    assert Split(train=10, shuffle=True).problems(Table(file=file, target="label")) == []


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), columns=st.integers(2, 4), delimiter=st.sampled_from(",;\t|"))
def test_any_table_is_refused_or_read_alike_by_api_and_script(
    keep: Keep, data: st.DataObject, columns: int, delimiter: str
) -> None:
    """API and script read any file alike."""
    import csv
    import io

    names = data.draw(st.lists(CELLS, min_size=columns, max_size=columns, unique=True))
    numbers = st.integers(-9, 9).map(str) | st.floats(-1e6, 1e6).map(str)
    rows = data.draw(st.lists(st.lists(CELLS | numbers, min_size=columns, max_size=columns), min_size=2, max_size=8))
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows([names, *rows])
    try:
        read = parsed(written.getvalue().encode())
    except Invalid:
        return
    table = Table(file=keep(written.getvalue()), target=list(read.columns)[-1])
    if table.problems():
        return
    loaded = table.load()
    assert loaded.x.shape == (table.rows, *table.shape)
    assert np.isfinite(loaded.x).all()
    assert np.array_equal(loaded.y, table.labels())
