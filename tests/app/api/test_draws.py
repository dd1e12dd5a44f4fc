"""Experiments on several draws of the rows: over REST, in the event stream and in the exports."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from core.experiment.experiment import Experiment, resolve
from tests.app.api.experiments import finished, posted

REPLICATES = [(1, 4), (1, 9), (2, 4), (2, 9), (3, 4), (3, 9)]


@pytest.fixture
def drawn(client: httpx.Client, quick: dict[str, Any]) -> dict[str, Any]:
    """Two arms on three draws with two seeds each, finished."""
    quick |= {"seeds": [4, 9], "split": {**quick["split"], "draws": 3}}
    return finished(client, posted(client, quick)["id"])


def test_each_run_says_its_draw_and_arms_share_it(client: httpx.Client, drawn: dict[str, Any]) -> None:
    names = [arm["name"] for arm in drawn["arms"]]
    assert [(run["arm"], run["draw"], run["seed"]) for run in drawn["runs"]] == [
        (name, *replicate) for name in names for replicate in REPLICATES
    ]
    assert drawn["arms"][0]["n"] == len(REPLICATES)
    losses = {(run["arm"], run["draw"], run["seed"]): run["test_loss"] for run in drawn["runs"]}
    assert len(set(losses.values())) == len(losses), "draws and seeds both change the figures"
    curves = client.get(f"/api/experiments/{drawn['id']}/curves").json()["runs"]
    assert [(curve["arm"], curve["draw"], curve["seed"]) for curve in curves] == list(losses)
    assert [curve["test_loss"][-1] for curve in curves] == pytest.approx(list(losses.values()), rel=1e-4)


def test_files_have_a_column_for_the_draw(client: httpx.Client, drawn: dict[str, Any]) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        text = client.get(f"/api/experiments/{drawn['id']}/export/{name}").raise_for_status().text
        return list(csv.DictReader(io.StringIO(text)))

    runs, curves = rows("runs.csv"), rows("curves.csv")
    identities = [(run["arm"], str(run["draw"]), str(run["seed"])) for run in drawn["runs"]]
    assert [(row["arm"], row["draw"], row["seed"]) for row in runs] == identities
    assert list(dict.fromkeys((row["arm"], row["draw"], row["seed"]) for row in curves)) == identities
    report = client.get(f"/api/experiments/{drawn['id']}/export/report.html").raise_for_status().text
    assert "3 draws × 2 seeds" in report
    assert '<th scope="col">Draw</th>' in report


def test_events_name_the_draw(client: httpx.Client, drawn: dict[str, Any]) -> None:
    text = client.get(f"/api/experiments/{drawn['id']}/events").raise_for_status().text
    for draw, seed in REPLICATES:
        assert f'"draw":{draw},"seed":{seed}' in text


def test_frames_are_of_the_first_draw(client: httpx.Client, drawn: dict[str, Any]) -> None:
    arm = resolve(Experiment.model_validate(drawn["experiment"]))[0].at(1)
    points = client.get(f"/api/experiments/{drawn['id']}/frames", params={"arm": arm.name}).json()["points"]
    trained = [x for x, part in zip(points["x"], points["part"], strict=True) if part == "train"]
    assert sorted(trained) == pytest.approx(sorted(arm.prepare().train.x[:, 0].tolist()), abs=1e-3)


def test_draws_are_refused_where_they_contradict(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["split"] |= {"draws": 2, "folds": 3}
    answer = client.post("/api/experiments", json=quick)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["location"] == ["split", "draws"]


def test_added_draws_give_the_experiment_that_was_posted_with_all_of_them(
    client: httpx.Client, quick: dict[str, Any]
) -> None:
    quick["training"]["epochs"] = 20
    quick |= {"seeds": [4, 9], "split": {**quick["split"], "draws": 2}, "claims": {"looks": 2}}
    id = posted(client, quick)["id"]
    first = finished(client, id)
    url = f"/api/experiments/{id}/draws"
    key = {"Idempotency-Key": f"draws {id}"}
    for _ in range(2):
        view = client.post(url, json={"more": 3}, headers=key).raise_for_status().json()
        assert (view["experiment"]["split"]["draws"], view["draws"], view["looks"]) == (5, 5, 2)
        assert (view["first_look_draws"], view["first_look_seeds"]) == (2, 2)
    finished(client, id)
    assert client.get(f"/api/experiments/{id}/verdict").json()["look"] == 2, "it spends the error budget"
    client.post(f"/api/experiments/{id}/seeds", json={"more": 1}).raise_for_status()
    view = finished(client, id)
    assert (view["status"], view["looks"]) == ("finished", 3)

    def by_run(runs: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
        return {(run["arm"], run["draw"], run["seed"]): run for run in runs}

    after = by_run(view["runs"])
    assert len(after) == len(view["runs"]) == 2 * 5 * 3
    assert [after[key] for key in by_run(first["runs"])] == first["runs"], "what was trained stays, times included"

    whole = quick | {"seeds": [4, 9, 10], "split": {**quick["split"], "draws": 5}}
    expected = finished(client, posted(client, whole)["id"])
    times = {"seconds": None}
    assert [run | times for run in view["runs"]] == [run | times for run in expected["runs"]]
    assert view["arms"] == expected["arms"]
    one, other = (client.get(f"/api/experiments/{each}/curves").json()["runs"] for each in (id, expected["id"]))
    assert one == other


def test_draws_that_cannot_be_added_are_refused(client: httpx.Client, quick: dict[str, Any]) -> None:
    quick["training"]["epochs"] = 2
    without = finished(client, posted(client, quick)["id"])["id"]
    answer = client.post(f"/api/experiments/{without}/draws", json={"more": 1})
    assert answer.status_code == 409
    assert "set split.draws in a new one" in answer.json()["detail"]

    drawn = posted(client, quick | {"split": {**quick["split"], "draws": 2}})["id"]
    finished(client, drawn)
    refused = client.post(f"/api/experiments/{drawn}/draws", json={"more": 200})
    assert refused.status_code == 422
    assert [error["location"] for error in refused.json()["errors"]] == [["more"]]
    assert "use at most 256" in refused.json()["errors"][0]["message"]
    for body in ({"more": 0}, {}, {"draws": 2}):
        assert client.post(f"/api/experiments/{drawn}/draws", json=body).status_code == 422
    assert client.post("/api/experiments/none/draws", json={"more": 1}).status_code == 404
