"""The error that a call ends with; `app.errors` makes the response from it."""

from __future__ import annotations

from typing import Final

NOT_FOUND: Final = "There is no experiment with this id; it may have been removed"
NO_SUITE: Final = "There is no suite with this id; it may have been removed"


class Failure(Exception):
    """An error response with `status` and the sentence `detail`."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
