"""Steps that seeds, draws and retries share: an experiment that has ended is opened again, once for a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import redis
from fastapi import Header
from kombu.exceptions import OperationalError

from app.api.deps import AppState, refuse_when_full, stored_experiment
from app.api.views import ExperimentView, experiment_view
from app.estimate import admit
from app.failure import Failure
from app.stored import StoredExperiment
from core.experiment.experiment import CLOSED, Experiment, resolve
from core.experiment.resolution import ResolvedArm
from core.problems import Invalid, Problem
from core.settings import settings

IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]


def repeated(state: AppState, experiment: str, key: str | None, posted: str) -> ExperimentView | None:
    """The view where the request was done before, under the same idempotency key."""
    first = state.store.extension(key)
    if first is None:
        return None
    if first != (experiment, posted):
        raise Failure(422, "This Idempotency-Key was used for another request; use a new one")
    return experiment_view(stored_experiment(state, experiment))


def refuse_open(stored: StoredExperiment, what: str) -> None:
    """Refuses a change that an experiment takes once it has ended. `what` can be done then, as the sentence begins."""
    if stored.status not in CLOSED:
        raise Failure(409, f"{what} once every run has ended; wait, or cancel the experiment")


def admitted(longer: Experiment, place: str) -> list[ResolvedArm]:
    """The arms of an experiment with more runs than before, where it may be trained.

    Raises:
        Invalid: with the problems at `place` of the request; the experiment was valid without these runs.
    """
    try:
        arms = resolve(longer)
        admit(longer, arms, settings())
    except Invalid as invalid:
        raise Invalid([Problem((place,), problem.message) for problem in invalid.problems]) from None
    return arms


def reopened(
    state: AppState,
    stored: StoredExperiment,
    arms: Sequence[ResolvedArm],
    change: Callable[[], bool],
    key: str | None,
    posted: str,
) -> ExperimentView:
    """The view of the experiment after `change`, by which the store has opened it again; its runs are queued.

    Raises:
        Failure: 409 where another request was faster.
    """
    refuse_when_full(state)
    if not change():
        if (view := repeated(state, stored.id, key, posted)) is not None:
            return view
        raise Failure(409, "This experiment was changed by another request; read it again")
    again = stored_experiment(state, stored.id)
    try:
        state.dispatcher.submit(again, arms)
    except (redis.RedisError, OperationalError):
        pass  # it is stored; `Dispatcher.reconcile` submits it when Redis is back and has room
    return experiment_view(again, list(arms))
