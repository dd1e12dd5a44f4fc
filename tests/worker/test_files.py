"""Files that a worker fetches: checked as they come, kept within bounds, and used again."""

from __future__ import annotations

import hashlib
import http.server
import shutil
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis

from core.catalog.datasets import Arrays, Dataset, DataUnavailable, Imdb, Mnist, Table
from core.catalog.datasets.array_uploads import keep_arrays
from core.catalog.datasets.checksums import digest_of, read_checksums
from core.catalog.datasets.uploads import damage, fetched_directory, uploads_directory
from core.file_queue import FileOffer, FileRequest, NoAnswer, OfferedFile
from core.problems import Invalid
from core.settings import settings
from tests.core.catalog.datasets.own_arrays import folders
from tests.core.catalog.datasets.uploading import FLOWERS, kept
from worker import files as module
from worker.files import Files, FilesAway

PICTURES = folders()
TABLES = [FLOWERS.replace("1.5", f"{number}.5") for number in range(4)]


class Api:
    """An API that offers what lies in a directory of data sets, and sends it as it is told to."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.sent: list[str] = []
        self.spoil: Callable[[bytes], bytes] = lambda content: content
        self.status = 200
        self.refusal: str | None = None
        self.datasets: list[str] = []
        """Paths that are offered of a data set."""
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.sent.append(self.path.lstrip("/"))
                content = (api.data / "datasets" / self.path.lstrip("/")).read_bytes()
                self.send_response(api.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(api.spoil(content))

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()

    def offer(self, request: FileRequest) -> FileOffer:
        if self.refusal is not None:
            return FileOffer(refusal=self.refusal)
        directory = self.data / "datasets"
        names = self.datasets
        if request.upload:
            names = [f"uploads/{name}" for name in read_checksums(directory / "uploads", request.upload)]
            names = [name for name in names if request.with_source or not name.endswith(".source")]
        return FileOffer(
            files=[
                OfferedFile(
                    name=name,
                    sha256=digest_of(directory / name),
                    bytes=(directory / name).stat().st_size,
                    address=f"{self.url}/{name}",
                )
                for name in names
            ]
        )


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An API with four tables and pictures, on another machine than the test's LAB_DATA is on."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path / "api"))
    settings.cache_clear()
    for content in TABLES:
        kept(content)
    part = uploads_directory() / "pictures.part"
    part.write_bytes(PICTURES)
    keep_arrays(part, hashlib.sha256(PICTURES).hexdigest(), "animals.zip", "pictures")
    running = Api(tmp_path / "api")
    monkeypatch.setenv("LAB_DATA", str(tmp_path / "worker"))
    settings.cache_clear()
    yield running
    running.server.shutdown()
    running.server.server_close()
    settings.cache_clear()


class SlotFiles(Files):
    """A slot's files, which are asked of the test's API without Redis."""

    def __init__(self, api: Api) -> None:
        super().__init__(redis.Redis())
        self.api = api

    def provide(self, dataset: Dataset) -> None:
        with self.provided(dataset):
            pass

    def _ask(self, request: FileRequest) -> FileOffer:
        return self.api.offer(request)


def table(number: int) -> Dataset:
    return Table(file=hashlib.sha256(TABLES[number].encode()).hexdigest(), target="species")


def pictures(size: list[int] | None = None) -> Arrays:
    return Arrays(file=hashlib.sha256(PICTURES).hexdigest(), size=size)


def here() -> set[str]:
    """Ids of the uploads that are kept."""
    return {path.stem for path in fetched_directory().glob("*.json")}


def test_a_file_is_fetched_once_and_read_from_then_on(api: Api) -> None:
    files, dataset = SlotFiles(api), table(0)
    (id,) = dataset.uploads()
    assert dataset.problems() != []
    files.provide(dataset)
    assert sorted(api.sent) == [f"uploads/{id}.json", f"uploads/{id}.parquet"]
    assert dataset.problems() == []
    assert len(dataset.load()) == 5
    SlotFiles(api).provide(dataset)
    assert len(api.sent) == 2
    assert not list(fetched_directory().glob("*.fetching"))


def test_pictures_bring_the_file_they_came_as_when_another_size_is_wanted(api: Api) -> None:
    SlotFiles(api).provide(pictures())
    assert not any(name.endswith(".source") for name in api.sent)
    assert pictures().load().x.shape == (5, 6, 8, 3)
    api.sent.clear()
    SlotFiles(api).provide(pictures([3, 4]))
    assert [name.rpartition(".")[2] for name in api.sent] == ["source"]
    assert pictures([3, 4]).load().x.shape == (5, 3, 4, 3)


def test_a_directory_that_is_shared_is_read_as_it_is(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DATA", str(api.data))
    settings.cache_clear()
    SlotFiles(api).provide(table(0))
    SlotFiles(api).provide(pictures([3, 4]))
    assert api.sent == []
    assert not fetched_directory().exists()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: content[:-1] + b"?", "its SHA-256 is another"),
        (lambda content: content[: len(content) // 2], "its SHA-256 is another|can't be reached"),
        (lambda content: b"", "its SHA-256 is another|can't be reached"),
    ],
)
def test_what_comes_wrong_is_not_kept(api: Api, spoil: Callable[[bytes], bytes], words: str) -> None:
    files = SlotFiles(api)
    api.spoil = spoil
    with pytest.raises(FilesAway, match=words):
        files.provide(table(0))
    assert here() == set()
    assert not list(fetched_directory().glob("*.fetching"))
    api.spoil = lambda content: content
    files.provide(table(0))
    assert table(0).problems() == []


def test_what_has_come_already_is_not_fetched_again(api: Api) -> None:
    files = SlotFiles(api)
    api.spoil = lambda content: content if content.startswith(b"PAR1") else b""
    with pytest.raises(FilesAway):
        files.provide(table(0))
    api.spoil = lambda content: content
    api.sent.clear()
    files.provide(table(0))
    assert [name.rpartition(".")[2] for name in api.sent] == ["json"]


def test_an_api_that_is_away_or_refuses_is_told_with_what_to_do(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    files = SlotFiles(api)
    api.status = 404
    with pytest.raises(FilesAway, match=f"{socket.gethostname()} can't fetch .* answers 404. .*LAB_WORKER_URL"):
        files.provide(table(0))
    api.server.shutdown()
    api.server.server_close()
    with pytest.raises(FilesAway, match=r"can't be reached \(.*refused") as caught:
        files.provide(table(0))
    assert api.url in str(caught.value)
    assert "uploads/" not in str(caught.value), "the address stays secret"
    monkeypatch.setattr(module, "request_files", _nobody)
    with pytest.raises(FilesAway, match="which doesn't answer"), Files(redis.Redis()).provided(table(0)):
        pass


def _nobody(*_: object) -> FileOffer:
    raise NoAnswer


def test_what_the_lab_has_not_is_invalid(api: Api) -> None:
    api.refusal = "There is no such file in the lab"
    with pytest.raises(Invalid) as caught:
        SlotFiles(api).provide(table(0))
    (problem,) = caught.value.problems
    assert (problem.location, problem.message) == (("dataset", "file"), api.refusal)


def test_a_slot_that_stops_ends_its_download(api: Api) -> None:
    files = SlotFiles(api)
    stopping = threading.Event()
    files.is_stopping = stopping.is_set

    def stop(content: bytes) -> bytes:
        stopping.set()
        return content

    api.spoil = stop
    with pytest.raises(FilesAway, match="asked to stop"):
        files.provide(table(0))
    assert here() == set()


def test_a_kept_file_that_is_damaged_is_fetched_again(api: Api) -> None:
    (id,) = table(0).uploads()
    for ending in ("json", "parquet"):
        SlotFiles(api).provide(table(0))
        (fetched_directory() / f"{id}.{ending}").write_bytes(b"damaged")
        assert damage(id) is not None
        SlotFiles(api).provide(table(0))
        assert damage(id) is None


def test_a_copy_of_the_uploads_that_is_damaged_gives_way_to_what_is_fetched(api: Api) -> None:
    (id,) = table(0).uploads()
    shutil.copytree(api.data / "datasets", settings().lab_data / "datasets")
    (uploads_directory() / f"{id}.parquet").write_bytes(b"damaged")
    SlotFiles(api).provide(table(0))
    assert table(0).problems() == []
    assert (uploads_directory() / f"{id}.parquet").read_bytes() == b"damaged"


# Bounds


def sized(monkeypatch: pytest.MonkeyPatch, api: Api, tables: float) -> None:
    """Lets a worker keep so many of the tables."""
    one = sum(each.bytes for each in api.offer(FileRequest(upload=next(iter(table(0).uploads())))).files)
    monkeypatch.setenv("LAB_CACHE_LIMIT", str(int(one * tables)))
    settings.cache_clear()


def test_what_was_used_least_recently_makes_room(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sized(monkeypatch, api, 2.5)
    for number in (0, 1, 0, 2):
        SlotFiles(api).provide(table(number))
    assert here() == {*table(0).uploads(), *table(2).uploads()}
    total = sum(path.stat().st_size for path in fetched_directory().iterdir())
    assert total <= settings().lab_cache_limit
    gone = {path.name.partition(".")[0] for path in fetched_directory().glob("*.*")} & set(table(1).uploads())
    assert gone == set()


def test_what_a_slot_uses_stays(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sized(monkeypatch, api, 1.5)
    one, other = SlotFiles(api), SlotFiles(api)
    with one.provided(table(0)):
        with pytest.raises(FilesAway, match="leave no room"):
            other.provide(table(1))
        assert table(0).problems() == []
    other.provide(table(1))  # what no slot uses any more goes
    assert here() == set(table(1).uploads())


def test_a_file_that_never_fits_is_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sized(monkeypatch, api, 0.5)
    with pytest.raises(FilesAway, match="raise its LAB_CACHE_LIMIT"):
        SlotFiles(api).provide(table(0))
    assert api.sent == []


def test_left_overs_of_downloads_that_were_cut_off_go(api: Api) -> None:
    directory = fetched_directory()
    directory.mkdir(parents=True)
    for name in ("a.parquet.fetching", f"{'b' * 64}.parquet"):
        (directory / name).write_bytes(b"left over")
    SlotFiles(api).provide(table(0))
    assert {path.name.partition(".")[0] for path in directory.glob("*.*")} == {"", *table(0).uploads()}


def test_slots_that_need_the_same_file_fetch_it_once(api: Api) -> None:
    failures: list[BaseException] = []

    def provide() -> None:
        try:
            SlotFiles(api).provide(table(0))
        except BaseException as error:
            failures.append(error)

    slots = [threading.Thread(target=provide) for _ in range(4)]
    for slot in slots:
        slot.start()
    for slot in slots:
        slot.join()
    assert failures == []
    assert len(api.sent) == 2


def test_a_large_file_takes_no_memory(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    large = api.data / "datasets" / "large.bin"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    monkeypatch.setattr(Path, "read_bytes", _refuse_large)
    offered = OfferedFile(name="large.bin", sha256=digest_of(large), bytes=200_000_000, address=f"{api.url}/x")
    monkeypatch.setattr(module, "_opened", lambda address: large.open("rb"))
    fetched_directory().mkdir(parents=True)
    tracemalloc.start()
    SlotFiles(api)._download(offered, fetched_directory() / "large.bin")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000
    assert (fetched_directory() / "large.bin").stat().st_size == 200_000_000


def _refuse_large(path: Path) -> bytes:
    raise AssertionError(f"{path} is read whole")


# Data sets that Keras downloads


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(dataset: Any, progress: Callable[[], None] = lambda: None) -> None:
        if not any(place.exists() for place in dataset.places(settings().lab_data / "datasets")):
            raise DataUnavailable("no network")

    monkeypatch.setattr("core.catalog.datasets.downloaded.Downloaded.fetch", fetch)


def mnist_of(api: Api) -> Mnist:
    x, y = np.zeros((4, 28, 28), np.uint8), np.arange(4, dtype=np.uint8)
    np.savez(api.data / "datasets" / "mnist.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    api.datasets = ["mnist.npz"]
    return Mnist(from_train=4, from_test=4)


def test_a_data_set_that_can_not_be_downloaded_comes_from_the_api(api: Api, no_network: None) -> None:
    dataset = mnist_of(api)
    SlotFiles(api).provide(dataset)
    assert dataset.load().y.tolist() == [0, 1, 2, 3] * 2
    assert [path.name for path in (settings().lab_data / "datasets").iterdir()] == ["mnist.npz"]
    SlotFiles(api).provide(dataset)
    assert api.sent == ["mnist.npz"]


def test_a_data_set_that_nobody_has_is_unavailable(api: Api, no_network: None) -> None:
    api.refusal = "There is no such file in the lab"
    with pytest.raises(DataUnavailable, match="no network"):
        SlotFiles(api).provide(Imdb())


def test_a_data_set_that_can_not_be_read_is_not_kept(api: Api, no_network: None) -> None:
    dataset = mnist_of(api)
    (api.data / "datasets" / "mnist.npz").write_bytes(b"no archive")
    with pytest.raises(FilesAway, match="can't be read"):
        SlotFiles(api).provide(dataset)
    api.datasets = ["../lab.sqlite3"]
    (api.data / "lab.sqlite3").write_bytes(b"")
    with pytest.raises(FilesAway, match="outside"):
        SlotFiles(api).provide(dataset)
    assert list((settings().lab_data / "datasets").iterdir()) == []
