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
