"""Named suites, ready to post. All of their data sets are drawn, or come with scikit-learn: nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from app.presets.base import arm
from core.experiment.suite import Suite


@dataclass(frozen=True)
class SuitePreset:
    """A suite with a title and a summary."""

    name: str
    title: str
    summary: str
    suite: Suite


STANDARDISED: Final = {"shuffle": True, "standardize": True}


def _data(kind: str, train: int, name: str | None = None, split: dict[str, Any] | None = None, **more: Any) -> Any:
    return {"name": name, "dataset": {"kind": kind, **more}, "split": {"train": train, **STANDARDISED, **(split or {})}}


def _hidden(name: str, constraint: dict[str, Any]) -> dict[str, Any]:
    return arm(name, {"hidden": {"kernel_constraint": constraint}})


FREE: Final = {"name": "no constraint"}


def _max_norm(limit: float) -> Any:
    return _hidden(f"max norm {limit:g}", {"kind": "max_norm", "max_value": limit})


def _suite(name: str, title: str, summary: str, body: dict[str, Any]) -> SuitePreset:
    return SuitePreset(name, title, summary, Suite.model_validate({"name": title, **body}))


_ALL: Final = [
    _suite(
        "max-norm-in-general",
        "Does max norm help in general?",
        "No constraint, and max norm 0.5, 1 and 2, on eight data sets of few training rows, ten seeds each.",
        {
            # Without a constraint the greatest norms are 1.2 to 2.4, the means 0.7 to 1.2.
            "arms": [FREE, _max_norm(0.5), _max_norm(1), _max_norm(2)],
            "datasets": [
                _data("moons", 30, noise=0.3, n_samples=200),
                _data("circles", 40, noise=0.2, n_samples=200),
                _data("spirals", 100, n_samples=300),
                _data("gaussian_quantiles", 60, n_samples=300),
                _data("classification", 60, n_samples=300),
                _data("iris", 30),
                _data("wine", 18),
                _data("breast_cancer", 60),
            ],
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 64}]},
            "training": {"epochs": 300, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
            "repeats": 10,
            "claims": {"looks": 1},
        },
    ),
    _suite(
        "max-norm-in-regression",
        "Does max norm help in regression?",
        "No constraint and max norm 1 on six data sets whose target is a number, ten seeds each.",
        {
            "arms": [FREE, _max_norm(1)],
            "datasets": [
                _data("sine", 30, n_samples=200, split={"target_scale": "standard"}),
                _data("friedman1", 80, n_samples=400, split={"target_scale": "standard"}),
                _data("friedman2", 80, n_samples=400, split={"target_scale": "standard"}),
                _data("friedman3", 80, n_samples=400, split={"target_scale": "standard"}),
                _data("regression", 60, n_samples=300, split={"target_scale": "standard"}),
                _data("diabetes", 120, split={"target_scale": "standard"}),
            ],
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 64}]},
            "training": {"epochs": 300, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
            "repeats": 10,
            "claims": {"looks": 1},
        },
    ),
]

SUITE_PRESETS: Final[dict[str, SuitePreset]] = {each.name: each for each in _ALL}
"""Every named suite by its name."""
