"""Making of a back-up, while the lab runs or not."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import redis
from sqlalchemy.exc import SQLAlchemyError

from app.backup.archive import DATA, STORE, ArchiveWriter, Manifest, is_backup
from app.backup.lab_files import LEDGER, LabFiles
from app.backup.refused import Refused, sentence
from app.backup.store_copy import copy_store, standing, store_file
from app.stored import iso, now_ms
from core.ledger import Ledger, connect
from core.runs.events import id_key
from core.settings import Settings
from core.version import VERSION

Tell = Callable[[str], None]
"""Tells the user a sentence that changes nothing."""

STREAM: Final = "-"
"""Name of a file that stands for standard input or output."""
CATCH_UP_SECONDS: Final = 30.0
"""Time that the lab gets to record what Redis has."""
STALLED_SECONDS: Final = 3.0
"""Time without progress after which it isn't waited for."""

_UNRECORDED: Final = (
    "Redis holds events that the lab has not recorded, since it does not run or lags behind. They are not in the "
    "back-up: after a restore their epochs are trained again, to the same figures."
)
_NO_REDIS: Final = (
    "Redis can't be reached. Events that it may hold and the lab has not recorded are not in the back-up: after a "
    "restore their epochs are trained again, to the same figures."
)


def save(settings: Settings, target: str, *, replace: bool, tell: Tell) -> str:
    """Writes a back-up to the file `target`, or to standard output; says what is in it.

    Raises:
        Refused: it can't be made; nothing is left then, and an earlier file stays.
    """
    data, file = settings.lab_data, store_file(settings)
    place = f"standard output, or of LAB_DATA={data}" if target == STREAM else target
    try:
        if file is not None and not file.is_file():
            raise Refused(f"There is no lab in LAB_DATA={data}: its store {file} is missing.")
        beside = data if target == STREAM else Path(target).absolute().parent
        with _written(target, replace=replace) as out, _directory(beside) as own:
            manifest = _write(settings, out, own / STORE, tell)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise Refused(sentence(error, place)) from None
    size = sum(part.bytes for part in manifest.parts)
    if manifest.unfinished:
        tell(
            f"{len(manifest.unfinished)} of the experiments had not ended: after a restore their runs begin again by "
            "themselves, and come to the same figures."
        )
    return f"Saved {contents(manifest)} ({size / 1e6:,.1f} MB) to {'standard output' if target == STREAM else target}."


def contents(manifest: Manifest) -> str:
    """Contents of a back-up, in words."""
    files = len(manifest.parts) - 1
    return (
        f"{manifest.experiments} experiment{'' if manifest.experiments == 1 else 's'} and "
        f"{files} file{'' if files == 1 else 's'}"
    )


def _write(settings: Settings, out: IO[bytes], copy: Path, tell: Tell) -> Manifest:
    """Writes everything. `copy` is a place for a copy of the store.

    An experiment's files are there before it is, and until it is gone. So files come first, and those that came
    meanwhile after the store.
    """
    file = store_file(settings)
    files = LabFiles(settings.lab_data, *([] if file is None else [file]), *_backups(settings.lab_data))
    seen: set[str] = set()
    with ArchiveWriter(out) as writer:
        _add_files(writer, files, seen)
        recorded = _catch_up(settings, tell)
        found = copy_store(settings, copy)
        if id_key(found.cursor) < recorded:
            tell(_UNRECORDED)
        with copy.open("rb") as store:
            writer.add(STORE, store, time.time_ns())
        copy.unlink()
        _add_files(writer, files, seen)
        manifest = Manifest(
            lab=found.lab,
            version=VERSION,
            tables=found.schema,
            database="postgresql" if file is None else "sqlite",
            made=iso(now_ms()) or "",
            experiments=found.experiments,
            unfinished=found.unfinished,
            parts=writer.parts,
        )
        writer.finish(manifest)
    return manifest


def _add_files(writer: ArchiveWriter, files: LabFiles, seen: set[str]) -> None:
    """Adds files that weren't seen before; a description last, since what it describes is there as long as it is."""
    for name in sorted(files.names - seen, key=lambda name: (name.endswith(".json"), name)):
        seen.add(name)
        with contextlib.suppress(FileNotFoundError), files.open(name) as file:  # it may just have been removed
            writer.add(DATA + name, file, os.fstat(file.fileno()).st_mtime_ns)


def _backups(data: Path) -> list[Path]:
    """Back-ups that lie beside the lab's own files."""
    return [path for path in data.glob("*") if path.is_file() and is_backup(path)]


def _catch_up(settings: Settings, tell: Tell) -> tuple[int, int]:
    """Waits until the lab has recorded what Redis has now; gives the last event that the store should have then."""
    lab, cursor = standing(settings)
    try:
        with contextlib.closing(connect(_redis_url(settings), seconds=5)) as client:
            ledger = Ledger(client, settings.lab_redis_prefix)
            owner, newest = ledger.owner(), id_key(ledger.newest())
    except (redis.RedisError, ValueError):
        tell(_NO_REDIS)
        return (0, 0)
    if owner is not None and owner[0] != lab:
        return (0, 0)  # another lab's
    begun = progress = time.monotonic()
    while id_key(cursor) < newest:
        now, before = time.monotonic(), cursor
        if now - progress > STALLED_SECONDS or now - begun > CATCH_UP_SECONDS:
            break
        time.sleep(0.05)
        _, cursor = standing(settings)
        if cursor != before:
            progress = now
    return newest


def _redis_url(settings: Settings) -> str:
    """Address of the lab's Redis: without a setting, of the embedded one that its launcher has configured."""
    configuration = settings.lab_data / LEDGER / "valkey.conf"
    if "redis_url" in settings.model_fields_set or not configuration.is_file():
        return settings.redis_url
    given = dict(line.split(" ", 1) for line in configuration.read_text().splitlines() if " " in line)
    return f"redis://:{given.get('requirepass', '')}@{given.get('bind', '127.0.0.1')}:{given.get('port', '6379')}/0"


@contextmanager
def _written(target: str, *, replace: bool) -> Iterator[IO[bytes]]:
    """An unbuffered output that is the file `target` once all is written, on the disk; nothing is left of a failure."""
    if target == STREAM:
        if sys.stdout.isatty():
            raise Refused("Standard output is a terminal: send it to a file, as in ./lab backup - > lab.zip")
        with open(1, "wb", buffering=0, closefd=False) as out:
            yield out
        return
    path = Path(target)
    _check_target(path, replace=replace)
    part = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0) as out:
            yield out
            os.fsync(out.fileno())
        _check_target(path, replace=replace)
        part.replace(path)
        sync(path.absolute().parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _check_target(path: Path, *, replace: bool) -> None:
    if path.exists() and not path.is_file():
        raise Refused(f"{path} is no file: name one for the back-up.")
    if path.exists() and not replace:
        raise Refused(f"{path} exists already: name another file, or add --replace.")
    if not path.absolute().parent.is_dir():
        raise Refused(f"There is no directory {path.absolute().parent}: make it, or name another file.")


@contextmanager
def _directory(beside: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=beside, ignore_cleanup_errors=True) as own:
        yield Path(own)


def sync(path: Path) -> None:
    """Writes a file, or a directory's entries, to the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
