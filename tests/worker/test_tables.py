"""Tables whose rows are cut or weighed by a column: scripts end at the runs' figures, weights act as in `fit`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from app.exports.script import script_of
from core.catalog.losses import CategoricalFocalCrossentropy
from core.experiment.experiment import Experiment, resolve
from core.problems import Invalid
from core.settings import settings
from tests.core.catalog.datasets.uploading import kept
from tests.core.catalog.datasets.visits import csv_of_visits
from tests.worker.test_parity import ADAM
from tests.worker.test_parity import compared as equals_fit
from tests.worker.test_script import compared, run_alone
from worker.engine import Engine

FALLING = {"schedule": {"kind": "cosine_decay", "decay_epochs": 3}}
"""A learning rate that falls by updates, whose number follows from the training rows."""
BALANCED = {"name": "balanced", "changes": {"training": {"class_weight": "balanced"}}}

BODIES: list[dict[str, Any]] = [
    {
        "split": {"by": "group", "column": "patient", "train": 0.5, "validation": 10, "holdout": 0.2, "draws": 2},
        "training": FALLING,
    },
    {
        "split": {"by": "time", "column": "day", "validation": 4, "folds": 2},
        "training": {**FALLING, "label_smoothing": 0.1},
        "arms": [BALANCED],
    },
    {"split": {"by": "column", "column": "set"}, "arms": [BALANCED]},
    {"dataset": {"sample_weight": "week"}, "split": {"by": "stratified", "train": 0.5}},
]


def experiment_of(file: str, body: dict[str, Any]) -> Experiment:
    """An experiment on the visits."""
    return Experiment.model_validate(
        {
            "arms": [{"name": "free"}],
            **body,
            "dataset": {"kind": "table", "file": file, "target": "outcome", **body.get("dataset", {})},
            "split": {"standardize": True, **body.get("split", {})},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 5}]},
            "training": {"epochs": 4, "batch_size": 8, **body.get("training", {})},
        }
    )


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Id of the visits, whose file lies where scripts find it."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    own = tmp_path / "visits.csv"
    own.write_text(csv_of_visits())
    yield kept(csv_of_visits(), str(own))
    settings.cache_clear()


@pytest.mark.timeout(300)
def test_scripts_give_the_same_figures(file: str, tmp_path: Path) -> None:
    experiments = [experiment_of(file, body) for body in BODIES]
    scripts = [script_of(each, resolve(each)) for each in experiments]
    engine = Engine()
    for experiment, alone in zip(experiments, run_alone(tmp_path, scripts, True), strict=True):
        compared(engine, experiment, alone)


@pytest.mark.parametrize("loss", [None, CategoricalFocalCrossentropy(gamma=0.5, alpha=1.0)])
def test_sample_weights_equal_fit(file: str, loss: CategoricalFocalCrossentropy | None) -> None:
    body = {
        "dataset": {"sample_weight": "week"},
        "split": {"train": 40},
        "training": {"epochs": 30, "optimizer": ADAM[0].model_dump(), "loss": loss and loss.model_dump()},
    }
    (arm,) = resolve(experiment_of(file, body))
    (plain,) = resolve(experiment_of(file, {**body, "dataset": {"features": arm.dataset.feature_names[:2]}}))
    assert arm.program() != plain.program()
    weights = arm.prepare().weights
    assert weights is not None
    frame = pd.read_csv(settings().lab_data / "visits.csv")
    assert np.array_equal(weights, frame["week"][:40].astype("float32"))
    assert arm.dataset.left_out()["week"] == "weighs the rows"
    engine = Engine()
    theirs = None if loss is None else keras.losses.CategoricalFocalCrossentropy(1.0, 0.5)
    curves = equals_fit(engine, arm, ADAM[1](), loss=theirs)
    assert curves[0, 2] > (3 if loss is None else 1.5), "its loss is that of rows with weights of 8 on average"


@pytest.mark.parametrize(
    ("body", "place", "sentence"),
    [
        (
            {"dataset": {"sample_weight": "who"}},
            ("dataset", "sample_weight"),
            "no column 'who'; the columns of numbers",
        ),
        ({"dataset": {"sample_weight": "patient"}}, ("dataset", "sample_weight"), "holds no numbers"),
        ({"dataset": {"sample_weight": "dose"}}, ("dataset", "sample_weight"), "has weights below 0"),
        ({"dataset": {"sample_weight": "outcome"}}, ("dataset", "sample_weight"), "'outcome' is the target"),
        (
            {"dataset": {"sample_weight": "week", "features": ["age", "week"]}},
            ("dataset", "sample_weight"),
            "'week' is a feature",
        ),
        (
            {"dataset": {"sample_weight": "week"}, "training": {"class_weight": "balanced"}},
            ("training", "class_weight"),
            "Rows have weights of their own",
        ),
        (
            {"dataset": {"target": "age"}, "arms": [BALANCED]},
            ("arms", 0, "changes", "training", "class_weight"),
            "Regression has no classes to weigh",
        ),
    ],
)
def test_weights_that_can_not_be_are_refused(
    file: str, body: dict[str, Any], place: tuple[str | int, ...], sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        resolve(experiment_of(file, body))
    (problem,) = refused.value.problems
    assert problem.location == place
    assert sentence in problem.message
