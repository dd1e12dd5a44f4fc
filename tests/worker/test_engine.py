"""The engine's promises: the tutorial's figures, and numbers that depend on a run's arm, draw and seed alone."""

from __future__ import annotations

from typing import Any, cast

import keras
import numpy as np
import pytest

from app.presets import TUTORIAL
from core.catalog.constraints import MaxNorm, MinMaxNorm, NonNeg, Orthonormal, SpectralNorm, UnitNorm
from core.catalog.datasets import Blobs, Diabetes, Moons
from core.catalog.datasets.base import Rows
from core.catalog.layers import Dense, Dropout, Output
from core.catalog.regularizers import L1, L2
from core.catalog.training import SGD, Adam, EarlyStopping
from core.experiment.experiment import Experiment, Replicate, resolve
from core.experiment.resolution import ResolvedArm
from core.limits import MAX_SEED
from core.runs.events import METRICS, Event, RunState
from core.runs.seeding import batch_order, layer_seed, training_seed
from core.runs.snapshots import Snapshots
from tests.worker.bench import ID, FakeHeartbeat, FakeLedger
from tests.worker.small_runs import SMALL, arm_of, assert_same, trained, variables_of
from worker import engine as engine_module
from worker.engine import Engine, Session, StaleSession
from worker.training_task import Trainer


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows by one with every call of a model's `train_step`, which only tracing makes."""
    calls: list[Any] = []
    train_step = keras.Model.train_step

    def counted(model: Any, data: Any) -> Any:
        calls.append(model)
        return train_step(model, data)

    monkeypatch.setattr(keras.Model, "train_step", counted)
    return calls


# The tutorial


def test_tutorial_ends_at_its_figures() -> None:
    engine = Engine()
    expected = {
        "baseline": (30, 64),
        "unit norm": (30, 66),
        "min-max norm 1 to 1": (30, 66),
        "max norm 1": (30, 64),
    }
    for arm in resolve(TUTORIAL.experiment):
        session = engine.start(arm, seed=1)
        curves = trained(session)

        figures = session.figures()
        assert curves.shape == (4000, len(METRICS))
        assert (round(figures["train_score"] * 30), round(figures["test_score"] * 70)) == expected[arm.name]
        assert figures["test_loss"] == pytest.approx(curves[-1, 3], abs=1e-4)
        kernel = session.weights()[0]
        assert (kernel["layer"], kernel["weight"], kernel["axis"]) == ("hidden", "kernel", [0])
        norm: Any = kernel["norm"]
        assert norm["min"] <= norm["mean"] <= norm["max"]
        if arm.name == "baseline":
            assert kernel["constraint"] is None
            assert kernel["held"] is None
            assert norm["max"] > 1.5
        else:
            assert kernel["held"] is True
            assert norm["max"] == pytest.approx(1, abs=1e-5)
            assert (norm["min"] == pytest.approx(1, abs=1e-5)) == (arm.name != "max norm 1")


# Runs


def test_first_chunk_is_one_epoch_and_later_ones_take_longer() -> None:
    session = Engine().start(arm_of(Dense(units=8), epochs=3000), seed=1)
    lengths = []
    while not session.done:
        lengths.append(len(session.step().figures))
    assert lengths[0] == 1
    assert max(lengths) > 100
    assert sum(lengths) == session.epochs_done == 3000
    with pytest.raises(ValueError, match="no epoch left"):
        session.step()


@pytest.mark.parametrize("rows", [1, 7, 30, 100_000])
def test_batch_order_of_any_epoch_can_be_redrawn(rows: int) -> None:
    epochs = 5 if rows == 100_000 else 3000
    whole = batch_order(3, 0, epochs, rows)
    assert (np.sort(whole, axis=1) == np.arange(rows)).all()
    for first, count in [(0, 1), (epochs - 1, 1), (epochs // 3, epochs // 2)]:
        np.testing.assert_array_equal(batch_order(3, first, count, rows), whole[first : first + count])
    if rows > 1:
        assert len({row.tobytes() for row in whole}) > min(epochs - 1, 2000), "each epoch has an order of its own"
        assert (whole != batch_order(4, 0, epochs, rows)).any()


def test_the_streams_of_a_seed_stay_what_they_are() -> None:
    """A change to them would give stored experiments other results."""
    assert batch_order(7, 0, 3, 6).tolist() == [[2, 1, 5, 4, 3, 0], [1, 2, 4, 3, 5, 0], [4, 0, 2, 3, 5, 1]]
    assert batch_order(8, 2, 1, 6).tolist() == [[0, 5, 2, 4, 3, 1]]
    seeds = [layer_seed(7, 0), layer_seed(7, 1), layer_seed(7, 1, 2), layer_seed(8, 0)]
    assert seeds == [393969088, 1834709978, 2074486755, 179919171]
    assert [training_seed(1, 7), training_seed(2, 7), training_seed(1, 8)] == [1829224312, 1867041740, 1875582653]


def test_arms_of_a_seed_share_initial_weights() -> None:
    engine = Engine()
    one = variables_of(engine.start(arm_of(Dense(units=8)), seed=1))
    other = variables_of(engine.start(arm_of(Dense(units=8, kernel_constraint=UnitNorm())), seed=1))
    later = variables_of(engine.start(arm_of(Dense(units=8)), seed=2))
    drawn = keras.initializers.GlorotUniform(seed=layer_seed(1, 0))((2, 8))
    assert one["variable_0"].tobytes() == other["variable_0"].tobytes() == np.asarray(drawn).tobytes()
    assert one["variable_2"].tobytes() == other["variable_2"].tobytes()
    assert (one["variable_0"] != later["variable_0"]).all()
    twins = variables_of(engine.start(arm_of(Dense(units=2), Dense(units=2)), seed=1))
    assert (twins["variable_0"] != twins["variable_2"]).all(), "each layer has a stream of its own"


def test_each_draw_and_seed_has_a_training_seed_of_its_own_and_without_a_draw_it_is_the_seed() -> None:
    seeds = [0, 1, 2, MAX_SEED]
    assert [training_seed(None, seed) for seed in seeds] == seeds
    derived = [training_seed(draw, seed) for draw in [*range(1, 257), MAX_SEED] for seed in seeds]
    assert len({*derived, *seeds}) == len(derived) + len(seeds)
    assert all(0 <= each <= MAX_SEED for each in derived)


class WatchedEngine(Engine):
    """Keeps the initial variables of every session, by arm and replicate."""

    def __init__(self) -> None:
        super().__init__()
        self.initial: dict[tuple[str, Replicate], dict[str, np.ndarray]] = {}

    def start(self, arm: ResolvedArm, seed: int, checkpoint: bytes | None = None, *, frames: bool = False) -> Session:
        session = super().start(arm, seed, checkpoint, frames=frames)
        self.initial[arm.name, Replicate(arm.draw, seed)] = variables_of(session)
        return session


@pytest.mark.parametrize("split", [{"draws": 2}, {"folds": 2}, {"resample": True}])
def test_a_worker_trains_each_draw_from_weights_and_in_an_order_of_its_own_which_arms_share(
    split: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = Experiment.model_validate(
        {
            "dataset": {"kind": "moons"},
            "split": {"train": 30, **split},
            "network": {
                "layers": [{"kind": "dense", "name": "hidden", "units": 8}, {"kind": "dropout", "rate": 0.3}],
            },
            "training": {"epochs": 1},
            "seeds": [4, 9],
            "arms": [
                {"name": "free"},
                {"name": "limited", "changes": {"layers": {"hidden": {"kernel_constraint": {"kind": "unit_norm"}}}}},
            ],
        }
    )
    orders: list[bytes] = []

    def watched(*arguments: Any) -> np.ndarray:
        order = batch_order(*arguments)
        orders.append(order.tobytes())
        return order

    monkeypatch.setattr(engine_module, "batch_order", watched)
    replicates = experiment.replicates()
    ledger = FakeLedger(experiment, tuple(range(2 * len(replicates))))
    engine = WatchedEngine()
    trainer = Trainer(cast(Any, ledger), engine, cast(Any, FakeHeartbeat()))
    while trainer.turn(ID):
        pass

    assert [status for _, status, _ in ledger.finished] == ["finished"] * 2 * len(replicates)
    assert list(engine.initial) == [(name, each) for name in ("free", "limited") for each in replicates]
    free, limited = ([engine.initial[name, each] for each in replicates] for name in ("free", "limited"))
    kernels = [each["variable_0"] for each in free]
    assert kernels[0].shape == (2, 8)
    assert len({each.tobytes() for each in kernels}) == len(replicates), "initial weights"
    assert len(set(orders[: len(replicates)])) == len(replicates), "batch order"
    for ours, theirs in zip(free, limited, strict=True):
        assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours.keys() - {"about"})
    assert orders[: len(replicates)] == orders[len(replicates) :]


def test_numbers_depend_on_arm_and_seed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [SMALL, arm_of(Dense(units=8, kernel_constraint=MaxNorm(max_value=0.1)), Dropout(rate=0.3))]
    engine = Engine()
    first = engine.start(SMALL, seed=1)
    curves, variables = trained(first), variables_of(first)

    for arm in others:
        trained(engine.start(arm, seed=2))
    again = engine.start(SMALL, seed=1)
    assert trained(again).tobytes() == curves.tobytes()
    assert_same(again, variables)

    monkeypatch.setattr(engine_module, "CHUNK_SECONDS", 1e-9)
    elsewhere = Engine()
    keras.utils.set_random_seed(99)
    trained(elsewhere.start(others[1], seed=3))
    alone = elsewhere.start(SMALL, seed=1)
    assert trained(alone).tobytes() == curves.tobytes()
    assert_same(alone, variables)


def test_a_run_that_diverges_goes_on() -> None:
    layers = [Dense(name=f"layer{i}", units=8, activation="linear") for i in range(4)]
    arm = arm_of(*layers, dataset=Blobs(), optimizer=SGD(learning_rate=10.0, momentum=0.99), batch_size=30)
    session = Engine().start(arm, seed=1)
    curves = trained(session)
    assert len(curves) == 60
    assert np.isfinite(curves[0, 2]), "the first batch comes before the first update"
    assert np.isnan(curves[-1, 2:]).all()
    assert np.isnan(session.figures()["train_loss"])
    assert session.weights()[0]["norm"] == {"min": None, "mean": None, "max": None}


def diverging(constraint: Any = None, early_stopping: EarlyStopping | None = None) -> ResolvedArm:
    """A regression whose loss grows in its first epoch and is not a number from its second on."""
    layer = Dense(units=8, activation="linear", kernel_constraint=constraint)
    arm = arm_of(layer, dataset=Diabetes(), optimizer=SGD(learning_rate=0.1))
    return arm.model_copy(update={"training": arm.training.model_copy(update={"early_stopping": early_stopping})})


def diverged_at(curves: np.ndarray) -> int | None:
    """First diverged epoch in the log of a run with these curves."""
    event = Event("1-0", "x", "epochs", 0, {}, 1, curves.tobytes())
    return RunState().after(event).diverged_at


@pytest.mark.parametrize("constraint", [None, NonNeg(), SpectralNorm(), Orthonormal()], ids=str)
def test_nothing_is_said_of_the_weights_of_a_run_that_diverged(constraint: Any) -> None:
    session = Engine().start(diverging(constraint), seed=1, frames=True)
    seen = []
    while not session.done:
        seen.append(session.step().snapshots)
    (kernel, *_) = session.weights()
    assert (kernel["norm"]["max"], kernel["held"], kernel["reached"]) == (None, None, None)
    taken = Snapshots.joined([each for each in seen if each is not None])
    assert np.isnan(taken.summary[-1, 0]).all()
    assert all(np.isfinite(frame).all() for frame in taken.frames.values())
    evaluation = session.evaluate_sets()
    metrics, outcomes = evaluation.metrics, evaluation.outcomes
    assert metrics["test"] == {"r2": None, "mae": None, "rmse": None}
    assert np.isnan(outcomes["test"]).all()


def test_a_rate_below_1_promises_nothing() -> None:
    """The run's report says neither that the constraint held nor that it didn't."""
    for rate, held in ((1.0, True), (0.3, None)):
        constraint = MinMaxNorm(min_value=3.0, max_value=4.0, rate=rate)
        session = Engine().start(arm_of(Dense(units=4, kernel_constraint=constraint)), 1)
        trained(session)
        kernel, bias, *_ = session.weights()
        assert (kernel["held"], kernel["reached"]) == (held, held)
        assert kernel["norm"]["min"] is not None
        assert (bias["held"], bias["reached"]) == (None, None)


def test_a_run_that_is_resumed_diverges_at_the_same_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "CHUNK_SECONDS", 1e-9)
    engine, arm = Engine(), diverging()
    curves = trained(engine.start(arm, seed=1))
    epoch = diverged_at(curves)
    assert epoch == 2
    assert np.isfinite(curves[:, METRICS.index("train_loss")]).tolist() == [True] + 59 * [False]
    for cut in (epoch - 1, epoch, epoch + 1):
        session = engine.start(arm, seed=1)
        before = trained(session, until=cut)
        resumed = engine.start(arm, seed=1, checkpoint=session.checkpoint())
        joined = np.concatenate([before, trained(resumed)])
        assert joined.tobytes() == curves.tobytes()
        assert diverged_at(joined) == epoch
        assert resumed.weights()[0]["norm"]["max"] is None


@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping_ends_a_run_that_diverges_and_can_save_its_weights(restore: bool) -> None:
    stopping = EarlyStopping(watch="train", patience=3, restore_best_weights=restore)
    session = Engine().start(diverging(early_stopping=stopping), seed=1)
    curves = trained(session)
    assert diverged_at(curves) == 2
    assert (session.best_epoch, len(curves)) == (1, 4)
    assert (session.weights()[0]["norm"]["max"] is not None) == restore


def test_losses_and_scores_are_those_of_numpy_with_the_penalty_and_over_many_rows() -> None:
    hidden = Dense(units=8, kernel_regularizer=L2(l2=0.3), bias_regularizer=L1(l1=2.0))
    arm = arm_of(hidden, dataset=Moons(n_samples=2500), epochs=3)  # 1024 + 1024 + 422 test rows
    session = Engine().start(arm, seed=1)
    curves, variables = trained(session), variables_of(session)
    kernel, bias, last, last_bias = (variables[f"variable_{index}"].astype(float) for index in range(4))
    penalty = 0.3 * np.square(kernel).sum() + 2 * np.abs(bias).sum()
    assert penalty > 0.3
    rows = arm.dataset.load()
    expected = {}
    for name, part in (("train", slice(30)), ("test", slice(30, 2500))):
        logits = (np.maximum(rows.x[part] @ kernel + bias, 0) @ last + last_bias)[:, 0]
        expected[f"{name}_score"] = ((logits > 0) == rows.y[part]).mean()
        expected[f"{name}_loss"] = np.logaddexp(0, np.where(rows.y[part], -logits, logits)).mean() + penalty
    assert session.figures() == pytest.approx(expected, abs=1e-5)
    assert curves[-1, [1, 3]] == pytest.approx([expected["test_score"], expected["test_loss"]], abs=1e-5)


def test_r2_follows_from_the_loss_in_every_epoch_where_targets_lie_far_from_0(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Diabetes().load()
    y = (2000 + (rows.y - rows.y.mean()) / rows.y.std()).astype(np.float32)
    monkeypatch.setattr(Diabetes, "load", lambda self: Rows(rows.x, y))
    session = Engine().start(arm_of(Dense(units=8), dataset=Diabetes(), optimizer=Adam(learning_rate=1.0)), seed=1)
    curves = trained(session)
    for score, loss, part in ((0, 2, y[:30]), (1, 3, y[30:])):
        expected = 1 - curves[:, loss].astype(float) / part.astype(float).var()
        np.testing.assert_allclose(curves[:, score], expected, rtol=1e-4, atol=1e-4)
    figures = session.figures()
    assert curves[-1, 1] == pytest.approx(figures["test_score"], rel=1e-4, abs=1e-4)
    assert session.evaluate_sets().metrics["test"]["r2"] == pytest.approx(figures["test_score"], rel=1e-5)


# Programs


def test_one_program_serves_seeds_data_and_tunable_numbers(traces: list[Any]) -> None:
    def arm(limit: float, rate: float, noise: float) -> ResolvedArm:
        return arm_of(
            Dense(units=8, kernel_constraint=MaxNorm(max_value=limit)),
            dataset=Moons(noise=noise, random_state=int(noise * 10)),
            optimizer=Adam(learning_rate=rate),
            batch_size=30,
            output=Output(bias_constraint=MinMaxNorm(min_value=limit / 10, max_value=limit, rate=limit)),
        )

    first, second = arm(0.9, 0.02, 0.2), arm(0.4, 0.5, 0.3)
    engine = Engine()
    assert engine.compiled([first.program()]) == []
    trained(engine.start(first, seed=1))
    assert engine.compiled([second.program()])
    session = engine.start(second, seed=2)
    curves, variables = trained(session), variables_of(session)
    assert session.weights()[0]["norm"]["max"] == pytest.approx(0.4, abs=1e-5)
    assert len(traces) == 1

    alone = Engine().start(second, seed=2)
    assert trained(alone).tobytes() == curves.tobytes()
    assert_same(alone, variables)
    assert len(traces) == 2


def test_layers_can_do_without_xla(monkeypatch: pytest.MonkeyPatch) -> None:
    arm = arm_of(Dense(units=8, kernel_constraint=UnitNorm()), batch_size=7)
    compiled = trained(Engine().start(arm, seed=1))
    monkeypatch.setattr(Dense, "xla", False)
    session = Engine().start(arm, seed=1)
    np.testing.assert_allclose(trained(session), compiled, rtol=0, atol=1e-4)
    assert not session._program.xla


def test_least_recently_used_program_is_dropped() -> None:
    arms = [arm_of(Dense(units=units)) for units in (1, 2, 3)]
    engine = Engine(programs=2)
    for arm in (arms[0], arms[1], arms[0], arms[2]):
        engine.start(arm, seed=1)
    assert [bool(engine.compiled([arm.program()])) for arm in arms] == [True, False, True]


def test_a_session_ends_when_another_takes_its_program() -> None:
    engine = Engine()
    old = engine.start(SMALL, seed=1)
    old.step()
    new = engine.start(SMALL, seed=2)
    for use in (old.step, old.figures, old.weights, old.checkpoint):
        with pytest.raises(StaleSession):
            use()
    assert new.step().first_epoch == 1
