"""`/api/experiments/{id}/verdict`: whether each arm differs from the baseline, in figures and a sentence."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.deps import StateDep, stored_experiment
from app.api.unchanged import NOT_MODIFIED, tagged
from app.verdict import VerdictView, kept_verdict
from core.experiment.experiment import CLOSED

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.get("/{experiment}/verdict", summary="Read the verdict", response_model=VerdictView, responses=NOT_MODIFIED)
def verdict(
    experiment: str,
    state: StateDep,
    request: Request,
    target: Annotated[
        float | None,
        Query(
            ge=-1,
            le=1,
            allow_inf_nan=False,
            description="The test score for `epochs_to`. Left out: the baseline's mean in the end.",
        ),
    ] = None,
) -> VerdictView | Response:
    """Whether each arm differs from the baseline, in figures and a sentence, by the runs that have finished so far.

    With an `ETag`, once the experiment has ended.
    """
    stored = stored_experiment(state, experiment)
    view = kept_verdict(state.store, stored, target)
    return tagged(request, view.model_dump_json().encode()) if stored.status in CLOSED else view
