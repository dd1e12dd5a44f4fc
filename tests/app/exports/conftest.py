"""Experiments that the tests of exports share."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from app.exports import EXPORTS, Source
from app.presets import PRESETS
from app.store import Store
from core.experiment.experiment import Experiment
from core.runs.events import METRICS, Event
from tests.service import PATIENCE, Service

Json = dict[str, Any]

NAMES = ["baseline", '=SUM(1,2) "quoted", | <b>*bold*</b>', "-1 unit norm"]
"""Arms' names that CSV, spreadsheets and Markdown could take for something else."""


@dataclass(frozen=True)
class Trained:
    """An experiment that has ended on the running service."""

    client: httpx.Client
    view: Json
    curves: Json
    verdict: Json

    def export(self, name: str, **query: str) -> httpx.Response:
        return self.client.get(f"/api/experiments/{self.view['id']}/export/{name}", params=query).raise_for_status()

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.export(name).text), strict=True))

    def again(self) -> Trained:
        """The experiment, read again."""
        return read(self.client, self.view["id"])


def read(client: httpx.Client, id: str) -> Trained:
    url = f"/api/experiments/{id}"
    view, curves, verdict = (client.get(url + part).raise_for_status().json() for part in ("", "/curves", "/verdict"))
    return Trained(client, view, curves, verdict)


def train(client: httpx.Client, body: Json) -> Trained:
    id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    return read(client, id)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of the test's own."""
    opened = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def exports_client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client


@pytest.fixture(scope="session")
def classified(exports_client: httpx.Client) -> Trained:
    """Three arms of two seeds, with validation and sealed rows."""
    body = PRESETS["tutorial"].experiment.model_dump(mode="json")
    arms = [{**arm, "name": name} for arm, name in zip(body["arms"], NAMES, strict=False)]
    body |= {"arms": arms, "seeds": [3, 1], "split": {"train": 30, "validation": 10, "holdout": 20}}
    body["training"]["epochs"] = 40
    return train(exports_client, body)


@pytest.fixture(scope="session")
def regressed(exports_client: httpx.Client) -> Trained:
    """A regression."""
    body = PRESETS["regression"].experiment.model_dump(mode="json")
    return train(exports_client, body | {"training": {"epochs": 12}, "seeds": [1, 2]})


def recorded(store: Store, body: Json, *runs: Json) -> Source:
    """An experiment on moons whose `runs` have finished as told: figures by name, and what else the worker reports.

    `curve` has the run's (epochs, len(METRICS)) curves; without it there is one epoch of its figures.
    """
    whole = {"dataset": {"kind": "moons"}, "network": {"layers": []}, **body}
    id, _ = store.add(Experiment.model_validate(whole), None)
    for number, run in enumerate(runs):
        told = {"seconds": 1.0, "weights": [], **dict.fromkeys(METRICS), **run}
        curve = np.array(told.pop("curve", [[told[name] for name in METRICS]]), "<f4")
        told = {"epochs_done": len(curve), **told}
        store.record(
            [
                Event(f"{2 * number + 1}-0", id, "epochs", number, {}, 1, curve.tobytes()),
                Event(f"{2 * number + 2}-0", id, "run_finished", number, told),
            ]
        )
    stored = store.get(id)
    assert stored is not None
    return Source(stored, store)


def written(source: Source, name: str) -> str:
    """The export called `name`."""
    return "".join(EXPORTS[name].write(source))


def section(page: str, heading: str) -> str:
    """The report's section under `heading`, without scripts."""
    found = page.partition(f"<h2>{heading}</h2>")[2].partition("</section>")[0]
    return re.sub(r"<script.*?</script>", "", found, flags=re.DOTALL)
