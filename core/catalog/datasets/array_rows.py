"""Reading of people's own arrays and pictures.

These are plain functions of NumPy and Pillow: the service calls them, and the exported script prints them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def read_npz(path: str, x: list[str], y: list[str], also: Sequence[list[str]] = ()) -> tuple[np.ndarray, ...]:
    """The arrays `x`, `y` and those of `also` of an .npz file; several names are arrays that follow each other."""
    with np.load(path, allow_pickle=False) as arrays:
        columns = [np.concatenate([arrays[name].reshape(-1) for name in names]) for names in (y, *also)]
        return np.concatenate([arrays[name] for name in x]), *columns


def zip_names(path: str) -> list[str]:
    """Names of the files in a zip file."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def picture_files(names: list[str]) -> list[tuple[str, str, str]]:
    """Pictures among the files of these names, each as its set, its class and its name, sorted.

    A folder is a class. The folders may lie in the folders train, validation and test, and all of them in others.
    """
    names = [
        name
        for name in sorted(set(names))
        if name.lower().endswith((".png", ".jpg", ".jpeg"))
        and "/." not in "/" + name.replace("../", "")
        and not name.startswith("__MACOSX/")
    ]
    places = [name.replace("\\", "/").split("/") for name in names]
    while places and min(map(len, places)) > 2 and len({each[0] for each in places}) == 1:
        places = [each[1:] for each in places]
    sets = {"train": 0, "training": 0, "val": 1, "valid": 1, "validation": 1, "test": 2, "testing": 2}
    is_split = bool(places) and min(map(len, places)) > 2 and {each[0].lower() for each in places} <= sets.keys()
    found = []
    for name, place in zip(names, places, strict=True):
        number = sets[place[0].lower()] if is_split else 0
        folders = place[is_split:-1]
        part = ("train", "validation", "test")[number] if is_split else ""
        found.append((number, folders[0] if folders else "", name, part))
    return [(part, label, name) for _, label, name, part in sorted(found)]


def read_pictures(
    path: str, files: list[tuple[str, str, str]], height: int, width: int, channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of a zip file, values from 0 to 255, and their classes; those of another size are resized."""
    import io
    import zipfile

    from PIL import Image

    x = np.empty((len(files), height, width, channels), "uint8")
    with zipfile.ZipFile(path) as archive:
        for row, (_, _, name) in enumerate(files):
            try:
                picture: Any = Image.open(io.BytesIO(archive.read(name)), formats=["PNG", "JPEG"])
                picture.draft(
                    None, (2 * width, 2 * height)
                )  # a large JPEG is decoded at a half, a quarter or an eighth
                picture = picture.convert("L" if channels == 1 else "RGB")
            except Exception as error:  # Pillow raises many kinds
                raise ValueError(f"{name} can't be read as a picture: {error}") from error
            if picture.size != (width, height):
                picture = picture.resize((width, height), Image.Resampling.BILINEAR)
            x[row] = np.asarray(picture).reshape(height, width, channels)
    return x, np.array([label for _, label, _ in files])


def arrays_xy(
    loaded: tuple[np.ndarray, ...],
    shape: tuple[int, ...],
    pixels: bool = False,
    classes: list[Any] | None = None,
) -> tuple[np.ndarray, ...]:
    """Features in this shape, pixels scaled from 0…255 to 0…1, and the target: its place in `classes`, or a number.

    Other arrays follow as they are; bytes are read as text.
    """
    x, y, *others = loaded
    others = [np.char.decode(each, "utf-8") if each.dtype.kind == "S" else each for each in others]
    x = x.reshape(-1, *shape)
    x = np.divide(x, 255, dtype="float32") if pixels else x.astype("float32", copy=False)
    return x, y.astype("float64") if classes is None else np.searchsorted(np.array(classes), y), *others
