"""The critical-difference diagram (Demšar 2006, figure 1) as SVG: mean ranks on an axis, arms not told apart joined."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from app.analysis.figures import figure

WIDTH: Final = 760
SIDE: Final = 200
"""Pixels for names at either side of the axis."""
LINE: Final = 22
"""Pixels between two names."""
AXIS: Final = 48
"""Pixels above the axis, where the critical difference is drawn."""
BAR: Final = 9
"""Pixels between two bars of arms that are not told apart."""


def rank_diagram(
    names: Sequence[str],
    ranks: Sequence[float],
    groups: Sequence[Sequence[int]],
    critical: float,
    colours: Sequence[str],
) -> str:
    """The diagram as SVG, the best arm at the left.

    Args:
        names: of the arms.
        ranks: their mean ranks.
        groups: arms that are not told apart.
        critical: the critical difference.
        colours: of the arms.
    """
    last = max(2, len(names))

    def place(rank: float) -> float:
        return SIDE + (rank - 1) / (last - 1) * (WIDTH - 2 * SIDE)

    order = sorted(range(len(names)), key=lambda arm: ranks[arm])
    left = order[: -(-len(order) // 2)]
    below = AXIS + 12 + BAR * len(groups)
    parts = [_path(f"M{SIDE} {AXIS}H{WIDTH - SIDE}", "#212529", 1)]
    for tick in range(1, last + 1):
        parts.append(_path(f"M{place(tick):.1f} {AXIS}v-5", "#212529", 1))
        parts.append(_text(place(tick), AXIS - 9, "middle", str(tick)))
    end = min(place(1 + critical), WIDTH - 4)
    parts.append(_path(f"M{SIDE} 17v-6M{SIDE} 14H{end:.1f}M{end:.1f} 17v-6", "#212529", 1.5))
    parts.append(_text(SIDE - 8, 18, "end", f"critical difference {critical:.2f}"))
    for number, group in enumerate(groups):
        start, stop = (place(edge(ranks[arm] for arm in group)) for edge in (min, max))
        y = AXIS + 8 + BAR * number
        parts.append(_path(f"M{start - 3:.1f} {y}H{stop + 3:.1f}", "#212529", 4))
    for side, arms in (("end", left), ("start", order[len(left) :][::-1])):
        for row, arm in enumerate(arms):
            y, x = below + LINE * row + 8, SIDE - 8 if side == "end" else WIDTH - SIDE + 8
            parts.append(_path(f"M{place(ranks[arm]):.1f} {AXIS}V{y}H{x}", colours[arm], 1.5))
            text = f"{names[arm][:24]} {figure(ranks[arm], 2)}"
            parts.append(_text(x - 5 if side == "end" else x + 5, y + 4, side, text))
    height = below + LINE * len(left) + 8
    label = "; ".join(f"{names[arm]} {figure(ranks[arm], 2)}" for arm in order)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" style="max-width:100%;height:auto" '
        f'role="img" aria-label="{escape(f"Mean ranks: {label}")}" font-size="13">{"".join(parts)}</svg>'
    )


def _path(d: str, colour: str, width: float) -> str:
    return f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
