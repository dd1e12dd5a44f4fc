"""The exported script, run alone, ends where the run ended that it came from."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.domain.experiment import Experiment, resolve
from app.domain.presets import PRESETS
from app.domain.script import script_of
from worker.engine import Engine

FIGURES = re.compile(r"^(.+), seed (\d+): train \w+ (\S+), test \w+ (\S+), train loss (\S+), test loss (\S+)$", re.M)


def experiment_of(body: dict[str, Any]) -> Experiment:
    return Experiment.model_validate(
        {
            "dataset": {"kind": "moons"},
            "split": {"train": 30},
            "network": {"layers": []},
            **body,
            "training": {"epochs": 6, **body.get("training", {})},
        }
    )


def arm(name: str, layers: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {"name": name, "changes": {**({"layers": layers} if layers else {}), **changes}}


UNIT, MAX = {"kind": "unit_norm"}, {"kind": "max_norm", "max_value": 0.5}
DIGITS = {"train": 60, "shuffle": True}

FAMILIES: dict[str, dict[str, Any]] = {
    "dense": {
        "network": {
            "layers": [
                {"kind": "dense", "name": "hidden", "units": 20},
                {"kind": "dropout", "rate": 0.3},
                {"kind": "dense", "name": "again", "units": 20},
                {"kind": "add", "layer": "hidden"},
            ]
        },
        "arms": [
            {"name": "baseline"},
            arm("unit norm", {"hidden": {"kernel_constraint": UNIT, "bias_constraint": MAX}}),
            arm("our own projection", {"hidden": {"kernel_constraint": {"kind": "frobenius_norm", "max_value": 1.0}}}),
            arm(
                "a chain",
                {"hidden": {"kernel_constraint": {"kind": "chain", "constraints": [{"kind": "non_neg"}, UNIT]}}},
            ),
            arm("L2", {"hidden": {"kernel_regularizer": {"kind": "l2", "l2": 0.1}}}),
            arm(
                "early stopping",
                training={
                    "epochs": 40,
                    "early_stopping": {"watch": "test", "patience": 2},
                    "optimizer": {"kind": "sgd", "learning_rate": 0.5, "momentum": 0.9},
                },
            ),
            arm("schedule", training={"schedule": {"kind": "cosine_decay", "decay_epochs": 4, "warmup_epochs": 1}}),
        ],
    },
    "convolution": {
        "dataset": {"kind": "digits", "layout": "image"},
        "split": {**DIGITS, "validation": 40, "holdout": 50, "standardize": True, "label_noise": 0.1, "imbalance": 0.5},
        "network": {
            "layers": [
                {"kind": "conv2d", "name": "conv", "filters": 4, "kernel_size": [3, 3]},
                {"kind": "batch_normalization"},
                {"kind": "separable_conv2d", "filters": 4, "kernel_size": 2},
                {"kind": "max_pooling2d"},
                {"kind": "flatten"},
            ]
        },
        "training": {"label_smoothing": 0.1},
        "arms": [arm("max norm", {"conv": {"kernel_constraint": MAX}})],
    },
    "recurrent": {
        "dataset": {"kind": "digits", "layout": "sequence"},
        "split": DIGITS,
        "network": {
            "layers": [
                {"kind": "lstm", "name": "lstm", "units": 5, "return_sequences": True},
                {"kind": "bidirectional", "name": "both", "cell": "gru", "units": 3},
            ]
        },
        "arms": [arm("limited", {"lstm": {"recurrent_constraint": UNIT}, "both": {"kernel_constraint": MAX}})],
    },
    "attention": {
        "dataset": {"kind": "digits", "layout": "sequence"},
        "split": DIGITS,
        "network": {
            "layers": [
                {"kind": "multi_head_attention", "name": "attention", "num_heads": 2, "key_dim": 3},
                {"kind": "add", "layer": ""},
                {"kind": "layer_normalization"},
                {"kind": "global_average_pooling1d"},
            ]
        },
        "arms": [arm("limited", {"attention": {"kernel_constraint": MAX}})],
    },
    "regression": {
        "dataset": {"kind": "sine"},
        "split": {"train": 40, "standardize_target": True},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 20}]},
        "seeds": [1, 2],
        "arms": [arm("limited", {"hidden": {"kernel_constraint": MAX}})],
    },
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_script_gives_the_same_figures(engine: Engine, family: str, tmp_path: Path) -> None:
    experiment = experiment_of(FAMILIES[family])
    arms = resolve(experiment)
    (tmp_path / "script.py").write_text(script_of(experiment, arms))
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": "", "MPLCONFIGDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "script.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    printed = {(name, int(seed)): tuple(map(float, figures)) for name, seed, *figures in FIGURES.findall(done.stdout)}
    assert (tmp_path / "curves.png").stat().st_size > 1000

    for each in arms:
        for seed in experiment.seeds:
            session = engine.start(each, seed)
            while not session.done:
                session.step()
            assert printed[each.name, seed] == pytest.approx(tuple(session.figures().values()), rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_script(name: str) -> None:
    experiment = PRESETS[name].experiment
    ast.parse(script_of(experiment, resolve(experiment)))
