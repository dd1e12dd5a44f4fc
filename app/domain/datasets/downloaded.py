"""Data sets that Keras' own loaders download, https://keras.io/api/datasets/, kept below LAB_DATA.

Files that are there already are read here, with NumPy alone, so that the API can show them too and nothing needs a
network. What is missing, or can't be read, a worker has Keras download and check.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import logging
import pickle
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np
from pydantic import Field

from app.domain.code import Call, plain
from app.domain.datasets.base import Dataset, NotHere, Picture, Rows, datasets_directory
from app.domain.datasets.bundled import Layout, laid_out
from app.domain.datasets.formats import idx_file, read_cifar_batch, read_idx, read_npy
from app.domain.entry import number

logger = logging.getLogger(__name__)

Loaded = tuple[tuple[Any, Any], tuple[Any, Any]]
"""`(x_train, y_train), (x_test, y_test)`, as Keras' `load_data` gives them."""

UNREADABLE: Final = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, pickle.UnpicklingError)
"""What reading a file raises that is cut off, or something else."""

GLANCE: Final = 64
"""First rows that `glance` gives."""
TIMEOUT: Final = 60.0
"""Seconds without an answer after which a download is given up."""


def _from(default: int, part: str) -> Any:
    return number(
        default,
        ge=1,
        le=default,
        step=1000,
        title=f"From the {part} set",
        description=f"How many of the {default:,} {part} examples, the first ones. "
        + ("They come first." if part == "training" else "They come last: as many test rows are the official ones."),
    )


class Downloaded(Dataset):
    """Base of data sets that Keras downloads: the official training examples come first, then the test examples."""

    group: ClassVar = "downloaded"
    loader: ClassVar[str]
    """Keras' function that downloads it."""
    megabytes: ClassVar[int]
    """Size of the download."""
    files: ClassVar[str]
    """What to place in the directory of data sets where there is no network, in words."""
    names: ClassVar[tuple[str, ...]]
    """Of the classes."""

    from_train: int
    from_test: int

    @property
    def rows(self) -> int:
        return self.from_train + self.from_test

    @property
    def classes(self) -> int:
        return len(self.names)

    @property
    def class_names(self) -> list[str]:
        return list(self.names)

    def loader_code(self) -> Call:
        """Keras' call that downloads and loads everything."""
        return Call(self.loader)

    def prepared(self, loaded: Any) -> Call:
        """What makes `(x, y)` of all that `loader_code` gives."""
        raise NotImplementedError

    def read(self, directory: Path) -> Loaded:
        """What the files in `directory` say.

        Raises:
            one of `UNREADABLE`: where they are not there, or can't be read.
        """
        raise NotImplementedError

    def places(self, directory: Path) -> Sequence[Path]:
        """Files or directories, any one of which has everything."""
        raise NotImplementedError

    def code(self) -> Call:
        return self.prepared(self.loader_code())

    def fetch(self, progress: Callable[[], None] = lambda: None) -> None:
        if not any(place.exists() for place in self.places(datasets_directory())):
            self._download(progress)

    def load(self) -> Rows:
        try:
            loaded = self.read(datasets_directory())
        except UNREADABLE as error:
            if not isinstance(error, FileNotFoundError):
                logger.warning("%s can't be read: %s", self.title, error)
            loaded = self._download(lambda: None)
        self._check(loaded)
        return self._rows(self.prepared(loaded))

    def labels(self) -> np.ndarray:
        return self._typed(np.zeros(0), self._seen()[1]).y

    def glance(self) -> np.ndarray:
        return self._seen()[0]

    def _seen(self) -> tuple[np.ndarray, np.ndarray]:
        """The first rows of `load().x`, and all labels."""
        directory = datasets_directory()
        present = [place for place in self.places(directory) if place.exists()]
        if not present:
            raise NotHere(f"{self.title} is not here yet: the first run downloads it ({self.megabytes} MB)")
        newest = max(place.stat().st_mtime_ns for place in present)
        try:
            return _seen(self.model_dump_json(), type(self), directory, newest)
        except UNREADABLE as error:
            raise NotHere(f"{self.title} can't be read ({error}): the first run downloads it anew") from error

    def _check(self, loaded: Loaded) -> None:
        """Refuses files that have fewer rows than are asked for."""
        (_, train), (_, test) = loaded
        for field, wanted, found in (
            ("from_train", self.from_train, len(train)),
            ("from_test", self.from_test, len(test)),
        ):
            if found < wanted:
                raise NotHere(f"The files of {self.title} have {found:,} rows there: set {field} to at most that")

    def _download(self, progress: Callable[[], None]) -> Loaded:
        """Has Keras download it to LAB_DATA, once for all processes that share the directory; needs Keras."""
        directory = datasets_directory()
        directory.mkdir(parents=True, exist_ok=True)
        with _alone(directory / f".{self.kind}.lock", progress):
            with contextlib.suppress(*UNREADABLE):
                return self.read(directory)  # another process had it meanwhile
            logger.info("%s: downloading %d MB", self.title, self.megabytes)
            try:
                with _watched(self.title, self.megabytes, directory, progress), _timeout():
                    loaded: Loaded = plain(self.loader_code())
            except Exception as error:  # Keras raises nothing more particular
                raise NotHere(
                    f"{self.title} is not in {directory} and can't be downloaded: {error}. "
                    f"Without a network, place {self.files} there"
                ) from error
            logger.info("%s: downloaded", self.title)
            return loaded


@functools.lru_cache(maxsize=32)
def _seen(body: str, kind: type[Downloaded], directory: Path, newest: int) -> tuple[np.ndarray, np.ndarray]:
    """First inputs and all labels, as `load` gives them; `newest` tells one version of the files from the next."""
    dataset = kind.model_validate_json(body)
    loaded = dataset.read(directory)
    dataset._check(loaded)
    (x_train, y_train), (x_test, y_test) = loaded
    y = np.concatenate([np.ravel(y_train)[: dataset.from_train], np.ravel(y_test)[: dataset.from_test]])
    few = dataset.model_copy(
        update={"from_train": min(dataset.from_train, GLANCE), "from_test": min(dataset.from_test, GLANCE)}
    )
    shown = few._rows(few.prepared(((x_train[:GLANCE], y_train[:GLANCE]), (x_test[:GLANCE], y_test[:GLANCE]))))
    return shown.x[: few.from_train], y


class _Pictures(Downloaded):
    """Base of data sets of pictures, their values scaled from 0 to 255 to 0 to 1."""

    layout: Layout

    @property
    def shape(self) -> tuple[int, ...]:
        return laid_out(self.picture, self.layout)

    @property
    def picture(self) -> Picture:
        return (28, 28, 1)

    @property
    def feature_names(self) -> list[str]:
        names = {1: ["brightness"], 3: ["red", "green", "blue"]}[self.picture[2]]
        return names if self.layout == "image" else super().feature_names

    def prepared(self, loaded: Any) -> Call:
        return Call(pictures, loaded, self.shape, self.from_train, self.from_test)

    def read(self, directory: Path) -> Loaded:
        with (directory / f"{self.kind}.npz").open("rb") as file, np.load(file, allow_pickle=False) as found:
            return (found["x_train"], found["y_train"]), (found["x_test"], found["y_test"])

    def places(self, directory: Path) -> Sequence[Path]:
        return [directory / f"{self.kind}.npz"]


def pictures(
    loaded: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    shape: tuple[int, ...],
    from_train: int,
    from_test: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The first pictures of the training set, then the first of the test set, scaled from 0 to 255 to 0 to 1."""
    (x_train, y_train), (x_test, y_test) = loaded
    x = np.concatenate([x_train[:from_train], x_test[:from_test]]).reshape(-1, *shape)
    y = np.concatenate([y_train[:from_train], y_test[:from_test]]).reshape(-1)
    return np.divide(x, 255, dtype="float32"), y


class _Idx(_Pictures):
    """Base of data sets that are given as IDX files, the format of MNIST."""

    folder: ClassVar[str]
    """Below the directory of data sets."""

    layout: Layout = Field(
        "image", description="784 values in a row, a 28×28 image with one channel, or a sequence of 28 rows of pixels."
    )
    from_train: int = _from(60_000, "training")
    from_test: int = _from(10_000, "test")

    def read(self, directory: Path) -> Loaded:
        folder = directory / self.folder
        if idx_file(folder, "train-images-idx3-ubyte") is None:
            return super().read(directory)
        train, test = (
            (read_idx(folder, f"{p}-images-idx3-ubyte"), read_idx(folder, f"{p}-labels-idx1-ubyte")) for p in _PARTS
        )
        return train, test

    def places(self, directory: Path) -> Sequence[Path]:
        last = idx_file(directory / self.folder, f"{_PARTS[1]}-images-idx3-ubyte")  # Keras downloads it last
        return [*super().places(directory), *([last] if last else [])]


_PARTS: Final = ("train", "t10k")


class Mnist(_Idx):
    """70,000 handwritten digits of 28×28 pixels (LeCun, Cortes & Burges 1998): 60,000 to train on, then 10,000."""

    title: ClassVar = "MNIST"
    summary: ClassVar = "Handwritten digits"
    kind: Literal["mnist"] = "mnist"
    proposed_split: ClassVar = {"train": 60_000}
    loader: ClassVar = "keras.datasets.mnist.load_data"
    megabytes: ClassVar = 11
    files: ClassVar = "mnist.npz, or the four IDX files (train-images-idx3-ubyte …) in a folder mnist,"
    names: ClassVar = tuple(str(digit) for digit in range(10))
    folder: ClassVar = "mnist"


class FashionMnist(_Idx):
    """70,000 pictures of clothes of 28×28 pixels (Xiao et al. 2017, arXiv:1708.07747): 60,000 to train on first."""

    title: ClassVar = "Fashion-MNIST"
    summary: ClassVar = "Pictures of clothes"
    kind: Literal["fashion_mnist"] = "fashion_mnist"
    proposed_split: ClassVar = {"train": 60_000}
    loader: ClassVar = "keras.datasets.fashion_mnist.load_data"
    megabytes: ClassVar = 30
    files: ClassVar = (
        "the four IDX files (train-images-idx3-ubyte.gz …) in a folder fashion-mnist, or fashion_mnist.npz,"
    )
    names: ClassVar = (
        "T-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    )
    folder: ClassVar = "fashion-mnist"


class Cifar10(_Pictures):
    """60,000 small colour photographs of 10 things (Krizhevsky 2009): 50,000 to train on, then 10,000."""

    title: ClassVar = "CIFAR-10"
    summary: ClassVar = "Small colour photographs"
    kind: Literal["cifar10"] = "cifar10"
    proposed_split: ClassVar = {"train": 50_000}
    loader: ClassVar = "keras.datasets.cifar10.load_data"
    megabytes: ClassVar = 170
    files: ClassVar = "the folder cifar-10-batches-py of the Python version, or cifar10.npz,"
    names: ClassVar = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    layout: Layout = Field(
        "image", description="3072 values in a row, a 32×32 image of three colours, or a sequence of 32 rows of pixels."
    )
    from_train: int = _from(50_000, "training")
    from_test: int = _from(10_000, "test")

    @property
    def picture(self) -> Picture:
        return (32, 32, 3)

    def read(self, directory: Path) -> Loaded:
        folder = next((each for each in _cifar_folders(directory) if each.exists()), None)
        if folder is None:
            return super().read(directory)
        train = [read_cifar_batch(folder / f"data_batch_{number}") for number in range(1, 6)]
        x, y = (np.concatenate(each) for each in zip(*train, strict=True))
        return (x, y), read_cifar_batch(folder / "test_batch")

    def places(self, directory: Path) -> Sequence[Path]:
        return [*super().places(directory), *(folder / "test_batch" for folder in _cifar_folders(directory))]


def _cifar_folders(directory: Path) -> list[Path]:
    """Where the batches may lie: as placed by hand, and as Keras unpacks them."""
    name = "cifar-10-batches-py"
    return [directory / name, directory / f"{name}-target" / name]


class Imdb(Downloaded):
    """50,000 film reviews, positive or not, each a row of word numbers (Maas et al. 2011): 25,000 to train on.

    Words are numbered by how frequent they are, from 4; 0 fills up short reviews in front, 1 starts a review, 2 stands
    for a word that is too rare to have a number. Of long reviews the end is kept.
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
        10_000, ge=10, le=88_000, step=1000, log=True, title="Words", description="How many word numbers there are."
    )
    maxlen: int = number(200, ge=5, le=1000, step=50, title="Length", description="Words of a review that are kept.")
    from_train: int = _from(25_000, "training")
    from_test: int = _from(25_000, "test")

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
        """As Keras' loader: shuffled with its seed, words numbered from 4, rare ones replaced by 2."""
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


# Downloading


@contextlib.contextmanager
def _alone(lock: Path, progress: Callable[[], None]) -> Iterator[None]:
    """Holds a lock that one process at a time can have; waits for it."""
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                progress()
                time.sleep(0.5)
        yield


@contextlib.contextmanager
def _watched(title: str, megabytes: int, directory: Path, progress: Callable[[], None]) -> Iterator[None]:
    """Looks every few seconds whether files grow; says so in the log, and calls `progress`."""
    before = size = _bytes_below(directory)
    over = threading.Event()

    def watch() -> None:
        nonlocal size
        while not over.wait(5):
            now = _bytes_below(directory)
            if now > size:
                logger.info("%s: %.0f of %d MB", title, (now - before) / 1e6, megabytes)
                progress()
            size = now

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _bytes_below(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


@contextlib.contextmanager
def _timeout() -> Iterator[None]:
    """Connections made meanwhile give up when nothing comes; Keras sets no limit of its own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
