"""Random streams of a run: the seed of its training, the seeds of its layers, and the order of its rows in each epoch.

Each use of randomness has a stream of its own. Exported scripts print these functions, so each is self-contained.
"""

from __future__ import annotations

import numpy as np


def training_seed(draw: int | None, seed: int) -> int:
    """Seed of the training of a replicate; without a draw of the rows it is the replicate's own.

    Each draw has others, so that no seed's own effect is in the mean of every draw.
    """
    if draw is None:
        return seed
    return int(np.random.SeedSequence(seed, spawn_key=(3, draw)).generate_state(1)[0]) & 0x7FFFFFFF


def layer_seed(seed: int, position: int, part: int = 0) -> int:
    """Seed of the layer at `position` in a run with `seed`; each part of a layer has a seed of its own."""
    key = (0, position, part) if part else (0, position)
    return int(np.random.SeedSequence(seed, spawn_key=key).generate_state(1)[0]) & 0x7FFFFFFF


def batch_order(seed: int, first: int, epochs: int, rows: int) -> np.ndarray:
    """Order of the training rows in `epochs` epochs from `first` (counted from 0): int32, (epochs, rows).

    Orders are drawn for a block of epochs at a time. An epoch's order depends on the seed, its number and the number of
    rows alone, so that any epoch can be redrawn.
    """
    size = max(1, 32768 // rows)
    blocks = range(first // size, (first + epochs - 1) // size + 1)
    drawn = []
    for block in blocks:
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, block)))
        drawn.append(generator.permuted(np.tile(np.arange(rows, dtype=np.int32), (size, 1)), axis=1))
    start = first - blocks.start * size
    return np.concatenate(drawn)[start : start + epochs]
