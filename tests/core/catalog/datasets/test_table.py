"""Tables of one's own: their columns, their preparation by training rows, and what can't be used."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.api.preview import PointsSampleView, preview_view
from app.warnings import warnings_of
from core.catalog.datasets import Split, Table
from core.catalog.datasets.columns import Treatment
from core.catalog.datasets.reading import Reading
from core.catalog.datasets.uploads import frame_of, remove_file, summary_of, uploads_directory
from core.experiment.experiment import Experiment, resolve
from core.problems import Invalid
from tests.core.catalog.datasets.uploading import FLOWERS, kept

pytestmark = pytest.mark.usefixtures("own_data")


def test_a_table_is_what_its_columns_say() -> None:
    table = Table(file=kept(FLOWERS), target="species")
    assert table.problems() == []
    assert (table.rows, table.shape, table.task) == (5, (5,), "binary")
    assert table.feature_names == ["petal", "colour = blue", "colour = dark, red", "colour = red", "height"]
    assert table.class_names == ["setosa", "virginica"]
    x = table.sample_rows()
    assert x[:, [0, 4]].tolist() == [[1.5, 3], [2.5, 4.25], [-10, 5], [4, 6], [5, 7]]
    assert x[:, 1:4].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert table.labels().tolist() == [0, 1, 0, 1, 0]
    assert np.array_equal(Split(train=3).prepare(table).train.x, x[:3].astype("float32"))
    chosen = Table(file=table.file, target="height", features=["petal"], target_type="number")
    assert (chosen.task, chosen.shape, chosen.classes) == ("regression", (1,), 0)
    assert chosen.load().y.tolist() == [[3], [4.25], [5], [6], [7]]
    assert np.array_equal(chosen.labels(), chosen.load().y)
    preview = preview_view(table, Split(train=0.6, shuffle=True))
    assert isinstance(preview.sample, PointsSampleView)
    assert preview.class_names == ["setosa", "virginica"]


def test_a_target_is_taken_for_classes_or_a_number() -> None:
    rows = "".join(f"{i},{i % 3},{i / 2},{i % 2}.0\n" for i in range(12))
    file = kept(f"many,few,fractions,two\n{rows}")

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
def test_tables_of_spreadsheets_are_read(delimiter: str) -> None:
    comma = "," if delimiter == ";" else "."
    text = f"\ufeffa{delimiter}b\r\n1{comma}5{delimiter}x\r\n2{comma}5{delimiter}y\r\n"
    table = Table(file=kept(text), target="b")
    assert table.feature_names == ["a"]
    assert table.sample_rows().tolist() == [[1.5], [2.5]]


ODD = "\n".join(
    [
        "number,gap,name,one,huge,label,words,none,day",
        *(
            f"{i},{'' if i in (3, 5) else i},name {i},same,{'1e39' if i == 7 else i},{i % 2},{'x' if i == 9 else i},,"
            f"2020-01-{i % 28 + 1:02d}"
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
    ({"target": "label", "features": ["huge"]}, ["features", 0], "Column 'huge' has a value that is too large"),
    ({"target": "none", "features": ["number"]}, ["target"], "Column 'none' has no values"),
    ({"target": "day", "features": ["number"]}, ["target"], "holds dates, which can't be predicted"),
    ({"target": "label", "features": ["none"]}, ["features", 0], "Column 'none' has no values: leave it out"),
    ({"target": "label", "treatments": [{"column": "nope"}]}, ["treatments", 0, "column"], "There is no column 'nope'"),
    (
        {"target": "label", "treatments": [{"column": "name", "missing": "mean"}]},
        ["treatments", 0, "missing"],
        "Text has no mean",
    ),
    (
        {"target": "label", "treatments": [{"column": "gap", "missing": "category"}]},
        ["treatments", 0, "missing"],
        "Numbers have no category",
    ),
    (
        {"target": "label", "treatments": [{"column": "gap", "missing": "constant", "fill_value": "x"}]},
        ["treatments", 0, "fill_value"],
        "Give a number",
    ),
    ({"target": "label", "treatments": [{"column": "gap"}] * 2}, ["treatments", 1, "column"], "is listed twice"),
    ({"target": "one", "features": ["number"]}, ["target"], "All rows of column 'one' are 'same'"),
    (
        {"target": "name", "features": ["number"], "target_type": "number"},
        ["target_type"],
        "holds text such as 'name 0'",
    ),
]


@pytest.mark.parametrize(("body", "location", "sentence"), BAD_TABLES, ids=lambda value: str(value)[:40])
def test_columns_that_can_not_be_used_are_refused_where_they_stand(
    body: dict[str, Any], location: list[str | int], sentence: str
) -> None:
    table = Table.model_validate({"file": kept(ODD), **body})
    problems = [problem.message for problem in table.problems() if problem.location == ("dataset", *location)]
    assert sentence in " ".join(problems)
    with pytest.raises(Invalid):
        table.load()
    with pytest.raises(Invalid):
        _ = table.shape


def test_too_many_classes_are_refused() -> None:
    rows = "".join(f"{i},name {i}\n" for i in range(101))
    (problem,) = Table(file=kept(f"number,name\n{rows}"), target="name").problems()
    assert problem.location == ("dataset", "target")
    assert "101 different values, and at most 100" in problem.message


@pytest.mark.parametrize(("middle", "spread", "refused"), [(1e7, 0.1, True), (1e7, 50.0, False), (2000.0, 0.1, False)])
def test_targets_that_float32_can_not_tell_apart_are_refused(middle: float, spread: float, refused: bool) -> None:
    rows = "\n".join(f"{row},{middle + spread * (row % 7 - 3) / 3!r}" for row in range(20))
    problems = Table(file=kept(f"number,y\n{rows}"), target="y", target_type="number").problems()
    assert [problem.location for problem in problems] == [("dataset", "target")] * refused
    assert all("subtract a number near all of them, such as 10000000" in problem.message for problem in problems)


def test_a_file_that_is_not_there_is_a_located_problem() -> None:
    kept(FLOWERS)
    body = {"dataset": {"kind": "table", "file": "0" * 64, "target": "species"}, "network": {"layers": []}}
    with pytest.raises(Invalid) as raised:
        resolve(Experiment.model_validate(body))
    (problem,) = raised.value.problems
    assert problem.location == ("dataset", "file")
    assert "Upload it again" in problem.message


def test_sorted_files_must_be_shuffled() -> None:
    file = kept("value,label\n" + "".join(f"{i},{'b' if i > 9 else 'a'}\n" for i in range(20)))
    (problem,) = Split(train=10).problems(Table(file=file, target="label"))
    assert problem.location == ("split", "shuffle")
    assert Split(train=10, shuffle=True).problems(Table(file=file, target="label")) == []


def gaps() -> str:
    """A file with gaps in a number, a category, and the target, an index, an id, and the target under another name."""
    rows = [
        f"{i},{'' if i % 7 == 3 else i * i},{'NA' if i % 5 == 0 else 'uvw'[i % 3]},id-{i},{'yn'[i % 2]},"
        f"{'' if i == 9 else 'AB'[i % 2]}"
        for i in range(60)
    ]
    return kept("\n".join([",size,kind,code,twin,label", *rows]))


def test_gaps_are_filled_by_what_the_training_rows_say() -> None:
    table = Table(file=gaps(), target="label", features=["size", "kind"])
    assert table.rows == 59  # the row without a target is left out
    names = ["size", "kind = u", "kind = v", "kind = w", "kind = (missing)", "size is missing"]
    assert table.feature_names == names
    frame = frame_of(table.file).drop(index=9).reset_index(drop=True)
    parts = Split(train=20).prepare(table)
    median = np.nanmedian(frame["size"][:20])
    assert median != np.nanmedian(frame["size"])
    expected = frame["size"].fillna(median).to_numpy()
    assert np.array_equal(np.concatenate([parts.train.x[:, 0], parts.test.x[:, 0]]), expected.astype("float32"))
    assert parts.test.x[:, 5].tolist() == frame["size"][20:].isna().tolist()
    assert parts.test.x[:, 4].tolist() == frame["kind"][20:].isna().tolist()
    assert (parts.test.x[:, 1:5].sum(axis=1) == 1).all()


def test_scaling_is_fitted_to_training_rows_in_float64() -> None:
    rows = "".join(f"{20230101 + day}.5,{day}\n" for day in range(28))
    table = Table(file=kept(f"stamp,y\n{rows}"), target="y")
    parts = Split(train=20, standardize=True).prepare(table)
    assert len(np.unique(np.concatenate([parts.train.x, parts.test.x]))) == 28
    assert parts.train.x.mean() == pytest.approx(0, abs=1e-6)
    assert parts.train.x.std() == pytest.approx(1, abs=1e-6)


TREATED: list[tuple[dict[str, Any], list[str], list[float]]] = [
    ({"missing": "mean"}, ["size", "size is missing"], [0, 1, 2, 42 / 9, 0, 0, 0, 1]),
    ({"missing": "constant", "fill_value": -1.0, "indicator": False}, ["size"], [0, 1, 2, -1]),
    ({"missing": "most_frequent", "indicator": False}, ["size"], [0, 1, 2, 0]),
    ({"missing": "drop"}, ["size"], [0, 1, 2, 4]),
    ({"missing": "drop", "scale": "min_max"}, ["size"], [0, 1 / 9, 2 / 9, 4 / 9]),
]


@pytest.mark.parametrize(("treatment", "names", "first"), TREATED, ids=[str(treatment) for treatment, _, _ in TREATED])
def test_a_column_is_treated_as_told(treatment: dict[str, Any], names: list[str], first: list[float]) -> None:
    rows = "".join(f"{'' if i == 3 else i % 11},{i % 2}\n" for i in range(11))
    table = Table(file=kept(f"size,label\n{rows}"), target="label", treatments=[Treatment(column="size", **treatment)])
    assert table.feature_names == names
    x = Split(train=table.rows - 1).prepare(table).train.x
    assert x[:4].T.ravel().tolist()[: len(first)] == pytest.approx(first, abs=1e-6)


def test_many_valued_text_keeps_its_frequent_values() -> None:
    rows = "".join(f"{'abc'[i % 3] if i % 2 else f'rare {i % 120}'},{i % 2}\n" for i in range(240))
    table = Table(file=kept(f"word,label\n{rows}"), target="label", features=["word"])
    assert len(table.feature_names) == 20
    assert {"word = a", "word = b", "word = c"} < set(table.feature_names)
    few = table.model_copy(update={"treatments": [Treatment(column="word", most=3)]})
    assert few.feature_names == ["word = a", "word = b", "word = c"]
    assert few.sample_rows()[:2].tolist() == [[0, 0, 0], [0, 1, 0]]
    ordinal = table.model_copy(update={"treatments": [Treatment(column="word", categories="ordinal", most=3)]})
    assert ordinal.sample_rows()[:4].tolist() == [[-1], [1], [-1], [0]]


def test_text_is_hashed_as_scikit_learns_hasher_does() -> None:
    from sklearn.feature_extraction import FeatureHasher

    words = [f"word {i * 7 % 60}" if i % 9 else "" for i in range(240)]
    rows = "".join(f"{word},{i % 3},{i % 2}\n" for i, word in enumerate(words))
    hashed = Treatment(column="word", categories="hash", n_features=8)
    table = Table(file=kept(f"word,other,label\n{rows}"), target="label", features=["word"], treatments=[hashed])
    assert table.feature_names == [f"word # {number}" for number in range(1, 9)]
    x = Split(train=100).prepare(table).train.x
    texts = [[word or "(missing)"] for word in words[:100]]
    expected = FeatureHasher(8, input_type="string").transform(texts).toarray()
    np.testing.assert_array_equal(x, expected)
    assert (np.abs(x).sum(axis=1) == 1).all()
    usual = table.model_copy(update={"treatments": [Treatment(column="word", categories="hash")]})
    assert len(usual.feature_names) == 16
    scaled = Split(train=100, standardize=True).prepare(table).train.x
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)


def test_columns_that_name_rows_or_tell_the_target_are_left_out_and_said() -> None:
    table = Table(file=gaps(), target="label")
    assert table.left_out() == {
        "column 1": "counts the rows",
        "code": "is another text in every row, so it names rows",
        "twin": "tells the target alone: it is probably another name of it",
    }
    view = preview_view(table, Split(train=40, shuffle=True))
    assert [(each.column, each.tells) for each in view.left_out] == [
        ("column 1", False),
        ("code", False),
        ("twin", True),
    ]
    chosen = table.model_copy(update={"features": ["twin", "size"]})
    assert set(chosen.left_out()) == {"column 1", "code", "kind"}
    pounds = "".join(f"{i % 13},{i * 2.2},{i}.5\n" for i in range(40))
    weighed = Table(file=kept(f"age,pounds,kilos\n{pounds}"), target="kilos")
    assert weighed.left_out() == {"pounds": "tells the target alone: it is the same in another unit"}


def test_the_last_column_is_not_left_out() -> None:
    rows = "".join(f"{i},{i % 7}.5\n" for i in range(30))
    table = Table(file=kept(f"number,y\n{rows}"), target="y")
    assert table.feature_names == ["number"]
    assert table.left_out() == {}


@pytest.mark.parametrize("name", ["id", "patient_id", "PassengerId", "userID", "Sample ID"])
def test_an_id_is_no_feature_and_not_what_is_predicted(name: str) -> None:
    rows = "".join(f"{i % 5},{i % 7}.5,{1000 + 3 * i}\n" for i in range(30))
    summary = summary_of(kept(f"a,y value,{name}\n{rows}"))
    assert summary.proposed_target == "y value"
    assert [each.left_out for each in summary.columns][2] == "is another number in every row, so it names rows"
    again = "".join(f"{i % 5},{i % 7}.5,{1000 + i // 2}\n" for i in range(30))
    assert summary_of(kept(f"a,y value,{name}\n{again}")).proposed_target == "y value", "several rows of one"


@pytest.mark.parametrize("name", ["width", "covid", "fluid", "identity", "year"])
def test_a_measurement_whose_name_only_holds_the_letters_is_a_feature(name: str) -> None:
    rows = "".join(f"{i % 5},{i % 2},{1900 + i}\n" for i in range(30))
    summary = summary_of(kept(f"a,b,{name}\n{rows}"))
    assert summary.proposed_target == name
    assert summary.columns[2].left_out is None


def test_dates_become_numbers() -> None:
    rows = "".join(f"2020-03-{day:02d} {day % 24:02d}:00,{day % 2}\n" for day in range(1, 29))
    table = Table(file=kept(f"when,label\n{rows}"), target="label")
    assert table.feature_names == ["when: days", "when: month", "when: weekday", "when: hour"]
    first = table.sample_rows()[0]
    assert first.tolist() == [pytest.approx(18322 + 1 / 24), 3, 6, 1]


def test_all_problems_are_counted() -> None:
    names = [f"c{n}" for n in range(8)]
    table = Table(file=kept("y,x\n1,2\n2,3\n1,4\n"), target="y", features=names)
    problems = table.problems()
    assert len(problems) == 5
    assert problems[-1].message.endswith("(and 3 more columns)")


def test_a_large_target_is_warned_of() -> None:
    rows = "".join(f"{i % 10},{i % 10 * 900 + 33}.5\n" for i in range(100))
    body: dict[str, Any] = {
        "dataset": {"kind": "table", "file": kept(f"a,y\n{rows}"), "target": "y"},
        "split": {"train": 0.5, "shuffle": True},
        "network": {"layers": []},
    }

    def warned() -> list[tuple[str | int, ...]]:
        experiment = Experiment.model_validate(body)
        return [warning.location for warning in warnings_of(experiment, resolve(experiment))]

    assert ("split", "target_scale") in warned()
    for name, value in (("target_scale", "standard"), ("standardize_target", True)):
        body["split"] = {**body["split"], name: value}
        assert ("split", "target_scale") not in warned()
        del body["split"][name]


def test_a_file_of_an_earlier_version_is_read_by_the_rules_of_then() -> None:
    text = "n,mixed,label\n" + "".join(f"{i},{'.' if i == 3 else i % 4},{i % 2}\n" for i in range(30))
    id = hashlib.sha256(text.encode()).hexdigest()
    uploads_directory().mkdir(parents=True, exist_ok=True)
    (uploads_directory() / f"{id}.csv").write_text(text)
    (uploads_directory() / f"{id}.name").write_text("old.csv")
    table = Table(file=id, target="label")
    assert table.feature_names == ["n", "mixed = .", "mixed = 0", "mixed = 1", "mixed = 2", "mixed = 3"]
    assert table.left_out() == {}
    assert summary_of(id).name == "old.csv"
    assert kept(text) == id
    assert len(table.feature_names) == 6
    remove_file(id)
    assert list(uploads_directory().iterdir()) == []


def test_a_file_is_removed_with_its_last_reading() -> None:
    first = kept("1,2\n3,4\n5,6\n")
    summary = summary_of(first)
    second = kept("1,2\n3,4\n5,6\n", reading=Reading(header=True))
    assert (summary.rows, summary_of(second).rows) == (3, 2)
    remove_file(first)
    assert pd.read_parquet(uploads_directory() / f"{second}.parquet").shape == (2, 2)
    assert Path(uploads_directory() / f"{summary.source}.source").exists()
    remove_file(second)
    assert list(uploads_directory().iterdir()) == []
