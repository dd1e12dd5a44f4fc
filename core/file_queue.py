"""Requests for files: a worker that lacks some asks in Redis, and the API answers there with addresses to fetch from.

Request and answer are gone after `KEPT_SECONDS`, so that one which was asked while no API was there costs none its time
later.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, Final, cast

import redis
from pydantic import BaseModel

from core.settings import settings

WAIT_SECONDS: Final = 10.0
"""Time for which a worker waits for an answer: the API may have to read the files for their SHA-256 first."""
KEPT_SECONDS: Final = 60
_POLL_SECONDS: Final = 1
"""Longest single wait of a worker: it is asked to stop meanwhile, perhaps."""


class NoAnswer(Exception):
    """No API answered within `WAIT_SECONDS`."""


class FileRequest(BaseModel):
    """The files that a worker lacks: of an upload, or of a data set that Keras downloads."""

    upload: str = ""
    """Id of an upload; empty for a data set."""
    with_source: bool = False
    """Whether the upload is read as it came too."""
    dataset: str = ""
    """Kind of a data set."""


class OfferedFile(BaseModel):
    """A file, and where it is to be had for a while."""

    name: str
    """Its path below the directory of data sets."""
    sha256: str
    bytes: int
    address: str


class FileOffer(BaseModel):
    """The answer to a request."""

    files: list[OfferedFile] = []
    refusal: str | None = None
    """Why the API can't give them, as a sentence that says what to do."""


def request_files(
    client: redis.Redis, request: FileRequest, is_stopping: Callable[[], bool] = lambda: False
) -> FileOffer:
    """The API's offer.

    Raises:
        NoAnswer: if no API answers in time, or the worker is asked to stop.
    """
    id = secrets.token_hex(16)
    until = time.monotonic() + WAIT_SECONDS
    with client.pipeline() as pipe:
        pipe.set(_key(id), request.model_dump_json(), ex=KEPT_SECONDS)
        pipe.rpush(_list_key(), id)
        pipe.execute()
    try:
        while time.monotonic() < until and not is_stopping():
            found = cast("tuple[bytes, bytes] | None", client.blpop([_answer_key(id)], _POLL_SECONDS))
            if found is not None:
                return FileOffer.model_validate_json(found[1])
    finally:
        with client.pipeline() as pipe:
            pipe.lrem(_list_key(), 1, id)
            pipe.delete(_key(id), _answer_key(id))
            pipe.execute()
    raise NoAnswer


async def next_request(client: Any, seconds: float) -> tuple[str, FileRequest] | None:
    """Id of the next request, and the request; None where there is none for so long, or nobody waits for its answer.

    `client` is one of `redis.asyncio`.
    """
    found = await client.blpop([_list_key()], seconds)
    if found is None:
        return None
    id = found[1].decode()
    body = await client.get(_key(id))
    return None if body is None else (id, FileRequest.model_validate_json(body))


async def answer_request(client: Any, id: str, offer: FileOffer) -> None:
    """Answers a request."""
    async with client.pipeline() as pipe:
        pipe.rpush(_answer_key(id), offer.model_dump_json())
        pipe.expire(_answer_key(id), KEPT_SECONDS)
        await pipe.execute()


def _list_key() -> str:
    return f"{settings().lab_redis_prefix}:files"


def _key(id: str) -> str:
    return f"{_list_key()}:{id}"


def _answer_key(id: str) -> str:
    return f"{_key(id)}:answer"
