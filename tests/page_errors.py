"""What a browser complains of while a test uses the page."""

from __future__ import annotations

from playwright.sync_api import Page


class PageErrors:
    """Errors in the console and scripts of pages; none is expected but those that a test allows."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._allowed: list[str] = []

    def listen(self, page: Page) -> None:
        """Note what `page` complains of from now on."""
        page.on("console", lambda said: self._told.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self._told.append(str(error)))

    def allow(self, *parts: str) -> None:
        """Expect errors with one of `parts` in their text, before now and until the end of the test."""
        self._allowed.extend(parts)

    def unexpected(self) -> list[str]:
        """The errors that were not allowed."""
        return [told for told in self._told if not any(part in told for part in self._allowed)]
