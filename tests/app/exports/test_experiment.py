"""`experiment.json`: it posts back to the same experiment."""

from __future__ import annotations

from tests.app.exports.conftest import Trained


def test_it_posts_back_to_the_same_experiment(classified: Trained) -> None:
    file = classified.export("experiment.json")
    assert file.headers["content-type"] == "application/json"
    headers = {"Content-Type": "application/json"}
    again = classified.client.post("/api/experiments", content=file.content, headers=headers)
    assert again.status_code == 201, again.text
    assert again.json()["id"] != classified.view["id"]
    assert again.json()["experiment"] == classified.view["experiment"]
    classified.client.delete(f"/api/experiments/{again.json()['id']}").raise_for_status()
