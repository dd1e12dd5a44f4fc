"""The store as one SQLite file, whichever database it is in: how it is copied at one moment, checked, and put back."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from app.backup.refused import Refused, is_full
from app.startup import store_refusal
from app.store import SchemaMismatch, Store
from app.tables import SCHEMA, kept_parts, meta, metadata
from core.experiment.experiment import CLOSED
from core.settings import Settings

BATCH: Final = 100
"""Rows that are copied at once; of kept parts, which may be large, fewer."""
LARGE_BATCH: Final = 4
BUSY_SECONDS: Final = 10.0
LITTLE: Final = 200_000
"""Free bytes of a disk with less than which SQLite can't work."""


@dataclass(frozen=True)
class Contents:
    """Contents of a store, in few words."""

    lab: str
    """Its id; empty in one of a version that had none."""
    schema: int
    cursor: str
    experiments: int
    unfinished: list[str]
    """Ids of the experiments that have not ended."""


def store_file(settings: Settings) -> Path | None:
    """The store's SQLite file; None where it is in PostgreSQL."""
    try:
        url = make_url(settings.store_url)
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(url.get_backend_name())
    except (SQLAlchemyError, ValueError) as error:
        raise Refused(store_refusal(settings, error)) from None
    if url.get_backend_name() == "postgresql":
        return None
    if not url.database or url.database == ":memory:":
        raise Refused("DATABASE_URL names a store in memory, of which nothing is kept.")
    return Path(url.database)


@contextmanager
def reading(settings: Settings) -> Iterator[Connection]:
    """The store of a lab, at one moment and as this version knows it; writers aren't held up.

    Raises:
        Refused: there is none, or it has other tables.
    """
    file = store_file(settings)
    if file is not None and not file.is_file():
        raise Refused(f"There is no lab in LAB_DATA={settings.lab_data}: its store {file} is missing.")
    try:
        engine = create_engine(settings.store_url, hide_parameters=True)
        try:
            with _snapshot_of(engine.connect()) as connection:
                _check_tables(connection, settings)
                yield connection
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        if is_full(error):  # where it is copied to
            raise
        raise Refused(store_refusal(settings, error)) from None


def _snapshot_of(connection: Connection) -> Connection:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
        return connection
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _check_tables(connection: Connection, settings: Settings) -> None:
    if not inspect(connection).has_table("meta"):
        url = make_url(settings.store_url).render_as_string(hide_password=True)
        raise Refused(f"There is no lab in the database {url}.")
    found = int(connection.scalar(select(meta.c.value).where(meta.c.key == "schema")) or 0)
    if found > SCHEMA:
        raise Refused(_newer("The store", found))
    if found < SCHEMA:
        raise Refused(
            f"The store has tables of version {found}: start this version's lab once, which brings them to "
            f"{SCHEMA}, or use the version that made them."
        )


def _newer(what: str, found: int) -> str:
    return f"{what} has tables of version {found}, newer than this program's version {SCHEMA}: update it."


def standing(settings: Settings) -> tuple[str, str]:
    """Id of the lab, and the last event that its store has recorded, now."""
    file = store_file(settings)
    if file is not None:
        with _opened(file) as store:
            facts = dict(store.execute("SELECT key, value FROM meta").fetchall())
    else:
        with reading(settings) as connection:
            facts = dict(connection.execute(select(meta.c.key, meta.c.value)).all())
    return facts.get("identity", ""), facts.get("cursor", "0-0")


def copy_store(settings: Settings, target: Path) -> Contents:
    """Copies the store to a new SQLite file, as it is at one moment, while the lab writes to it.

    Raises:
        Refused: it can't be read, is damaged, or of a newer version.
    """
    file = store_file(settings)
    with _writing_to(target):
        if file is None:
            copy = create_engine(URL.create("sqlite", database=str(target)))
            try:
                with reading(settings) as source, copy.begin() as written:
                    copy_rows(source, written)
            finally:
                copy.dispose()
        else:
            with _opened(file) as store, closing(sqlite3.connect(target)) as written:
                store.backup(written)
                written.execute("PRAGMA journal_mode=DELETE")  # so that it is one file
        return contents_of(target, str(file or "The store"))


@contextmanager
def _writing_to(file: Path) -> Iterator[None]:
    """Makes one error of those that SQLite has for a disk without room.

    Raises:
        OSError: there is no room.
    """
    try:
        yield
    except (Refused, sqlite3.Error, SQLAlchemyError) as error:
        is_odd = "disk I/O error" in str(error) and shutil.disk_usage(file.parent).free < LITTLE
        if is_odd or is_full(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        raise


def copy_rows(source: Connection, target: Connection) -> None:
    """Makes the tables in an empty database, and copies all rows, in the callers' transactions."""
    metadata.create_all(target)
    for table in metadata.sorted_tables:
        size = LARGE_BATCH if table is kept_parts else BATCH
        rows = source.execute(select(table), execution_options={"yield_per": size}).mappings()
        for batch in rows.partitions():
            target.execute(table.insert(), [{each.key: _kept(row[each]) for each in table.c} for row in batch])


def _kept(value: Any) -> Any:
    """A value as every database takes it: PostgreSQL's texts can't have zeros."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def contents_of(file: Path, called: str) -> Contents:
    """Contents of a store in a file.

    Raises:
        Refused: it is damaged, no store, or of a newer version.
    """
    with _opened(file, called) as store:
        for check in ("quick_check(1)", "foreign_key_check"):
            found = store.execute(f"PRAGMA {check}").fetchone()
            if found is not None and found[0] != "ok":
                raise Refused(f"{called} is damaged ({' '.join(map(str, found))[:200]}): see ./lab verify.")
        # A store has tables and indices. Anything else would act by itself when it is opened.
        objects = store.execute("SELECT type, tbl_name, sql FROM sqlite_master").fetchall()
        odd = [name for kind, name, sql in objects if not _is_plain(kind, name, sql or "")]
        if odd:
            raise Refused(f"{called} is no store of a lab: it has {odd[0][:100]!r}.")
        found = _contents(store)
    if found.schema > SCHEMA:
        raise Refused(_newer(called, found.schema))
    return found


def _is_plain(kind: str, name: str, sql: str) -> bool:
    is_known = name in metadata.tables or name.startswith("sqlite_")
    return kind in ("table", "index") and is_known and not sql.upper().startswith("CREATE VIRTUAL")


def _contents(store: sqlite3.Connection) -> Contents:
    facts = dict(store.execute("SELECT key, value FROM meta").fetchall())
    statuses = store.execute("SELECT id, status FROM experiments ORDER BY id").fetchall()
    return Contents(
        lab=facts.get("identity", ""),
        schema=int(facts["schema"]),
        cursor=facts.get("cursor", "0-0"),
        experiments=len(statuses),
        unfinished=[id for id, status in statuses if status not in CLOSED],
    )


@contextmanager
def _opened(file: Path, called: str | None = None) -> Iterator[sqlite3.Connection]:
    """The store in a file; it is not made where it is missing."""
    called = called or f"The store {file}"
    try:
        uri = f"{file.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)) as store:
            store.execute("PRAGMA trusted_schema=OFF")
            yield store
    except (sqlite3.DatabaseError, KeyError, ValueError) as error:
        if is_full(error):
            raise
        raise Refused(f"{called} can't be read ({error}): it is damaged, or no store of a lab.") from None


def bring_up_to_date(file: Path, *, as_copy: bool) -> str:
    """Gives a restored store this version's tables, and `as_copy` an id of its own; gives its id.

    Raises:
        Refused: it can't be brought up to date.
    """
    with _writing_to(file):
        try:
            store = Store(f"sqlite:///{file}")
            try:
                identity = secrets.token_hex(16) if as_copy else store.identity
                with store.engine.begin() as connection:
                    connection.execute(meta.update().where(meta.c.key == "identity").values(value=identity))
            finally:
                store.close()
        except (SchemaMismatch, SQLAlchemyError) as error:
            said = getattr(error, "orig", None) or error
            raise Refused(f"The back-up's store can't be brought up to date: {said}.") from None
    return identity


@contextmanager
def empty_database(settings: Settings) -> Iterator[Connection]:
    """The database that a store is restored into, in a transaction that is committed at the end.

    Raises:
        Refused: it isn't empty, or can't be reached.
    """
    url = make_url(settings.store_url).render_as_string(hide_password=True)
    try:
        engine = create_engine(settings.store_url, hide_parameters=True)
        try:
            with engine.begin() as connection:
                there = sorted(inspect(connection).get_table_names())
                if there:
                    raise Refused(
                        f"The database {url} is not empty: it has {', '.join(there[:3])}. Name an empty one in "
                        "DATABASE_URL."
                    )
                yield connection
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        raise Refused(store_refusal(settings, error)) from None


@contextmanager
def rows_of(file: Path) -> Iterator[Connection]:
    """A store in a file, to be copied or read, at one moment."""
    engine = create_engine(URL.create("sqlite", database=str(file)))
    try:
        with _snapshot_of(engine.connect()) as connection:
            yield connection
    finally:
        engine.dispose()
