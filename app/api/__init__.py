"""The REST calls, one module with a `router` for each resource."""

from __future__ import annotations

import importlib
import pkgutil

from fastapi import APIRouter


def routers() -> dict[str, APIRouter]:
    """The router of every module here that has one, by the module's name, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}  # noqa: TID251 - modules of this package
    return {name: module.router for name, module in modules.items() if hasattr(module, "router")}
