"""Errors shown to the user of a command."""

from __future__ import annotations


class UserError(Exception):
    """An error that the user can act on: printed without a traceback."""
