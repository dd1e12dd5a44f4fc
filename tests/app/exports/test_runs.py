"""`runs.csv`: the runs of the experiment's view."""

from __future__ import annotations

from typing import Any

import pytest

from app.exports import EXPORTS, Source
from app.store import Store
from core.experiment.experiment import Experiment
from core.runs.events import Event
from tests.app.exports.conftest import Trained, train


def number(cell: str) -> float | None:
    return float(cell) if cell else None


@pytest.mark.training
@pytest.mark.parametrize(("which", "score"), [("classified", "accuracy"), ("regressed", "r2")])
def test_a_row_tells_what_the_view_tells_of_its_run(which: str, score: str, request: pytest.FixtureRequest) -> None:
    trained: Trained = request.getfixturevalue(which)
    rows = trained.rows("runs.csv")
    assert len(rows) == len(trained.view["runs"]) > 1
    for row, run in zip(rows, trained.view["runs"], strict=True):
        assert (row["arm"].removeprefix("'"), row["seed"]) == (run["arm"], str(run["seed"]))
        assert (row["status"], row["epochs_done"]) == ("finished", str(run["epochs_done"]))
        assert (row["error"], row["best_epoch"], row["weights_sha256"]) == ("", "", run["weights_sha256"])
        for name in (f"train_{score}", f"test_{score}", "train_loss", "test_loss", "seconds"):
            assert number(row[name]) == run[name], name
        metrics = {f"{part}_{name}": value for part, each in run["metrics"].items() for name, value in each.items()}
        others = metrics.keys() - {f"train_{score}", f"test_{score}"}
        assert len(others) >= 4
        assert {name: number(row[name]) for name in others} == {name: metrics[name] for name in others}


def test_sealed_rows_stay_sealed_until_they_are_revealed(classified: Trained) -> None:
    body: dict[str, Any] = {**classified.view["experiment"], "training": {"epochs": 2}}
    trained = train(classified.client, body)
    for name in ("runs.csv", "table.csv", "table.md"):
        assert "holdout" not in trained.export(name).text
    trained.client.post(f"/api/experiments/{trained.view['id']}/reveal").raise_for_status()
    revealed = trained.again().view["runs"]
    assert [number(row["holdout_accuracy"]) for row in trained.rows("runs.csv")] == [
        run["metrics"]["holdout"]["accuracy"] for run in revealed
    ]
    assert "holdout_accuracy_mean" in trained.rows("table.csv")[0]


def test_a_failed_run_says_why(store: Store) -> None:
    body = {"dataset": {"kind": "moons"}, "network": {"layers": []}, "arms": [{"name": "a"}], "seeds": [1, 2]}
    id, _ = store.add(Experiment.model_validate(body), None)
    error = '=cmd|"/c calc"\nand more'
    store.record([Event("1-0", id, "run_failed", 1, {"error": error})])
    stored = store.get(id)
    assert stored is not None
    (text,) = EXPORTS["runs.csv"].write(Source(stored, store))
    header, first, *second = text.split("\n", 2)
    assert header.startswith("arm,seed,status,epochs_done,train_accuracy,test_accuracy,train_loss,test_loss,")
    assert first.startswith("a,1,queued,0,,,,,")
    assert second == ['a,2,failed,0,,,,,,,"\'=cmd|""/c calc""\nand more",\n']
