"""The exported script, run alone, ends where the run ended that it came from."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.exports.script import script_of
from app.presets import PRESETS
from core.experiment.experiment import Experiment, resolve
from tests.families import FAMILIES
from worker.engine import Engine

pytestmark = pytest.mark.timeout(400)  # the first test of a run has waited for all scripts

METRICS = re.compile(
    r"^(.+?)(?:, draw (\d+))?, seed (\d+): train \w+ (\S+), test \w+ (\S+), train loss (\S+), test loss (\S+)$", re.M
)


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

CASES: dict[str, dict[str, Any]] = {
    "arms": {
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
            arm("one cycle", training={"schedule": {"kind": "one_cycle", "cycle_epochs": 4, "warmup_share": 0.4}}),
            arm(
                "plateau",
                training={
                    "epochs": 20,
                    "optimizer": {"kind": "sgd", "learning_rate": 0.5, "momentum": 0.9},
                    "reduce_lr_on_plateau": {"watch": "test", "patience": 1, "factor": 0.5, "cooldown": 2},
                },
            ),
            arm("schedule", training={"schedule": {"kind": "cosine_decay", "decay_epochs": 4, "warmup_epochs": 1}}),
        ],
    },
    "split": {
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
    "regression": {
        "dataset": {"kind": "sine"},
        "split": {"train": 40, "target_scale": "standard"},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 20}]},
        "seeds": [1, 2],
        "arms": [
            arm("limited", {"hidden": {"kernel_constraint": MAX}}),
            arm("Huber", training={"loss": {"kind": "huber", "delta": 0.3}}),
        ],
    },
    "losses": {
        "dataset": {"kind": "iris"},
        "split": {"train": 60, "shuffle": True},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 5}]},
        "arms": [
            arm("crossentropy"),
            arm(
                "focal",
                training={"loss": {"kind": "categorical_focal_crossentropy"}, "class_weight": "balanced"},
            ),
        ],
    },
    "draws": {
        "dataset": {"kind": "blobs", "n_samples": 60},
        "split": {"train": 20, "shuffle": True, "label_noise": 0.1, "draws": 2},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 5}]},
        "seeds": [4, 9],
        "arms": [arm("limited", {"hidden": {"kernel_constraint": MAX}})],
    },
    "a draw for each seed": {
        "dataset": {"kind": "iris"},
        "split": {"train": 60, "validation": 10, "holdout": 20, "shuffle": True, "resample": True},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 5}]},
        "seeds": [0, 7],
        "arms": [arm("limited", {"hidden": {"kernel_constraint": MAX}})],
    },
    "folds": {
        "dataset": {"kind": "iris"},
        "split": {"folds": 2, "fold_repeats": 2, "validation": 10, "holdout": 20, "shuffle": True, "standardize": True},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 5}]},
        "training": {"epochs": 2},
        "arms": [arm("limited", {"hidden": {"kernel_constraint": MAX}})],
    },
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@dataclass(frozen=True)
class Alone:
    """Files and figures of a script that ran."""

    place: Path
    figures: dict[tuple[str, int | None, int], tuple[float, ...]]
    """As it printed them, by arm, draw and seed."""


def run_alone(directory: Path, scripts: list[str], eagerly: bool) -> list[Alone]:
    """Runs the scripts, each in a directory of its own, one after another in one process, which TensorFlow takes 5 s.

    `eagerly`: for few epochs of many layers; tracing them takes longer than these epochs do.
    """
    places = [directory / str(number) for number in range(len(scripts))]
    for place, script in zip(places, scripts, strict=True):
        place.mkdir()
        (place / "script.py").write_text(script)
    program = (
        "import os, runpy, sys\n"
        "import tensorflow as tf\n"
        f"tf.config.run_functions_eagerly({eagerly})\n"
        "for place in sys.argv[1:]:\n"
        "    os.chdir(place)\n"
        "    print('#', place, flush=True)\n"
        "    runpy.run_path('script.py', run_name='__main__')"
    )
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": "", "MPLCONFIGDIR": str(directory)}
    command = [sys.executable, "-W", "error::SyntaxWarning", "-c", program, *map(str, places)]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert all((place / "curves.png").stat().st_size > 1000 for place in places)
    printed = re.split(r"^# .*$", done.stdout, flags=re.M)[1:]
    return [
        Alone(
            place,
            {
                (arm, int(draw) if draw else None, int(seed)): tuple(map(float, figures))
                for arm, draw, seed, *figures in METRICS.findall(each)
            },
        )
        for place, each in zip(places, printed, strict=True)
    ]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Alone]:
    """Results of the scripts of all `CASES` and `FAMILIES`, each of the two in a process."""

    def run(experiments: dict[str, Experiment], directory: Path, eagerly: bool) -> dict[str, Alone]:
        scripts = [script_of(each, resolve(each)) for each in experiments.values()]
        return dict(zip(experiments, run_alone(directory, scripts, eagerly), strict=True))

    cases = {name: experiment_of(body) for name, body in CASES.items()}
    families = {name: Experiment.model_validate(body) for name, body in FAMILIES.items()}
    directories = [tmp_path_factory.mktemp(name) for name in ("cases", "families")]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(run, [cases, families], directories, [False, True])
    assert not first.keys() & second.keys()
    return first | second


def compared(engine: Engine, experiment: Experiment, alone: Alone) -> None:
    """Finds the engine's figures of every run equal to those that were printed."""
    for each in resolve(experiment):
        for replicate in experiment.replicates():
            session = engine.start(each.at(replicate.draw), replicate.seed)
            while not session.done:
                session.step()
            assert alone.figures[each.name, replicate.draw, replicate.seed] == pytest.approx(
                tuple(session.figures().values()), rel=1e-3, abs=1e-4
            )


@pytest.mark.parametrize("name", CASES)
def test_the_script_gives_the_same_figures(engine: Engine, name: str, alone: dict[str, Alone]) -> None:
    compared(engine, experiment_of(CASES[name]), alone[name])


@pytest.mark.parametrize("name", FAMILIES)
def test_the_script_of_every_layer_does_too(families_engine: Engine, name: str, alone: dict[str, Alone]) -> None:
    compared(families_engine, Experiment.model_validate(FAMILIES[name]), alone[name])


def test_a_script_saves_the_weights_of_each_arm(alone: dict[str, Alone]) -> None:
    for name, each in alone.items():
        assert len(list(each.place.glob("*.npz"))) == len({arm for arm, *_ in each.figures}), name
    left = alone["arms"]
    script = runpy.run_path(str(left.place / "script.py"))
    for arm, end in (("unit norm", "unit_norm"), ("our own projection", "our_own_projection")):
        file = f"{list(script['ARMS']).index(arm) + 1}_{end}"
        model = script["ARMS"][arm](1)
        model.set_weights(list(np.load(left.place / f"{file}.npz").values()))
        loss, accuracy = model.evaluate(script["test_x"], script["test_y"], verbose=0)
        _, test_accuracy, _, test_loss = left.figures[arm, None, 1]
        assert (accuracy, loss) == pytest.approx((test_accuracy, test_loss), abs=1e-5)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_script(name: str) -> None:
    experiment = PRESETS[name].experiment
    ast.parse(script_of(experiment, resolve(experiment)))
