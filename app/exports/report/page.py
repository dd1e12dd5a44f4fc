"""The page of a report: its style, its sections, and parts that reports share. It needs no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

from app.analysis.figures import MISSING, figure, signed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

NO_WIDTH: Final = 1e-9
"""Intervals no wider than this come of results that were all alike."""
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def page_of(name: str, about: str, sections: Iterable[tuple[str, str]]) -> str:
    """A report as HTML.

    Args:
        name: its title, which is escaped.
        about: what it is of, in HTML.
        sections: title and HTML of each; one without HTML is left out.
    """
    from plotly.offline import get_plotlyjs

    name = escape(name)
    body = "\n".join(f"<section><h2>{title}</h2>\n{text}</section>" for title, text in sections if text)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style><script>{get_plotlyjs()}</script></head>\n"
        f'<body><header><h1>{name}</h1><p class="hint">{about}. Exported from Constraint Lab.</p></header>\n'
        f"{body}\n</body></html>\n"
    )


_STYLE: Final = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif; color: #212529;
  max-width: 1080px; margin: 0 auto; padding: 24px 20px 60px; font-variant-numeric: tabular-nums; }
h1 { font-size: 26px; margin: 0; } h2 { font-size: 18px; margin: 40px 0 8px; border-bottom: 1px solid #dee2e6; }
.hint { color: #5c636b; margin: 4px 0; } .swatch { display: inline-block; width: 10px; height: 10px;
  border-radius: 2px; margin-right: 6px; } ul.verdict { list-style: none; padding: 0; } ul.verdict li { margin: 6px 0; }
.scrolls { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; } th, td { text-align: right;
  padding: 3px 10px; border-bottom: 1px solid #e9ecef; white-space: nowrap; } th:first-child, td:first-child {
  text-align: left; } pre { background: #f8f9fa; padding: 12px; overflow-x: auto; font-size: 12px; }
@media print { section { break-inside: avoid-page; } pre { white-space: pre-wrap; } }
"""


def charts_html(figures: Iterable[Figure]) -> str:
    """Figures as HTML; nothing where there is none."""
    config = {"displaylogo": False, "responsive": True}
    return "\n".join(each.to_html(full_html=False, include_plotlyjs=False, config=config) for each in figures)


def moment(milliseconds: int) -> str:
    """ "26 November 2026, 18:05 UTC"."""
    when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{when.day} {_MONTHS[when.month - 1]} {when:%Y, %H:%M} UTC"


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    titles = "".join(f'<th scope="col">{title}</th>' for title in head)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scrolls"><table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>'


def difference_cells(mean: float, low: float | None, high: float | None, score: str) -> list[str]:
    """A difference and its 95 % interval, in points or in r²; "–" for an interval without width."""
    factor, digits = (100, 2) if score == "accuracy" else (1, 3)
    shown = [None if each is None else signed(factor * each, digits) for each in (mean, low, high)]
    is_known = low is not None and high is not None and high - low > NO_WIDTH
    return [shown[0] or MISSING, f"{shown[1]} to {shown[2]}" if is_known else MISSING]


def difference_head(score: str) -> list[str]:
    """Titles of the columns of `difference_cells`."""
    return [f"Difference in {'points' if score == 'accuracy' else 'r²'}", "95 % interval"]


def p_html(value: float | None) -> str:
    """A p in HTML: "< 0.001", "0.031"."""
    return "&lt; 0.001" if value is not None and value < 0.001 else figure(value)
