"""Restoring of a back-up into an empty lab: all of it, or nothing."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Self

import redis
from sqlalchemy.exc import SQLAlchemyError

from app.backup.archive import DATA, STORE, Archive, is_backup
from app.backup.lab_files import in_the_way
from app.backup.refused import Refused, sentence
from app.backup.saving import STREAM, Tell, contents, sync
from app.backup.store_copy import bring_up_to_date, contents_of, copy_rows, empty_database, rows_of, store_file
from app.directory_lock import RESTORING, DirectoryInUse, alone, is_incomplete
from app.startup import redis_refusal
from app.tables import SCHEMA
from core.ledger import Ledger, connect
from core.settings import Settings

SHARED: Final = "datasets"
"""Directory whose files a worker may read that is another user."""


def restore(settings: Settings, source: str, *, as_copy: bool, tell: Tell) -> str:
    """Restores the back-up in the file `source`, or from standard input; says what is there now.

    `as_copy` makes a lab of its own of it, which may run beside the one that the back-up is of.

    Raises:
        Refused: nothing of it is there then.
    """
    data = settings.lab_data
    try:
        with opened(source, data) as file:
            archive = Archive(file, "The back-up" if source == STREAM else source)
            _check(archive)
            with _emptied(data), _Restore(settings, archive) as under_way:
                under_way.run(as_copy=as_copy)
                lab = under_way.lab
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise Refused(sentence(error, f"LAB_DATA={data}")) from None
    if archive.manifest.unfinished:
        tell(
            f"{len(archive.manifest.unfinished)} of the experiments had not ended: their runs begin again when "
            "the lab starts, but for those that were paused."
        )
    _tell_of_redis(settings, lab, tell)
    return f"Restored {contents(archive.manifest)}, saved at {archive.manifest.made}, into LAB_DATA={data}."


@contextmanager
def opened(source: str, data: Path) -> Iterator[IO[bytes]]:
    """A back-up's file; standard input is first copied to a disk, where there is one to have it."""
    if source != STREAM:
        if not Path(source).is_file():
            raise Refused(f"There is no file {source}.")
        with open(source, "rb") as file:
            yield file
        return
    if sys.stdin.isatty():
        raise Refused("Standard input is a terminal: send a back-up to it, as in ./lab restore - < lab.zip")
    with tempfile.TemporaryFile(dir=data if data.is_dir() else None) as spooled:
        shutil.copyfileobj(sys.stdin.buffer, spooled, 1 << 20)
        yield spooled


def _check(archive: Archive) -> None:
    tables = archive.manifest.tables
    if tables > SCHEMA:
        raise Refused(
            f"The back-up has tables of version {tables}, newer than this program's version {SCHEMA}: update the lab."
        )
    problems = archive.problems()
    if problems:
        more = f" ({len(problems) - 1} more: see ./lab verify.)" if len(problems) > 1 else ""
        raise Refused(f"{problems[0]}{more} Nothing was restored.")


@contextmanager
def _emptied(data: Path) -> Iterator[None]:
    """An empty LAB_DATA that nobody else uses; one that was missing is gone again after a failure."""
    was_missing = not data.exists()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with alone(data):
            if is_incomplete(data):
                raise Refused(f"An earlier restore into LAB_DATA={data} was interrupted: empty that directory first.")
            there = [name for name in in_the_way(data) if not _is_backup(data / name)]
            if there:
                shown = ", ".join(there[:3]) + (" and more" if len(there) > 3 else "")
                raise Refused(
                    f"LAB_DATA={data} is not empty: it has {shown}. Move that away, or set LAB_DATA to another "
                    "directory."
                )
            yield
    except DirectoryInUse:
        raise Refused(f"A lab runs with LAB_DATA={data}: end it, or name another directory in LAB_DATA.") from None
    except BaseException:
        if was_missing:
            with contextlib.suppress(OSError):
                data.rmdir()
        raise


def _is_backup(path: Path) -> bool:
    return path.is_file() and is_backup(path)


class _Restore:
    """A restore under way. As a context manager it takes back all that it has done if it isn't done to the end."""

    def __init__(self, settings: Settings, archive: Archive) -> None:
        self._settings, self._archive = settings, archive
        self._data = settings.lab_data
        self._stage = self._data / RESTORING
        self._placed: list[Path] = []
        self._made: list[Path] = []
        self.lab = ""
        """Id of the lab that is restored."""

    def __enter__(self) -> Self:
        self._stage.mkdir(mode=0o700)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for path in self._placed:
                path.unlink(missing_ok=True)
            for directory in reversed(self._made):
                with contextlib.suppress(OSError):
                    directory.rmdir()
        shutil.rmtree(self._stage, ignore_errors=kind is not None)  # until now it marks the restore as incomplete
        sync(self._data)

    def run(self, *, as_copy: bool) -> None:
        """Unpacks everything, then puts it in its place."""
        file = store_file(self._settings)
        if file is not None and file.exists():
            raise Refused(f"The store {file} is there already: move it away, or name another in DATABASE_URL.")
        store = self._stage / STORE
        self._archive.extract(STORE, store)
        contents_of(store, "The back-up's store")
        self.lab = bring_up_to_date(store, as_copy=as_copy)
        staged = {name: self._stage / str(number) for number, name in enumerate(sorted(self._archive.names))}
        for name, path in staged.items():
            self._archive.extract(DATA + name, path)
        if file is not None:
            self._place_files(staged)
            self._place(store, file)
        else:
            with empty_database(self._settings) as database, rows_of(store) as rows:
                copy_rows(rows, database)
                self._place_files(staged)  # last, as it can be taken back; the rows are committed after it

    def _place_files(self, staged: dict[str, Path]) -> None:
        for name, path in staged.items():
            self._place(path, self._data / name)

    def _place(self, path: Path, target: Path) -> None:
        """Moves a file to its place, to the disk."""
        for directory in reversed(target.parents):
            if not directory.exists():
                directory.mkdir(mode=0o700)
                self._made.append(directory)
                if self._is_shared(directory):
                    directory.chmod(0o755)
        if self._is_shared(target):
            path.chmod(0o644)
        if target.exists():
            raise Refused(f"{target} is there already: move it away.")
        self._placed.append(target)
        shutil.move(path, target)  # which copies where data sets are on a disk of their own
        sync(target)
        sync(target.parent)

    def _is_shared(self, path: Path) -> bool:
        return path.is_relative_to(self._data / SHARED)


def _tell_of_redis(settings: Settings, lab: str, tell: Tell) -> None:
    """Says what the Redis that is set holds of this lab, or of another one."""
    if "redis_url" not in settings.model_fields_set:
        return
    refusal = redis_refusal(settings, lab)
    if refusal is not None:
        tell(refusal)
        return
    with (
        contextlib.suppress(redis.RedisError, ValueError),
        contextlib.closing(connect(settings.redis_url, seconds=5)) as client,
    ):
        if Ledger(client, settings.lab_redis_prefix).owner() is not None:
            tell(
                "The Redis in REDIS_URL has this lab's work of before: what was open begins again. If that lab still "
                "runs, end it before you start this one, or restore with --as-copy."
            )
