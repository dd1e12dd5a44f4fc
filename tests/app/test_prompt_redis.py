"""The prompt client of Redis: one caller waits for a silent Redis, and the others don't."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from app.prompt_redis import PromptRedis, connect_promptly
from launch import valkey
from tests.service import wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[valkey.Server]:
    with valkey.start(tmp_path) as running:
        yield running


@pytest.fixture
def client(server: valkey.Server) -> Iterator[PromptRedis]:
    with connect_promptly(server.url) as connected:
        yield connected


def answers(client: PromptRedis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def test_a_silent_redis_is_asked_by_one_at_a_time_and_found_again(server: valkey.Server, client: PromptRedis) -> None:
    client.set("lab:a", "1")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(redis.TimeoutError):
            client.get("lab:a")
        refused: list[str] = []

        def ask() -> None:
            try:
                client.get("lab:a")
            except redis.ConnectionError as error:
                refused.append(str(error))

        callers = [threading.Thread(target=ask) for _ in range(20)]
        for each in callers:
            each.start()
        for each in callers:
            each.join()
        assert refused == ["Redis does not answer"] * 20, "nobody waits for the time-out again at once"
    finally:
        os.kill(server.pid, signal.SIGCONT)
    wait_until(lambda: answers(client), "Redis is found again")
    assert client.get("lab:a") == b"1"


def test_an_error_of_a_command_is_no_silence(client: PromptRedis) -> None:
    client.set("lab:a", "1")
    for _ in range(3):
        with pytest.raises(redis.ResponseError):
            client.lpush("lab:a", "2")
    assert answers(client)


def test_a_connection_that_was_cut_is_opened_anew(server: valkey.Server, client: PromptRedis) -> None:
    assert answers(client)
    with redis.Redis.from_url(server.url) as other:
        other.client_kill_filter(_type="normal", skipme=True)
    assert client.ping()
