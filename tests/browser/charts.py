"""Actions of tests on charts."""

from __future__ import annotations

from playwright.sync_api import Page


def touch(page: Page) -> None:
    """A sign of a person, on which Plotly takes the place of the charts' sketches."""
    page.keyboard.press("Shift")
