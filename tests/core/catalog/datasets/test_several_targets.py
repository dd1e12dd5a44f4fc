"""Several columns of a table that are predicted at once: which task they make, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.catalog.datasets import Split
from core.catalog.datasets.table import Table
from core.settings import settings
from tests.core.catalog.datasets.plants import LABELS, NUMBERS, csv_of_plants, plants
from tests.core.catalog.datasets.uploading import kept


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    yield kept(csv_of_plants(), "plants.csv")
    settings.cache_clear()


def table(file: str, *targets: str, **more: Any) -> Table:
    first, *others = targets
    return Table.model_validate({"kind": "table", "file": file, "target": first, "more_targets": others, **more})


def test_columns_of_two_values_are_labels(file: str) -> None:
    found = table(file, *LABELS)
    assert (found.task, found.classes, found.class_names) == ("labels", 0, [])
    assert found.target_names == LABELS
    assert found.label_names == [["no", "yes"], ["0", "1"], ["false", "true"]]
    frame = plants().dropna(subset=LABELS)
    assert found.rows == len(frame) == 119
    assert found.load().y.dtype == np.float32
    np.testing.assert_array_equal(found.load().y[:, 0], frame["flowers"] == "yes")
    np.testing.assert_array_equal(found.load().y[:, 1], frame["fruits"] == 1)
    assert not set(LABELS) & {name.partition("=")[0] for name in found.feature_names}
    assert not set(LABELS) & {*found.columns, *found.left_out()}
    assert "height" in found.columns


def test_numbers_are_targets(file: str) -> None:
    found = table(file, *NUMBERS)
    assert (found.task, found.classes, found.label_names) == ("targets", 0, [])
    frame = plants().dropna(subset=NUMBERS)
    np.testing.assert_allclose(found.load().y, frame[NUMBERS].to_numpy(float), rtol=1e-6)
    scaled = Split.model_validate({"train": 60, "target_scale": "standard"}).prepare(found)
    np.testing.assert_allclose(scaled.train.y.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.train.y.std(axis=0), 1, atol=1e-4)


def test_one_target_stays_what_it_was(file: str) -> None:
    assert table(file, "flowers").task == "binary"
    assert table(file, "flowers").load().y.shape == (119,)
    assert table(file, "height").task == "regression"
    assert table(file, "fruits", "height", target_type="number").task == "targets"


@pytest.mark.parametrize(
    ("targets", "more", "place", "words"),
    [
        (("flowers", "petals"), {}, ("more_targets", 0), "There is no column 'petals'"),
        (("flowers", "fruits", "flowers"), {}, ("more_targets", 1), "'flowers' is a target already"),
        (("flowers", "soil"), {}, ("more_targets", 0), "'soil' has 3 different values"),
        (("soil", "height"), {}, ("target",), "or all must be numbers: predict it alone"),
        (("height", "flowers"), {}, ("more_targets", 0), "labels and numbers can't be predicted together"),
        (("fruits", "height"), {}, ("target",), "or set target_type to number"),
        (("flowers", "height"), {"target_type": "category"}, ("more_targets", 0), "each must have two"),
        (("height", "flowers"), {"target_type": "number"}, ("target_type",), "holds text such as 'no'"),
        (("flowers", "fruits"), {"features": ["light", "fruits"]}, ("features", 1), "'fruits' is a target"),
        (("flowers", "fruits"), {"sample_weight": "fruits"}, ("sample_weight",), "is the target"),
    ],
)
def test_what_can_not_be_predicted_is_refused_at_its_place(
    file: str, targets: tuple[str, ...], more: dict[str, Any], place: tuple[Any, ...], words: str
) -> None:
    (problem,) = table(file, *targets, **more).problems()
    assert problem.location == ("dataset", *place)
    assert words in problem.message


@pytest.mark.parametrize(
    ("split", "field", "words"),
    [
        ({"by": "stratified", "train": 0.5}, "by", "scikit-learn stratifies by one class"),
        ({"train": 0.5, "shuffle": True, "label_noise": 0.1}, "label_noise", "each has several labels: set this to 0"),
        ({"train": 0.5, "shuffle": True, "imbalance": 0.1}, "imbalance", "are of no class: set this to 1"),
        ({"train": 0.5, "shuffle": True, "standardize_target": True}, "standardize_target", "for regression only"),
        ({"train": 1}, "shuffle", "The first 1 rows all have"),
    ],
)
def test_splits_that_labels_can_not_have(file: str, split: dict[str, Any], field: str, words: str) -> None:
    (problem,) = Split.model_validate(split).problems(table(file, *LABELS))
    assert problem.location == ("split", field)
    assert words in problem.message


def test_numbers_are_shuffled_where_classes_are_stratified_and_folds_are_plain(file: str) -> None:
    for targets, by in ((NUMBERS, "stratified"), (LABELS, "rows")):
        data = table(file, *targets)
        split = Split.model_validate({"by": by, "train": 0.5, "folds": 3})
        assert split.problems(data) == []
        tested = [split.parts(data, data.labels(), draw)["test"] for draw in (1, 2, 3)]
        assert sorted(np.concatenate(tested).tolist()) == list(range(data.rows))


def test_test_rows_of_a_file_of_their_own(file: str) -> None:
    other = kept(csv_of_plants(40, 9), "later.csv")
    found = table(file, *LABELS, test_file=other)
    assert (found.rows, found.own_test_rows) == (119 + 39, 39)
    assert found.load().y.shape == (158, 3)
    unknown = kept(csv_of_plants(40, 9).replace(",yes,", ",perhaps,"), "odd.csv")
    (problem,) = table(file, *LABELS, test_file=unknown).problems()
    assert "no class 'perhaps' of 'flowers'" in problem.message
