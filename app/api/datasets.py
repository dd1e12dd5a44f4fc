"""`/api/datasets`: previews of data sets, and tables, arrays and pictures of your own."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from app.apart import call_apart
from app.api.deps import StateDep
from app.api.preview import PreviewView, preview_view
from app.api.stream import left
from app.failure import Failure
from app.stored import iso
from app.warnings import lies_far
from core.catalog.datasets import AnyDataset, Split
from core.catalog.datasets.array_uploads import arrays_summary
from core.catalog.datasets.checksums import DamagedFile
from core.catalog.datasets.file_summary import ColumnSummary
from core.catalog.datasets.keeping import TooLarge, keep_reading, keep_upload
from core.catalog.datasets.magic import ArraysFormat
from core.catalog.datasets.reading import ColumnType, Reading
from core.catalog.datasets.unpacking import limit_of
from core.catalog.datasets.uploads import (
    content_path,
    file_ids,
    kept_file,
    remove_file,
    source_path,
    summary_of,
    uploads_directory,
    wrong_file,
)
from core.catalog.entry import Entry
from core.problems import Invalid
from core.settings import make_shared

router = APIRouter(prefix="/api/datasets", tags=["datasets"])

UPLOADS: Final = "/api/datasets/files"
NOT_FOUND: Final = "There is no file with this id; it may have been removed"
EXAMPLES: Final = 8
"""Number of a column's values that a file's view shows."""
DISCARDED: Final = 64_000_000
"""Bytes of a refused body that are read before the answer, at most."""
PATIENCE: Final = 2.0
"""Seconds that they are waited for."""


class PreviewRequest(Entry):
    """A data set and its split."""

    dataset: AnyDataset
    split: Split = Split()


class ColumnView(BaseModel):
    """A column of a file."""

    name: str
    type: ColumnType = Field(description="What its values were taken for.")
    distinct: int = Field(description="Number of different values.")
    values: list[str] = Field(description="Some of them.")
    missing: int = Field(description="Number of rows without a value.")
    odd: int = Field(description="Cells, of at most 5, that are of another type: they have no value then.")
    left_out: str | None = Field(description="Why it is no feature unless one says so; null where it is one.")


class FileView(BaseModel):
    """An uploaded table."""

    kind: Literal["table"] = "table"
    id: str = Field(description="The `file` of a `table` data set: SHA-256 of its content and of a corrected reading.")
    name: str
    bytes: int
    rows: int
    uploaded_at: str = Field(description="UTC.")
    reading: Reading = Field(description="How it was read; `POST …/reading` corrects it.")
    sheets: list[str] = Field(
        [], description="Names of a workbook's sheets, one of which `reading.sheet` chooses; none of other files."
    )
    notes: list[str] = Field(description="What was understood and may surprise, in sentences.")
    first_rows: list[list[str]] = Field(description="The first rows, as they stand in the file.")
    proposed_target: str = Field(description="The column that is most likely the one to predict.")
    columns: list[ColumnView]


class ClassView(BaseModel):
    """A value of the target."""

    name: str
    rows: int


class RowArrayView(BaseModel):
    """An array of a value for each row, beside features and target."""

    name: str
    type: Literal["number", "category"] = Field(description="Whether it is numbers or text.")
    distinct: int = Field(description="Number of different values.")


class ArraysView(BaseModel):
    """An uploaded file of arrays or pictures."""

    kind: Literal["arrays"] = "arrays"
    id: str = Field(description="The `file` of an `arrays` data set: SHA-256 of its content.")
    name: str
    bytes: int
    rows: int
    uploaded_at: str = Field(description="UTC.")
    notes: list[str] = Field(description="What was understood and may surprise, in sentences.")
    format: ArraysFormat
    shape: list[int] = Field(description="Shape of an example; of pictures height, width and channels.")
    dtype: str = Field(description="Type of the features in the file.")
    target_type: Literal["number", "category"] = Field(description="Whether the target is numbers or text.")
    distinct: int = Field(description="Number of different values of the target.")
    classes: list[ClassView] = Field(description="Its values; of more than 100, the most frequent.")
    sets: dict[str, int] = Field(
        description="Rows of the training, validation and test sets that the file tells apart, in the order of the "
        "rows; a split with the same numbers and without a shuffle is the file's own. Empty without any."
    )
    has_groups: bool = Field(description="Whether the file has an array `groups`.")
    columns: list[RowArrayView] = Field(description="Arrays of a value for each row, by which a split can cut them.")
    group_column: str | None = Field(description="The one of them that tells the rows' groups; null without any.")
    far_features: bool = Field(
        description="Whether the features lie so far from 1, as microvolts in volts do, that `split.standardize` is "
        "proposed. Never of pixels, which are divided by 255."
    )


AnyFileView = Annotated[FileView | ArraysView, Field(discriminator="kind")]


class DamagedFileView(BaseModel):
    """An uploaded file that can't be described."""

    id: str
    message: str = Field(description="Why, and what to do.")


class FilesView(BaseModel):
    """All uploaded files, newest first."""

    files: list[AnyFileView]
    damaged: list[DamagedFileView] = Field(description="Those whose description has changed or can't be read.")


@router.post("/preview", summary="Preview a data set")
def preview(request: PreviewRequest) -> PreviewView:
    """Sizes, class balance and some rows of each set."""
    dataset = request.split.without_column(request.dataset)
    problems = dataset.problems() or request.split.problems(dataset)
    if problems:
        raise Invalid(problems)
    return preview_view(dataset, request.split)


@router.post(
    "/files",
    status_code=201,
    summary="Upload a table, arrays or pictures",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_file(
    request: Request,
    response: Response,
    name: Annotated[str, Query(max_length=200, description="Name of the file.")] = "",
) -> AnyFileView:
    """Stores a table, for the data set kind `table`, or arrays or pictures, for `arrays`. The body is the file.

    Delimited text, Excel (.xlsx), OpenDocument (.ods), Parquet, Feather, JSON and ARFF are tables, compressed or not;
    .npz files are arrays, a zip of folders of PNG or JPEG pictures has a folder a class. The content type doesn't
    matter: all is found from the file. Equal content is stored once. An invalid file is rejected, with the problem's
    `row` and `column`.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Failure(415, "Send the file itself as the body, as curl --data-binary @table.csv does, and not as a form")
    digest, directory = hashlib.sha256(), uploads_directory()
    make_shared(directory)
    # Written to disk as it arrives: an upload takes no memory until it is known to be a table.
    with tempfile.NamedTemporaryFile(dir=directory, suffix=".part", delete=False) as part:
        kept = Path(part.name)
        leaving: asyncio.Task[None] | None = None
        try:
            size, limit = int(request.headers.get("content-length", "0")), 0
            chunks = request.stream()
            async for chunk in chunks:
                limit = limit or limit_of(chunk)
                size = max(size, part.tell() + len(chunk))
                if chunk and size > limit:
                    await _discard(chunks)
                    raise Failure(413, f"The body is too large: send at most {limit:,} bytes of such a file")
                digest.update(chunk)
                part.write(chunk)
            part.flush()
            was_there = digest.hexdigest() in await asyncio.to_thread(file_ids)
            leaving = asyncio.create_task(left(request.receive))
            id = await asyncio.to_thread(call_apart, keep_upload, kept, digest.hexdigest(), name)
            if leaving.done() and not was_there:  # it was cancelled while it was read
                await asyncio.to_thread(remove_file, id)
            view = await asyncio.to_thread(_described, id)
        except TooLarge as error:
            raise Failure(413, str(error)) from None
        finally:
            if leaving is not None:
                leaving.cancel()
            await asyncio.to_thread(kept.unlink, missing_ok=True)
    response.headers["Location"] = f"/api/datasets/files/{view.id}"
    return view


@router.post("/files/{file}/reading", status_code=201, summary="Read an uploaded file otherwise")
def reread_file(file: str, reading: Reading, response: Response) -> FileView:
    """Reads the file as given, where another than what was found is right; what is left out is found from the file.

    The result is another file with an id of its own; the first stays as it is.
    """
    described = _view(file)
    if described is None:
        raise Failure(404, NOT_FOUND)
    if described.kind == "arrays":
        raise Failure(422, "This file holds arrays or pictures, which are read in one way only: upload a table")
    id = call_apart(keep_reading, file, reading)
    response.headers["Location"] = f"/api/datasets/files/{id}"
    return _table_view(id)


@router.get("/files", summary="List uploaded files")
def files() -> FilesView:
    """Newest first."""
    found, damaged = [], []
    for id in sorted(file_ids()):
        try:
            view = _view(id)
        except DamagedFile as error:
            damaged.append(DamagedFileView(id=id, message=str(error)))
        else:
            found += [] if view is None else [view]
    return FilesView(files=sorted(found, key=lambda view: view.uploaded_at, reverse=True), damaged=damaged)


@router.get("/files/{file}", summary="Read what an uploaded file holds")
def file(file: str) -> AnyFileView:
    """Name, reading and columns of a table; shape and classes of arrays or pictures."""
    view = _view(file)
    if view is None:
        raise Failure(404, NOT_FOUND)
    return view


@router.get(
    "/files/{file}/content",
    summary="Download an uploaded file",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file as it was uploaded."}},
)
def file_content(file: str) -> FileResponse:
    """Returns the file, unpacked, as an exported script reads it."""
    if _view(file) is None:
        raise Failure(404, NOT_FOUND)
    return FileResponse(content_path(file), media_type="application/octet-stream", filename=kept_file(file).name)


@router.delete("/files/{file}", status_code=204, summary="Remove an uploaded file")
def delete_file(file: str, state: StateDep) -> None:
    """Removes the file, unless an experiment uses it: without its file, an experiment can't be read."""
    with contextlib.suppress(DamagedFile):
        if _view(file) is None:
            raise Failure(404, NOT_FOUND)
    user = state.store.mentioning(file)
    if user is not None:
        raise Failure(409, f"The experiment {user!r} uses this file; remove the experiment first")
    remove_file(file)


async def _discard(chunks: AsyncIterator[bytes]) -> None:
    """Reads what comes of a refused body, within bounds: many clients read no answer before they have sent it all."""
    left = DISCARDED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    return


def _view(id: str) -> FileView | ArraysView | None:
    if wrong_file(id):
        return None
    try:
        return _described(id)
    except FileNotFoundError:
        return None


def _described(id: str) -> FileView | ArraysView:
    return _arrays_view(id) if kept_file(id).kind == "arrays" else _table_view(id)


def _uploaded_at(id: str) -> str:
    return str(iso(source_path(id).stat().st_mtime_ns // 1_000_000))


def _arrays_view(id: str) -> ArraysView:
    summary = arrays_summary(id)
    target = summary.target
    values: list[str | float] = [*target.values]
    return ArraysView(
        id=id,
        name=summary.name,
        bytes=summary.bytes,
        rows=summary.rows,
        uploaded_at=_uploaded_at(id),
        notes=summary.notes,
        format=summary.format,
        shape=summary.shape,
        dtype=summary.dtype,
        target_type="category" if target.type == "category" else "number",
        distinct=target.distinct,
        classes=[ClassView(name=_shown(value), rows=rows) for value, rows in zip(values, target.counts, strict=True)],
        sets=summary.sets,
        has_groups=summary.has_groups,
        columns=[RowArrayView(**each.model_dump(exclude={"arrays"})) for each in summary.columns or []],
        group_column=summary.group_column,
        far_features=not summary.is_bytes and lies_far(summary.low, summary.high),
    )


def _table_view(id: str) -> FileView:
    summary = summary_of(id)
    return FileView(
        id=id,
        name=summary.name,
        bytes=summary.bytes,
        rows=summary.rows,
        uploaded_at=_uploaded_at(id),
        reading=summary.reading,
        sheets=summary.sheets,
        notes=summary.notes,
        first_rows=summary.first,
        proposed_target=summary.proposed_target,
        columns=[_column(column) for column in summary.columns],
    )


def _column(column: ColumnSummary) -> ColumnView:
    return ColumnView(
        name=column.name,
        type=column.type,
        distinct=column.distinct,
        values=[_shown(each) for each in column.values[:EXAMPLES]],
        missing=column.missing,
        odd=column.odd,
        left_out=column.left_out,
    )


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"
