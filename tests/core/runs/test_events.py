"""The golden log, recorded and read again by the service: the page's fold is checked against the same file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from app.api.stream import encode
from app.presets import TUTORIAL
from app.results import score_names
from app.store import Store
from core.experiment.run_numbers import RunNumbers
from core.runs.events import METRICS, Event, encode_json
from core.settings import ROOT

SENT = score_names(dict(zip(METRICS, METRICS, strict=True)), "accuracy")
"""Metrics by the name that clients read."""
GOLDEN: dict[str, Any] = json.loads((ROOT / "tests" / "golden" / "log.json").read_text())
BODY = TUTORIAL.experiment.model_copy(update={"arms": TUTORIAL.experiment.arms[:2], "seeds": GOLDEN["seeds"]})


def event(experiment: str, entry: dict[str, Any]) -> Event:
    """An event of the golden log as the stream of Redis carries it."""
    data = dict(entry["data"])
    arm, seed = data.pop("arm", None), data.pop("seed", None)
    run = None
    if arm is not None:
        run = [a.name for a in BODY.arms].index(arm) * len(BODY.seeds) + BODY.seeds.index(seed)
    if entry["event"] != "epochs":
        return Event(entry["id"], experiment, entry["event"], run, data)
    table = np.array([[np.nan if v is None else v for v in data[name]] for name in SENT], "<f4").T
    return Event(entry["id"], experiment, "epochs", run, {}, data["epoch"][0], np.ascontiguousarray(table).tobytes())


def test_the_golden_log_is_recorded_as_the_page_folds_it(tmp_path: Path) -> None:
    assert [arm.name for arm in BODY.arms] == GOLDEN["arms"]
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    new, _ = store.add(BODY, None)
    for entry in GOLDEN["events"]:
        store.record([event(new, entry)])
    stored = store.get(new)
    assert stored is not None
    assert stored.status == GOLDEN["expected"]["status"]
    assert stored.last_event == GOLDEN["expected"]["last_event_id"]
    for run, expected in enumerate(GOLDEN["expected"]["runs"]):
        state = stored.runs[run]
        assert score_names(state.figures, "accuracy") == expected["figures"]
        for name in ("status", "epochs_done", "seconds", "error", "weights", "diverged_at"):
            assert getattr(state, name) == expected[name], name
        chunks = store.curves(stored)[run]
        table = np.concatenate([chunk.table for chunk in chunks])
        epochs = [epoch for chunk in chunks for epoch in range(chunk.first_epoch, chunk.last_epoch + 1)]
        assert epochs == expected["curves"]["epoch"]
        for i, name in enumerate(SENT):
            curve = [None if v is None else np.float32(v) for v in expected["curves"][name]]
            assert [None if np.isnan(v) else v for v in table[:, i]] == curve
    store.close()


def test_an_event_leaves_as_the_golden_log_has_it() -> None:
    for entry in GOLDEN["events"]:
        head, name, data = (
            encode(event("x", entry), BODY, RunNumbers.of(BODY)).decode().removesuffix("\n\n").split("\n")
        )
        assert head == f"id: {entry['id']}"
        assert name == f"event: {entry['event']}"
        sent, expected = json.loads(data.removeprefix("data: ")), entry["data"]
        assert sent.keys() == expected.keys()
        for key, value in expected.items():
            if key in SENT and isinstance(value, list):
                assert [v if v is None else np.float32(v) for v in sent[key]] == [
                    v if v is None else np.float32(v) for v in value
                ]
            else:
                assert sent[key] == value


def test_numbers_leave_in_as_few_digits_as_name_them() -> None:
    assert encode_json({"x": np.array([0.1, 1 / 3, np.nan], "<f4")}) == b'{"x":[0.1,0.33333334,null]}'
