"""A lab that version 0.1.0 left behind, opened by this one: SQLite file, keys and Redis as it wrote them.

`tests/fixtures/lab-0.1.0` was made by running 0.1.0: one experiment finished, one was paused, and one was running when
the lab was stopped, its wake-up still in Celery's queue. `redis.json` has all of Redis as commands.
"""

from __future__ import annotations

import base64
import io
import json
import lzma
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

import httpx
import numpy as np
import pytest
import redis

from launch import valkey
from tests.service import Service, wait_until

FIXTURE = Path(__file__).parent / "fixtures" / "lab-0.1.0"
FINISHED, PAUSED, RUNNING = "06h1f8sdd59bdkee", "06h1f8v8zpbsr3nd", "06h1f8w7s7201fbj"
DONE = {PAUSED: 31, RUNNING: 264}
"""Epochs that 0.1.0 had trained of the runs that go on."""
EPOCHS = 400
KEY = "OcvdgkBRP_W7KJk-iTFPuDw_r9eaojVxds63JxhJE7s"
"""Key of the fixture's lab; valid nowhere else."""
NAMES = ("train_accuracy", "test_accuracy", "train_loss", "test_loss")


def restore(url: str) -> None:
    """Puts Redis' data back."""

    def value(each: Any) -> bytes:
        return base64.b64decode(each["base64"]) if isinstance(each, dict) else each.encode()

    with closing(redis.Redis.from_url(url)) as client:
        for command in json.loads((FIXTURE / "redis.json").read_text()):
            cast(Any, client).execute_command(*map(value, command))


pytestmark = pytest.mark.training  # the lab has a worker


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The lab of 0.1.0 run by this version, with a token, so that its key is needed."""
    directory = tmp_path_factory.mktemp("lab")
    data = directory / "data"
    data.mkdir()
    (data / "lab.sqlite3").write_bytes(lzma.decompress((FIXTURE / "lab.sqlite3.xz").read_bytes()))
    shutil.copy(FIXTURE / "access.json", data)
    with valkey.start(directory / "redis") as server:
        restore(server.url)
    running = Service(directory, {"LAB_TOKEN": "another-way-in"})
    yield running
    running.stop()


@pytest.fixture
def client(lab: Service) -> Iterator[httpx.Client]:
    """Uses the key that was made in 0.1.0."""
    with lab.client() as opened:
        opened.headers["Authorization"] = f"Bearer {KEY}"
        yield opened


def logged(id: str, directory: Path) -> np.ndarray:
    """The first run's curves as 0.1.0 stored them: float32, (epochs, 4)."""
    file = directory / "lab.sqlite3"
    file.write_bytes(lzma.decompress((FIXTURE / "lab.sqlite3.xz").read_bytes()))
    with closing(sqlite3.connect(file)) as store:
        query = "SELECT figures FROM log WHERE experiment = ? AND run = 0 AND event = 'epochs' ORDER BY first_epoch"
        figures = b"".join(row[0] for row in store.execute(query, [id]))
    return np.frombuffer(figures, "<f4").reshape(-1, len(NAMES))


def curve(client: httpx.Client, id: str) -> np.ndarray:
    """The first run's curves: float32, (epochs, 4)."""
    run = client.get(f"/api/experiments/{id}/curves").raise_for_status().json()["runs"][0]
    assert run["epoch"] == list(range(1, len(run["epoch"]) + 1)), "each epoch once"
    return np.array([run[name] for name in NAMES], np.float32).T


def finished(client: httpx.Client, id: str) -> dict[str, Any]:
    """The first run of an experiment, when it has finished."""

    def run() -> dict[str, Any] | None:
        view = client.get(f"/api/experiments/{id}").raise_for_status().json()
        assert view["status"] not in {"failed", "cancelled"}, view["runs"]
        found: dict[str, Any] = view["runs"][0]
        return found if view["status"] == "finished" else None

    found = wait_until(run, f"{id} has finished")
    assert found is not None
    return found


def checkpoint_can_be_resumed() -> bool:
    """Whether the checkpoints are of the versions that are installed here; else a run starts anew."""
    file = json.loads((FIXTURE / "redis.json").read_text())
    (command,) = [each for each in file if each[1] == f"lab:run:{PAUSED}:0"]
    saved = base64.b64decode(command[command.index("checkpoint") + 1]["base64"])
    with np.load(io.BytesIO(saved), allow_pickle=False) as arrays:
        versions: dict[str, str] = json.loads(arrays["about"].tobytes())["versions"]
    for name, expected in versions.items():
        try:
            if version(name) != expected:
                return False
        except PackageNotFoundError:  # tensorflow-cpu in place of tensorflow
            if version(f"{name}-cpu") != expected:
                return False
    return True


def test_a_key_of_0_1_0_opens_the_lab(lab: Service, client: httpx.Client) -> None:
    assert client.get("/api/experiments").status_code == 200
    assert httpx.get(f"{lab.url}/api/experiments", trust_env=False).status_code == 401


def test_a_finished_experiment_is_read_with_all_that_belongs_to_it(client: httpx.Client) -> None:
    view = client.get(f"/api/experiments/{FINISHED}").raise_for_status().json()
    assert (view["name"], view["status"]) == ("Finished in 0.1.0", "finished")
    assert [(run["arm"], run["seed"], run["epochs_done"]) for run in view["runs"]] == [
        ("baseline", 1, 20),
        ("baseline", 2, 20),
        ("max norm", 1, 20),
        ("max norm", 2, 20),
    ]
    assert curve(client, FINISHED).shape == (20, 4)
    for part in ("norms", "verdict", "export/report.html", "export/script.py"):
        assert client.get(f"/api/experiments/{FINISHED}/{part}").status_code == 200, part
    frames = client.get(f"/api/experiments/{FINISHED}/frames", params={"arm": "max norm"}).raise_for_status().json()
    assert frames["epoch"][-1] == 20
    assert frames["boundary"] is not None


@pytest.mark.parametrize("id", [RUNNING, PAUSED], ids=["running", "paused"])
def test_an_unfinished_run_goes_on_to_the_figures_of_one_that_was_never_stopped(
    client: httpx.Client, lab: Service, id: str, tmp_path: Path
) -> None:
    """The epochs that 0.1.0 logged stay; those that follow are as if nothing had happened.

    On a processor that rounds as the fixture's did, this holds to the last bit, weights included. On another one the
    same run gives other last digits from its first epoch on, and training carries them along.
    """
    if id == PAUSED:
        assert client.get(f"/api/experiments/{id}").raise_for_status().json()["status"] == "paused"
        client.post(f"/api/experiments/{id}/resume").raise_for_status()
    run = finished(client, id)
    assert run["epochs_done"] == EPOCHS
    body = client.get(f"/api/experiments/{id}").json()["experiment"] | {"name": "The same from the start"}
    new = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    whole = finished(client, new)

    old, ours, expected = logged(id, tmp_path), curve(client, id), curve(client, new)
    assert len(old) == DONE[id]
    assert np.array_equal(ours[: len(old)], old)
    assert ours.shape == expected.shape == (EPOCHS, len(NAMES))
    if np.array_equal(expected[: len(old)], old):
        assert np.array_equal(ours, expected)
        assert run["weights_sha256"] == whole["weights_sha256"]
    else:
        assert np.abs(ours - expected).max() < 0.02

    resumed = f"run 0 of {id} resumes after epoch {DONE[id]}" in lab.worker.log.read_text()
    assert resumed is checkpoint_can_be_resumed()
