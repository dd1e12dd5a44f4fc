"""Dependencies of the routes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

import redis
from celery import Celery
from fastapi import Depends, Request

from app.api.stream import Encoder
from app.errors import Failure
from app.estimate import SLOTS
from app.live import Live
from app.store import Store, StoredExperiment
from core.ledger import Ledger

NOT_FOUND: Final = "There is no experiment with this id; it may have been removed"


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
    """The process's service."""
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


def file_name(stored: StoredExperiment) -> str:
    """File name made from the experiment's name, without extension."""
    return re.sub(r"[^a-z0-9]+", "_", stored.experiment.name.lower()).strip("_") or "experiment"
