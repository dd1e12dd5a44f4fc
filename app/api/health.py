"""`/api/health`: whether the service can do its job."""

from __future__ import annotations

import redis
from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from app import VERSION
from app.api.deps import ServiceDep
from app.api.views import HealthView, LiveView, WorkersView

router = APIRouter(prefix="/api", tags=["health"])


@router.get("/live", summary="Read whether the process serves")
async def live() -> LiveView:
    """Alive: 200 for as long as the process answers at all, whatever else is away. For those who would restart it."""
    return LiveView(version=VERSION)


@router.get("/health", summary="Read the health", responses={503: {"model": HealthView}})
def health(service: ServiceDep, response: Response) -> HealthView:
    """Ready: store, Redis and live workers; 503 where one of them is missing. For those who would send it work."""
    store = redis_state = "ok"
    slots: list[str] = []
    try:
        service.store.ping()
    except SQLAlchemyError:
        store = "can't be reached"
    try:
        slots = service.ledger.slots()
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
