"""`/api/experiments/{id}/runs/{arm}/{seed}/predictions`: what a run's trained model says of its test rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.api.deps import AppState, StateDep, run_place, stored_experiment
from app.api.exports import attachment
from app.exports.base import Cell as CsvCell
from app.exports.base import csv_text, file_stem
from app.failure import Failure
from app.kept_parts import kept_part
from app.row_predictions import (
    RowResults,
    SetName,
    SetRows,
    Show,
    chosen_rows,
    set_rows,
    short,
    shown_prediction,
    shown_rows,
    value_names,
)
from app.stored import StoredExperiment
from core.catalog.datasets import Dataset, DataUnavailable, Split, Task
from core.runs.kept import unpack_outputs

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

MAX_COLUMNS: Final = 100
"""Columns of a table that an answer shows; the CSV has all."""
MAX_TEXT: Final = 1000
"""Characters of a cell that an answer shows; the CSV has all."""
CSV_ROWS: Final = 1000
"""Rows of the CSV that are made at a time."""

Cell = str | int | float | None
SetParam = Annotated[SetName, Query(alias="set", description="`holdout`: the sealed rows, once they are revealed.")]
ShowParam = Annotated[
    Show,
    Query(
        description="`wrong`: the rows that the arm gets wrong. `worse`: those that the baseline gets right. `better`: "
        "the rows that the arm gets right and the baseline wrong. In regression every row is wrong, and `worse` and "
        "`better` compare errors."
    ),
]
DrawParam = Annotated[
    int | None, Query(ge=0, description="Draw of the rows, where the experiment has draws; left out: the first.")
]


class TargetPredictionView(BaseModel):
    """What a model says of one of several labels or targets."""

    prediction: Cell = Field(description="The label's value, or the number in the target's own units.")
    probability: float | None = Field(description="Of the predicted value; null of a number.")
    right: bool | None = Field(description="Null of a number.")
    error: float | None = Field(description="Absolute error in the target's own units; null of a label.")


class BaselinePredictionView(BaseModel):
    """The baseline's prediction for a row, with the same seed."""

    prediction: Cell
    probability: float | None
    right: bool | None
    error: float | None
    targets: list[TargetPredictionView] = Field(description="Of several labels or targets each; else empty.")


class PredictedRowView(BaseModel):
    """A row, its true target, and what the model says of it."""

    row: int = Field(description="Its number in the file, or in the data set: from 1, without a header.")
    cells: list[Cell] = Field(description="Its value in each of `columns`; of a long text the first 1,000 characters.")
    pixels: str | None = Field(description="Base64 of bytes, row after row, its columns, their channels; or null.")
    truth: Cell = Field(
        description="The class by its name, or the target in its own units; null of several labels or targets."
    )
    prediction: Cell = Field(description="Likewise; null where the output is not finite.")
    probability: float | None = Field(
        description="Of the predicted class, 0 to 1; null in regression and of several labels."
    )
    right: bool | None = Field(description="Of labels whether all are right; null in regression.")
    error: float | None = Field(
        description="Absolute error in the target's units; of several targets the mean of the errors as they are "
        "trained on: in standard deviations where targets are scaled. Null for classes."
    )
    truths: list[Cell] = Field(description="Each of several labels or targets; else empty.")
    targets: list[TargetPredictionView] = Field(description="What is said of each of them.")
    baseline: BaselinePredictionView | None = Field(description="Null of the baseline itself, and where it has none.")


class PredictionsView(BaseModel):
    """Rows of a set with a run's predictions, the worst first."""

    arm: str
    draw: int | None
    seed: int
    task: Task
    classes: list[str] = Field(description="Empty in regression.")
    target: str | None = Field(
        description="Name of the column that is predicted, the first of several; null unless it is a table."
    )
    target_names: list[str] = Field(description="Names of several labels or targets; else empty.")
    columns: list[str]
    more_columns: int = Field(description="Further columns of the table, which the CSV has.")
    picture: tuple[int, int, int] | None = Field(description="Height, width and channels of `pixels`.")
    set_rows: int = Field(description="Rows of the set.")
    kept_rows: int = Field(description="Rows of them that predictions are kept of: the first.")
    right: int | None = Field(description="Rows of those that the model gets right, of labels all; null in regression.")
    total: int = Field(description="Rows that are listed, on all pages.")
    rows: list[PredictedRowView]
    next_cursor: str | None


@dataclass(frozen=True)
class _Predicted:
    """A set's rows with the results of a run, and of the baseline's run on the same rows."""

    dataset: Dataset
    split: Split
    draw: int | None
    rows: SetRows
    own: RowResults
    baseline: RowResults | None
    places: np.ndarray
    """Rows that are listed, by their place in the set, the worst first."""

    def page(self, start: int, end: int) -> tuple[Any, np.ndarray]:
        """Some of the listed rows as a person knows them, and their places."""
        places = self.places[start:end]
        return shown_rows(self.dataset, self.split, self.draw, self.rows, places), places


@router.get(
    "/{experiment}/runs/{arm:path}/{seed}/predictions.csv",
    summary="Export a run's predictions",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "The rows, as an attachment with a name."}},
)
def predictions_csv(
    experiment: str,
    arm: str,
    seed: int,
    state: StateDep,
    set: SetParam = "test",
    show: ShowParam = "all",
    draw: DrawParam = None,
) -> StreamingResponse:
    """The rows as CSV: own columns, true target, prediction, probability of each class, the baseline's prediction."""
    stored = stored_experiment(state, experiment)
    found = _predicted(state, stored, run_place(stored, arm, seed, draw), set, show)
    first = next(pieces := _csv(found))
    name = f"{file_stem(stored.experiment.name)}_{file_stem(arm)}_{seed}_predictions.csv"

    def text() -> Iterator[str]:
        yield first
        yield from pieces

    return StreamingResponse(text(), media_type="text/csv", headers=attachment(name))


@router.get("/{experiment}/runs/{arm:path}/{seed}/predictions", summary="Read a run's predictions")
def predictions(
    experiment: str,
    arm: str,
    seed: int,
    state: StateDep,
    set: SetParam = "test",
    show: ShowParam = "wrong",
    draw: DrawParam = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(pattern=r"^[0-9]{0,9}$", description="A page's `next_cursor`.")] = "",
) -> PredictionsView:
    """Returns rows of the set with what the trained model says of them, the most confident mistakes first.

    They are of the weights that the run is scored with. In regression the largest errors come first.
    """
    stored = stored_experiment(state, experiment)
    place = run_place(stored, arm, seed, draw)
    found = _predicted(state, stored, place, set, show)
    start = int(cursor or 0)
    shown, places = found.page(start, start + limit)
    dataset, own, base = found.dataset, found.own, found.baseline
    names = value_names(dataset)
    several = bool(dataset.target_names)
    rows = [
        PredictedRowView(
            row=shown.row[i],
            cells=[_cut(cell) for cell in shown.cells[i][:MAX_COLUMNS]],
            pixels=shown.pictures[i] if shown.pictures else None,
            truth=None if several else shown.truth[i][0],
            truths=shown.truth[i] if several else [],
            **_said(own, at, names),
            baseline=None if base is None else BaselinePredictionView(**_said(base, at, names)),
        )
        for i, at in enumerate(places)
    ]
    end = start + len(rows)
    return PredictionsView(
        arm=arm,
        draw=found.draw,
        seed=seed,
        task=dataset.task,
        classes=dataset.class_names,
        target=dataset.target_column,
        target_names=dataset.target_names,
        columns=shown.columns[:MAX_COLUMNS],
        more_columns=max(0, len(shown.columns) - MAX_COLUMNS),
        picture=shown.picture,
        set_rows=len(found.rows.y),
        kept_rows=len(own.predicted),
        right=None if own.right is None else int(own.right.sum()),
        total=len(found.places),
        rows=rows,
        next_cursor=str(end) if end < len(found.places) else None,
    )


def _predicted(state: AppState, stored: StoredExperiment, place: int, set: SetName, show: Show) -> _Predicted:
    """Raises `Failure`, with a sentence, where there are no predictions to show."""
    experiment = stored.experiment
    dataset, split = readable_dataset(stored)
    if set == "holdout":
        if not split.has("holdout", dataset):
            raise Failure(409, "This experiment has no sealed rows; set split.holdout in a new one")
        if not stored.reveals:
            raise Failure(
                409, "The sealed rows are not revealed yet: POST …/reveal shows them, once every run has ended"
            )
    replicates = experiment.replicates()
    arm, replicate = divmod(place, len(replicates))
    draw = replicates[replicate].draw
    if show in ("worse", "better") and arm == 0:
        raise Failure(
            422, "This is the baseline, which can't be compared with itself: choose another arm, or show=wrong"
        )
    outputs = _outputs(state, stored, place, set)
    try:
        rows = set_rows(dataset, split, draw, set)
    except DataUnavailable as missing:
        raise Failure(409, str(missing)) from None
    own, baseline = RowResults.of(dataset.task, rows, outputs), None
    if arm > 0:
        try:
            baseline = RowResults.of(dataset.task, rows, _outputs(state, stored, replicate, set)[: len(outputs)])
        except Failure as failure:
            if show in ("worse", "better"):
                raise Failure(failure.status, f"Of the baseline with this seed: {failure.detail}") from None
    return _Predicted(dataset, split, draw, rows, own, baseline, chosen_rows(own, baseline, show))


def readable_dataset(stored: StoredExperiment) -> tuple[Dataset, Split]:
    """The experiment's data set and split. Raises `Failure` 409 where the data set's file is gone."""
    dataset = stored.experiment.dataset
    if problems := dataset.problems():
        raise Failure(409, f"The rows can't be read any more. {problems[0].message}")
    return dataset, stored.experiment.split


def _outputs(state: AppState, stored: StoredExperiment, place: int, set: SetName) -> np.ndarray:
    return unpack_outputs(kept_part(state.store.engine, stored, place, "outputs"))[set]


def _cut(cell: Cell) -> Cell:
    return f"{cell[:MAX_TEXT]}…" if isinstance(cell, str) and len(cell) > MAX_TEXT else cell


def _said(results: RowResults, at: int, names: list[list[str]]) -> dict[str, Any]:
    """A model's prediction for the row at a place in the set, given the names of each target's classes."""
    error, right = results.error, results.right
    finite = results.probability is None or np.isfinite(results.probability[at])
    several = results.each is not None
    return {
        "prediction": shown_prediction(results.predicted[at], names[0]) if finite and not several else None,
        "probability": None if results.probability is None else short(results.probability[at]),
        "right": None if right is None else bool(right[at]),
        "error": None if error is None or not np.isfinite(error[at]) else float(error[at]),
        "targets": [_said_of(results, at, place, each) for place, each in enumerate(names)] if several else [],
    }


def _said_of(results: RowResults, at: int, place: int, names: list[str]) -> dict[str, Any]:
    """The prediction of one of several targets."""
    each = results.each
    probability = None if each is None or each.probability is None else short(each.probability[at, place])
    error = None if each is None or each.error is None else short(each.error[at, place])
    finite = probability is not None or not names
    return {
        "prediction": shown_prediction(results.predicted[at, place], names) if finite else None,
        "probability": probability,
        "right": None if each is None or each.right is None else bool(each.right[at, place]),
        "error": error,
    }


def _csv_of_several(found: _Predicted) -> Iterator[str]:
    """The rows as CSV with a column for each label's or target's truth, prediction, and probability or error."""
    dataset, own, base = found.dataset, found.own, found.baseline
    names, values = dataset.target_names, value_names(dataset)
    said = [
        f"probability of {name}: {each[1]}" if each else f"absolute error of {name}"
        for name, each in zip(names, values, strict=True)
    ]
    for start in range(0, max(1, len(found.places)), CSV_ROWS):
        shown, places = found.page(start, start + CSV_ROWS)
        if start == 0:
            predicted = [f"prediction of {name}" for name in names]
            more = [f"the baseline's prediction of {name}" for name in names] if base else []
            yield csv_text([["row", *shown.columns, *names, *predicted, *said, *more]])
        lines: list[list[CsvCell]] = []
        for i, at in enumerate(places):
            each = _said(own, at, values)["targets"]
            figures = [one["error"] for one in each] if own.probabilities is None else map(short, own.probabilities[at])
            rivals = [one["prediction"] for one in _said(base, at, values)["targets"]] if base else []
            told = [one["prediction"] for one in each]
            lines.append([shown.row[i], *shown.cells[i], *shown.truth[i], *told, *figures, *rivals])
        yield csv_text(lines)


def _csv(found: _Predicted) -> Iterator[str]:
    if found.dataset.target_names:
        yield from _csv_of_several(found)
        return
    names, own, base = found.dataset.class_names, found.own, found.baseline
    target = found.dataset.target_column or "target"
    for start in range(0, max(1, len(found.places)), CSV_ROWS):
        shown, places = found.page(start, start + CSV_ROWS)
        if start == 0:
            said = [*(f"probability of {name}" for name in names)] if names else ["absolute error"]
            more = ["prediction of the baseline"] if base else []
            yield csv_text([["row", *shown.columns, target, "prediction", *said, *more]])
        lines: list[list[CsvCell]] = []
        for i, at in enumerate(places):
            one = _said(own, at, [names])
            figures = (
                [short(value) for value in own.probabilities[at]] if own.probabilities is not None else [one["error"]]
            )
            more_cells = [_said(base, at, [names])["prediction"]] if base else []
            lines.append([shown.row[i], *shown.cells[i], shown.truth[i][0], one["prediction"], *figures, *more_cells])
        yield csv_text(lines)
