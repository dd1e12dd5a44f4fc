"""Arrays of a value for each row, by which the rows of arrays are cut: groups, times, sets."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.catalog.datasets import Arrays, Split
from core.catalog.datasets.array_uploads import arrays_summary, keep_arrays, kept_column
from core.catalog.datasets.uploads import uploads_directory, write_summary
from core.problems import Invalid
from tests.core.catalog.datasets.own_arrays import npz, trials
from tests.core.catalog.datasets.printed import assert_printed_parts

SUBJECTS = np.repeat(["S1", "S2", "S3", "S4", "S5"], [4, 12, 8, 9, 7])
MANY: dict[str, Any] = {
    **trials(),
    "groups": np.repeat([3, 1, 4, 2], 10),
    "Subjects": SUBJECTS,
    "session": np.char.encode(SUBJECTS, "utf-8"),
    "onset": np.random.default_rng(0).permutation(40) * 0.5,
    "part": np.array(["train"] * 25 + ["dev"] * 5 + ["test"] * 10),
    "gaps": np.where(np.arange(40) == 3, np.nan, 1.0),
    "objects": np.array([None] * 40),
    "sfreq": np.array(128.0),
    "pairs": np.zeros((40, 2)),
    "short": np.arange(39),
}


def kept(directory: Path, **arrays: Any) -> str:
    """Keeps arrays as an upload does, and as `data.npz` in the directory of scripts; gives the id."""
    content = npz(**arrays)
    (directory / "data.npz").write_bytes(content)
    uploads_directory().mkdir(parents=True, exist_ok=True)
    part = uploads_directory() / "upload.part"
    part.write_bytes(content)
    return keep_arrays(part, hashlib.sha256(content).hexdigest(), "data.npz", "npz")


@pytest.fixture
def eeg(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> Arrays:
    """Trials of five subjects, beside other arrays."""
    monkeypatch.chdir(own_data)
    return Arrays(file=kept(own_data, **MANY))


def test_arrays_of_a_value_for_each_row_are_columns(eeg: Arrays) -> None:
    summary = arrays_summary(eeg.file)
    assert eeg.columns == ["groups", "Subjects", "session", "onset", "part"]
    assert [each.distinct for each in summary.columns or []] == [4, 5, 5, 40, 3]
    assert summary.group_column == "groups"
    assert any(
        note.endswith("gaps, objects, pairs, sfreq, short") for note in summary.notes if note.startswith("Not used")
    )
    assert eeg.column_values("groups").tolist() == MANY["groups"].tolist()
    for name in ("Subjects", "session"):
        assert eeg.column_values(name).tolist() == SUBJECTS.tolist()
    assert eeg.problems() == []


def test_a_file_of_several_sets_has_the_columns_that_each_set_has(own_data: Path) -> None:
    x, y = np.eye(6), np.arange(6) % 2
    id = kept(
        own_data,
        x_train=x[:4],
        y_train=y[:4],
        x_test=x[4:],
        y_test=y[4:],
        subjects_train=["a", "a", "b", "b"],
        subjects_test=["c", "c"],
        onset_train=np.arange(4),
    )
    assert Arrays(file=id).columns == ["subjects"]
    assert kept_column(id, "subjects").tolist() == list("aabbcc")
    assert arrays_summary(id).group_column == "subjects"


@pytest.mark.parametrize("name", ["groups", "subject_ids", "row_ids"])
def test_a_group_is_what_is_called_one_and_is_shared(own_data: Path, name: str) -> None:
    def proposed(values: Any) -> str | None:
        return arrays_summary(kept(own_data, **{"x": np.eye(4), "y": [0, 1, 0, 1], name: values})).group_column

    assert proposed([1, 1, 2, 2]) == (None if name == "row_ids" else name)
    assert proposed([1, 2, 3, 4]) is None
    assert proposed([1, 1, 1, 1]) is None


def test_a_file_uploaded_before_is_described_anew(own_data: Path) -> None:
    id = kept(own_data, **trials())
    write_summary(id, arrays_summary(id).model_copy(update={"columns": None}))
    assert Arrays(file=id).columns == []
    assert kept(own_data, **trials()) == id
    assert Arrays(file=id).columns == ["groups"]


def test_large_whole_numbers_are_told_apart(own_data: Path) -> None:
    ids = np.array([2**53, 2**53 + 1, 2**53, 2**53 + 1])
    id = kept(own_data, x=np.eye(4), y=[0, 1, 0, 1], subjects=ids)
    assert kept_column(id, "subjects").tolist() == ids.tolist()


def test_groups_without_a_value_are_refused(own_data: Path) -> None:
    with pytest.raises(Invalid, match="groups"):
        kept(own_data, x=np.eye(3), y=[0, 1, 0], groups=[1, np.nan, 2])


@pytest.mark.parametrize("column", ["groups", "Subjects", "session"])
@pytest.mark.parametrize("more", [{}, {"draws": 6}, {"folds": 4, "fold_repeats": 2}], ids=str)
def test_no_group_is_in_two_parts(eeg: Arrays, column: str, more: dict[str, Any]) -> None:
    sizes = {} if "folds" in more else {"train": 0.5, "validation": 0.2}
    split = Split.model_validate({"by": "group", "column": column, **sizes, **more})
    assert split.problems(eeg) == []
    of_rows = np.asarray(MANY[column]).astype(str)
    seen = set()
    draws: list[int | None] = [None] if split.draw_numbers is None else [*split.draw_numbers]
    for draw in draws:
        parts = [part for part in split.parts(eeg, eeg.labels(), draw).values() if len(part)]
        assert sorted(np.concatenate(parts).tolist()) == list(range(40))
        groups = [set(of_rows[part]) for part in parts]
        assert sum(map(len, groups)) == len(set(of_rows))
        assert len(parts) == 3 - ("folds" in more)
        seen.add(tuple(sorted(groups[-1])))
    assert len(seen) > 1 or not more, "draws differ"


def test_rows_are_cut_by_time_and_by_their_set(eeg: Arrays) -> None:
    parts = Split(by="time", column="onset", train=30).parts(eeg, eeg.labels())
    assert MANY["onset"][parts["train"]].max() < MANY["onset"][parts["test"]].min()
    parts = Split(by="column", column="part").parts(eeg, eeg.labels())
    assert [len(parts[name]) for name in ("train", "validation", "test")] == [25, 5, 10]


@pytest.mark.parametrize(
    ("split", "field", "said"),
    [
        (Split(by="group"), "column", "one of groups, Subjects, session"),
        (Split(by="group", column="gaps"), "column", "choose one of groups"),
        (Split(by="time", column="Subjects"), "column", "no order in time"),
        (Split(by="column", column="Subjects"), "column", "'S1', 'S2'"),
        (Split(by="group", column="groups", folds=5), "column", "4 different values"),
    ],
)
def test_an_array_that_can_not_cut_is_told(eeg: Arrays, split: Split, field: str, said: str) -> None:
    (problem,) = split.problems(eeg)
    assert problem.location == ("split", field)
    assert said in problem.message


@pytest.mark.parametrize(
    ("body", "draw"),
    [
        ({"by": "group", "column": "groups", "train": 0.5, "validation": 0.2, "holdout": 0.2}, None),
        ({"by": "group", "column": "Subjects", "train": 0.5, "draws": 3, "standardize": True}, 2),
        ({"by": "group", "column": "session", "folds": 3}, 3),
        ({"by": "time", "column": "onset", "train": 0.6}, None),
        ({"by": "column", "column": "part"}, None),
    ],
    ids=str,
)
def test_the_printed_code_gives_the_same_parts(body: dict[str, Any], draw: int | None, eeg: Arrays) -> None:
    """Run alone, as in a script, from the file as it came."""
    split = Split.model_validate(body)
    assert_printed_parts(split, eeg, draw)
