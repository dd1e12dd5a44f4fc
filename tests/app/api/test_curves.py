"""Curves as they are packed for the screen."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from app.api.curves import packed_curves
from app.store import Store
from app.stored import StoredExperiment
from core.experiment.experiment import Experiment
from core.runs.events import METRICS, Event
from tests.app.api.experiments import finished, posted

Json = dict[str, Any]
Unpacked = tuple[Json, list[list[int]], list[np.ndarray]]


def unpacked(body: bytes) -> Unpacked:
    """The header, the lists of epochs, and the figures of each run, (metrics, epochs)."""
    (length,) = struct.unpack_from("<I", body)
    assert length % 4 == 0
    head = json.loads(body[4 : 4 + length])
    at = 4 + length
    epochs, figures = [], []
    for count in head["epochs"]:
        epochs.append(np.frombuffer(body, "<i4", count, at).tolist())
        at += 4 * count
    for run in head["runs"]:
        shape = (len(METRICS), run["length"])
        figures.append(np.frombuffer(body, "<f4", shape[0] * shape[1], at).reshape(shape))
        at += 4 * shape[0] * shape[1]
    assert at == len(body)
    return head, epochs, figures


def stored(store: Store, tables: dict[int, np.ndarray], arms: int, seeds: int) -> StoredExperiment:
    """An experiment whose runs have these curves."""
    body = {
        "dataset": {"kind": "moons"},
        "network": {"layers": [{"kind": "dense", "units": 4}]},
        "training": {"epochs": 4000},
        "seeds": list(range(1, seeds + 1)),
        "arms": [{"name": f"arm {arm}"} for arm in range(arms)],
    }
    id, _ = store.add(Experiment.model_validate(body), None)
    chunks = [
        Event(f"{run * 10_000 + start + 1}-0", id, "epochs", run, {}, start + 1, table[start : start + 100].tobytes())
        for run, table in tables.items()
        for start in range(0, len(table), 100)
    ]
    store.record(chunks)
    found = store.get(id)
    assert found is not None
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    yield opened
    opened.close()


def test_all_epochs_of_all_runs_are_packed(store: Store) -> None:
    draws = np.random.default_rng(1)
    tables = {run: draws.random((250 if run == 1 else 300, 4), np.float32) for run in (0, 1, 3)}
    tables[3][7] = [np.inf, -np.inf, np.nan, 0]
    found = stored(store, tables, arms=2, seeds=2)
    head, epochs, figures = unpacked(b"".join(packed_curves(store, found, None)))
    assert head["metrics"] == ["train_accuracy", "test_accuracy", "train_loss", "test_loss"]
    assert head["last_event_id"] == found.last_event
    assert [(run["arm"], run["seed"], run["epochs"], run["length"]) for run in head["runs"]] == [
        ("arm 0", 1, 0, 300),
        ("arm 0", 2, 0, 250),
        ("arm 1", 2, 1, 300),
    ]
    assert epochs == [list(range(1, 301))] * 2
    for table, own in zip(tables.values(), figures, strict=True):
        exact = np.where(np.isfinite(table), table, np.nan)
        assert np.allclose(own.T, exact, rtol=2**-16, atol=0, equal_nan=True)


def test_means_over_thinned_runs_are_those_over_all_epochs(store: Store) -> None:
    """And so is the spread: runs of an arm keep the same epochs."""
    draws = np.random.default_rng(2)
    tables = {run: draws.random((4000, 4), np.float32) for run in range(20)}
    tables[13] = tables[13][:1234]
    found = stored(store, tables, arms=1, seeds=20)
    _, (epochs,), figures = unpacked(b"".join(packed_curves(store, found, 400)))
    assert len(epochs) <= 401
    assert (epochs[0], epochs[-1]) == (1, 4000)
    assert 1234 in epochs
    after = [i for i, epoch in enumerate(epochs) if epoch > 1234]
    rows = [epochs[i] - 1 for i in after]
    whole = np.stack([table[rows] for run, table in tables.items() if run != 13])
    kept = np.stack([own.T[after] for run, own in enumerate(figures) if run != 13])
    assert np.allclose(kept.mean(axis=0), whole.mean(axis=0), rtol=1e-4)
    assert np.allclose(kept.std(axis=0), whole.std(axis=0), rtol=1e-3)
    assert figures[13].shape[1] == epochs.index(1234) + 1


def test_nothing_is_packed_before_the_first_epoch(store: Store) -> None:
    head, epochs, figures = unpacked(b"".join(packed_curves(store, stored(store, {}, arms=2, seeds=1), 400)))
    assert (head["runs"], epochs, figures) == ([], [], [])


@pytest.mark.training
def test_they_are_the_curves_in_json(client: httpx.Client, quick: Json) -> None:
    quick["seeds"] = [1, 2]
    id = posted(client, quick)["id"]
    view = finished(client, id)
    path = f"/api/experiments/{id}/curves"
    packed = client.get(path, params={"format": "binary"}).raise_for_status()
    assert packed.headers["content-type"] == "application/octet-stream"
    whole = client.get(path).json()
    head, epochs, figures = unpacked(packed.content)
    assert head["last_event_id"] == view["last_event_id"]
    for run, own, told in zip(head["runs"], figures, whole["runs"], strict=True):
        assert (run["arm"], run["seed"]) == (told["arm"], told["seed"])
        assert epochs[run["epochs"]] == told["epoch"]
        for metric, values in zip(head["metrics"], own, strict=True):
            assert np.allclose(values, told[metric], rtol=2**-16, atol=0)
    known = {"If-None-Match": packed.headers["etag"]}
    assert client.get(path, params={"format": "binary"}, headers=known).status_code == 304
    assert client.get(path, params={"format": "binary", "points": 40}, headers=known).status_code == 200
    assert client.get(path, params={"format": "other"}).status_code == 422
