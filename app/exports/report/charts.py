"""The report's charts: pure functions from what is known of an experiment to Plotly's figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from app.analysis.frames import summarize_seeds
from app.analysis.thinning import thin
from app.exports.report.data import ReportData
from app.verdict import ArmVerdictView, DifferenceView
from core.catalog.datasets import DataUnavailable, SplitRows
from core.problems import Invalid
from core.runs.events import METRICS
from core.runs.snapshots import SIDE, SUMMARY, Grid, evenly_spaced, grid_of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CURVE_POINTS: Final = 300
"""Epochs of an arm's curves that are drawn."""
POINTS: Final = 600
"""Rows of the data set that are drawn."""
PANEL: Final = 220
"""Pixels that a row of panels is high."""
DRAWN_ARMS: Final = 12
"""Arms whose charts are drawn, at most; the tables have them all."""
CLASSES: Final = ("#1b8a7a", "#8a5cc2", "#b5562b", "#77821a", "#c2478f", "#4f6d8f", "#8c6239", "#7f7f7f")
SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up", "triangle-down", "cross", "x", "star")


def forest(data: ReportData) -> Iterable[Figure]:
    """The differences with their intervals around zero."""
    from plotly import graph_objects as go

    shown: list[tuple[int, ArmVerdictView, DifferenceView]] = []
    for index, arm in enumerate(data.verdict.arms):
        if (found := arm.fresh or arm.test) is not None and found.low is not None and found.high is not None:
            shown.append((index, arm, found))
    if not shown:
        return
    figure = go.Figure()
    scale = 100 if data.verdict.score == "accuracy" else 1
    for index, arm, found in shown:
        ends = {"array": (found.high or 0) - found.mean, "arrayminus": found.mean - (found.low or 0)}
        error = {end: [scale * length] for end, length in ends.items()}
        marker = {"color": data.colour(index), "size": 9}
        figure.add_scatter(
            x=[scale * found.mean], y=[plotly_text(arm.name)], error_x=error, marker=marker, mode="markers"
        )
    rows = "fresh rows" if any(arm.fresh for _, arm, _ in shown) else "test rows"
    unit = ", in points" if scale > 1 else ""
    title = f"{data.score} minus the baseline's on {rows}{unit}, with 95 % intervals"
    figure.add_vline(x=0, line={"color": "#868e96", "width": 1, "dash": "dot"})
    figure.update_layout(**_layout(title, 90 + 28 * len(shown)))
    figure.update_yaxes(autorange="reversed", automargin=True)
    yield figure


def plotly_text(text: str) -> str:
    """A text that Plotly, which reads some tags and entities in names and titles, shows as it stands."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _layout(title: str, height: int) -> dict[str, Any]:
    return {
        "template": "plotly_white",
        "title": {"text": plotly_text(title), "font": {"size": 14}},
        "height": height,
        "margin": {"l": 60, "r": 20, "t": 64, "b": 30},
        "showlegend": False,
    }


def _grid_of_arms(data: ReportData, title: str, arms: Sequence[int]) -> Any:
    """Panels for these arms, side by side on shared axes."""
    from plotly.subplots import make_subplots

    columns = min(3, len(arms))
    rows = -(-len(arms) // columns)
    titles = [plotly_text(data.arms[arm].name) for arm in arms]
    height = 90 + PANEL * rows
    gaps = {"vertical_spacing": 46 / height if rows > 1 else 0.0, "horizontal_spacing": 0.04}
    shared = {"shared_xaxes": "all", "shared_yaxes": "all"}
    figure = make_subplots(rows=rows, cols=columns, subplot_titles=titles, **gaps, **shared)
    figure.update_layout(**_layout(title, height))
    figure.update_annotations(font_size=12)
    return figure


def _place(index: int, arms: Sequence[int]) -> dict[str, int]:
    row, column = divmod(index, min(3, len(arms)))
    return {"row": row + 1, "col": column + 1}


def _translucent(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _over_runs(tables: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
    """Mean and standard deviation over runs, each (epochs, figures), of those that have reached the epoch.

    The runs are taken one by one, by Welford's recurrence (1962).
    """
    mean = squares = count = np.zeros((0, len(METRICS)))
    for table in tables:
        if len(table) > len(mean):
            room = ((0, len(table) - len(mean)), (0, 0))
            mean, squares, count = np.pad(mean, room), np.pad(squares, room), np.pad(count, room)
        part = slice(len(table))
        known = np.isfinite(table)
        count[part] += known
        away = np.where(known, table - mean[part], 0)
        mean[part] += away / np.maximum(count[part], 1)
        squares[part] += away * np.where(known, table - mean[part], 0)
    if not len(mean):
        return None
    deviation = np.sqrt(squares / np.maximum(count - 1, 1))
    return np.where(count > 0, mean, np.nan), np.where(count > 1, deviation, np.nan)


def curves(data: ReportData) -> Iterable[Figure]:
    """Score and loss of every arm, with ± one standard deviation over runs."""
    over = {}
    for arm in range(min(len(data.arms), DRAWN_ARMS)):
        found = _over_runs(data.tables(arm))
        if found is not None:
            over[arm] = found
    if not over:
        return
    arms = list(over)
    for title, pair in ((data.score, (0, 1)), ("loss", (2, 3))):
        words = f"{title} by epoch: train solid, test dashed, mean ± SD over runs"
        figure = _grid_of_arms(data, words, arms)
        for index, arm in enumerate(arms):
            mean, deviation = over[arm]
            kept = thin(mean.astype(np.float32), CURVE_POINTS)
            for column, dash in zip(pair, ("solid", "dash"), strict=True):
                colour, place = data.colour(arm), _place(index, arms)
                _band(figure, kept, mean[kept, column], deviation[kept, column], colour, place)
                line = {"color": colour, "width": 1.6, "dash": dash}
                figure.add_scatter(x=kept + 1, y=mean[kept, column], mode="lines", line=line, **place)
        yield figure


def _band(
    figure: Any, kept: np.ndarray, mean: np.ndarray, deviation: np.ndarray, colour: str, place: dict[str, int]
) -> None:
    known = np.isfinite(deviation)
    if not known.any() or deviation[known].max() == 0:
        return
    x, low, high = kept[known] + 1, (mean - deviation)[known], (mean + deviation)[known]
    x, y = np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]])
    shade = {"fill": "toself", "fillcolor": _translucent(colour, 0.16), "line": {"width": 0}}
    figure.add_scatter(x=x, y=y, mode="lines", hoverinfo="skip", **shade, **place)


def norms(data: ReportData) -> Iterable[Figure]:
    """Norms over epochs of the weight that is constrained first, or else of the first."""
    items = [[(i, item) for i, item in enumerate(arm.weights())] for arm in data.arms]
    constrained = [item.path for each in items for _, item in each if item.constraint is not None]
    path = (constrained or [item.path for _, item in items[0]] or [""])[0]
    shown: list[tuple[int, Any, np.ndarray, np.ndarray]] = []
    for arm in range(min(len(data.arms), DRAWN_ARMS)):
        runs = data.snapshots(arm)
        found = next(((index, item) for index, item in items[arm] if item.path == path), None)
        if runs and found is not None:
            epoch, table = summarize_seeds(runs)
            shown.append((arm, found[1], epoch, table[:, found[0]]))
    if not shown:
        return
    arms = [arm for arm, *_ in shown]
    words = f"{path.replace('.', ' ')}: median and quartiles of the units' norms, least and greatest faint"
    figure = _grid_of_arms(data, words, arms)
    for index, (arm, item, epoch, table) in enumerate(shown):
        colour, place = data.colour(arm), _place(index, arms)
        x = np.maximum(epoch, 0.5)  # the initial weights stand left of the first epoch
        columns = {name: table[:, SUMMARY.index(name)] for name in SUMMARY}
        for name, opacity in (("min", 0.35), ("max", 0.35), ("lower", 0.6), ("upper", 0.6), ("median", 1.0)):
            line = {"color": _translucent(colour, opacity), "width": 2 if name == "median" else 1}
            figure.add_scatter(x=x, y=columns[name], mode="lines", line=line, **place)
        for limit in {end for end in (item.constraint.limits() if item.constraint else ()) if end is not None}:
            figure.add_hline(y=limit, line={"color": "#212529", "width": 1, "dash": "dot"}, **place)
    figure.update_xaxes(type="log")
    yield figure


def boundaries(data: ReportData) -> Iterable[Figure]:
    """Decision boundary of each arm's first seed, over two features."""
    shown: list[tuple[int, np.ndarray, np.ndarray]] = []
    for arm in range(min(len(data.arms), DRAWN_ARMS)):
        taken = next(iter(data.snapshots(arm, first=True)), None)
        if taken is not None and "boundary" in taken.frames and taken.frames["boundary"].dtype == np.uint8:
            shown.append((arm, taken.frames["boundary"][-1].reshape(SIDE, SIDE), taken.frames["scale"][-1]))
    parts, grid = _parts(data)
    if not shown or parts is None or grid is None or grid.y is None:
        return
    arms = [arm for arm, *_ in shown]
    figure = _grid_of_arms(data, "After the last epoch, first seed; train rows filled, test rows hollow", arms)
    task, classes = data.arms[0].dataset.task, data.arms[0].dataset.classes
    x, y = np.linspace(*grid.x, SIDE), np.linspace(*grid.y, SIDE)
    for index, (arm, values, scale) in enumerate(shown):
        place = _place(index, arms)
        low, high = (0, max(1, classes - 1)) if task == "multiclass" else (0, 255)
        colours = [CLASSES[c % len(CLASSES)] for c in range(classes)] if classes else ["#00224e", "#fee838"]
        steps = [[c / max(1, len(colours) - 1), _translucent(each, 0.45)] for c, each in enumerate(colours)]
        words = f"{plotly_text(data.arms[arm].name)}, {scale[0]:g} to {scale[1]:g}"
        shades = {"zmin": low, "zmax": high, "colorscale": steps, "showscale": False, "name": words}
        figure.add_heatmap(x=x, y=y, z=values, hoverinfo="skip", **shades, **place)
        if task == "binary":
            line = {"color": "#212529", "width": 1.4}
            cut = {"start": 127.5, "end": 127.5, "size": 1, "coloring": "none"}
            figure.add_contour(x=x, y=y, z=values, contours=cut, line=line, showscale=False, hoverinfo="skip", **place)
        for trace in _rows(parts, not classes):
            figure.add_scatter(**trace, **place)
    yield figure


def _rows(parts: SplitRows, regression: bool) -> Iterable[dict[str, Any]]:
    """The data set's rows as traces."""
    for rows, filled in ((parts.test, False), (parts.train, True)):
        kept = rows.take(evenly_spaced(len(rows), POINTS))
        labels = np.zeros(len(kept), int) if regression else kept.y
        for label in np.unique(labels):
            own = kept.x[labels == label]
            symbol = SYMBOLS[label % len(SYMBOLS)] + ("" if filled else "-open")
            marker = {"color": CLASSES[label % len(CLASSES)], "symbol": symbol, "size": 6}
            yield {"x": own[:, 0], "y": own[:, 1], "mode": "markers", "marker": marker, "hoverinfo": "skip"}


def _parts(data: ReportData) -> tuple[SplitRows | None, Grid | None]:
    """The data set's rows and the grid over them; none where its file is gone, or where there is nothing to draw."""
    arm = data.arms[0].at(data.stored.experiment.replicates()[0].draw)
    if len(arm.dataset.shape) != 1 or arm.dataset.shape[0] > 2:
        return None, None
    try:
        parts = arm.prepare()
    except (DataUnavailable, Invalid):
        return None, None
    return parts, grid_of(arm, parts)
