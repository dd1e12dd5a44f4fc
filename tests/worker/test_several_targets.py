"""Several labels and several targets: trained as `fit` does, scored as scikit-learn does, and exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn import metrics

from app.exports.script import script_of
from core.catalog.losses import BinaryFocalCrossentropy, Huber
from core.experiment.experiment import Experiment, resolve
from core.experiment.resolution import ResolvedArm
from core.problems import Invalid
from core.settings import settings
from tests.core.catalog.datasets.plants import LABELS, NUMBERS, csv_of_plants, plants
from tests.core.catalog.datasets.uploading import kept
from tests.worker.small_runs import trained
from tests.worker.test_parity import ADAM
from tests.worker.test_parity import compared as equals_fit
from tests.worker.test_script import compared, run_alone
from worker.engine import Engine

FEATURES = ["light", "water", "soil"]


def experiment_of(file: str, targets: list[str], **body: Any) -> Experiment:
    """An experiment that predicts the columns `targets` of the plants."""
    first, *more = targets
    dataset = {"kind": "table", "file": file, "target": first, "more_targets": more, "features": FEATURES}
    return Experiment.model_validate(
        {
            "arms": [{"name": "free"}],
            **body,
            "dataset": {**dataset, **body.get("dataset", {})},
            "split": {"standardize": True, "train": 70, "shuffle": True, **body.get("split", {})},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 5, "activation": "relu"}]},
            "training": {"epochs": 30, "batch_size": 16, "optimizer": ADAM[0].model_dump(), **body.get("training", {})},
        }
    )


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Id of the plants, whose file lies where scripts find it."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    own = tmp_path / "plants.csv"
    own.write_text(csv_of_plants())
    yield kept(csv_of_plants(), str(own))
    settings.cache_clear()


def arm_of(file: str, targets: list[str], **body: Any) -> ResolvedArm:
    (arm,) = resolve(experiment_of(file, targets, **body))
    return arm


@pytest.mark.parametrize("loss", [None, BinaryFocalCrossentropy(gamma=1.0)])
def test_labels_equal_fit(file: str, loss: BinaryFocalCrossentropy | None) -> None:
    arm = arm_of(file, LABELS, training={"loss": loss and loss.model_dump()})
    assert arm.dataset.task == "labels"
    theirs = None if loss is None else keras.losses.BinaryFocalCrossentropy(gamma=1.0)
    curves = equals_fit(Engine(), arm, ADAM[1](), loss=theirs)
    assert curves[-1, 0] > 0.7


@pytest.mark.parametrize("loss", [None, Huber(delta=0.5)])
def test_targets_equal_fit(file: str, loss: Huber | None) -> None:
    split = {"target_scale": "standard"}
    arm = arm_of(file, NUMBERS, split=split, training={"loss": loss and loss.model_dump(), "epochs": 60})
    assert arm.dataset.task == "targets"
    equals_fit(Engine(), arm, ADAM[1](), loss=None if loss is None else keras.losses.Huber(0.5))


def test_programs_of_labels_and_of_as_many_targets_differ(file: str) -> None:
    numbers = {"target_type": "number", "features": ["light", "water"]}
    labels = arm_of(file, ["fruits", "flowers"], dataset={"features": ["light", "water"]})
    targets = arm_of(file, ["fruits", "height"], dataset=numbers)
    assert targets.dataset.task == "targets"
    assert labels.program() != targets.program()


def test_labels_are_scored_as_scikit_learn_does(file: str) -> None:
    arm = arm_of(file, LABELS)
    session = Engine().start(arm, 1)
    curves = trained(session)
    found = session.evaluate_sets()
    frame = plants().dropna(subset=LABELS).reset_index(drop=True)
    y = np.column_stack([frame["flowers"] == "yes", frame["fruits"] == 1, frame["spreads"] == "true"]).astype(int)
    order = np.random.default_rng(0).permutation(len(y))[70:]
    y, outputs = y[order], found.outputs["test"]
    predicted = (outputs > 0.5).astype(int)
    told = found.metrics["test"]
    assert told["accuracy"] == pytest.approx((predicted == y).mean())
    assert told["accuracy"] == pytest.approx(float(curves[-1, 1]), abs=1e-6)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(y, predicted, average="macro", zero_division=0)
    assert (told["precision"], told["recall"], told["f1"]) == pytest.approx((precision, recall, f1))
    assert told["auc"] == pytest.approx(metrics.roc_auc_score(y, outputs, average="macro"))
    assert told["average_precision"] == pytest.approx(metrics.average_precision_score(y, outputs, average="macro"))
    np.testing.assert_allclose(found.outcomes["test"], (predicted == y).mean(axis=1))
    assert {*np.unique(found.outcomes["test"]).tolist()} <= {*np.array([0, 1 / 3, 2 / 3, 1], np.float32).tolist()}


def test_targets_are_scored_as_scikit_learn_does(file: str) -> None:
    arm = arm_of(file, NUMBERS, split={"target_scale": "standard"})
    session = Engine().start(arm, 1)
    trained(session)
    found = session.evaluate_sets()
    y = plants().dropna(subset=NUMBERS)[NUMBERS].to_numpy(float)
    order = np.random.default_rng(0).permutation(len(y))
    mean, std = y[order[:70]].mean(axis=0), y[order[:70]].std(axis=0)
    y, outputs = y[order[70:]], found.outputs["test"].astype(float)
    told, own = found.metrics["test"], outputs * std + mean
    assert told["r2"] == pytest.approx(metrics.r2_score(y, own, multioutput="uniform_average"), abs=1e-4)
    scaled = (y - mean) / std
    assert told["mae"] == pytest.approx(metrics.mean_absolute_error(scaled, outputs), rel=1e-4)
    assert told["rmse"] == pytest.approx(np.sqrt(metrics.mean_squared_error(scaled, outputs)), rel=1e-4)
    assert told["r2"] == pytest.approx(1 - found.outcomes["test"].mean(), abs=1e-5)


@pytest.mark.timeout(300)
def test_scripts_give_the_same_figures(file: str, tmp_path: Path) -> None:
    stopping = {"early_stopping": {"figure": "score", "watch": "validation", "patience": 3}}
    held = {"name": "held", "changes": {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm"}}}}}
    experiments = [
        experiment_of(file, LABELS, split={"validation": 15}, training={"epochs": 12, **stopping}, arms=[held]),
        experiment_of(file, NUMBERS, split={"folds": 3, "target_scale": "standard"}, training={"epochs": 4}),
    ]
    scripts = [script_of(each, resolve(each)) for each in experiments]
    engine = Engine()
    for experiment, alone in zip(experiments, run_alone(tmp_path, scripts, True), strict=True):
        compared(engine, experiment, alone)


def test_a_loss_of_another_task_is_refused(file: str) -> None:
    for targets, kind, words in [
        (LABELS, "mean_squared_error", "no loss for several labels at once: choose binary_crossentropy"),
        (NUMBERS, "binary_crossentropy", "no loss for several targets that are numbers: choose mean_squared_error"),
    ]:
        with pytest.raises(Invalid) as refused:
            arm_of(file, targets, training={"loss": {"kind": kind}})
        (problem,) = refused.value.problems
        assert problem.location == ("training", "loss")
        assert words in problem.message
