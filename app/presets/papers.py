"""Published experiments, with their results to compare with."""

from __future__ import annotations

from typing import Any, Final

from app.presets.base import arm, preset

GROUP: Final = "Published results"


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
            arm("L2", penalised, output=penalty),
            arm("max norm", limited, output=limit),
            arm("dropout + L2", {**penalised, **dropout}, output=penalty),
            arm("dropout + max norm", {**limited, **dropout}, output=limit),
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


PAPERS = [
    preset(
        "srivastava-2014",
        GROUP,
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
    preset(
        "srivastava-2014-full",
        GROUP,
        "Dropout and max norm on MNIST, in full",
        "Srivastava et al. 2014, table 9, on all 60,000 rows. Needs a GPU, or a night.",
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
