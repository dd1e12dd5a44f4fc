"""Back-ups of a lab: one file, made while it runs, that an empty lab is restored from, and checks of both."""

from app.backup.refused import Refused
from app.backup.restoring import restore
from app.backup.saving import save
from app.backup.verifying import verify

__all__ = ["Refused", "restore", "save", "verify"]
