"""Files for workers on other machines: signed addresses, each of one file and for a while, and answers to requests.

A worker asks in Redis (`core.file_queue`) and gets addresses, which need no credential: an HMAC of path, SHA-256 and
expiry stands in its place. The key never leaves the API.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import redis.asyncio

from app.access import address, kept_secret
from app.attachment import Attachment
from core.catalog.datasets import Downloaded, datasets_directory
from core.catalog.datasets.checksums import DamagedFile, digest_of
from core.catalog.datasets.uploads import NO_FILE, checked_parts, kept_file, uploads_directory, wrong_file
from core.catalog.entry import subclasses_of
from core.file_queue import FileOffer, FileRequest, OfferedFile, answer_request, next_request
from core.settings import Settings

logger = logging.getLogger(__name__)

PREFIX: Final = "/api/worker-files/"
"""Path of all addresses."""
VALID_SECONDS: Final = 600
"""Time for which an address is valid; a download that has begun goes on."""
_WILDCARDS: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound


class SignedPaths:
    """Makes paths that are valid for a while, and knows them again. All API processes of a lab share the key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def sign(self, name: str, sha256: str) -> str:
        """Path and query of the file `name`, relative to the directory of data sets."""
        expires = str(int(time.time()) + VALID_SECONDS)
        query = {"sha256": sha256, "expires": expires, "signature": self._signature(name, sha256, expires)}
        return f"{PREFIX}{quote(name)}?{urlencode(query)}"

    def is_valid(self, path: str, query: Mapping[str, str]) -> bool:
        """Whether a path, unquoted, with that query was signed here and has not expired."""
        sha256, expires, signature = (query.get(name, "") for name in ("sha256", "expires", "signature"))
        if not path.startswith(PREFIX) or not signature:
            return False
        expected = self._signature(path.removeprefix(PREFIX), sha256, expires)
        return hmac.compare_digest(signature.encode(), expected.encode()) and time.time() < int(expires)

    def file(self, path: str, query: Mapping[str, str]) -> Path | None:
        """The file of a valid path, unchanged since that was signed; None of another path, or without such a file."""
        if not self.is_valid(path, query):
            return None
        file = datasets_directory() / path.removeprefix(PREFIX)
        return file if file.is_file() and digest_of(file) == query["sha256"] else None

    def _signature(self, name: str, sha256: str, expires: str) -> str:
        key = kept_secret(self._settings.lab_data / "files-key").encode()
        return hmac.new(key, "\n".join([name, sha256, expires]).encode(), hashlib.sha256).hexdigest()


def worker_address(settings: Settings) -> str:
    """Address of the API as workers reach it: the one that is set, else the public one.

    Without either, that of an API that listens on all addresses is the one by which this machine reaches Redis, since
    workers reach Redis too.
    """
    if settings.lab_worker_url:
        return settings.lab_worker_url.rstrip("/")
    if settings.lab_url or settings.host not in _WILDCARDS:
        return address(settings)
    host = _own_address_to(settings.redis_url)
    return address(settings) if host is None else f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _own_address_to(url: str) -> str | None:
    """This machine's address on the way to the host of `url`; None where the host isn't known. Sends nothing."""
    parts = urlsplit(url)
    try:
        family, *_, place = socket.getaddrinfo(parts.hostname, parts.port or 6379, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(place)
            own: str = probe.getsockname()[0]
    except (OSError, ValueError):
        return None
    return own


class FileDesk:
    """Answers workers' requests for files, for as long as the process lives."""

    def __init__(self, settings: Settings, attachment: Attachment) -> None:
        self._settings = settings
        self._attachment = attachment
        self._paths = SignedPaths(settings)

    async def answer(self) -> None:
        """Answers request after request, for as long as the connection to Redis lasts."""
        await asyncio.to_thread(self._attachment.attach)
        client = redis.asyncio.Redis.from_url(self._settings.redis_url, socket_connect_timeout=5, socket_timeout=10)
        try:
            while True:
                asked = await next_request(client, 5)
                if asked is not None and self._attachment.refusal is None:
                    await answer_request(client, asked[0], await asyncio.to_thread(self.offer, asked[1]))
        finally:
            await client.aclose()

    def offer(self, request: FileRequest) -> FileOffer:
        """The files of a request with their addresses, or why there are none."""
        try:
            files = self._upload(request) if request.upload else self._dataset(request.dataset)
            return FileOffer(files=list(files))
        except FileNotFoundError:
            return FileOffer(refusal=NO_FILE)
        except DamagedFile as damaged:
            logger.error("upload %s: %s", request.upload, damaged)
            return FileOffer(refusal=str(damaged))

    def _upload(self, request: FileRequest) -> Iterator[OfferedFile]:
        if wrong_file(request.upload):
            raise FileNotFoundError
        source = f"{kept_file(request.upload).source}.source"
        for name, digest in checked_parts(request.upload).items():
            if name != source or request.with_source:
                yield self._offered(uploads_directory() / name, f"uploads/{name}", digest)

    def _dataset(self, kind: str) -> Iterator[OfferedFile]:
        directory = datasets_directory()
        known = [dataset for each in subclasses_of(Downloaded) if (dataset := each.model_validate({})).kind == kind]
        found = [place for dataset in known for place in dataset.places(directory) if place.exists()]
        if not found:
            raise FileNotFoundError
        top = directory / found[0].relative_to(directory).parts[0]  # a place may be the last file of a folder
        for path in sorted(path for path in [top, *top.rglob("*")] if path.is_file()):
            yield self._offered(path, path.relative_to(directory).as_posix(), digest_of(path))

    def _offered(self, path: Path, name: str, sha256: str) -> OfferedFile:
        where = f"{worker_address(self._settings)}{self._paths.sign(name, sha256)}"
        return OfferedFile(name=name, sha256=sha256, bytes=path.stat().st_size, address=where)
