"""`/api/experiments/{id}/verdict`: whether each arm differs from the baseline, in figures and a sentence."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import StateDep, stored_experiment
from app.verdict import VerdictView, kept_verdict

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.get("/{experiment}/verdict", summary="Read the verdict")
def verdict(
    experiment: str,
    state: StateDep,
    target: Annotated[
        float | None,
        Query(
            ge=-1,
            le=1,
            allow_inf_nan=False,
            description="The test score for `epochs_to`. Left out: the baseline's mean in the end.",
        ),
    ] = None,
) -> VerdictView:
    """Whether each arm differs from the baseline, in figures and a sentence, by the runs that have finished so far."""
    stored = stored_experiment(state, experiment)
    return kept_verdict(state.store, stored, target)
