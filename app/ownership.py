"""Ownership of a store: one API at a time records, submits and takes changes; others only read until that one ends.

The lock ends with the process that holds it, however it ends: a file lock beside an SQLite store, a session's advisory
lock in PostgreSQL.
"""

from __future__ import annotations

import asyncio
import fcntl
import functools
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import IO, Final

from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)

CHECK_SECONDS: Final = 1.0
"""Interval at which a process looks whether it may have the store, or has it still."""
_KEY: Final = int.from_bytes(b"lab-lock")
"""The advisory lock's number in PostgreSQL, which each database has for itself."""
_KEEPALIVE: Final = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
"""Lets the server notice within 11 s that the machine of the owner is gone."""
_HOLDER: Final = text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory' AND granted "
    "AND ((classid::bigint << 32) | objid::bigint) = :key"
)


class Ownership:
    """A process's hold on a store. Its coroutines belong to one event loop."""

    def __init__(self, url: str) -> None:
        """Args: the store's URL."""
        name = f"process {os.getpid()} on {socket.gethostname()}"
        database = make_url(url)
        if database.get_backend_name() == "sqlite":
            self._lock: _FileLock | _SessionLock = _FileLock(f"{database.database}.lock", name)
        else:
            self._lock = _SessionLock(url, name)
        self.held = False
        self._taken = asyncio.Event()

    def acquire(self) -> bool:
        """Takes the store unless another process has it; says whether it is this one's.

        Raises:
            OSError, sqlalchemy.exc.SQLAlchemyError: the lock can't be reached.
        """
        self.held = self._lock.acquire()
        return self.held

    def holder(self) -> str:
        """The process that has the store, in words."""
        try:
            return self._lock.holder() or "another process"
        except (OSError, SQLAlchemyError):
            return "another process"

    def release(self) -> None:
        """Lets another process have the store."""
        self.held = False
        self._lock.release()

    async def keep(self) -> None:
        """Looks after the lock: takes the store once its owner has ended.

        A process that lost it to another, since the database was out of its reach, ends, and starts anew as a reader.
        """
        had = self.held
        if had:
            self._taken.set()
        if await asyncio.to_thread(self._lock.acquire):
            if not had:
                logger.warning("The API before has ended: this one takes changes now")
            self.held = True
            self._taken.set()
        elif had:
            logger.critical("The store went to %s while it was out of reach: this API ends", self.holder())
            self.held = False
            signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(CHECK_SECONDS)

    def by_owner(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """`work`, which waits until the store is this process's."""

        @functools.wraps(work)
        async def waiting() -> None:
            await self._taken.wait()
            await work()

        return waiting


class _FileLock:
    def __init__(self, path: str, name: str) -> None:
        self._path = path
        self._name = name
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        if self._file is not None:
            return True
        file = open(self._path, "a+", opener=lambda path, flags: os.open(path, flags, 0o600))  # noqa: SIM115 - open as long as held
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(self._name)
        file.flush()
        self._file = file
        return True

    def holder(self) -> str:
        with open(self._path) as file:
            return file.read(200)

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _SessionLock:
    def __init__(self, url: str, name: str) -> None:
        arguments = {"application_name": name[:63], "options": _KEEPALIVE, "connect_timeout": 5}
        self._engine = create_engine(url, poolclass=NullPool, connect_args=arguments, isolation_level="AUTOCOMMIT")
        self._session: Connection | None = None

    def acquire(self) -> bool:
        if self._session is not None:
            try:
                self._session.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self.release()
            else:
                return True
        session = self._engine.connect()
        if session.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}):
            self._session = session
            return True
        session.close()
        return False

    def holder(self) -> str:
        with self._engine.connect() as connection:
            return str(connection.scalar(_HOLDER, {"key": _KEY}) or "")

    def release(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()
            session.close()
