"""`/api/experiments/{id}/curves`: the four curves of each run, as JSON or packed for the screen."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.analysis.thinning import MINIMUM_POINTS, thin_together
from app.api.deps import StateDep, stored_experiment
from app.api.unchanged import NOT_MODIFIED, tagged
from app.api.views import CurvesView
from app.exports.curves import json_pieces, run_curves
from app.results import run_identity, score_names, score_of
from app.store import Store
from app.stored import StoredExperiment
from core.experiment.experiment import CLOSED
from core.runs.events import METRICS, encode_json

BINARY: Final = "application/octet-stream"
MOST_TAGGED: Final = 1_000_000
"""Epochs of all runs up to which an answer is built whole, to be tagged. Larger ones are sent run by run."""

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
    is_packed = format == "binary"
    media_type = BINARY if is_packed else "application/json"
    pieces = packed_curves(state.store, stored, points) if is_packed else _json(state.store, stored, points)
    most = sum(min(run.epochs_done, points or run.epochs_done) for run in stored.runs)
    if stored.status in CLOSED and most <= MOST_TAGGED:
        return tagged(request, b"".join(pieces), media_type)
    return StreamingResponse(pieces, media_type=media_type)


def _json(store: Store, stored: StoredExperiment, points: int | None) -> Iterator[bytes]:
    yield b'{"runs":['
    between = b""
    for view in run_curves(store, stored, points):
        yield between
        yield from json_pieces(view)
        between = b","
    yield b'],"last_event_id":%b}' % encode_json(stored.last_event)


def packed_curves(store: Store, stored: StoredExperiment, points: int | None) -> Iterator[bytes]:
    """The curves in the format that `curves` describes: header and lists, then each run."""
    lists: list[np.ndarray] = []
    runs: list[dict[str, Any]] = []
    own: dict[int, np.ndarray] = {}
    for places in _by_arm(stored):
        lengths = [stored.runs[place].epochs_done for place in places]
        kept = (
            np.arange(max(lengths))
            if points is None
            else thin_together((_cut(stored, *each) for each in store.tables(stored, places)), lengths, points)
        )
        for place, length in zip(places, lengths, strict=True):
            own[place] = kept[: np.searchsorted(kept, length)]
            identity = run_identity(stored.experiment, place)
            runs.append({**identity, "epochs": len(lists), "length": len(own[place])})
        lists.append(kept + 1)
    head = {
        "metrics": list(score_names(dict.fromkeys(METRICS), score_of(stored.experiment))),
        "epochs": [len(each) for each in lists],
        "runs": runs,
        "last_event_id": stored.last_event,
    }
    header = encode_json(head)
    header += b" " * (-len(header) % 4)
    yield b"".join([struct.pack("<I", len(header)), header, *(each.astype("<i4").tobytes() for each in lists)])
    for place, table in store.tables(stored, list(own)):
        for figures in table.T:
            yield _rounded(figures[own[place]]).tobytes()


def _by_arm(stored: StoredExperiment) -> Iterator[list[int]]:
    """Places of the runs of each arm that has trained epochs."""
    replicates = len(stored.experiment.replicates())
    trained = (place for place, run in enumerate(stored.runs) if run.epochs_done)
    for _, places in groupby(trained, key=lambda place: place // replicates):
        yield list(places)


def _cut(stored: StoredExperiment, place: int, table: np.ndarray) -> np.ndarray:
    """The epochs that the run had when `stored` was read: the log may have grown since."""
    return table[: stored.runs[place].epochs_done]


def _rounded(figures: np.ndarray) -> np.ndarray:
    """Figures with 16 significant bits, whose last byte is 0 and compresses; NaN where they are not finite."""
    finite = np.where(np.isfinite(figures), figures, np.float32(np.nan)).astype("<f4")
    return ((finite.view("<u4") + np.uint32(0x80)) & np.uint32(0xFFFFFF00)).view("<f4")
