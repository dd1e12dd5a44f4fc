"""`table.csv` and `table.md`: the view's figures arm by arm, and the verdict's on overfitting."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from app.exports import EXPORTS, Source
from app.store import Store
from core.experiment.experiment import Experiment
from core.runs.events import Event
from tests.app.exports.conftest import NAMES, Trained, recorded, written


def number(cell: str) -> float | None:
    return float(cell) if cell else None


@pytest.mark.training
@pytest.mark.parametrize(("which", "score"), [("classified", "accuracy"), ("regressed", "r2")])
def test_a_row_has_what_view_and_verdict_tell_of_its_arm(
    which: str, score: str, request: pytest.FixtureRequest
) -> None:
    trained: Trained = request.getfixturevalue(which)
    rows = trained.rows("table.csv")
    overfitting = {
        "gap_at_end": "gap",
        f"best_test_{score}": "best",
        "best_epoch": "best_epoch",
        "fall_from_best": "fall",
        "area_between_curves": "area",
        "epochs_to_target": "epochs_to",
    }
    assert len(rows) == len(trained.view["arms"])
    for row, arm, verdict in zip(rows, trained.view["arms"], trained.verdict["arms"], strict=True):
        runs = [run for run in trained.view["runs"] if run["arm"] == arm["name"]]
        assert row["arm"].removeprefix("'") == arm["name"]
        assert row["constrained"] == "; ".join(arm["words"])
        assert row["loss"] == arm["loss"] == ("binary crossentropy" if which == "classified" else "mean squared error")
        assert (row["n"], row["runs"], row["unfinished_epoch"]) == (str(arm["n"]), str(len(runs)), "")
        told = {name: arm[name] for name in (f"train_{score}", f"test_{score}", "train_loss", "test_loss")}
        told |= {name: verdict["overfitting"][field] for name, field in overfitting.items()}
        for name, spread in told.items():
            found = {"mean": number(row[f"{name}_mean"]), "std": number(row[f"{name}_std"])}
            assert found == {"mean": spread["mean"], "std": spread["std"]}, name
        for name in (
            ("validation_auc", "train_average_precision") if which == "classified" else ("test_mae", "train_rmse")
        ):
            part, metric = name.split("_", 1)
            assert number(row[f"{name}_mean"]) == statistics.fmean(run["metrics"][part][metric] for run in runs)
        gaps = [run[f"train_{score}"] - run[f"test_{score}"] for run in runs]
        assert number(row["gap_std"]) == statistics.stdev(gaps)
        assert number(row["seconds_mean"]) == statistics.fmean(run["seconds"] for run in runs)


def test_norms_are_those_of_weights_that_any_arm_constrains(classified: Trained) -> None:
    constrained = [weight for weight in classified.view["runs"][-1]["weights"] if weight["constraint"]]
    assert [(weight["layer"], weight["weight"]) for weight in constrained] == [("hidden", "kernel")]
    rows = classified.rows("table.csv")
    assert {name for name in rows[0] if "norm" in name} == {f"hidden_kernel_norm_{e}" for e in ("min", "mean", "max")}
    for row, arm in zip(rows, classified.view["arms"], strict=True):
        runs = [run for run in classified.view["runs"] if run["arm"] == arm["name"]]
        norms = [run["weights"][0]["norm"] for run in runs]
        assert number(row["hidden_kernel_norm_min"]) == min(norm["min"] for norm in norms)
        assert number(row["hidden_kernel_norm_mean"]) == pytest.approx(statistics.fmean(norm["mean"] for norm in norms))
        assert number(row["hidden_kernel_norm_max"]) == max(norm["max"] for norm in norms)
    assert [row["hidden_kernel_held"] for row in rows] == ["", "true", "true"]


def test_markdown_has_the_same_columns_rounded(classified: Trained) -> None:
    head, rule, *rows = classified.export("table.md").text.splitlines()
    names = [cell.strip().replace("\\", "") for cell in head.strip("|").split(" | ")]
    csv_names = dict.fromkeys(
        name.removesuffix("_mean").removesuffix("_std") for name in classified.rows("table.csv")[0]
    )
    assert names == [{"hidden_kernel_norm": "hidden_kernel_norm_mean"}.get(name, name) for name in csv_names]
    assert set(rule) <= set("| -")
    assert len(rows) == len(NAMES)
    assert '=SUM(1,2) "quoted", \\| \\<b\\>\\*bold\\*\\</b\\>' in rows[1], "no markup comes from a name"
    accuracy = classified.view["arms"][0]["train_accuracy"]
    assert f" {accuracy['mean']:.4g} ± {accuracy['std']:.4g} " in rows[0]


def test_arms_without_a_finished_run_tell_how_far_they_came(store: Store) -> None:
    arms = [{"name": name} for name in ("waiting", "failed", "running")]
    body = {"dataset": {"kind": "moons"}, "network": {"layers": []}, "arms": arms, "seeds": [1, 2, 3]}
    id, _ = store.add(Experiment.model_validate(body), None)
    table = np.array([[0.5, 0.25, 2, 3], [0.75, 0.5, np.nan, 1]], "<f4")
    store.record(
        [
            Event("1-0", id, "epochs", 3, {}, 1, table[:1].tobytes()),
            Event("2-0", id, "epochs", 4, {}, 1, table.tobytes()),
            *(Event(f"{run}-1", id, "run_failed", run, {"error": "no memory"}) for run in (3, 4, 5)),
            Event("6-0", id, "run_started", 6, {"attempt": 1}),
            Event("7-0", id, "epochs", 6, {}, 1, table.tobytes()),
        ]
    )
    stored = store.get(id)
    assert stored is not None
    (text,) = EXPORTS["table.csv"].write(Source(stored, store))
    names, *rows = [line.split(",") for line in text.splitlines()]
    waiting, failed, running = (dict(zip(names, row, strict=True)) for row in rows)
    assert (failed["n"], failed["unfinished_epoch"]) == ("0", "2")
    assert (failed["train_accuracy_mean"], failed["gap_mean"], failed["train_loss_mean"]) == ("0.75", "0.25", "")
    for row in (waiting, running):
        assert row["n"] == "0"
        assert {row[name] for name in names if name.endswith(("_mean", "_std", "_epoch"))} == {""}


def test_gap_and_fall_are_of_the_model_that_is_scored(store: Store) -> None:
    """Early stopping went back to epoch 2 of 3; the curve's train score has dropout's noise."""
    curve = [[0.7, 0.75, 1, 1], [0.8, 0.9, 1, 1], [0.95, 0.7, 1, 1]]
    source = recorded(store, {}, {"curve": curve, "train_score": 0.92, "test_score": 0.9, "best_epoch": 2})
    names, row = (line.split(",") for line in written(source, "table.csv").splitlines())
    cells = dict(zip(names, row, strict=True))
    assert float(cells["gap_mean"]) == float(cells["gap_at_end_mean"]) == pytest.approx(0.02)
    assert float(cells["curve_gap_at_end_mean"]) == pytest.approx(0.25)
    assert float(cells["fall_from_best_mean"]) == pytest.approx(0, abs=1e-6)
    assert float(cells["best_test_accuracy_mean"]) == pytest.approx(0.9)
