"""`curves.csv`, `curves.json`: every epoch of every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from app.analysis.thinning import thin
from app.exports.base import Export, Source, csv_text
from app.results import run_identity, score_names, score_of
from app.store import Store
from app.stored import StoredExperiment
from core.runs.events import METRICS, columns, encode_json

ROWS: Final = 2000
"""Epochs that are written at a time."""


class CurvesCsv(Export):
    """A row for each epoch of each run, with what Keras' `fit` reports of it. Memory is bounded by `ROWS`."""

    name = "curves.csv"
    ending = "_curves.csv"
    media_type = "text/csv"
    title = "Curves"
    summary = "Score and loss of every epoch of every run"

    def write(self, source: Source) -> Iterator[str]:
        """The header, then the runs one after another."""
        stored = source.stored
        metrics = score_names(dict.fromkeys(METRICS), score_of(stored.experiment))
        yield csv_text([[*run_identity(stored.experiment, 0), "epoch", *metrics]])
        for run in range(len(stored.runs)):
            # Written once: a cell for each of millions of epochs takes most of the time.
            head = csv_text([list(run_identity(stored.experiment, run).values())]).rstrip("\n")
            for chunk in source.store.chunks(stored, run):
                for start in range(0, len(chunk.table), ROWS):
                    yield _lines(head, chunk.first_epoch + start, chunk.table[start : start + ROWS])


class CurvesJson(Export):
    """Response of `/curves`, without the last event's id. Memory is bounded by one run's curves."""

    name = "curves.json"
    ending = "_curves.json"
    media_type = "application/json"
    title = "Curves as JSON"
    summary = "Score and loss of every epoch as JSON, a list for each run and metric"

    def write(self, source: Source) -> Iterator[str]:
        """A piece for each run."""
        yield '{"runs":['
        between = ""
        for view in run_curves(source.store, source.stored):
            yield between
            yield from (piece.decode() for piece in json_pieces(view))
            between = ","
        yield "]}\n"


def run_curves(store: Store, stored: StoredExperiment, points: int | None = None) -> Iterator[dict[str, Any]]:
    """The curves of each run that has any, as `/curves` has them in JSON: all epochs, or thinned to `points`."""
    score = score_of(stored.experiment)
    for place, table in store.tables(stored):
        kept = np.arange(len(table), dtype=np.int32)
        if points is not None:
            kept = thin(table, points).astype(np.int32)
            table = table[kept]
        identity = run_identity(stored.experiment, place)
        yield {**identity, "epoch": kept + 1, **score_names(columns(table), score)}


def json_pieces(view: dict[str, Any]) -> Iterator[bytes]:
    """An object as JSON, value by value: others get their turn between the long lists of a run."""
    between = b"{"
    for name, value in view.items():
        yield between + encode_json(name) + b":" + encode_json(value)
        between = b","
    yield b"}"


def _lines(head: str, first_epoch: int, table: np.ndarray) -> str:
    """Lines of numbers, which need no quotes: `table`'s rows, each number in as few digits as give its float32."""
    numbers = encode_json(np.ascontiguousarray(table)).decode()[2:-2].replace("null", "").split("],[")
    return "".join(f"{head},{epoch},{row}\n" for epoch, row in enumerate(numbers, first_epoch))
