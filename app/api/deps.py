"""Dependencies of the routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import redis
from fastapi import Depends, Request

from app.access import READ_ONLY_POSTS, SAFE_METHODS
from app.api.stream import Encoder
from app.attachment import Attachment
from app.dispatch import Dispatcher
from app.estimate import SLOTS, size
from app.failure import NOT_FOUND, Failure
from app.ownership import Ownership
from app.predictor import Predictor
from app.recorder import Recorder
from app.store import Store
from app.stored import StoredExperiment
from app.stream_reader import StreamReader
from app.suite_store import SuiteStore
from core.experiment.experiment import CLOSED, resolve
from core.ledger import Ledger
from core.postponements import Postponements

FULL: Final = 0.9
"""Share of Redis' memory above which no new runs are taken."""


@dataclass(frozen=True)
class AppState:
    """Resources opened when the process starts and closed when it ends."""

    store: Store
    suites: SuiteStore
    ledger: Ledger
    """For what is read. It answers within a second, or says that Redis is away."""
    ownership: Ownership
    attachment: Attachment
    reader: StreamReader
    recorder: Recorder
    dispatcher: Dispatcher
    predictor: Predictor
    encoder: Encoder

    def delays(self, experiment: str) -> list[str]:
        """Why workers postpone an experiment; empty without Redis."""
        try:
            return Postponements(self.ledger).reasons(experiment)
        except redis.RedisError:
            return []

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


async def changes_by_owner(request: Request) -> None:
    """Rejects what changes something, unless the store is this process's."""
    reads = request.method in SAFE_METHODS or request.url.path in READ_ONLY_POSTS
    if not reads:
        refuse_unless_owner(state(request))


def refuse_unless_owner(state: AppState) -> None:
    """Raises `Failure` 503 where the store is another process's."""
    if not state.ownership.held:
        detail = (
            f"This API only reads, since another one has the store: {state.ownership.holder()}. Ask that one; this one "
            "takes over when it has ended"
        )
        raise Failure(503, detail, {"Retry-After": "2"})


def stored_experiment(state: AppState, experiment: str) -> StoredExperiment:
    """The experiment with all events so far applied. Raises `Failure` 404 if there is none."""
    state.recorder.catch_up()
    stored = state.store.get(experiment)
    if stored is None:
        raise Failure(404, NOT_FOUND)
    return stored


def run_place(stored: StoredExperiment, arm: str, seed: int, draw: int | None) -> int:
    """Place of an arm's run with a seed, on a draw where there are draws (None: the first).

    Raises:
        Failure: 404 if there is none.
    """
    names, replicates = [each.name for each in stored.experiment.arms], stored.experiment.replicates()
    if arm not in names:
        raise Failure(404, f"There is no arm of this name; the arms are: {', '.join(names)}")
    fitting = [place for place, each in enumerate(replicates) if each.seed == seed and draw in (None, each.draw)]
    if not fitting:
        seeds = ", ".join(str(each) for each in stored.experiment.seeds[:20])
        count = stored.experiment.split.draws
        drawn = f", and the draws 1 to {count}" if count else "; leave the draw out" if draw is not None else ""
        raise Failure(404, f"There is no such run; the seeds are: {seeds}{drawn}")
    return names.index(arm) * len(replicates) + fitting[0]


def submitted_experiment(state: AppState, experiment: str) -> StoredExperiment:
    """The stored experiment; submits it to the ledger if it is open and not there, or there in an earlier opening."""
    stored = stored_experiment(state, experiment)
    if stored.status not in CLOSED and (state.ledger.opening(experiment) or 0) < stored.opening:
        state.dispatcher.submit(stored, resolve(stored.experiment))
    return stored


def refuse_when_full(state: AppState) -> None:
    """Rejects new runs while Redis' memory is nearly full, to leave room for running ones."""
    memory = state.ledger.memory()
    if memory.limit and memory.used > FULL * memory.limit:
        used = f"{size(memory.used)} of {size(memory.limit)}"
        detail = f"Redis is nearly full: {used} are used. Running experiments go on; try again when some have ended"
        raise Failure(503, detail, {"Retry-After": "30"})
