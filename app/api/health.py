"""`/api/health` and `/api/live`: readiness and liveness of the service."""

from __future__ import annotations

from typing import Literal

import redis
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from app.alarms import alarms
from app.api.deps import StateDep
from core.version import VERSION

router = APIRouter(prefix="/api", tags=["health"])


class WorkersView(BaseModel):
    """Workers that train."""

    live: int = Field(description="Workers that are ready.")
    slots: int = Field(description="Runs that they can train at once.")


class LiveView(BaseModel):
    """Liveness of the API's process."""

    status: Literal["alive"] = "alive"
    version: str


class HealthView(BaseModel):
    """Readiness of the service."""

    status: Literal["ok", "degraded"]
    store: str
    redis: str
    workers: WorkersView
    alarms: list[str] = Field(description="What an operator should look into, most urgent first.")
    version: str


@router.get("/live", summary="Read the liveness")
async def live() -> LiveView:
    """Liveness: 200 as long as the process responds, even without store or Redis. For restart policies."""
    return LiveView(version=VERSION)


@router.get("/health", summary="Read the health", responses={503: {"model": HealthView}})
def health(state: StateDep, response: Response) -> HealthView:
    """Readiness: 200 with store, Redis and live workers; 503 if one is missing. For load balancers."""
    store = redis_state = "ok"
    slots: dict[str, str | None] = {}
    try:
        state.store.ping()
    except SQLAlchemyError:
        store = "can't be reached"
    try:
        slots = state.ledger.slot_versions()
    except redis.RedisError:
        redis_state = "can't be reached"
    if store == "ok" and not state.ownership.held:
        store = f"belongs to another API, {state.ownership.holder()}: this one only reads"
    if redis_state == "ok" and state.attachment.refusal is not None:
        redis_state = "belongs to another lab"
    workers = {slot.rpartition("/")[0] for slot in slots}
    healthy = store == redis_state == "ok" and bool(workers)
    if not healthy:
        response.status_code = 503
    return HealthView(
        status="ok" if healthy else "degraded",
        store=store,
        redis=redis_state,
        workers=WorkersView(live=len(workers), slots=len(slots)),
        alarms=alarms(slots, state.dispatcher.stalled_seconds, state.recorder.dropped),
        version=VERSION,
    )
