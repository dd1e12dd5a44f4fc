"""Snapshots of real runs, in the engine and through the service: exact, and without effect on training."""

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
from core.catalog.training import Adam, EarlyStopping, Training
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import Network
from core.experiment.resolution import ResolvedArm
from core.runs.events import METRICS
from core.runs.snapshots import CURVE_POINTS, SIDE, SUMMARY, Snapshots, snapshot_epochs
from tests.service import PATIENCE
from worker import engine as engine_module
from worker.engine import Engine, Session
from worker.program import fresh_state


def arm_of(
    constraint: Any = None, epochs: int = 300, dataset: Any = None, split: Split | None = None, **training: Any
) -> ResolvedArm:
    (arm,) = resolve(
        Experiment(
            dataset=dataset or Moons(),
            split=split or Split(train=30),
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


def test_snapshots_have_their_epochs_however_chunks_are_cut(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_resumed_run_takes_the_remaining_snapshots(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_snapshots_have_the_norms_of_the_weights(engine: Engine) -> None:
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


def test_the_boundary_is_the_models_answer_at_every_point_of_the_grid(engine: Engine) -> None:
    arm = arm_of()
    session = engine.start(arm, 4, frames=True)
    _, taken = run(session)
    parts = arm.split.prepare(arm.dataset)
    rows = np.concatenate([parts.train.x, parts.test.x]).astype(np.float64)
    low, high = rows.min(axis=0), rows.max(axis=0)
    x, y = np.linspace(low - 0.08 * (high - low), high + 0.08 * (high - low), SIDE).T
    points = np.array([(across, up) for up in y for across in x], np.float32)
    answers = 255 * session._program.model.predict_on_batch(points)[:, 0]
    assert answers.min() < 20
    assert answers.max() > 235
    np.testing.assert_allclose(taken.frames["boundary"][-1].reshape(-1), answers, atol=0.51)


def best_and_last(losses: list[float], patience: int) -> tuple[int, int]:
    """Best epoch and the one that ends the run, from 1."""
    best = 0
    for epoch, loss in enumerate(losses):
        best = epoch if loss < losses[best] else best
        if epoch - best >= patience:
            break
    return best + 1, epoch + 1


def test_early_stopping_watches_its_set_and_the_last_epoch_is_seen(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Expected epochs are counted by hand along the curves of a run that doesn't stop."""
    settings: Any = {"epochs": 60, "split": Split(train=30, validation=30), "optimizer": Adam(learning_rate=0.05)}
    free = arm_of(**settings)
    validation = free.split.prepare(free.dataset).validation
    assert validation is not None
    curves: dict[tuple[str, str], list[float]] = {}
    with monkeypatch.context() as patched:
        patched.setattr(engine_module, "CHUNK_SECONDS", 1e-9)
        session = engine.start(free, 4)
        while not session.done:
            _, test_score, train_loss, test_loss = session.step().figures[0]
            right = (session._program.model.predict_on_batch(validation.x)[:, 0] > 0.5) == validation.y
            curves.setdefault(("train", "loss"), []).append(train_loss)
            curves.setdefault(("validation", "score"), []).append(-right.mean())
            curves.setdefault(("test", "loss"), []).append(test_loss)
            curves.setdefault(("test", "score"), []).append(-test_score)
    expected = {watched: best_and_last(losses, 4) for watched, losses in curves.items()}
    assert len(set(expected.values())) == 4, "each would end the run at another epoch"
    for watch, figure in (("validation", "score"), ("test", "loss")):
        stopping = EarlyStopping.model_validate({"watch": watch, "figure": figure, "patience": 4})
        session = engine.start(arm_of(**settings, early_stopping=stopping), 4)
        figures, taken = run(session)
        assert (session.best_epoch, len(figures)) == expected[watch, figure]
        assert taken.epoch[-1] == len(figures)


def test_a_curve_is_the_models_answer_over_the_one_feature(engine: Engine) -> None:
    arm = arm_of(dataset=Sine())
    session = engine.start(arm, 6, frames=True)
    _, taken = run(session)
    parts = arm.split.prepare(arm.dataset)
    rows = np.concatenate([parts.train.x, parts.test.x]).astype(np.float64)
    margin = 0.08 * np.ptp(rows)
    points = np.linspace(rows.min() - margin, rows.max() + margin, CURVE_POINTS)[:, None]
    answers = session._program.model.predict_on_batch(points.astype(np.float32))[:, 0]
    assert np.ptp(answers) > 0.5
    assert taken.frames["boundary"].dtype == np.float32
    np.testing.assert_allclose(taken.frames["boundary"][-1], answers, atol=1e-4)


def test_fresh_rows_are_drawn_anew_and_scaled_as_the_training_rows(engine: Engine) -> None:
    arm = arm_of(split=Split(train=30, standardize=True))
    session = engine.start(arm, 7)
    run(session)
    evaluation = session.evaluate_sets()
    figures, right = evaluation.metrics, evaluation.outcomes
    loaded, fresh = arm.dataset.load().x, arm.dataset.draw(20_000, fresh_state(arm.dataset))
    assert fresh is not None
    assert not np.isin(fresh.x[:, 0], loaded[:, 0]).any()
    mean, std = loaded[:30].mean(axis=0), loaded[:30].std(axis=0)
    expected = (session._program.model.predict_on_batch((fresh.x - mean) / std)[:, 0] > 0.5) == fresh.y
    assert 0.8 < expected.mean() < 0.99
    assert (right["fresh"] != expected).sum() <= 2, "but for outputs that rounding moves across 0.5"
    assert figures["fresh"]["accuracy"] == pytest.approx(right["fresh"].mean())
    assert figures["test"]["accuracy"] == pytest.approx(right["test"].mean())
    assert len(right["test"]) == 70


def test_rows_of_a_regression_have_squared_errors(engine: Engine) -> None:
    arm = arm_of(dataset=Sine())
    session = engine.start(arm, 7)
    run(session)
    evaluation = session.evaluate_sets()
    figures, rows = evaluation.metrics, evaluation.outcomes
    test = arm.split.prepare(arm.dataset).test
    errors = np.square(session._program.model.predict_on_batch(test.x) - test.y)[:, 0]
    np.testing.assert_allclose(rows["test"], errors, atol=1e-4)
    assert figures["test"]["rmse"] == pytest.approx(np.sqrt(errors.mean()), rel=1e-3)
    assert set(figures["fresh"]) == {"r2", "rmse"}
    fresh = arm.dataset.draw(20_000, fresh_state(arm.dataset))
    assert fresh is not None
    first = np.square(session._program.model.predict_on_batch(fresh.x[:2_000]) - fresh.y[:2_000])[:, 0]
    np.testing.assert_allclose(rows["fresh"], first, atol=1e-4)
    assert figures["fresh"]["rmse"] == pytest.approx(np.sqrt(first.mean()), rel=0.05)


def test_sealed_rows_keep_their_outcomes(engine: Engine) -> None:
    arm = arm_of(split=Split(train=30, holdout=20))
    session = engine.start(arm, 7)
    run(session)
    evaluation = session.evaluate_sets()
    figures, rows = evaluation.metrics, evaluation.outcomes
    assert len(rows["holdout"]) == 20
    assert figures["holdout"]["accuracy"] == pytest.approx(rows["holdout"].mean())


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
