"""The class of presets, and shared parts of their bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from core.experiment.experiment import Experiment


@dataclass(frozen=True)
class Preset:
    """An experiment with a title and a summary."""

    name: str
    group: str
    """Heading in the list of presets."""
    title: str
    summary: str
    experiment: Experiment


MAX_NORM_3: Final = {"kind": "max_norm", "max_value": 3.0}
MOONS: Final = {"dataset": {"kind": "moons"}, "split": {"train": 30}}
HIDDEN: Final = {"kind": "dense", "name": "hidden", "units": 500, "activation": "relu"}
DIGITS_SPLIT: Final = {"train": 1000, "shuffle": True}


def arm(name: str, layers: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """An arm that changes layers by their names, and `output` or `training`."""
    return {"name": name, "changes": {**({"layers": layers} if layers else {}), **changes}}


def kernel(name: str, layer: str, constraint: dict[str, Any]) -> dict[str, Any]:
    return arm(name, {layer: {"kernel_constraint": constraint}})


def preset(name: str, group: str, title: str, summary: str, body: dict[str, Any], *, baseline: bool = True) -> Preset:
    """A preset; with `baseline`, the base itself is the first arm, before those of `body`."""
    arms = [*([{"name": "baseline"}] if baseline else []), *body.pop("arms")]
    return Preset(name, group, title, summary, Experiment.model_validate({"name": title, **body, "arms": arms}))
