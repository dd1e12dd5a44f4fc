"""Why a lab with these settings can't start: one sentence that says what to do, within seconds."""

from __future__ import annotations

import contextlib
import errno
import socket
import tempfile
from pathlib import Path
from typing import Final

import redis
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError

from app.access import startup_refusal
from app.attachment import foreign
from app.directory_lock import DirectoryInUse, is_incomplete, share
from app.ownership import Ownership
from app.store import SchemaMismatch, Store
from core.ledger import Ledger, connect
from core.settings import Settings

SECONDS: Final = 5
"""Time that Redis, and PostgreSQL, get for an answer."""
OLDEST_REDIS: Final = (7, 0)


def refusal(settings: Settings) -> str | None:
    """Reason why a lab with these settings must not start; None if it may.

    A Redis that is away is none: a lab starts without it, and takes up its work when it comes.
    """
    sentence = (
        startup_refusal(settings)
        or _of_directory(settings.lab_data)
        or _of_restore(settings.lab_data)
        or _of_port(settings)
    )
    if sentence is not None:
        return sentence
    try:
        store = _opened(settings.store_url)
    except SchemaMismatch as error:
        return f"{error}."
    except (SQLAlchemyError, ImportError, ValueError) as error:
        return store_refusal(settings, error)
    try:
        return redis_refusal(settings, store.identity)
    finally:
        store.close()


def _opened(url: str) -> Store:
    """The store; brought up to date, unless another process has it."""
    ownership = Ownership(url)
    try:
        return Store(url, migrate=ownership.acquire())
    finally:
        ownership.release()


def _of_directory(data: Path) -> str | None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        reasons = {
            errno.ENOSPC: "its disk is full: make room",
            errno.EDQUOT: "its disk quota is used up: make room",
            errno.EROFS: "it can only be read: mount it so that it can be written",
            errno.EACCES: "this user may not write there: change its owner, or name another directory",
            errno.EPERM: "this user may not write there: change its owner, or name another directory",
            errno.ENOTDIR: "a file stands in its way: name another directory",
            errno.EEXIST: "it is a file: name a directory",
        }
        reason = reasons.get(error.errno or 0, f"{error.strerror}: name another directory")
        return f"LAB_DATA={data} can't be written, since {reason}."
    return None


def _of_restore(data: Path) -> str | None:
    """Also keeps restores out of the directory from now on."""
    try:
        share(data)
    except DirectoryInUse:
        return f"LAB_DATA={data} is being restored: start the lab when that has ended."
    if is_incomplete(data):
        return f"A restore into LAB_DATA={data} was interrupted: empty that directory, then run ./lab restore again."
    return None


def _of_port(settings: Settings) -> str | None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except socket.gaierror:
            return (
                f"HOST={settings.host} is no name of this machine: set HOST to 127.0.0.1, or to one of its addresses."
            )
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Port {settings.port} is taken by another program: end that, or set PORT to another number."
            if error.errno == errno.EADDRNOTAVAIL:
                return (
                    f"HOST={settings.host} is no address of this machine: set HOST to 127.0.0.1, or to one of its own."
                )
            if error.errno in (errno.EACCES, errno.EPERM):
                return f"This user may not use port {settings.port}: set PORT to a number above 1023."
            return f"Port {settings.port} of {settings.host} can't be used: {error.strerror}."
    return None


def store_refusal(settings: Settings, error: Exception) -> str:
    """Why the store can't be used, from the error that opening or reading it ended with."""
    try:
        url = make_url(settings.store_url)
    except ArgumentError:
        return "DATABASE_URL is no address of a database: write it as postgresql://user:password@host/database."
    if isinstance(error, ImportError) or url.get_backend_name() not in ("sqlite", "postgresql"):
        return f"DATABASE_URL names {url.drivername}, which the lab can't use: name a PostgreSQL as postgresql://…"
    said = " ".join(str(getattr(error, "orig", error)).split())[:200]
    if url.get_backend_name() == "postgresql":
        shown = url.render_as_string(hide_password=True)
        return f"PostgreSQL at {shown} can't be used: {said}. See that it runs, and that DATABASE_URL is right."
    if isinstance(error, OperationalError) and "locked" in said:
        return f"The store {url.database} is locked by another program: end that."
    if isinstance(error, DatabaseError):
        return (
            f"The store {url.database} can't be read ({said}): it is damaged, or no store of the lab. Put a back-up "
            "in its place, or move it away to start anew."
        )
    return f"The store {url.database} can't be opened: {said}."


def redis_refusal(settings: Settings, identity: str) -> str | None:
    """Reason why the store of that id can't be used with the Redis that is set; None if it can, or Redis is away."""
    try:
        client = connect(settings.redis_url, seconds=SECONDS)
    except ValueError as error:
        return f"REDIS_URL is no address of a Redis ({error}): write it as redis://:password@host:6379/0."
    with contextlib.closing(client):
        try:
            version = str(client.info("server").get("redis_version", "0.0"))
            owner = Ledger(client).owner()
        except (redis.ConnectionError, redis.TimeoutError) as error:
            is_refused = isinstance(error, redis.AuthenticationError) or "password" in str(error).lower()
            return "Redis does not take the name and password in REDIS_URL: correct them." if is_refused else None
        except redis.ResponseError as error:
            said = str(error)
            if said.startswith(("NOAUTH", "WRONGPASS")) or "AUTH" in said:
                return "Redis wants a name or a password: add it to REDIS_URL, as redis://:password@host:6379/0."
            if said.startswith("NOPERM"):
                return f"Redis' user in REDIS_URL may not do what the lab needs ({said}): give it the rights."
            return None
        number = tuple(int(part) for part in version.split(".")[:2])
        if number < OLDEST_REDIS:
            return f"Redis is of version {version}, and the lab needs 7 or newer, or Valkey: update it."
        return foreign(owner[1]) + "." if owner is not None and owner[0] != identity else None
