"""Warnings of what stands in uploaded files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.catalog.datasets.keeping import keep_upload
from core.catalog.datasets.uploads import uploads_directory
from core.experiment.experiment import Experiment
from tests.app.test_warnings import warned
from tests.core.catalog.datasets.own_arrays import npz, picture, zipped


def kept_upload(content: bytes, name: str) -> str:
    """Keeps a file as an upload; gives its id."""
    uploads_directory().mkdir(parents=True, exist_ok=True)
    part = uploads_directory() / "test.part"
    part.write_bytes(content)
    return keep_upload(part, hashlib.sha256(content).hexdigest(), name)


@pytest.mark.parametrize(
    ("unit", "standardize", "told"), [(1e-5, False, True), (1e4, False, True), (1, False, False), (1e-5, True, False)]
)
def test_arrays_far_from_what_a_network_begins_with_are_told(
    own_data: Path, unit: float, standardize: bool, told: bool
) -> None:
    x = np.random.default_rng(1).normal(size=(60, 8)) * unit
    file = kept_upload(npz(x=x, y=np.arange(60) % 2), "eeg.npz")
    experiment = Experiment.model_validate(
        {
            "dataset": {"kind": "arrays", "file": file},
            "split": {"train": 0.5, "standardize": standardize},
            "network": {"layers": []},
        }
    )
    assert (("split", "standardize") in warned(experiment)) == told


def test_training_rows_without_weight_are_told(own_data: Path) -> None:
    rows = "".join(f"{n},{'ab'[n % 2]},{int(n >= 30)}\n" for n in range(60))
    dataset = {
        "kind": "table",
        "file": kept_upload(f"v,y,w\n{rows}".encode(), "t.csv"),
        "target": "y",
        "sample_weight": "w",
    }
    for train, told in ((30, True), (31, False)):
        experiment = Experiment.model_validate(
            {"dataset": dataset, "split": {"train": train}, "network": {"layers": []}}
        )
        assert (("dataset", "sample_weight") in warned(experiment)) == told


@pytest.mark.parametrize(
    ("classes", "told"), [(("yes", "Yes"), True), (("no", "n o"), True), (("yes", "no"), False), (("1", "2"), False)]
)
def test_classes_that_differ_in_case_alone_are_told(own_data: Path, classes: tuple[str, str], told: bool) -> None:
    rows = "".join(f"{n % 7},{classes[n % 2]}\n" for n in range(60))
    table = {"kind": "table", "file": kept_upload(f"v,y\n{rows}".encode(), "t.csv"), "target": "y"}
    folders = {f"{label}/{n}.png": picture(n) for label in classes for n in range(4)}
    pictures = {"kind": "arrays", "file": kept_upload(zipped(folders), "p.zip")}
    for dataset, field in ((table, "target"), (pictures, "file")):
        network = [{"kind": "flatten", "name": "flat"}] if dataset is pictures else []
        experiment = Experiment.model_validate(
            {"dataset": dataset, "split": {"train": 0.5, "shuffle": True}, "network": {"layers": network}}
        )
        assert (("dataset", field) in warned(experiment)) == told


def test_values_of_a_test_file_that_nobody_has_learnt_are_told(own_data: Path) -> None:
    train = "".join(f"{n % 7},{('red', 'blue')[n % 2]},{'ab'[n // 2 % 2]}\n" for n in range(60))
    test = train.replace("blue", "green")
    files = {name: kept_upload(f"v,colour,y\n{rows}".encode(), name) for name, rows in (("a", train), ("b", test))}
    for other, told in ((files["b"], True), (None, False)):
        dataset = {"kind": "table", "file": files["a"], "test_file": other, "target": "y"}
        body: dict[str, Any] = {"dataset": dataset, "network": {"layers": []}}
        experiment = Experiment.model_validate(body if other else {**body, "split": {"train": 0.5}})
        assert (("dataset", "test_file") in warned(experiment)) == told


def test_labels_without_a_test_row_of_a_value_are_told(own_data: Path) -> None:
    rows = "".join(f"{n % 7},{'ab'[n % 2]},{'yes' if n == 3 else 'no'}\n" for n in range(80))
    dataset = {
        "kind": "table",
        "file": kept_upload(f"v,y,rare\n{rows}".encode(), "t.csv"),
        "target": "y",
        "more_targets": ["rare"],
    }
    experiment = Experiment.model_validate({"dataset": dataset, "split": {"train": 40}, "network": {"layers": []}})
    assert "No test row is of class 'yes in rare'" in warned(experiment)["split", "train"]
