"""Restoring: all that was saved is there again, in either database, or nothing is."""

from __future__ import annotations

import errno
import io
import json
import lzma
import os
import shutil
import sqlite3
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.access import Credentials
from app.backup import restoring
from app.backup.archive import ArchiveWriter, Manifest
from app.directory_lock import RESTORING
from app.store import Store
from app.tables import SCHEMA, meta
from core.ledger import Ledger, connect
from launch import valkey
from tests.app.backup.conftest import SmallLab, done, files_of, process, refused, rows_of
from tests.postgres import Postgres
from tests.service import Service
from tests.test_upgrade import FINISHED, FIXTURE

Saved = tuple[SmallLab, Path]
CACHES = ("xla", "logs", "run", "redis", "lab.sqlite3", "datasets/.", "access.lock")


def kept(directory: Path) -> dict[str, bytes]:
    """Files of a lab that are no caches and not the store."""
    return {name: content for name, content in files_of(directory).items() if not name.startswith(CACHES)}


def test_everything_is_there_again(saved: Saved, tmp_path: Path) -> None:
    made, file = saved
    data = tmp_path / "deep" / "data"
    said = done(data, "restore", str(file))
    assert "Restored 2 experiments and" in said
    assert "1 of the experiments had not ended" in said
    assert kept(data) == kept(made.data)
    assert files_of(data).keys() == {*kept(made.data), "lab.sqlite3"}
    assert rows_of(f"sqlite:///{data / 'lab.sqlite3'}") == rows_of(made.url)
    assert Credentials(data).find(made.key, "key") is not None
    done(data, "verify")
    for path in data.rglob("*"):
        shared = "datasets" in path.relative_to(data).parts
        expected = (0o755 if shared else 0o700) if path.is_dir() else (0o644 if shared else 0o600)
        assert stat.S_IMODE(path.stat().st_mode) == expected, path
    for name in kept(made.data):
        assert (data / name).stat().st_mtime_ns == (made.data / name).stat().st_mtime_ns


IN_THE_WAY = ["lab.sqlite3", "access.json", "datasets/uploads/x.json", "redis/valkey.conf", "mine"]


@pytest.mark.parametrize("there", IN_THE_WAY)
def test_only_an_empty_directory_is_restored_into(saved: Saved, tmp_path: Path, there: str) -> None:
    path = tmp_path / "data" / there
    path.parent.mkdir(parents=True)
    path.write_bytes(b"precious")
    before = files_of(tmp_path)
    said = refused(tmp_path / "data", "restore", str(saved[1]))
    assert f"is not empty: it has {there.partition('/')[0]}." in said
    assert files_of(tmp_path) == before
    assert not (tmp_path / "data" / RESTORING).exists()


def test_what_a_lab_rebuilds_and_the_back_up_itself_are_not_in_the_way(saved: Saved, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "datasets" / "uploads").mkdir(parents=True)
    for name in ("xla", "logs", "run"):
        (data / name).mkdir()
        (data / name / "x").touch()
    shutil.copy(saved[1], data / "lab.zip")
    done(data, "restore", str(data / "lab.zip"))
    done(data, "verify")


def test_a_directory_that_a_lab_uses_is_refused(saved: Saved, tmp_path: Path) -> None:
    running = Service(tmp_path / "service", workers=0)
    try:
        assert f"A lab runs with LAB_DATA={running.data}" in refused(running.data, "restore", str(saved[1]))
        (running.data / "lab.sqlite3").unlink()
        assert "A lab runs" in refused(running.data, "restore", str(saved[1])), "also where nothing else is in the way"
        assert not (running.data / "token").exists()
    finally:
        running.stop()


def test_a_restore_that_was_interrupted_is_no_lab(saved: Saved, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / RESTORING).mkdir(parents=True)
    assert "was interrupted: empty that directory" in refused(data, "restore", str(saved[1]))
    started = process(data, PORT=str(valkey.free_port()))
    assert started.returncode == 1
    assert b"was interrupted: empty that directory" in started.stderr
    assert files_of(data) == {}


def test_a_full_disk_leaves_nothing(saved: Saved, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    for size in (64_000, *(int(share * saved[1].stat().st_size) for share in (0.3, 0.6, 0.95))):
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "small", str(disk)]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("A small disk can't be mounted here: that needs root")
        try:
            said = refused(disk / "data", "restore", str(saved[1]))
            assert "There is no room on the disk" in said
            assert list(disk.iterdir()) == [], size
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_failure_at_any_point_leaves_nothing(
    saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, database: str
) -> None:
    """The disk fails at each file that is put in its place, from the first to the last."""
    settings = {}
    if database == "postgres":
        settings["DATABASE_URL"] = request.getfixturevalue("postgres").database()
    placed = 2 * (len(kept(saved[0].data)) + (database == "sqlite"))
    for fails_at in (0, 1, 7, placed - 1):
        calls = iter(range(placed))

        def failing(path: Path, calls: Iterator[int] = calls, fails_at: int = fails_at) -> None:
            if next(calls, None) == fails_at:
                raise OSError(errno.EIO, "The disk is broken", str(path))

        with monkeypatch.context() as patched:
            patched.setattr(restoring, "sync", failing)
            assert "The disk is broken" in refused(tmp_path / "data", "restore", str(saved[1]), **settings)
        assert not (tmp_path / "data").exists()
    done(tmp_path / "data", "restore", str(saved[1]), **settings)
    done(tmp_path / "data", "verify", **settings)


def test_data_sets_on_a_disk_of_their_own(saved: Saved, tmp_path: Path) -> None:
    """As in the containers, where they are a volume that workers share."""
    datasets = tmp_path / "data" / "datasets"
    datasets.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "other", str(datasets)], capture_output=True).returncode:
        pytest.skip("A disk can't be mounted here: that needs root")
    try:
        done(tmp_path / "data", "restore", str(saved[1]))
        done(tmp_path / "data", "verify")
        assert not list(tmp_path.rglob(RESTORING))
    finally:
        subprocess.run(["umount", "--lazy", str(datasets)], check=True)


def test_a_store_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "lab.sqlite3").write_bytes(lzma.decompress((FIXTURE / "lab.sqlite3.xz").read_bytes()))
    shutil.copy(FIXTURE / "access.json", old)
    done(old, "backup", str(tmp_path / "lab.zip"))
    done(tmp_path / "none", "verify", str(tmp_path / "lab.zip"))
    done(tmp_path / "data", "restore", str(tmp_path / "lab.zip"))
    store = Store(f"sqlite:///{tmp_path / 'data' / 'lab.sqlite3'}")
    with store.engine.connect() as connection:
        assert connection.scalar(select(meta.c.value).where(meta.c.key == "schema")) == str(SCHEMA)
    stored = store.get(FINISHED)
    assert stored is not None
    assert [run.epochs_done for run in stored.runs] == [20] * 4
    store.close()


def hostile(saved: Saved, target: Path, statement: str) -> None:
    """Writes a back-up, with a right seal, to whose store a statement was done."""
    store = target.with_suffix(".sqlite3")
    shutil.copy(saved[0].data / "lab.sqlite3", store)
    with closing(sqlite3.connect(store)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")
        opened.execute(statement)
        opened.commit()
    out = io.BytesIO()
    writer = ArchiveWriter(out)
    writer.add("store.sqlite3", io.BytesIO(store.read_bytes()), 1)
    fields: dict[str, Any] = {"lab": "", "version": "", "tables": SCHEMA, "database": "", "made": ""}
    writer.finish(Manifest(**fields, experiments=0, unfinished=[], parts=writer.parts))
    target.write_bytes(out.getvalue())


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM experiments; END", "is no store of a lab"),
        ("CREATE VIEW v AS SELECT 1", "is no store of a lab"),
        ("CREATE TABLE mine (x)", "it has 'mine'"),
        ("DROP TABLE meta", "damaged, or no store"),
        ("DELETE FROM meta", "damaged, or no store"),
        (f"UPDATE meta SET value = '{SCHEMA + 1}' WHERE key = 'schema'", f"tables of version {SCHEMA + 1}, newer"),
        ("INSERT INTO runs (experiment, run, status, epochs_done) VALUES ('gone', 1, 'x', 0)", "is damaged"),
        ("DELETE FROM experiments", "is damaged"),
    ],
)
def test_a_hostile_store_is_refused(saved: Saved, tmp_path: Path, statement: str, expected: str) -> None:
    hostile(saved, tmp_path / "x.zip", statement)
    assert expected in refused(tmp_path / "data", "restore", str(tmp_path / "x.zip"))
    assert not (tmp_path / "data").exists()


def test_what_redis_holds_of_the_lab_is_said(saved: Saved, tmp_path: Path) -> None:
    identity = Store(saved[0].url).identity
    with valkey.start(tmp_path / "valkey") as server, closing(connect(server.url)) as client:
        said = done(tmp_path / "1", "restore", str(saved[1]), REDIS_URL=server.url)
        assert "Redis" not in said
        Ledger(client).attach(identity, "the lab as it was", "0-0")
        said = done(tmp_path / "2", "restore", str(saved[1]), REDIS_URL=server.url)
        assert "has this lab's work of before" in said
        said = done(tmp_path / "3", "restore", "--as-copy", str(saved[1]), REDIS_URL=server.url)
        assert "holds the work of another lab: the lab as it was" in said
    first, copy = (Store(f"sqlite:///{tmp_path / name / 'lab.sqlite3'}") for name in "23")
    assert first.identity == identity != copy.identity
    first.close()
    copy.close()


# PostgreSQL


def test_from_sqlite_to_postgresql_and_back(saved: Saved, tmp_path: Path, postgres: Postgres) -> None:
    made, file = saved
    url = postgres.database()
    done(tmp_path / "1", "restore", str(file), DATABASE_URL=url)
    assert rows_of(url) == rows_of(made.url)
    assert files_of(tmp_path / "1").keys() == kept(made.data).keys()
    done(tmp_path / "1", "verify", DATABASE_URL=url)
    done(tmp_path / "1", "backup", str(tmp_path / "2.zip"), DATABASE_URL=url)
    done(tmp_path / "none", "verify", str(tmp_path / "2.zip"))
    done(tmp_path / "2", "restore", str(tmp_path / "2.zip"))
    assert rows_of(f"sqlite:///{tmp_path / '2' / 'lab.sqlite3'}") == rows_of(made.url)
    assert kept(tmp_path / "2") == kept(made.data)


def test_a_database_that_is_not_empty_is_refused(saved: Saved, tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.database()
    Store(url).close()
    before = rows_of(url)
    said = refused(tmp_path / "data", "restore", str(saved[1]), DATABASE_URL=url)
    assert "is not empty: it has experiments" in said
    assert rows_of(url) == before
    assert not (tmp_path / "data").exists()


def test_a_database_that_fails_leaves_no_files(saved: Saved, tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.database()
    said = refused(tmp_path / "data", "restore", str(saved[1]), DATABASE_URL=url.replace("/lab", "/none"))
    assert "can't be used" in said
    hostile(saved, tmp_path / "x.zip", "UPDATE runs SET status = printf('%.200c', 'x')")
    assert "too long" in refused(tmp_path / "data", "restore", str(tmp_path / "x.zip"), DATABASE_URL=url)
    assert not (tmp_path / "data").exists()
    done(tmp_path / "data", "restore", str(saved[1]), DATABASE_URL=url)


def test_a_database_without_a_lab_is_said(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.database()
    for verb in (["backup", str(tmp_path / "lab.zip")], ["verify"]):
        said = refused(tmp_path / "data", *verb, DATABASE_URL=url)
        assert "There is no lab in the database" in said
    Store(url).close()
    store = Store(url)
    with store.engine.begin() as connection:
        connection.execute(meta.update().where(meta.c.key == "schema").values(value=str(SCHEMA - 1)))
    store.close()
    assert f"tables of version {SCHEMA - 1}" in refused(tmp_path, "backup", str(tmp_path / "lab.zip"), DATABASE_URL=url)
    assert not os.listdir(tmp_path)


def test_the_manifest_is_read_by_people(saved: Saved) -> None:
    with zipfile.ZipFile(saved[1]) as archive:
        text = archive.read("manifest.json").decode()
    assert json.loads(text)["lab"] == Store(saved[0].url).identity
    assert len(text.splitlines()) > 10
