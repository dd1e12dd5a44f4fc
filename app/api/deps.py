"""Dependencies of the routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import redis
from celery import Celery
from fastapi import Depends, Request

from app.api.stream import Encoder
from app.errors import NOT_FOUND, Failure
from app.estimate import SLOTS
from app.live import Live
from app.store import Store, StoredExperiment
from core.ledger import Ledger


@dataclass(frozen=True)
class AppState:
    """Resources opened when the process starts and closed when it ends."""

    store: Store
    ledger: Ledger
    live: Live
    celery: Celery
    encoder: Encoder

    def slots(self) -> int:
        """Number of runs that can be trained at once now; `SLOTS` without Redis or workers."""
        try:
            return len(self.ledger.slots()) or SLOTS
        except redis.RedisError:
            return SLOTS


def state(request: Request) -> AppState:
    """What the process opened when it started."""
    found: AppState = request.app.state.lab
    return found


StateDep = Annotated[AppState, Depends(state)]


def stored_experiment(state: AppState, experiment: str) -> StoredExperiment:
    """The experiment with all events so far applied. Raises `Failure` 404 if there is none."""
    state.live.catch_up()
    stored = state.store.get(experiment)
    if stored is None:
        raise Failure(404, NOT_FOUND)
    return stored
