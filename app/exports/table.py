"""`table.csv`, `table.md`: the page's tables of results as one, a row for each arm."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.analysis.figures import significant
from app.exports.base import Cell, Export, Source, csv_table, rectangular
from app.majority import majority_of
from app.results import (
    SpreadView,
    finished,
    held_in,
    resolved,
    runs_by_arm,
    score_names,
    score_of,
    scored_gaps,
    shown_metrics,
    spread,
)
from core.runs.events import METRICS, RunState

Row = dict[str, Cell | SpreadView]


class TableCsv(Export):
    """A row for each arm over its finished runs; mean and standard deviation in columns of their own."""

    name = "table.csv"
    ending = "_table.csv"
    media_type = "text/csv"
    title = "Table"
    summary = "A row for each arm: means and standard deviations over its finished runs"

    def write(self, source: Source) -> Iterator[str]:
        """One piece."""
        yield csv_table([_split(row) for row in results_table(source)])


class TableMarkdown(Export):
    """Results table with rounded numbers."""

    name = "table.md"
    ending = "_table.md"
    media_type = "text/markdown"
    title = "Table as Markdown"
    summary = "The same table with rounded numbers, to paste into an issue or a notebook"

    def write(self, source: Source) -> Iterator[str]:
        """One piece."""
        names, rows = rectangular(results_table(source))
        lines = [[_markdown(name) for name in names], ["---"] * len(names)]
        lines += [[_markdown(cell) for cell in row] for row in rows]
        yield "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _split(row: Row) -> dict[str, Cell]:
    """The row with two columns for each spread."""
    split: dict[str, Cell] = {}
    for name, cell in row.items():
        split |= {f"{name}_mean": cell.mean, f"{name}_std": cell.std} if isinstance(cell, SpreadView) else {name: cell}
    return split


def _markdown(cell: Cell | SpreadView) -> str:
    """A cell of a Markdown table, in which no text becomes markup."""
    if isinstance(cell, SpreadView):
        return _markdown(cell.mean) + ("" if cell.std is None else f" ± {significant(cell.std)}")
    if isinstance(cell, str):
        return re.sub(r"([\\`*_\[\]<>|~&#])", r"\\\1", " ".join(cell.split()))
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else significant(cell) if isinstance(cell, float) else str(cell)


def results_table(source: Source) -> list[Row]:
    """A row for each arm, its columns in the order of the page's tables.

    An arm all of whose runs failed or were cancelled has the figures of those that came furthest; its `n` is 0.
    """
    stored = source.stored
    score = score_of(stored.experiment)
    arms = resolved(stored)
    words = [arm.describe() for arm in arms] or [[]] * len(stored.experiment.arms)
    losses: list[str | None] = [arm.loss.describe() for arm in arms]
    losses = losses or [None] * len(words)
    by_arm = runs_by_arm(stored)
    constrained = {
        (weight["layer"], weight["weight"])
        for run in stored.runs
        for weight in run.weights or []
        if weight["constraint"] is not None
    }
    majority = majority_of(stored.experiment)
    rows = []
    each = zip(stored.experiment.arms, words, losses, by_arm, source.verdict.arms, strict=True)
    for arm, said, loss, runs, verdict in each:
        ended = finished(runs)
        furthest = _furthest(runs)
        row: Row = {"arm": arm.name, "constrained": "; ".join(said), "runs": len(runs), "n": len(ended)}
        row["loss"] = loss
        row["unfinished_epoch"] = furthest[0].epochs_done if furthest else None
        row |= score_names(_figures(ended or furthest), score)
        if majority is not None:
            row["majority_test_accuracy"] = majority.test
        row |= _norms(ended, constrained)
        row |= _metrics([shown_metrics(run.metrics, revealed=stored.reveals > 0) or {} for run in ended], row)
        row["seconds"] = spread([run.seconds for run in ended if run.seconds is not None])
        overfitting = verdict.overfitting
        row |= {
            "gap_at_end": overfitting.gap,
            "curve_gap_at_end": overfitting.curve_gap,
            f"best_test_{score}": overfitting.best,
            "best_epoch": overfitting.best_epoch,
            "fall_from_best": overfitting.fall,
            "area_between_curves": overfitting.area,
            "epochs_to_target": overfitting.epochs_to,
        }
        rows.append(row)
    return rows


def _furthest(runs: list[RunState]) -> list[RunState]:
    """The runs of most epochs, where all have failed or were cancelled; otherwise none."""
    most = max(run.epochs_done for run in runs)
    if most == 0 or not all(run.status in {"failed", "cancelled"} for run in runs):
        return []
    return [run for run in runs if run.epochs_done == most]


def _figures(runs: list[RunState]) -> Row:
    """Spreads of `METRICS`, and of the gap between the scores."""
    train, test, *losses = ([run.figures.get(name) for run in runs] for name in METRICS)
    gaps = scored_gaps(runs)
    values = dict(zip((*METRICS[:2], "gap", *METRICS[2:]), (train, test, gaps, *losses), strict=True))
    return {name: spread([value for value in each if value is not None]) for name, each in values.items()}


def _norms(runs: list[RunState], constrained: set[tuple[str, str]]) -> Row:
    """Norms over `runs` of the `constrained` weights, and whether all runs obey the constraint (`held_in`)."""
    row: Row = {}
    for index, weight in enumerate((runs[0].weights or []) if runs else []):
        if (weight["layer"], weight["weight"]) not in constrained:
            continue
        found = [run.weights[index] for run in runs if run.weights]
        name = f"{weight['layer']}_{weight['weight']}"
        norms = [each["norm"] for each in found if None not in each["norm"].values()]  # a diverged run has none
        row[f"{name}_norm_min"] = min((each["min"] for each in norms), default=None)
        row[f"{name}_norm_mean"] = sum(each["mean"] for each in norms) / len(norms) if norms else None
        row[f"{name}_norm_max"] = max((each["max"] for each in norms), default=None)
        row[f"{name}_held"] = held_in(found)
        reached = [each["reached"] for each in found if each.get("reached") is not None]
        row[f"{name}_reached"] = any(reached) if reached else None
    return row


def _metrics(of_runs: list[dict[str, dict[str, float | None]]], row: Row) -> Row:
    """Spreads of all other metrics, by set; the scores of train and test are in `row` already."""
    found: dict[str, list[float]] = {}
    for metrics in of_runs:
        for part, values in metrics.items():
            for name, value in values.items():
                if (column := f"{part}_{name}") not in row:
                    found.setdefault(column, []).extend([] if value is None else [value])
    return {column: spread(values) for column, values in found.items()}
