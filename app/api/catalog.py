"""`/api/catalog`, `/api/presets`: what there is to choose from."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from app.api.unchanged import NOT_MODIFIED, tagged
from app.catalog import CatalogView, catalog
from app.failure import Failure
from app.presets import PRESETS
from core.experiment.experiment import Experiment
from core.runs.events import encode_json

router = APIRouter(prefix="/api", tags=["catalog"])


class PresetSummary(BaseModel):
    """A named experiment."""

    name: str
    group: str = Field(description="Heading under which it is offered.")
    title: str
    summary: str


class PresetView(PresetSummary):
    """A named experiment, ready to post."""

    experiment: Experiment


class PresetsView(BaseModel):
    """All presets; the tutorial is the first."""

    presets: list[PresetSummary]


@cache
def _catalog() -> bytes:
    return encode_json(catalog())


@router.get("/catalog", summary="Read the catalog", response_model=CatalogView, responses=NOT_MODIFIED)
def read_catalog(request: Request) -> Response:
    """Every data set, layer, constraint and optimiser: JSON Schema, words, defaults and limits."""
    return tagged(request, _catalog())


@router.get("/presets", summary="List presets")
def presets() -> PresetsView:
    """Named experiments; the tutorial is the first."""
    return PresetsView(
        presets=[PresetSummary(name=p.name, group=p.group, title=p.title, summary=p.summary) for p in PRESETS.values()]
    )


@router.get("/presets/{name}", summary="Read a preset")
def preset(name: str) -> PresetView:
    """A named experiment, ready to post."""
    found = PRESETS.get(name)
    if found is None:
        raise Failure(404, f"There is no preset with this name; the presets are: {', '.join(PRESETS)}")
    return PresetView(
        name=found.name, group=found.group, title=found.title, summary=found.summary, experiment=found.experiment
    )
