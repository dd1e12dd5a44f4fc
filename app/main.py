"""The FastAPI application."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute

from app import VERSION
from app.api import catalog, experiments, health
from app.api.deps import Service
from app.api.stream import Encoder
from app.errors import Failure, ProblemBody, install_handlers
from app.guard import Guard
from app.ledger import Ledger, connect
from app.live import Live
from app.page import install_page
from app.queue import celery_app
from app.settings import settings
from app.store import Store


class _JsonRequest(Request):
    """A request whose broken JSON is the sender's fault, whatever breaks."""

    async def json(self) -> Any:
        body = await self.body()
        try:
            return json.loads(body)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise Failure(400, f"The body is not valid JSON: {error.msg} at {place}") from None
        except UnicodeDecodeError:
            raise Failure(400, "The body is not valid JSON: it is not UTF-8") from None
        except (ValueError, RecursionError):
            raise Failure(
                400, "The body is not valid JSON for this service: a number or the nesting is too long"
            ) from None


class _JsonRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_JsonRequest(request.scope, request.receive))

        return handle


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
    app.router.route_class = _JsonRoute
    install_handlers(app)
    app.add_middleware(Guard, allowed_hosts=settings().lab_allowed_hosts)
    routers: list[APIRouter] = [experiments.router, catalog.router, health.router]
    for router in routers:
        router.route_class = _JsonRoute
        app.include_router(router)
    install_page(app, settings().lab_page)
    return app


app = create_app()
