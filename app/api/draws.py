"""`/api/experiments/{id}/draws`: more draws of the rows for an experiment that has ended."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from app.api.deps import StateDep, stored_experiment
from app.api.reopening import IdempotencyKey, admitted, refuse_open, reopened, repeated
from app.api.views import ExperimentView
from app.failure import Failure
from core.catalog.entry import Entry
from core.limits import MAX_RUNS

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


class MoreDraws(Entry):
    """Draws to add to an experiment."""

    more: int = Field(ge=1, le=MAX_RUNS, description="Number of draws to add: those that follow the last so far.")


@router.post("/{experiment}/draws", summary="Add draws to an experiment")
def add_draws(
    experiment: str, body: MoreDraws, state: StateDep, idempotency_key: IdempotencyKey = None
) -> ExperimentView:
    """Goes on with an experiment that has ended and has `split.draws`: every arm is trained on further draws.

    Each draw is trained with every seed. Runs that have ended stay as they are. The view counts the `looks`. With an
    `Idempotency-Key`, repeating a request with an equal body adds nothing.
    """
    stored = stored_experiment(state, experiment)
    posted = body.model_dump_json()
    if (view := repeated(state, experiment, idempotency_key, posted)) is not None:
        return view
    if stored.experiment.split.draws is None:
        raise Failure(409, "This experiment has no number of draws to add to; set split.draws in a new one")
    refuse_open(stored, "Draws can be added")
    arms = admitted(stored.longer([], body.more), "more")

    def extend() -> bool:
        return state.store.extend(stored, [], idempotency_key, posted, draws=body.more)

    return reopened(state, stored, arms, extend, idempotency_key, posted)
