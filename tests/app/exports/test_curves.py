"""`curves.csv`, `curves.json`: what `/curves` answers, epoch by epoch, without holding all of it in memory."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from app.exports import EXPORTS, Source
from app.store import Store
from core.experiment.experiment import Experiment
from core.runs.events import METRICS, Event
from tests.app.exports.conftest import Trained
from tests.service import Service

LOSSES = ["train_loss", "test_loss"]


@pytest.mark.training
@pytest.mark.parametrize(("which", "score"), [("classified", "accuracy"), ("regressed", "r2")])
def test_it_has_every_epoch_of_every_run(which: str, score: str, request: pytest.FixtureRequest) -> None:
    trained: Trained = request.getfixturevalue(which)
    metrics = [f"train_{score}", f"test_{score}", *LOSSES]
    rows = trained.rows("curves.csv")
    assert list(rows[0]) == ["arm", "seed", "epoch", *metrics]
    names = {
        arm["name"]: arm["name"] if arm["name"][0] not in "=-" else f"'{arm['name']}" for arm in trained.view["arms"]
    }
    told = [
        (names[run["arm"]], run["seed"], epoch, *(run[metric][at] for metric in metrics))
        for run in trained.curves["runs"]
        for at, epoch in enumerate(run["epoch"])
    ]
    assert len(told) > 20
    cells = [list(row.values()) for row in rows]
    assert [(arm, int(seed), int(epoch), *map(float, values)) for arm, seed, epoch, *values in cells] == told


@pytest.mark.training
@pytest.mark.parametrize("which", ["classified", "regressed"])
def test_the_json_is_what_the_api_answers(which: str, request: pytest.FixtureRequest) -> None:
    trained: Trained = request.getfixturevalue(which)
    assert trained.export("curves.json").json() == {"runs": trained.curves["runs"]}


def experiment(seeds: int, epochs: int) -> Experiment:
    return Experiment.model_validate(
        {
            "dataset": {"kind": "moons"},
            "network": {"layers": [{"kind": "dense", "units": 4}]},
            "training": {"epochs": epochs},
            "seeds": list(range(1, seeds + 1)),
            "arms": [{"name": "only"}],
        }
    )


def test_each_number_has_the_fewest_digits_that_give_its_float32_and_others_are_empty(store: Store) -> None:
    id, _ = store.add(experiment(1, 60), None)
    table = np.array([[0.1, 1 / 3, 1e-30, 3e38], [np.nan, 0, np.inf, -np.inf]] * 30, "<f4")
    # More chunks than are read at a time.
    store.record([Event(f"{n}-0", id, "epochs", 0, {}, n, table[n - 1 : n].tobytes()) for n in range(1, 61)])
    stored = store.get(id)
    assert stored is not None
    text = "".join(EXPORTS["curves.csv"].write(Source(stored, store)))
    _, *rows = csv.reader(io.StringIO(text))
    assert [row[2] for row in rows] == [str(epoch) for epoch in range(1, 61)]
    assert rows[0][3:5] == ["0.1", "0.33333334"]
    assert rows[1] == ["only", "1", "2", "", "0.0", "", ""]
    assert [np.float32(cell) for cell in rows[58][3:]] == list(table[58])


def test_large_curves_do_not_fill_the_memory(tmp_path: Path) -> None:
    """12 runs of 200,000 epochs, 40 MB as they are stored and 100 MB as text, while the API has room for some MB."""
    runs, epochs, size = 12, 200_000, 5000
    (tmp_path / "data").mkdir()
    store = Store(f"sqlite:///{tmp_path / 'data' / 'lab.sqlite3'}")
    id, _ = store.add(experiment(runs, epochs), None)
    draws = np.random.default_rng(0)
    number = 0
    for run in range(runs):
        table = draws.random((epochs, len(METRICS)), np.float32)
        chunks = []
        for start in range(0, epochs, size):
            number += 1
            chunks.append(Event(f"{number}-0", id, "epochs", run, {}, start + 1, table[start : start + size].tobytes()))
        store.record(chunks)
    store.close()
    service = Service(tmp_path, workers=0)
    try:
        url = f"/api/experiments/{id}/export"
        with service.client() as client:
            # Imports what the API otherwise imports meanwhile.
            client.post("/api/datasets/preview", json={"dataset": {"kind": "moons"}}).raise_for_status()
            before = service.api.memory()
            service.api.forget_highest()
            lines = 0
            with client.stream("GET", f"{url}/curves.csv") as answer:
                for piece in answer.iter_bytes():
                    lines += piece.count(b"\n")
            grown = service.api.memory("VmHWM") - before
    finally:
        service.stop()
    assert lines == 1 + runs * epochs
    assert grown < 25_000_000, f"{grown / 1e6:.0f} MB"
