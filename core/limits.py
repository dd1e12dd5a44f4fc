"""Limits of an experiment, each in one place. `LAB_MAX_…` settings can lower some of them, and raise none."""

from __future__ import annotations

from typing import Final

MAX_ARMS: Final = 64
MAX_RUNS: Final = 256
"""Most runs of an experiment: arms times seeds."""
MAX_SEED: Final = 2**31 - 1
MAX_EPOCHS: Final = 200_000
MAX_DEPTH: Final = 32
"""Layers that a network may have, besides the output."""
MAX_SIZE: Final = 4096
"""Largest number of units, filters or steps of a layer."""
EVALUATION_BATCH: Final = 1024
"""Rows evaluated at once, which bounds memory. Metrics depend on it by rounding alone."""
