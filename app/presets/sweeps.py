"""Sweeps over a range, and comparisons of tuned methods."""

from __future__ import annotations

from typing import Any, Final

from app.presets.base import HIDDEN, MOONS, arm, kernel, preset

GROUP: Final = "Sweeps and contests"


def _trials(family: str, arms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**arm, "family": family} for arm in arms]


_HIDDEN_LIMIT: Final = ["layers", "hidden", "kernel_constraint", "max_value"]
_ANY_MAX_NORM: Final = {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm"}}}}

SWEEPS = [
    preset(
        "sweep",
        GROUP,
        "Which max norm?",
        "The tutorial with 25 limits from 0.25 to 8: accuracy, gap and norms at each, and which limit to choose.",
        {
            **MOONS,
            "network": {"layers": [HIDDEN]},
            "seeds": [1, 2, 3, 4, 5],
            "sweep": {
                "axes": [{"path": _HIDDEN_LIMIT, "start": 0.25, "stop": 8.0, "steps": 25, "scale": "log"}],
                "changes": _ANY_MAX_NORM,
            },
            "arms": [],
        },
    ),
    preset(
        "sweep-two",
        GROUP,
        "Which max norm, at which learning rate?",
        "Seven limits at five learning rates, as a heat map: does the best limit depend on the rate?",
        {
            "dataset": {"kind": "moons", "n_samples": 300},
            "split": {"train": 30, "validation": 100},
            "network": {"layers": [{**HIDDEN, "units": 200}]},
            "training": {"epochs": 1000},
            "seeds": [1, 2, 3],
            "sweep": {
                "axes": [
                    {"path": _HIDDEN_LIMIT, "values": [0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0], "scale": "log"},
                    {
                        "path": ["training", "optimizer", "learning_rate"],
                        "values": [0.0003, 0.001, 0.003, 0.01, 0.03],
                        "scale": "log",
                    },
                ],
                "changes": _ANY_MAX_NORM,
            },
            "arms": [],
        },
    ),
    preset(
        "contest",
        GROUP,
        "Four methods, six trials each",
        "Max norm, L2, dropout and early stopping, each tuned over six values by the validation set and judged once on "
        "the sealed set: 60 rows of breast cancer data, a fifth of them labelled wrongly.",
        {
            "dataset": {"kind": "breast_cancer"},
            "split": {
                "train": 60,
                "validation": 100,
                "holdout": 250,
                "shuffle": True,
                "standardize": True,
                "label_noise": 0.2,
            },
            "network": {
                "layers": [
                    {"kind": "dense", "name": "hidden", "units": 100},
                    {"kind": "dropout", "name": "drop", "rate": 0.0},
                ]
            },
            "training": {"epochs": 400},
            # With fewer than 9 no exact test can tell four methods from the baseline.
            "seeds": list(range(1, 11)),
            "arms": [
                *_trials(
                    "max norm",
                    [
                        kernel(f"max norm {limit:g}", "hidden", {"kind": "max_norm", "max_value": limit})
                        for limit in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
                    ],
                ),
                *_trials(
                    "L2",
                    [
                        arm(f"L2 {factor:g}", {"hidden": {"kernel_regularizer": {"kind": "l2", "l2": factor}}})
                        for factor in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
                    ],
                ),
                *_trials(
                    "dropout",
                    [arm(f"dropout {rate:g}", {"drop": {"rate": rate}}) for rate in (0.2, 0.4, 0.5, 0.6, 0.7, 0.8)],
                ),
                *_trials(
                    "early stopping",
                    [
                        arm(
                            f"patience {patience}",
                            # With the best weights restored, every patience would end at the same epoch.
                            training={"early_stopping": {"patience": patience, "restore_best_weights": False}},
                        )
                        for patience in (0, 5, 10, 20, 40, 80)
                    ],
                ),
            ],
        },
    ),
]
