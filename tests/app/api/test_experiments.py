"""Experiments on the running service, from their post to their final figures."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from tests.app.api.experiments import METRICS, finished, has_epochs, posted, view_of, watched
from tests.service import PATIENCE, Service, wait_until


def test_the_tutorial_ends_at_its_figures(client: httpx.Client, tutorial: dict[str, Any]) -> None:
    view = finished(client, posted(client, tutorial)["id"])
    assert view["status"] == "finished"
    figures = {run["arm"]: (round(run["train_accuracy"], 3), round(run["test_accuracy"], 3)) for run in view["runs"]}
    assert figures == {
        "baseline": (1.0, 0.914),
        "unit norm": (1.0, 0.943),
        "min-max norm 1 to 1": (1.0, 0.943),
        "max norm 1": (1.0, 0.914),
    }
    assert [arm["n"] for arm in view["arms"]] == [1, 1, 1, 1]
    assert view["arms"][1]["test_accuracy"] == {"mean": view["runs"][1]["test_accuracy"], "std": None}
    assert view["created_at"] <= view["started_at"] <= view["finished_at"]
    kernels = {run["arm"]: run["weights"][0] for run in view["runs"]}
    assert all(kernel["layer"] == "hidden" and kernel["weight"] == "kernel" for kernel in kernels.values())
    for arm in ("unit norm", "min-max norm 1 to 1"):
        assert kernels[arm]["norm"]["min"] == pytest.approx(1, abs=1e-5)
        assert kernels[arm]["norm"]["max"] == pytest.approx(1, abs=1e-5)
        assert kernels[arm]["held"] is True
    assert kernels["max norm 1"]["norm"]["max"] <= 1 + 1e-5
    assert kernels["max norm 1"]["norm"]["min"] < 0.5
    assert kernels["baseline"]["held"] is None
    assert kernels["baseline"]["norm"]["mean"] == pytest.approx(0.37, abs=0.05)
    assert kernels["baseline"]["norm"]["max"] == pytest.approx(2.05, abs=0.2)


def test_seeds_differ_and_repeat(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["seeds"] = [3, 1]
    view = finished(client, posted(client, quick)["id"])
    again = finished(client, posted(client, quick)["id"])
    assert [(r["arm"], r["seed"]) for r in view["runs"]] == [
        ("baseline", 3), ("baseline", 1), ("unit norm", 3), ("unit norm", 1)
    ]  # fmt: skip
    losses = [run["test_loss"] for run in view["runs"]]
    assert losses == [run["test_loss"] for run in again["runs"]]
    assert len(set(losses)) == 4
    assert view["arms"][0]["n"] == 2
    assert view["arms"][0]["test_loss"]["std"] == pytest.approx(abs(losses[0] - losses[1]) / 2**0.5)


def test_curves_are_whole_or_thinned(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = posted(client, quick)["id"]
    view = finished(client, id)
    curves = client.get(f"/api/experiments/{id}/curves").json()
    assert curves["last_event_id"] == view["last_event_id"]
    assert [run["epoch"] for run in curves["runs"]] == [list(range(1, 201))] * 2
    assert curves["runs"][0]["test_accuracy"][-1] == pytest.approx(view["runs"][0]["test_accuracy"])
    thin = client.get(f"/api/experiments/{id}/curves", params={"points": 40}).json()
    for all_of_it, part in zip(curves["runs"], thin["runs"], strict=True):
        assert len(part["epoch"]) <= 40
        assert (part["epoch"][0], part["epoch"][-1]) == (1, 200)
        for figure in METRICS:
            assert (min(part[figure]), max(part[figure])) == (min(all_of_it[figure]), max(all_of_it[figure]))
    assert client.get(f"/api/experiments/{id}/curves", params={"points": 3}).status_code == 422


def test_cancel_keeps_what_was_trained(client: httpx.Client, endless: dict[str, Any]) -> None:
    id = posted(client, endless)["id"]
    wait_until(partial(has_epochs, client, id, 1), "the run has epochs")
    began = time.monotonic()
    assert client.post(f"/api/experiments/{id}/cancel").status_code == 200
    wait_until(lambda: view_of(client, id)["status"] == "cancelled", "cancelled", every=0.01)
    assert time.monotonic() - began < PATIENCE / 4
    run = view_of(client, id)["runs"][0]
    assert run["status"] == "cancelled"
    curves = client.get(f"/api/experiments/{id}/curves").json()["runs"][0]
    assert curves["epoch"] == list(range(1, run["epochs_done"] + 1))
    assert list(watched(client, id))[-1][1] == "experiment_cancelled"
    assert client.post(f"/api/experiments/{id}/cancel").json()["status"] == "cancelled"
    for verb in ("pause", "resume"):
        answer = client.post(f"/api/experiments/{id}/{verb}")
        assert answer.status_code == 409
        assert "has ended (cancelled)" in answer.json()["detail"]


def test_pause_and_resume_change_no_figure(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["training"]["epochs"] = 1_500
    quick["arms"] = quick["arms"][1:]
    quick["network"]["layers"].append({"kind": "dropout", "rate": 0.3})
    straight = posted(client, quick)["id"]
    assert finished(client, straight)["status"] == "finished"
    broken = posted(client, quick)["id"]
    for epochs in (1, 400):
        wait_until(partial(has_epochs, client, broken, epochs), "it goes on", every=0.01)
        assert client.post(f"/api/experiments/{broken}/pause").status_code == 200
        wait_until(lambda: view_of(client, broken)["runs"][0]["status"] == "paused", "it pauses", every=0.01)
        view = view_of(client, broken)
        assert view["status"] == "paused"
        assert view["runs"][0]["epochs_done"] < 1_500, "it was paused before its end"
        assert client.post(f"/api/experiments/{broken}/resume").status_code == 200
    assert finished(client, broken)["status"] == "finished"
    one, other = (client.get(f"/api/experiments/{id}/curves").json()["runs"] for id in (straight, broken))
    assert one == other
    weights = [view_of(client, id)["runs"][0]["weights"] for id in (straight, broken)]
    assert weights[0] == weights[1]


def test_removing_a_running_experiment_stops_it(
    client: httpx.Client, endless: dict[str, Any], quick: dict[str, Any]
) -> None:
    id = posted(client, endless)["id"]
    wait_until(partial(has_epochs, client, id, 1), "the run has epochs")
    assert client.delete(f"/api/experiments/{id}").status_code == 204
    for path in ("", "/curves", "/events"):
        assert client.get(f"/api/experiments/{id}{path}").status_code == 404
    assert client.delete(f"/api/experiments/{id}").status_code == 404
    assert id not in [e["id"] for e in client.get("/api/experiments").json()["experiments"]]
    assert finished(client, posted(client, quick)["id"])["status"] == "finished"


def test_an_idempotency_key_makes_one_experiment(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["training"]["epochs"] = 2
    key = {"Idempotency-Key": "once-and-only-once"}
    with ThreadPoolExecutor(10) as pool:
        views = list(pool.map(lambda _: posted(client, quick, **key), range(10)))
    assert len({view["id"] for view in views}) == 1
    quick["training"]["epochs"] = 3
    answer = client.post("/api/experiments", json=quick, headers=key)
    assert answer.status_code == 422
    assert "used for another experiment" in answer.json()["detail"]


def test_different_experiments_under_one_idempotency_key_at_once_make_one(
    client: httpx.Client, quick: dict[str, Any]
) -> None:
    quick["training"]["epochs"] = 2

    def post(seed: int) -> httpx.Response:
        return client.post("/api/experiments", json={**quick, "seeds": [seed]}, headers={"Idempotency-Key": "which?"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 7]


def test_a_repeat_is_answered_as_the_first_whatever_has_changed_since(
    client: httpx.Client, service: Service, quick: dict[str, Any]
) -> None:
    rows = "".join(f"{row},{row % 2}\n" for row in range(60))
    headers = {"Content-Type": "text/csv"}
    file = client.post("/api/datasets/files", content=f"a,b\n{rows}", headers=headers).raise_for_status().json()["id"]
    quick |= {"dataset": {"kind": "table", "file": file, "target": "b"}, "split": {"train": 30, "shuffle": True}}
    quick["training"]["epochs"] = 2
    key = {"Idempotency-Key": f"a repeat of {file}"}
    first = finished(client, posted(client, quick, **key)["id"])
    client.post(f"/api/experiments/{first['id']}/seeds", json={"more": 1}).raise_for_status()
    finished(client, first["id"])
    (service.data / "datasets" / "uploads" / f"{file}.json").unlink()
    assert client.post("/api/experiments", json=quick).status_code == 422, "its file is gone"
    again = posted(client, quick, **key)
    assert (again["id"], again["looks"]) == (first["id"], 2)


def test_lists_are_paged_and_filtered(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["training"]["epochs"] = 1
    quick |= {"name": "Listed 50%", "tags": ["listed"]}
    ids = [posted(client, quick)["id"] for _ in range(3)]
    for id in ids:
        finished(client, id)
    first = client.get("/api/experiments", params={"tag": "listed", "limit": 2}).json()
    rest = client.get("/api/experiments", params={"tag": "listed", "limit": 2, "cursor": first["next_cursor"]}).json()
    assert [e["id"] for e in first["experiments"] + rest["experiments"]] == ids[::-1]
    assert rest["next_cursor"] is None
    assert first["experiments"][0]["arms"][0]["n"] == 1
    assert len(client.get("/api/experiments", params={"q": "listed 50%"}).json()["experiments"]) == 3
    assert client.get("/api/experiments", params={"q": "listed", "status": "failed"}).json()["experiments"] == []
    assert client.get("/api/experiments", params={"status": "odd"}).status_code == 422


BAD_BODIES = [
    ('{"dataset": ', 400, None),
    ("", 422, None),
    ("[]", 422, []),
    ('{"dataset": {"kind": "moons", "noise": NaN}, "network": {"layers": []}}', 422, ["dataset", "noise"]),
    ('{"dataset": {"kind": "moons", "noise": 1e400}, "network": {"layers": []}}', 422, ["dataset", "noise"]),
    ("[" * 50_000, 400, None),
    ('{"seeds": [' + "9" * 5000 + "]}", 400, None),
    ('{"dataset": {"kind": "moons"}, "network": {"layers": []}, "arms": [{"name": "a", "change": 1}]}', 422,
     ["arms", 0, "change"]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "location"), BAD_BODIES, ids=lambda value: str(value)[:30])
def test_bad_bodies_are_refused_and_nothing_is_stored(
    client: httpx.Client, body: str, status: int, location: list[str | int] | None
) -> None:
    before = client.get("/api/experiments").json()["experiments"]
    answer = client.post("/api/experiments", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    if location is not None:
        assert location in [error["location"] for error in problem["errors"]]
        assert all(error["message"] for error in problem["errors"])
    assert client.get("/api/experiments").json()["experiments"] == before


def test_arms_that_do_not_fit_are_refused_at_their_field(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["arms"][1]["changes"]["layers"]["hidden"]["kernel_constraint"] = {"kind": "max_norm", "max_value": -3}
    quick["arms"].append({"name": "odd", "changes": {"layers": {"hidden": {"recurrent_constraint": None}}}})
    answer = client.post("/api/experiments", json=quick)
    assert answer.status_code == 422
    hidden = ["changes", "layers", "hidden"]
    assert answer.json()["errors"] == [
        {"location": ["arms", 1, *hidden, "kernel_constraint", "max_value"], "message": "Must be at least 0"},
        {
            "location": ["arms", 2, *hidden, "recurrent_constraint"],
            "message": "Unknown field; remove it or check its spelling",
        },
    ]


def test_a_check_says_what_is_wrong_and_what_comes_of_it(client: httpx.Client, quick: dict[str, Any]) -> None:
    before = len(client.get("/api/experiments?limit=200").json()["experiments"])

    def checked(body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = client.post("/api/experiments/check", json=body).raise_for_status().json()
        return answer

    sound = checked(quick)
    assert sound["problems"] == []
    assert [(layer["name"], layer["output_shape"], layer["parameters"]) for layer in sound["layers"]] == [
        ("hidden", [500], 1500),
        ("output", [1], 501),
    ]
    assert sound["arms"][1]["words"] == ["hidden kernel: unit norm, each unit's 2 incoming weights"]

    limit = {"kind": "max_norm", "max_value": 1.0, "axis": 0}
    quick["arms"][1]["changes"]["layers"]["hidden"]["bias_constraint"] = limit
    (warning,) = checked(quick)["warnings"]
    assert warning["location"][:5] == ["arms", 1, "changes", "layers", "hidden"]
    assert "whole bias vector" in warning["message"]

    quick["network"]["layers"].append({"kind": "conv2d", "name": "conv_2"})
    refused = checked(quick)
    assert [layer["name"] for layer in refused["layers"]] == ["hidden"]
    (problem,) = refused["problems"]
    assert problem["location"] == ["network", "layers", 1]
    assert problem["message"].startswith("conv_2 needs height × width × channels")
    assert [problem["location"] for problem in checked({**quick, "seeds": ["one"]})["problems"]] == [["seeds", 0]]
    assert checked({})["problems"][0]["message"] == "This is required"
    bare = checked({"dataset": {"kind": "moons"}, "network": {"layers": []}})
    assert (bare["problems"], [layer["name"] for layer in bare["layers"]]) == ([], ["output"])
    missing = {"kind": "table", "file": "0" * 64, "target": "x"}
    answer = checked({**quick, "dataset": missing})
    assert answer["problems"][0]["location"] == ["dataset", "file"]
    assert answer["layers"] == []
    assert len(client.get("/api/experiments?limit=200").json()["experiments"]) == before, "nothing is kept"


def test_a_check_fills_in_the_defaults_if_it_is_asked_to(client: httpx.Client) -> None:
    body = {"dataset": {"kind": "moons"}, "network": {"layers": [{"kind": "dense"}]}, "repeats": 2}
    url = "/api/experiments/check"
    assert client.post(url, json=body).raise_for_status().json()["experiment"] is None
    filled = client.post(url, params={"filled": True}, json=body).raise_for_status().json()["experiment"]
    assert (filled["seeds"], filled["network"]["layers"][0]["units"]) == ([1, 2], 32)
    again = client.post(url, params={"filled": True}, json=filled).raise_for_status().json()["experiment"]
    assert again == filled
    wrong = {**body, "seeds": ["one"]}
    assert client.post(url, params={"filled": True}, json=wrong).raise_for_status().json()["experiment"] is None


def test_sealed_rows_are_shown_when_they_are_asked_for(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["split"] = {"train": 30, "validation": 10, "holdout": 20}
    quick["seeds"] = [1, 2]
    view = finished(client, posted(client, quick)["id"])
    url = f"/api/experiments/{view['id']}"
    assert view["reveals"] == 0
    assert all(set(run["metrics"]) == {"train", "validation", "test", "fresh"} for run in view["runs"])
    assert "holdout" not in client.get(f"{url}/events").text

    revealed = client.post(f"{url}/reveal").raise_for_status().json()
    assert revealed["reveals"] == 1
    for run in revealed["runs"]:
        assert 0 <= run["metrics"]["holdout"]["accuracy"] <= 1
    assert client.post(f"{url}/reveal").json()["reveals"] == 2
    assert view_of(client, view["id"])["runs"] == revealed["runs"]


def test_sealed_rows_stay_sealed_until_all_runs_have_ended(client: httpx.Client, endless: dict[str, Any]) -> None:
    endless["split"] = {"train": 30, "holdout": 20}
    id = posted(client, endless)["id"]
    early = client.post(f"/api/experiments/{id}/reveal")
    assert early.status_code == 409
    assert "once every run has ended" in early.json()["detail"]
    client.post(f"/api/experiments/{id}/cancel")


def test_without_sealed_rows_there_is_nothing_to_reveal(client: httpx.Client, quick: dict[str, Any]) -> None:
    id = finished(client, posted(client, quick)["id"])["id"]
    refused = client.post(f"/api/experiments/{id}/reveal")
    assert refused.status_code == 409
    assert "split.holdout" in refused.json()["detail"]


def test_early_stopping_says_where_it_stopped(client: httpx.Client, quick: dict[str, Any]) -> None:
    stopping = {"watch": "validation", "patience": 5}
    quick["split"] = {"train": 30, "validation": 20}
    quick["training"]["epochs"] = 5000
    quick["training"]["optimizer"] = {"kind": "adam", "learning_rate": 0.05}
    quick["arms"] = [{"name": "stops", "changes": {"training": {"early_stopping": stopping}}}, {"name": "goes on"}]
    stopped, whole = finished(client, posted(client, quick)["id"])["runs"]
    assert stopped["epochs_done"] == stopped["best_epoch"] + 5 < 5000
    assert (whole["epochs_done"], whole["best_epoch"]) == (5000, None)

    quick["split"] = {"train": 30}
    refused = client.post("/api/experiments", json=quick)
    (error,) = refused.json()["errors"]
    assert error["location"] == ["arms", 0, "changes", "training", "early_stopping", "watch"]


def test_published_figures_stand_beside_ours(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["published"] = {
        "title": "Test",
        "source": "Nobody, nowhere",
        "values": {"baseline": 60.0, "unit norm": 1.0},
    }
    view = finished(client, posted(client, quick)["id"])
    rows = view["published"]["arms"]
    assert [(row["arm"], row["published"], row["n"]) for row in rows] == [("baseline", 60, 1), ("unit norm", 1, 1)]
    for row, run in zip(rows, view["runs"], strict=True):
        assert row["ours"]["mean"] == pytest.approx(100 * (1 - run["test_accuracy"]))
    assert "pairs of arms" in view["published"]["sentence"]
    quick["published"]["values"]["nobody"] = 2.0
    (error,) = client.post("/api/experiments", json=quick).json()["errors"]
    assert error["location"] == ["published", "values", "nobody"]
