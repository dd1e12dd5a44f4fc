"""The page's files: compressed as the browser takes them, and sent once."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.page import install_page

INDEX = "<!doctype html><title>Lab</title>"


@pytest.fixture
def page(tmp_path: Path) -> FastAPI:
    (tmp_path / "assets").mkdir()
    for name, content in {
        "index.html": INDEX,
        "docs.html": "docs",
        "assets/x.js": "let x",
        "assets/y.css": "y{}",
    }.items():
        (tmp_path / name).write_text(content)
    for name in ("index.html", "assets/x.js"):
        # Not what brotli would write, which Python's library can't; only who asks for it gets it.
        (tmp_path / f"{name}.br").write_bytes(b"brotli of " + name.encode())
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    app = FastAPI(docs_url=None)
    install_page(app, tmp_path)
    return app


def raw(page: FastAPI, path: str, accepted: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer and its body as it was sent."""

    async def ask() -> tuple[httpx.Response, bytes]:
        transport = httpx.ASGITransport(page)
        asked = {"Accept-Encoding": accepted, **headers}
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://lab") as client,
            client.stream("GET", path, headers=asked) as answer,
        ):
            return answer, b"".join([piece async for piece in answer.aiter_raw()])

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("br; q=0.5", "br"),
        ("identity", None),
        ("", None),
    ],
)
@pytest.mark.parametrize(
    ("path", "file", "media_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/experiments/1", "index.html", "text/html; charset=utf-8"),
        ("/assets/x.js", "assets/x.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_is_sent_as_the_browser_takes_it(
    page: FastAPI, path: str, file: str, media_type: str, accepted: str, encoding: str | None
) -> None:
    answer, body = raw(page, path, accepted)
    content = INDEX.encode() if file == "index.html" else b"let x"
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"] == media_type
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(body)
    if encoding == "br":
        assert body == f"brotli of {file}".encode()
    else:
        assert (gzip.decompress(body) if encoding else body) == content


def test_a_file_that_was_not_compressed_is_sent_as_it_is(page: FastAPI) -> None:
    for path, content in {"/assets/y.css": b"y{}", "/api/docs": b"docs"}.items():
        answer, body = raw(page, path, "br, gzip")
        assert (answer.status_code, body) == (200, content)
        assert "content-encoding" not in answer.headers


def test_files_are_kept_by_the_browser_and_each_encoding_has_a_tag_of_its_own(page: FastAPI) -> None:
    tags = set()
    for accepted in ("br", "gzip", "identity"):
        for path, kept in {"/": "no-cache", "/assets/x.js": "public, max-age=31536000, immutable"}.items():
            answer, _ = raw(page, path, accepted)
            assert answer.headers["cache-control"] == kept
            tags.add(answer.headers["etag"])
            again, body = raw(page, path, accepted, **{"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, body, again.headers["cache-control"]) == (304, b"", kept)
    assert len(tags) == 6


def test_compressed_files_have_no_addresses_of_their_own_beside_the_page(page: FastAPI) -> None:
    assert raw(page, "/index.html.gz", "identity")[1] == INDEX.encode()
    assert raw(page, "/assets/z.js", "gzip")[0].status_code == 404
