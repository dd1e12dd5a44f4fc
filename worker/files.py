"""Files of data sets on a worker's machine: of a shared directory, or fetched from the API and kept for later runs.

Fetched uploads are in a directory of their own, `LAB_DATA/fetched`, of bounded size: those that were used least
recently go first. A slot holds what it uses by a lock on its description, so that no other slot removes it. Nothing is
ever removed from a shared directory.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import logging
import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import redis

from core.catalog.datasets import Dataset, DataUnavailable, Downloaded, datasets_directory
from core.catalog.datasets.checksums import digest_of, remove_checksums, write_checksums
from core.catalog.datasets.downloaded import UNREADABLE
from core.catalog.datasets.uploads import damage, fetched_directory, source_path
from core.file_queue import FileOffer, FileRequest, NoAnswer, OfferedFile, request_files
from core.logs import without_places
from core.problems import Invalid, Problem
from core.settings import make_shared, settings

logger = logging.getLogger(__name__)

TIMEOUT: Final = 10.0
"""Seconds without data after which a download fails: less than a worker gets to end in."""
CHUNK: Final = 1 << 20
"""Bytes that are read at once, whatever a file's size."""
_PARTIAL: Final = ".fetching"
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens addresses without a proxy: the API is near, as Redis is, and a proxy is for what Keras downloads."""


class FilesAway(Exception):
    """Files that this worker can't get for now. The message says why, and what to do."""


class Files:
    """The files that one slot trains and predicts with."""

    def __init__(self, client: redis.Redis, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self._client = client
        self.is_stopping = is_stopping
        """Whether the slot was asked to stop: then nothing is waited for."""
        self._held: dict[str, int] = {}
        """Open descriptions of the fetched uploads in use, each with a shared lock, by id."""

    @contextmanager
    def provided(self, dataset: Dataset) -> Iterator[None]:
        """Makes a data set's files readable here, and holds them for as long as the block lasts.

        Raises:
            FilesAway: if the API can't be reached, or what it sends is wrong: later it may be right.
            Invalid: if the lab has no such file, or it is damaged there.
            DataUnavailable: if a data set can neither be downloaded nor had from the API.
        """
        try:
            for id, with_source in dataset.uploads().items():
                if not self._has(id, with_source=with_source):
                    self._fetch_upload(id, with_source=with_source)
            if isinstance(dataset, Downloaded):
                try:
                    dataset.fetch()
                except DataUnavailable as missing:
                    self._fetch_dataset(dataset, missing)
            yield
        finally:
            while self._held:
                os.close(self._held.popitem()[1])

    def _has(self, id: str, *, with_source: bool) -> bool:
        """Whether an upload is here and whole; holds it where it was fetched."""
        is_fetched = self._hold(id)
        if damage(id) is None and (not with_source or source_path(id).exists()):
            return True
        if is_fetched and damage(id) is not None:
            os.close(self._held.pop(id))
            logger.warning("upload %s was damaged here after it was fetched", id)
            _remove(fetched_directory(), id)
            return damage(id) is None
        return False

    def _hold(self, id: str) -> bool:
        """Holds a fetched upload and notes its use. False: it wasn't fetched."""
        if id in self._held:
            return True
        path = fetched_directory() / f"{id}.json"
        try:
            held = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        fcntl.flock(held, fcntl.LOCK_SH)
        if not os.fstat(held).st_nlink:  # it was removed meanwhile
            os.close(held)
            return False
        os.utime(path, ns=(time.time_ns(), os.fstat(held).st_mtime_ns))
        self._held[id] = held
        return True

    def _fetch_upload(self, id: str, *, with_source: bool) -> None:
        directory = fetched_directory()
        directory.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if self._has(id, with_source=with_source):
                return  # another slot has fetched it meanwhile
            offer = self._ask(FileRequest(upload=id, with_source=with_source))
            if offer.refusal is not None:
                raise Invalid([Problem(("dataset", "file"), offer.refusal)])
            is_kept = id in self._held
            wanted = [each for each in offer.files if not is_kept or each.name.endswith(".source")]
            # The description comes last: where it is, all is.
            wanted.sort(key=lambda each: each.name.endswith(".json"))
            self._make_room(directory, id, wanted)
            for each in wanted:
                self._download(each, directory / Path(each.name).name)
                if each.name.endswith(".json"):
                    write_checksums(directory, id, {Path(one.name).name: one.sha256 for one in offer.files})
            if not self._has(id, with_source=with_source):
                raise FilesAway(f"A file of the data set was damaged on {socket.gethostname()} while it was fetched")

    def _fetch_dataset(self, dataset: Downloaded, missing: DataUnavailable) -> None:
        """Gets what Keras can't download from the API. Raises `missing` where the API hasn't it either."""
        directory = datasets_directory()
        make_shared(directory)
        arriving = directory / f".{dataset.kind}{_PARTIAL}"
        with self._alone():
            offer = self._ask(FileRequest(dataset=dataset.kind))
            if offer.refusal is not None:
                raise missing
            shutil.rmtree(arriving, ignore_errors=True)
            try:
                for each in offer.files:
                    place = (arriving / each.name).resolve()
                    if arriving.resolve() not in place.parents:
                        raise FilesAway(f"The API names a file outside of its data sets: {each.name}")
                    place.parent.mkdir(parents=True, exist_ok=True)
                    self._download(each, place)
                try:
                    dataset.read(arriving)
                except UNREADABLE as error:
                    raise FilesAway(f"The API's files of {dataset.title} can't be read: {error}") from error
                for place in arriving.iterdir():
                    if (there := directory / place.name).is_dir():
                        shutil.rmtree(there)
                    place.replace(there)
            finally:
                shutil.rmtree(arriving, ignore_errors=True)

    def _ask(self, request: FileRequest) -> FileOffer:
        try:
            return request_files(self._client, request, self.is_stopping)
        except NoAnswer:
            raise FilesAway(
                f"{socket.gethostname()} needs the data set's files from the lab's API, which doesn't answer; it is "
                "tried again until it does"
            ) from None

    def _download(self, offered: OfferedFile, to: Path) -> None:
        """Writes an offered file to a path, checked against its SHA-256.

        Raises:
            FilesAway: if it doesn't come, or isn't what was offered.
        """
        if to.exists() and digest_of(to) == offered.sha256:
            return  # an attempt that was cut off later has left it
        part = to.with_name(f"{to.name}{_PARTIAL}")
        digest, size, began = hashlib.sha256(), 0, time.monotonic()
        try:
            with _opened(offered.address) as answer, part.open("wb") as file:
                while size <= offered.bytes and (chunk := answer.read(CHUNK)):
                    if self.is_stopping():
                        raise FilesAway("This worker was asked to stop")
                    size += len(chunk)
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != offered.sha256:
                raise FilesAway(
                    f"What the API at {_base(offered.address)} sent is not the file that was uploaded: its SHA-256 is "
                    "another. Look for what changes it on the way; it is tried again"
                )
            part.replace(to)
        except (OSError, http.client.HTTPException) as error:
            raise FilesAway(_reason(offered.address, error)) from error
        finally:
            part.unlink(missing_ok=True)
        logger.info("fetched %s: %d bytes in %.1f s", offered.name, size, time.monotonic() - began)

    def _make_room(self, directory: Path, id: str, wanted: Sequence[OfferedFile]) -> None:
        """Removes fetched uploads that nobody uses, the least recently used first, until the files `wanted` fit."""
        limit, where = settings().lab_cache_limit, socket.gethostname()
        for path in directory.iterdir():
            owner = path.name.partition(".")[0]
            is_left_over = owner != id and not (directory / f"{owner}.json").exists()
            if owner and (path.name.endswith(_PARTIAL) or is_left_over):
                path.unlink(missing_ok=True)
        needed = sum(each.bytes for each in wanted if not (directory / Path(each.name).name).exists())
        if needed > limit:
            raise FilesAway(
                f"The data set's files take {needed:,} bytes, and {where} keeps at most {limit:,}: raise its "
                "LAB_CACHE_LIMIT"
            )
        for description in sorted(directory.glob("*.json"), key=lambda path: path.stat().st_atime_ns):
            if _size(directory) + needed <= limit:
                return
            if _remove_unused(description):
                logger.info("upload %s made room for another", description.stem)
        if _size(directory) + needed > limit:
            raise FilesAway(
                f"The files in use on {where} leave no room for {needed:,} bytes more: raise its LAB_CACHE_LIMIT, or "
                "wait until they are not used any more"
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other slots of this machine from fetching; waits for them."""
        directory = fetched_directory()
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / ".lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if self.is_stopping():
                        raise FilesAway("This worker was asked to stop") from None
                    time.sleep(0.1)
            yield


def _opened(address: str) -> http.client.HTTPResponse:
    if urlsplit(address).scheme not in ("http", "https"):
        raise FilesAway(f"The API gave an address that is no http address: {_base(address)}")
    answer: http.client.HTTPResponse = _DIRECT.open(address, timeout=TIMEOUT)
    return answer


def _reason(address: str, error: Exception) -> str:
    where = socket.gethostname()
    if isinstance(error, urllib.error.HTTPError):
        told = f"the API at {_base(address)} answers {error.code}"
    elif isinstance(error, urllib.error.URLError | http.client.HTTPException | TimeoutError | ConnectionError):
        cause = getattr(error, "reason", error)
        told = f"the API at {_base(address)} can't be reached ({without_places(str(cause)) or type(cause).__name__})"
    else:
        told = f"the file can't be written ({without_places(str(getattr(error, 'strerror', None) or error))})"
        return f"{where} can't fetch the data set's files: {told}. Make room there; it is tried again"
    return (
        f"{where} can't fetch the data set's files: {told}. It is tried again; if workers reach the API at another "
        "address, set LAB_WORKER_URL for the API"
    )


def _base(address: str) -> str:
    """An address without its path, query and credentials."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _remove_unused(description: Path) -> bool:
    """Removes a fetched upload unless a slot of this machine holds it; returns whether it did."""
    with description.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        _remove(description.parent, description.stem)
    return True


def _remove(directory: Path, id: str) -> None:
    """Removes a fetched upload, its description first."""
    (directory / f"{id}.json").unlink(missing_ok=True)
    for path in directory.glob(f"{id}.*"):
        path.unlink(missing_ok=True)
    remove_checksums(directory, id)


def _size(directory: Path) -> int:
    return sum(_bytes(path) for path in directory.iterdir())


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
