"""A worker on another machine, that shares no directory with the API and reaches nothing but it and Redis."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.core.catalog.datasets.own_arrays import npz, trials
from tests.faults.lab import seconds_until
from tests.faults.namespaces import API_LINK, REDIS_LINK, Machines, machines, on_machine
from tests.faults.report import Tell
from tests.service import COMPILED, Process, Service, wait_until

__all__ = ["machines"]

TOKEN = "a-token-of-the-tests"


class RemoteLab(Service):
    """A lab with a token on one machine, and a worker on another."""

    def __init__(self, directory: Path, machines: Machines) -> None:
        self.machines = machines
        environment = {"LAB_TOKEN": TOKEN, "HOST": "0.0.0.0"}
        super().__init__(directory, environment, workers=0, as_deployed=True, redis_host=REDIS_LINK[0])
        # The link to the API is another than that to Redis, so that one can be cut alone.
        self.environment["LAB_WORKER_URL"] = f"http://{API_LINK[0]}:{self.port}"
        self.api.stop()
        self.api = self._process("api", [sys.executable, "-m", "app"])
        self.wait_healthy()
        self.remote: Process | None = None
        self.remote_data = directory / "remote"

    def client(self) -> httpx.Client:
        client = super().client()
        client.headers["authorization"] = f"Bearer {TOKEN}"
        return client

    def start_remote(self) -> Process:
        """Starts the worker on its machine. All that it is told is where Redis is, and where it may write."""
        self.remote_data.mkdir()
        (self.remote_data / "xla").symlink_to(COMPILED)
        kept: dict[str, str] = {name: self.environment[name] for name in ("PATH", "HOME") if name in self.environment}
        environment = {
            **kept,
            "REDIS_URL": self.redis.url,
            "LAB_DATA": str(self.remote_data),
            "LAB_CONCURRENCY": "1",
            "PYTHONUNBUFFERED": "1",
        }
        quiet = ["--loglevel", "INFO", "--without-mingle", "--without-gossip", "--without-heartbeat"]
        command = [sys.executable, "-m", "celery", "-A", "worker.main:celery", "worker", *quiet, "-n", "remote@%h"]
        with self.machines.on(self.machines.worker):
            self.remote = Process("remote", command, environment, self.directory)
        assert on_machine(self.machines, self.machines.worker, self.remote.pid)
        return self.remote

    def stop(self) -> None:
        if self.remote is not None:
            self.remote.stop()
        super().stop()

    def ask(self, method: str, path: str, **arguments: Any) -> Any:
        with self.client() as client:
            answer = client.request(method, f"/api{path}", **arguments)
        assert answer.is_success, answer.text
        return answer.json()

    def upload(self, content: bytes) -> str:
        id: str = self.ask("POST", "/datasets/files", content=content)["id"]
        return id

    def post(self, dataset: dict[str, Any]) -> str:
        layers = [{"kind": "flatten"}] if dataset["kind"] == "arrays" else []
        body = {
            "dataset": dataset,
            "split": {"train": 0.6, "shuffle": True, "standardize": dataset["kind"] == "table"},
            "network": {"layers": [*layers, {"kind": "dense", "units": 4}]},
            "training": {"epochs": 20},
        }
        id: str = self.ask("POST", "/experiments", json=body)["id"]
        return id

    def view(self, id: str) -> Any:
        return self.ask("GET", f"/experiments/{id}")

    def ended(self, id: str) -> Any:
        """The experiment once it has ended."""
        wait_until(lambda: self.view(id)["status"] in {"finished", "failed"}, "the experiment has ended")
        return self.view(id)

    def figures(self, id: str) -> Any:
        """Curves and weights, to the last bit, of an experiment that must finish."""
        view = self.ended(id)
        assert view["status"] == "finished", view["runs"]
        curves = self.ask("GET", f"/experiments/{id}/curves")["runs"]
        return curves, [(run["weights_sha256"], run["test_accuracy"]) for run in view["runs"]]


def csv_of(seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    rows = [f"{a:.6f},{b:.6f},{'left' if a > b else 'right'}" for a, b in rng.normal(size=(80, 2))]
    return "\n".join(["a,b,side", *rows]).encode()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, machines: Machines) -> Iterator[RemoteLab]:
    running = RemoteLab(tmp_path_factory.mktemp("remote"), machines)
    try:
        yield running
    finally:
        running.stop()


@pytest.mark.fault(21, "a worker on another machine: the same figures as on the API's")
def test_uploads_reach_a_worker_on_another_machine(lab: RemoteLab, tell: Tell) -> None:
    table = {"kind": "table", "file": lab.upload(csv_of(1)), "target": "side"}
    arrays = {"kind": "arrays", "file": lab.upload(npz(**trials()))}
    local = lab.add_worker()
    expected = [lab.figures(lab.post(dataset)) for dataset in (table, arrays)]
    local.stop()
    lab.workers.clear()

    lab.start_remote()
    assert not (lab.remote_data / "datasets").exists()
    ids = [lab.post(dataset) for dataset in (table, arrays)]
    assert [lab.figures(id) for id in ids] == expected
    fetched = {path.name for path in (lab.remote_data / "fetched").glob("*.json")}
    assert fetched == {f"{dataset['file']}.json" for dataset in (table, arrays)}

    # New rows too, by a worker that has to fetch the files anew.
    for path in (lab.remote_data / "fetched").glob("*.*"):
        path.unlink()
    arm = lab.view(ids[0])["runs"][0]["arm"]
    rows = [{"a": 3, "b": -3}, {"a": -3, "b": 3}]
    call = f"/experiments/{ids[0]}/runs/{arm}/{lab.view(ids[0])['runs'][0]['seed']}/predict"
    predicted = lab.ask("POST", call, json={"rows": rows}, timeout=60)["rows"]
    assert [row["prediction"] for row in predicted] == ["left", "right"]
    assert {path.name for path in (lab.remote_data / "fetched").glob("*.json")} == {f"{table['file']}.json"}
    began = lab.post({"kind": "arrays", "file": lab.upload(npz(**trials(400, seed=3)))})
    tell("an upload of 200 kB is fetched and trained", seconds_until(lambda: lab.ended(began), "it ends"), "s")


@pytest.mark.fault(21, "the link to the API is cut before a file is fetched; a file that changed on its disk")
def test_a_worker_that_can_not_get_a_file_says_so_and_tries_again(lab: RemoteLab, tell: Tell) -> None:
    if lab.remote is None:
        lab.start_remote()
    dataset = {"kind": "table", "file": lab.upload(csv_of(2)), "target": "side"}
    lab.machines.cut_api()
    try:
        id = lab.post(dataset)
        (reason,) = wait_until(lambda: lab.view(id)["delays"], "the reason is told")
        assert f"the API at http://{API_LINK[0]}:{lab.port} can't be reached" in reason
        assert "LAB_WORKER_URL" in reason
        view = lab.view(id)
        assert [run["status"] for run in view["runs"]] == ["queued"] * len(view["runs"])
        # Others are trained meanwhile.
        moons = lab.ended(lab.post({"kind": "moons"}))
        assert moons["status"] == "finished"
        assert lab.view(id)["status"] == "queued"
    finally:
        lab.machines.mend_api()
    tell("trained after the link is back", seconds_until(lambda: lab.view(id)["status"] == "finished", "it ends"), "s")
    assert lab.view(id)["delays"] == []

    other = lab.upload(csv_of(3))
    lab.machines.cut_api()
    try:
        id = lab.post({**dataset, "file": other})
        wait_until(lambda: lab.view(id)["delays"], "the reason is told")
        changed = lab.data / "datasets" / "uploads" / f"{other}.parquet"
        content = changed.read_bytes()
        changed.write_bytes(content[:-9] + b"?" + content[-8:])
    finally:
        lab.machines.mend_api()
    view = lab.ended(id)
    assert view["status"] == "failed"
    assert "This file has changed on the lab's disk since it was uploaded" in view["runs"][0]["error"]
    assert not (lab.remote_data / "fetched" / f"{other}.json").exists()
    assert lab.upload(csv_of(3)) == other
    lab.ask("POST", f"/experiments/{id}/retry")
    assert lab.ended(id)["status"] == "finished"
