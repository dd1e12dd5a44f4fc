"""`/api/experiments/{id}/norms` and `/frames`: history of the weights, during training and after."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from app.analysis.frames import images, project_units, summarize_seeds
from app.api.deps import StateDep, stored_experiment
from app.failure import Failure
from core.catalog.constraints import AnyConstraint, FeasibleSet
from core.catalog.datasets import DataUnavailable, SplitRows
from core.experiment.experiment import resolve
from core.experiment.resolution import ResolvedArm
from core.runs.events import encode_json
from core.runs.snapshots import SIDE, SUMMARY, Grid, Snapshots, evenly_spaced, first_kernel, grid_of

POINTS = 2000
"""Rows drawn over a decision boundary, at most."""

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


class WeightNormsView(BaseModel):
    """A weight's norms over time, over the arm's seeds: minimum, quartiles, mean and maximum over its groups."""

    layer: str
    weight: str
    constraint: str | None = Field(description="In words.")
    limits: tuple[float | None, float | None] = Field(description="Smallest and largest norm allowed; null: any.")
    groups: int = Field(description="Number of norms: usually that of the units.")
    unit: str = Field(description="Phrase for the values of one norm.")
    epoch: list[int] = Field(description="0: the initial weights.")
    min: list[float | None]
    lower: list[float | None]
    median: list[float | None]
    mean: list[float | None]
    upper: list[float | None]
    max: list[float | None]
    binding: list[float | None] | None = Field(description="Share of the groups at the limit, 0 to 1; null without.")
    projection: list[float | None] | None = Field(description="Distance that the last projection moved the weight.")


class ArmNormsView(BaseModel):
    """An arm's weights over time."""

    name: str
    seeds: int = Field(description="Runs that have begun.")
    weights: list[WeightNormsView]


class NormsView(BaseModel):
    """Norms of every weight that can be constrained, after about 60 epochs of every arm."""

    arms: list[ArmNormsView]
    last_event_id: str


class UnitNormsView(BaseModel):
    """Every unit's norm."""

    layer: str
    weight: str
    groups: int
    shown: int = Field(description="An even choice where there are very many.")
    values: str = Field(description="Base64 of float32, little endian, (epochs, shown).")


class ImagesView(BaseModel):
    """Units as pictures."""

    height: int
    width: int
    channels: int
    values: str = Field(description="Base64 of float32, little endian, (epochs, shown, height, width, channels).")


class GeometryView(BaseModel):
    """Geometry of the units of the first kernel."""

    kind: Literal["plane", "wide"] = Field(description="plane: two inputs; wide: any other number.")
    layer: str
    weight: str
    constraint: AnyConstraint | None
    words: str | None = Field(description="The constraint in words.")
    feasible: list[Annotated[FeasibleSet, Field(discriminator="shape")]] = Field(
        description="The feasible set in the plane of a unit's two weights: the intersection of these; empty: unknown."
    )
    limits: tuple[float | None, float | None] = Field(description="Smallest and largest norm allowed; null: any.")
    inputs: int
    units: int
    shown: int
    values: str = Field(
        description="Base64 of float32, little endian, (epochs, shown, 2): in the plane the two weights, otherwise the "
        "angle to the first direction in degrees, and the norm."
    )
    components: str | None = Field(None, description="Base64, as `values`: first two principal components.")
    explained: tuple[float, float] | None = Field(None, description="Their shares of the variance.")
    images: ImagesView | None = None


class BoundaryView(BaseModel):
    """Outputs of the model, over the features."""

    kind: Literal["plane", "curve"] = Field(description="Over two features, or over one in regression.")
    x: tuple[float, float]
    y: tuple[float, float] | None
    columns: int
    rows: int
    classes: int
    low: list[float] = Field(description="Output at the smallest value, for each epoch.")
    high: list[float] = Field(description="Output at the largest value (255), for each epoch.")
    values: str = Field(
        description="Base64. In the plane uint8, (epochs, rows, columns) from the lowest row: the second class's "
        "probability, the most likely class's number, or the prediction. A curve: float32, (epochs, columns)."
    )


class PointsView(BaseModel):
    """Rows in the model's input space; sealed ones are left out."""

    axes: list[str]
    x: list[float]
    y: list[float] = Field(description="The second feature; of a curve the target.")
    label: list[float]
    part: list[Literal["train", "validation", "test"]]


class FramesView(BaseModel):
    """Frames of one run's weights: of the arm's first seed."""

    arm: str
    seed: int
    epoch: list[int]
    norms: list[UnitNormsView]
    geometry: GeometryView | None
    boundary: BoundaryView | None
    points: PointsView | None
    last_event_id: str


@router.get("/{experiment}/norms", summary="Read the norms of weights over time", response_model=NormsView)
def norms(experiment: str, state: StateDep) -> Response:
    """Returns norms per arm and weight, over its seeds; updated while runs train."""
    stored = stored_experiment(state, experiment)
    arms, seeds = resolve(stored.experiment), len(stored.experiment.replicates())
    taken = state.store.snapshots(stored)
    views = []
    for index, arm in enumerate(arms):
        runs = [taken[run] for run in range(index * seeds, (index + 1) * seeds) if run in taken]
        views.append({"name": arm.name, "seeds": len(runs), "weights": _weight_norms(arm, runs) if runs else []})
    return Response(encode_json({"arms": views, "last_event_id": stored.last_event}), media_type="application/json")


def _weight_norms(arm: ResolvedArm, runs: list[Snapshots]) -> list[dict[str, Any]]:
    epoch, table = summarize_seeds(runs)
    shapes = arm.weight_shapes()
    views = []
    for index, item in enumerate(arm.weights()):
        own = table[:, index].astype(np.float32)
        constraint, shape = item.constraint, shapes[item.path][0]
        columns: dict[str, Any] = {name: np.ascontiguousarray(own[:, i]) for i, name in enumerate(SUMMARY)}
        for name in ("binding", "projection"):
            columns[name] = None if np.isnan(columns[name]).all() else columns[name]
        axis = getattr(constraint, "axis", None)
        views.append(
            {
                "layer": item.layer,
                "weight": item.weight.name,
                "constraint": constraint and constraint.describe(),
                "limits": constraint.limits() if constraint else (None, None),
                "groups": item.groups(shapes[item.path]),
                "unit": item.weight.unit_words(shape) if axis is None else f"along axis {axis}",
                "epoch": epoch.astype(np.int32),
                **columns,
            }
        )
    return views


@router.get("/{experiment}/frames", summary="Read the frames of an arm's weights", response_model=FramesView)
def frames(
    experiment: str,
    state: StateDep,
    arm: Annotated[str, Query(max_length=60, description="The arm's name.")],
) -> Response:
    """Returns the data of the views of norms, weights and decision boundary, for the arm's first seed, by epoch."""
    stored = stored_experiment(state, experiment)
    arms, replicates = resolve(stored.experiment), stored.experiment.replicates()
    index = next((i for i, each in enumerate(arms) if each.name == arm), None)
    if index is None:
        raise Failure(404, f"No arm has this name; choose one of: {', '.join(each.name for each in arms)}")
    run = index * len(replicates)
    taken = state.store.snapshots(stored, [run]).get(run)
    body: dict[str, Any] = {"arm": arm, "seed": replicates[0].seed, "epoch": [], "norms": []}
    body |= {"last_event_id": stored.last_event, "geometry": None, "boundary": None, "points": None}
    if taken is not None and taken.frames:
        body |= _drawn(arms[index].at(replicates[0].draw), taken)
    return Response(encode_json(body), media_type="application/json")


def _drawn(arm: ResolvedArm, taken: Snapshots) -> dict[str, Any]:
    shapes = arm.weight_shapes()
    norms = []
    for index, item in enumerate(arm.weights()):
        values = taken.frames[f"norms_{index}"]
        groups = item.groups(shapes[item.path])
        about = {"layer": item.layer, "weight": item.weight.name, "groups": groups, "shown": values.shape[1]}
        norms.append({**about, "values": _base64(values)})
    drawn = {"epoch": taken.epoch.astype(np.int32), "norms": norms, "geometry": _geometry(arm, taken, shapes)}
    try:
        parts = arm.prepare() if "boundary" in taken.frames else None
    except DataUnavailable:  # without the data the boundary can't be drawn
        parts = None
    grid = parts and grid_of(arm, parts)
    if parts and grid:
        drawn |= {"boundary": _boundary(arm, taken, grid), "points": _points(arm, parts)}
    return drawn


def _geometry(arm: ResolvedArm, taken: Snapshots, shapes: dict[str, list[tuple[int, ...]]]) -> dict[str, Any] | None:
    item = first_kernel(arm)
    if item is None or "kernel" not in taken.frames:
        return None
    kernel = taken.frames["kernel"]
    _, inputs, shown = kernel.shape
    shape = shapes[item.path][0]
    about = {
        "layer": item.layer,
        "weight": item.weight.name,
        "constraint": item.constraint and item.constraint.model_dump(),
        "words": item.constraint and item.constraint.describe(),
        "feasible": [each.model_dump() for each in item.constraint.plane_sets(list(item.weight.unit_axis))]
        if item.constraint
        else [],
        "limits": item.constraint.limits() if item.constraint else (None, None),
        "inputs": inputs,
        "units": int(np.prod(shape)) // inputs,
        "shown": shown,
    }
    if inputs == 2:
        return {**about, "kind": "plane", "values": _base64(kernel.transpose(0, 2, 1))}
    seen = project_units(kernel)
    view = {**about, "kind": "wide", "values": _base64(seen.polar), "components": _base64(seen.components)}
    view["explained"] = seen.explained
    pictures = images(item, arm.dataset, kernel, shape)
    if pictures is not None:
        height, width, channels = pictures.shape[2:]
        size = {"height": height, "width": width, "channels": channels}
        view["images"] = {**size, "values": _base64(pictures)}
    return view


def _boundary(arm: ResolvedArm, taken: Snapshots, grid: Grid) -> dict[str, Any]:
    values, scale = taken.frames["boundary"], taken.frames["scale"]
    plane = grid.kind == "plane"
    columns, rows = (SIDE, SIDE) if plane else (values.shape[1], 1)
    return {
        "kind": grid.kind,
        "x": grid.x,
        "y": grid.y,
        "columns": columns,
        "rows": rows,
        "classes": arm.dataset.classes,
        "low": np.ascontiguousarray(scale[:, 0]),
        "high": np.ascontiguousarray(scale[:, 1]),
        "values": base64.b64encode(values.tobytes()).decode() if plane else _base64(values),
    }


def _points(arm: ResolvedArm, parts: SplitRows) -> dict[str, Any]:
    sets = [(name, rows) for name in ("train", "validation", "test") if (rows := getattr(parts, name)) is not None]
    part = np.concatenate([np.full(len(rows), index) for index, (_, rows) in enumerate(sets)])
    kept = evenly_spaced(len(part), POINTS)
    x = np.concatenate([rows.x for _, rows in sets])[kept]
    label = np.concatenate([np.atleast_2d(rows.y.T).T[:, 0] for _, rows in sets])[kept].astype(np.float32)
    curve = x.shape[1] == 1
    return {
        "axes": [*arm.dataset.feature_names, *(["target"] if curve else [])],
        "x": np.ascontiguousarray(x[:, 0]),
        "y": label if curve else np.ascontiguousarray(x[:, 1]),
        "label": label,
        "part": [sets[number][0] for number in part[kept]],
    }


def _base64(values: np.ndarray) -> str:
    """`values` as base64 of float32, little endian."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()
