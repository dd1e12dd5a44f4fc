"""What is told of an experiment's runs: whether a constraint held."""

from __future__ import annotations

from typing import Any

import pytest

from app.results import held_in

LOST = {"min": None, "mean": None, "max": None}


def report(held: bool | None, *, lost: bool = False, constraint: str | None = "max norm 3") -> dict[str, Any]:
    return {"constraint": constraint, "held": held, "norm": LOST if lost else {"min": 1.0, "mean": 2.0, "max": 3.0}}


@pytest.mark.parametrize(
    ("reports", "told"),
    [
        ([report(True), report(True)], True),
        ([report(True), report(False)], False),
        ([report(None), report(None)], "not promised"),
        ([report(None, lost=True), report(True)], True),
        ([report(None, lost=True), report(None)], "not promised"),
        ([report(None, lost=True)], None),
        ([report(None, constraint=None)], None),
        ([], None),
    ],
)
def test_a_constraint_held_or_not_or_promised_nothing(reports: list[Any], told: bool | str | None) -> None:
    assert held_in(reports) == told
