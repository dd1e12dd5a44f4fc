"""`/api/worker-files/{name}`: files for workers on other machines, at addresses that the lab has signed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from app.failure import Failure
from app.worker_files import PREFIX, SignedPaths
from core.settings import settings

router = APIRouter(prefix=PREFIX.rstrip("/"), tags=["datasets"])


@router.get(
    "/{name:path}",
    summary="Fetch a file as a worker",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file; a part of it by `Range`."}},
)
def worker_file(
    name: str,
    request: Request,
    sha256: Annotated[str, Query(max_length=64, description="SHA-256 of the file.")] = "",
    expires: Annotated[str, Query(max_length=20, description="Time until which the address is valid.")] = "",
    signature: Annotated[str, Query(max_length=64, description="Signature of the lab, of all of these.")] = "",
) -> FileResponse:
    """Returns one file of a data set. Workers get such addresses through Redis; they need no key, and expire."""
    query = {"sha256": sha256, "expires": expires, "signature": signature}
    file = SignedPaths(settings()).file(f"{PREFIX}{name}", query)
    if file is None:
        raise Failure(404, "There is no such file, or it has changed, or its address has: workers ask for another")
    return FileResponse(file, media_type="application/octet-stream")
