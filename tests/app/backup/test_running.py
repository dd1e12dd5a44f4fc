"""A lab that is saved while it trains, and restored: it answers as before, and what was open ends as it would have."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.backup.archive import STORE, Archive
from tests.app.api.experiments import posted
from tests.app.api.test_predictions import as_csv, experiment, table, upload
from tests.app.backup.conftest import done, refused
from tests.postgres import Postgres
from tests.service import Service, wait_until

pytestmark = pytest.mark.training

TOKEN = {"LAB_TOKEN": "another-way-in"}
EPOCHS = 40_000
CLOSED = {"finished", "failed", "cancelled"}


@dataclass
class Saved:
    """A lab that was saved in the midst of a run, which has ended since."""

    service: Service
    file: Path
    key: str
    ended: str
    """An experiment that had ended; others were in the midst, and paused."""
    midway: str
    paused: str
    answers: dict[str, Any]
    """The lab's answers on what doesn't change."""
    result: tuple[Any, Any]
    """Curves of the experiment that was in the midst, and the hashes of its weights, once it had ended."""


def client_of(service: Service, key: str) -> httpx.Client:
    opened = service.client()
    opened.headers["Authorization"] = f"Bearer {key}"
    return opened


def answers(client: httpx.Client, ended: str, file: str) -> dict[str, Any]:
    """Answers on an experiment that has ended and on the files, by path."""
    one = f"/api/experiments/{ended}"
    paths = [
        one,
        f"{one}/curves",
        f"{one}/verdict",
        f"{one}/norms",
        f"{one}/runs/baseline/3/predictions?show=all",
        f"{one}/export/runs.csv",
        "/api/datasets/files",
        f"/api/datasets/files/{file}/content",
    ]
    return {path: client.get(path).raise_for_status().content for path in paths}


def tutorial(client: httpx.Client, name: str, epochs: int) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/presets/tutorial").raise_for_status().json()["experiment"]
    body["arms"] = body["arms"][1:2]
    body["training"]["epochs"] = epochs
    return body | {"name": name, "seeds": [1]}


def view(client: httpx.Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/experiments/{id}").raise_for_status().json()
    return found


def result(client: httpx.Client, id: str) -> tuple[Any, Any]:
    """Curves and hashes of the weights of an experiment, once it has finished."""
    wait_until(lambda: view(client, id)["status"] in CLOSED, f"{id} has ended")
    found = view(client, id)
    assert found["status"] == "finished"
    curves = client.get(f"/api/experiments/{id}/curves").raise_for_status().json()["runs"]
    return curves, [run["weights_sha256"] for run in found["runs"]]


def epochs_saved(file: Path, id: str) -> int:
    """Epochs that a back-up has of an experiment's first run."""
    copy = file.with_name("copy.sqlite3")
    with file.open("rb") as opened:
        Archive(opened, "it").extract(STORE, copy)
    with closing(sqlite3.connect(copy)) as store:
        query = "SELECT epochs_done FROM runs WHERE experiment = ? AND run = 0"
        return int(store.execute(query, [id]).fetchone()[0])


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    directory = tmp_path_factory.mktemp("first")
    service = Service(directory, TOKEN)
    key = done(service.data, "keys", "add", "night job").strip()
    with client_of(service, key) as client:
        file = upload(client, as_csv(*table()))
        split = {"train": 0.6, "shuffle": True, "standardize": True}
        dataset = {"kind": "table", "file": file, "target": "state", "features": ["age", "ward", "admitted", "weight"]}
        body = experiment(dataset, split, name="On patients")
        ended = posted(client, body)["id"]
        result(client, ended)
        paused = posted(client, tutorial(client, "Paused", EPOCHS))["id"]
        client.post(f"/api/experiments/{paused}/pause").raise_for_status()
        midway = posted(client, tutorial(client, "In the midst", EPOCHS))["id"]
        wait_until(lambda: view(client, midway)["runs"][0]["epochs_done"] > 0, "it is in the midst", every=0.01)
        said = done(service.data, "backup", str(directory / "lab.zip"), REDIS_URL=service.redis.url)
        assert 0 < epochs_saved(directory / "lab.zip", midway) < EPOCHS, "it must be saved in the midst of the run"
        assert "Redis" not in said
        assert "2 of the experiments had not ended" in said
        done(service.data, "verify")
        before = answers(client, ended, file)
        yield Saved(service, directory / "lab.zip", key, ended, midway, paused, before, result(client, midway))
    service.stop()


def check(saved: Saved, service: Service) -> None:
    """The lab answers as before, the run that was in the midst ends as it did, and what was paused is."""
    with client_of(service, saved.key) as client:
        file = str(list(saved.answers)[-1]).split("/")[-2]
        assert answers(client, saved.ended, file) == saved.answers
        assert view(client, saved.paused)["status"] == "paused"
        assert result(client, saved.midway) == saved.result
        runs = [run["epoch"] for run in saved.result[0]]
        assert runs == [list(range(1, EPOCHS + 1))], "each epoch once"
        client.post(f"/api/experiments/{saved.paused}/resume").raise_for_status()
        result(client, saved.paused)
    assert httpx.get(f"{service.url}/api/experiments", trust_env=False).status_code == 401
    assert "night job" in done(service.data, "keys", "list")
    done(service.data, "verify")


def test_in_an_empty_directory_with_a_fresh_redis(saved: Saved, tmp_path: Path) -> None:
    done(tmp_path / "data", "restore", str(saved.file))
    done(tmp_path / "data", "verify")
    restored = Service(tmp_path, TOKEN)
    try:
        check(saved, restored)
    finally:
        restored.stop()


def test_from_sqlite_to_postgresql_and_back(saved: Saved, tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.database()
    first, second = tmp_path / "first", tmp_path / "second"
    done(first / "data", "restore", str(saved.file), DATABASE_URL=url)
    in_postgres = Service(first, {**TOKEN, "DATABASE_URL": url}, workers=0)
    file = str(list(saved.answers)[-1]).split("/")[-2]
    try:
        with client_of(in_postgres, saved.key) as client:
            assert answers(client, saved.ended, file) == saved.answers
        settings = {"DATABASE_URL": url, "REDIS_URL": in_postgres.redis.url}
        done(in_postgres.data, "backup", str(tmp_path / "second.zip"), **settings)
    finally:
        in_postgres.stop()
    done(second / "data", "restore", str(tmp_path / "second.zip"))
    restored = Service(second, TOKEN)
    try:
        check(saved, restored)
    finally:
        restored.stop()


def test_in_its_own_place_with_the_redis_of_before(saved: Saved) -> None:
    """The store is older than Redis then: what was open when it was saved begins again."""
    service = saved.service
    assert "A lab runs" in refused(service.data, "restore", str(saved.file))
    for process in (*service.workers, service.api):
        process.stop()
    service.data.rename(service.data.with_name("lost"))
    said = done(service.data, "restore", str(saved.file), REDIS_URL=service.redis.url)
    assert "has this lab's work of before" in said
    shutil.copy(service.data.with_name("lost") / "xla", service.data / "xla", follow_symlinks=False)
    service.api.start()
    service.worker.start()
    service.wait_healthy()
    check(saved, service)
