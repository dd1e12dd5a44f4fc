"""`/api/experiments/{id}/seeds`: more seeds for an experiment that has ended."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from app.api.deps import StateDep, stored_experiment
from app.api.reopening import IdempotencyKey, admitted, refuse_open, reopened, repeated
from app.api.views import ExperimentView
from app.stored import StoredExperiment
from core.catalog.entry import Entry
from core.experiment.experiment import Seed
from core.limits import MAX_RUNS, MAX_SEED
from core.problems import Invalid, Problem

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
    idempotency_key: IdempotencyKey = None,
) -> ExperimentView:
    """Goes on with an experiment that has ended: every arm is trained with further seeds, on every draw of its rows.

    Runs that have ended stay as they are. The view counts the `looks`. With an `Idempotency-Key`, repeating a request
    with an equal body adds nothing.
    """
    stored = stored_experiment(state, experiment)
    posted = body.model_dump_json()
    if (view := repeated(state, experiment, idempotency_key, posted)) is not None:
        return view
    refuse_open(stored, "Seeds can be added")
    seeds = _seeds_to_add(stored, body)
    arms = admitted(stored.longer(seeds), "seeds" if body.more is None else "more")

    def extend() -> bool:
        return state.store.extend(stored, seeds, idempotency_key, posted)

    return reopened(state, stored, arms, extend, idempotency_key, posted)


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
