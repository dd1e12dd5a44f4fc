"""`/api/system` and `/metrics`: workers, queue, memory, disk and the recorder's lag."""

from __future__ import annotations

import shutil
from typing import get_args

import redis
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from app.alarms import alarms, other_builds
from app.api.deps import AppState, StateDep
from app.metrics import CONTENT_TYPE, Family, exposition
from app.results import run_identity
from app.stored import iso, now_ms
from core.experiment.experiment import Status
from core.ledger import LeasedRun
from core.memory import resident
from core.settings import settings
from core.task_queue import queued_wake_ups
from core.version import VERSION

router = APIRouter(tags=["health"])


class RunningView(BaseModel):
    """A run in training."""

    experiment: str
    name: str = Field(description="The experiment's.")
    arm: str
    draw: int | None = None
    seed: int
    epochs_done: int
    epochs: int
    since: str = Field(description="Time at which its slot claimed it. UTC.")


class SlotView(BaseModel):
    """A process that trains one run at a time."""

    process: int
    memory: int | None = Field(description="Resident memory in bytes; null if not reported.")
    run: RunningView | None


class WorkerView(BaseModel):
    """A worker and its slots."""

    host: str
    process: int
    version: str | None = Field(description="Its version and build; null where it says none, as earlier versions do.")
    slots: list[SlotView]


class QueueView(BaseModel):
    """Waiting runs."""

    runs: int = Field(description="Runs that wait for a slot.")
    oldest_seconds: float | None = Field(description="Waiting time of the oldest run, from the POST of its experiment.")
    rings: int = Field(description="Wake-ups that no worker has received yet.")


class RedisView(BaseModel):
    """Redis' memory."""

    used: int = Field(description="Bytes.")
    limit: int = Field(description="Bytes; 0: none.")


class RecorderView(BaseModel):
    """Lag of the store behind the log."""

    events: int
    seconds: float


class SystemView(BaseModel):
    """State of the service."""

    version: str
    workers: list[WorkerView]
    queue: QueueView
    redis: RedisView
    recorder: RecorderView
    api_memory: int = Field(description="Resident memory of the API's process, in bytes.")
    disk_free: int = Field(description="Free bytes in the data directory.")
    viewers: int = Field(description="Number of open event streams.")
    alarms: list[str] = Field(description="What an operator should look into, most urgent first.")


@router.get("/api/system", summary="Read the state of the service")
def system(state: StateDep) -> SystemView:
    """Returns workers with their slots and runs, the queue, memory and disk."""
    ledger = state.ledger
    versions = ledger.slot_versions()
    slots = sorted(versions)
    memory, held = ledger.slot_memory(slots), {each.owner: each for each in ledger.held()}
    workers: dict[tuple[str, int], list[SlotView]] = {}
    for slot in slots:
        host, worker, process = slot.rsplit("/", 2)
        run = _running(state, held[slot]) if slot in held else None
        view = SlotView(process=int(process), memory=memory.get(slot), run=run)
        workers.setdefault((host, int(worker)), []).append(view)
    used, (events, behind) = ledger.memory(), ledger.backlog()
    return SystemView(
        version=VERSION,
        workers=[
            WorkerView(host=host, process=process, version=versions[f"{host}/{process}/{each[0].process}"], slots=each)
            for (host, process), each in workers.items()
        ],
        queue=QueueView(
            runs=state.store.counts()[1].get("queued", 0),
            oldest_seconds=_age(state),
            rings=queued_wake_ups(ledger.client),
        ),
        redis=RedisView(used=used.used, limit=used.limit),
        recorder=RecorderView(events=events, seconds=round(behind, 3)),
        api_memory=resident(),
        disk_free=_disk_free(),
        viewers=state.reader.viewers,
        alarms=alarms(versions, state.dispatcher.stalled_seconds, state.recorder.dropped),
    )


def _running(state: AppState, held: LeasedRun) -> RunningView | None:
    """The run that a slot trains; None if its experiment has just been removed."""
    stored = state.store.get(held.experiment)
    if stored is None:
        return None
    experiment, place = stored.experiment, stored.numbers.places[held.run]
    identity = run_identity(experiment, place)
    changes = experiment.arms[place // len(experiment.replicates())].changes.training
    return RunningView(
        experiment=held.experiment,
        name=experiment.name,
        **identity,
        epochs_done=held.epochs_done,
        epochs=int(changes.get("epochs", experiment.training.epochs)),
        since=iso(held.since_ms) or "",
    )


def _age(state: AppState) -> float | None:
    oldest = state.store.oldest_waiting_ms()
    return None if oldest is None else max(0.0, round((now_ms() - oldest) / 1000, 3))


def _disk_free() -> int:
    return shutil.disk_usage(settings().lab_data).free


@router.get(
    "/metrics",
    summary="Read metrics for Prometheus",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
)
def metrics(state: StateDep, request: Request) -> Response:
    """Returns the service's metrics. Without Redis, its metrics are left out and `lab_redis_up` is 0."""
    experiments, runs = state.store.counts()
    every: tuple[Status, ...] = get_args(Status)
    single, each = Family.single, Family.each
    families = [
        each("lab_experiments", "gauge", "Experiments by state.", "status", {s: experiments.get(s, 0) for s in every}),
        each("lab_runs", "gauge", "Runs by state.", "status", {s: runs.get(s, 0) for s in every}),
        single("lab_epochs_recorded_total", "counter", "Epochs that the store was given.", state.recorder.epochs),
        single("lab_queue_age_seconds", "gauge", "Age of the oldest run that waits for a slot.", _age(state) or 0),
        single("lab_events_dropped_total", "counter", "Events with ids from before.", state.recorder.dropped),
        single(
            "lab_stalled_seconds",
            "gauge",
            "Time for which runs have waited beside a free slot.",
            state.dispatcher.stalled_seconds,
        ),
        single("lab_owner", "gauge", "Whether this process has the store.", state.ownership.held),
        single("lab_viewers", "gauge", "Streams of events that are open.", state.reader.viewers),
        single("lab_viewers_evicted_total", "counter", "Viewers that lagged too far behind.", state.reader.evicted),
        each(
            "lab_requests_total",
            "counter",
            "Answers by the class of their status.",
            "status",
            request.app.state.requests,
        ),
        single("lab_api_memory_bytes", "gauge", "Memory of the API's process.", resident()),
        single("lab_disk_free_bytes", "gauge", "Disk left where data is kept.", _disk_free()),
    ]
    try:
        families += _of_redis(state)
        up = 1
    except redis.RedisError:
        up = 0
    families.append(single("lab_redis_up", "gauge", "Whether Redis answers.", up))
    return PlainTextResponse(exposition(families), media_type=CONTENT_TYPE)


def _of_redis(state: AppState) -> list[Family]:
    ledger, single = state.ledger, Family.single
    events, behind = ledger.backlog()
    memory = ledger.memory()
    return [
        single("lab_slots", "gauge", "Slots that are ready to train.", len(ledger.slots())),
        single(
            "lab_slots_other_version",
            "gauge",
            "Slots of another version than the API.",
            len(other_builds(ledger.slot_versions())),
        ),
        single("lab_slots_busy", "gauge", "Slots that train.", len(ledger.held())),
        single("lab_recorder_lag_events", "gauge", "Events that are logged but not recorded.", events),
        single("lab_recorder_lag_seconds", "gauge", "Age of the oldest of them.", behind),
        single("lab_lease_expiries_total", "counter", "Leases that ran out: their workers died.", ledger.expiries()),
        single("lab_redis_memory_bytes", "gauge", "Memory that Redis uses.", memory.used),
        single("lab_redis_memory_limit_bytes", "gauge", "Memory that Redis may use; 0: no limit.", memory.limit),
    ]
