"""`/api/experiments/{id}/runs/{arm}/{seed}/predict`: predictions of a trained model for new rows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from app.api.datasets import NOT_FOUND
from app.api.deps import StateDep, run_place, stored_experiment
from app.api.exports import attachment
from app.api.predictions import Cell, DrawParam, readable_dataset
from app.exports.base import csv_text, file_stem
from app.failure import Failure
from app.kept_parts import kept_part
from app.predictor import MAX_VALUES, prepared
from app.row_predictions import class_probabilities, own_units, set_rows, short, shown_prediction, value_names
from core.catalog.datasets import DataUnavailable, Task, is_numeric
from core.catalog.datasets.base import Dataset, NewRows, RowCells
from core.catalog.datasets.checksums import DamagedFile
from core.catalog.datasets.table_cells import frame_cells
from core.catalog.datasets.uploads import FileId, checked_parts, frame_of, kept_file
from core.catalog.entry import Entry
from core.problems import Invalid, Problem
from core.runs.metrics import predicted_classes

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

MAX_ROWS: Final = 10_000
"""Most rows of one call."""


class PredictRequest(Entry):
    """Rows to predict for: in the body, or in an uploaded file."""

    rows: list[Any] | None = Field(
        None,
        description="Rows as they come, before any preparation: of a table objects by the columns' names, null without "
        "a value; else lists of numbers, nested as an example is.",
    )
    file: FileId | None = Field(
        None, description="Id of an uploaded table, or of arrays or pictures; it needs no target."
    )


class NewPredictionView(BaseModel):
    """A row and its prediction."""

    cells: list[Cell] = Field(description="Its value in each of `columns`.")
    prediction: Cell = Field(
        description="The class by its name, or the value in the target's units; null where it isn't finite."
    )
    probabilities: dict[str, float | None] | None = Field(
        description="By the class's name; of several labels by the label's name, that of its second value. Null in "
        "regression."
    )
    predictions: dict[str, Cell] | None = Field(
        description="Of several labels or targets, by their names; else null, as `prediction` is where this is not."
    )
    note: str | None = Field(
        description="Why it has no prediction, or what is odd about it, such as text that no training row has."
    )


class NewPredictionsView(BaseModel):
    """Predictions for new rows, in their order."""

    arm: str
    draw: int | None
    seed: int
    task: Task
    target: str | None = Field(
        description="Name of the column that is predicted, the first of several; null unless it is a table."
    )
    target_names: list[str] = Field(description="Names of several labels or targets; else empty.")
    label_names: list[list[str]] = Field(description="Both values of each of several labels; else empty.")
    classes: list[str] = Field(description="Empty in regression, and of several labels.")
    columns: list[str] = Field(description="Columns of the rows; empty unless they are of a table.")
    rows: list[NewPredictionView]


@router.post(
    "/{experiment}/runs/{arm:path}/{seed}/predict",
    summary="Predict for new rows",
    response_model=NewPredictionsView,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def predict(
    experiment: str,
    arm: str,
    seed: int,
    body: PredictRequest,
    state: StateDep,
    draw: DrawParam = None,
    format: Annotated[Literal["json", "csv"], Query(description="`csv`: the rows with their predictions.")] = "json",
) -> NewPredictionsView | Response:
    """Predicts with the weights that the run is scored with; rows are prepared as its training rows were.

    At most 10,000 rows. A worker computes it: 503 with `Retry-After` where none has time within 20 s. Keeps nothing.
    """
    stored = stored_experiment(state, experiment)
    place = run_place(stored, arm, seed, draw)
    dataset, split = readable_dataset(stored)
    index, replicate = divmod(place, len(stored.experiment.replicates()))
    draw = stored.experiment.replicates()[replicate].draw
    weights = kept_part(state.store.engine, stored, place, "weights")
    new = _new_rows(dataset, body)
    try:
        x = prepared(dataset, split, draw, new.x)
        scaling = set_rows(dataset, split, draw, "test").target_scaling
    except DataUnavailable as missing:
        raise Failure(409, str(missing)) from None
    outputs = state.predictor.outputs(stored.experiment, index, draw, weights, x)
    view = _view(dataset, new, outputs, scaling, {"arm": arm, "draw": draw, "seed": seed})
    if format == "json":
        return view
    name = f"{file_stem(stored.experiment.name)}_{file_stem(arm)}_{seed}_new_rows.csv"
    return Response(_csv(view), media_type="text/csv", headers=attachment(name))


def _new_rows(dataset: Dataset, body: PredictRequest) -> NewRows:
    if (body.rows is None) == (body.file is None):
        raise Invalid([Problem(("rows",), "Give either rows or a file")])
    most = min(MAX_ROWS, max(1, MAX_VALUES // math.prod(dataset.shape)))
    if body.rows is None:
        try:
            checked_parts(str(body.file))
            found = dataset.new_rows_of(str(body.file), most)
            return _table_of_features(dataset, str(body.file), most) if found is None else found
        except FileNotFoundError:
            raise Invalid([Problem(("file",), NOT_FOUND)]) from None
        except DamagedFile as damaged:
            raise Invalid([Problem(("file",), str(damaged))]) from None
    if not body.rows:
        raise Invalid([Problem(("rows",), "Give at least one row")])
    if len(body.rows) > most:
        raise Invalid([Problem(("rows",), f"There are {len(body.rows):,} rows; send at most {most:,} at once")])
    return dataset.new_rows(body.rows)


def _table_of_features(dataset: Dataset, file: str, most: int) -> NewRows:
    """Rows of an uploaded table whose columns are called as the features are."""
    if kept_file(file).kind != "table" or len(dataset.shape) > 1:
        raise Invalid([Problem(("file",), "Only a table with a column for each feature is taken here; or send rows")])
    frame = frame_of(file)
    if len(frame) > most:
        raise Invalid([Problem(("file",), f"The file has {len(frame):,} rows; send at most {most:,} at once")])
    cells = frame_cells(file, frame)
    x = dataset.new_rows([dict(zip(frame.columns, row, strict=True)) for row in cells]).x
    return NewRows(x, RowCells(list(frame.columns), cells, list(range(1, len(frame) + 1))))


def _view(
    dataset: Dataset, new: NewRows, outputs: np.ndarray, scaling: tuple[np.ndarray, np.ndarray], run: dict[str, Any]
) -> NewPredictionsView:
    names, task, several = dataset.class_names, dataset.task, dataset.target_names
    is_classes = not is_numeric(task)
    values = value_names(dataset)
    predicted = predicted_classes(task, outputs) if is_classes else own_units(outputs, scaling)
    each = class_probabilities(task, outputs) if is_classes else None
    finite = np.isfinite(outputs).all(axis=1)

    def predicted_view(row: int, output: int) -> NewPredictionView:
        """The view of a row, whose prediction stands at `output` among those that there are."""
        value = predicted[output]
        return NewPredictionView(
            cells=new.cells.cells[row] if new.cells else [],
            prediction=shown_prediction(value, names) if finite[output] and not several else None,
            probabilities=None
            if each is None
            else {name: short(share) for name, share in zip(several or names, each[output], strict=True)},
            predictions={
                name: shown_prediction(one, either) if np.isfinite(outputs[output, place]) else None
                for place, (name, one, either) in enumerate(zip(several, value, values, strict=True))
            }
            if several
            else None,
            note=new.notes.get(row),
        )

    def refused_view(row: int) -> NewPredictionView:
        return NewPredictionView(
            cells=new.cells.cells[row] if new.cells else [],
            prediction=None,
            probabilities=None,
            predictions=None,
            note=f"Not predicted. {new.refused[row]}",
        )

    places = iter(range(len(predicted)))
    rows = [
        refused_view(row) if row in new.refused else predicted_view(row, next(places))
        for row in range(len(predicted) + len(new.refused))
    ]
    columns = new.cells.columns if new.cells else []
    about: dict[str, Any] = {"task": task, "target": dataset.target_column, "classes": names, "columns": columns}
    about |= {"target_names": several, "label_names": dataset.label_names}
    return NewPredictionsView(**run, **about, rows=rows)


def _csv(view: NewPredictionsView) -> str:
    said = [f"probability of {name}" for name in view.classes]
    named = zip(view.target_names, view.label_names, strict=False)  # of numbers there are no values
    said += [f"probability of {name}: {values[1]}" for name, values in named]
    told = [f"prediction of {name}" for name in view.target_names] or ["prediction"]
    lines = []
    for number, row in enumerate(view.rows, 1):
        shares = _padded((row.probabilities or {}).values(), len(said))
        lines.append([number, *row.cells, *_padded(_told(row), len(told)), *shares, row.note])
    return csv_text([["row", *view.columns, *told, *said, "note"], *lines])


def _told(row: NewPredictionView) -> list[Cell]:
    return [row.prediction] if row.predictions is None else list(row.predictions.values())


def _padded(cells: Iterable[Cell], length: int) -> list[Cell]:
    """`cells`, followed by empty ones: a row that is not predicted has none."""
    return [*cells, *[None] * length][:length]
