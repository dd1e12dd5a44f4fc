"""Requests for files on a real Valkey."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
import redis
import redis.asyncio

from core import file_queue
from core.file_queue import FileOffer, FileRequest, NoAnswer, OfferedFile, answer_request, next_request, request_files
from core.ledger import connect
from core.settings import settings

OFFER = FileOffer(files=[OfferedFile(name="uploads/a.json", sha256="0" * 64, bytes=3, address="http://api/a")])


@pytest.fixture
def client(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """A client with keys of the test's own."""
    monkeypatch.setenv("LAB_REDIS_PREFIX", "asking")
    settings.cache_clear()
    with connect(redis_url) as opened:
        yield opened
        assert opened.keys("asking*") == [], "something is left"
    settings.cache_clear()


def serve(url: str, asked: list[FileRequest], offer: FileOffer) -> threading.Thread:
    """An API that answers one request."""

    async def answer() -> None:
        async with redis.asyncio.Redis.from_url(url) as served:
            found = None
            while found is None:
                found = await next_request(served, 1)
            asked.append(found[1])
            await answer_request(served, found[0], offer)

    thread = threading.Thread(target=asyncio.run, args=[answer()])
    thread.start()
    return thread


@pytest.mark.parametrize("offer", [OFFER, FileOffer(refusal="There is no such file")])
def test_a_request_is_answered_and_leaves_nothing(client: redis.Redis, redis_url: str, offer: FileOffer) -> None:
    asked: list[FileRequest] = []
    thread = serve(redis_url, asked, offer)
    request = FileRequest(upload="1" * 64, with_source=True)
    assert request_files(client, request) == offer
    thread.join()
    assert asked == [request]


def test_without_an_api_nothing_is_waited_for_long_and_left(
    client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_queue, "WAIT_SECONDS", 0.1)
    with pytest.raises(NoAnswer):
        request_files(client, FileRequest(dataset="mnist"))


def test_a_worker_that_stops_does_not_wait(client: redis.Redis) -> None:
    with pytest.raises(NoAnswer):
        request_files(client, FileRequest(dataset="mnist"), lambda: True)


def test_a_request_that_nobody_waits_for_is_passed_over(client: redis.Redis, redis_url: str) -> None:
    client.rpush("asking:files", "the id of one that is gone")

    async def ask() -> object:
        async with redis.asyncio.Redis.from_url(redis_url) as served:
            return await next_request(served, 1)

    assert asyncio.run(ask()) is None
