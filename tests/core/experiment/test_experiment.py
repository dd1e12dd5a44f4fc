"""Experiments as they are posted: bodies that are refused, arms and their programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.presets import TUTORIAL
from core.catalog.constraints import MaxNorm
from core.catalog.entry import tunables
from core.catalog.losses import usual_loss
from core.experiment.experiment import Experiment, resolve
from core.problems import Invalid, problems_of

ON_HIDDEN = ("arms", 1, "changes", "layers", "hidden")
NAN, INFINITY = float("nan"), float("inf")


def tutorial_with(location: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The tutorial's body with one value replaced or added."""
    body: dict[str, Any] = json.loads(TUTORIAL.experiment.model_dump_json())
    place: Any = body
    for part in location[:-1]:
        place = place[part]
    place[location[-1]] = value
    return body


def problems_with(body: dict[str, Any]) -> dict[tuple[str | int, ...], str]:
    try:
        resolve(Experiment.model_validate(body))
    except ValidationError as error:
        return {p.location: p.message for p in problems_of(error, body)}
    except Invalid as invalid:
        return {p.location: p.message for p in invalid.problems}
    return {}


KERNEL = (*ON_HIDDEN, "kernel_constraint")
BAD: list[tuple[tuple[str | int, ...], Any, tuple[str | int, ...], str]] = [
    (KERNEL, {"kind": "nope"}, KERNEL, "Unknown kind 'nope'"),
    (KERNEL, {"max_value": 1.0}, KERNEL, "Must be an object with the field `kind`"),
    (KERNEL, {"kind": "max_norm", "max_value": -1}, (*KERNEL, "max_value"), "Must be at least 0"),
    (KERNEL, {"kind": "max_norm", "max_value": NAN}, (*KERNEL, "max_value"), "Must be a finite number"),
    (KERNEL, {"kind": "max_norm", "max_value": "3"}, (*KERNEL, "max_value"), "Must be a number"),
    (KERNEL, {"kind": "max_norm", "axis": "0"}, (*KERNEL, "axis"), "Give a whole number"),
    (KERNEL, {"kind": "max_norm", "axis": 2}, (*KERNEL, "axis"), "Choose another axis: the kernel has axes 0 to 1"),
    (
        KERNEL,
        {"kind": "max_norm", "axis": [0, -2]},
        (*KERNEL, "axis"),
        "Choose another axis: the kernel has axes 0 to 1",
    ),
    (
        KERNEL,
        {"kind": "min_max_norm", "min_value": 2, "max_value": 1},
        (*KERNEL, "max_value"),
        "at least the lower limit, which is 2",
    ),
    ((*ON_HIDDEN, "recurrent_constraint"), None, (*ON_HIDDEN, "recurrent_constraint"), "Unknown field"),
    ((*ON_HIDDEN, "kind"), "dropout", (*ON_HIDDEN, "kind"), "can't change a layer's kind"),
    ((*ON_HIDDEN[:-1], "hiden"), {}, (*ON_HIDDEN[:-1], "hiden"), "the layers are: hidden"),
    (("arms", 1, "name"), "Baseline ", ("arms", 1, "name"), "Another arm has this name"),
    (("arms", 1, "name"), "  ", ("arms", 1, "name"), "Must not be blank"),
    (("arms", 1, "changes", "training"), {"epochs": 0}, ("arms", 1, "changes", "training", "epochs"), "at least 1"),
    (("arms", 1, "changes", "output"), {"use_bias": 1}, ("arms", 1, "changes", "output", "use_bias"), "true or false"),
    (("arms",), [], ("arms",), "Must have at least 1"),
    (("training", "epochs"), 0, ("training", "epochs"), "Must be at least 1"),
    (("training", "epochs"), 10.0, ("training", "epochs"), "Must be a whole number"),
    (("training", "optimizer", "learning_rate"), INFINITY, ("training", "optimizer", "learning_rate"), "finite"),
    (("split", "train"), 100, ("split", "train"), "no test rows: the data set has 100 rows"),
    (("split", "train"), 0.001, ("split", "train"), "no training rows"),
    (("split", "train"), 1.0, ("split", "train"), "a share between 0 and 1"),
    (("split", "train"), True, ("split", "train"), "Give a number of rows"),
    (("seeds",), [1, 2, 1], ("seeds", 2), "Seed 1 is listed twice; remove one"),
    (("seeds",), list(range(100)), ("seeds",), "at most 256"),
    (("dataset",), {"kind": "moons", "noise": NAN}, ("dataset", "noise"), "Must be a finite number"),
    (("dataset",), {"kind": "spiral"}, ("dataset",), "Unknown kind 'spiral'"),
    (("network", "layers"), [{"kind": "dense", "name": "output"}], ("network", "layers", 0, "name"), "is taken"),
    (("network", "layers"), [{"kind": "dropout", "rate": 1}], ("network", "layers", 0, "rate"), "less than 1"),
    (
        ("network", "output"),
        {"bias_constraint": {"kind": "unit_norm", "axis": 1}},
        ("network", "output", "bias_constraint", "axis"),
        "Choose another axis: the bias has axis 0 only",
    ),
    (("colour",), "blue", ("colour",), "Unknown field"),
    (("split", "draws"), 0, ("split", "draws"), "Must be at least 1"),
    (("split", "draws"), 65, ("split", "draws"), "4 arms × 65 draws × 1 seed are 260 runs; use at most 256"),
    (("split", "fold_repeats"), 2, ("split", "fold_repeats"), "There are no folds to repeat"),
    (("split",), {"folds": 5, "draws": 2}, ("split", "draws"), "use folds or draws, not both"),
    (("split",), {"folds": 5, "resample": True}, ("split", "resample"), "turn this off, or use no folds"),
    (("split",), {"folds": 51, "holdout": 60}, ("split", "folds"), "There are fewer rows than folds"),
    (("split",), {"folds": 51}, ("split", "folds"), "Class '0' has 50 rows, and each fold needs one of each class"),
]


@pytest.mark.parametrize(("at", "value", "location", "sentence"), BAD, ids=lambda value: str(value)[:40])
def test_what_is_wrong_is_said_where_it_stands(
    at: tuple[str | int, ...], value: Any, location: tuple[str | int, ...], sentence: str
) -> None:
    problems = problems_with(tutorial_with(at, value))
    assert location in problems
    assert sentence in problems[location]


def test_all_problems_are_said_at_once() -> None:
    body = tutorial_with(("training", "epochs"), 0)
    body["split"]["train"] = "half"
    assert set(problems_with(body)) == {("training", "epochs"), ("split", "train")}


def test_an_arm_changes_what_it_names_and_nothing_else() -> None:
    baseline, unit, min_max, limited = resolve(TUTORIAL.experiment)
    assert baseline.describe() == []
    assert unit.describe() == ["hidden kernel: unit norm, each unit's 2 incoming weights"]
    assert limited.describe() == ["hidden kernel: max norm 1, each unit's 2 incoming weights"]
    assert min_max.training == baseline.training == TUTORIAL.experiment.training
    assert unit.network.output == baseline.network.output
    assert {arm.parameters() for arm in (baseline, unit, min_max, limited)} == {500 * 2 + 500 + 500 + 1}


def test_arms_that_differ_in_tunable_numbers_alone_share_a_program() -> None:
    arms = [
        {
            "name": str(limit),
            "changes": {"layers": {"hidden": {"kernel_constraint": {**MaxNorm().model_dump(), **limit}}}},
        }
        for limit in ({"max_value": 0.5}, {"max_value": 7.0}, {"axis": 0}, {"axis": 1})
    ]
    arms.append({"name": "slow", "changes": {"training": {"optimizer": {"kind": "adam", "learning_rate": 0.0001}}}})
    arms.append({"name": "long", "changes": {"training": {"epochs": 7}}})
    arms.append({"name": "plain"})
    half, seven, keras_axis, other_axis, slow, long, plain = resolve(
        Experiment.model_validate(tutorial_with(("arms",), arms))
    )
    assert half.program() == seven.program()
    assert slow.program() == long.program() == plain.program()
    assert len({half.program(), keras_axis.program(), other_axis.program(), plain.program()}) == 4
    assert dict(tunables(seven))["network.layers.0.kernel_constraint.max_value"] == 7.0


def test_an_arm_may_have_a_loss_of_its_own_which_fits_the_task() -> None:
    loss = ("arms", 1, "changes", "training")
    focal = {"kind": "binary_focal_crossentropy", "gamma": 1.0}
    first, second = resolve(Experiment.model_validate(tutorial_with(loss, {"loss": focal})))[:2]
    assert first.loss == usual_loss("binary")
    assert (second.loss.kind, second.loss.model_dump()["gamma"]) == ("binary_focal_crossentropy", 1.0)
    assert first.program() != second.program()
    refused = "Huber is no loss for a target that is one of two classes: choose binary_crossentropy, binary_focal"
    for place in (loss, ("training",)):
        problems = problems_with(tutorial_with((*place, "loss"), {"kind": "huber"}))
        assert list(problems) == [(*place, "loss")]
        assert problems[*place, "loss"].startswith(refused)


def test_the_usual_loss_by_its_name_is_the_same_as_none_and_names_of_programs_stay() -> None:
    named = resolve(Experiment.model_validate(tutorial_with(("training", "loss"), {"kind": "binary_crossentropy"})))
    none = resolve(TUTORIAL.experiment)
    assert named == none
    assert none[0].program() == "e1ef0b27c20443e0"


def test_a_schedule_and_a_rate_that_falls_on_a_plateau_do_not_go_together() -> None:
    changes = ("arms", 1, "changes", "training")
    plateau, cosine = {"watch": "train"}, {"kind": "cosine_decay"}
    for place, training in ((changes, {"schedule": cosine, "reduce_lr_on_plateau": plateau}), ((), None)):
        body = tutorial_with(changes, training or {})
        if training is None:
            body["training"] |= {"schedule": cosine, "reduce_lr_on_plateau": plateau}
        location = (*(place or ("training",)), "reduce_lr_on_plateau")
        assert problems_with(body)[location].startswith("A schedule sets the learning rate already")
    found = problems_with(tutorial_with((*changes, "reduce_lr_on_plateau"), {"factor": 0.5}))
    assert found == {
        (
            *changes,
            "reduce_lr_on_plateau",
            "watch",
        ): "Reducing the rate on a plateau watches the validation set, and there "
        "is none: set split.validation, or watch another"
    }


def test_layers_are_named_by_kind_and_position() -> None:
    layers = [{"kind": "dense"}, {"kind": "dropout"}, {"kind": "dense", "name": "last"}]
    body = tutorial_with(("network", "layers"), layers)
    body["arms"] = [{"name": "wide", "changes": {"layers": {"dense_1": {"units": 8}}}}]
    (arm,) = resolve(Experiment.model_validate(body))
    assert [layer.name for layer in arm.network.layers] == ["dense_1", "dropout_2", "last"]
    assert arm.parameters() == (2 * 8 + 8) + (8 * 32 + 32) + (32 + 1)


def test_an_embedding_knows_all_of_the_data_sets_tokens() -> None:
    body: dict[str, Any] = {
        "dataset": {"kind": "imdb", "num_words": 100, "maxlen": 6},
        "network": {"layers": [{"kind": "embedding", "input_dim": 90}, {"kind": "flatten"}]},
        "arms": [{"name": "enough", "changes": {"layers": {"embedding_1": {"input_dim": 100}}}}],
    }
    with pytest.raises(Invalid) as refused:
        resolve(Experiment.model_validate(body))
    (problem,) = refused.value.problems
    assert problem.location == ("network", "layers", 0, "input_dim")
    assert "set this to at least 100" in problem.message
    body["network"]["layers"][0]["input_dim"] = 100
    body["arms"][0]["changes"]["layers"]["embedding_1"]["input_dim"] = 99
    with pytest.raises(Invalid) as refused:
        resolve(Experiment.model_validate(body))
    (problem,) = refused.value.problems
    assert problem.location == ("arms", 0, "changes", "layers", "embedding_1", "input_dim")
