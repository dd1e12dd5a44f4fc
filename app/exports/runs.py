"""`runs.csv`: a row for each run."""

from __future__ import annotations

from collections.abc import Iterator

from app.exports.base import Cell, Export, Source, csv_table
from app.results import run_identity, score_names, score_of, shown_metrics
from core.runs.events import METRICS


class RunsCsv(Export):
    """A row for each arm and seed: state, epochs, score and loss of the last weights, and all other metrics by set."""

    name = "runs.csv"
    ending = "_runs.csv"
    media_type = "text/csv"
    title = "Runs"
    summary = "A row for each run: state, epochs, time and all metrics of its last weights"

    def write(self, source: Source) -> Iterator[str]:
        """One piece."""
        stored = source.stored
        score = score_of(stored.experiment)
        rows: list[dict[str, Cell]] = []
        for index, run in enumerate(stored.runs):
            identity = run_identity(stored.experiment, index)
            row: dict[str, Cell] = {**identity, "status": run.status, "epochs_done": run.epochs_done}
            row |= score_names({name: run.figures.get(name) for name in METRICS}, score)
            row |= {"best_epoch": run.best_epoch, "seconds": run.seconds, "error": run.error}
            row["weights_sha256"] = run.weights_sha256
            for part, metrics in (shown_metrics(run.metrics, revealed=stored.reveals > 0) or {}).items():
                # Score columns of train and test are there already.
                row |= {f"{part}_{name}": value for name, value in metrics.items() if f"{part}_{name}" not in row}
            rows.append(row)
        yield csv_table(rows)
