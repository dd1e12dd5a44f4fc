"""Settings that come from more than one variable: secrets from files, and Redis' password."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from pydantic import ValidationError

from core.settings import ROOT, SECRETS, Settings, wrong_settings
from launch import valkey


def settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name in SECRETS:
        monkeypatch.delenv(name.upper(), raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    return Settings()


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_comes_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    path = tmp_path / "secret"
    path.write_text("redis://from-a-file\n")
    variable = name.upper()
    given = settings(monkeypatch, **{f"{variable}_FILE": str(path), variable: "redis://from-a-variable"})
    assert getattr(given, name) == "redis://from-a-file"


def test_without_a_file_the_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings(monkeypatch, LAB_TOKEN="from-a-variable", LAB_TOKEN_FILE="")
    assert given.lab_token == "from-a-variable"


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read (No such file or directory): name a file"),
        (b"", "is empty: write the secret into it"),
        (b" \n", "is empty: write the secret into it"),
        (b"\xff\xfe\x00", "is no text: write the secret alone"),
    ],
)
def test_a_file_without_a_secret_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, **{f"{name.upper()}_FILE": str(path)})
    assert wrong_settings(refused.value).startswith(f"{name.upper()}_FILE: {path} {said}")


def test_a_wrong_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush")
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, LAB_TOKEN_FILE=str(tmp_path / "token"))
    assert "LAB_TOKEN: " in wrong_settings(refused.value)
    assert "hush" not in f"{refused.value}{wrong_settings(refused.value)}"


@pytest.mark.parametrize(
    ("url", "complete"),
    [
        ("redis://redis:6379/0", "redis://:p%40ss%2Fword@redis:6379/0"),
        (
            "rediss://lab@redis:6380/1?ssl_ca_certs=/ca.pem",
            "rediss://lab:p%40ss%2Fword@redis:6380/1?ssl_ca_certs=/ca.pem",
        ),
        ("redis://lab:own@redis/0", "redis://lab:own@redis/0"),
        ("unix:///run/redis.sock?db=2", "unix://:p%40ss%2Fword@/run/redis.sock?db=2"),
    ],
)
def test_the_password_becomes_part_of_the_url(monkeypatch: pytest.MonkeyPatch, url: str, complete: str) -> None:
    assert settings(monkeypatch, REDIS_URL=url, REDIS_PASSWORD="p@ss/word").redis_url == complete


def test_a_password_alone_is_that_of_the_usual_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, REDIS_PASSWORD="hush").redis_url == "redis://:hush@127.0.0.1:6379/0"


def test_a_redis_takes_the_password_of_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with valkey.start(tmp_path / "valkey") as server:
        password = server.url.partition("//:")[2].partition("@")[0]
        (tmp_path / "password").write_text(f"{password}\n")
        without = server.url.replace(f":{password}@", "")
        given = settings(monkeypatch, REDIS_URL=without, REDIS_PASSWORD_FILE=str(tmp_path / "password"))
        assert redis.Redis.from_url(given.redis_url).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(without).ping()


@pytest.mark.parametrize("process", ["app", "worker.main"])
def test_api_and_worker_say_which_file_is_wrong(tmp_path: Path, process: str) -> None:
    command = ["-m", "app"] if process == "app" else ["-m", "celery", "-A", "worker.main:celery", "worker"]
    missing = tmp_path / "missing"
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "LAB_DATA": str(tmp_path), "REDIS_PASSWORD_FILE": str(missing)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"REDIS_PASSWORD_FILE: {missing} can't be read" in done.stderr
    assert "Traceback" not in done.stderr
