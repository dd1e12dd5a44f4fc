"""The event stream: every event once, resumed anywhere."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.stream import Encoder, watch
from app.presets import TUTORIAL
from app.store import Store
from app.stream_reader import Viewer
from core.runs.events import Event
from tests.app.api.experiments import METRICS, curves_of, finished, posted, watched


def test_the_stream_has_everything_once_and_resumes_anywhere(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = posted(client, quick)["id"]
    live = list(watched(client, id))
    assert live[0][1] == "experiment_started"
    assert live[-1][1] == "experiment_finished"
    whole = list(range(1, 201))
    assert curves_of(live) == {("baseline", 1): whole, ("unit norm", 1): whole}
    ids = [tuple(map(int, event[0].split("-"))) for event in live]
    assert ids == sorted(set(ids))
    assert list(watched(client, id)) == live
    for place in (0, len(live) // 2, len(live) - 2):
        assert list(watched(client, id, after=live[place][0])) == live[place + 1 :]
        assert list(watched(client, id, **{"Last-Event-ID": live[place][0]})) == live[place + 1 :]
    finish = {data["arm"]: data for _, name, data in live if name == "run_finished"}
    assert set(finish) == {"baseline", "unit norm"}
    assert {"epochs_done", "seconds", "weights", *METRICS} <= set(finish["baseline"])


def test_an_id_past_the_end_resets(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = posted(client, quick)["id"]
    view = finished(client, id)
    assert list(watched(client, id, after=view["last_event_id"])) == []
    events = list(watched(client, id, after="9999999999999-0"))
    assert events[0][1] == "reset"
    assert events[1:] == list(watched(client, id))


@pytest.mark.parametrize("after", ["abc", "1", "1-", "-1", "1-1-1", "9" * 40 + "-0", "١-٢"])
def test_an_id_that_is_none_is_refused(client: httpx.Client, quick: dict[str, Any], after: str) -> None:
    id = posted(client, quick)["id"]
    answer = client.get(f"/api/experiments/{id}/events", params={"after": after})
    assert answer.status_code == 400
    assert "An event id looks like" in answer.json()["detail"]


def test_a_slow_replay_ends_before_runs_of_seeds_that_were_added_meanwhile(tmp_path: Path) -> None:
    """It would take them for runs of other arms. The viewer comes back, and is sent them by their names."""
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    id, _ = store.add(TUTORIAL.experiment, None)
    store.record([Event("5-0", id, "experiment_started"), Event("5-1", id, "run_started", 3, {"attempt": 1})])
    before = store.get(id)
    assert before is not None
    store.record([Event("6-0", id, "experiment_cancelled")])
    ended = store.get(id)
    assert ended is not None
    assert store.extend(ended, [7])
    store.record([Event("7-0", id, "experiment_started"), Event("7-1", id, "run_started", 5, {"attempt": 1})])

    async def sent(stored: Any, after: str) -> list[str]:
        chunks = watch(stored, after, Viewer([]), store, Encoder())
        return [(await anext(chunks)).decode() for _ in range(2)]

    async def all_sent() -> str:
        return "".join([chunk.decode() async for chunk in watch(before, "0-0", Viewer([]), store, Encoder())])

    text = asyncio.run(all_sent())
    assert [line for line in text.splitlines() if line.startswith("id:")] == ["id: 5-0", "id: 5-1", "id: 7-0"]
    _, rest = asyncio.run(sent(store.get(id), "7-0"))
    assert '"arm":"unit norm","seed":7' in rest
    store.close()
