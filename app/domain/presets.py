"""Named experiments, ready to post. The tutorial is the first.

They are written as they would be posted, and checked when this module is imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from app.domain.experiment import Experiment


@dataclass(frozen=True)
class Preset:
    """An experiment with what it is for."""

    name: str
    group: str
    """Under which heading it is offered."""
    title: str
    summary: str
    experiment: Experiment


TUTORIAL_GROUP: Final = "From the tutorial"
CLASSICS: Final = "Classics"
SWEEPS: Final = "Sweeps and contests"
PAPERS: Final = "Published results"

_MAX_NORM_3: Final = {"kind": "max_norm", "max_value": 3.0}
_MOONS: Final = {"dataset": {"kind": "moons"}, "split": {"train": 30}}
_HIDDEN: Final = {"kind": "dense", "name": "hidden", "units": 500, "activation": "relu"}
_DIGITS_SPLIT: Final = {"train": 1000, "shuffle": True}


def _arm(name: str, layers: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """An arm that changes layers by their names, and `output` or `training`."""
    return {"name": name, "changes": {**({"layers": layers} if layers else {}), **changes}}


def _kernel(name: str, layer: str, constraint: dict[str, Any]) -> dict[str, Any]:
    return _arm(name, {layer: {"kernel_constraint": constraint}})


def _preset(name: str, group: str, title: str, summary: str, body: dict[str, Any], *, baseline: bool = True) -> Preset:
    """A preset; with `baseline`, the base itself is the first arm, before those of `body`."""
    arms = [*([{"name": "baseline"}] if baseline else []), *body.pop("arms")]
    return Preset(name, group, title, summary, Experiment.model_validate({"name": title, **body, "arms": arms}))


TUTORIAL = _preset(
    "tutorial",
    TUTORIAL_GROUP,
    "Weight constraints on two moons",
    "A wide network learns 30 noisy points by heart. Does a constraint on its weights help on the other 70?",
    {
        "name": "Two moons",
        **_MOONS,
        "network": {"layers": [_HIDDEN]},
        "arms": [
            _kernel("unit norm", "hidden", {"kind": "unit_norm"}),
            _kernel("min-max norm 1 to 1", "hidden", {"kind": "min_max_norm", "min_value": 1.0, "max_value": 1.0}),
            _kernel("max norm 1", "hidden", {"kind": "max_norm", "max_value": 1.0}),
        ],
    },
)

_FROM_THE_TUTORIAL = [
    TUTORIAL,
    _preset(
        "dense",
        TUTORIAL_GROUP,
        "Dense with max norm 3",
        "Max norm 3 on the kernel and the bias of a Dense layer, against the same layer left free.",
        {
            **_MOONS,
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 32}]},
            "arms": [
                _arm("max norm 3", {"hidden": {"kernel_constraint": _MAX_NORM_3, "bias_constraint": _MAX_NORM_3}}),
                _arm("max norm 1", {"hidden": {"kernel_constraint": {"kind": "max_norm", "max_value": 1.0}}}),
            ],
        },
    ),
    _preset(
        "conv2d",
        TUTORIAL_GROUP,
        "Conv2D with max norm 3",
        "Max norm 3 on every filter of a small convolutional network that reads digits; and where it binds.",
        {
            "dataset": {"kind": "digits", "layout": "image"},
            "split": _DIGITS_SPLIT,
            "network": {
                "layers": [
                    {"kind": "conv2d", "name": "conv", "filters": 32, "kernel_size": [3, 3], "activation": "relu"},
                    {"kind": "max_pooling2d", "name": "pool"},
                    {"kind": "flatten", "name": "flat"},
                ]
            },
            "training": {"epochs": 30},
            "arms": [
                _arm("max norm 3", {"conv": {"kernel_constraint": _MAX_NORM_3, "bias_constraint": _MAX_NORM_3}}),
                _kernel("max norm 1", "conv", {"kind": "max_norm", "max_value": 1.0}),
                _kernel("unit norm", "conv", {"kind": "unit_norm"}),
            ],
        },
    ),
    _preset(
        "lstm",
        TUTORIAL_GROUP,
        "LSTM with max norm 3",
        "Max norm 3 on all weights of an LSTM that reads digits row by row; and 1, which binds.",
        {
            "dataset": {"kind": "digits", "layout": "sequence"},
            "split": _DIGITS_SPLIT,
            "network": {"layers": [{"kind": "lstm", "name": "lstm", "units": 32}]},
            "training": {"epochs": 60},
            "arms": [
                _arm(
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
    _preset(
        "output-layer",
        TUTORIAL_GROUP,
        "Constrain the output layer",
        "The tutorial's extension: the same constraints on the output layer's weights, alone and with the hidden ones.",
        {
            **_MOONS,
            "network": {"layers": [_HIDDEN]},
            "arms": [
                _arm("output unit norm", output={"kernel_constraint": {"kind": "unit_norm"}}),
                _arm("output max norm 3", output={"kernel_constraint": _MAX_NORM_3}),
                _arm(
                    "both unit norm",
                    {"hidden": {"kernel_constraint": {"kind": "unit_norm"}}},
                    output={"kernel_constraint": {"kind": "unit_norm"}},
                ),
            ],
        },
    ),
    _preset(
        "bias",
        TUTORIAL_GROUP,
        "Constrain the bias",
        "The tutorial's extension: limits on each unit's bias, on the whole bias vector, and on bias and kernel.",
        {
            **_MOONS,
            "network": {"layers": [_HIDDEN]},
            "arms": [
                _arm("each bias at most 0.1", {"hidden": {"bias_constraint": {"kind": "max_norm", "max_value": 0.1}}}),
                _arm(
                    "bias vector at most 1",
                    {"hidden": {"bias_constraint": {"kind": "max_norm", "max_value": 1.0, "axis": 0}}},
                ),
                _arm(
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
    _preset(
        "repeats",
        TUTORIAL_GROUP,
        "Repeat the evaluation",
        "The tutorial's extension: 30 seeds of each arm, with mean and standard deviation.",
        {
            **_MOONS,
            "network": {"layers": [_HIDDEN]},
            "seeds": list(range(1, 31)),
            "arms": [_kernel("unit norm", "hidden", {"kind": "unit_norm"})],
        },
    ),
    _preset(
        "study",
        TUTORIAL_GROUP,
        "The tutorial as a study",
        "Five arms, 20 seeds: what the tutorial's one run can't say, with statistics and on fresh rows.",
        {
            **_MOONS,
            "network": {"layers": [_HIDDEN]},
            "seeds": list(range(1, 21)),
            "arms": [
                _kernel("unit norm", "hidden", {"kind": "unit_norm"}),
                _kernel("min-max norm 1 to 1", "hidden", {"kind": "min_max_norm", "min_value": 1.0, "max_value": 1.0}),
                _kernel("max norm 1", "hidden", {"kind": "max_norm", "max_value": 1.0}),
                _kernel("non-negative", "hidden", {"kind": "non_neg"}),
            ],
        },
    ),
    _preset(
        "regression",
        TUTORIAL_GROUP,
        "A regression problem",
        "A template for regression: a wide network on 40 points of a noisy sine, with and without constraints.",
        {
            "dataset": {"kind": "sine", "n_samples": 200, "noise": 0.2},
            "split": {"train": 40},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 300, "activation": "relu"}]},
            "training": {"epochs": 3000, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
            "arms": [
                _kernel("max norm 2", "hidden", {"kind": "max_norm", "max_value": 2.0}),
                _arm("output max norm 1", output={"kernel_constraint": {"kind": "max_norm", "max_value": 1.0}}),
            ],
        },
    ),
]

_CLASSICS = [
    _preset(
        "max-norm-dropout",
        CLASSICS,
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
                _kernel("max norm 1", "hidden", {"kind": "max_norm", "max_value": 1.0}),
                _arm("dropout", {"drop": {"rate": 0.5}}),
                _arm(
                    "max norm 1 and dropout",
                    {
                        "hidden": {"kernel_constraint": {"kind": "max_norm", "max_value": 1.0}},
                        "drop": {"rate": 0.5},
                    },
                ),
            ],
        },
    ),
    _preset(
        "few-labels",
        CLASSICS,
        "Unit norm on few labels",
        "Wine, 18 of 178 rows to train on: does it help to fix the length of every unit's weights?",
        {
            "dataset": {"kind": "wine"},
            "split": {"train": 18, "shuffle": True, "standardize": True},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 200}]},
            "training": {"epochs": 1000},
            "seeds": list(range(1, 11)),
            "arms": [
                _kernel("unit norm", "hidden", {"kind": "unit_norm"}),
                _kernel("max norm 0.5", "hidden", {"kind": "max_norm", "max_value": 0.5}),
            ],
        },
    ),
    _preset(
        "weight-clipping",
        CLASSICS,
        "Weight clipping",
        "Every weight cut to a box, as in Wasserstein GANs' critics: how small can it be before nothing is learnt?",
        {
            "dataset": {"kind": "circles", "n_samples": 300},
            "split": {"train": 100},
            "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 100}]},
            "training": {"epochs": 2000},
            "seeds": [1, 2, 3],
            "arms": [
                _arm(
                    f"±{limit:g}",
                    {"hidden": {"kernel_constraint": {"kind": "box", "min_value": -limit, "max_value": limit}}},
                    output={"kernel_constraint": {"kind": "box", "min_value": -limit, "max_value": limit}},
                )
                for limit in (1.0, 0.3, 0.1, 0.01)
            ],
        },
    ),
    _preset(
        "rivals",
        CLASSICS,
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
                _kernel("max norm 0.5", "hidden", {"kind": "max_norm", "max_value": 0.5}),
                _arm("L2 0.01", {"hidden": {"kernel_regularizer": {"kind": "l2", "l2": 0.01}}}),
                _arm("dropout 0.5", {"drop": {"rate": 0.5}}),
                _arm("early stopping", training={"early_stopping": {"watch": "validation", "patience": 30}}),
            ],
        },
    ),
    _preset(
        "delayed-recall",
        CLASSICS,
        "Recurrent constraint on delayed recall",
        "A signal must be kept over many steps: does a limit on the recurrent kernel help or harm an LSTM's memory?",
        {
            "dataset": {"kind": "delayed_recall", "n_samples": 600},
            "split": {"train": 300},
            "network": {"layers": [{"kind": "lstm", "name": "lstm", "units": 24}]},
            "training": {"epochs": 100, "optimizer": {"kind": "adam", "learning_rate": 0.01}},
            "seeds": [1, 2, 3],
            "arms": [
                _arm("recurrent unit norm", {"lstm": {"recurrent_constraint": {"kind": "unit_norm"}}}),
                _arm(
                    "recurrent max norm 1",
                    {"lstm": {"recurrent_constraint": {"kind": "max_norm", "max_value": 1.0}}},
                ),
                _arm(
                    "recurrent spectral norm 1",
                    {"lstm": {"recurrent_constraint": {"kind": "spectral_norm", "max_value": 1.0}}},
                ),
            ],
        },
    ),
]


def _srivastava(**setting: Any) -> dict[str, Any]:
    """Table 9's four arms that differ in max norm, L2 and dropout, on a network of 1024, 1024 and 2048 units."""
    units = (1024, 1024, 2048)
    hidden: list[dict[str, Any]] = [{"kind": "dropout", "name": "drop_input", "rate": 0.0}]
    for number, each in enumerate(units, 1):
        hidden.append({"kind": "dense", "name": f"hidden_{number}", "units": each, "activation": "relu"})
        hidden.append({"kind": "dropout", "name": f"drop_{number}", "rate": 0.0})
    names = [f"hidden_{number}" for number in range(1, len(units) + 1)]
    limit = {"kernel_constraint": {"kind": "max_norm", "max_value": 2.0}}
    penalty = {"kernel_regularizer": {"kind": "l2", "l2": setting.pop("l2")}}
    dropout = {"drop_input": {"rate": 0.2}, **{f"drop_{n}": {"rate": 0.5} for n in range(1, len(units) + 1)}}
    limited, penalised = (dict.fromkeys(names, change) for change in (limit, penalty))
    return {
        "network": {"layers": hidden},
        "arms": [
            _arm("L2", penalised, output=penalty),
            _arm("max norm", limited, output=limit),
            _arm("dropout + L2", {**penalised, **dropout}, output=penalty),
            _arm("dropout + max norm", {**limited, **dropout}, output=limit),
        ],
        "published": {
            "title": "Comparison of different regularization methods on MNIST",
            "source": "Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout, JMLR 15 (2014), table 9",
            "url": "https://jmlr.org/papers/v15/srivastava14a.html",
            "figure": "test_error",
            "values": {"L2": 1.62, "max norm": 1.35, "dropout + L2": 1.25, "dropout + max norm": 1.05},
            "note": setting.pop("note"),
        },
        **setting,
    }


_PAPERS = [
    _preset(
        "srivastava-2014",
        PAPERS,
        "Dropout and max norm on MNIST, a slice",
        "Srivastava et al. 2014, table 9, with 3,000 of 60,000 rows and few epochs: a CPU does it in minutes. "
        "The order of the arms can be compared, not the figures.",
        _srivastava(
            l2=0.0005,
            note="3,000 rows to train on and 3,000 to test, 25 epochs of Adam, one setting of each: the paper used all "
            "60,000 rows, a million updates with momentum, and tuned each arm.",
            dataset={"kind": "mnist", "layout": "table", "from_train": 3000, "from_test": 3000},
            split={"train": 3000},
            training={"epochs": 25, "batch_size": 128, "schedule": {"kind": "cosine_decay", "decay_epochs": 25}},
            seeds=[1, 2, 3],
        ),
        baseline=False,
    ),
    _preset(
        "srivastava-2014-full",
        PAPERS,
        "Dropout and max norm on MNIST, in full",
        "Srivastava et al. 2014, table 9, on all 60,000 rows. It wants a GPU, or a night.",
        _srivastava(
            l2=0.00001,
            note="All rows, 200 epochs of Adam with a falling rate: the paper trained for a million updates with "
            "momentum, and tuned each arm.",
            dataset={"kind": "mnist", "layout": "table"},
            split={"train": 60000},
            training={
                "epochs": 200,
                "batch_size": 128,
                "schedule": {"kind": "cosine_decay", "decay_epochs": 200},
            },
            seeds=[1, 2, 3],
        ),
        baseline=False,
    ),
]


def _trials(family: str, arms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**arm, "family": family} for arm in arms]


_HIDDEN_LIMIT: Final = ["layers", "hidden", "kernel_constraint", "max_value"]
_ANY_MAX_NORM: Final = {"layers": {"hidden": {"kernel_constraint": {"kind": "max_norm"}}}}

_SWEEPS = [
    _preset(
        "sweep",
        SWEEPS,
        "Which max norm?",
        "The tutorial with 25 limits from 0.25 to 8: how accuracy, gap and norms answer, and which limit to take.",
        {
            **_MOONS,
            "network": {"layers": [_HIDDEN]},
            "seeds": [1, 2, 3, 4, 5],
            "sweep": {
                "axes": [{"path": _HIDDEN_LIMIT, "start": 0.25, "stop": 8.0, "steps": 25, "scale": "log"}],
                "changes": _ANY_MAX_NORM,
            },
            "arms": [],
        },
    ),
    _preset(
        "sweep-two",
        SWEEPS,
        "Which max norm, at which learning rate?",
        "Seven limits at five learning rates, as a heat map: does the best limit depend on the rate?",
        {
            "dataset": {"kind": "moons", "n_samples": 300},
            "split": {"train": 30, "validation": 100},
            "network": {"layers": [{**_HIDDEN, "units": 200}]},
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
    _preset(
        "contest",
        SWEEPS,
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
            # With fewer no exact test can tell four methods from the baseline.
            "seeds": list(range(1, 9)),
            "arms": [
                *_trials(
                    "max norm",
                    [
                        _kernel(f"max norm {limit:g}", "hidden", {"kind": "max_norm", "max_value": limit})
                        for limit in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
                    ],
                ),
                *_trials(
                    "L2",
                    [
                        _arm(f"L2 {factor:g}", {"hidden": {"kernel_regularizer": {"kind": "l2", "l2": factor}}})
                        for factor in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
                    ],
                ),
                *_trials(
                    "dropout",
                    [_arm(f"dropout {rate:g}", {"drop": {"rate": rate}}) for rate in (0.2, 0.4, 0.5, 0.6, 0.7, 0.8)],
                ),
                *_trials(
                    "early stopping",
                    [
                        _arm(
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

PRESETS: dict[str, Preset] = {preset.name: preset for preset in [*_FROM_THE_TUTORIAL, *_CLASSICS, *_SWEEPS, *_PAPERS]}
