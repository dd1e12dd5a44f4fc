"""`/api/experiments/{id}/curves`: the four curves of each run, as JSON or packed for the screen."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from app.analysis.thinning import MINIMUM_POINTS, thin, thin_together
from app.api.deps import StateDep, stored_experiment
from app.api.unchanged import NOT_MODIFIED, tagged
from app.api.views import CurvesView
from app.results import run_identity, score_names, score_of
from app.store import Store
from app.stored import StoredExperiment
from core.experiment.experiment import CLOSED
from core.runs.events import METRICS, Event, columns, encode_json

BINARY: Final = "application/octet-stream"

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.get(
    "/{experiment}/curves",
    summary="Read the curves",
    response_model=CurvesView,
    responses={200: {"content": {BINARY: {"schema": {"type": "string", "format": "binary"}}}}, **NOT_MODIFIED},
)
def curves(
    experiment: str,
    state: StateDep,
    request: Request,
    points: Annotated[int | None, Query(ge=MINIMUM_POINTS, description="Largest number of epochs of each run.")] = None,
    format: Annotated[Literal["json", "binary"], Query(description="`binary`: packed, to be drawn.")] = "json",
) -> Response:
    """Returns the four curves of each run: all epochs, or thinned to `points` while keeping ends and extremes.

    In JSON each run is thinned by itself. In `binary` all runs of an arm have the same epochs, so that means over them
    stay exact: at most `points`, or 26, and the last of each run. It is little-endian:

    - uint32: length of the header in bytes, a multiple of 4;
    - the header, JSON padded by spaces: `metrics` names the figures, `epochs` has the length of each list of epochs,
      `runs` has `arm`, `draw`, `seed`, `epochs` (index of the list) and `length` of each, and `last_event_id` is the
      last event that the curves include;
    - the lists of epochs, int32;
    - for each run and each metric the figures at the first `length` epochs of its list, float32. They are rounded to 16
      significant bits, which is 5 digits. NaN stands for a figure that is not finite.
    """
    stored = stored_experiment(state, experiment)
    if format == "binary":
        body, media_type = packed_curves(state.store, stored, points), BINARY
    else:
        body, media_type = _json(state.store, stored, points), "application/json"
    return tagged(request, body, media_type) if stored.status in CLOSED else Response(body, media_type=media_type)


def _json(store: Store, stored: StoredExperiment, points: int | None) -> bytes:
    score = score_of(stored.experiment)
    views = []
    for run, chunks in store.curves(stored).items():
        table = _table(chunks)
        epoch = np.concatenate([np.arange(c.first_epoch, c.last_epoch + 1, dtype=np.int32) for c in chunks])
        if points is not None:
            kept = thin(table, points)
            table, epoch = table[kept], epoch[kept]
        views.append({**run_identity(stored.experiment, run), "epoch": epoch, **score_names(columns(table), score)})
    return encode_json({"runs": views, "last_event_id": stored.last_event})


def packed_curves(store: Store, stored: StoredExperiment, points: int | None) -> bytes:
    """The curves in the format that `curves` describes."""
    lists: list[np.ndarray] = []
    runs: list[dict[str, Any]] = []
    figures: list[bytes] = []
    for tables in _by_arm(store, stored):
        length = max(map(len, tables.values()))
        kept = np.arange(length) if points is None else thin_together(list(tables.values()), points)
        for run, table in tables.items():
            own = kept[kept < len(table)]
            runs.append({**run_identity(stored.experiment, run), "epochs": len(lists), "length": len(own)})
            figures.append(_rounded(table[own].T).tobytes())
        lists.append(kept + 1)
    head = {
        "metrics": list(score_names(dict.fromkeys(METRICS), score_of(stored.experiment))),
        "epochs": [len(each) for each in lists],
        "runs": runs,
        "last_event_id": stored.last_event,
    }
    header = encode_json(head)
    header += b" " * (-len(header) % 4)
    epochs = [each.astype("<i4").tobytes() for each in lists]
    return b"".join([struct.pack("<I", len(header)), header, *epochs, *figures])


def _by_arm(store: Store, stored: StoredExperiment) -> Iterator[dict[int, np.ndarray]]:
    """Figures of the runs of each arm that has any, (epochs, metrics), by the run's place. Read arm by arm."""
    replicates = len(stored.experiment.replicates())
    for _, places in groupby(range(len(stored.runs)), key=lambda place: place // replicates):
        if chunks := store.curves(stored, list(places)):
            yield {place: _table(of_run) for place, of_run in chunks.items()}


def _table(chunks: list[Event]) -> np.ndarray:
    return np.concatenate([chunk.table for chunk in chunks])


def _rounded(figures: np.ndarray) -> np.ndarray:
    """Figures with 16 significant bits, whose last byte is 0 and compresses; NaN where they are not finite."""
    finite = np.where(np.isfinite(figures), figures, np.float32(np.nan)).astype("<f4")
    return ((finite.view("<u4") + np.uint32(0x80)) & np.uint32(0xFFFFFF00)).view("<f4")
