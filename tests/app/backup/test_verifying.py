"""Checks of a lab: each thing that is missing, changed or unreadable is named, and nothing else."""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.tables import SCHEMA
from tests.app.backup.conftest import SmallLab, done, files_of, lab, refused


def problems(data: Path, *words: str) -> list[str]:
    """Lines that `./lab verify` prints, which must find something."""
    ended = lab(data, "verify", *words)
    assert ended.returncode == 1, ended.stdout
    assert ended.stderr == ""
    return ended.stdout.splitlines()


def flip(path: Path, at: float = 0.5) -> None:
    """Changes one bit of the byte at a share of a file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


def changed(small: SmallLab, statement: str) -> None:
    with closing(sqlite3.connect(small.data / "lab.sqlite3")) as store:
        store.execute(statement)
        store.commit()


def upload(small: SmallLab, id: str, ending: str) -> Path:
    return small.uploads / f"{id}.{ending}"


FILES: dict[str, tuple[Callable[[SmallLab], object], str]] = {
    "a source that was changed": (
        lambda lab: flip(upload(lab, lab.table, "source")),
        "{table}.source was changed: it is not the file that was uploaded",
    ),
    "a source of arrays that was changed": (
        lambda lab: flip(upload(lab, lab.arrays, "source"), 0.99),
        "{arrays}.source was changed",
    ),
    "a missing source": (
        lambda lab: upload(lab, lab.table, "source").unlink(),
        "The uploaded file {table} ('numbers.csv') lacks datasets/uploads/{table}.source",
    ),
    "a missing table": (
        lambda lab: upload(lab, lab.table, "parquet").unlink(),
        "lacks datasets/uploads/{table}.parquet",
    ),
    "missing arrays": (lambda lab: upload(lab, lab.arrays, "x.npy").unlink(), "lacks datasets/uploads/{arrays}.x.npy"),
    "missing columns": (
        lambda lab: upload(lab, lab.arrays, "columns.npz").unlink(),
        "lacks datasets/uploads/{arrays}.columns.npz",
    ),
    "a table that can't be read": (
        lambda lab: flip(upload(lab, lab.table, "parquet"), 0.999),
        "datasets/uploads/{table}.json can't be read: it was changed",
    ),
    "arrays that were cut off": (
        lambda lab: os.truncate(upload(lab, lab.arrays, "x.npy"), 200),
        "{arrays}.x.npy is not as long as it says",
    ),
    "columns that were changed": (lambda lab: flip(upload(lab, lab.arrays, "columns.npz")), "{arrays}.columns.npz"),
    "a description that can't be read": (
        lambda lab: upload(lab, lab.table, "json").write_text("{"),
        "{table}.json can't be read: it was changed",
    ),
    "an upload that an experiment needs": (
        lambda lab: list(map(Path.unlink, lab.uploads.glob(f"{lab.table}.*"))),
        "Experiment {finished} ('On an uploaded table') needs the uploaded file {table}, which is missing",
    ),
    "credentials that can't be read": (
        lambda lab: (lab.data / "access.json").write_text('{"grants": 1}'),
        "access.json can't be read: it was changed",
    ),
    "an empty token": (lambda lab: (lab.data / "token").write_text(" \n"), "token is empty"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_with_a_problem_is_named(small: SmallLab, kind: str) -> None:
    assert "No problems were found" in done(small.data, "verify")
    change, expected = FILES[kind]
    change(small)
    (said,) = problems(small.data)
    assert expected.format(**vars(small)) in said


STORE = {
    "UPDATE experiments SET body = '{}' WHERE id = '{finished}'": "Experiment {finished} ('On an uploaded table') can",
    "DELETE FROM runs WHERE experiment = '{finished}' AND run = 1": "has only 3 of its 4 runs",
    "DELETE FROM log WHERE experiment = '{running}' AND first_epoch = 1": "run 0 has curves of 0 epochs, and should",
    "DELETE FROM log WHERE experiment = '{finished}' AND first_epoch = 1": "epochs of run 0 are missing after 0",
    "UPDATE log SET figures = x'0102' WHERE first_epoch = 4": "the event 7-0 ('epochs') can't be read",
    "UPDATE log SET data = '' WHERE first_epoch = 4": "the event 7-0 ('epochs') can't be read",
    "UPDATE kept_parts SET content = x'00', bytes = 1 WHERE part = 'outputs'": "the part 'outputs' that is kept",
    "UPDATE kept_parts SET bytes = 7 WHERE part = 'weights'": "the part 'weights' that is kept of run 0",
    "UPDATE runs SET weights_sha256 = '00' WHERE run = 0": "the part 'weights' that is kept of run 0",
    "INSERT INTO suites VALUES ('s', 'suite', 1, 'no json', '[]', NULL)": "Suite s can't be read",
    "DELETE FROM experiments WHERE id = '{finished}'": "of an experiment that is not there",
}


@pytest.mark.parametrize("statement", STORE)
def test_what_the_store_lacks_is_named(small: SmallLab, tmp_path: Path, statement: str) -> None:
    changed(small, statement.replace("{finished}", small.finished).replace("{running}", small.running))
    expected = STORE[statement].format(**vars(small))
    said = problems(small.data)
    assert any(expected in each for each in said), said
    if "not there" not in expected:  # else none is made
        done(small.data, "backup", str(tmp_path / "lab.zip"))
        assert problems(tmp_path / "none", str(tmp_path / "lab.zip")) == said


def test_parts_that_made_room_are_no_problem(small: SmallLab) -> None:
    changed(small, "UPDATE kept_parts SET content = x'', bytes = 0")
    done(small.data, "verify")


def test_a_damaged_store_is_told(small: SmallLab) -> None:
    store = small.data / "lab.sqlite3"
    whole = store.read_bytes()
    content = bytearray(whole)
    content[4096 * 3 : 4096 * 5] = os.urandom(8192)
    store.write_bytes(content)
    assert any("The store" in said for said in problems(small.data))
    store.write_bytes(whole[: len(whole) // 2])
    ended = lab(small.data, "verify")
    assert ended.returncode == 1
    store.write_bytes(b"no database " * 1000)
    assert "can't be read" in refused(small.data, "verify")


def test_a_store_of_another_version_is_told(small: SmallLab) -> None:
    for version, expected in ((SCHEMA + 1, "newer than this program's"), (SCHEMA - 1, "start this version's lab once")):
        changed(small, f"UPDATE meta SET value = '{version}' WHERE key = 'schema'")
        before = files_of(small.data)
        assert expected in refused(small.data, "verify")
        assert {name: files_of(small.data)[name] for name in before} == before


def test_a_back_up_is_checked_as_the_lab_was(small: SmallLab, tmp_path: Path) -> None:
    """A file that was missing when it was saved is told, also where the LAB_DATA that is set has it."""
    for path in small.uploads.glob(f"{small.arrays}.*.npy"):
        path.unlink()
    flip(upload(small, small.table, "source"))
    done(small.data, "backup", str(tmp_path / "lab.zip"))
    said = problems(small.data, str(tmp_path / "lab.zip"))
    assert len(said) == 2
    assert any(small.arrays in each for each in said)
    assert any(f"{small.table}.source was changed" in each for each in said)
    with zipfile.ZipFile(tmp_path / "lab.zip") as archive:
        assert len(archive.namelist()) > 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "lab.zip"]


def test_nothing_of_the_lab_is_changed(small: SmallLab) -> None:
    before = files_of(small.data)
    done(small.data, "verify")
    assert files_of(small.data) == before
