"""The exports: an experiment as a file to take away. One class is one format, found in this folder's modules."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from app.exports.base import Export, Source

__all__ = ["EXPORTS", "Export", "Source"]

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)  # noqa: TID251 - modules of this package

_FOUND: Final = sorted(Export.__subclasses__(), key=lambda kind: kind.name)
EXPORTS: Final[dict[str, Export]] = {kind.name: kind() for kind in _FOUND}
"""Every format by its name, in alphabetical order."""
