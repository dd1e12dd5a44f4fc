"""Files for workers: what a signed address opens, and what it doesn't; and what a worker is offered."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import numpy as np
import pytest

from app import worker_files
from app.worker_files import PREFIX, FileDesk, SignedPaths, worker_address
from core.catalog.datasets.checksums import CHANGED
from core.catalog.datasets.uploads import NO_FILE, fetched_directory, uploads_directory
from core.file_queue import FileRequest
from core.ledger import connect
from core.settings import Settings, settings
from tests.app.api.experiments import refused
from tests.core.catalog.datasets.own_arrays import npz
from tests.core.catalog.datasets.uploading import FLOWERS, kept
from tests.service import HTTP, Service
from worker.files import Files

TOKEN = "a-token-of-the-tests"
METHODS = ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


@pytest.fixture(scope="module", params=["with a token", "open"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab without workers."""
    token = {"LAB_TOKEN": TOKEN} if request.param == "with a token" else {}
    running = Service(tmp_path_factory.mktemp("lab"), token, workers=0)
    yield running
    running.stop()


@pytest.fixture
def paths(lab: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignedPaths]:
    """The paths that the lab signs."""
    monkeypatch.setenv("LAB_DATA", str(lab.data))
    settings.cache_clear()
    yield SignedPaths(settings())
    settings.cache_clear()


@pytest.fixture
def file(lab: Service) -> tuple[str, str, bytes]:
    """Name, SHA-256 and content of a file that the lab holds, beside another."""
    with lab.client() as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        for table in (FLOWERS, FLOWERS.replace("1.5", "1.75")):
            answer = client.post("/api/datasets/files", content=table, headers={"content-type": "text/csv"})
            id = answer.raise_for_status().json()["id"]
    path = lab.data / "datasets" / "uploads" / f"{id}.parquet"
    content = path.read_bytes()
    return f"uploads/{path.name}", hashlib.sha256(content).hexdigest(), content


@pytest.fixture
def stranger(lab: Service) -> Iterator[httpx.Client]:
    with lab.client() as client:
        yield client


def other_file(lab: Service, name: str) -> str:
    """Another file of the lab, of the same kind."""
    directory = lab.data / "datasets" / "uploads"
    return next(f"uploads/{each.name}" for each in directory.glob("*.parquet") if f"uploads/{each.name}" != name)


def closed(lab: Service, answer: httpx.Response) -> None:
    """The answer tells nothing of the file."""
    refused(answer, 401 if "LAB_TOKEN" in lab.environment else 404)


def test_an_address_gives_one_file_without_a_credential(
    lab: Service, paths: SignedPaths, file: tuple[str, str, bytes], stranger: httpx.Client
) -> None:
    name, digest, content = file
    address = paths.sign(name, digest)
    answer = stranger.get(address)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["cache-control"] == "no-store"
    part = stranger.get(address, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert address not in lab.api.log.read_text()
    assert "signature=" not in lab.api.log.read_text()
    assert stat.S_IMODE((lab.data / "files-key").stat().st_mode) == 0o600


def test_an_address_that_was_changed_opens_nothing(
    lab: Service, paths: SignedPaths, file: tuple[str, str, bytes], stranger: httpx.Client
) -> None:
    name, digest, _ = file
    address = urlsplit(paths.sign(name, digest))
    query = dict(parse_qsl(address.query))
    other = other_file(lab, name)
    for path in (other, f"uploads/%2E%2E/{name}", "%2E%2E/access.json", "%2E%2E/files-key", "%2Fetc%2Fpasswd", ""):
        answer = stranger.get(f"{PREFIX}{path}?{address.query}")
        assert answer.status_code in {401, 404}, path
        assert answer.headers["content-type"] == "application/problem+json"
    signature = query["signature"]
    changed: list[dict[str, str]] = [
        {"signature": signature[:-1] + ("0" if signature[-1] != "0" else "1")},
        {"signature": ""},
        {"signature": "é" * 32},
        {"sha256": hashlib.sha256((lab.data / "datasets" / other).read_bytes()).hexdigest()},
        {"expires": str(int(query["expires"]) + 1)},
        {"expires": "9" * 20},
        {"expires": "soon"},
    ]
    for change in changed:
        closed(lab, stranger.get(f"{address.path}?{urlencode({**query, **change})}"))
    for missing in query:
        rest = {key: value for key, value in query.items() if key != missing}
        closed(lab, stranger.get(f"{address.path}?{urlencode(rest)}"))


def test_an_address_expires(
    lab: Service,
    paths: SignedPaths,
    file: tuple[str, str, bytes],
    stranger: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name, digest, _ = file
    monkeypatch.setattr(worker_files, "VALID_SECONDS", -1)
    closed(lab, stranger.get(paths.sign(name, digest)))
    monkeypatch.setattr(worker_files, "VALID_SECONDS", 5)
    assert stranger.get(paths.sign(name, digest)).status_code == 200


def test_an_address_of_another_key_opens_nothing(
    lab: Service, paths: SignedPaths, file: tuple[str, str, bytes], stranger: httpx.Client, tmp_path: Path
) -> None:
    name, digest, _ = file
    other = SignedPaths(Settings(lab_data=tmp_path))
    closed(lab, stranger.get(other.sign(name, digest)))
    assert stranger.get(paths.sign(name, digest)).status_code == 200


def test_an_address_opens_no_other_call(
    lab: Service, paths: SignedPaths, file: tuple[str, str, bytes], stranger: httpx.Client
) -> None:
    address = paths.sign(*file[:2])
    query = urlsplit(address).query
    is_open = "LAB_TOKEN" not in lab.environment
    for method in METHODS:
        refused(stranger.request(method, address), 405 if is_open else 401)
    if not is_open:
        id = file[0].removeprefix("uploads/").partition(".")[0]
        for path in ("/api/datasets/files", f"/api/datasets/files/{id}/content", "/api/experiments", "/api/system"):
            refused(stranger.get(f"{path}?{query}"), 401)
    refused(stranger.get(address, headers={"host": "evil.example"}), 400)
    refused(stranger.get(address, headers={"origin": "http://evil.example"}), 403)


def test_a_file_that_changed_since_is_not_given(
    lab: Service, paths: SignedPaths, file: tuple[str, str, bytes], stranger: httpx.Client
) -> None:
    name, digest, content = file
    address = paths.sign(name, digest)
    path = lab.data / "datasets" / name
    path.write_bytes(content[:-1] + b"?")
    try:
        refused(stranger.get(address), 404)
    finally:
        path.write_bytes(content)
    assert stranger.get(address).status_code == 200


def test_a_request_through_redis_is_answered_with_addresses_that_open(
    lab: Service, paths: SignedPaths, file: tuple[str, str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    id = file[0].removeprefix("uploads/").partition(".")[0]
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    with connect(lab.redis.url) as client:
        files = Files(client)
        files._fetch_upload(id, with_source=False)
        assert {path.name for path in fetched_directory().glob("*.*")} == {".lock", f"{id}.json", f"{id}.parquet"}
        files._fetch_upload(id, with_source=True)
        source = (fetched_directory() / f"{id}.source").read_bytes()
        assert hashlib.sha256(source).hexdigest() == id
        with pytest.raises(Exception, match="There is no such file in the lab"):
            files._fetch_upload("0" * 64, with_source=False)
        with pytest.raises(Exception, match="There is no such file in the lab"):
            files._fetch_upload("../../access", with_source=False)


# What is offered


@pytest.fixture
def desk(own_data: Path) -> FileDesk:
    unused: Any = None
    return FileDesk(settings(), unused)


def test_an_upload_is_offered_without_what_it_came_as_unless_that_is_asked_for(own_data: Path, desk: FileDesk) -> None:
    id = kept(FLOWERS)
    for with_source, endings in ((False, {"json", "parquet"}), (True, {"json", "parquet", "source"})):
        offer = desk.offer(FileRequest(upload=id, with_source=with_source))
        assert offer.refusal is None
        assert {each.name for each in offer.files} == {f"uploads/{id}.{ending}" for ending in endings}
        for each in offer.files:
            content = (own_data / "datasets" / each.name).read_bytes()
            assert (each.bytes, each.sha256) == (len(content), hashlib.sha256(content).hexdigest())
            assert re.match(r"http://127\.0\.0\.1:8000/api/worker-files/uploads/[0-9a-f]{64}\.\w+\?", each.address)
            where = urlsplit(each.address)
            assert SignedPaths(settings()).is_valid(where.path, dict(parse_qsl(where.query)))


def test_what_is_not_there_or_damaged_is_refused_in_a_sentence(own_data: Path, desk: FileDesk) -> None:
    uploads_directory().mkdir(parents=True)
    for request in (
        FileRequest(upload="0" * 64),
        FileRequest(upload="../access"),
        FileRequest(dataset="mnist"),
        FileRequest(dataset="../uploads"),
        FileRequest(),
    ):
        assert desk.offer(request).refusal == NO_FILE
    id = kept(FLOWERS)
    (uploads_directory() / f"{id}.parquet").write_bytes(b"other")
    assert desk.offer(FileRequest(upload=id)).refusal == CHANGED


def test_a_data_set_is_offered_as_it_lies_there(own_data: Path, desk: FileDesk) -> None:
    directory = own_data / "datasets"
    directory.mkdir()
    (directory / "mnist.npz").write_bytes(npz(x=np.zeros(3)))
    (directory / "cifar-10-batches-py" / "more").mkdir(parents=True)
    for name in ("data_batch_1", "more/other", "test_batch"):
        (directory / "cifar-10-batches-py" / name).write_bytes(name.encode())
    assert [each.name for each in desk.offer(FileRequest(dataset="mnist")).files] == ["mnist.npz"]
    found = [each.name for each in desk.offer(FileRequest(dataset="cifar10")).files]
    assert found == [f"cifar-10-batches-py/{name}" for name in ("data_batch_1", "more/other", "test_batch")]
    assert desk.offer(FileRequest(dataset="imdb")).refusal == NO_FILE


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "192.0.2.7", "port": 81}, "http://192.0.2.7:81"),
        ({"lab_url": "https://lab.example/"}, "https://lab.example"),
        ({"lab_url": "https://lab.example/", "lab_worker_url": "http://api:8000/"}, "http://api:8000"),
        ({"host": "0.0.0.0", "lab_url": "https://lab.example"}, "https://lab.example"),
        ({"host": "0.0.0.0", "redis_url": "redis://:secret@127.0.0.3:6379/0"}, "http://127.0.0.1:8000"),
        ({"host": "::", "redis_url": "redis://[::1]:6379/0"}, "http://[::1]:8000"),
        ({"host": "0.0.0.0", "redis_url": "redis://no.such.host.invalid:6379/0"}, "http://127.0.0.1:8000"),
    ],
)
def test_the_address_for_workers(given: dict[str, Any], expected: str) -> None:
    assert worker_address(Settings(**given)) == expected


def test_workers_may_call_it_by_its_address_for_them(tmp_path: Path) -> None:
    lab = Service(tmp_path, {"LAB_WORKER_URL": "http://api.internal:8000"}, workers=0)
    try:
        for host, status in (("api.internal:8000", 200), ("other.internal:8000", 400)):
            headers = {"host": host}
            answer = httpx.get(f"{lab.url}/api/live", headers=headers, trust_env=False, verify=HTTP)
            assert answer.status_code == status
    finally:
        lab.stop()
