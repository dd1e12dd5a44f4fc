"""Parts that are kept of a run, packed and bounded."""

from __future__ import annotations

import numpy as np

from core.runs.kept import OUTPUT_VALUES, pack_outputs, pack_weights, unpack_outputs, unpack_weights


def test_weights_are_kept_bit_for_bit_up_to_a_limit() -> None:
    weights = [np.random.default_rng(place).normal(size=(3, place + 1)).astype(np.float32) for place in range(12)]
    found = unpack_weights(pack_weights(weights, sum(value.nbytes for value in weights)))
    assert all(one.tobytes() == other.tobytes() for one, other in zip(found, weights, strict=True))
    assert pack_weights(weights, sum(value.nbytes for value in weights) - 1) == b""


def test_of_a_long_set_the_first_outputs_are_kept() -> None:
    long = np.zeros((OUTPUT_VALUES, 3), np.float32)
    outputs: dict[str, np.ndarray] = {"test": np.arange(8, dtype=np.float32).reshape(4, 2), "holdout": long}
    found = unpack_outputs(pack_outputs(outputs))
    np.testing.assert_array_equal(found["test"], outputs["test"])
    assert found["holdout"].shape == (OUTPUT_VALUES // 3, 3)
    assert found["holdout"].dtype == np.float32
