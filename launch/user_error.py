"""What went wrong, for the person at the terminal."""

from __future__ import annotations


class UserError(Exception):
    """Something that the person at the terminal can act on: printed as it stands, without a traceback."""
