"""Checks of an experiment before it is posted: problems, warnings, layers, and the estimate."""

from __future__ import annotations

import math
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError

from app.analysis.method_comparison import least_seeds_of
from app.api.deps import StateDep
from app.api.views import ProblemView, problem_views
from app.estimate import Estimate, admit
from app.network_proposals import network_proposals
from app.warnings import warnings_of
from core.catalog.layers import AnyLayer, Output
from core.experiment.experiment import Experiment, resolve
from core.experiment.network import shapes_until
from core.experiment.resolution import ResolvedArm, output_units
from core.problems import Invalid, Problem, problems_of
from core.settings import settings

router = APIRouter(prefix="/api", tags=["experiments"])


class CheckedLayerView(BaseModel):
    """A layer of the base network."""

    name: str
    input_shape: list[int]
    output_shape: list[int]
    parameters: int


class CheckedArmView(BaseModel):
    """An arm of a checked experiment."""

    name: str
    words: list[str] = Field(description="A phrase for each constrained weight.")
    parameters: int


class EstimateView(BaseModel):
    """Estimated time and memory of an experiment: within a factor of two, on an otherwise idle machine."""

    seconds: float = Field(description="On the present slots, if no other experiment uses them.")
    runs: int
    epochs: int = Field(description="Of all runs.")
    bytes: int = Field(description="Memory of the largest run, besides TensorFlow itself.")
    programs: int = Field(description="Number of programs to compile.")
    words: str = Field(description='"about 40 s, 12 MB".')


class NetworkProposalView(BaseModel):
    """Layers for examples of several axes, where those of the experiment don't fit them."""

    title: str = Field(description='What is done first: "Flatten first".')
    layers: list[AnyLayer]


class CheckView(BaseModel):
    """Result of a check. An experiment without problems can be posted."""

    problems: list[ProblemView]
    warnings: list[ProblemView]
    layers: list[CheckedLayerView] = Field(description="Shapes up to the first incompatible layer.")
    arms: list[CheckedArmView] = Field(description="Empty if there is a problem.")
    estimate: EstimateView | None = Field(description="Null if there is a problem.")
    least_seeds: int | None = Field(
        None, description="Seeds or draws that a comparison of its methods needs at least; null without methods."
    )
    network_proposals: list[NetworkProposalView] = Field(
        default_factory=list, description="Networks that fit, where this one never makes a row of values of an example."
    )
    experiment: Experiment | None = Field(
        None, description="The experiment with defaults filled in, if `filled` asks for it and there is no problem."
    )


@router.post("/estimate", summary="Estimate an experiment")
def estimate(experiment: Experiment, state: StateDep) -> EstimateView:
    """Estimates time and memory. Nothing is stored."""
    return estimate_view(admit(experiment, resolve(experiment), settings(), state.slots()))


def estimate_view(estimate: Estimate) -> EstimateView:
    """The REST view of an estimate, to three digits."""
    return EstimateView(
        seconds=float(f"{estimate.seconds:.3g}"),
        runs=estimate.runs,
        epochs=estimate.epochs,
        bytes=estimate.bytes,
        programs=estimate.programs,
        words=estimate.describe(),
    )


def check_view(body: Any, slots: int, filled: bool = False) -> CheckView:
    """Checks a body that may be a valid experiment, to be trained on so many slots; `filled` also returns it."""
    problems: list[Problem] = []
    arms: list[ResolvedArm] = []
    estimated: Estimate | None = None
    try:
        experiment = Experiment.model_validate(body)
    except ValidationError as error:
        found = problem_views(problems_of(error, body))
        return CheckView(problems=found, warnings=[], layers=[], arms=[], estimate=None)
    try:
        arms = resolve(experiment)
        estimated = admit(experiment, arms, settings(), slots)
    except Invalid as invalid:
        problems = invalid.problems
    return CheckView(
        estimate=estimated and estimate_view(estimated),
        problems=problem_views(problems),
        warnings=problem_views(warnings_of(experiment, arms) if arms else []),
        layers=_layers(experiment),
        network_proposals=_network_proposals(experiment),
        arms=[CheckedArmView(name=arm.name, words=arm.describe(), parameters=arm.parameters()) for arm in arms],
        least_seeds=None if problems else least_seeds_of(experiment),
        experiment=experiment if filled and not problems else None,
    )


def _network_proposals(experiment: Experiment) -> list[NetworkProposalView]:
    if experiment.dataset.problems():
        return []
    found = network_proposals(experiment.network.named(), experiment.dataset)
    return [NetworkProposalView(title=title, layers=layers) for title, layers in found.items()]


def _layers(experiment: Experiment) -> list[CheckedLayerView]:
    """The base network's layers, up to the first incompatible one."""
    dataset, network = experiment.dataset, experiment.network.named()
    if dataset.problems():
        return []
    shapes, problem = shapes_until(network, dataset.shape)
    views = [
        CheckedLayerView(
            name=str(layer.name), input_shape=list(given), output_shape=list(gives), parameters=layer.parameters(given)
        )
        for layer, given, gives in zip(network.layers, shapes, shapes[1:], strict=False)
    ]
    if problem is None:
        units = output_units(dataset)
        weights = network.output.weight_shapes(shapes[-1], units)
        parameters = sum(math.prod(shape) for each in weights.values() for shape in each)
        views.append(
            CheckedLayerView(
                name=Output.name, input_shape=list(shapes[-1]), output_shape=[units], parameters=parameters
            )
        )
    return views
