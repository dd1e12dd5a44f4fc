"""Your own table: an uploaded file."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from core.catalog.calls import Call, evaluate_unseeded
from core.catalog.datasets.base import Dataset, NewRows, RowCells, Rows
from core.catalog.datasets.column_checks import (
    feature_problems,
    telling,
    weight_problems,
)
from core.catalog.datasets.columns import Preparation, Treatment, date_parts_of, fills, treatment_problems
from core.catalog.datasets.file_summary import ColumnSummary, FileSummary
from core.catalog.datasets.own_test_rows import script_name, test_file_problems, unseen_values, with_gaps_of
from core.catalog.datasets.reading import MAX_COLUMNS
from core.catalog.datasets.table_cells import frame_cells, table_cells
from core.catalog.datasets.table_new_rows import feature_frame, typed_file, typed_records, unseen_cells
from core.catalog.datasets.table_rows import table_xy, with_test_rows
from core.catalog.datasets.targets import FEW, MAX_TARGETS, Targets
from core.catalog.datasets.uploads import (
    FileId,
    damage,
    frame_of,
    kept_code,
    kept_file,
    original_code,
    summary_of,
    uploads_directory,
)
from core.problems import Invalid, Location, Problem

MAX_PROBLEMS: Final = 5


class Table(Dataset):
    """A table of your own, prepared by columns: missing values filled, text made columns of 0 and 1."""

    group: ClassVar = "your own"
    title: ClassVar = "Your own table"
    summary: ClassVar = "A CSV, Excel, OpenDocument, Parquet, Feather, JSON or ARFF file that you upload"
    kind: Literal["table"] = "table"
    ordered: ClassVar = True
    proposed_split: ClassVar = {"by": "stratified", "train": 0.7, "standardize": True, "target_scale": "standard"}
    file: FileId = Field(description="Id of an uploaded table.", json_schema_extra={"widget": "file"})
    test_file: FileId | None = Field(
        None,
        title="Test rows",
        description="Id of an uploaded table of the same columns whose rows are the test rows, as they are; all other "
        "rows that are not for validation or sealed are trained on. Leave empty to cut the test rows off the file.",
        json_schema_extra={"widget": "table_file"},
    )
    target: str = Field(max_length=1000, description="Column to predict.", json_schema_extra={"widget": "column"})
    more_targets: list[str] = Field(
        [],
        max_length=MAX_TARGETS - 1,
        title="Further targets",
        description="Further columns to predict at once. All with two values: several labels; all numbers: several "
        "targets. They are no features.",
        json_schema_extra={"widget": "more_targets"},
    )
    features: list[str] | None = Field(
        None,
        max_length=MAX_COLUMNS,
        description="Columns to predict from. Leave empty for all others but those that the file's view leaves out, "
        "and those that tell the target alone.",
        json_schema_extra={"widget": "columns"},
    )
    target_type: Literal["auto", "category", "number"] = Field(
        "auto",
        description=f"Category: classes; number: a regression. Auto: classes, unless the target has numbers with a "
        f"fraction or more than {FEW} different numbers. With further targets category means labels of two values "
        "each, and auto: labels if all have two values, else numbers.",
    )
    sample_weight: str | None = Field(
        None,
        max_length=1000,
        title="Sample weight",
        description="Column of numbers from 0 up that multiply the loss of training rows; it is no feature then. Leave "
        "empty for none.",
        json_schema_extra={"widget": "other_column"},
    )
    treatments: list[Treatment] = Field(
        [],
        max_length=MAX_COLUMNS,
        title="Columns' treatment",
        description="How single columns are prepared, where it is not as proposed.",
        json_schema_extra={"widget": "treatments"},
    )

    _cut_by: str | None = PrivateAttr(None)
    """The column by which the split cuts the rows, which is no feature unless one says so."""

    def uploads(self) -> dict[str, bool]:
        return dict.fromkeys([self.file] if self.test_file is None else [self.file, self.test_file], False)

    @property
    def rows(self) -> int:
        return self._rows_in(self.file, self._valid()) + self.own_test_rows

    @property
    def own_test_rows(self) -> int:
        return 0 if self.test_file is None else self._rows_in(self.test_file, self._valid())

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.feature_names),)

    @property
    def classes(self) -> int:
        return len(self.class_names)

    @property
    def feature_names(self) -> list[str]:
        return self._preparation(self._valid()).names

    @property
    def class_names(self) -> list[str]:
        return self._targets(self._valid()).class_names

    @property
    def target_names(self) -> list[str]:
        return [self.target, *self.more_targets] if self.more_targets else []

    @property
    def label_names(self) -> list[list[str]]:
        return self._targets(self._valid()).label_names if self.more_targets else []

    def left_out(self) -> dict[str, str]:
        summary = self._valid()
        chosen = {column.name for column in self._chosen(summary)}
        reasons = self._reasons(summary)
        return {
            column.name: reasons.get(column.name, "is not chosen")
            for column in summary.columns
            if column.name not in chosen and column.name not in self._predicted
        }

    @property
    def target_column(self) -> str | None:
        return self.target

    @property
    def weight_column(self) -> str | None:
        return self.sample_weight

    @property
    def columns(self) -> list[str]:
        return [column.name for column in self._valid().columns if column.name not in self._predicted]

    def column_values(self, column: str) -> np.ndarray:
        self._valid()
        return _values(*self._key(), column, uploads_directory())

    def new_rows(self, records: Sequence[Any]) -> NewRows:
        summary = self._valid()
        return self._new_rows(typed_records(records, summary, self._chosen(summary), self.treatments), {})

    def new_rows_of(self, file: str, most: int) -> NewRows:
        summary = self._valid()
        return self._new_rows(*typed_file(file, summary, self._chosen(summary), self.treatments, most))

    def _new_rows(self, frame: Any, refused: Mapping[int, str]) -> NewRows:
        cells = RowCells(list(frame.columns), frame_cells(self.file, frame), list(range(1, len(frame) + 1)))
        chosen = self._chosen(self._valid())
        taken = frame.iloc[[row for row in range(len(frame)) if row not in refused]]
        notes = {row: note for row, note in unseen_cells(frame, chosen).items() if row not in refused}
        return NewRows(feature_frame(taken.reset_index(drop=True), chosen), cells, refused, notes)

    def row_cells(self, rows: np.ndarray) -> RowCells:
        files = [self.file] if self.test_file is None else [self.file, self.test_file]
        return table_cells(files, [*self._predicted, *self._complete(self._valid())], rows)

    def without(self, column: str) -> Table:
        table = self.model_copy()
        table._cut_by = column
        return table

    def _key(self) -> tuple[str, str | None]:
        """The table as caches know it."""
        return self.model_dump_json(), self._cut_by

    def problems(self) -> list[Problem]:
        if (damaged := damage(self.file)) is not None:
            return [_at(("file",), damaged)]
        if kept_file(self.file).kind != "table":
            message = "This file holds arrays or pictures: choose the data set 'Your own arrays or pictures' for it"
            return [_at(("file",), message)]
        summary = summary_of(self.file)
        names = [column.name for column in summary.columns]
        known = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        target = summary.column(self.target)
        if target is None:
            return [_at(("target",), f"There is no column {self.target!r}; the columns are: {known}")]
        if self.features == []:
            return [_at(("features",), "Choose at least one column")]
        listed = set(names)
        found = []
        for index, name in enumerate(self.more_targets):
            if name not in listed:
                found.append(_at(("more_targets", index), f"There is no column {name!r}; the columns are: {known}"))
            elif name in self._predicted[: index + 1]:
                found.append(_at(("more_targets", index), f"{name!r} is a target already; remove it here"))
        for index, name in enumerate(self.features or []):
            if name not in listed:
                found.append(_at(("features", index), f"There is no column {name!r}; the columns are: {known}"))
            elif name in self._predicted:
                is_only = "the" if not self.more_targets else "a"
                found.append(_at(("features", index), f"{name!r} is {is_only} target; remove it here"))
            elif name in (self.features or [])[:index]:
                found.append(_at(("features", index), f"{name!r} is listed twice; remove one"))
        if found:
            return _few(found)
        targets = self._targets(summary)
        found = [_at(*each) for each in [*targets.problems()] or [*targets.kind_problems()]]
        if found:
            return _few(found)
        found += [
            _at(("treatments", *place), said) for place, said in treatment_problems(summary.columns, self.treatments)
        ]
        if self.sample_weight is not None:
            used = {**dict.fromkeys(self._predicted, "the target"), **dict.fromkeys(self.features or [], "a feature")}
            found += [_at(("sample_weight",), each) for each in weight_problems(summary, self.sample_weight, used)]
        chosen = self._chosen(summary)
        for column in chosen:
            place = ("features",) if self.features is None else ("features", self.features.index(column.name))
            found += [_at(place, message) for message in feature_problems(column)]
        if not chosen:
            reasons = "; ".join(f"{name!r} {why}" for name, why in list(self._reasons(summary).items())[:5])
            found.append(_at(("features",), f"No column is left to predict from ({reasons}): choose at least one"))
        found = found or self._own_test_problems(summary)
        width = 0 if found else len(Preparation(chosen, self.treatments).names)
        if width > MAX_COLUMNS:
            message = f"These make {width} columns, and at most {MAX_COLUMNS} are allowed: choose fewer"
            found.append(_at(("features",), message))
        return _few(found)

    def code(self) -> Call:
        return self.code_with([])

    def code_with(self, columns: list[str]) -> Call:
        summary = self._valid()
        reading = original_code(self.file, summary.name)
        if self.test_file is not None:
            reading = Call(
                with_test_rows, reading, original_code(self.test_file, script_name(self.file, self.test_file))
            )
        return self._rows_of(reading, summary, **({"also": columns} if columns else {}))

    @property
    def script_needs(self) -> tuple[list[str], str | None]:
        summary = self._valid()
        more = {"spreadsheet": ["python-calamine"], "parquet": ["pyarrow"], "feather": ["pyarrow"]}
        return ["pandas", *more.get(summary.reading.format or "text", [])], summary.name

    def unseen_values(self) -> list[tuple[str, list[str]]]:
        """Columns of text of which `test_file` has values that no row of `file` has, with those values."""
        return [] if self.test_file is None else list(unseen_values(self.test_file, self._features(self._valid())))

    def preparation(self, *, standardize: bool) -> Call:
        return self._preparation(self._valid()).code(standardize=standardize)

    def load(self) -> Rows:
        self._valid()
        return _loaded(*self._key(), uploads_directory())

    def labels(self) -> np.ndarray:
        return self.load().y

    def sample_rows(self) -> np.ndarray:
        """The features, prepared by all rows but not scaled."""
        return _sampled(*self._key(), uploads_directory())

    def _rows_in(self, file: str, summary: FileSummary) -> int:
        """Rows of one of the files that are used."""
        found, dropped = summary_of(file), self._complete(summary)
        if dropped:
            return int(frame_of(file)[[*self._predicted, *dropped]].notna().all(axis=1).sum())
        if self.more_targets:
            return int(frame_of(file)[self._predicted].notna().all(axis=1).sum())
        return found.rows - self._targets(found).columns[0].missing

    def _valid(self) -> FileSummary:
        """The file's description.

        Raises:
            Invalid: if the data set has problems.
        """
        problems = self.problems()
        if problems:
            raise Invalid(problems)
        return summary_of(self.file)

    def _rows_of(self, reading: Call, summary: FileSummary, **more: Any) -> Call:
        chosen = self._chosen(summary)
        if self.more_targets:
            more["more_targets"] = self.more_targets
        dates = {column.name: date_parts_of(column) for column in chosen if column.type == "date"}
        if dates:
            more["dates"] = dates
        if complete := self._complete(summary):
            more["complete"] = complete
        names = [column.name for column in chosen]
        given = {"target_column": self.target, "classes": self._targets(summary).classes}
        return Call(table_xy, reading, features=names, **given, **more)

    def _preparation(self, summary: FileSummary) -> Preparation:
        return Preparation(self._chosen(summary), self.treatments)

    @property
    def _predicted(self) -> list[str]:
        """The columns that are predicted."""
        return [self.target, *self.more_targets]

    def _targets(self, summary: FileSummary) -> Targets:
        by_name = {column.name: column for column in summary.columns}
        return Targets(self.file, [by_name[name] for name in self._predicted], self.target_type)

    def _complete(self, summary: FileSummary) -> list[str]:
        """Columns without whose value a row is left out."""
        given = {each.column: each for each in self.treatments}
        return [
            column.name
            for column in self._chosen(summary)
            if column.missing and column.name in given and fills(column, given[column.name]) == "drop"
        ]

    def _chosen(self, summary: FileSummary) -> list[ColumnSummary]:
        """The features; values that only the test rows miss count as missing too."""
        return with_gaps_of(self.test_file, self._features(summary))

    def _features(self, summary: FileSummary) -> list[ColumnSummary]:
        if self.features is None:
            reasons = self._reasons(summary)
            others = [
                each
                for each in summary.columns
                if each.name not in (*self._predicted, self._cut_by, self.sample_weight)
            ]
            kept = [each for each in others if each.name not in reasons]
            return kept or [each for each in others if each.distinct > 1 and each.type != "category"]
        by_name = {column.name: column for column in summary.columns}
        return [by_name[name] for name in self.features]

    def _own_test_problems(self, summary: FileSummary) -> list[Problem]:
        """Problems of the file of test rows."""
        if self.test_file is None:
            return []
        targets = self._targets(summary)
        classes = targets.columns if targets.are_classes else []
        used = [*targets.columns, *self._chosen(summary)]
        return [_at(("test_file",), said) for said in test_file_problems(self.file, self.test_file, used, classes)]

    def _reasons(self, summary: FileSummary) -> dict[str, str]:
        targets = self._targets(summary)
        reasons: dict[str, str] = {}
        for name in targets.names:
            reasons |= telling(self.file, name, targets.are_classes)
        reasons |= {each.name: each.left_out for each in summary.columns if each.left_out}
        reasons = {name: why for name, why in reasons.items() if name not in targets.names}
        used = {self._cut_by: "cuts the rows", self.sample_weight: "weighs the rows"}
        return {**reasons, **{name: why for name, why in used.items() if name is not None}}


def _table(body: str, cut_by: str | None) -> Table:
    """The table of a `Table._key`."""
    table = Table.model_validate_json(body)
    return table if cut_by is None else table.without(cut_by)


def _kept(table: Table, **more: Any) -> Any:
    reading = kept_code(table.file)
    if table.test_file is not None:
        reading = Call(with_test_rows, reading, kept_code(table.test_file))
    return evaluate_unseeded(table._rows_of(reading, table._valid(), **more))


@functools.lru_cache(maxsize=2)
def _loaded(body: str, cut_by: str | None, directory: Path) -> Rows:
    """A table's rows, cached: the form requests them again with every change of the split."""
    table = _table(body, cut_by)
    x, y = _kept(table)
    return Rows(x, table._typed_target(y))


@functools.lru_cache(maxsize=2)
def _values(body: str, cut_by: str | None, column: str, directory: Path) -> np.ndarray:
    *_, values = _kept(_table(body, cut_by), also=[column])
    return np.asarray(values)


@functools.lru_cache(maxsize=2)
def _sampled(body: str, cut_by: str | None, directory: Path) -> np.ndarray:
    table = _table(body, cut_by)
    transformer = evaluate_unseeded(table.preparation(standardize=False))
    return np.asarray(transformer.fit_transform(table.load().x), np.float64)


def _at(place: Location, message: str) -> Problem:
    return Problem(("dataset", *place), message)


def _few(found: list[Problem]) -> list[Problem]:
    """The first problems; the last says how many more there are."""
    if len(found) <= MAX_PROBLEMS:
        return found
    *first, last = found[:MAX_PROBLEMS]
    more = len(found) - MAX_PROBLEMS
    return [*first, Problem(last.location, f"{last.message} (and {more} more column{'s' if more > 1 else ''})")]
