"""Checkpoints: a run that is resumed ends bit for bit where it would have ended."""

from __future__ import annotations

import io
from typing import Any

import keras
import numpy as np
import pytest

from core.catalog.constraints import MaxNorm, NonNeg
from core.catalog.datasets import Split
from core.catalog.layers import Dense, Dropout
from core.catalog.training import SGD, Adam, RMSprop
from core.experiment.resolution import ResolvedArm
from tests.worker.small_runs import SMALL, arm_of, assert_same, trained, variables_of
from worker.engine import Engine
from worker.session_results import CheckpointError


@pytest.mark.usefixtures("short_chunks")
@pytest.mark.parametrize("optimizer", [Adam(), SGD(momentum=0.9), RMSprop()], ids=lambda optimizer: optimizer.kind)
def test_resumes_bit_for_bit(optimizer: Any) -> None:
    arm = arm_of(Dense(units=8, kernel_constraint=NonNeg()), Dropout(rate=0.3), optimizer=optimizer)
    engine = Engine()
    whole = engine.start(arm, seed=4)
    curves, variables = trained(whole), variables_of(whole)

    broken = engine.start(arm, seed=4)
    start = trained(broken, until=23)
    checkpoint = broken.checkpoint()
    trained(broken, until=40)  # lost: what is after the checkpoint
    trained(engine.start(arm, seed=5))

    for resumed in (engine.start(arm, seed=4, checkpoint=checkpoint), Engine().start(arm, 4, checkpoint)):
        assert resumed.epochs_done == 23
        assert np.concatenate([start, trained(resumed)]).tobytes() == curves.tobytes()
        assert_same(resumed, variables)


def test_refuses_a_checkpoint_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    session = engine.start(SMALL, seed=1)
    session.step()
    checkpoint = session.checkpoint()
    other = arm_of(Dense(units=8, kernel_constraint=MaxNorm(max_value=0.5)), Dropout(rate=0.3))
    objects = io.BytesIO()
    np.savez(objects, about=np.array([{"seed": 1}], dtype=object))

    def refused(message: str, data: bytes, arm: ResolvedArm = SMALL, seed: int = 1) -> None:
        with pytest.raises(CheckpointError, match=message):
            engine.start(arm, seed, data)

    refused("another seed: 1, here 2", checkpoint, seed=2)
    refused("another network", checkpoint, arm=other)
    refused("can't be read", checkpoint[:-30])
    refused("can't be read", b"")
    refused("can't be read", b"not a zip file")
    refused("can't be read", objects.getvalue())
    middle = bytearray(checkpoint)
    middle[middle.index(b'"network"')] ^= 0xFF
    refused("can't be read", bytes(middle))
    monkeypatch.setattr(keras, "__version__", "2.0")
    refused("another versions", checkpoint)
    monkeypatch.undo()
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    refused("another onednn", checkpoint)
    monkeypatch.undo()
    assert engine.start(SMALL, 1, checkpoint).epochs_done == 1


def test_a_checkpoint_of_a_draw_that_was_trained_with_the_seed_itself_is_refused() -> None:
    """So were draws trained before each had a training seed of its own: the run's other half would be another's."""
    arm, engine = SMALL.model_copy(update={"split": Split(train=30, draws=2)}).at(2), Engine()
    session = engine.start(arm, seed=1)
    checkpoint = session.checkpoint()
    assert engine.start(arm, 1, checkpoint).epochs_done == 0
    session = engine.start(arm, seed=1)
    session.seed = 1
    with pytest.raises(CheckpointError, match="another seed: 1, here"):
        engine.start(arm, 1, session.checkpoint())


def test_a_finished_run_can_be_given_more_epochs() -> None:
    short, long = (arm_of(Dense(units=8), epochs=epochs) for epochs in (20, 50))
    engine = Engine()
    session = engine.start(short, seed=1)
    trained(session)
    checkpoint = session.checkpoint()
    assert len(trained(engine.start(long, 1, checkpoint))) == 30
    longer = engine.start(long, 1)
    trained(longer)
    with pytest.raises(CheckpointError, match="50 epochs on"):
        engine.start(short, 1, longer.checkpoint())
