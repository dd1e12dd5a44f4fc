"""Settings, read from the environment once per process. A test compares docs/reference/settings.md with them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting, its default and what it does. A field's name in capitals is its variable."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    lab_data: Path = Field(ROOT / "data", description="Directory of everything that is kept.")
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the API listens on.")
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        description="Redis 7 or newer, or Valkey. `make up` starts one of its own where this is not set.",
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy URL of the store, as `postgresql://user:password@host/lab`. Empty: SQLite in "
        "`LAB_DATA`.",
    )
    lab_page: Path = Field(ROOT / "frontend" / "dist", description="Directory of the built page.")
    lab_concurrency: int = Field(0, ge=0, le=1024, description="Runs that one worker trains at once. 0: one per core.")
    lab_upload_limit: int = Field(20_000_000, ge=1, description="Bytes that an uploaded CSV file may have.")
    lab_allowed_hosts: list[str] = Field(
        ["localhost", "127.0.0.1", "[::1]"],
        description="Names that a request's `Host` may give, as a JSON list, beside this machine's own, `HOST` and "
        "`LAB_URL`. Guards against DNS rebinding.",
    )
    lab_token: str = Field(
        "",
        pattern=r"^$|^\S{8,}$",
        description="Token that opens the lab, of 8 characters at least. `generate`: one is made, and kept in "
        "`LAB_DATA`. Empty: on a loopback address the lab is open, and on another it does not start.",
    )
    lab_url: str = Field(
        "",
        pattern=r"^$|^https?://[^/?#]+/?$",
        description="Address under which people reach the lab. Empty: that of `HOST` and `PORT`.",
    )
    lab_let_anyone_in: bool = Field(
        False,
        description="Without a token, starts on any address: whoever reaches it may use, change and remove everything.",
    )
    lab_post_rate: int = Field(120, ge=1, description="Experiments that a caller may post in a minute.")
    lab_upload_rate: int = Field(30, ge=1, description="Files that a caller may upload in a minute.")
    lab_log: Literal["text", "json"] = Field(
        "text", description="How API and workers write their logs: lines for people, or a JSON object a line."
    )
    lab_max_epochs: int = Field(200_000, ge=1, le=200_000, description="Epochs that a run may have.")
    lab_max_width: int = Field(4096, ge=1, le=4096, description="Units or filters that a layer may have.")
    lab_max_depth: int = Field(32, ge=0, le=32, description="Layers that a network may have, besides the output.")
    lab_max_runs: int = Field(256, ge=1, le=256, description="Runs that an experiment may have.")
    lab_max_memory: int = Field(4_000_000_000, ge=1, description="Bytes that one run may need, as estimated.")
    lab_max_seconds: int = Field(
        604_800, ge=1, description="Seconds that an experiment may take one slot, as estimated. The default is a week."
    )

    @property
    def store_url(self) -> str:
        """Where results are kept."""
        return self.database_url or f"sqlite:///{self.lab_data / 'lab.sqlite3'}"

    @property
    def slots(self) -> int:
        """Runs that one worker trains at once."""
        return self.lab_concurrency or len(_cores())


def _cores() -> range | set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)


@cache
def settings() -> Settings:
    """The process's settings.

    Raises:
        pydantic.ValidationError: where a variable has a value that can't be.
    """
    return Settings()
