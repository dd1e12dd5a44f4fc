"""The event stream: every event once, resumed anywhere."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

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
