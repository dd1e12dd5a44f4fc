"""Background work is repeated after any error, without effect on other work, and ends with its block."""

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
def test_work_that_fails_is_logged_and_tried_again_while_other_work_goes_on(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    tries = {"fails": 0, "works": 0}

    async def fails() -> None:
        tries["fails"] += 1
        if tries["fails"] <= 2:
            raise error
        await asyncio.sleep(0.001)

    async def works() -> None:
        tries["works"] += 1
        await asyncio.sleep(0.001)

    async def scenario() -> None:
        async with background(fails, works):
            await until(lambda: tries["fails"] >= 3)
            before = tries["works"]
            assert before > 3, "other work goes on between the tries"
            await until(lambda: tries["works"] > before + 3)

    asyncio.run(scenario())
    assert [record.levelname for record in caplog.records] == [level, level]
    assert ["0.1 s" in record.message for record in caplog.records] == [True, False], "it waits longer each time"
    assert ["0.2 s" in record.message for record in caplog.records] == [False, True]


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
