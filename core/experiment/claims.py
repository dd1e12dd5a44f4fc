"""Settings of the claims that are made of an experiment's arms; nothing of the training depends on them."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from core.catalog.entry import Entry, number

MARGIN: Final = 0.01
"""One point of accuracy, or 0.01 in r²."""
MOST_LOOKS: Final = 20


class Claims(Entry):
    """Least difference that counts, and number of times that the experiment will be judged."""

    margin: float = number(
        MARGIN,
        ge=0.0001,
        le=0.5,
        step=0.005,
        title="The same if within",
        description="Largest difference in score that makes no difference to you: 0.01 is a point of accuracy, or 0.01 "
        "in r². Closer arms are called the same.",
    )
    looks: int | None = Field(
        None,
        ge=1,
        le=MOST_LOOKS,
        title="Times you will judge",
        description="Counts the first time and each addition of seeds. Judging once needs the fewest seeds. Left out, "
        "seeds can be added ten at a time, and each time needs more evidence.",
    )
