"""A table of patients' visits, whose rows can be cut in every way."""

from __future__ import annotations

import numpy as np

ROWS = 120


def csv_of_visits(rows: int = ROWS) -> str:
    """Visits of 15 patients of 1 to 15 visits, on days in no order, with the part that each row was given."""
    rng = np.random.default_rng(5)
    patients = [f"p{number}" for number in range(15) for _ in range(number + 1)]
    days = rng.permutation(rows)
    lines = ["age,dose,patient,day,set,week,note,outcome"]
    for row in range(rows):
        age, dose = rng.normal(50, 9), rng.normal()
        given = "Training" if row < 60 else "val" if row < 80 else "TEST " if row < 110 else "sealed"
        outcome = ("rare", "ill", "well", "well")[rng.integers(4)] if row % 3 else "well"
        day = np.datetime64("2024-01-01") + int(days[row])
        note = "" if row == 7 else "n"
        lines.append(f"{age:.3f},{dose:.3f},{patients[row]},{day},{given},{days[row] // 7},{note},{outcome}")
    return "\n".join(lines) + "\n"
