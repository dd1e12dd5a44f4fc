"""The catalog: every entry of every family, with its schema, words and defaults, for forms and clients."""

from __future__ import annotations

from typing import Any

from core.catalog.constraints import Constraint
from core.catalog.datasets import Dataset, Split
from core.catalog.entry import CatalogEntry, subclasses_of
from core.catalog.layers import Constrained, Layer, Output
from core.catalog.regularizers import Regularizer
from core.catalog.training import Optimizer, Schedule, Training

FAMILIES: dict[str, type[CatalogEntry]] = {
    "datasets": Dataset,
    "layers": Layer,
    "constraints": Constraint,
    "regularizers": Regularizer,
    "optimizers": Optimizer,
    "schedules": Schedule,
}


def _weights(part: type[Constrained]) -> list[dict[str, Any]]:
    return [
        {
            "name": w.name,
            "field": w.field,
            "regularizer_field": w.regularizer_field,
            "rank": w.rank,
            "unit_axis": list(w.unit_axis),
            "unit_words": w.unit_words(),
        }
        for w in part.weights
    ]


def _described(entry: type[CatalogEntry]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "kind": entry.kind_name(),
        "title": entry.title,
        "summary": entry.summary,
        "description": entry.__doc__,
        "schema": entry.model_json_schema(),
    }
    if issubclass(entry, Dataset):
        described["group"] = entry.group
        described["split"] = entry.proposed_split
    if issubclass(entry, Constraint):
        described["feasible"] = entry.feasible
    if issubclass(entry, Constraint | Regularizer):
        described["ranks"] = entry.ranks
    if issubclass(entry, Layer):
        described["group"] = entry.group
    if issubclass(entry, Constrained):
        described["weights"] = _weights(entry)
    return described


def catalog() -> dict[str, Any]:
    """Everything that an experiment can be made of."""
    return {
        **{family: [_described(entry) for entry in subclasses_of(base)] for family, base in FAMILIES.items()},
        "split": {"schema": Split.model_json_schema()},
        "output": {"schema": Output.model_json_schema(), "weights": _weights(Output)},
        "training": {"schema": Training.model_json_schema()},
    }
