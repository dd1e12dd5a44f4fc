"""What the routes are given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

import redis
from fastapi import Depends, Request

from app.api.stream import Encoder
from app.dispatch import Dispatcher
from app.errors import Failure
from app.estimate import SLOTS
from app.recorder import Recorder
from app.store import Store, StoredExperiment
from app.stream_reader import StreamReader
from core.ledger import Ledger

NOT_FOUND: Final = "There is no experiment with this id; it may have been removed"


@dataclass(frozen=True)
class Service:
    """Everything that is opened when the process starts and closed when it ends."""

    store: Store
    ledger: Ledger
    reader: StreamReader
    recorder: Recorder
    dispatcher: Dispatcher
    encoder: Encoder

    def slots(self) -> int:
        """How many runs can be trained at once now; while nobody can say, as many as usual."""
        try:
            return len(self.ledger.slots()) or SLOTS
        except redis.RedisError:
            return SLOTS


def service(request: Request) -> Service:
    """The process's service."""
    found: Service = request.app.state.service
    return found


ServiceDep = Annotated[Service, Depends(service)]


def stored_experiment(service: Service, experiment: str) -> StoredExperiment:
    """The experiment as all events so far have left it. Raises `Failure` 404 where there is none."""
    service.recorder.catch_up()
    stored = service.store.get(experiment)
    if stored is None:
        raise Failure(404, NOT_FOUND)
    return stored


def file_name(stored: StoredExperiment) -> str:
    """The experiment's name as that of a file, without its ending."""
    return re.sub(r"[^a-z0-9]+", "_", stored.experiment.name.lower()).strip("_") or "experiment"
