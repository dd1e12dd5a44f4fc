"""The built page: its files, and `index.html` for every address that the page routes."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from app.failure import Failure

UNBUILT: Final = "The page is not built yet: run `make up`, or `npm run build` in frontend/"


ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
"""Endings of the files that the build compresses, by the encoding's name; the smallest first."""


def accepted_encodings(headers: Headers) -> set[str]:
    """The encodings that `Accept-Encoding` names, without those of weight 0."""
    accepted = set()
    for part in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            accepted.add(name.strip())
    return accepted


class _Files(StaticFiles):
    """Files, each as the build has compressed it, where there is such a file beside it and the client takes it."""

    def __init__(self, directory: Path, cache_control: str) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._cache_control = cache_control

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        headers = {"Cache-Control": self._cache_control, "Vary": "Accept-Encoding"}
        asked = Headers(scope=scope)
        accepted = accepted_encodings(asked)
        path = os.fspath(full_path)
        found, stat = path, stat_result
        for encoding, ending in ENCODINGS.items():
            if encoding in accepted and (smaller := self._stat(path + ending)) is not None:
                headers["Content-Encoding"] = encoding
                found, stat = path + ending, smaller
                break
        media_type = mimetypes.guess_type(path)[0]
        response = FileResponse(found, status_code, headers, media_type, stat_result=stat)
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, asked) else response

    @staticmethod
    def _stat(path: str) -> os.stat_result | None:
        try:
            return os.stat(path)
        except OSError:
            return None


def install_page(app: FastAPI, directory: Path) -> None:
    """Serves the page in `directory` from `/`. Without one, `/` says how to build it."""
    index = directory / "index.html"
    names = {path.name: path for path in directory.glob("*") if path.is_file()} if index.exists() else {}
    files = {name: path for name, path in names.items() if path.suffix not in ENCODINGS.values()}
    pages = _Files(directory, "no-cache")
    if (directory / "assets").is_dir():
        # Their names carry a hash of their content.
        app.mount("/assets", _Files(directory / "assets", "public, max-age=31536000, immutable"))

    def answer(path: Path, request: Request) -> Response:
        return pages.file_response(path, path.stat(), request.scope)

    @app.get("/api/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        if "docs.html" not in files:
            raise Failure(503, UNBUILT)
        return answer(files["docs.html"], request)

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str, request: Request) -> Response:
        if path.startswith(("api/", "assets/")) or path == "api":
            raise Failure(404, "Nothing is at this address; /api/docs lists the calls")
        if not files:
            raise Failure(503, UNBUILT)
        return answer(files.get(path, index), request)
