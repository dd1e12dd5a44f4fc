"""Settings, read from the environment once per process. A test compares docs/reference/settings.md with them.

A secret may be in a file, as container engines and systemd hand secrets over: `NAME_FILE` names the file of `NAME`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from core.limits import MAX_DEPTH, MAX_EPOCHS, MAX_RUNS, MAX_SIZE

ROOT = Path(__file__).resolve().parent.parent
SECRETS: Final = ("lab_token", "redis_url", "redis_password", "database_url")
"""Settings that a file may hold."""


class _SecretFiles(PydanticBaseSettingsSource):
    """Secrets from the files that `NAME_FILE` names. They count more than `NAME`, which an image may set already."""

    def __call__(self) -> dict[str, Any]:
        return {name: value for name in SECRETS if (value := self._read(name)) is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._read(field_name), field_name, False

    def _read(self, name: str) -> str | None:
        variable = f"{name.upper()}_FILE"
        path = os.environ.get(variable)
        if not path:
            return None
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise self._bad(
                variable, f"{path} can't be read ({error.strerror}): name a file that this user may read"
            ) from None
        except UnicodeDecodeError:
            raise self._bad(variable, f"{path} is no text: write the secret alone into it") from None
        if not value:
            raise self._bad(variable, f"{path} is empty: write the secret into it, or unset {variable}")
        return value

    @staticmethod
    def _bad(variable: str, words: str) -> ValidationError:
        error = PydanticCustomError("secret_file", "{words}", {"words": words})
        return ValidationError.from_exception_data(
            "Settings", [InitErrorDetails(type=error, loc=(variable.lower(),), input=None)], hide_input=True
        )


class Settings(BaseSettings):
    """Every setting, with its default and its effect. A field's name in capitals is its environment variable."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    lab_data: Path = Field(ROOT / "data", description="Directory of all stored data.")
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the API listens on.")
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        description="Redis 7 or newer, or Valkey. `make up` starts its own Valkey if this is not set.",
    )
    redis_password: str = Field(
        "", description="Password of Redis, so that it needs no place in `REDIS_URL`. One that is there counts more."
    )
    lab_redis_prefix: str = Field(
        "lab",
        pattern=r"^[a-z][a-z0-9_-]{0,29}$",
        description="First word of the lab's keys in Redis. Labs with different ones may share a Redis.",
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL of the store, like `postgresql://user:password@host/lab`. Empty: SQLite in "
        "`LAB_DATA`.",
    )
    lab_page: Path = Field(ROOT / "frontend" / "dist", description="Directory of the built page.")
    lab_concurrency: int = Field(0, ge=0, le=1024, description="Runs that one worker trains at once. 0: one per core.")
    lab_upload_limit: int = Field(200_000_000, ge=1, description="Largest uploaded table, in bytes, unpacked.")
    lab_array_limit: int = Field(
        2_000_000_000,
        ge=1,
        description="Largest uploaded file of arrays or pictures, in bytes, and most bytes that they take as float32.",
    )
    lab_weights_limit: int = Field(
        16_000_000,
        ge=0,
        description="Largest weights of a finished run that are kept to predict with, in bytes. 0: none are kept.",
    )
    lab_kept_limit: int = Field(
        2_000_000_000,
        ge=0,
        description="Most bytes that the store keeps of weights and test outputs of all runs. Beyond it the oldest go, "
        "those of 1 MB or more first.",
    )
    lab_allowed_hosts: list[str] = Field(
        ["localhost", "127.0.0.1", "[::1]"],
        description="Host names that requests may use, as a JSON list, besides this machine's own, `HOST`, "
        "`LAB_URL` and `LAB_WORKER_URL`. Protects against DNS rebinding.",
    )
    lab_token: str = Field(
        "",
        pattern=r"^$|^\S{8,}$",
        description="Access token, at least 8 characters. `generate`: the lab makes one and stores it in `LAB_DATA`. "
        "Empty: the lab is open on a loopback address, and does not start on any other.",
    )
    lab_url: str = Field(
        "",
        pattern=r"^$|^https?://[^/?#]+/?$",
        description="Public address of the lab. Empty: that of `HOST` and `PORT`.",
    )
    lab_worker_url: str = Field(
        "",
        pattern=r"^$|^https?://[^/?#]+/?$",
        description="Address of the API as workers on other machines reach it, to fetch uploaded files. Empty: "
        "`LAB_URL`; without that `HOST` and `PORT`, and where the API listens on all addresses, the one by which it "
        "reaches Redis.",
    )
    lab_cache_limit: int = Field(
        20_000_000_000,
        ge=0,
        description="Most bytes of uploaded files that a worker on another machine keeps. Beyond it those go that were "
        "used least recently.",
    )
    lab_let_anyone_in: bool = Field(
        False,
        description="Allows starting on any address without a token: anyone who can reach the lab may use, change and "
        "remove everything.",
    )
    lab_post_rate: int = Field(120, ge=1, description="Experiments and suites that a client may post in a minute.")
    lab_upload_rate: int = Field(30, ge=1, description="Files that a client may upload in a minute.")
    lab_log: Literal["text", "json"] = Field(
        "text", description="Log format of API and workers: `text` lines, or one JSON object per line."
    )
    lab_max_epochs: int = Field(MAX_EPOCHS, ge=1, le=MAX_EPOCHS, description="Most epochs of a run.")
    lab_max_width: int = Field(MAX_SIZE, ge=1, le=MAX_SIZE, description="Most units or filters of a layer.")
    lab_max_depth: int = Field(
        MAX_DEPTH, ge=0, le=MAX_DEPTH, description="Most layers of a network, besides the output."
    )
    lab_max_runs: int = Field(MAX_RUNS, ge=1, le=MAX_RUNS, description="Most runs of an experiment.")
    lab_max_memory: int = Field(4_000_000_000, ge=1, description="Largest estimated memory of one run, in bytes.")
    lab_max_seconds: int = Field(
        604_800,
        ge=1,
        description="Longest estimated time of an experiment or a suite on one slot, in seconds. Default: a week.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then files of secrets, then variables."""
        return init_settings, _SecretFiles(settings_cls), env_settings

    @model_validator(mode="before")
    @classmethod
    def _add_password(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Puts the password into the URL, so that there is one address of Redis for everyone."""
        password = given.get("redis_password")
        if not password:
            return given
        url = given.get("redis_url", cls.model_fields["redis_url"].default)
        return {**given, "redis_url": _with_password(url, password)}

    @property
    def store_url(self) -> str:
        """URL of the database of results."""
        return self.database_url or f"sqlite:///{self.lab_data / 'lab.sqlite3'}"

    @property
    def slots(self) -> int:
        """Runs that one worker trains at once."""
        return self.lab_concurrency or len(_cores())


def _with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    if parts.password is not None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def wrong_settings(error: ValidationError) -> str:
    """The settings that are wrong, a line each: name, and what is wrong with it."""
    wrong = [f"{'.'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()]
    return "\n".join([*wrong, "See docs/reference/settings.md for what each setting takes."])


def _cores() -> range | set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)


def keep_private() -> None:
    """Keeps other users of the machine from reading what this process writes, and what is in `LAB_DATA` already.

    Files of data sets stay readable, since a worker may be another user.
    """
    os.umask(0o077)
    for name in ("lab.sqlite3", "lab.sqlite3-wal", "lab.sqlite3-shm", "keras.json"):
        with suppress(OSError):
            (settings().lab_data / name).chmod(0o600)


def make_shared(directory: Path) -> None:
    """Makes a directory of data sets, which a worker that is another user may read."""
    directory.mkdir(parents=True, exist_ok=True)
    root = settings().lab_data
    for each in (directory, *directory.parents):
        if root in each.parents:
            with suppress(PermissionError):
                each.chmod(0o755)


@cache
def settings() -> Settings:
    """The process's settings.

    Raises:
        pydantic.ValidationError: if a variable has an invalid value.
    """
    return Settings()
