"""`/api/health`: whether the service can do its job."""

from __future__ import annotations

from typing import Literal

import redis
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from app import VERSION
from app.api.deps import StateDep

router = APIRouter(prefix="/api", tags=["health"])


class WorkersView(BaseModel):
    """Who trains."""

    live: int = Field(description="Workers that are ready.")
    slots: int = Field(description="Runs that they can train at once.")


class LiveView(BaseModel):
    """The process serves."""

    status: Literal["alive"] = "alive"
    version: str


class HealthView(BaseModel):
    """Whether the service can do its job."""

    status: Literal["ok", "degraded"]
    store: str
    redis: str
    workers: WorkersView
    version: str


@router.get("/live", summary="Read whether the process serves")
async def live() -> LiveView:
    """Alive: 200 for as long as the process answers at all, whatever else is away. For those who would restart it."""
    return LiveView(version=VERSION)


@router.get("/health", summary="Read the health", responses={503: {"model": HealthView}})
def health(state: StateDep, response: Response) -> HealthView:
    """Ready: store, Redis and live workers; 503 where one of them is missing. For those who would send it work."""
    store = redis_state = "ok"
    slots: list[str] = []
    try:
        state.store.ping()
    except SQLAlchemyError:
        store = "can't be reached"
    try:
        slots = state.ledger.slots()
    except redis.RedisError:
        redis_state = "can't be reached"
    workers = {slot.rpartition("/")[0] for slot in slots}
    healthy = store == redis_state == "ok" and bool(workers)
    if not healthy:
        response.status_code = 503
    return HealthView(
        status="ok" if healthy else "degraded",
        store=store,
        redis=redis_state,
        workers=WorkersView(live=len(workers), slots=len(slots)),
        version=VERSION,
    )
