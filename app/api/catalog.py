"""`/api/catalog`, `/api/presets`, `/api/datasets/preview`: what there is to choose from."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from fastapi import APIRouter

from app.api.views import BalanceView, PointsView, PresetSummary, PresetsView, PresetView, PreviewView
from app.domain.catalog import catalog
from app.domain.datasets import AnyDataset, Split
from app.domain.entry import Entry
from app.domain.presets import PRESETS
from app.domain.problems import Invalid
from app.errors import Failure

router = APIRouter(prefix="/api", tags=["catalog"])

PREVIEW_ROWS: Final = 2000


class PreviewRequest(Entry):
    """A data set and how it is split."""

    dataset: AnyDataset
    split: Split = Split()


@cache
def _catalog() -> dict[str, Any]:
    return catalog()


@router.get("/catalog", summary="Read the catalog")
def read_catalog() -> dict[str, Any]:
    """Every data set, layer, constraint and optimiser: JSON Schema, words, defaults and limits."""
    return _catalog()


@router.get("/presets", summary="List presets")
def presets() -> PresetsView:
    """Named experiments; the tutorial is the first."""
    return PresetsView(presets=[PresetSummary(name=p.name, title=p.title, summary=p.summary) for p in PRESETS.values()])


@router.get("/presets/{name}", summary="Read a preset")
def preset(name: str) -> PresetView:
    """A named experiment, ready to post."""
    found = PRESETS.get(name)
    if found is None:
        raise Failure(404, f"There is no preset with this name; the presets are: {', '.join(PRESETS)}")
    return PresetView(name=found.name, title=found.title, summary=found.summary, experiment=found.experiment)


@router.post("/datasets/preview", summary="Preview a data set")
def preview(request: PreviewRequest) -> PreviewView:
    """Its rows as they are split, at most 2,000 of them, evenly chosen."""
    problem = request.split.problem(request.dataset.rows)
    if problem:
        raise Invalid([problem])
    data = request.dataset.load()
    train, test = request.split.indices(len(data))
    is_train = np.zeros(len(data), dtype=bool)
    is_train[train] = True
    shown = np.unique(np.linspace(0, len(data) - 1, min(len(data), PREVIEW_ROWS)).round().astype(int))
    classes = request.dataset.classes
    return PreviewView(
        task=request.dataset.task,
        classes=classes,
        feature_names=request.dataset.feature_names,
        rows=len(data),
        train_rows=len(train),
        test_rows=len(test),
        class_balance=BalanceView(
            train=np.bincount(data.y[train], minlength=classes).tolist(),
            test=np.bincount(data.y[test], minlength=classes).tolist(),
        ),
        points=PointsView(x=data.x[shown].tolist(), y=data.y[shown].tolist(), train=is_train[shown].tolist()),
    )
