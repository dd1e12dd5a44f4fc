"""A Redis client for requests: it answers within a second, or says that Redis is away."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

ANSWER_SECONDS: Final = 0.7
"""Time that Redis, and a connection to it, gets for an answer."""
REST_SECONDS: Final = 1.0
"""Time after which Redis is asked again that has not answered."""


class PromptRedis(redis.Redis):
    """A client that gives up soon. While Redis is away all but one caller at a time fail at once.

    Where packets are lost without a word, every call would wait for its time-out, and all threads for the calls.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._away_until: float | None = None
        self._asking = threading.Lock()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """The command's answer.

        Raises:
            redis.ConnectionError, redis.TimeoutError: Redis does not answer, or did not a moment ago.
        """
        until = self._away_until
        if until is None:
            return self._execute(args, options)
        if time.monotonic() < until or not self._asking.acquire(blocking=False):
            raise redis.ConnectionError("Redis does not answer")
        try:
            return self._execute(args, options)
        finally:
            self._asking.release()

    def _execute(self, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        try:
            answer = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # of redis-py
        except (redis.ConnectionError, redis.TimeoutError):
            self._away_until = time.monotonic() + REST_SECONDS
            raise
        except redis.RedisError:
            self._away_until = None
            raise
        self._away_until = None
        return answer


def connect_promptly(url: str) -> PromptRedis:
    """A prompt client of the Redis at `url`. A connection that was cut is opened anew, once."""
    connected: PromptRedis = PromptRedis.from_url(  # type: ignore[assignment]  # it makes one of its class
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        socket_keepalive=True,
        health_check_interval=25,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
    return connected
