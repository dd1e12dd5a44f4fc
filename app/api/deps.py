"""What the routes are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from celery import Celery
from fastapi import Depends, Request

from app.api.stream import Encoder
from app.ledger import Ledger
from app.live import Live
from app.store import Store


@dataclass(frozen=True)
class Service:
    """Everything that is opened when the process starts and closed when it ends."""

    store: Store
    ledger: Ledger
    live: Live
    celery: Celery
    encoder: Encoder


def service(request: Request) -> Service:
    """The process's service."""
    found: Service = request.app.state.service
    return found


ServiceDep = Annotated[Service, Depends(service)]
