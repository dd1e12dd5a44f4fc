"""Figures as text: rounded alike in Python and on the page, by a table that both read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.analysis.figures import figure, signed, significant

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "figures.json").read_text())["figures"]


def test_figures_are_shown_as_the_page_shows_them() -> None:
    assert len(GOLDEN) > 81
    assert [figure(value, digits) for value, digits, _ in GOLDEN] == [text for *_, text in GOLDEN]


@pytest.mark.parametrize("rows", [30, 40, 70, 80, 112, 240, 1000])
def test_a_share_of_rows_is_rounded_as_the_fraction_it_is(rows: int) -> None:
    """Half up on whole numbers: (2 · 1000 · n + rows) // (2 · rows) thousandths."""
    for n in range(rows + 1):
        thousandths = (2000 * n + rows) // (2 * rows)
        expected = f"{thousandths // 1000}.{thousandths % 1000:03d}"
        assert figure(n / rows) == figure(float(np.float32(n / rows))) == expected or 0 < n / rows < 0.0005


def test_what_is_not_a_number_is_missing_and_zero_is_not() -> None:
    assert [figure(value) for value in (None, np.nan, np.inf, 0.0, -0.0)] == ["–", "–", "–", "0.000", "0.000"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.81245, "0.8125"), (0.8125, "0.8125"), (0.0, "0"), (3980.5, "3981"), (1.0, "1"), (1.23455e-7, "1.235e-07")],
)
def test_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text
    assert significant(float(np.float32(value))) == text


def test_a_difference_has_its_sign_and_none_where_it_is_too_small_to_show() -> None:
    assert [signed(value, 2) for value in (0.813, -0.2, 1.2e-6, -1.2e-6, 0.0, None)] == [
        "+0.81",
        "−0.20",
        "0.00",
        "0.00",
        "0.00",
        "–",
    ]
