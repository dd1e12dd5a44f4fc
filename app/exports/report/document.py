"""The report: an experiment on one page that needs no network, to keep, send or print.

Charts are drawn by Plotly, whose JavaScript is in the page once. Everything that a person typed is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from app.analysis.figures import MISSING, figure
from app.exports.base import Export, Source
from app.exports.report import charts
from app.exports.report.data import ReportData
from app.exports.report.page import (
    charts_html,
    difference_cells,
    difference_head,
    moment,
    p_html,
    page_of,
    table_html,
)
from app.exports.script import script_of
from app.majority import majority_of
from app.results import finished, held_in, scored_gaps, spread
from app.verdict import DifferenceView
from core.catalog.datasets import Dataset
from core.experiment.experiment import Experiment, Replicate
from core.runs.events import METRICS

FEWEST_PAIRS: Final = 6
"""Of fewer pairs an effect size tells little."""
HUGE_EFFECT: Final = 10.0
"""An effect size from here on tells of hardly any spread, not of a large effect."""


class Report(Export):
    """The report. Of an experiment that still runs, it tells what there is so far."""

    name = "report.html"
    ending = ".html"
    media_type = "text/html"
    title = "Report"
    summary = (
        "One file that opens without the service: data, network, arms, curves, norms, boundaries, verdict and script"
    )

    def write(self, source: Source) -> Iterator[str]:
        """One piece."""
        yield report_of(ReportData(source.stored, source.arms, source.verdict, source.store))


def report_of(data: ReportData) -> str:
    """The report as HTML."""
    stored = data.stored
    sections = [
        ("Verdict", _verdict(data)),
        ("Data set and network", _setting(data)),
        ("Curves", charts_html(charts.curves(data))),
        ("Overfitting in figures", _overfitting(data)),
        ("Norms of the weights", charts_html(charts.norms(data)) + _constraints(data)),
        ("Decision boundaries", charts_html(charts.boundaries(data))),
        ("Every run", _every_run(data)),
        ("Settings", f"<pre>{escape(_settings(data))}</pre>"),
        ("Script in plain Keras", f"<pre>{escape(script_of(stored.experiment, data.arms))}</pre>"),
    ]
    arms = _count(len(data.arms), "arm")
    about = f"{arms} × {_replicates(stored.experiment)}, {stored.status}, made {moment(stored.created_ms)}"
    return page_of(stored.experiment.name, about, sections)


def _count(number: int, one: str) -> str:
    """ "1 seed", "20,000 rows"."""
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def _spread(view: Any, digits: int = 3) -> str:
    """Mean ± standard deviation of a `SpreadView`."""
    if view is None or view.mean is None:
        return "–"
    return figure(view.mean, digits) + ("" if view.std is None else f" ± {figure(view.std, digits)}")


def _swatch(data: ReportData, arm: int) -> str:
    return f'<span class="swatch" style="background:{data.colour(arm)}"></span>'


def _named(data: ReportData, arm: int) -> str:
    return _swatch(data, arm) + escape(data.arms[arm].name)


def _verdict(data: ReportData) -> str:
    verdict = data.verdict
    lines = [f"<li>{_swatch(data, i)}{escape(arm.sentence)}</li>" for i, arm in enumerate(verdict.arms)]
    said = f"<p>{escape(verdict.prediction.sentence)}</p>" if verdict.prediction else ""
    rows = []
    for index, arm in enumerate(verdict.arms[1:], 1):
        for where, found in (("test rows", arm.test), ("fresh rows", arm.fresh)):
            if found is not None:
                rows.append([_named(data, index), where, *_difference(found, verdict.score)])
    head = ["Arm", "On", *difference_head(verdict.score), "Test", "p", "p (Holm)", "Effect d", "n"]
    table = table_html(head, rows) if rows else ""
    return f'<ul class="verdict">{"".join(lines)}</ul>{said}{charts_html(charts.forest(data))}{table}'


def _difference(found: DifferenceView, score: str) -> list[str]:
    tells = found.effect is not None and found.n >= FEWEST_PAIRS and abs(found.effect) < HUGE_EFFECT
    effect = figure(found.effect, 2) if tells else MISSING
    is_tested = found.kind == "rows" or found.n > 1  # one pair says nothing of others
    chances = [p_html(found.p), p_html(found.p_holm)] if is_tested else [MISSING, MISSING]
    numbers = [escape(found.test), *chances, effect]
    pairs = _count(found.rows or 0, "row") if found.kind == "rows" else _count(found.n, found.kind.removesuffix("s"))
    return [*difference_cells(found.mean, found.low, found.high, score), *numbers, pairs]


def _overfitting(data: ReportData) -> str:
    target = data.verdict.score_target
    head = ["Arm", "Train", "Test", "Gap", "Best test", "Best epoch", "Fall from the best", "Area between curves"]
    head.append(f"Epochs to {figure(target)}")
    rows = []
    for index, arm in enumerate(data.verdict.arms):
        figures = arm.overfitting
        ended = [data.stored.runs[run] for run in data.runs(index)]
        last = [[run.figures.get(name) for run in ended if run.status == "finished"] for name in METRICS[:2]]
        known = [[value for value in each if value is not None] for each in last]
        means = [_spread(spread(each)) for each in known]
        gaps = spread([gap for gap in scored_gaps(finished(ended)) if gap is not None])
        scores = [_spread(each) for each in (gaps, figures.best)]
        more = [_spread(figures.best_epoch, 0), _spread(figures.fall), _spread(figures.area)]
        rows.append([_named(data, index), *means, *scores, *more, _spread(figures.epochs_to, 0)])
    if (majority := majority_of(data.stored.experiment)) is not None:
        said = "majority class" if majority.name is None else f"always “{majority.name}” (majority class)"
        rows.append([escape(said), figure(majority.train), figure(majority.test), *[MISSING] * (len(head) - 3)])
    return table_html(head, rows)


def _constraints(data: ReportData) -> str:
    """Whether each constraint held, by the last weights of the finished runs; nothing before the first."""
    rows = []
    for index in range(len(data.arms)):
        ended = finished([data.stored.runs[run] for run in data.runs(index)])
        for place, weight in enumerate((ended[0].weights or []) if ended else []):
            if weight["constraint"] is None:
                continue
            reports = [run.weights[place] for run in ended if run.weights]
            norms = [each["norm"] for each in reports if None not in each["norm"].values()]
            least, most = [each["min"] for each in norms], [each["max"] for each in norms]
            span = f"{figure(min(least), 4)} to {figure(max(most), 4)}" if norms else "–"
            held = held_in(reports)
            words = held if isinstance(held, str) else "diverged" if held is None else "held" if held else "not held"
            name = escape(f"{weight['layer']} {weight['weight']}")
            rows.append([_named(data, index), name, escape(weight["constraint"]), span, words])
    return table_html(["Arm", "Weight", "Constraint", "Norms at the end", "Held"], rows) if rows else ""


def _setting(data: ReportData) -> str:
    """The data set, the network and the arms, in words and a table."""
    base = data.arms[0]
    counts = base.split.part_sizes(base.dataset)
    rows = ", ".join(f"{count:,} {name if name != 'holdout' else 'sealed'}" for name, count in counts.items() if count)
    shapes = [*base.shapes(), ()]
    layers = [
        [escape(str(layer.name)), escape(layer.kind), escape("×".join(map(str, shape))), str(layer.parameters(shape))]
        for layer, shape in zip(base.network.layers, shapes, strict=False)
    ]
    title = escape(type(base.dataset).title)
    words = f"<p>{title}: {_count(base.dataset.rows, 'row')} ({rows}), {_task(base.dataset)}. "
    words += f"{base.training.epochs} epochs, batches of {base.training.batch_size}, "
    words += f"{escape(type(base.training.optimizer).title)}.</p>"
    arms = [
        [_named(data, i), escape("; ".join(arm.describe()) or "no constraint"), str(arm.parameters())]
        for i, arm in enumerate(data.arms)
    ]
    network = table_html(["Layer", "Kind", "Input", "Parameters"], layers) if layers else ""
    return words + network + "<p></p>" + table_html(["Arm", "Constrained", "Parameters"], arms)


def _task(dataset: Dataset) -> str:
    """The task in words; of several labels or targets with their names."""
    names = ", ".join(escape(name) for name in dataset.target_names)
    if not names:
        return dataset.task
    if dataset.label_names:
        return f"{len(dataset.target_names)} labels at once ({names}), accuracy is the mean over them"
    return f"{len(dataset.target_names)} targets at once ({names}), r² is the mean over them"


def _replicates(experiment: Experiment) -> str:
    """Runs of an arm in words: "20 draws × 2 seeds"."""
    draws, seeds = experiment.split.draw_numbers, len(experiment.seeds)
    words = f"{seeds} seed" if seeds == 1 else f"{seeds} seeds"
    if draws is None:
        return f"{words}, each with its own rows" if experiment.split.resample else words
    return f"{len(draws)} {'draws' if experiment.split.folds is None else 'folds'} × {words}"


def _every_run(data: ReportData) -> str:
    experiment = data.stored.experiment
    score = data.score
    replicates = experiment.replicates()
    varies = replicates[0].draw is not None

    def drawn(replicate: Replicate) -> list[str]:
        return [str(replicate.draw)] if varies else []

    head = ["Arm", *(["Draw"] if varies else []), "Seed", "State", "Epochs"]
    scaled = " (scaled target)" if data.arms[0].split.scales_target(data.arms[0].dataset) else ""
    head += [f"Train {score}", f"Test {score}", f"Fresh {score}", f"Train loss{scaled}"]
    rows = []
    for index, run in enumerate(data.stored.runs):
        arm = index // len(replicates)
        replicate = replicates[index % len(replicates)]
        fresh = ((run.metrics or {}).get("fresh") or {}).get(data.verdict.score)
        figures = [run.figures.get(name) for name in METRICS]
        state = run.status if run.diverged_at is None else f"{run.status}, diverged at epoch {run.diverged_at}"
        cells = [_named(data, arm), *drawn(replicate), str(replicate.seed), state, str(run.epochs_done)]
        numbers = [figure(figures[0]), figure(figures[1]), figure(fresh, 4), figure(figures[2], 4)]
        rows.append([*cells, *numbers, figure(figures[3])])
    return table_html([*head, f"Test loss{scaled}"], rows)


def _settings(data: ReportData) -> str:
    return json.dumps(data.stored.experiment.model_dump(mode="json"), indent=2, ensure_ascii=False)
