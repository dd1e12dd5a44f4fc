"""`/api/experiments/{id}/retry`: runs that failed or were cancelled, trained again."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from app.api.deps import StateDep, stored_experiment
from app.api.reopening import IdempotencyKey, refuse_open, reopened, repeated
from app.api.views import ExperimentView
from app.failure import Failure
from core.experiment.experiment import resolve

RETRY: Final = "retry"
"""Stands for the body, which this request has none of, beside its idempotency key."""

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.post("/{experiment}/retry", summary="Train failed runs again")
def retry(experiment: str, state: StateDep, idempotency_key: IdempotencyKey = None) -> ExperimentView:
    """Trains the runs again, from their first epoch, that failed or were cancelled; those that have finished stay.

    It is the same plan, so it is no further look. The view counts the `retries`. With an `Idempotency-Key`, repeating
    the request does nothing.
    """
    stored = stored_experiment(state, experiment)
    if (view := repeated(state, experiment, idempotency_key, RETRY)) is not None:
        return view
    refuse_open(stored, "Runs can be trained again")
    if all(run.status == "finished" for run in stored.runs):
        raise Failure(409, "Every run has finished: there is none to train again; to go on, add seeds")

    def begin_anew() -> bool:
        return state.store.retry(stored, idempotency_key, RETRY)

    return reopened(state, stored, resolve(stored.experiment), begin_anew, idempotency_key, RETRY)
