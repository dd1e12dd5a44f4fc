"""The schemas of streamed events against what the service streams."""

from __future__ import annotations

import json
from typing import Any

import httpx

from app.api.events import EventView
from app.main import app
from core.runs.events import EVENT_NAMES
from tests.app.api.experiments import finished, has_epochs, posted, view_of, watched
from tests.service import wait_until

FAILED = {"run_failed", "experiment_failed"}
"""Events that `test_system` has of a real run."""


def assert_described(id: str, name: str, data: Any) -> None:
    """The event has exactly the fields, of exactly the types, that its schema has."""
    sent = {"id": id, "event": name, "data": data} if id else {"event": name, "data": data}
    read = EventView.model_validate_json(json.dumps(sent), strict=True)
    assert read.model_dump(exclude_unset=True) == sent


def test_every_event_has_a_schema() -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert set(schemas["EventView"]["discriminator"]["mapping"]) == EVENT_NAMES | {"reset"}


def test_streamed_events_are_as_their_schemas_say(client: httpx.Client, quick: dict[str, Any]) -> None:
    endless = {**quick, "training": {**quick["training"], "epochs": 200_000}, "arms": quick["arms"][:1]}
    regression = {**quick, "dataset": {"kind": "sine"}, "arms": quick["arms"][:1]}
    quickly = posted(client, quick)["id"]
    stopped = posted(client, endless)["id"]
    ids = [quickly, stopped, posted(client, regression)["id"]]
    wait_until(lambda: has_epochs(client, stopped, 1), "it trains")
    client.post(f"/api/experiments/{stopped}/pause").raise_for_status()
    wait_until(lambda: view_of(client, stopped)["runs"][0]["status"] == "paused", "its run is paused")
    for verb in ("resume", "cancel"):
        client.post(f"/api/experiments/{stopped}/{verb}").raise_for_status()
    for id in ids:
        finished(client, id)
    streams = [watched(client, id) for id in ids] + [watched(client, quickly, after="9999999999999-0")]
    events = [event for stream in streams for event in stream]
    for event in events:
        assert_described(*event)
    assert {name for _, name, _ in events} == EVENT_NAMES - FAILED | {"reset"}
