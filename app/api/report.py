"""`/api/experiments/{id}/export/report.html`: the experiment on one page."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from app.api.deps import StateDep, file_name, stored_experiment
from app.api.verdict import kept_verdict
from app.report.data import ReportData
from app.report.page import report_of
from core.experiment.experiment import resolve

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.get(
    "/{experiment}/export/report.html",
    summary="Export a report",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {}}, "description": "One page that needs no network."}},
)
def report(experiment: str, state: StateDep) -> Response:
    """Verdict, data set, network, curves, norms, boundaries, settings and script on one page that needs no network.

    It is a file to keep: opened from a disk its charts can be zoomed. Of an experiment that still runs, it tells what
    there is so far.
    """
    stored = stored_experiment(state, experiment)
    data = ReportData(
        stored=stored,
        arms=resolve(stored.experiment),
        verdict=kept_verdict(state.store, stored, None),
        curves=state.store.curves(experiment),
        snapshots=state.store.snapshots(experiment),
    )
    headers = {"Content-Disposition": f'attachment; filename="{file_name(stored)}.html"'}
    return HTMLResponse(report_of(data), headers=headers)
