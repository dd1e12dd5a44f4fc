"""Snapshots of real runs, in the engine and through the service: they disturb nothing and say what was there."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import numpy as np
import pytest

from app.presets import TUTORIAL
from core.catalog.constraints import MaxNorm, UnitNorm
from core.catalog.datasets import Moons, Sine, Split
from core.catalog.layers import Dense
from core.catalog.training import EarlyStopping, Training
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import Network
from core.experiment.resolution import ResolvedArm
from core.runs.events import METRICS
from core.runs.metrics import compute_metrics
from core.runs.snapshots import SIDE, SUMMARY, Snapshots, snapshot_epochs
from tests.service import PATIENCE
from worker import engine as engine_module
from worker.engine import Engine, Session


def arm_of(constraint: Any = None, epochs: int = 300, dataset: Any = None, **training: Any) -> ResolvedArm:
    (arm,) = resolve(
        Experiment(
            dataset=dataset or Moons(),
            split=Split(train=30),
            network=Network(layers=[Dense(name="hidden", units=16, activation="relu", kernel_constraint=constraint)]),
            training=Training(epochs=epochs, batch_size=8, **training),
        )
    )
    return arm


def run(session: Session) -> tuple[np.ndarray, Snapshots]:
    figures, taken = [], []
    while not session.done:
        chunk = session.step()
        figures.append(chunk.figures)
        taken += [chunk.snapshots] if chunk.snapshots else []
    return np.concatenate(figures), Snapshots.joined(taken)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def test_they_come_at_their_epochs_however_chunks_are_cut(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    arm = arm_of(UnitNorm())
    figures, taken = run(engine.start(arm, 1, frames=True))
    assert taken.epoch.tolist() == snapshot_epochs(300).tolist()
    assert figures.shape == (300, len(METRICS))
    monkeypatch.setattr(engine_module, "CHUNK_SECONDS", 1e-9)
    cut, again = run(engine.start(arm, 1, frames=True))
    assert cut.tobytes() == figures.tobytes()
    assert again.summary.tobytes() == taken.summary.tobytes()
    assert {name: array.tobytes() for name, array in again.frames.items()} == {
        name: array.tobytes() for name, array in taken.frames.items()
    }


def test_a_resumed_run_goes_on_with_the_next_one(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "CHUNK_SECONDS", 1e-9)
    arm = arm_of(MaxNorm(max_value=0.5))
    _, whole = run(engine.start(arm, 2))
    assert whole.frames == {}
    session = engine.start(arm, 2)
    before = []
    while session.epochs_done < 40:
        chunk = session.step()
        before += [chunk.snapshots] if chunk.snapshots else []
    _, after = run(engine.start(arm, 2, session.checkpoint()))
    both = Snapshots.joined([*before, after])
    assert both.epoch.tolist() == whole.epoch.tolist()
    assert both.summary.tobytes() == whole.summary.tobytes()


def test_they_say_what_the_weights_are(engine: Engine) -> None:
    arm = arm_of(UnitNorm())
    session = engine.start(arm, 3, frames=True)
    _, taken = run(session)
    kernel = dict(zip(SUMMARY, taken.summary[:, 0].T, strict=True))
    assert kernel["min"][1:] == pytest.approx(1, abs=1e-5)
    assert kernel["max"][1:] == pytest.approx(1, abs=1e-5)
    assert kernel["max"][0] < 0.95, "initial weights are not projected"
    assert (kernel["binding"][1:] == 1).all()
    assert kernel["binding"][0] < 0.2
    assert np.isnan(kernel["projection"][0])
    assert kernel["projection"][1] > kernel["projection"][-1] > 0
    report = session.weights()[1]
    assert taken.summary[-1, 1, SUMMARY.index("max")] == pytest.approx(report["norm"]["max"])
    assert taken.frames["norms_0"].shape == (len(taken.epoch), 16)
    assert np.linalg.norm(taken.frames["kernel"][-1].astype(float), axis=0) == pytest.approx(1, abs=1e-3)


def test_the_boundary_is_the_models_answer(engine: Engine) -> None:
    arm = arm_of()
    session = engine.start(arm, 4, frames=True)
    figures, taken = run(session)
    parts, last = arm.split.prepare(arm.dataset), taken.frames["boundary"][-1].reshape(SIDE, SIDE)
    x, y = (np.linspace(a, b, SIDE) for a, b in (session._data.grid.x, session._data.grid.y))  # type: ignore[union-attr, misc]
    nearest = last[np.abs(y - parts.test.x[:, 1:]).argmin(axis=1), np.abs(x - parts.test.x[:, :1]).argmin(axis=1)]
    agree = ((nearest > 127) == parts.test.y).mean()
    assert agree == pytest.approx(figures[-1, 1], abs=0.03)


def test_the_last_epoch_of_a_run_that_stops_early_is_seen_too(engine: Engine) -> None:
    stopping = EarlyStopping(watch="test", patience=5)
    session = engine.start(arm_of(epochs=4000, early_stopping=stopping), 5)
    figures, taken = run(session)
    assert 0 < len(figures) < 4000
    assert taken.epoch[-1] == len(figures)


def test_a_curve_is_drawn_of_one_feature(engine: Engine) -> None:
    _, taken = run(engine.start(arm_of(dataset=Sine()), 6, frames=True))
    assert taken.frames["boundary"].dtype == np.float32
    assert np.abs(taken.frames["boundary"][-1]).max() < 5


def test_fresh_rows_tell_the_true_score(engine: Engine) -> None:
    arm = arm_of()
    session = engine.start(arm, 7)
    run(session)
    figures, rows = session.evaluate_sets()
    assert figures["fresh"]["accuracy"] == pytest.approx(rows["fresh"].mean())
    assert figures["test"]["accuracy"] == pytest.approx(rows["test"].mean())
    assert len(rows["fresh"]) == 20_000
    assert len(rows["test"]) == 70
    fresh = arm.dataset.draw(5000, 12345)
    assert fresh is not None
    another = compute_metrics("binary", fresh.y, session._program.predict(fresh.x))
    assert another["accuracy"] == pytest.approx(figures["fresh"]["accuracy"], abs=0.02)
    session = engine.start(arm_of(dataset=Sine()), 7)
    run(session)
    figures, rows = session.evaluate_sets()
    assert set(figures["fresh"]) == {"r2", "rmse"}
    assert rows["test"].mean() == pytest.approx((figures["test"]["rmse"] or 0) ** 2, rel=1e-3)
    assert "fresh" not in rows


def floats(text: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)


def test_the_tutorials_norms_and_frames_through_the_service(client: httpx.Client) -> None:
    body = TUTORIAL.experiment.model_dump(mode="json")
    body["seeds"] = [1, 2]
    id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    events = client.get(f"/api/experiments/{id}/events", timeout=PATIENCE).text
    assert events.count("event: snapshots\n") >= len(body["arms"]) * 2

    norms = client.get(f"/api/experiments/{id}/norms").raise_for_status().json()
    kernels = {arm["name"]: arm["weights"][0] for arm in norms["arms"]}
    unit, free = kernels["unit norm"], kernels["baseline"]
    assert unit["limits"] == [1, 1]
    assert unit["epoch"][0] == 0
    assert unit["epoch"][-1] == 4000
    assert unit["min"][-1] == pytest.approx(1, abs=1e-5)
    assert unit["max"][-1] == pytest.approx(1, abs=1e-5)
    assert unit["binding"][-1] == 1
    assert free["binding"] is None
    assert free["mean"][-1] == pytest.approx(0.37, abs=0.03)
    assert free["max"][-1] == pytest.approx(2.05, abs=0.15)
    assert 0 < kernels["max norm 1"]["binding"][-1] < 0.3

    frames = client.get(f"/api/experiments/{id}/frames", params={"arm": "unit norm"}).raise_for_status().json()
    epochs = len(frames["epoch"])
    assert frames["seed"] == 1
    geometry = frames["geometry"]
    assert geometry["kind"] == "plane"
    units = floats(geometry["values"], epochs, 500, 2)
    assert np.linalg.norm(units[-1], axis=1) == pytest.approx(1, abs=1e-3)
    assert floats(frames["norms"][0]["values"], epochs, 500)[-1] == pytest.approx(1, abs=1e-3)
    boundary = np.frombuffer(base64.b64decode(frames["boundary"]["values"]), np.uint8)
    assert boundary.reshape(epochs, SIDE, SIDE)[-1].std() > 50
    assert len(frames["points"]["x"]) == 100
    assert client.get(f"/api/experiments/{id}/frames", params={"arm": "nobody"}).status_code == 404
    assert client.get("/api/experiments/nothing/norms").status_code == 404

    view = client.get(f"/api/experiments/{id}").json()
    fresh = {run["arm"]: run["metrics"]["fresh"]["accuracy"] for run in view["runs"] if run["seed"] == 1}
    assert fresh["unit norm"] > fresh["baseline"]
