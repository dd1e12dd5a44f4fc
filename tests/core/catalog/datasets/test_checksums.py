"""Uploads are checked against their SHA-256 when they are read: what changed is told, and mended by another upload."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.catalog.datasets import Arrays, Table
from core.catalog.datasets.checksums import CHANGED, UNREADABLE, DamagedFile, digest_of
from core.catalog.datasets.reading import Reading
from core.catalog.datasets.uploads import (
    checked_parts,
    content_path,
    damage,
    remove_file,
    uploads_directory,
)
from tests.core.catalog.datasets.own_arrays import Keep, folders, npz
from tests.core.catalog.datasets.uploading import FLOWERS, kept

ARRAYS = npz(x=np.arange(24.0).reshape(8, 3), y=np.arange(8) % 2)


def flip(path: Path) -> None:
    """Changes one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def lists() -> Path:
    return uploads_directory().with_name("uploads-sha256")


@pytest.mark.parametrize("ending", ["json", "parquet", "source"])
@pytest.mark.parametrize("spoil", [flip, Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_table_that_changed_is_told_and_mended_by_the_same_content(
    own_data: Path, ending: str, spoil: Callable[[Path], object]
) -> None:
    id, other = kept(FLOWERS), kept(FLOWERS.replace("setosa", "other"))
    dataset = Table(file=id, target="species")
    before = dataset.load()
    assert dataset.problems() == []
    spoil(uploads_directory() / f"{id}.{ending}")
    if (uploads_directory() / f"{id}.json").exists():  # without its description it isn't there at all
        (problem,) = dataset.problems()
        assert problem.location == ("dataset", "file")
        assert problem.message in {CHANGED, UNREADABLE}
        assert str(own_data) not in problem.message
    else:
        assert "There is no such file" in str(damage(id))
    assert Table(file=other, target="species").problems() == []
    rows = Table(file=other, target="species", test_file=id).problems()
    assert [problem.location for problem in rows] == [("dataset", "test_file")]
    assert kept(FLOWERS, "again.csv") == id
    assert dataset.problems() == []
    np.testing.assert_array_equal(dataset.load().y, before.y)


@pytest.mark.parametrize("ending", ["json", "x.npy", "y.npy", "source"])
def test_arrays_that_changed_are_told_and_mended(keep: Keep, ending: str) -> None:
    id = keep(ARRAYS)
    dataset = Arrays(file=id)
    assert dataset.problems() == []
    flip(uploads_directory() / f"{id}.{ending}")
    (problem,) = dataset.problems()
    assert (problem.location, problem.message) == (("dataset", "file"), CHANGED)
    assert keep(ARRAYS) == id
    assert dataset.problems() == []
    assert len(dataset.load()) == 8


def test_a_change_that_keeps_size_and_time_is_seen(own_data: Path) -> None:
    id = kept(FLOWERS)
    path = uploads_directory() / f"{id}.parquet"
    before = path.stat()
    assert damage(id) is None
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert damage(id) == CHANGED


def test_a_file_is_read_for_its_digest_once(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    id = kept(FLOWERS)
    assert damage(id) is None

    def read(*_: object) -> None:
        raise AssertionError("it was read again")

    monkeypatch.setattr(hashlib, "file_digest", read)
    assert damage(id) is None
    path = uploads_directory() / f"{id}.parquet"
    path.write_bytes(path.read_bytes())
    with pytest.raises(AssertionError, match="read again"):
        damage(id)


def test_pictures_of_another_size_are_made_again_where_they_changed(keep: Keep) -> None:
    dataset = Arrays(file=keep(folders()), size=[3, 4])
    before = dataset.load()
    (sized,) = uploads_directory().glob("*.3x4.npy")
    digest = digest_of(sized)
    flip(sized)
    np.testing.assert_array_equal(dataset.load().x, before.x)
    assert digest_of(sized) == digest
    sized.unlink()
    flip(uploads_directory() / f"{dataset.file}.source")
    with pytest.raises(DamagedFile):
        content_path(dataset.file)


def test_the_lists_are_those_of_sha256sum(keep: Keep) -> None:
    table, arrays = kept(FLOWERS), keep(ARRAYS)
    reread = kept(FLOWERS, reading=Reading(types={"petal": "category"}))
    Arrays(file=keep(folders()), size=[3, 4]).load()
    command = ["sha256sum", "--quiet", "--strict", "-c", *sorted(map(str, lists().iterdir()))]
    done = subprocess.run(command, cwd=uploads_directory(), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    listed = {name for path in lists().iterdir() for name in [line[66:] for line in path.read_text().splitlines()]}
    assert listed == {path.name for path in uploads_directory().iterdir()}
    assert {f"{table}.source", f"{reread}.parquet", f"{arrays}.y.npy"} <= listed
    for id in (table, reread, arrays):
        remove_file(id)
    assert {path.name.partition(".")[0] for path in lists().iterdir()}.isdisjoint({table, reread, arrays})


def test_what_an_earlier_version_kept_is_listed_when_it_is_read(own_data: Path) -> None:
    id = kept(FLOWERS)
    (lists() / f"{id}.sha256").unlink()
    parts = checked_parts(id)
    assert set(parts) == {f"{id}.{ending}" for ending in ("json", "parquet", "source")}
    flip(uploads_directory() / f"{id}.parquet")
    assert damage(id) == CHANGED
    (lists() / f"{id}.sha256").unlink()
    flip(uploads_directory() / f"{id}.parquet")
    flip(uploads_directory() / f"{id}.source")
    assert damage(id) == CHANGED, "its id tells what it was"


def test_a_list_that_changed_is_damage_too(own_data: Path) -> None:
    id = kept(FLOWERS)
    (lists() / f"{id}.sha256").write_text("no list")
    assert damage(id) == CHANGED
    assert kept(FLOWERS) == id
    assert damage(id) is None


def test_data_sets_name_the_uploads_that_they_read() -> None:
    table = Table(file="0" * 64, target="y")
    assert table.uploads() == {"0" * 64: False}
    assert table.model_copy(update={"test_file": "1" * 64}).uploads() == {"0" * 64: False, "1" * 64: False}
    assert Arrays(file="0" * 64).uploads() == {"0" * 64: False}
    assert Arrays(file="0" * 64, size=[3, 4]).uploads() == {"0" * 64: True}
