"""A small lab on the disk, with all that a lab keeps, and the commands that save, restore and check it."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.__main__ import main
from app.access import Credentials
from app.presets import TUTORIAL
from app.store import Store
from app.tables import metadata
from core.catalog.datasets.keeping import keep_upload
from core.catalog.datasets.uploads import uploads_directory
from core.experiment.experiment import Experiment
from core.runs.events import METRICS, Event
from core.runs.kept import pack_outputs, pack_weights, sha256_of
from core.settings import settings
from tests.core.catalog.datasets.own_arrays import npz
from tests.service import PATIENCE, ROOT

NOWHERE = "redis://127.0.0.1:1/0"
"""Address of a Redis that isn't there."""
WEIGHTS = [np.arange(6, dtype=np.float32).reshape(2, 3)]


def process(data: Path, *words: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs `./lab` with a LAB_DATA as a process, for what it reads and writes."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        env={**os.environ, "REDIS_URL": NOWHERE, "LAB_DATA": str(data), **environment},
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
    )


@dataclass
class Ended:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def lab(data: Path, *words: str, **environment: str) -> Ended:
    """Runs `./lab` with a LAB_DATA in this process, which saves the second that a new one takes for imports."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    handler, umask = signal.getsignal(signal.SIGTERM), os.umask(0o022)
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        for name, value in {"REDIS_URL": NOWHERE, "LAB_DATA": str(data), **environment}.items():
            patched.setenv(name, value)
        patched.setattr(sys, "argv", ["lab", *words])
        settings.cache_clear()
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
            if isinstance(ended.code, str):
                print(ended.code, file=err)
        finally:
            signal.signal(signal.SIGTERM, handler)
            os.umask(umask)
    settings.cache_clear()
    return Ended(code, out.getvalue(), err.getvalue())


def refused(data: Path, *words: str, **environment: Any) -> str:
    """Words of a command that fails: one sentence or a few."""
    done = lab(data, *words, **environment)
    assert done.returncode == 1, (done.stdout, done.stderr)
    said = done.stdout + done.stderr
    assert said.strip()
    assert len(said.splitlines()) <= 3, said
    return said


def done(data: Path, *words: str, **environment: Any) -> str:
    """Words of a command that succeeds, notes included."""
    ended = lab(data, *words, **environment)
    assert ended.returncode == 0, (ended.stdout, ended.stderr)
    return ended.stdout + ended.stderr


def files_of(directory: Path) -> dict[str, bytes]:
    """All files below a directory, by their paths in it."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def rows_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a store, by table."""
    store = Store(url)
    with store.engine.connect() as connection:
        found = {
            table.name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for table in metadata.sorted_tables
        }
    store.close()
    return found


@dataclass
class SmallLab:
    """A lab that doesn't run: what is in its directory."""

    data: Path
    table: str
    """Id of an uploaded table."""
    arrays: str
    finished: str
    """An experiment on the table of which a run has finished, with weights and outputs, and others were cancelled."""
    running: str
    """An experiment that had begun."""
    key: str

    @property
    def url(self) -> str:
        return f"sqlite:///{self.data / 'lab.sqlite3'}"

    @property
    def uploads(self) -> Path:
        return self.data / "datasets" / "uploads"


def epochs(experiment: str, id: str, first: int, last: int, run: int = 0) -> Event:
    figures = np.arange(first, last + 1)[:, None] + np.arange(len(METRICS)) / 10
    return Event(id, experiment, "epochs", run, {}, first, figures.astype("<f4").tobytes())


def small_lab(data: Path) -> SmallLab:
    """Makes one by the functions that a lab uses. `data` must be the LAB_DATA of the settings."""
    uploads_directory().mkdir(parents=True)

    def uploaded(content: bytes, name: str) -> str:
        part = uploads_directory() / "upload.part"
        part.write_bytes(content)
        return keep_upload(part, hashlib.sha256(content).hexdigest(), name)

    lines = "".join(f"{row},{row * row % 7},{'ab'[row % 2]}\n" for row in range(60))
    table = uploaded(f"first,second,target\n{lines}".encode(), "numbers.csv")
    rng = np.random.default_rng(0)
    arrays = uploaded(npz(x=rng.random((30, 4)), y=rng.integers(0, 2, 30), groups=np.arange(30) // 3), "arrays.npz")
    store = Store(f"sqlite:///{data / 'lab.sqlite3'}")
    body = TUTORIAL.experiment.model_dump() | {
        "dataset": {"kind": "table", "file": table, "target": "target"},
        "name": "On an uploaded table",
    }
    finished, _ = store.add(Experiment.model_validate(body), "an idempotency key")
    running, _ = store.add(TUTORIAL.experiment, None)
    stored = store.get(finished)
    assert stored is not None
    done = {"epochs_done": 5, **dict.fromkeys(METRICS, 0.5), "seconds": 1.0, "weights": []}
    done |= {"weights_sha256": sha256_of(WEIGHTS)}
    kept = {"weights": pack_weights(WEIGHTS, 10**6), "outputs": pack_outputs({"test": np.ones((3, 1))})}
    store.record(
        [
            Event("5-0", finished, "experiment_started"),
            Event("5-1", finished, "run_started", 0, {"attempt": 1}),
            epochs(finished, "6-0", 1, 3),
            epochs(finished, "7-0", 4, 5),
            Event("8-0", finished, "run_finished", 0, done),
            *(Event(f"9-{run}", finished, "run_cancelled", run) for run in range(1, len(stored.runs))),
            Event("10-0", finished, "experiment_cancelled"),
            Event("11-0", running, "experiment_started"),
            epochs(running, "12-0", 1, 7),
        ],
        {"8-0": kept},  # type: ignore[dict-item]
    )
    store.close()
    key = Credentials(data).add("key", "night job")
    (data / "token").write_text("a-token-of-its-own")
    (data / "keras.json").write_text("{}")
    (data / "datasets" / "mnist.npz").write_bytes(b"downloaded")
    for cache in ("xla/program", "logs/api.log", "run/api.pid", "redis/dump.rdb.1", "datasets/.mnist.lock"):
        (data / cache).parent.mkdir(exist_ok=True)
        (data / cache).write_bytes(b"not kept")
    return SmallLab(data, table, arrays, finished, running, key)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallLab]:
    """A small lab of the test's own."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    monkeypatch.setenv("LAB_DATA", str(data))
    settings.cache_clear()
    yield small_lab(data)
    settings.cache_clear()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallLab, Path]:
    """A small lab and a back-up of it, which a module's tests share and don't change."""
    directory = tmp_path_factory.mktemp("saved")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LAB_DATA", str(directory / "data"))
        settings.cache_clear()
        (directory / "data").mkdir(mode=0o700)
        made = small_lab(directory / "data")
    settings.cache_clear()
    done(made.data, "backup", str(directory / "lab.zip"))
    return made, directory / "lab.zip"
