"""Dependencies of the routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import redis
from fastapi import Depends, Request

from app.api.stream import Encoder
from app.dispatch import Dispatcher
from app.errors import NOT_FOUND, Failure
from app.estimate import SLOTS
from app.recorder import Recorder
from app.store import Store, StoredExperiment
from app.stream_reader import StreamReader
from core.ledger import Ledger


@dataclass(frozen=True)
class AppState:
    """Resources opened when the process starts and closed when it ends."""

    store: Store
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
