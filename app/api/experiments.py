"""`/api/experiments`: post, read, list, remove, and cancel, pause, resume."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any, Final

import numpy as np
import redis
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import PlainTextResponse
from kombu.exceptions import OperationalError

from app.analysis.thinning import MINIMUM_POINTS, thin
from app.api.deps import NOT_FOUND, Service, ServiceDep, file_name, stored_experiment
from app.api.estimate import CheckView, check_view
from app.api.stream import EventStream, watch
from app.api.views import (
    CurvesView,
    EventView,
    ExperimentView,
    PageView,
    arm_and_seed,
    experiment_view,
    score_of,
    summary_view,
)
from app.errors import Failure
from app.estimate import admit, size
from app.script import script_of
from app.store import StoredExperiment
from core.experiment.experiment import CLOSED, Experiment, Status, resolve
from core.runs.events import columns, encode_json, score_names
from core.settings import settings

POSTS: Final = "/api/experiments"
FULL: Final = 0.9
"""Share of Redis' memory above which no new experiment is taken."""

router = APIRouter(prefix=POSTS, tags=["experiments"])


@router.post("", status_code=201, summary="Post an experiment")
def post(
    experiment: Experiment,
    response: Response,
    service: ServiceDep,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> ExperimentView:
    """Checks the experiment, keeps it and queues its runs. When this answers, it is on disk.

    With an `Idempotency-Key`, a repeat of the same body returns the first one's view.
    """
    arms = resolve(experiment)
    admit(experiment, arms, settings())
    _refuse_when_full(service)
    new, is_new = service.store.add(experiment, idempotency_key)
    stored = stored_experiment(service, new)
    if not is_new and stored.experiment != experiment:
        raise Failure(422, "This Idempotency-Key was used for another experiment; use a new one")
    if is_new:
        try:
            service.dispatcher.submit(new, experiment, arms)
        except (redis.ConnectionError, redis.TimeoutError, OperationalError):
            pass  # it is stored; `Dispatcher.reconcile` submits it as soon as Redis is back
        except redis.ResponseError:
            service.store.remove(new)
            raise
    response.headers["Location"] = f"/api/experiments/{new}"
    return experiment_view(stored, arms)


def _refuse_when_full(service: Service) -> None:
    """Takes nothing new while Redis has hardly room left for what runs already."""
    memory = service.ledger.memory()
    if memory.limit and memory.used > FULL * memory.limit:
        used = f"{size(memory.used)} of {size(memory.limit)}"
        detail = f"Redis is nearly full: {used} are used. What runs goes on; try again when some of it has ended"
        raise Failure(503, detail, {"Retry-After": "30"})


@router.post("/check", summary="Check an experiment")
def check(body: dict[str, Any], service: ServiceDep) -> CheckView:
    """Says what is wrong with an experiment, what may not be meant, and what its layers come to. Nothing is kept."""
    return check_view(body, service.slots())


@router.get("", summary="List experiments")
def page(
    service: ServiceDep,
    q: Annotated[str, Query(max_length=120, description="Part of the name.")] = "",
    status: Annotated[Status | None, Query()] = None,
    tag: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=40, description="A page's `next_cursor`.")] = "",
) -> PageView:
    """Newest first."""
    service.recorder.catch_up()
    found = service.store.page(q, status or "", tag, cursor, limit + 1)
    more = len(found) > limit
    return PageView(
        experiments=[summary_view(stored) for stored in found[:limit]],
        next_cursor=found[limit - 1].id if more else None,
    )


@router.get("/{experiment}", summary="Read an experiment")
def get(experiment: str, service: ServiceDep) -> ExperimentView:
    """The experiment with all its runs, as they stand."""
    return experiment_view(stored_experiment(service, experiment))


@router.delete("/{experiment}", status_code=204, summary="Remove an experiment")
def delete(experiment: str, service: ServiceDep) -> None:
    """Removes it with all its data. A running one is stopped first."""
    stored = stored_experiment(service, experiment)
    service.ledger.cancel(experiment)
    service.ledger.forget(experiment, len(stored.runs))
    service.store.remove(experiment)


@router.post("/{experiment}/cancel", summary="Cancel an experiment")
def cancel(experiment: str, service: ServiceDep) -> ExperimentView:
    """Ends its runs within a second. What was trained is kept. Cancelling one that has ended changes nothing."""
    _open(service, experiment)
    service.ledger.cancel(experiment)
    return experiment_view(stored_experiment(service, experiment))


@router.post("/{experiment}/pause", summary="Pause an experiment")
def pause(experiment: str, service: ServiceDep) -> ExperimentView:
    """Stops its runs within a second and frees their slots; `resume` goes on where they stopped."""
    _not_ended(service, experiment, "only a running one can be paused")
    service.ledger.pause(experiment)
    return experiment_view(stored_experiment(service, experiment))


@router.post("/{experiment}/resume", summary="Resume a paused experiment")
def resume(experiment: str, service: ServiceDep) -> ExperimentView:
    """Goes on where `pause` stopped."""
    stored = _not_ended(service, experiment, "only a paused one can be resumed")
    if service.ledger.resume(experiment):
        service.dispatcher.wake_workers(experiment, len(stored.runs))
    return experiment_view(stored_experiment(service, experiment))


@router.post("/{experiment}/reveal", summary="Reveal the sealed rows' figures")
def reveal(experiment: str, service: ServiceDep) -> ExperimentView:
    """From now on the runs' `metrics` have those of the holdout. It can't be undone, and the view counts it."""
    stored = stored_experiment(service, experiment)
    if stored.experiment.split.holdout is None:
        raise Failure(409, "This experiment has no sealed rows; set split.holdout in a new one")
    if stored.status not in CLOSED:
        raise Failure(409, "The sealed rows are revealed when every run has ended; wait, or cancel the experiment")
    service.store.reveal(experiment)
    return experiment_view(stored_experiment(service, experiment))


@router.get(
    "/{experiment}/export/script.py",
    summary="Export a Keras script",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/x-python": {}}, "description": "Python."}},
)
def script(
    experiment: str,
    service: ServiceDep,
    arm: Annotated[str | None, Query(max_length=60, description="One arm's name; left out: all arms.")] = None,
) -> Response:
    """A script that needs TensorFlow, scikit-learn and Matplotlib alone, and gives the same figures."""
    stored = stored_experiment(service, experiment)
    arms = resolve(stored.experiment)
    chosen = [each for each in arms if arm is None or each.name == arm]
    if not chosen:
        raise Failure(404, f"There is no arm of this name; the arms are: {', '.join(each.name for each in arms)}")
    headers = {"Content-Disposition": f'attachment; filename="{file_name(stored)}.py"'}
    return Response(script_of(stored.experiment, chosen), media_type="text/x-python", headers=headers)


def _open(service: Service, experiment: str) -> StoredExperiment:
    """The stored experiment, which the ledger knows too unless it has ended."""
    stored = stored_experiment(service, experiment)
    if stored.status not in CLOSED and service.ledger.spec(experiment) is None:
        service.dispatcher.submit(experiment, stored.experiment, resolve(stored.experiment))
    return stored


def _not_ended(service: Service, experiment: str, rule: str) -> StoredExperiment:
    stored = _open(service, experiment)
    if stored.status in CLOSED:
        raise Failure(409, f"This experiment has ended ({stored.status}); {rule}")
    return stored


@router.get(
    "/{experiment}/events",
    summary="Watch an experiment",
    response_class=EventStream,
    responses={200: {"model": EventView, "description": "Server-sent events; each has an id, its name and JSON data."}},
)
async def events(
    experiment: str,
    service: ServiceDep,
    after: Annotated[str | None, Query(description="Id of the last event that is known.")] = None,
    last_event_id: Annotated[str | None, Header(description="The same, as browsers send it.")] = None,
) -> Response:
    """Every event after the given one, or all of them, then live ones until the experiment has ended.

    Browsers resume by themselves after a lost connection. Epochs may come twice; ignore those that you have.
    """
    start = after or last_event_id or "0-0"
    if not re.fullmatch(r"[0-9]{1,18}-[0-9]{1,18}", start):
        raise Failure(400, "An event id looks like 1700000000000-0; give one that came from this stream, or none")
    # Joined before the store is read, so that no event falls between; and the store need not catch up.
    viewer = service.reader.join(experiment)
    stored = await asyncio.to_thread(service.store.get, experiment)
    if stored is None:
        service.reader.leave(experiment, viewer)
        raise Failure(404, NOT_FOUND)
    chunks = watch(stored, start, viewer, service.store, service.encoder)
    return EventStream(chunks, on_end=lambda: service.reader.leave(experiment, viewer))


@router.get("/{experiment}/curves", summary="Read the curves", response_model=CurvesView)
def curves(
    experiment: str,
    service: ServiceDep,
    points: Annotated[int | None, Query(ge=MINIMUM_POINTS, description="At most so many epochs of each run.")] = None,
) -> Response:
    """Per run, the four curves: all epochs, or thinned to `points` without losing first, last or extremes."""
    stored = stored_experiment(service, experiment)
    score = score_of(stored.experiment)
    views = []
    for run, chunks in service.store.curves(experiment).items():
        arm, seed = arm_and_seed(stored.experiment, run)
        table = np.concatenate([chunk.table for chunk in chunks])
        epoch = np.concatenate([np.arange(c.first_epoch, c.last_epoch + 1, dtype=np.int32) for c in chunks])
        if points is not None:
            kept = thin(table, points)
            table, epoch = table[kept], epoch[kept]
        views.append({"arm": arm, "seed": seed, "epoch": epoch, **score_names(columns(table), score)})
    body = encode_json({"runs": views, "last_event_id": stored.last_event})
    return Response(body, media_type="application/json")
