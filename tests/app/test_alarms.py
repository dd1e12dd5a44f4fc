"""Alarms, and the alert rules for Prometheus that come with them."""

from __future__ import annotations

import re
import socket

import httpx
import pytest

from app.alarms import STALLED_SECONDS, alarms, other_builds
from core.version import VERSION, build
from tests.service import ROOT

RULES = ROOT / "deploy/prometheus/alerts.yaml"


def test_nothing_is_told_of_a_lab_that_works() -> None:
    assert alarms({"host/1/2": build()}, STALLED_SECONDS - 1, 0) == []
    assert alarms({}, 0, 0) == []


def test_each_kind_is_told_with_what_to_do() -> None:
    slots = {"there/1/2": f"{VERSION}+0000000", "there/1/3": f"{VERSION}+0000000", f"{socket.gethostname()}/1/4": None}
    stalled, dropped, *versions = alarms({**slots, "there/5/6": build()}, 40.2, 1200)
    assert stalled == "Runs have waited for 40 s though a slot is free: the workers' logs say why they take none"
    assert dropped.startswith("1,200 events came with ids from before")
    assert sorted(versions) == [
        f"2 slots on there are of {VERSION}+0000000, and this API of {build()}: update the older one",
        f"A slot on this machine is of an earlier version, and this API of {build()}: update the older one",
    ]
    assert len(other_builds(slots)) == 3


def test_a_build_is_named_by_version_and_sources() -> None:
    assert re.fullmatch(re.escape(VERSION) + r"\+[0-9a-f]{7}", build())


def test_a_running_lab_raises_none(client: httpx.Client) -> None:
    assert client.get("/api/health").json()["alarms"] == []
    system = client.get("/api/system").json()
    assert system["alarms"] == []
    assert {worker["version"] for worker in system["workers"]} == {build()}


def test_alert_rules_name_metrics_that_there_are(client: httpx.Client) -> None:
    told = set(re.findall(r"^(lab_\w+)", client.get("/metrics").text, re.MULTILINE))
    expressions = re.findall(r"^ +expr: (.+)$", RULES.read_text(), re.MULTILINE)
    assert len(expressions) == RULES.read_text().count("- alert:")
    for expression in expressions:
        named = set(re.findall(r"\blab_\w+", expression))
        assert named, expression
        assert named <= told, expression


@pytest.mark.parametrize("metric", ["lab_stalled_seconds", "lab_events_dropped_total", "lab_slots_other_version"])
def test_metrics_of_a_lab_that_works_are_0(client: httpx.Client, metric: str) -> None:
    assert re.search(rf"^{metric} 0$", client.get("/metrics").text, re.MULTILINE)
