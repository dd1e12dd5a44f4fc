"""`/api/experiments/{id}/export/{format}`: the experiment as a file; `/api/exports`: the formats that there are."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.api.deps import StateDep, stored_experiment
from app.exports import EXPORTS, Source
from app.failure import Failure

E = TypeVar("E")

router = APIRouter(prefix="/api", tags=["experiments"])

MEDIA_TYPES: Final[dict[str, dict[str, object]]] = {export.media_type: {} for export in EXPORTS.values()}
FORMATS: Final = "\n".join(f"- `{export.name}`: {export.summary}" for export in EXPORTS.values())


class ExportView(BaseModel):
    """A format in which experiments are exported."""

    name: str = Field(
        description="Last part of the export's address, as in `curves.csv`.", json_schema_extra={"enum": list(EXPORTS)}
    )
    title: str
    summary: str
    media_type: str
    takes_arm: bool = Field(description="Whether `arm` exports one arm by itself.")


class ExportsView(BaseModel):
    """All formats."""

    exports: list[ExportView]


def export_named(name: str, exports: Mapping[str, E]) -> E:
    """The export of this name. Raises `Failure` 404 if there is none."""
    if name not in exports:
        raise Failure(404, f"There is no export of this name; the exports are: {', '.join(exports)}")
    return exports[name]


def attachment(file_name: str) -> dict[str, str]:
    """Headers of a response that browsers save under this name."""
    return {"Content-Disposition": f'attachment; filename="{file_name}"'}


@router.get("/exports", summary="List the formats of exports")
def exports() -> ExportsView:
    """The formats in which each experiment can be exported."""
    fields = ExportView.model_fields
    return ExportsView(
        exports=[ExportView(**{name: getattr(each, name) for name in fields}) for each in EXPORTS.values()]
    )


@router.get(
    "/experiments/{experiment}/export/{format}",
    summary="Export an experiment",
    response_class=StreamingResponse,
    responses={200: {"content": MEDIA_TYPES, "description": "The file, as an attachment with a name."}},
)
def export(
    experiment: str,
    format: Annotated[str, Path(description=FORMATS, json_schema_extra={"enum": list(EXPORTS)})],
    state: StateDep,
    arm: Annotated[str | None, Query(max_length=60, description="One arm's name; left out: all arms.")] = None,
) -> StreamingResponse:
    """The experiment as a file to take away. Of one that still runs, the file has what there is so far."""
    found = export_named(format, EXPORTS)
    stored = stored_experiment(state, experiment)
    if arm is not None and not found.takes_arm:
        raise Failure(422, f"{format} always has all arms; leave arm out")
    names = [each.name for each in stored.experiment.arms]
    if arm is not None and arm not in names:
        raise Failure(404, f"There is no arm of this name; the arms are: {', '.join(names)}")
    pieces = iter(found.write(Source(stored, state.store, arm)))
    first = next(pieces)  # made before the status is sent, so that what can't be exported is answered with a sentence
    headers = attachment(found.file_name(stored.experiment.name))
    return StreamingResponse(itertools.chain([first], pieces), media_type=found.media_type, headers=headers)
