"""The built page: its files, and `index.html` for every address that the page routes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.errors import Failure

UNBUILT: Final = "The page is not built yet: run `make up`, or `npm run build` in frontend/"


class _Immutable(StaticFiles):
    """Files whose names carry a hash of their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def install_page(app: FastAPI, directory: Path) -> None:
    """Serves the page in `directory` from `/`. Without one, `/` says how to build it."""
    index = directory / "index.html"
    files = {path.name: path for path in directory.glob("*") if path.is_file()} if index.exists() else {}
    if (directory / "assets").is_dir():
        app.mount("/assets", _Immutable(directory=directory / "assets"))

    @app.get("/api/docs", include_in_schema=False)
    def docs() -> Response:
        if "docs.html" not in files:
            raise Failure(503, UNBUILT)
        return FileResponse(files["docs.html"], headers={"Cache-Control": "no-cache"})

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str, request: Request) -> Response:
        if path.startswith(("api/", "assets/")) or path == "api":
            raise Failure(404, "Nothing is at this address; /api/docs lists the calls")
        if not files:
            raise Failure(503, UNBUILT)
        return FileResponse(files.get(path, index), headers={"Cache-Control": "no-cache"})
