"""`/api/experiments/{id}/seeds`: more seeds for an experiment that has ended."""

from __future__ import annotations

from typing import Annotated

import redis
from fastapi import APIRouter, Header
from kombu.exceptions import OperationalError
from pydantic import Field

from app.api.deps import StateDep, refuse_when_full, stored_experiment
from app.api.views import ExperimentView, experiment_view
from app.errors import Failure
from app.estimate import admit
from app.stored import StoredExperiment
from core.catalog.entry import Entry
from core.experiment.experiment import CLOSED, Seed, resolve
from core.experiment.resolution import ResolvedArm
from core.limits import MAX_RUNS, MAX_SEED
from core.problems import Invalid, Problem
from core.settings import settings

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


class MoreSeeds(Entry):
    """Seeds to add to an experiment: either which, or how many."""

    seeds: list[Seed] | None = Field(None, min_length=1, max_length=MAX_RUNS, description="Seeds to add.")
    more: int | None = Field(
        None, ge=1, le=MAX_RUNS, description="Number of seeds to add: those that follow the largest so far."
    )


@router.post("/{experiment}/seeds", summary="Add seeds to an experiment")
def add_seeds(
    experiment: str,
    body: MoreSeeds,
    state: StateDep,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> ExperimentView:
    """Goes on with an experiment that has ended: every arm is trained with further seeds, on every draw of its rows.

    Runs that have ended stay as they are. The view counts the `looks`. With an `Idempotency-Key`, repeating a request
    with an equal body adds nothing.
    """
    stored = stored_experiment(state, experiment)
    posted = body.model_dump_json()
    if _is_repeat(state.store.extension(idempotency_key) if idempotency_key else None, experiment, posted):
        return experiment_view(stored)
    if stored.status not in CLOSED:
        raise Failure(409, "Seeds can be added once every run has ended; wait, or cancel the experiment")
    seeds = _seeds_to_add(stored, body)
    arms = _admitted(stored, seeds, body)
    refuse_when_full(state)
    if not state.store.extend(stored, seeds, idempotency_key, posted):
        first = state.store.extension(idempotency_key) if idempotency_key else None
        if _is_repeat(first, experiment, posted):
            return experiment_view(stored_experiment(state, experiment))
        raise Failure(409, "This experiment was changed by another request; read it again")
    extended = stored_experiment(state, experiment)
    try:
        state.dispatcher.submit(extended, arms)
    except (redis.RedisError, OperationalError):
        pass  # it is stored; `Dispatcher.reconcile` submits it when Redis is back and has room
    return experiment_view(extended, arms)


def _is_repeat(first: tuple[str, str] | None, experiment: str, posted: str) -> bool:
    """Whether the request was done before, under the same idempotency key."""
    if first is not None and first != (experiment, posted):
        raise Failure(422, "This Idempotency-Key was used for another request; use a new one")
    return first is not None


def _seeds_to_add(stored: StoredExperiment, body: MoreSeeds) -> list[int]:
    known = stored.experiment.seeds
    if body.more is not None:
        if body.seeds is not None:
            raise Invalid([Problem(("more",), "Give either seeds or more, not both")])
        first = max(known) + 1
        if first + body.more - 1 > MAX_SEED:
            message = (
                f"The largest seed is {max(known)}, so that {body.more} more don't fit below {MAX_SEED}: give seeds"
            )
            raise Invalid([Problem(("more",), message)])
        return list(range(first, first + body.more))
    if body.seeds is None:
        raise Invalid([Problem(("seeds",), "Give the seeds to add, or their number as `more`")])
    problems = []
    for index, seed in enumerate(body.seeds):
        if seed in known:
            problems.append(Problem(("seeds", index), f"Seed {seed} is in the experiment already; choose another"))
        elif seed in body.seeds[:index]:
            problems.append(Problem(("seeds", index), f"Seed {seed} is listed twice; remove one"))
    if problems:
        raise Invalid(problems)
    return body.seeds


def _admitted(stored: StoredExperiment, seeds: list[int], body: MoreSeeds) -> list[ResolvedArm]:
    """The arms, where the experiment with these seeds too may be trained. Raises `Invalid` otherwise."""
    longer = stored.experiment.model_copy(update={"seeds": [*stored.experiment.seeds, *seeds]})
    try:
        arms = resolve(longer)
        admit(longer, arms, settings())
    except Invalid as invalid:
        # The experiment was valid without them.
        place = "seeds" if body.more is None else "more"
        raise Invalid([Problem((place,), problem.message) for problem in invalid.problems]) from None
    return arms
