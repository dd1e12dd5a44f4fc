"""The tutorial, its snippets and its extensions."""

from __future__ import annotations

from typing import Final

from app.presets.base import DIGITS_SPLIT, HIDDEN, MAX_NORM_3, MOONS, arm, kernel, preset

GROUP: Final = "From the tutorial"

TUTORIAL = preset(
    "tutorial",
    GROUP,
    "Weight constraints on two moons",
    "“How to use weight constraints”, the tutorial: 30 noisy points, learnt by heart. Do unit norm, min-max norm and "
    "max norm reduce overfitting?",
    {
        "name": "Two moons",
        **MOONS,
        "network": {"layers": [HIDDEN]},
        "arms": [
            kernel("unit norm", "hidden", {"kind": "unit_norm"}),
            kernel("min-max norm 1 to 1", "hidden", {"kind": "min_max_norm", "min_value": 1.0, "max_value": 1.0}),
            kernel("max norm 1", "hidden", {"kind": "max_norm", "max_value": 1.0}),
        ],
    },
)

UNIT_NORM = kernel("unit norm", "hidden", {"kind": "unit_norm"})
MAX_NORM_1 = kernel("max norm 1", "hidden", {"kind": "max_norm", "max_value": 1.0})
NON_NEGATIVE = kernel("non-negative", "hidden", {"kind": "non_neg"})

FROM_THE_TUTORIAL = [
    TUTORIAL,
    preset(
        "dense",
        GROUP,
        "Dense with max norm 3",
        "Max norm 3 on the kernel and the bias of a Dense layer, against the same layer left free.",
        {
            **MOONS,
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 32}]},
            "arms": [
                arm("max norm 3", {"hidden": {"kernel_constraint": MAX_NORM_3, "bias_constraint": MAX_NORM_3}}),
                arm("max norm 1", {"hidden": {"kernel_constraint": {"kind": "max_norm", "max_value": 1.0}}}),
            ],
        },
    ),
    preset(
        "conv2d",
        GROUP,
        "Conv2D with max norm 3",
        "Max norm 3 on every filter of a small convolutional network that reads digits; and where it binds.",
        {
            "dataset": {"kind": "digits", "layout": "image"},
            "split": DIGITS_SPLIT,
            "network": {
                "layers": [
                    {"kind": "conv2d", "name": "conv", "filters": 32, "kernel_size": [3, 3], "activation": "relu"},
                    {"kind": "max_pooling2d", "name": "pool"},
                    {"kind": "flatten", "name": "flat"},
                ]
            },
            "training": {"epochs": 30},
            "arms": [
                arm("max norm 3", {"conv": {"kernel_constraint": MAX_NORM_3, "bias_constraint": MAX_NORM_3}}),
                kernel("max norm 1", "conv", {"kind": "max_norm", "max_value": 1.0}),
                kernel("unit norm", "conv", {"kind": "unit_norm"}),
            ],
        },
    ),
    preset(
        "lstm",
        GROUP,
        "LSTM with max norm 3",
        "Max norm 3 on all weights of an LSTM that reads digits row by row; and 1, which binds.",
        {
            "dataset": {"kind": "digits", "layout": "sequence"},
            "split": DIGITS_SPLIT,
            "network": {"layers": [{"kind": "lstm", "name": "lstm", "units": 32}]},
            "training": {"epochs": 60},
            "arms": [
                arm(
                    f"max norm {limit:g}",
                    {
                        "lstm": {
                            f"{weight}_constraint": {"kind": "max_norm", "max_value": limit}
                            for weight in ("kernel", "recurrent", "bias")
                        }
                    },
                )
                for limit in (3.0, 1.0)
            ],
        },
    ),
    preset(
        "output-layer",
        GROUP,
        "Constrain the output layer",
        "The tutorial's extension: the same constraints on the output layer's weights, alone and with the hidden ones.",
        {
            **MOONS,
            "network": {"layers": [HIDDEN]},
            "arms": [
                arm("output unit norm", output={"kernel_constraint": {"kind": "unit_norm"}}),
                arm("output max norm 3", output={"kernel_constraint": MAX_NORM_3}),
                arm(
                    "both unit norm",
                    {"hidden": {"kernel_constraint": {"kind": "unit_norm"}}},
                    output={"kernel_constraint": {"kind": "unit_norm"}},
                ),
            ],
        },
    ),
    preset(
        "bias",
        GROUP,
        "Constrain the bias",
        "The tutorial's extension: limits on each unit's bias, on the whole bias vector, and on bias and kernel.",
        {
            **MOONS,
            "network": {"layers": [HIDDEN]},
            "arms": [
                arm("each bias at most 0.1", {"hidden": {"bias_constraint": {"kind": "max_norm", "max_value": 0.1}}}),
                arm(
                    "bias vector at most 1",
                    {"hidden": {"bias_constraint": {"kind": "max_norm", "max_value": 1.0, "axis": 0}}},
                ),
                arm(
                    "unit norm, bias at most 0.1",
                    {
                        "hidden": {
                            "kernel_constraint": {"kind": "unit_norm"},
                            "bias_constraint": {"kind": "max_norm", "max_value": 0.1},
                        }
                    },
                ),
            ],
        },
    ),
    preset(
        "repeats",
        GROUP,
        "Repeat the evaluation",
        "The tutorial's extension: 30 seeds of each arm, with mean and standard deviation.",
        {
            **MOONS,
            "network": {"layers": [HIDDEN]},
            "seeds": list(range(1, 31)),
            "arms": [kernel("unit norm", "hidden", {"kind": "unit_norm"})],
        },
    ),
    preset(
        "study",
        GROUP,
        "The tutorial as a study",
        "Five arms, 20 seeds: what the tutorial's one run can't say, with statistics and on fresh rows.",
        {
            **MOONS,
            "network": {"layers": [HIDDEN]},
            "seeds": list(range(1, 21)),
            "arms": [
                UNIT_NORM,
                kernel("min-max norm 1 to 1", "hidden", {"kind": "min_max_norm", "min_value": 1.0, "max_value": 1.0}),
                MAX_NORM_1,
                NON_NEGATIVE,
            ],
        },
    ),
    preset(
        "draws",
        GROUP,
        "The tutorial on 20 draws of its rows",
        "The same arms on 20 data sets of 100 rows, drawn anew, two seeds each: what holds for two moons in general.",
        {
            **MOONS,
            "split": {"train": 30, "draws": 20},
            "network": {"layers": [HIDDEN]},
            "seeds": [1, 2],
            "arms": [UNIT_NORM, MAX_NORM_1, NON_NEGATIVE],
        },
    ),
    preset(
        "regression",
        GROUP,
        "A regression problem",
        "A template for regression: a wide network on 40 points of a noisy sine, with and without constraints.",
        {
            "dataset": {"kind": "sine", "n_samples": 200, "noise": 0.2},
            "split": {"train": 40},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 300, "activation": "relu"}]},
            "training": {"epochs": 3000, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
            "arms": [
                kernel("max norm 2", "hidden", {"kind": "max_norm", "max_value": 2.0}),
                arm("output max norm 1", output={"kernel_constraint": {"kind": "max_norm", "max_value": 1.0}}),
            ],
        },
    ),
]
