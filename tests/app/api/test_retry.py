"""Runs that failed or were cancelled, trained again."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx

from tests.app.api.experiments import finished, has_epochs, posted, view_of, watched
from tests.conftest import StartService
from tests.service import wait_until

CSV = b"a,b\n" + b"".join(b"%d,%s\n" % (i, b"xy"[i % 2 : i % 2 + 1]) for i in range(40))
TABLE = {"kind": "table", "file": hashlib.sha256(CSV).hexdigest(), "target": "b"}
UNIT_NORM = {"layers": {"hidden": {"kernel_constraint": {"kind": "unit_norm"}}}}


def on_the_table(**changes: Any) -> dict[str, Any]:
    return {
        "dataset": TABLE,
        "split": {"train": 0.5},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 4}]},
        "training": {"epochs": 20},
        "seeds": [1, 2],
        "arms": [{"name": "baseline"}, {"name": "unit norm", "changes": UNIT_NORM}],
        **changes,
    }


def retried(client: httpx.Client, id: str, **headers: str) -> httpx.Response:
    return client.post(f"/api/experiments/{id}/retry", headers=headers)


def status_of(client: httpx.Client, id: str) -> str:
    return str(view_of(client, id)["status"])


def without_times(run: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name != "seconds"}


def test_failed_runs_are_trained_again_and_the_others_stay(start_service: StartService) -> None:
    """The table's file is away while two runs are trained, and is back before they are tried again."""
    service = start_service(1)
    with service.client() as client:
        client.post("/api/datasets/files", content=CSV, headers={"Content-Type": "text/csv"}).raise_for_status()
        id = posted(client, on_the_table())["id"]
        first = finished(client, id)
        assert first["status"] == "finished"
        nothing = retried(client, id)
        assert nothing.status_code == 409
        assert "none to train again" in nothing.json()["detail"]

        file = service.data / "datasets" / "uploads" / f"{TABLE['file']}.json"
        service.worker.stop()
        client.post(f"/api/experiments/{id}/seeds", json={"more": 1}).raise_for_status()
        file.rename(file.with_suffix(".away"))
        service.worker.start()
        broken = finished(client, id)
        assert broken["status"] == "failed"
        assert [run["status"] for run in broken["runs"]] == ["finished", "finished", "failed"] * 2
        assert "no such file" in broken["runs"][2]["error"]

        file.with_suffix(".away").rename(file)
        log = list(watched(client, id))
        view = retried(client, id, **{"Idempotency-Key": "again"}).raise_for_status().json()
        assert (view["status"], view["retries"], view["looks"]) == ("queued", 1, 2), "it is the same look"
        assert (view["runs"][2]["error"], view["runs"][2]["log"]) == (None, None)
        again = finished(client, id)
        assert again["status"] == "finished"
        assert [again["runs"][place] for place in (0, 1, 3, 4)] == [broken["runs"][place] for place in (0, 1, 3, 4)]
        events = list(watched(client, id))
        later = list(watched(client, id, after=log[-1][0]))
        assert {name for _, name, _ in events} & {"run_failed", "experiment_failed"} == set(), (
            "one log, without failures"
        )
        assert {(data["arm"], data["seed"]) for _, name, data in later if name == "run_finished"} == {
            ("baseline", 3),
            ("unit norm", 3),
        }
        assert later == events[-len(later) :]

        whole = finished(client, posted(client, on_the_table(seeds=[1, 2, 3]))["id"])
        assert [without_times(run) for run in again["runs"]] == [without_times(run) for run in whole["runs"]]
        repeat = retried(client, id, **{"Idempotency-Key": "again"}).raise_for_status().json()
        assert (repeat["status"], repeat["retries"]) == ("finished", 1)
        used = client.post(f"/api/experiments/{id}/seeds", json={"more": 1}, headers={"Idempotency-Key": "again"})
        assert used.status_code == 422


def test_a_cancelled_run_begins_anew(client: httpx.Client, endless: dict[str, Any]) -> None:
    id = posted(client, endless)["id"]
    wait_until(partial(has_epochs, client, id, 1), "the run has epochs")
    refused = retried(client, id)
    assert refused.status_code == 409
    assert (
        refused.json()["detail"] == "Runs can be trained again once every run has ended; wait, or cancel the experiment"
    )
    client.post(f"/api/experiments/{id}/cancel").raise_for_status()
    wait_until(lambda: status_of(client, id) == "cancelled", "cancelled", every=0.01)
    view = retried(client, id).raise_for_status().json()
    assert (view["runs"][0]["status"], view["runs"][0]["epochs_done"]) == ("queued", 0)
    wait_until(partial(has_epochs, client, id, 1), "it trains again")
    assert client.get(f"/api/experiments/{id}/curves").json()["runs"][0]["epoch"][0] == 1
    client.delete(f"/api/experiments/{id}").raise_for_status()
    assert retried(client, id).status_code == 404


def test_a_run_whose_worker_dies_three_times_is_trained_again(
    start_service: StartService, endless: dict[str, Any]
) -> None:
    endless["network"]["layers"][0]["units"] = 64
    endless["training"]["epochs"] = 30_000
    service = start_service(1)
    with service.client() as client:
        id = posted(client, endless)["id"]
        for death in range(3):
            wait_until(lambda: view_of(client, id)["runs"][0]["status"] == "running", "it is claimed", every=0.01)
            service.worker.kill()
            what = f"death {death + 1} is noticed"
            wait_until(lambda: view_of(client, id)["runs"][0]["status"] in {"queued", "failed"}, what)
            service.worker.start()
        broken = view_of(client, id)
        assert broken["status"] == "failed"
        assert "died 3 times" in broken["runs"][0]["error"]
        retried(client, id).raise_for_status()
        again = finished(client, id)
        assert (again["status"], again["runs"][0]["epochs_done"]) == ("finished", 30_000)


def test_twenty_retries_at_once_are_one(client: httpx.Client, endless: dict[str, Any]) -> None:
    id = posted(client, endless)["id"]
    client.post(f"/api/experiments/{id}/cancel").raise_for_status()
    wait_until(lambda: status_of(client, id) == "cancelled", "cancelled", every=0.01)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: retried(client, id, **{"Idempotency-Key": f"again {id}"}), range(20)))
    assert {(answer.status_code, answer.json()["retries"]) for answer in answers} == {(200, 1)}
    assert view_of(client, id)["retries"] == 1
    client.delete(f"/api/experiments/{id}").raise_for_status()


def test_a_waiting_experiment_tells_how_many_are_before_it(
    start_service: StartService, endless: dict[str, Any]
) -> None:
    with start_service(1).client() as client:
        first = posted(client, endless)["id"]
        wait_until(partial(has_epochs, client, first, 1), "the only slot is taken")
        second = posted(client, endless | {"seeds": [1, 2]})
        third = posted(client, endless)
        assert second["ahead"] == {"experiments": 1, "runs": 1}
        assert third["ahead"] == {"experiments": 2, "runs": 3}
        assert view_of(client, first)["ahead"] is None
        client.delete(f"/api/experiments/{second['id']}").raise_for_status()
        assert view_of(client, third["id"])["ahead"] == {"experiments": 1, "runs": 1}
        for id in (third["id"], first):
            client.delete(f"/api/experiments/{id}").raise_for_status()
