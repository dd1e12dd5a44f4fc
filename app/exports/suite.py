"""Exports of a suite: its report, and its table of data sets and arms."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar, Final

from app.analysis.figures import MISSING, figure
from app.exports.base import Cell, csv_table
from app.exports.report.data import BASELINE, COLOURS
from app.exports.report.page import (
    charts_html,
    difference_cells,
    difference_head,
    moment,
    p_html,
    page_of,
    table_html,
)
from app.exports.report.ranks import rank_diagram
from app.suite_store import StoredSuite
from app.suite_verdict import EstimateView, SuiteArmView, SuiteScoreView, SuiteVerdictView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@dataclass(frozen=True)
class SuiteSource:
    """The suite to export, with its verdict."""

    stored: StoredSuite
    verdict: SuiteVerdictView


class SuiteExport(ABC):
    """A format in which a suite is exported."""

    name: ClassVar[str]
    """Last part of its address, as in `table.csv`."""
    ending: ClassVar[str]
    """End of the file's name, after the suite's."""
    media_type: ClassVar[str]
    summary: ClassVar[str]
    """Contents in a phrase."""

    @abstractmethod
    def write(self, source: SuiteSource) -> str:
        """The file's text."""

    def file_name(self, suite: str) -> str:
        """Name of the file for the suite of this name: letters, digits and underscores, and `ending`."""
        return (re.sub(r"[^a-z0-9]+", "_", suite.lower()).strip("_") or "suite") + self.ending


class SuiteTable(SuiteExport):
    """A row for each data set and arm. Numbers keep all their digits."""

    name = "table.csv"
    ending = "_suite.csv"
    media_type = "text/csv"
    summary = "A row for each data set and arm: mean score, rank, difference with interval and p, and claim"

    def write(self, source: SuiteSource) -> str:
        """The table as CSV."""
        verdict = source.verdict
        names = [arm.name for arm in verdict.arms]
        rows: list[dict[str, Cell]] = []
        for dataset in verdict.datasets:
            for name, score in zip_longest(names, dataset.scores):  # a data set that was removed has no scores
                rows.append(
                    {
                        "data_set": dataset.name,
                        "experiment": dataset.experiment,
                        "status": dataset.status,
                        "arm": name,
                        "seeds": dataset.seeds,
                        "rows": dataset.scored_on,
                        f"mean_{verdict.score}": None if score is None else score.mean,
                        "rank": None if score is None else score.rank,
                        "diverged": None if score is None else score.diverged,
                        **{f"difference_{part}": value for part, value in _parts(score).items()},
                        "claim": None if score is None else score.claim,
                        "chip": None if score is None else score.chip,
                    }
                )
        return csv_table(rows)


def _parts(score: SuiteScoreView | None) -> dict[str, Cell]:
    """The difference's figures; each null where there is none."""
    difference = None if score is None else score.difference
    return {name: getattr(difference, name, None) for name in ("mean", "low", "high", "p", "p_holm")}


class SuiteJson(SuiteExport):
    """The suite as posted."""

    name = "suite.json"
    ending = "_suite.json"
    media_type = "application/json"
    summary = "The suite as posted, with defaults filled in; it can be posted again"

    def write(self, source: SuiteSource) -> str:
        """The suite as JSON."""
        return json.dumps(source.stored.suite.model_dump(mode="json"), indent=2, ensure_ascii=False)


class SuiteReport(SuiteExport):
    """The suite on one page that needs no network."""

    name = "report.html"
    ending = ".html"
    media_type = "text/html"
    summary = "One file that opens without the service: sentences, ranks, intervals, a table, and the settings"

    def write(self, source: SuiteSource) -> str:
        """The report as HTML."""
        stored, verdict = source.stored, source.verdict
        settings = json.dumps(stored.suite.model_dump(mode="json"), indent=2, ensure_ascii=False)
        sections = [
            ("Verdict", _verdict(verdict)),
            ("Mean ranks", _ranks(verdict)),
            ("Data sets", _datasets(verdict)),
            ("Probability of improvement", charts_html(_improvement(verdict))),
            ("Settings", f"<pre>{escape(settings)}</pre>"),
        ]
        seeds, status = len(stored.suite.seeds), stored.status
        size = f"{len(verdict.datasets)} data sets × {len(verdict.arms)} arms × {seeds} seed{'' if seeds == 1 else 's'}"
        return page_of(stored.suite.name, f"{size}, {status}, made {moment(stored.created_ms)}", sections)


SUITE_EXPORTS: Final[dict[str, SuiteExport]] = {each.name: each for each in (SuiteReport(), SuiteTable(), SuiteJson())}
"""Every format by its name."""


def _colour(arm: int) -> str:
    return BASELINE if arm == 0 else COLOURS[(arm - 1) % len(COLOURS)]


def _named(verdict: SuiteVerdictView, arm: int) -> str:
    return f'<span class="swatch" style="background:{_colour(arm)}"></span>{escape(verdict.arms[arm].name)}'


def _verdict(verdict: SuiteVerdictView) -> str:
    lines = [
        f'<li><span class="swatch" style="background:{_colour(arm)}"></span>{escape(each.sentence)}</li>'
        for arm, each in enumerate(verdict.arms)
    ]
    score = "accuracy" if verdict.score == "accuracy" else "r²"
    middle = "Middle half (interquartile mean)"
    head = ["Arm", "Mean rank", f"Mean {score}", middle, *difference_head(verdict.score), "p", "p (Holm)"]
    rows = [
        [
            _named(verdict, arm),
            figure(each.mean_rank, 2),
            figure(each.mean),
            _estimate(each.iqm),
            *_difference(each, verdict.score),
        ]
        for arm, each in enumerate(verdict.arms)
    ]
    table = table_html(head, rows)
    scope = f'<p class="hint">{escape(verdict.scope)}.</p>' if verdict.scope else ""
    told = f'<ul class="verdict">{"".join(lines)}</ul>'
    return f"<p><strong>{escape(verdict.headline)}</strong></p>{told}{table}{scope}"


def _difference(arm: SuiteArmView, score: str) -> list[str]:
    found = arm.difference
    if found is None:
        return [MISSING] * 4
    return [*difference_cells(found.mean, found.low, found.high, score), p_html(found.p), p_html(found.p_holm)]


def _estimate(found: EstimateView | None) -> str:
    if found is None:
        return "–"
    return figure(found.value) + ("" if found.low is None else f" ({figure(found.low)} to {figure(found.high)})")


def _ranks(verdict: SuiteVerdictView) -> str:
    """The critical-difference diagram, and Friedman's test in words."""
    if verdict.friedman is None or verdict.critical_difference is None:
        return ""
    ranks = [each.mean_rank or 0.0 for each in verdict.arms]
    names = [each.name for each in verdict.arms]
    groups = [[names.index(name) for name in group] for group in verdict.groups]
    colours = [_colour(arm) for arm in range(len(names))]
    drawn = rank_diagram(names, ranks, groups, verdict.critical_difference, colours)
    words = (
        "A mean rank is an arm's place averaged over the data sets, 1 being best; mean ranks further apart than the "
        "critical difference differ. Arms joined by a bar are not told apart by their ranks. Friedman's test: p "
        f"{'= ' if verdict.friedman.p >= 0.001 else ''}{p_html(verdict.friedman.p)}."
    )
    return f'{drawn}<p class="hint">{words}</p>'


def _datasets(verdict: SuiteVerdictView) -> str:
    head = ["Data set", *(escape(arm.name) for arm in verdict.arms), "Sentence"]
    rows = []
    for dataset in verdict.datasets:
        best = min((each.rank for each in dataset.scores if each.rank is not None), default=None)
        cells = ["–"] * len(verdict.arms)
        for arm, score in enumerate(dataset.scores):
            if score.mean is not None:
                text = f"{figure(score.mean)} ({figure(score.rank, 1)})"
                cells[arm] = f"<strong>{text}</strong>" if score.rank == best else text
        rows.append([escape(dataset.name), *cells, escape(dataset.sentence)])
    return table_html(head, rows) + '<p class="hint">Mean score, and rank in brackets; the best is bold.</p>'


def _improvement(verdict: SuiteVerdictView) -> Iterable[Figure]:
    """Probability of improvement of each arm, with its interval."""
    from plotly import graph_objects as go

    shown = [(arm, each.name, each.improvement) for arm, each in enumerate(verdict.arms) if each.improvement]
    if not shown:
        return
    drawn = go.Figure()
    for arm, name, found in shown:
        low, high = (found.value if end is None else end for end in (found.low, found.high))
        error = {"array": [high - found.value], "arrayminus": [found.value - low]}
        marker = {"color": _colour(arm), "size": 9}
        drawn.add_scatter(x=[found.value], y=[escape(name)], error_x=error, marker=marker, mode="markers")
    drawn.add_vline(x=0.5, line={"color": "#868e96", "width": 1, "dash": "dot"})
    title = f"Probability that a run scores higher than one of {verdict.baseline}, with 95 % intervals"
    drawn.update_layout(
        template="plotly_white",
        title={"text": escape(title), "font": {"size": 14}},
        height=90 + 28 * len(shown),
        margin={"l": 60, "r": 20, "t": 64, "b": 30},
        showlegend=False,
    )
    drawn.update_xaxes(range=[0, 1])
    drawn.update_yaxes(autorange="reversed", automargin=True)
    yield drawn
