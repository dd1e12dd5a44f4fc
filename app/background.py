"""Work that goes on in the event loop for as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import redis
from kombu.exceptions import OperationalError
from sqlalchemy.exc import SQLAlchemyError

from core.ledger import ForeignLedger

logger = logging.getLogger(__name__)

CANCEL_SECONDS: Final = 1.0


@asynccontextmanager
async def background(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Does each work again and again while the block lasts."""
    tasks = [asyncio.create_task(_forever(work), name=work.__qualname__) for work in works]
    try:
        yield
    finally:
        while running := [task for task in tasks if not task.done()]:
            for task in running:
                task.cancel()
            # Again after a second: redis-py, and `asyncio.wait_for` of Python 3.11, now and then lose a cancellation.
            await asyncio.wait(running, timeout=CANCEL_SECONDS)


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    """Repeats `work` until cancelled. Any error is logged and the work tried again: the service depends on it."""
    wait = 0.1
    while True:
        try:
            await work()
            wait = 0.1
            continue
        except (redis.RedisError, OperationalError, SQLAlchemyError, ForeignLedger) as error:
            logger.warning("%s: %s; trying again in %.1f s", work.__qualname__, error, wait)
        except Exception:
            logger.exception("%s: trying again in %.1f s", work.__qualname__, wait)
        await asyncio.sleep(wait)
        wait = min(2.0, wait * 2)
