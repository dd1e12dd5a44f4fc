"""Dependencies of the routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import redis
from fastapi import Depends, Request

from app.api.stream import Encoder
from app.dispatch import Dispatcher
from app.errors import NOT_FOUND, Failure
from app.estimate import SLOTS, size
from app.recorder import Recorder
from app.store import Store
from app.stored import StoredExperiment
from app.stream_reader import StreamReader
from app.suite_store import SuiteStore
from core.experiment.experiment import CLOSED, resolve
from core.ledger import Ledger

FULL: Final = 0.9
"""Share of Redis' memory above which no new runs are taken."""


@dataclass(frozen=True)
class AppState:
    """Resources opened when the process starts and closed when it ends."""

    store: Store
    suites: SuiteStore
    ledger: Ledger
    reader: StreamReader
    recorder: Recorder
    dispatcher: Dispatcher
    encoder: Encoder

    def slots(self) -> int:
        """Number of runs that can be trained at once now; `SLOTS` without Redis or workers."""
        try:
            return len(self.ledger.slots()) or SLOTS
        except redis.RedisError:
            return SLOTS


def state(request: Request) -> AppState:
    """Resources that the process opened when it started."""
    found: AppState = request.app.state.lab
    return found


StateDep = Annotated[AppState, Depends(state)]


def stored_experiment(state: AppState, experiment: str) -> StoredExperiment:
    """The experiment with all events so far applied. Raises `Failure` 404 if there is none."""
    state.recorder.catch_up()
    stored = state.store.get(experiment)
    if stored is None:
        raise Failure(404, NOT_FOUND)
    return stored


def submitted_experiment(state: AppState, experiment: str) -> StoredExperiment:
    """The stored experiment; submits it to the ledger if it is open and missing there, or there at an earlier look."""
    stored = stored_experiment(state, experiment)
    if stored.status not in CLOSED and (state.ledger.look(experiment) or 0) < stored.looks:
        state.dispatcher.submit(stored, resolve(stored.experiment))
    return stored


def refuse_when_full(state: AppState) -> None:
    """Rejects new runs while Redis' memory is nearly full, to leave room for running ones."""
    memory = state.ledger.memory()
    if memory.limit and memory.used > FULL * memory.limit:
        used = f"{size(memory.used)} of {size(memory.limit)}"
        detail = f"Redis is nearly full: {used} are used. Running experiments go on; try again when some have ended"
        raise Failure(503, detail, {"Retry-After": "30"})
