"""Small runs of the engine, and what they leave."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from core.catalog.constraints import MaxNorm
from core.catalog.datasets import Moons, Split
from core.catalog.layers import Dense, Dropout, Output
from core.catalog.training import Adam, Training
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import Network
from core.experiment.resolution import ResolvedArm
from worker.engine import Session


def arm_of(
    *layers: Any, dataset: Any = None, optimizer: Any = None, epochs: int = 60, batch_size: int = 8, output: Any = None
) -> ResolvedArm:
    """A small arm; 30 rows to train on."""
    (arm,) = resolve(
        Experiment(
            dataset=dataset or Moons(),
            split=Split(train=30),
            network=Network(layers=list(layers), output=output or Output()),
            training=Training(epochs=epochs, batch_size=batch_size, optimizer=optimizer or Adam()),
        )
    )
    return arm


SMALL = arm_of(Dense(units=8, kernel_constraint=MaxNorm(max_value=1.0)), Dropout(rate=0.3))


def trained(session: Session, until: int | None = None) -> np.ndarray:
    """Curves of the run's next epochs, to its end or up to a chunk that reaches `until`: (epochs, len(METRICS))."""
    chunks = []
    while not session.done and (until is None or session.epochs_done < until):
        chunk = session.step()
        assert chunk.first_epoch == session.epochs_done - len(chunk.figures) + 1
        chunks.append(chunk.figures)
    return np.concatenate(chunks)


def variables_of(session: Session) -> dict[str, np.ndarray]:
    """The run's variables."""
    with np.load(io.BytesIO(session.checkpoint()), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def assert_same(a: Session, before: dict[str, np.ndarray]) -> None:
    """Asserts that the run's variables are `before`, bit for bit."""
    now = variables_of(a)
    assert now.keys() == before.keys()
    for name, value in now.items():
        assert value.tobytes() == before[name].tobytes(), name
