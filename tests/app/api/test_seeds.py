"""Seeds that are added to experiments which have ended."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from tests.app.api.experiments import finished, has_epochs, posted, view_of, watched
from tests.conftest import StartService
from tests.service import wait_until

Run = tuple[str, int | None, int]
"""Arm, draw and seed."""


def added(client: httpx.Client, id: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    view: dict[str, Any] = (
        client.post(f"/api/experiments/{id}/seeds", json=body, headers=headers).raise_for_status().json()
    )
    return view


def by_run(items: list[dict[str, Any]]) -> dict[Run, dict[str, Any]]:
    return {(item["arm"], item.get("draw"), item["seed"]): item for item in items}


def curves_of(client: httpx.Client, id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/experiments/{id}/curves").raise_for_status().json()["runs"]
    return found


def without_times(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name != "seconds"}


@pytest.mark.parametrize("split", [{}, {"draws": 2}, {"resample": True}], ids=["seeds", "draws", "resample"])
def test_an_extended_experiment_is_that_posted_at_once(
    client: httpx.Client, quick: dict[str, Any], split: dict[str, Any]
) -> None:
    quick |= {"seeds": [4, 9], "split": {**quick["split"], **split}}
    id = posted(client, quick)["id"]
    first, before = finished(client, id), curves_of(client, id)
    assert first["looks"] == 1

    answer = added(client, id, {"more": 1})
    assert answer["id"] == id
    assert answer["experiment"]["seeds"] == [4, 9, 10]
    assert (answer["status"], answer["finished_at"]) == ("queued", None)
    finished(client, id)
    view = finished(client, added(client, id, {"seeds": [1]})["id"])
    assert (view["status"], view["looks"]) == ("finished", 3)
    assert (first["first_look_seeds"], view["first_look_seeds"]) == (2, 2)
    assert view["created_at"] == first["created_at"]
    after = by_run(view["runs"])
    assert [after[key] for key in by_run(first["runs"])] == first["runs"], "what was trained stays, times included"
    kept = by_run(curves_of(client, id))
    assert [kept[key] for key in by_run(before)] == before

    whole = posted(client, quick | {"seeds": [4, 9, 10, 1]})["id"]
    expected = finished(client, whole)
    assert [without_times(run) for run in view["runs"]] == [without_times(run) for run in expected["runs"]]
    assert view["arms"] == expected["arms"]
    assert curves_of(client, id) == curves_of(client, whole)
    for name in ("norms", "verdict", "frames?arm=unit norm"):
        one, other = (client.get(f"/api/experiments/{each}/{name}").raise_for_status().json() for each in (id, whole))
        assert one | {"last_event_id": "", "look": 0} == other | {"last_event_id": "", "look": 0}, name
    for name in ("curves.csv", "curves.json"):
        one, other = (client.get(f"/api/experiments/{each}/export/{name}").text for each in (id, whole))
        assert one == other, name
    rows = csv.DictReader(io.StringIO(client.get(f"/api/experiments/{id}/export/runs.csv").text))
    assert [int(row["seed"]) for row in rows] == [run["seed"] for run in expected["runs"]]


def test_a_verdict_follows_the_looks_that_were_planned(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = finished(client, posted(client, quick | {"claims": {"looks": 2, "margin": 0.02}})["id"])["id"]

    def told() -> dict[str, Any]:
        found: dict[str, Any] = client.get(f"/api/experiments/{id}/verdict").raise_for_status().json()
        return found

    first = told()
    assert (first["look"], first["planned_looks"], first["margin"]) == (1, 2, 0.02)
    finished(client, added(client, id, {"more": 1})["id"])
    second = told()
    assert (second["look"], second["planned_looks"]) == (2, 2)
    finished(client, added(client, id, {"more": 1})["id"])
    assert told()["look"] == 3, "beyond the plan"


@pytest.mark.parametrize(
    ("claims", "place"),
    [({"margin": 0}, "margin"), ({"margin": 0.6}, "margin"), ({"looks": 0}, "looks"), ({"look": 2}, "look")],
)
def test_claims_that_make_no_sense_are_refused(
    client: httpx.Client, quick: dict[str, Any], claims: dict[str, Any], place: str
) -> None:
    answer = client.post("/api/experiments", json=quick | {"claims": claims})
    assert answer.status_code == 422
    assert [each["location"] for each in answer.json()["errors"]] == [["claims", place]]


def test_the_log_goes_on(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = posted(client, quick)["id"]
    first = list(watched(client, id))
    added(client, id, {"seeds": [7, 8]})
    later = list(watched(client, id, after=first[-1][0]))
    assert {data["seed"] for _, name, data in later if name == "epochs"} == {7, 8}
    assert {(data["arm"], data["seed"]) for _, name, data in later if name == "run_finished"} == {
        (arm, seed) for arm in ("baseline", "unit norm") for seed in (7, 8)
    }
    assert later[-1][1] == "experiment_finished"
    assert list(watched(client, id)) == [*first[:-1], *later], "one log, with one end"


def test_a_cancelled_run_stays_cancelled(client: httpx.Client, endless: dict[str, Any]) -> None:
    id = posted(client, endless)["id"]
    wait_until(partial(has_epochs, client, id, 1), "the run has epochs")
    client.post(f"/api/experiments/{id}/cancel").raise_for_status()
    wait_until(lambda: view_of(client, id)["status"] == "cancelled", "cancelled", every=0.01)
    cancelled = view_of(client, id)["runs"][0]
    added(client, id, {"more": 1})
    wait_until(lambda: view_of(client, id)["runs"][1]["epochs_done"] > 0, "the added run trains")
    client.post(f"/api/experiments/{id}/pause").raise_for_status()
    wait_until(lambda: view_of(client, id)["runs"][1]["status"] == "paused", "it pauses", every=0.01)
    client.post(f"/api/experiments/{id}/resume").raise_for_status()
    client.post(f"/api/experiments/{id}/cancel").raise_for_status()
    wait_until(lambda: view_of(client, id)["status"] == "cancelled", "cancelled again", every=0.01)
    assert view_of(client, id)["runs"][0] == cancelled


def test_a_repeat_under_an_idempotency_key_adds_nothing(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = posted(client, quick)["id"]
    finished(client, id)
    for _ in range(2):
        assert added(client, id, {"more": 2}, **{"Idempotency-Key": f"more-{id}"})["looks"] == 2
    finished(client, id)
    assert added(client, id, {"more": 2}, **{"Idempotency-Key": f"more-{id}"})["experiment"]["seeds"] == [1, 2, 3]
    url, headers = f"/api/experiments/{id}/seeds", {"Idempotency-Key": f"more-{id}"}
    refused = client.post(url, json={"more": 3}, headers=headers)
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json()["detail"]


def test_one_idempotency_key_twenty_times_at_once_adds_seeds_once(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["training"]["epochs"] = 2
    id = finished(client, posted(client, quick)["id"])["id"]
    headers = {"Idempotency-Key": f"at once {id}"}
    with ThreadPoolExecutor(20) as pool:
        views = list(pool.map(lambda _: added(client, id, {"more": 1}, **headers), range(20)))
    assert {(view["looks"], tuple(view["experiment"]["seeds"])) for view in views} == {(2, (1, 2))}
    assert finished(client, id)["looks"] == 2


def test_one_idempotency_key_for_several_experiments_at_once_is_used_for_one(
    client: httpx.Client, quick: dict[str, Any]
) -> None:
    quick["training"]["epochs"] = 2
    ids = [finished(client, posted(client, quick)["id"])["id"] for _ in range(8)]
    headers = {"Idempotency-Key": f"at once {ids[0]}"}

    def add(id: str) -> httpx.Response:
        return client.post(f"/api/experiments/{id}/seeds", json={"more": 1}, headers=headers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(add, ids))
    assert sorted(answer.status_code for answer in answers) == [200, *[422] * 7]
    assert sum(len(view_of(client, id)["experiment"]["seeds"]) - 1 for id in ids) == 1


def test_what_cannot_be_added_is_refused(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["seeds"] = [1, 2**31 - 2]
    id = posted(client, quick)["id"]
    before = finished(client, id)

    def refusal(body: dict[str, Any]) -> list[tuple[list[str | int], str]]:
        answer = client.post(f"/api/experiments/{id}/seeds", json=body)
        assert answer.status_code == 422
        return [(error["location"], error["message"]) for error in answer.json()["errors"]]

    assert refusal({"seeds": [5, 1, 5]}) == [
        (["seeds", 1], "Seed 1 is in the experiment already; choose another"),
        (["seeds", 2], "Seed 5 is listed twice; remove one"),
    ]
    assert refusal({"seeds": list(range(10, 137))}) == [(["seeds"], "2 arms × 129 seeds are 258 runs; use at most 256")]
    ((place, _),) = refusal({"more": 2})
    assert place == ["more"], "there is no seed that large"
    assert [place for place, _ in refusal({})] == [["seeds"]]
    assert [place for place, _ in refusal({"seeds": [5], "more": 1})] == [["more"]]
    assert [place for place, _ in refusal({"more": 0})] == [["more"]]
    assert [place for place, _ in refusal({"seeds": []})] == [["seeds"]]
    assert [place for place, _ in refusal({"draws": 3})] == [["draws"]]
    assert client.post("/api/experiments/none/seeds", json={"more": 1}).status_code == 404
    assert view_of(client, id) == before


def test_an_experiment_that_has_not_ended_is_not_extended(client: httpx.Client, endless: dict[str, Any]) -> None:
    id = posted(client, endless)["id"]
    answer = client.post(f"/api/experiments/{id}/seeds", json={"more": 1})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "Seeds can be added once every run has ended; wait, or cancel the experiment"
    client.delete(f"/api/experiments/{id}").raise_for_status()


def test_the_labs_own_limits_count_all_runs(start_service: StartService, quick: dict[str, Any]) -> None:
    with start_service(LAB_MAX_RUNS="5").client() as client:
        id = posted(client, quick)["id"]
        finished(client, id)
        refused = client.post(f"/api/experiments/{id}/seeds", json={"more": 2})
        message = "6 runs are too many here: use fewer arms or seeds, at most 5 runs in all"
        assert refused.json()["errors"] == [{"location": ["more"], "message": message}]
        assert added(client, id, {"more": 1})["looks"] == 2
