"""Errors say where a body is wrong and what to do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def test_a_form_is_told_to_be_json(client: httpx.Client) -> None:
    answer = client.post("/api/experiments", data={"name": "x"})
    assert answer.status_code == 415
    assert "Content-Type: application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("sent", "location", "words"),
    [
        ({"seeds": []}, ["seeds"], "at least 1 entry"),
        ({"seeds": [2**31]}, ["seeds", 0], "Must be at most 2147483647"),
        ({"network": {"layers": [{"kind": "desne"}]}}, ["network", "layers", 0], "did you mean 'dense'?"),
        ({"name": "a\u0000b"}, ["name"], "control characters"),
        (
            {"dataset": {"kind": "digits"}, "network": {"layers": [{"kind": "conv2d"}]}},
            ["network", "layers", 0],
            "layout",
        ),
    ],
)
def test_problems_say_what_to_do(
    client: httpx.Client, quick: dict[str, Any], sent: dict[str, Any], location: list[Any], words: str
) -> None:
    split = {"split": {"train": 0.5}}
    for address, key in (("/api/experiments", "errors"), ("/api/experiments/check", "problems")):
        answer = client.post(address, json={**quick, "arms": [{"name": "one"}], **split, **sent})
        (problem,) = answer.json()[key]
        assert problem["location"] == location
        assert words in problem["message"]


def test_what_can_not_be_read_is_located_too(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b'{"name": ', b"[" * 100_000, b'{"name": "\xff"}'):
        answer = client.post("/api/experiments/check", content=body, headers=headers)
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["location"] == []
        assert error["message"] == answer.json()["detail"]
    asked = client.get("/api/experiments", params={"limit": "abc"})
    assert asked.status_code == 422
    assert asked.json()["errors"] == [{"location": ["query", "limit"], "message": "Must be a whole number"}]
