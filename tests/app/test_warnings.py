"""Warnings: constraints on an unintended axis, constraints that cannot bind, arms that cannot be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.analysis.method_comparison import compare_methods
from app.warnings import warnings_of
from core.catalog.constraints import (
    Box,
    Chain,
    Constraint,
    ConvSpectralNorm,
    FrobeniusNorm,
    L1Norm,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    Orthonormal,
    Radial,
    Simplex,
    SpectralNorm,
    UnitNorm,
    ZeroMean,
)
from core.catalog.datasets import Blobs, Digits
from core.catalog.layers import LSTM, BatchNormalization, Conv2D, Dense, Flatten, Output
from core.catalog.regularizers import L2
from core.experiment.arm import Changes
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import Network
from core.runs.events import RunState
from tests.app.analysis.test_method_comparison import RIVALS, body
from tests.core.catalog.constraints.test_constraints import HIDDEN, arms_with, one_layer


def warned(experiment: Experiment) -> dict[tuple[str | int, ...], str]:
    found = warnings_of(experiment, resolve(experiment))
    assert len({warning.location for warning in found}) == len(found)
    return {warning.location: warning.message for warning in found}


KERNEL = (*HIDDEN, "kernel_constraint")
BIAS = (*HIDDEN, "bias_constraint")


def test_what_is_meant_is_not_warned_about() -> None:
    plain = one_layer(units=64, kernel_initializer="he_uniform")
    limited = Changes(layers={"hidden": {"kernel_constraint": MaxNorm(max_value=1.0).model_dump()}})
    assert warned(arms_with(plain, Changes(), limited)) == {}
    assert warned(arms_with(one_layer(kernel_constraint=UnitNorm(axis=0), bias_constraint=MaxNorm(axis=[])))) == {}


def test_an_axis_that_is_not_each_unit_s_is_named() -> None:
    found = warned(arms_with(one_layer(kernel_constraint=UnitNorm(axis=1), bias_constraint=MaxNorm(axis=0))))
    assert found == {
        (*KERNEL, "axis"): "On the kernel, axis 1 acts on groups of 8 values. "
        "Leave the axis out for each unit's 2 incoming weights (axis [0])",
        (*BIAS, "axis"): "On the bias, axis 0 takes the norm of the whole bias vector, not of each unit's bias. "
        "Leave the axis out for each unit's bias by itself (axis [])",
    }
    found = warned(arms_with(one_layer(kernel_constraint=MaxNorm(axis=[]))))
    assert found[*KERNEL, "axis"].startswith("On the kernel, axis [] makes each value a group by itself")


def test_keras_own_axis_on_filters_is_a_trap() -> None:
    conv = Conv2D(name="conv", filters=4, kernel_size=3, kernel_constraint=MaxNorm(max_value=1.0, axis=0))
    network = Network(layers=[conv, Flatten()])
    found = warned(arms_with(network, dataset=Digits(layout="image")))
    assert found == {
        (*KERNEL, "axis"): "On the kernel, axis 0 takes norms over the kernel's rows only: one for each column, input "
        "channel and filter. Leave the axis out for each filter's 3×3×1 weights (axis [0, 1, 2])",
    }


def test_a_limit_on_scale_before_batch_normalization_is_told() -> None:
    def network(activation: Any, *between: Any) -> Network:
        dense = Dense(name="hidden", units=8, activation=activation, kernel_constraint=MaxNorm(max_value=1.0))
        return Network(layers=[dense, *between, BatchNormalization()])

    found = warned(arms_with(network("relu")))
    assert found.keys() == {KERNEL}
    assert "how fast weights turn" in found[KERNEL]
    assert warned(arms_with(network("tanh"))) == {}
    assert warned(arms_with(network("relu", Dense()))) == {}


def test_recurrent_weights_that_can_only_add_are_told() -> None:
    network = Network(layers=[LSTM(name="memory", units=4, recurrent_constraint=NonNeg())])
    found = warned(arms_with(network, dataset=Digits(layout="sequence")))
    assert found.keys() == {(*HIDDEN, "recurrent_constraint")}
    assert "no unit can damp another" in found[*HIDDEN, "recurrent_constraint"]


def test_radial_acts_on_kernels_with_places() -> None:
    def conv(size: int) -> Experiment:
        layer = Conv2D(name="conv", filters=4, kernel_size=size, kernel_constraint=Radial())
        return arms_with(Network(layers=[layer, Flatten()]), dataset=Digits(layout="image"))

    assert warned(conv(3)) == {}
    assert "symmetric already" in warned(conv(1))[KERNEL]


def test_a_spectral_norm_on_a_convolution_is_not_its_operator_s() -> None:
    def conv(size: int, constraint: Constraint) -> Experiment:
        layer = Conv2D(name="conv", filters=4, kernel_size=size, kernel_constraint=constraint)
        return arms_with(Network(layers=[layer, Flatten()]), dataset=Digits(layout="image"))

    (message,) = warned(conv(3, SpectralNorm())).values()
    assert "may stretch an input up to 3 times as much; convolution's spectral norm bounds it" in message
    assert warned(conv(1, SpectralNorm())) == {}
    assert warned(conv(3, ConvSpectralNorm())) == {}
    assert "Norms of the convolution begin" in str(warned(conv(3, ConvSpectralNorm(max_value=1000.0))))


def test_an_arm_s_trap_stands_in_the_arm_and_the_base_s_in_the_base() -> None:
    network = Network(layers=[Dense(name="hidden", units=8, bias_constraint=UnitNorm())])
    change = Changes(
        layers={"hidden": {"kernel_constraint": UnitNorm(axis=1).model_dump()}},
        output={"bias_constraint": UnitNorm().model_dump()},
    )
    assert warned(arms_with(network, Changes(layers={"hidden": {"bias_constraint": None}}), change)).keys() == {
        BIAS,
        ("arms", 1, "changes", "layers", "hidden", "kernel_constraint", "axis"),
        ("arms", 1, "changes", "output", "bias_constraint"),
    }


@pytest.mark.parametrize(
    ("layer", "place", "words"),
    [
        ({"bias_constraint": UnitNorm()}, BIAS, "unit norm makes it 1 or −1"),
        ({"bias_constraint": MinMaxNorm(min_value=0.5)}, BIAS, "keeps it at least 0.5 away from zero"),
        ({"bias_constraint": Simplex()}, BIAS, "simplex makes it 1"),
        ({"bias_constraint": ZeroMean()}, BIAS, "zero mean makes it 0"),
        (
            {"kernel_constraint": MinMaxNorm(min_value=0.1, rate=0.5)},
            (*KERNEL, "rate"),
            "an update goes only part of the way",
        ),
        ({"kernel_constraint": MinMaxNorm(min_value=0.1, rate=0.0)}, (*KERNEL, "rate"), "it does nothing"),
        (
            {"kernel_constraint": MaxNorm(max_value=30.0)},
            (*KERNEL, "max_value"),
            "begin at about 0.63; a limit of 30 is",
        ),
        (
            {"kernel_constraint": MaxNorm(max_value=0.01)},
            (*KERNEL, "max_value"),
            "63 times smaller at the first",
        ),
        ({"kernel_constraint": MaxNorm(max_value=0.0)}, (*KERNEL, "max_value"), "keeps every weight at zero"),
        (
            {"kernel_constraint": FrobeniusNorm(max_value=100.0)},
            (*KERNEL, "max_value"),
            "Norms of the whole weight",
        ),
        ({"kernel_constraint": L1Norm(max_value=100.0)}, (*KERNEL, "max_value"), "Sums of absolute weights begin"),
        ({"kernel_constraint": SpectralNorm(max_value=100.0)}, (*KERNEL, "max_value"), "Spectral norms begin"),
        ({"kernel_constraint": Orthonormal()}, KERNEL, "8 vectors of 2 values can't all be orthogonal"),
        ({"kernel_constraint": UnitNorm(), "kernel_regularizer": L2()}, KERNEL, "the penalty can't shrink anything"),
        (
            {"kernel_constraint": Chain(constraints=[UnitNorm(), NonNeg()])},
            (*KERNEL, "constraints", 0),
            "may undo this",
        ),
        ({"use_bias": False, "bias_constraint": MaxNorm()}, BIAS, "hidden has no bias with these settings"),
        ({"use_bias": False, "bias_regularizer": L2()}, (*HIDDEN, "bias_regularizer"), "hidden has no bias"),
    ],
    ids=str,
)
def test_traps_are_told_where_they_stand(layer: dict[str, Any], place: tuple[str | int, ...], words: str) -> None:
    found = warned(arms_with(one_layer(**layer)))
    assert found.keys() == {place}
    assert words in found[place]


def test_weights_into_the_output_that_can_only_add_are_told() -> None:
    network = Network(layers=[Dense()], output=Output(kernel_constraint=NonNeg(), bias_constraint=NonNeg()))
    (place,) = found = warned(arms_with(network))
    assert place == ("network", "output", "kernel_constraint")
    assert "only the bias lowers one" in found[place]


def test_first_norms_are_estimated_as_keras_draws_them() -> None:
    """Glorot's deviation for 2 inputs and 8 units is √(2/10); a norm of two values is √2 times that: 0.63."""
    for kind, begins in [("he_normal", 1.4), ("lecun_normal", 1.0), ("orthogonal", 0.5), ("normal", 0.071)]:
        network = one_layer(kernel_initializer=kind, kernel_constraint=MaxNorm(max_value=1e5))
        (message,) = warned(arms_with(network)).values()
        assert f"about {begins:.2g};" in message


def test_a_constraint_that_every_arm_has_can_t_be_judged() -> None:
    network = one_layer(kernel_constraint=UnitNorm())
    wider = Changes(layers={"hidden": {"units": 16}})
    assert "the baseline too" in warned(arms_with(network, Changes(), wider))[KERNEL]
    free = Changes(layers={"hidden": {"kernel_constraint": None}})
    assert warned(arms_with(network, Changes(), free)) == {}


def test_an_arm_that_is_another_s_twin_is_told() -> None:
    same = Changes(layers={"hidden": {"units": 8}})
    found = warned(arms_with(one_layer(), Changes(), same, dataset=Blobs()))
    assert found == {("arms", 1): "This arm is the same as 'arm 0': its changes change nothing"}


def test_a_limit_that_is_far_away_is_not_reached() -> None:
    weight = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32)
    unit = weight / np.linalg.norm(weight, axis=0)
    far: list[tuple[Constraint, np.ndarray]] = [
        (MaxNorm(max_value=2.0), unit),
        (MinMaxNorm(min_value=0.5, max_value=2.0), unit),
        (NonNeg(), np.abs(weight) + 1),
        (Box(min_value=-9.0, max_value=9.0), weight),
    ]
    near: list[tuple[Constraint, np.ndarray]] = [
        (MaxNorm(max_value=1.0), unit),
        (MinMaxNorm(min_value=1.0, max_value=2.0), unit),
        (NonNeg(), np.maximum(weight, 0)),
        (Box(min_value=-0.1, max_value=9.0), np.maximum(weight, -0.1)),
        (UnitNorm(), unit),
    ]
    assert [limit.is_satisfied(each, 0) for limit, each in [*far, *near]] == [True] * 9
    assert [limit.at_limit(each, 0) for limit, each in [*far, *near]] == [False] * 4 + [True] * 5


def test_flipped_labels_stay_in_sight() -> None:
    def told(**split: Any) -> dict[tuple[str | int, ...], str]:
        return warned(Experiment.model_validate(body(split={"train": 30} | split)))

    assert told() == {}
    place = ("split", "label_noise")
    assert told(label_noise=0.2)[place].startswith("Flips 20 % of the training labels")
    assert next(iter(told(label_noise=0.2, validation=20).items()))[1].startswith(
        "Flips 20 % of the training and validation labels"
    )


def test_an_unfair_contest_is_warned_of() -> None:
    fair = Experiment.model_validate(body(*RIVALS))
    assert warnings_of(fair, resolve(fair)) == []
    uneven = Experiment.model_validate(body(*RIVALS[:3], split={"train": 30}))
    found = {each.location: each.message for each in warnings_of(uneven, resolve(uneven))}
    assert found["arms", 3, "family"].startswith("b has 1 trial, another method 2, which is unfair")
    assert "tuned on validation rows, and there are none" in found["split", "validation"]
    assert "compared on sealed rows, and there are none" in found["split", "holdout"]
    told = compare_methods(uneven, [RunState()] * len(uneven.arms) * len(uneven.seeds))
    assert told.sentence == (
        "2 methods, 1 to 2 trials, not as many for all. Add validation rows: without them no trial can be chosen"
    )


@pytest.mark.parametrize(("random_state", "missed"), [(0, False), (1, True)])
def test_a_class_without_a_training_row_is_told_for_the_rows_as_drawn(random_state: int, missed: bool) -> None:
    split = {"train": 4, "shuffle": True, "random_state": random_state}
    data = {"kind": "blobs", "n_samples": 60, "centers": 3}
    given = Experiment.model_validate({"dataset": data, "split": split, "network": {"layers": []}})
    y = given.split.assign(given.dataset, given.dataset.labels())
    assert (len(set(y.y[y.train].tolist())) < 3) is missed, "the case is what it is said to be"
    found = warned(given)
    assert (("split", "train") in found) is missed
    if missed:
        assert "No training row is of class" in found["split", "train"]


def test_classes_are_missed_in_draws_and_folds_by_their_own_rows() -> None:
    def told(split: dict[str, Any], **data: Any) -> dict[Any, str]:
        body = {"dataset": {"kind": "iris"} | data, "split": split, "network": {"layers": []}}
        return warned(Experiment.model_validate(body))

    assert told({"train": 50, "folds": 5}) == {}, "folds are stratified, whatever the rows as posted"
    assert told({"train": 50, "draws": 5}) == {}, "draws are shuffled"
    place = ("split", "train")
    assert told({"train": 2, "draws": 5})[place].startswith("In draw 1 no training row is of class '")
    assert told({"train": 2, "draws": 5}, kind="blobs", centers=3)[place].startswith("In draw 1 no training row is of")


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ({"train": 99}, "With 1 test row a single row is 100 points of accuracy"),
        ({"train": 0.85}, "With 15 test rows a single row is 6.67 points of accuracy"),
        ({"train": 80}, None),
        ({"folds": 50}, None),
    ],
)
def test_few_test_rows_are_told(split: dict[str, Any], words: str | None) -> None:
    experiment = Experiment.model_validate(
        {"network": {"layers": []}, "dataset": {"kind": "moons", "n_samples": 100}, "split": split}
    )
    assert warned(experiment).get(("split", "train"), "").partition(":")[0] == (words or "")


def test_stopping_by_test_rows_is_told_where_it_is_set() -> None:
    stopping = {"early_stopping": {"watch": "test"}}
    found = warned(arms_with(one_layer(), Changes(), Changes(training=stopping)))
    assert found.keys() == {("arms", 1, "changes", "training", "early_stopping", "watch")}
    assert "look too good" in str(found)
    base = arms_with(one_layer(), Changes()).model_dump(mode="json") | {"training": stopping}
    assert warned(Experiment.model_validate(base)).keys() == {("training", "early_stopping", "watch")}
    train = {"early_stopping": {"watch": "train"}}
    assert warned(arms_with(one_layer(), Changes(), Changes(training=train))) == {}


def test_losses_of_arms_that_differ_in_loss_are_told_not_to_be_compared() -> None:
    huber, usual = {"loss": {"kind": "huber", "delta": 0.5}}, {"loss": {"kind": "mean_squared_error"}}
    base = {
        "dataset": {"kind": "sine"},
        "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 4}]},
        "arms": [
            {"name": "a"},
            {"name": "b", "changes": {"training": huber}},
            {"name": "c", "changes": {"training": usual, "output": {"kernel_constraint": {"kind": "max_norm"}}}},
        ],
    }
    found = warned(Experiment.model_validate(base))
    place = ("arms", 1, "changes", "training", "loss")
    assert {each for each in found if "loss" in each} == {place}
    assert found[place].startswith("Its loss is Huber 0.5, the baseline's mean squared error: the two losses can't be")
    found = warned(Experiment.model_validate({**base, "training": huber, "arms": [base["arms"][2], {"name": "d"}]}))  # type: ignore[index]
    assert "the baseline's mean squared error" in found["arms", 1]
