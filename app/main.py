"""The FastAPI application."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Security
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.security import HTTPBearer

from app.access import Access, Rate, address, own_address
from app.api import datasets, experiments, routers, suites
from app.api.deps import AppState, changes_by_owner
from app.api.stream import Encoder
from app.attachment import Attachment, lab_name
from app.background import background
from app.dispatch import Dispatcher
from app.errors import RESPONSES, describe_problems, install_handlers
from app.guard import Guard, host_of
from app.metrics import Counted
from app.ownership import Ownership
from app.page import install_page
from app.predictor import Predictor
from app.prompt_redis import connect_promptly
from app.recorder import Recorder
from app.store import Store
from app.stream_reader import StreamReader
from app.suite_store import SuiteStore
from app.worker_files import FileDesk, SignedPaths, worker_address
from core.ledger import Ledger, connect
from core.settings import settings
from core.task_queue import celery_app
from core.version import VERSION


def _warm_up(warm: threading.Event) -> None:
    """Imports what the first request for an experiment needs, so that it doesn't wait a second for it."""
    try:
        import sklearn.datasets  # noqa: F401 - imported for its time alone
    finally:
        warm.set()

    # Imported objects are never garbage; a full collection of them would stop all event streams for 0.3 s. A collection
    # with a thousand viewers takes 0.15 s, so it runs after hundreds of thousands of new objects, not after 70,000.
    gc.freeze()
    gc.set_threshold(30_000, 2, 5)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    config = settings()
    config.lab_data.mkdir(parents=True, exist_ok=True)
    ownership = Ownership(config.store_url)
    is_owner = await asyncio.to_thread(ownership.acquire)
    store = await asyncio.to_thread(Store, config.store_url, migrate=is_owner)
    # Whoever reads gets an answer soon; a change may wait.
    ledger, celery = Ledger(connect(config.redis_url)), celery_app()
    prompt = Ledger(connect_promptly(config.redis_url))
    warm = threading.Event()
    recorder = Recorder(store, prompt, warm, lambda: ownership.held)
    attachment = Attachment(store, ledger, lab_name(config), recorder.newest)
    dispatcher = Dispatcher(store, ledger, celery, attachment)
    desk = FileDesk(config, attachment)
    reader = StreamReader(recorder, config.redis_url, attachment, ledger.log_key)
    app.state.lab = AppState(
        store=store,
        suites=SuiteStore(store),
        ledger=prompt,
        ownership=ownership,
        attachment=attachment,
        reader=reader,
        recorder=recorder,
        dispatcher=dispatcher,
        predictor=Predictor(ledger, celery),
        encoder=Encoder(),
    )
    threading.Thread(target=_warm_up, args=(warm,), daemon=True).start()
    works = [
        ownership.by_owner(work) for work in (reader.read, reader.ping, recorder.record, dispatcher.run, desk.answer)
    ]
    try:
        async with background(ownership.keep, *works):
            yield
    finally:
        ledger.client.close()
        prompt.client.close()
        store.close()
        ownership.release()


class _Lab(FastAPI):
    def openapi(self) -> dict[str, Any]:
        return describe_problems(super().openapi())


def create_app() -> FastAPI:
    """The application; its resources are opened when it starts."""
    app = _Lab(
        title="Constraint Lab",
        summary="Weight-constraint experiments in Keras: post one, watch it live, read the answer.",
        version=VERSION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=lambda route: route.name,
        responses=RESPONSES,
    )
    install_handlers(app)
    config = settings()
    addresses = (address(config), own_address(config), worker_address(config))
    signed = SignedPaths(config)
    posts = Rate(config.lab_post_rate)
    # Event streams and what is compressed already stay as they are. What takes a millisecond or more gets a thread.
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=5, thread_minimum_size=16_000)
    app.add_middleware(
        Guard,
        allowed_hosts=[*config.lab_allowed_hosts, *(host_of([urlsplit(url).netloc]) for url in addresses)],
        access=Access(config),
        is_signed=signed.is_valid,
        limits={datasets.UPLOADS: max(config.lab_upload_limit, config.lab_array_limit)},
        rates={
            experiments.POSTS: posts,
            suites.POSTS: posts,
            datasets.UPLOADS: Rate(config.lab_upload_rate),
        },
    )
    app.state.requests = Counter()
    app.add_middleware(Counted, requests=app.state.requests)
    # For the schema only: the guard has checked the key before a route is called.
    key = Security(HTTPBearer(auto_error=False, description="A key of `lab keys add`, where the lab asks for one."))
    for name, router in routers().items():
        app.include_router(router, dependencies=[] if name == "health" else [key, Depends(changes_by_owner)])
    install_page(app, settings().lab_page)
    return app


app = create_app()
