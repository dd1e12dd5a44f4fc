"""Presets: each resolves, can be posted as JSON, and is the experiment that its title and sources name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.estimate import estimate
from app.presets import PRESETS
from app.presets.lessons import LESSONS
from core.catalog.datasets import Moons
from core.catalog.layers import Dropout, Layer, Output
from core.catalog.training import Adam
from core.experiment.experiment import Experiment, resolve
from core.experiment.resolution import ResolvedArm

UNIT, ONE, THREE = "unit norm", "max norm 1", "max norm 3"
ONE_TO_ONE = "min-max norm 1 to 1"
DROPOUTS = ("drop_input 0.2", "drop_1 0.5", "drop_2 0.5", "drop_3 0.5")
DIGITS = "digits, 1000 train, 797 test"
TWO_MOONS = "moons, 30 train, 70 test"
CANCER = "breast_cancer, 60 train, "
LAYERS = ("hidden_1", "hidden_2", "hidden_3", "output")


def mnist(l2: str, epochs: int) -> dict[str, list[str]]:
    """The arms of table 9 of Srivastava et al. 2014, with this factor of L2."""
    both = ["batches of 128", f"cosine over {epochs} epochs"]
    limited, penalised = (
        [*both, *(f"{layer}.kernel {words}" for layer in LAYERS)] for words in ("max norm 2", f"L2 {l2}")
    )
    return {
        "L2": penalised,
        "max norm": limited,
        "dropout + L2": [*penalised, *DROPOUTS],
        "dropout + max norm": [*limited, *DROPOUTS],
    }


EXPECTED: dict[str, tuple[str, str, int, int, dict[str, list[str]]]] = {
    "tutorial": (
        TWO_MOONS,
        "dense 500",
        4000,
        1,
        {
            "baseline": [],
            UNIT: ["hidden.kernel unit norm"],
            ONE_TO_ONE: ["hidden.kernel min-max norm 1 to 1"],
            ONE: ["hidden.kernel max norm 1"],
        },
    ),
    "dense": (
        TWO_MOONS,
        "dense 32",
        4000,
        1,
        {
            "baseline": [],
            THREE: ["hidden.kernel max norm 3", "hidden.bias max norm 3"],
            ONE: ["hidden.kernel max norm 1"],
        },
    ),
    "conv2d": (
        DIGITS,
        "conv2d 32, max_pooling2d, flatten",
        30,
        1,
        {
            "baseline": [],
            THREE: ["conv.kernel max norm 3", "conv.bias max norm 3"],
            ONE: ["conv.kernel max norm 1"],
            UNIT: ["conv.kernel unit norm"],
        },
    ),
    "lstm": (
        DIGITS,
        "lstm 32",
        60,
        1,
        {
            "baseline": [],
            **{
                words: [f"lstm.{weight} {words}" for weight in ("kernel", "recurrent", "bias")]
                for words in (THREE, ONE)
            },
        },
    ),
    "output-layer": (
        TWO_MOONS,
        "dense 500",
        4000,
        1,
        {
            "baseline": [],
            "output unit norm": ["output.kernel unit norm"],
            "output max norm 3": ["output.kernel max norm 3"],
            "both unit norm": ["hidden.kernel unit norm", "output.kernel unit norm"],
        },
    ),
    "bias": (
        TWO_MOONS,
        "dense 500",
        4000,
        1,
        {
            "baseline": [],
            "each bias at most 0.1": ["hidden.bias max norm 0.1"],
            "bias vector at most 1": ["hidden.bias max norm 1 along 0"],
            "unit norm, bias at most 0.1": ["hidden.kernel unit norm", "hidden.bias max norm 0.1"],
        },
    ),
    "repeats": (TWO_MOONS, "dense 500", 4000, 30, {"baseline": [], UNIT: ["hidden.kernel unit norm"]}),
    "study": (
        TWO_MOONS,
        "dense 500",
        4000,
        20,
        {
            "baseline": [],
            UNIT: ["hidden.kernel unit norm"],
            ONE_TO_ONE: ["hidden.kernel min-max norm 1 to 1"],
            ONE: ["hidden.kernel max norm 1"],
            "non-negative": ["hidden.kernel non-negative"],
        },
    ),
    "draws": (
        f"{TWO_MOONS}, 20 draws",
        "dense 500",
        4000,
        2,
        {
            "baseline": [],
            UNIT: ["hidden.kernel unit norm"],
            ONE: ["hidden.kernel max norm 1"],
            "non-negative": ["hidden.kernel non-negative"],
        },
    ),
    "regression": (
        "sine, 40 train, 160 test",
        "dense 300",
        3000,
        1,
        {
            "baseline": ["adam 0.01"],
            "max norm 2": ["hidden.kernel max norm 2", "adam 0.01"],
            "output max norm 1": ["output.kernel max norm 1", "adam 0.01"],
        },
    ),
    "max-norm-dropout": (
        "digits, 100 train, 1697 test",
        "dense 256, dropout",
        300,
        5,
        {
            "baseline": [],
            ONE: ["hidden.kernel max norm 1"],
            "dropout": ["drop 0.5"],
            "max norm 1 and dropout": ["hidden.kernel max norm 1", "drop 0.5"],
        },
    ),
    "few-labels": (
        "wine, 18 train, 160 test",
        "dense 200",
        1000,
        10,
        {"baseline": [], UNIT: ["hidden.kernel unit norm"], "max norm 0.5": ["hidden.kernel max norm 0.5"]},
    ),
    "weight-clipping": (
        "circles, 100 train, 200 test",
        "dense 100",
        2000,
        3,
        {
            "baseline": [],
            **{
                f"±{limit}": [f"{layer}.kernel values −{limit} to {limit}" for layer in ("hidden", "output")]
                for limit in ("1", "0.3", "0.1", "0.01")
            },
        },
    ),
    "rivals": (
        CANCER + "60 validation, 449 test, noise 0.2",
        "dense 200, dropout",
        600,
        5,
        {
            "baseline": [],
            "max norm 0.5": ["hidden.kernel max norm 0.5"],
            "L2 0.01": ["hidden.kernel L2 0.01"],
            "dropout 0.5": ["drop 0.5"],
            "early stopping": ["early stopping on validation loss, patience 30, best weights restored"],
        },
    ),
    "delayed-recall": (
        "delayed_recall, 300 train, 300 test",
        "lstm 24",
        100,
        3,
        {
            "baseline": ["adam 0.01"],
            "recurrent unit norm": ["lstm.recurrent unit norm", "adam 0.01"],
            "recurrent max norm 1": ["lstm.recurrent max norm 1", "adam 0.01"],
            "recurrent spectral norm 1": ["lstm.recurrent spectral norm at most 1", "adam 0.01"],
        },
    ),
    "sweep-two": (
        "moons, 30 train, 100 validation, 170 test",
        "dense 200",
        1000,
        3,
        {
            "baseline": [],
            **{
                f"max norm {limit}, learning rate {rate}": [f"hidden.kernel max norm {limit}", f"adam {rate}"]
                for limit in ("0.25", "0.5", "1", "1.5", "2", "3", "5")
                for rate in ("0.0003", "0.001", "0.003", "0.01", "0.03")
            },
        },
    ),
    "contest": (
        CANCER + "100 validation, 159 test, 250 holdout, noise 0.2",
        "dense 100, dropout",
        400,
        10,
        {
            "baseline": [],
            **{f"max norm {n}": [f"hidden.kernel max norm {n}"] for n in ("0.01", "0.02", "0.05", "0.1", "0.2", "0.4")},
            **{f"L2 {n}": [f"hidden.kernel L2 {n}"] for n in ("0.01", "0.03", "0.1", "0.3", "1", "3")},
            **{f"dropout {n}": [f"drop {n}"] for n in ("0.2", "0.4", "0.5", "0.6", "0.7", "0.8")},
            **{
                f"patience {n}": [f"early stopping on validation loss, patience {n}"]
                for n in ("0", "5", "10", "20", "40", "80")
            },
        },
    ),
    "srivastava-2014": (
        "mnist, 3000 train, 3000 test",
        "dropout, dense 1024, dropout, dense 1024, dropout, dense 2048, dropout",
        25,
        3,
        mnist("0.0005", 25),
    ),
    "srivastava-2014-full": (
        "mnist, 60000 train, 10000 test",
        "dropout, dense 1024, dropout, dense 1024, dropout, dense 2048, dropout",
        200,
        3,
        mnist("1e-05", 200),
    ),
    "lesson-overfitting": (TWO_MOONS, "dense 500", 1500, 1, {"baseline": []}),
    "lesson-norms": (
        TWO_MOONS,
        "dense 64",
        600,
        1,
        {
            "baseline": ["adam 0.01"],
            "max norm": ["hidden.kernel max norm 1", "adam 0.01"],
            UNIT: ["hidden.kernel unit norm", "adam 0.01"],
        },
    ),
    "lesson-axis": (
        TWO_MOONS,
        "dense 32",
        600,
        1,
        {
            "baseline": [],
            "axis 0": ["hidden.kernel unit norm along 0"],
            "axis 1": ["hidden.kernel unit norm along 1"],
        },
    ),
    "lesson-bias": (
        "sine, 100 train, 100 test",
        "dense 100",
        1000,
        1,
        {"baseline": ["adam 0.02"], "small bias": ["hidden.bias max norm 0.1", "adam 0.02"]},
    ),
    "lesson-recurrent": (
        "delayed_recall, 100 train, 100 test",
        "simple_rnn 16",
        40,
        1,
        {"baseline": ["adam 0.01"], "short recurrent": ["memory.recurrent max norm 0.3", "adam 0.01"]},
    ),
    "lesson-repeats": (
        f"{TWO_MOONS}, 16 draws",
        "dense 100",
        300,
        1,
        {"baseline": ["adam 0.003"], UNIT: ["hidden.kernel unit norm", "adam 0.003"]},
    ),
}
"""Rows, layers, epochs, number of seeds and arms of each preset, but for the sweep of one axis."""


def changes_of(arm: ResolvedArm) -> list[str]:
    """Everything that makes an arm other than the plain network trained by Adam at 0.001 in batches of 32."""
    found = []
    for item in arm.weights():
        if item.constraint is not None:
            axis = getattr(item.constraint, "axis", None)
            found.append(f"{item.path} {item.constraint.describe()}" + ("" if axis is None else f" along {axis}"))
    parts: list[Layer | Output] = [*arm.network.layers, arm.network.output]
    for layer in parts:
        penalties = [(weight, each) for weight, each in layer.regularizers() if each is not None]
        found += [f"{layer.name}.{weight.name} {each.describe()}" for weight, each in penalties]
        if isinstance(layer, Dropout) and layer.rate:
            found.append(f"{layer.name} {layer.rate:g}")
    training = arm.training
    if training.optimizer != Adam():
        found.append(f"{training.optimizer.kind} {training.optimizer.learning_rate:g}")
    if training.batch_size != 32:
        found.append(f"batches of {training.batch_size}")
    return found + [each.describe() for each in (training.schedule, training.early_stopping) if each is not None]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_presets_are_the_experiments_that_they_name(preset: Any) -> None:
    body = json.loads(preset.experiment.model_dump_json())
    assert Experiment.model_validate(body) == preset.experiment
    arms = resolve(preset.experiment)
    if preset.name == "sweep":
        limits = [arm.weights()[0].constraint.max_value for arm in arms[1:]]  # type: ignore[union-attr]
        assert len(limits) == 25
        assert limits == pytest.approx([0.25 * 32 ** (step / 24) for step in range(25)], rel=0.01)
        return
    rows, layers, epochs, seeds, expected = EXPECTED[preset.name]
    base = arms[0]
    counts = [f"{count} {name}" for name, count in base.split.counts(base.dataset.rows).items() if count]
    noise = [f"noise {base.split.label_noise:g}"] if base.split.label_noise else []
    draws = [f"{base.split.draws} draws"] if base.split.draws else []
    assert ", ".join([base.dataset.kind, *counts, *noise, *draws]) == rows
    sizes = [getattr(layer, "units", getattr(layer, "filters", "")) for layer in base.network.layers]
    kinds = [f"{layer.kind} {size}".strip() for layer, size in zip(base.network.layers, sizes, strict=True)]
    assert ", ".join(kinds) == layers
    assert base.training.epochs == epochs
    assert preset.experiment.seeds == list(range(1, seeds + 1))
    assert {arm.name: sorted(changes_of(arm)) for arm in arms} == {
        name: sorted(set(changes) - {"adam 0.001"}) for name, changes in expected.items()
    }


def test_the_tutorial_has_the_tutorials_settings() -> None:
    """They are scikit-learn's moons in their order, 500 ReLU units, Adam at Keras' rate and batches of 32."""
    for arm in resolve(PRESETS["tutorial"].experiment):
        assert arm.dataset == Moons(n_samples=100, noise=0.2, random_state=1)
        assert arm.split.model_dump(exclude_defaults=True) == {"train": 30}
        (hidden,) = arm.network.layers
        assert hidden.model_dump(include={"kind", "units", "activation", "use_bias"}) == {
            "kind": "dense",
            "units": 500,
            "activation": "relu",
            "use_bias": True,
        }
        assert (arm.training.optimizer.kind, arm.training.optimizer.learning_rate) == ("adam", 0.001)
        assert (arm.training.batch_size, arm.training.epochs, arm.training.schedule) == (32, 4000, None)


@pytest.mark.parametrize("preset", LESSONS, ids=lambda preset: preset.name)
def test_lessons_are_small(preset: Any) -> None:
    """A reader waits for them: a few seconds on one slot, with the programs compiled."""
    arms = resolve(preset.experiment)
    assert estimate(preset.experiment, arms).seconds < 8
    assert len(arms) * len(preset.experiment.replicates()) <= 40
