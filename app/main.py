"""The FastAPI application."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import VERSION
from app.api import catalog, datasets, estimate, experiments, health, report, seeing, sweep, system, verdict
from app.api.deps import Service
from app.api.stream import Encoder
from app.errors import ProblemBody, install_handlers
from app.guard import Guard
from app.ledger import Ledger, connect
from app.live import Live
from app.metrics import Counted
from app.page import install_page
from app.queue import celery_app
from app.settings import settings
from app.store import Store


def _warm_up() -> None:
    """Imports what the first preview needs, so that it doesn't wait a second for it."""
    import sklearn.datasets  # noqa: F401


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    config = settings()
    config.lab_data.mkdir(parents=True, exist_ok=True)
    store = await asyncio.to_thread(Store, config.store_url)
    ledger, celery = Ledger(connect(config.redis_url)), celery_app()
    live = Live(store, ledger, celery, config.redis_url)
    app.state.service = Service(store, ledger, live, celery, Encoder())
    live.start()
    threading.Thread(target=_warm_up, daemon=True).start()
    try:
        yield
    finally:
        await live.stop()
        ledger.client.close()
        store.close()


def create_app() -> FastAPI:
    """The application; what it needs is opened when it starts."""
    app = FastAPI(
        title="Constraint Lab",
        summary="Weight-constraint experiments in Keras: post one, watch it live, read the answer.",
        version=VERSION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=lambda route: route.name,
        responses={"4XX": {"model": ProblemBody, "description": "What is wrong and what to do"}},
    )
    install_handlers(app)
    config = settings()
    app.add_middleware(
        Guard, allowed_hosts=config.lab_allowed_hosts, limits={datasets.UPLOADS: config.lab_upload_limit}
    )
    app.state.requests = Counter()
    app.add_middleware(Counted, requests=app.state.requests)
    for resource in (experiments, estimate, seeing, verdict, sweep, report, catalog, datasets, health, system):
        app.include_router(resource.router)
    install_page(app, settings().lab_page)
    return app


app = create_app()
