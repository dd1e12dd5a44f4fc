"""Files of arrays and pictures, made for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.catalog.datasets.uploads import uploads_directory
from core.problems import Invalid, Problem

Keep = Callable[..., str]
"""Keeps a file as an upload does; gives its id."""


def npz(**arrays: Any) -> bytes:
    """An .npz file, compressed."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def picture(colour: Any, size: tuple[int, int] = (8, 6), format: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture of one colour; the size is its width and height."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, format)
    return file.getvalue()


def folders(**more: bytes) -> bytes:
    """A zip file of three red cats and two blue dogs of 8 × 6 pixels, and `more`."""
    files = {f"animals/cat/{number}.png": picture((255, 0, 0)) for number in range(3)}
    files |= {f"animals/dog/{number}.jpg": picture((0, 0, 255), format="JPEG") for number in range(2)}
    return zipped({**files, **more})


def trials(rows: int = 40, seed: int = 0) -> dict[str, Any]:
    """EEG-like trials of 4 channels and 32 samples: the channel that oscillates tells "left" from "right"."""
    rng = np.random.default_rng(seed)
    side = rng.permutation(np.arange(rows) % 2)
    x = rng.normal(size=(rows, 4, 32)).astype("float32")
    x[np.arange(rows), side] += 3 * np.sin(np.arange(32))
    return {"x": x, "y": np.array(["left", "right"])[side], "groups": np.arange(rows) // 10}


def refused(keep: Keep, content: bytes) -> Problem:
    """The problem of a file that is refused, and of which nothing is kept."""
    with pytest.raises(Invalid) as caught:
        keep(content)
    assert list(uploads_directory().iterdir()) == []
    (problem,) = caught.value.problems
    assert str(uploads_directory()) not in problem.message
    assert " at 0x" not in problem.message
    return problem
