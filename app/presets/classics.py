"""Classic uses of constraints, and alternatives to them."""

from __future__ import annotations

from typing import Final

from app.presets.base import arm, kernel, preset

GROUP: Final = "Classics"

CLASSICS = [
    preset(
        "max-norm-dropout",
        GROUP,
        "Max norm × dropout",
        "Both, either, neither: a 2 × 2 design on 100 digits, as max norm is most often used together with dropout.",
        {
            "dataset": {"kind": "digits"},
            "split": {"train": 100, "shuffle": True, "standardize": True},
            "network": {
                "layers": [
                    {"kind": "dense", "name": "hidden", "units": 256},
                    {"kind": "dropout", "name": "drop", "rate": 0.0},
                ]
            },
            "training": {"epochs": 300},
            "seeds": [1, 2, 3, 4, 5],
            "arms": [
                kernel("max norm 1", "hidden", {"kind": "max_norm", "max_value": 1.0}),
                arm("dropout", {"drop": {"rate": 0.5}}),
                arm(
                    "max norm 1 and dropout",
                    {
                        "hidden": {"kernel_constraint": {"kind": "max_norm", "max_value": 1.0}},
                        "drop": {"rate": 0.5},
                    },
                ),
            ],
        },
    ),
    preset(
        "few-labels",
        GROUP,
        "Unit norm on few labels",
        "Wine, 18 of 178 rows to train on: does it help to fix the length of every unit's weights?",
        {
            "dataset": {"kind": "wine"},
            "split": {"train": 18, "shuffle": True, "standardize": True},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 200}]},
            "training": {"epochs": 1000},
            "seeds": list(range(1, 11)),
            "arms": [
                kernel("unit norm", "hidden", {"kind": "unit_norm"}),
                kernel("max norm 0.5", "hidden", {"kind": "max_norm", "max_value": 0.5}),
            ],
        },
    ),
    preset(
        "weight-clipping",
        GROUP,
        "Weight clipping",
        "Every weight cut to a box, as in Wasserstein GANs' critics: how small can it be before nothing is learnt?",
        {
            "dataset": {"kind": "circles", "n_samples": 300},
            "split": {"train": 100},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 100}]},
            "training": {"epochs": 2000},
            "seeds": [1, 2, 3],
            "arms": [
                arm(
                    f"±{limit:g}",
                    {"hidden": {"kernel_constraint": {"kind": "box", "min_value": -limit, "max_value": limit}}},
                    output={"kernel_constraint": {"kind": "box", "min_value": -limit, "max_value": limit}},
                )
                for limit in (1.0, 0.3, 0.1, 0.01)
            ],
        },
    ),
    preset(
        "rivals",
        GROUP,
        "Max norm, L2, dropout, early stopping",
        "Four ways against overfitting, on 60 rows of breast cancer data of which a fifth are labelled wrongly.",
        {
            "dataset": {"kind": "breast_cancer"},
            "split": {"train": 60, "validation": 60, "shuffle": True, "standardize": True, "label_noise": 0.2},
            "network": {
                "layers": [
                    {"kind": "dense", "name": "hidden", "units": 200},
                    {"kind": "dropout", "name": "drop", "rate": 0.0},
                ]
            },
            "training": {"epochs": 600},
            "seeds": [1, 2, 3, 4, 5],
            "arms": [
                kernel("max norm 0.5", "hidden", {"kind": "max_norm", "max_value": 0.5}),
                arm("L2 0.01", {"hidden": {"kernel_regularizer": {"kind": "l2", "l2": 0.01}}}),
                arm("dropout 0.5", {"drop": {"rate": 0.5}}),
                arm("early stopping", training={"early_stopping": {"watch": "validation", "patience": 30}}),
            ],
        },
    ),
    preset(
        "delayed-recall",
        GROUP,
        "Recurrent constraint on delayed recall",
        "A signal must be kept over many steps: does a limit on the recurrent kernel help or harm an LSTM's memory?",
        {
            "dataset": {"kind": "delayed_recall", "n_samples": 600},
            "split": {"train": 300},
            "network": {"layers": [{"kind": "lstm", "name": "lstm", "units": 24}]},
            "training": {"epochs": 100, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
            "seeds": [1, 2, 3],
            "arms": [
                arm("recurrent unit norm", {"lstm": {"recurrent_constraint": {"kind": "unit_norm"}}}),
                arm(
                    "recurrent max norm 1",
                    {"lstm": {"recurrent_constraint": {"kind": "max_norm", "max_value": 1.0}}},
                ),
                arm(
                    "recurrent spectral norm 1",
                    {"lstm": {"recurrent_constraint": {"kind": "spectral_norm", "max_value": 1.0}}},
                ),
            ],
        },
    ),
]
