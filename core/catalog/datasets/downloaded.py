"""Data sets that Keras' own loaders download, https://keras.io/api/datasets/, stored below LAB_DATA.

Existing files are read with NumPy alone, so that the API can show them without Keras or a network. A worker has Keras
download and check missing or unreadable files.
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
from typing import Any, ClassVar, Final

import numpy as np

from core.catalog.calls import Call, evaluate_unseeded
from core.catalog.datasets.base import Dataset, DataUnavailable, Rows, datasets_directory
from core.catalog.entry import number
from core.settings import make_shared

logger = logging.getLogger(__name__)

Loaded = tuple[tuple[Any, Any], tuple[Any, Any]]
"""`(x_train, y_train), (x_test, y_test)`, as Keras' `load_data` returns them."""

UNREADABLE: Final = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, pickle.UnpicklingError)
"""Exceptions raised by reading a truncated or wrong file."""

GLANCE: Final = 64
"""Number of first rows that `sample_rows` returns."""
TIMEOUT: Final = 60.0
"""Seconds without data after which a download fails."""


def examples_field(default: int, part: str) -> Any:
    """Field for the number of a set's `default` examples to use."""
    return number(
        default,
        ge=1,
        le=default,
        step=1000,
        title=f"From the {part} set",
        description=f"Use the first so many of the {default:,} {part} examples. "
        + ("They come first." if part == "training" else "They come last: as many test rows are the official ones."),
    )


class Downloaded(Dataset):
    """Base of data sets that Keras downloads: the official training examples come first, then the test examples."""

    group: ClassVar = "downloaded"
    loader: ClassVar[str]
    """Keras' function that downloads it."""
    megabytes: ClassVar[int]
    """Size of the download, in MB."""
    files: ClassVar[str]
    """Phrase for the files to place in the directory of data sets if there is no network."""
    names: ClassVar[tuple[str, ...]]
    """Names of the classes."""

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
        """The call that makes `(x, y)` of the result of `loader_code`."""
        raise NotImplementedError

    def read(self, directory: Path) -> Loaded:
        """Reads the files in `directory`.

        Raises:
            one of `UNREADABLE`: if they are missing or can't be read.
        """
        raise NotImplementedError

    def places(self, directory: Path) -> Sequence[Path]:
        """Files or directories, each of which holds the whole data set."""
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
        return self._typed(np.zeros(0), self._preview_rows()[1]).y

    def sample_rows(self) -> np.ndarray:
        return self._preview_rows()[0]

    def _preview_rows(self) -> tuple[np.ndarray, np.ndarray]:
        """The first rows of `load().x`, and all labels."""
        directory = datasets_directory()
        present = [place for place in self.places(directory) if place.exists()]
        if not present:
            raise DataUnavailable(
                f"{self.title} is not downloaded yet: the first run downloads it ({self.megabytes} MB)"
            )
        newest = max(place.stat().st_mtime_ns for place in present)
        try:
            return _preview_rows(self.model_dump_json(), type(self), directory, newest)
        except UNREADABLE as error:
            raise DataUnavailable(f"{self.title} can't be read ({error}): the first run downloads it again") from error

    def _check(self, loaded: Loaded) -> None:
        """Rejects files with fewer rows than requested."""
        (_, train), (_, test) = loaded
        for field, wanted, found in (
            ("from_train", self.from_train, len(train)),
            ("from_test", self.from_test, len(test)),
        ):
            if found < wanted:
                raise DataUnavailable(
                    f"The files of {self.title} have only {found:,} of these rows: set {field} to at most {found}"
                )

    def _download(self, progress: Callable[[], None]) -> Loaded:
        """Downloads it by Keras to LAB_DATA, once for all processes that share the directory; needs Keras."""
        directory = datasets_directory()
        make_shared(directory)
        with _locked(directory / f".{self.kind}.lock", progress):
            with contextlib.suppress(*UNREADABLE):
                return self.read(directory)  # another process has downloaded it meanwhile
            logger.info("%s: downloading %d MB", self.title, self.megabytes)
            try:
                with _progress_logged(self.title, self.megabytes, directory, progress), _timeout():
                    loaded: Loaded = evaluate_unseeded(self.loader_code())
            except Exception as error:  # Keras raises nothing more particular
                raise DataUnavailable(
                    f"{self.title} is not in {directory} and can't be downloaded: {error}. "
                    f"Without a network, put {self.files} there"
                ) from error
            logger.info("%s: downloaded", self.title)
            return loaded


@functools.lru_cache(maxsize=32)
def _preview_rows(body: str, kind: type[Downloaded], directory: Path, newest: int) -> tuple[np.ndarray, np.ndarray]:
    """First inputs and all labels, as `load` returns them; `newest` is the files' version in the cache's key."""
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


# Downloading


@contextlib.contextmanager
def _locked(lock: Path, progress: Callable[[], None]) -> Iterator[None]:
    """Holds an exclusive lock between processes; waits for it."""
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
def _progress_logged(title: str, megabytes: int, directory: Path, progress: Callable[[], None]) -> Iterator[None]:
    """Every few seconds, if files grow, logs the progress and calls `progress`."""
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
    """Sets a timeout on new connections; Keras sets none."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
