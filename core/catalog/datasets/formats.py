"""Readers of array files, with NumPy alone: IDX, CIFAR's batches, NumPy's own format."""

from __future__ import annotations

import gzip
import io
import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np


def idx_file(folder: Path, name: str) -> Path | None:
    """The file of that name, compressed or not; None if there is neither."""
    return next((file for file in (folder / name, folder / f"{name}.gz") if file.exists()), None)


def read_idx(folder: Path, name: str) -> np.ndarray:
    """The array of bytes in an IDX file (https://yann.lecun.com/exdb/mnist/, "file formats"), compressed or not."""
    file = idx_file(folder, name)
    if file is None:
        raise FileNotFoundError(f"there is no {name} in {folder}")
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{file.name} is not an IDX file of bytes")
    shape = np.frombuffer(data, ">u4", data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def read_cifar_batch(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """A batch of the Python version (https://www.cs.toronto.edu/~kriz/cifar.html): pictures and labels."""
    with file.open("rb") as opened:
        batch = _ArraysOnly(opened, encoding="bytes").load()
    pictures = batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return pictures, np.array(batch[b"labels"], np.uint8)


class _ArraysOnly(pickle.Unpickler):
    """Unpickles plain values and NumPy's arrays only, so that no data file can run code."""

    ALLOWED: ClassVar = {("numpy", "ndarray"), ("numpy", "dtype"), ("numpy._core.multiarray", "_reconstruct")}

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy.core", "numpy._core")  # its name before NumPy 2
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"the file contains more than arrays: {module}.{name}")
        return super().find_class(module, name)


def read_npy(data: bytes) -> np.ndarray:
    """An array in NumPy's file format, including arrays of lists, which are pickled."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    *_, dtype = header(file)
    if dtype.hasobject:
        found: np.ndarray = _ArraysOnly(file).load()
        return found
    return np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
