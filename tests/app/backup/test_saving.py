"""Making of back-ups: whole, private, never half done, and honest about what Redis still holds."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.attachment import Attachment
from app.backup import saving
from app.backup.archive import Archive
from app.backup.store_copy import Contents, copy_store
from app.presets import TUTORIAL
from app.store import Store
from core.ledger import Ledger, connect, parse_entry
from core.runs.events import METRICS
from core.settings import Settings, settings
from launch import valkey
from tests.app.backup.conftest import NOWHERE, SmallLab, done, epochs, files_of, process, refused
from tests.service import PATIENCE, ROOT, wait_until


def told(settings: Settings, target: Path) -> list[str]:
    """Sentences that are told while a back-up is made."""
    found: list[str] = []
    found.append(saving.save(settings, str(target), replace=False, tell=found.append))
    return found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "small", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("A small disk can't be mounted here: that needs root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_it_says_what_it_saved_and_what_was_not_done(small: SmallLab, tmp_path: Path) -> None:
    before = files_of(small.data)
    said = done(small.data, "backup", str(tmp_path / "lab.zip"))
    assert "Saved 2 experiments and" in said
    assert "1 of the experiments had not ended" in said
    assert "Redis can't be reached" in said
    assert files_of(small.data) == before, "nothing of the lab is touched"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "lab.zip"}


def test_a_file_that_is_there_is_replaced_only_when_told(small: SmallLab, tmp_path: Path) -> None:
    file = tmp_path / "lab.zip"
    file.write_bytes(b"precious")
    assert "exists already" in refused(small.data, "backup", str(file))
    assert file.read_bytes() == b"precious"
    done(small.data, "backup", "--replace", str(file))
    assert zipfile.is_zipfile(file)
    assert "is no file" in refused(small.data, "backup", "--replace", str(tmp_path))
    assert "There is no directory" in refused(small.data, "backup", str(tmp_path / "none" / "lab.zip"))


def test_standard_output_has_the_same(small: SmallLab, tmp_path: Path) -> None:
    ended = process(small.data, "backup", "-")
    assert ended.returncode == 0
    assert Archive(io.BytesIO(ended.stdout), "it").problems() == []
    assert b"Saved 2 experiments" in ended.stderr
    restored = tmp_path / "restored"
    assert process(restored, "restore", "-", stdin=ended.stdout).returncode == 0
    assert (restored / "token").read_text() == "a-token-of-its-own"
    assert process(restored, "verify", "-", stdin=ended.stdout).returncode == 0
    assert process(restored, "verify", "-", stdin=ended.stdout[:-1]).returncode == 1
    assert process(restored, "verify", "one", "two").returncode == 2


def test_a_reader_that_goes_away_is_told(small: SmallLab) -> None:
    command = f"{sys.executable} -m app backup - | head -c 10 > /dev/null; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "LAB_DATA": str(small.data), "REDIS_URL": NOWHERE}
    with (small.data / "datasets" / "large.npz").open("wb") as file:
        file.truncate(10_000_000)
    ended = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, timeout=PATIENCE)
    assert ended.returncode == 1
    assert b"has ended before" in ended.stderr
    assert b"Traceback" not in ended.stderr
    assert not list(small.data.glob(".backup-*"))


def test_earlier_back_ups_in_the_directory_are_left_out(small: SmallLab) -> None:
    done(small.data, "backup", str(small.data / "first.zip"))
    done(small.data, "backup", str(small.data / "second.zip"))
    with zipfile.ZipFile(small.data / "second.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith(".zip")]


def test_the_command_takes_files_from_where_it_is_called(small: SmallLab, tmp_path: Path) -> None:
    environment = {**os.environ, "LAB_DATA": str(small.data), "REDIS_URL": NOWHERE}
    command = [str(ROOT / "lab"), "backup", "here.zip"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=PATIENCE)
    assert zipfile.is_zipfile(tmp_path / "here.zip")


def test_a_lab_that_is_not_there_is_said(tmp_path: Path) -> None:
    for verb in (["backup", str(tmp_path / "lab.zip")], ["verify"]):
        assert f"There is no lab in LAB_DATA={tmp_path / 'none'}" in refused(tmp_path / "none", *verb)
    assert not list(tmp_path.iterdir())


def test_a_damaged_store_is_not_saved(small: SmallLab, tmp_path: Path) -> None:
    store = small.data / "lab.sqlite3"
    content = bytearray(store.read_bytes())
    content[4096 * 3 : 4096 * 5] = os.urandom(8192)
    store.write_bytes(content)
    assert "damaged" in refused(small.data, "backup", str(tmp_path / "lab.zip"))
    store.write_bytes(b"no database " * 1000)
    assert "damaged, or no store" in refused(small.data, "backup", str(tmp_path / "lab.zip"))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_full_disk_leaves_nothing(small: SmallLab, small_disk: Path) -> None:
    for large in (False, True):
        if large:  # then the files don't fit, and before that the store
            (small.data / "datasets" / "large.npz").write_bytes(os.urandom(2_000_000))
        else:
            (small_disk / "filler").write_bytes(bytes(900_000))
        said = refused(small.data, "backup", str(small_disk / "lab.zip"))
        assert "There is no room on the disk" in said
        assert len(said.splitlines()) <= 2
        (small_disk / "filler").unlink(missing_ok=True)
        assert list(small_disk.iterdir()) == []


def test_one_that_is_ended_leaves_nothing(small: SmallLab, tmp_path: Path) -> None:
    target = tmp_path / "lab.zip"
    os.mkfifo(small.data / "ignored")  # no plain file
    with (small.data / "datasets" / "large.npz").open("wb") as file:
        file.truncate(3_000_000_000)
    environment = {**os.environ, "LAB_DATA": str(small.data), "REDIS_URL": NOWHERE}
    command = [sys.executable, "-m", "app", "backup", str(target)]
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    wait_until(lambda: list(tmp_path.glob(".*.part")), "it has begun", every=0.01)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1
    assert b"nothing of it is left" in said
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_file_that_comes_while_it_is_made_is_in_it(
    small: SmallLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that goes is not missed: an experiment in the store has its file."""

    def meanwhile(of: Settings, target: Path) -> Contents:
        for path in small.uploads.glob(f"{small.table}.*"):
            shutil.copy(path, path.with_name(path.name.replace(small.table, "f" * 64)))
        for path in small.uploads.glob(f"{small.arrays}.*"):
            path.unlink()
        return copy_store(of, target)

    monkeypatch.setattr(saving, "copy_store", meanwhile)
    told(settings(), tmp_path / "lab.zip")
    with zipfile.ZipFile(tmp_path / "lab.zip") as archive:
        names = archive.namelist()
    for id in ("f" * 64, small.table, small.arrays):
        assert f"data/datasets/uploads/{id}.json" in names
        assert f"data/datasets/uploads/{id}.source" in names


def test_writers_do_not_make_it_inconsistent(small: SmallLab, tmp_path: Path) -> None:
    """The store is of one moment: each epoch is there with the state that its run had then."""
    store = Store(small.url)
    over = threading.Event()

    def write() -> None:
        at = 8
        while not over.is_set():
            store.record([epochs(small.running, f"{at + 100}-0", at, at + 4)])
            at += 5

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            done(small.data, "backup", str(tmp_path / f"{number}.zip"))
            done(tmp_path / "none", "verify", str(tmp_path / f"{number}.zip"))
            done(small.data, "verify")
    finally:
        over.set()
        writer.join()
        store.close()


# Redis


class Recording:
    """The small lab's ledger on a real Valkey, and its recorder."""

    def __init__(self, lab: SmallLab, url: str) -> None:
        self.store, self.ledger = Store(lab.url), Ledger(connect(url))
        Attachment(self.store, self.ledger, "the small lab").attach()
        self.id, _ = self.store.add(TUTORIAL.experiment, None)
        self.ledger.submit(self.id, {}, ["p"])
        claim = self.ledger.claim(self.id, "host/1/2", [])
        assert claim is not None
        self.ledger.append(claim, 1, 1, bytes(4 * len(METRICS)), 1.0)

    def record(self) -> None:
        client = self.ledger.client
        events = [parse_entry(*entry) for entry in client.xrange(self.ledger.log_key)]  # type: ignore[union-attr]
        self.store.record(events)

    def close(self) -> None:
        self.store.close()
        self.ledger.client.close()


@pytest.fixture
def recording(small: SmallLab, tmp_path: Path) -> Iterator[tuple[Recording, Settings]]:
    with valkey.start(tmp_path / "valkey") as server, closing(Recording(small, server.url)) as opened:
        yield opened, Settings(lab_data=small.data, redis_url=server.url)


def test_what_redis_holds_is_waited_for(recording: tuple[Recording, Settings], tmp_path: Path) -> None:
    opened, configured = recording
    later = threading.Timer(0.5, opened.record)
    later.start()
    said = told(configured, tmp_path / "lab.zip")
    later.join()
    assert not [sentence for sentence in said if "Redis" in sentence], said
    newest = opened.ledger.newest()
    with (tmp_path / "lab.zip").open("rb") as file:
        Archive(file, "it").extract("store.sqlite3", tmp_path / "copy.sqlite3")
    copy = Store(f"sqlite:///{tmp_path / 'copy.sqlite3'}")
    assert copy.cursor() == newest
    copy.close()


def test_what_nobody_records_is_said(
    recording: tuple[Recording, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, configured = recording
    monkeypatch.setattr(saving, "STALLED_SECONDS", 0.2)
    begun = time.monotonic()
    assert any("has not recorded" in sentence for sentence in told(configured, tmp_path / "lab.zip"))
    assert time.monotonic() - begun < PATIENCE / 10
    opened.ledger.client.hset(opened.ledger.key("ledger"), "store", "another")
    assert not any("Redis" in said for said in told(configured, tmp_path / "2.zip")), "another lab's is not ours"


def test_the_embedded_redis_is_found(small: SmallLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make up` starts it: its address is in no setting."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    with valkey.start(small.data / "redis") as server, closing(Recording(small, server.url)) as opened:
        opened.record()
        assert not any("Redis" in said for said in told(Settings(lab_data=small.data), tmp_path / "lab.zip"))
