"""Texts that Keras downloads."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from core.catalog.calls import Call
from core.catalog.datasets.downloaded import Downloaded, Loaded, examples_field
from core.catalog.datasets.formats import read_npy
from core.catalog.entry import number


class Imdb(Downloaded):
    """50,000 film reviews, positive or not, each a row of word numbers (Maas et al. 2011): 25,000 to train on.

    Words are numbered by frequency, from 4; 0 pads short reviews in front, 1 starts a review, 2 replaces a word too
    rare to have a number. Long reviews keep their end.
    """

    title: ClassVar = "IMDB"
    summary: ClassVar = "Film reviews as word numbers"
    kind: Literal["imdb"] = "imdb"
    proposed_split: ClassVar = {"train": 25_000}
    loader: ClassVar = "keras.datasets.imdb.load_data"
    megabytes: ClassVar = 17
    files: ClassVar = "imdb.npz"
    names: ClassVar = ("negative", "positive")
    num_words: int = number(
        10_000, ge=10, le=88_000, step=1000, log=True, title="Words", description="Number of word numbers."
    )
    maxlen: int = number(
        200, ge=5, le=1000, step=50, title="Length", description="Last words of a review that are kept."
    )
    from_train: int = examples_field(25_000, "training")
    from_test: int = examples_field(25_000, "test")

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.maxlen,)

    @property
    def feature_names(self) -> list[str]:
        return [f"word {position + 1}" for position in range(self.maxlen)]

    @property
    def vocabulary(self) -> int:
        return self.num_words

    def loader_code(self) -> Call:
        return Call(self.loader, num_words=self.num_words)

    def prepared(self, loaded: Any) -> Call:
        return Call(reviews, loaded, self.maxlen, self.from_train, self.from_test)

    def read(self, directory: Path) -> Loaded:
        """Reads like Keras' loader: shuffled with its seed, words numbered from 4, rare ones replaced by 2."""
        with zipfile.ZipFile(directory / "imdb.npz") as archive:
            arrays = {
                name: read_npy(archive.read(f"{name}.npy")) for name in ("x_train", "y_train", "x_test", "y_test")
            }
        rng = np.random.RandomState(113)
        parts = []
        for part in ("train", "test"):
            order = np.arange(len(arrays[f"x_{part}"]))
            rng.shuffle(order)
            words = [self._numbered(review) for review in arrays[f"x_{part}"][order]]
            parts.append((words, arrays[f"y_{part}"][order]))
        return parts[0], parts[1]

    def _numbered(self, review: Any) -> np.ndarray:
        words = np.concatenate([[1], np.asarray(review, np.int64) + 3])
        return np.where(words < self.num_words, words, 2)

    def places(self, directory: Path) -> Sequence[Path]:
        return [directory / "imdb.npz"]


def reviews(
    loaded: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    length: int,
    from_train: int,
    from_test: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The first reviews of the training set, then the first of the test set: the last words of each, zeros before."""
    (x_train, y_train), (x_test, y_test) = loaded
    kept = [*x_train[:from_train], *x_test[:from_test]]
    x = np.zeros((len(kept), length), "float32")
    for row, words in enumerate(kept):
        words = words[-length:]
        x[row, length - len(words) :] = words
    return x, np.concatenate([y_train[:from_train], y_test[:from_test]])
