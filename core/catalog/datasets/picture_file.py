"""The pictures of a zip file, a folder a class: checked by their heads, then read at one size."""

from __future__ import annotations

import io
import statistics
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.catalog.datasets.array_file import MAX_NAME, bad, opened, too_large
from core.catalog.datasets.array_rows import picture_files, read_pictures
from core.catalog.datasets.zip_directory import check_entry, is_hidden

MAX_PIXELS: Final = 25_000_000
"""Pixels of one picture."""
MAX_ALL_PIXELS: Final = 6_000_000_000
"""Pixels of all pictures together: 500 of a telephone."""
MAX_BYTES: Final = 30_000_000
"""Bytes of one picture's file."""
MAX_SIDE: Final = 256
"""Longer side of pictures whose size nobody chose."""
_BATCH: Final = 1 << 24
"""Values of the pictures read at once."""

_GREY: Final = ("1", "L", "LA")


@dataclass(frozen=True)
class Pictures:
    """Pictures of a zip file, by their heads."""

    files: list[tuple[str, str, str]]
    """Set, class and name of each."""
    height: int
    width: int
    channels: int
    others: int
    """Number of pictures that have another size."""
    shrunk: tuple[int, int] | None
    """Usual height and width, where they are larger than is read."""
    unused: int
    """Number of other files."""


def find_pictures(path: Path, most: int) -> Pictures:
    """The pictures of the zip file at `path`, each with a valid head.

    Raises:
        Invalid: naming the picture that is none, is too large, or is in no folder.
    """
    with opened(path) as archive:
        entries = archive.infolist()
        files = picture_files(archive.namelist())
        _check_names(files)
        if (unpacked := sum(entry.file_size for entry in entries)) > most:
            raise bad(f"Unpacked, this has {unpacked:,} bytes, and at most {most:,} are allowed: leave out pictures")
        sizes: Counter[tuple[int, int]] = Counter()
        channels, pixels = 1, 0
        for _, _, name in files:
            (width, height), mode = _head(archive, name)
            sizes[height, width] += 1
            channels = channels if mode in _GREY else 3
            pixels += height * width
            if pixels > MAX_ALL_PIXELS:
                raise bad(f"All pictures together have more than {MAX_ALL_PIXELS:,} pixels: make them smaller")
    usual = _usual_size(sizes)
    height, width = _read_size(usual, len(files) * channels, most)
    return Pictures(
        files=files,
        height=height,
        width=width,
        channels=channels,
        others=len(files) - sizes[usual],
        shrunk=None if usual == (height, width) else usual,
        unused=sum(not entry.is_dir() and not is_hidden(entry.filename) for entry in entries) - len(files),
    )


def _check_names(files: list[tuple[str, str, str]]) -> None:
    for _, label, name in files:
        if ".." in name.replace("\\", "/").split("/") or name.startswith(("/", "\\")):
            raise bad(f"The name {name[:200]!r} leads out of the zip file: pack the folders themselves")
        if not label:
            raise bad(f"{name[:200]} is in no folder: put each picture into a folder that is called as its class")
        if len(label) > MAX_NAME:
            raise bad(f"The folder {label[:50]}… has a name of more than {MAX_NAME} characters: rename it")
    if len({label for _, label, _ in files}) < 2:
        raise bad("All pictures are in one folder: make a folder for each class, and put its pictures there")


def _head(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, int], str]:
    """Width and height, and Pillow's mode, of a picture that is not damaged as far as can be told without decoding."""
    from PIL import Image

    entry = archive.getinfo(name)
    check_entry(entry)
    shown = name[:200]
    if entry.file_size > MAX_BYTES:
        raise bad(f"{shown} has {entry.file_size:,} bytes, and at most {MAX_BYTES:,} are allowed: make it smaller")
    try:
        picture: Any = Image.open(io.BytesIO(archive.read(entry)), formats=["PNG", "JPEG"])
        size, mode = picture.size, picture.mode
        if size[0] * size[1] <= MAX_PIXELS:
            picture.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise bad(f"{shown} has more than {MAX_PIXELS:,} pixels: make it smaller") from None
    except Exception as error:  # Pillow raises many kinds
        raise bad(
            f"{shown} is no PNG or JPEG that can be read ({_said(error)}): save it anew, or leave it out"
        ) from None
    if size[0] * size[1] > MAX_PIXELS:
        raise bad(
            f"{shown} has {size[0]:,} × {size[1]:,} pixels, and at most {MAX_PIXELS:,} are allowed: make it smaller"
        )
    if mode.startswith(("I", "F")):
        raise bad(f"{shown} has more than 8 bits a pixel: save it with 8, or all pictures as arrays in an .npz file")
    return size, mode


def _said(error: Exception) -> str:
    """Pillow's words, without the address of the object in memory that some of them give."""
    return "not recognised" if "cannot identify" in str(error) else str(error)[:200] or type(error).__name__


def _usual_size(sizes: Counter[tuple[int, int]]) -> tuple[int, int]:
    """The size that most pictures have; without one, their median height and width, which distorts them least."""
    frequent = max(sizes, key=lambda size: (sizes[size], -size[0] * size[1], size))
    if 2 * sizes[frequent] > sizes.total():
        return frequent
    heights, widths = ([size[side] for size, count in sizes.items() for _ in range(count)] for side in (0, 1))
    return statistics.median_low(heights), statistics.median_low(widths)


def _read_size(usual: tuple[int, int], values: int, most: int) -> tuple[int, int]:
    """The usual size, made smaller where it is too large; `values` are those of one pixel of every picture."""
    height, width = usual
    scale = min(1.0, MAX_SIDE / max(usual), (most / 4 / (values * height * width)) ** 0.5)
    return max(1, int(height * scale)), max(1, int(width * scale))


def write_pictures(
    path: Path,
    files: list[tuple[str, str, str]],
    shape: tuple[int, int, int],
    to: Path,
    progress: Callable[[], None] = lambda: None,
) -> tuple[int, int]:
    """Writes the pixels of the zip file's pictures to `to`, and gives the lowest and the highest.

    Raises:
        Invalid: naming a picture that can't be read.
    """
    written = np.lib.format.open_memmap(to, "w+", np.uint8, (len(files), *shape))
    batch = max(1, _BATCH // (shape[0] * shape[1] * shape[2]))
    low, high = 255, 0
    for first in range(0, len(files), batch):
        try:
            pixels, _ = read_pictures(str(path), files[first : first + batch], *shape)
        except ValueError as error:
            raise bad(f"{str(error)[:400]}. Save it anew, or leave it out") from None
        written[first : first + batch] = pixels
        low, high = min(low, int(pixels.min())), max(high, int(pixels.max()))
        progress()
    written.flush()
    return low, high


def check_size(rows: int, shape: tuple[int, int, int], most: int) -> str | None:
    """The sentence on pictures of a size at which they take too much memory; None where they don't."""
    example = shape[0] * shape[1] * shape[2]
    return too_large(rows, example, most) if 4 * rows * example > most else None
