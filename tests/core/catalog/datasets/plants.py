"""A table with three columns of yes and no, in words and numbers, and two of numbers, that follow from two others."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

LABELS = ["flowers", "fruits", "spreads"]
NUMBERS = ["height", "leaves"]


def plants(rows: int = 120, seed: int = 3) -> pd.DataFrame:
    """Plants: `light`, `water` and `soil`, then `LABELS` and `NUMBERS`; two cells of the targets are empty."""
    rng = np.random.default_rng(seed)
    light, water = rng.normal(5, 2, rows), rng.normal(20, 6, rows)
    noise = rng.normal(0, 1, (5, rows))
    warm, wet = (light - 5) / 2, (water - 20) / 6
    frame = pd.DataFrame(
        {
            "light": light.round(3),
            "water": water.round(3),
            "soil": np.array(["clay", "loam", "sand"])[rng.integers(0, 3, rows)],
            "flowers": np.where(warm + 0.5 * noise[0] > 0, "yes", "no"),
            "fruits": (warm + wet + 0.5 * noise[1] > 0.4).astype(int),
            "spreads": np.where(wet - warm + 0.5 * noise[2] > 0.8, "true", "false"),
            "height": (300 + 40 * warm + 25 * wet + 8 * noise[3]).round(2),
            "leaves": (0.5 + 0.1 * warm * wet + 0.02 * noise[4]).round(4),
        }
    ).astype(object)
    frame.loc[7, "flowers"] = None
    frame.loc[11, "height"] = None
    return frame


def csv_of_plants(rows: int = 120, seed: int = 3) -> str:
    """The plants as CSV."""
    text = io.StringIO()
    plants(rows, seed).to_csv(text, index=False)
    return text.getvalue()
