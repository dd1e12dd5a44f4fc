"""Parts of a finished run that are kept beside its log: outputs for its test rows, and its weights.

Both travel with the run's last event, so that the ledger's fence holds for them.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np

KeptPart = Literal["outputs", "weights"]
KEPT: Final[tuple[KeptPart, ...]] = ("outputs", "weights")
OUTPUT_VALUES: Final = 1 << 18
"""Most values of a set's outputs that are kept, 1 MiB: of more rows, the first."""


def pack_outputs(outputs: Mapping[str, np.ndarray]) -> bytes:
    """Outputs for each set of rows, float32, (rows, units), as an .npz file; of a long set the first rows."""
    first = {name: values[: OUTPUT_VALUES // values.shape[1]] for name, values in outputs.items()}
    return _packed({name: np.asarray(values, np.float32) for name, values in first.items()})


def unpack_outputs(packed: bytes) -> dict[str, np.ndarray]:
    """Outputs by the set's name, from the output of `pack_outputs`."""
    return _unpacked(packed)


def pack_weights(weights: Sequence[np.ndarray], limit: int) -> bytes:
    """A model's weights, in its order, as an .npz file; empty where they take more than `limit` bytes."""
    if sum(value.nbytes for value in weights) > limit:
        return b""
    return _packed({str(place): value for place, value in enumerate(weights)})


def unpack_weights(packed: bytes) -> list[np.ndarray]:
    """The weights, in the model's order, from the output of `pack_weights`."""
    found = _unpacked(packed)
    return [found[str(place)] for place in range(len(found))]


def sha256_of(weights: Sequence[np.ndarray]) -> str:
    """SHA-256 of weights, in the model's order, as they lie in memory."""
    found = hashlib.sha256()
    for value in weights:
        found.update(value.tobytes())
    return found.hexdigest()


def _packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _unpacked(packed: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(packed), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
