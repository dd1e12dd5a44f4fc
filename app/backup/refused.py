"""Why a back-up can't be made, restored or trusted, in a sentence that says what to do."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import SQLAlchemyError


class Refused(Exception):
    """A back-up was not made, or not restored. Its text is the sentence for the user."""


def sentence(error: OSError | sqlite3.Error | SQLAlchemyError, place: str) -> str:
    """A sentence on an error that came while something was written at `place`, which the user named."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _no_room(place)
        if isinstance(error, BrokenPipeError):
            return "The program that reads the back-up has ended before it was complete."
        return f"{error.filename or place}: {error.strerror or error}."
    said = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
    if is_full(error):
        return _no_room(place)
    return f"{place}: {said}."


def is_full(error: Exception) -> bool:
    """Whether SQLite had no room on its disk."""
    return "database or disk is full" in str(error)


def _no_room(place: str) -> str:
    return f"There is no room on the disk of {place}: make room, or name another place. Nothing was left there."
