"""Background work is repeated whatever it raises, and ends with its block."""

from __future__ import annotations

import asyncio

import pytest
import redis

from app import background as module
from app.background import background
from tests.service import until


@pytest.mark.parametrize(
    ("error", "level"),
    [(redis.ConnectionError("refused"), "WARNING"), (ValueError("broken"), "ERROR")],
    ids=["expected", "unexpected"],
)
def test_work_that_fails_is_logged_and_tried_again(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise error
        await asyncio.sleep(0.001)

    async def scenario() -> None:
        async with background(work):
            await until(lambda: tries >= 3)

    asyncio.run(scenario())
    assert [(record.levelname, "trying again in 0.1 s" in record.message) for record in caplog.records] == [
        (level, True)
    ]


def test_work_ends_with_the_block_even_if_it_loses_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CANCEL_SECONDS", 0.01)
    lost = 0

    async def work() -> None:
        nonlocal lost
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost += 1
            if lost > 2:
                raise

    async def scenario() -> None:
        async with background(work):
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(scenario(), 30))
    assert lost == 3
