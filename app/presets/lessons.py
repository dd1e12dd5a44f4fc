"""Experiments of the page's lessons: one idea each, and small, since a reader waits for them."""

from __future__ import annotations

from typing import Final

from app.presets.base import MOONS, Preset, arm, kernel, preset

GROUP: Final = "Lessons"

_UNIT_NORM: Final = {"kind": "unit_norm"}


def _hidden(units: int) -> dict[str, object]:
    return {"layers": [{"kind": "dense", "name": "hidden", "units": units, "activation": "relu"}]}


LESSONS: list[Preset] = [
    preset(
        "lesson-overfitting",
        GROUP,
        "Why networks overfit",
        "A wide network on 30 noisy points: what its loss does on points that it has not seen.",
        {**MOONS, "network": _hidden(500), "training": {"epochs": 1500}, "arms": []},
    ),
    preset(
        "lesson-norms",
        GROUP,
        "Max norm against unit norm",
        "The lengths of the units' weights when they are free, at most 1, and exactly 1.",
        {
            **MOONS,
            "network": _hidden(64),
            "training": {"epochs": 600, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
            "arms": [
                kernel("max norm", "hidden", {"kind": "max_norm", "max_value": 1.0}),
                kernel("unit norm", "hidden", _UNIT_NORM),
            ],
        },
    ),
    preset(
        "lesson-axis",
        GROUP,
        "Which axis",
        "Unit norm over one axis of a kernel and over the other: each unit's weights, or each input's.",
        {
            **MOONS,
            "network": _hidden(32),
            "training": {"epochs": 600},
            "arms": [
                kernel("axis 0", "hidden", {**_UNIT_NORM, "axis": 0}),
                kernel("axis 1", "hidden", {**_UNIT_NORM, "axis": 1}),
            ],
        },
    ),
    preset(
        "lesson-bias",
        GROUP,
        "Constraining the bias",
        "Each hidden bias held close to 0, on a curve that bends in several places.",
        {
            "dataset": {"kind": "sine", "n_samples": 200, "noise": 0.2},
            "split": {"train": 100},
            "network": _hidden(100),
            "training": {"epochs": 1000, "optimizer": {"kind": "adam", "learning_rate": 0.02}},
            "arms": [arm("small bias", {"hidden": {"bias_constraint": {"kind": "max_norm", "max_value": 0.1}}})],
        },
    ),
    preset(
        "lesson-recurrent",
        GROUP,
        "Constraining recurrent weights",
        "A recurrent network that must remember its first step, with its recurrent weights free and held short.",
        {
            "dataset": {"kind": "delayed_recall", "n_samples": 200, "steps": 12},
            "split": {"train": 100},
            "network": {"layers": [{"kind": "simple_rnn", "name": "memory", "units": 16}]},
            "training": {"epochs": 40, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
            "arms": [
                arm("short recurrent", {"memory": {"recurrent_constraint": {"kind": "max_norm", "max_value": 0.3}}})
            ],
        },
    ),
    preset(
        "lesson-repeats",
        GROUP,
        "One run proves nothing",
        "One comparison on 16 draws of the rows, a run each: how often each arm looks better.",
        {
            **MOONS,
            "split": {"train": 30, "draws": 16},
            "network": _hidden(100),
            "training": {"epochs": 300, "optimizer": {"kind": "adam", "learning_rate": 0.003}},
            "arms": [kernel("unit norm", "hidden", _UNIT_NORM)],
        },
    ),
]
