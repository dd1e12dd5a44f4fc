"""`/api/experiments`: post, read, list, remove, and cancel, pause, resume."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Annotated, Any, Final

import redis
from fastapi import APIRouter, Header, Query, Request, Response
from kombu.exceptions import OperationalError

from app.api.deps import (
    AppState,
    StateDep,
    refuse_unless_owner,
    refuse_when_full,
    stored_experiment,
    submitted_experiment,
)
from app.api.estimate import CheckView, check_view
from app.api.events import EventView
from app.api.stream import EventStream, is_past_end, watch
from app.api.unchanged import NOT_MODIFIED, tagged
from app.api.views import (
    ExperimentView,
    PageView,
    UnreadableView,
    experiment_view,
    summary_view,
)
from app.estimate import admit
from app.failure import NOT_FOUND, Failure
from app.stored import StoredExperiment, UnreadableExperiment, iso
from core.experiment.experiment import CLOSED, Experiment, Status, resolve
from core.settings import settings

POSTS: Final = "/api/experiments"

router = APIRouter(prefix=POSTS, tags=["experiments"])


@router.post("", status_code=201, summary="Post an experiment")
def post(
    experiment: Experiment,
    response: Response,
    state: StateDep,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> ExperimentView:
    """Checks the experiment, stores it and queues its runs. It is on disk when the response is sent.

    With an `Idempotency-Key`, repeating a request with an equal body returns the first one's view.
    """
    first, is_new, arms = state.store.posted(idempotency_key), False, None
    if first is None:
        arms = resolve(experiment)
        admit(experiment, arms, settings())
        refuse_when_full(state)
        first, is_new = state.store.add(experiment, idempotency_key)
    stored = stored_experiment(state, first)
    if is_new and arms is not None:
        try:
            state.dispatcher.submit(stored, arms)
        except (redis.ConnectionError, redis.TimeoutError, OperationalError):
            pass  # it is stored; `Dispatcher.reconcile` submits it when Redis is back
        except redis.ResponseError:
            state.store.remove(first)
            raise
    elif stored.as_posted != experiment:
        raise Failure(422, "This Idempotency-Key was used for another experiment; use a new one")
    response.headers["Location"] = f"/api/experiments/{first}"
    return experiment_view(stored, arms)


@router.post("/check", summary="Check an experiment")
def check(
    body: dict[str, Any],
    state: StateDep,
    filled: Annotated[bool, Query(description="Also return the experiment with defaults filled in.")] = False,
) -> CheckView:
    """Returns the experiment's problems, warnings, layers and estimate. Nothing is stored."""
    return check_view(body, state.slots(), filled)


@router.get("", summary="List experiments")
def page(
    state: StateDep,
    q: Annotated[str, Query(max_length=120, description="Part of the name.")] = "",
    status: Annotated[Status | None, Query()] = None,
    tag: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=40, description="A page's `next_cursor`.")] = "",
) -> PageView:
    """Newest first."""
    state.recorder.catch_up()
    found = state.store.page(q, status or "", tag, cursor, limit + 1)
    more = len(found) > limit
    return PageView(
        experiments=[summary_view(each) for each in found[:limit] if isinstance(each, StoredExperiment)],
        unreadable=[
            UnreadableView(id=each.id, name=each.name, created_at=iso(each.created_ms))
            for each in found[:limit]
            if isinstance(each, UnreadableExperiment)
        ],
        next_cursor=found[limit - 1].id if more else None,
    )


@router.get("/{experiment}", summary="Read an experiment", response_model=ExperimentView, responses=NOT_MODIFIED)
def get(experiment: str, state: StateDep, request: Request) -> ExperimentView | Response:
    """Returns the experiment with the present state of its runs; with an `ETag`, once it has ended."""
    stored = stored_experiment(state, experiment)
    view = experiment_view(stored)
    if stored.status in CLOSED:
        return tagged(request, view.model_dump_json().encode())
    return view.model_copy(update={"delays": state.delays(experiment)})


@router.delete("/{experiment}", status_code=204, summary="Remove an experiment")
def delete(experiment: str, state: StateDep) -> None:
    """Removes the experiment and all its data, also if it can't be read; stops it first if it is running."""
    with suppress(UnreadableExperiment):
        stored_experiment(state, experiment)
    state.dispatcher.remove(experiment)


@router.post("/{experiment}/cancel", summary="Cancel an experiment")
def cancel(experiment: str, state: StateDep) -> ExperimentView:
    """Stops its runs within a second and keeps their results. Has no effect on an experiment that has ended."""
    submitted_experiment(state, experiment)
    state.dispatcher.cancel(experiment)
    return experiment_view(stored_experiment(state, experiment))


@router.post("/{experiment}/pause", summary="Pause an experiment")
def pause(experiment: str, state: StateDep) -> ExperimentView:
    """Stops its runs within a second and frees their slots; `resume` continues them."""
    _not_ended(state, experiment, "only a running one can be paused")
    state.dispatcher.pause(experiment)
    return experiment_view(stored_experiment(state, experiment))


@router.post("/{experiment}/resume", summary="Resume a paused experiment")
def resume(experiment: str, state: StateDep) -> ExperimentView:
    """Continues the runs that `pause` stopped."""
    stored = _not_ended(state, experiment, "only a paused one can be resumed")
    state.dispatcher.resume(stored)
    return experiment_view(stored_experiment(state, experiment))


@router.post("/{experiment}/reveal", summary="Reveal the sealed rows' scores")
def reveal(experiment: str, state: StateDep) -> ExperimentView:
    """Adds the holdout's scores to the runs' `metrics`. It can't be undone; the view counts the reveals."""
    stored = stored_experiment(state, experiment)
    if not stored.experiment.split.has("holdout", stored.experiment.dataset):
        raise Failure(409, "This experiment has no sealed rows; set split.holdout in a new one")
    if stored.status not in CLOSED:
        raise Failure(409, "Sealed rows can be revealed once every run has ended; wait, or cancel the experiment")
    state.store.reveal(experiment)
    return experiment_view(stored_experiment(state, experiment))


def _not_ended(state: AppState, experiment: str, rule: str) -> StoredExperiment:
    stored = submitted_experiment(state, experiment)
    if stored.status in CLOSED:
        raise Failure(409, f"This experiment has ended ({stored.status}); {rule}")
    return stored


@router.get(
    "/{experiment}/events",
    summary="Watch an experiment",
    response_class=EventStream,
    responses={
        200: {
            "model": EventView,
            "description": "Server-sent events: the schema is that of one of them.",
            "content": {EventStream.media_type: {"schema": {"type": "object"}}},  # rather than "string"
        }
    },
)
async def events(
    experiment: str,
    state: StateDep,
    after: Annotated[str | None, Query(description="Id of the last event received.")] = None,
    last_event_id: Annotated[
        str | None, Header(description="Id of the last event received, as browsers send it.")
    ] = None,
) -> Response:
    """Sends every event after the given one, or all of them, then live ones until the experiment has ended.

    Browsers reconnect by themselves. Epochs may be sent twice; ignore those that you have.
    """
    start = after or last_event_id or "0-0"
    if not re.fullmatch(r"[0-9]{1,18}-[0-9]{1,18}", start):
        raise Failure(400, "An event id looks like 1700000000000-0; send one from this stream, or none")
    # Joined before the store is read, so that no event is missed.
    viewer = state.reader.join(experiment)
    stored = await asyncio.to_thread(state.store.get, experiment)
    if stored is not None and is_past_end(start, stored, viewer):
        # An earlier process of the API may have sent this event and ended before it was recorded.
        await asyncio.to_thread(state.recorder.catch_up)
        stored = await asyncio.to_thread(state.store.get, experiment)
    if stored is None:
        state.reader.leave(experiment, viewer)
        raise Failure(404, NOT_FOUND)
    if stored.status not in CLOSED and not state.ownership.held:
        state.reader.leave(experiment, viewer)
        refuse_unless_owner(state)
    chunks = watch(stored, start, viewer, state.store, state.encoder)
    return EventStream(chunks, on_end=lambda: state.reader.leave(experiment, viewer))
