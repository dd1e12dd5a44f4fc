"""`/api/datasets`: previews of data sets, and CSV files of your own."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import os
import re
import tempfile
import threading
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from app.api.deps import StateDep
from app.api.preview import PreviewView, preview_view
from app.errors import Failure
from app.stored import iso
from core.catalog.datasets import AnyDataset, Split
from core.catalog.datasets.csv_file import Column, file_name, parse, read_csv, uploads_directory
from core.catalog.entry import Entry
from core.problems import Invalid

router = APIRouter(prefix="/api/datasets", tags=["datasets"])

UPLOADS: Final = "/api/datasets/files"
NOT_FOUND: Final = "There is no file with this id; it may have been removed"
EXAMPLES: Final = 8
"""Number of a column's values that a file's view shows."""
_ONE_AT_A_TIME: Final = threading.Lock()
CSV_TYPES: Final = {
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
    "application/csv",
    "application/octet-stream",
    "application/vnd.ms-excel",
}
"""Content types that browsers and tools send for a CSV file; the last is Windows'."""


class PreviewRequest(Entry):
    """A data set and its split."""

    dataset: AnyDataset
    split: Split = Split()


class ColumnView(BaseModel):
    """A column of a file."""

    name: str
    type: str = Field(description="`number`, or `category` if any value is not a number.")
    distinct: int = Field(description="Number of different values.")
    values: list[str] = Field(description="Some of them.")
    missing: int = Field(description="Number of rows without a value; a column with any can't be used.")


class FileView(BaseModel):
    """An uploaded file."""

    id: str = Field(description="SHA-256 of its content; the `file` of a `table` data set.")
    name: str
    bytes: int
    rows: int
    uploaded_at: str = Field(description="UTC.")
    columns: list[ColumnView]


class FilesView(BaseModel):
    """All uploaded files, newest first."""

    files: list[FileView]


@router.post("/preview", summary="Preview a data set")
def preview(request: PreviewRequest) -> PreviewView:
    """Sizes, class balance and some rows of each set."""
    problems = request.dataset.problems() or request.split.problems(request.dataset)
    if problems:
        raise Invalid(problems)
    return preview_view(request.dataset, request.split)


@router.post(
    "/files",
    status_code=201,
    summary="Upload a CSV file",
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def upload_file(
    request: Request,
    response: Response,
    name: Annotated[str, Query(max_length=200, description="Name of the file.")] = "table.csv",
) -> FileView:
    """Stores a CSV file in UTF-8 with a header row, for the data set kind `table`. The body is the file.

    Equal content is stored once. An invalid file is rejected, with the problem's `row` and `column`.
    """
    if request.headers.get("content-type", "text/csv").partition(";")[0].strip().lower() not in CSV_TYPES:
        raise Failure(415, "Send the file itself as the body, with the header Content-Type: text/csv")
    digest, directory = hashlib.sha256(), uploads_directory()
    directory.mkdir(parents=True, exist_ok=True)
    # Written to disk as it arrives: an upload takes no memory until it is known to be a table.
    with tempfile.NamedTemporaryFile(dir=directory, suffix=".part", delete=False) as part:
        kept = Path(part.name)
        try:
            async for chunk in request.stream():
                digest.update(chunk)
                part.write(chunk)
            part.flush()
            view = await asyncio.to_thread(_keep, kept, digest.hexdigest(), name)
        finally:
            await asyncio.to_thread(kept.unlink, missing_ok=True)
    response.headers["Location"] = f"/api/datasets/files/{view.id}"
    return view


@router.get("/files", summary="List uploaded files")
def files() -> FilesView:
    """Newest first."""
    found = [view for path in uploads_directory().glob("*.csv") if (view := _view(path.stem)) is not None]
    return FilesView(files=sorted(found, key=lambda view: view.uploaded_at, reverse=True))


@router.get("/files/{file}", summary="Read an uploaded file's columns")
def file(file: str) -> FileView:
    """Name and columns of the file."""
    view = _view(file)
    if view is None:
        raise Failure(404, NOT_FOUND)
    return view


@router.get(
    "/files/{file}/content",
    summary="Download an uploaded file",
    response_class=FileResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "The file as it was uploaded."}},
)
def file_content(file: str) -> FileResponse:
    """Returns the file, as an exported script reads it."""
    if _view(file) is None:
        raise Failure(404, NOT_FOUND)
    return FileResponse(uploads_directory() / f"{file}.csv", media_type="text/csv", filename=file_name(file))


@router.delete("/files/{file}", status_code=204, summary="Remove an uploaded file")
def delete_file(file: str, state: StateDep) -> None:
    """Removes the file, unless an experiment uses it: without its file, an experiment can't be read."""
    if _view(file) is None:
        raise Failure(404, NOT_FOUND)
    user = state.store.mentioning(file)
    if user is not None:
        raise Failure(409, f"The experiment {user!r} uses this file; remove the experiment first")
    for suffix in ("csv", "name"):
        (uploads_directory() / f"{file}.{suffix}").unlink(missing_ok=True)


def _keep(part: Path, id: str, name: str) -> FileView:
    """Moves a valid upload to its final name; rejects an invalid one. One at a time, since a table takes memory."""
    with _ONE_AT_A_TIME:
        parse(part)
    kept = part.with_name(f"{id}.csv")
    title = part.with_suffix(".title")
    title.write_text(_safe_name(name))
    title.replace(kept.with_suffix(".name"))
    part.chmod(0o644)  # workers may be another user
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(kept)
    return _described(id)


def _safe_name(name: str) -> str:
    """File name without special characters; an exported script uses it."""
    base = re.sub(r"[^\w. -]", "_", name.replace("\\", "/").rpartition("/")[2]).strip(" .") or "table"
    return base if base.lower().endswith((".csv", ".tsv", ".txt")) else f"{base}.csv"


def _view(id: str) -> FileView | None:
    if not re.fullmatch("[0-9a-f]{64}", id):
        return None
    try:
        return _described(id)
    except FileNotFoundError:
        return None


def _described(id: str) -> FileView:
    rows, columns = _columns(id)
    status = (uploads_directory() / f"{id}.csv").stat()
    return FileView(
        id=id,
        name=file_name(id),
        bytes=status.st_size,
        rows=rows,
        uploaded_at=str(iso(status.st_mtime_ns // 1_000_000)),
        columns=columns,
    )


@functools.lru_cache(maxsize=1000)
def _columns(id: str) -> tuple[int, list[ColumnView]]:
    """A file's rows and columns, cached, since files never change."""
    table = read_csv(id)
    return table.rows, [_column(column) for column in table.columns.values()]


def _column(column: Column) -> ColumnView:
    distinct = len(column.distinct)
    return ColumnView(
        name=column.name,
        type=column.type,
        distinct=distinct,
        values=[column.value(place) for place in range(min(distinct, EXAMPLES))],
        missing=len(column.missing),
    )
