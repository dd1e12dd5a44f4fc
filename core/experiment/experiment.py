"""An experiment as posted, and its arms resolved: the base with each arm's changes merged in and checked."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import Field, TypeAdapter, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from core.catalog.constraints import Constraint
from core.catalog.datasets import AnyDataset, Dataset, Split
from core.catalog.entry import Entry
from core.catalog.layers import AnyLayer, Constrained, Layer, Output
from core.catalog.losses import usual_loss
from core.catalog.regularizers import Regularizer
from core.catalog.training import Training
from core.catalog.weight import Weight
from core.experiment.arm import Arm, Changed
from core.experiment.claims import Claims
from core.experiment.network import Network, shapes_of
from core.experiment.published import Published
from core.experiment.resolution import ResolvedArm
from core.experiment.sweep import Sweep, SweepTargets
from core.limits import MAX_ARMS, MAX_RUNS, MAX_SEED
from core.problems import ONE_LINE, Invalid, Line, Location, Problem, problems_of

Status = Literal["queued", "running", "paused", "finished", "failed", "cancelled"]
"""State of an experiment or a run."""
CLOSED: frozenset[Status] = frozenset({"finished", "failed", "cancelled"})

T = TypeVar("T", bound=Entry)
WATCHING: Final = {"early_stopping": "Early stopping", "reduce_lr_on_plateau": "Reducing the rate on a plateau"}
"""Fields of the training that watch a metric, and what they are called."""
_LAYER: TypeAdapter[Any] = TypeAdapter(AnyLayer)


@dataclass(frozen=True)
class Replicate:
    """A draw of the rows, and a seed of the training: one run of every arm."""

    draw: int | None
    """None: the rows as posted."""
    seed: int


Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


def repeats_as_seeds(body: Any) -> Any:
    """Replaces `repeats` of a posted body by seeds; leaves it if it is invalid or contradicts the seeds given."""
    if isinstance(body, dict) and type(repeats := body.get("repeats")) is int and 1 <= repeats <= MAX_RUNS:
        seeds = list(range(1, repeats + 1))
        if body.get("seeds", seeds) == seeds:
            return {**body, "repeats": None, "seeds": seeds}
    return body


def agree_with_repeats(seeds: list[int], info: ValidationInfo) -> list[int]:
    """The seeds; an error where `repeats` are left beside them."""
    if info.data.get("repeats") is not None:
        context = {"repeats": info.data["repeats"]}
        raise PydanticCustomError(
            "repeats", "Give either repeats or seeds: {repeats} repeats are seeds 1 to {repeats}", context
        )
    return seeds


class Experiment(Entry):
    """A data set, a base network, its training, and arms that vary it, each trained once with every seed."""

    name: Line = Field("Untitled", min_length=1, max_length=120, pattern=ONE_LINE)
    tags: list[Annotated[str, Field(min_length=1, max_length=40)]] = Field(default_factory=list, max_length=20)
    dataset: AnyDataset
    split: Split = Field(default_factory=Split)
    network: Network
    training: Training = Field(default_factory=Training)
    repeats: int | None = Field(
        None, ge=1, le=MAX_RUNS, description="Shorthand for the seeds 1, 2, … up to this number; stored as these seeds."
    )
    seeds: list[Seed] = Field(
        default_factory=lambda: [1],
        min_length=1,
        max_length=MAX_RUNS,
        description="One run of every arm for each seed. Arms of one seed, on one draw of the rows, share initial "
        "weights and batch order.",
    )
    sweep: Sweep | None = Field(None, description="Generates more arms from a range of one number or of two.")
    arms: list[Arm] = Field(
        default_factory=lambda: [Arm(name="baseline")],
        validate_default=True,
        min_length=1,
        max_length=MAX_ARMS,
        description="The first is the baseline, to which the others are compared. Arms of the sweep follow.",
    )
    claims: Claims = Field(default_factory=Claims)
    published: Published | None = Field(None, description="Published results to compare with.")
    prediction: str | None = Field(
        None, max_length=60, description="Name of the arm that you expect to win, written down before Run."
    )

    _repeats_as_seeds = model_validator(mode="before")(repeats_as_seeds)
    _agree_with_repeats = field_validator("seeds")(agree_with_repeats)

    @field_validator("arms")
    @classmethod
    def _with_sweep_arms(cls, arms: list[Arm], info: ValidationInfo) -> list[Arm]:
        """The arms as written, then those of the sweep, generated again; a stored experiment gives the same arms."""
        sweep, network, training = (info.data.get(name) for name in ("sweep", "network", "training"))
        if sweep is None or network is None or training is None:
            return arms
        own = [arm for arm in arms if arm.point is None] or [Arm(name="baseline")]
        return [*own, *sweep.arms(_targets(network, training), own)]

    @model_validator(mode="after")
    def _without_split_column(self) -> Self:
        """Leaves the column by which the split cuts the rows out of the features that the data set has by default."""
        object.__setattr__(self, "dataset", self.split.without_column(self.dataset))  # not frozen until it is made
        return self

    def replicates(self) -> list[Replicate]:
        """The runs of each arm: draws in order, for each of them the seeds in order."""
        numbers = self.split.draw_numbers
        if numbers is None:
            return [Replicate(seed if self.split.resample else None, seed) for seed in self.seeds]
        return [Replicate(draw, seed) for draw in numbers for seed in self.seeds]

    def sweep_targets(self) -> SweepTargets:
        """The entries that a sweep's axes can vary."""
        return _targets(self.network, self.training)

    def posted_location(self, location: Location) -> Location:
        """`location` in the posted body: for an arm of the sweep, the part of the sweep that it comes from."""
        match location:
            case ("arms", int(index), *below) if self.sweep is not None and self.arms[index].point is not None:
                inside = tuple(below[1:]) if below[:1] == ["changes"] else ()
                return self.sweep.posted_location(self.arms[index], inside)
        return location


def _targets(network: Network, training: Training) -> SweepTargets:
    layers: SweepTargets = {("layers", str(layer.name)): layer for layer in network.named().layers}
    return {**layers, ("output",): network.output, ("training",): training}


def _merged(base: T, changed: Changed, adapter: TypeAdapter[T], at: Location, fixed: frozenset[str] = frozenset()) -> T:
    """`base` with `changed` fields; problems are reported below `at`."""
    for field in fixed & changed.keys():
        raise Invalid([Problem((*at, field), f"An arm can't change a layer's {field}")])
    body = {**base.model_dump(), **changed}
    try:
        return adapter.validate_python(body)
    except ValidationError as error:
        raise Invalid(
            [Problem((*at, *problem.location), problem.message) for problem in problems_of(error, body)]
        ) from None


def _unweighable(dataset: Dataset) -> str | None:
    """Why classes of `dataset` can't have weights, if so."""
    if not dataset.classes:
        several = "Rows with several labels have no class to weigh: leave this empty"
        return several if dataset.label_names else "Regression has no classes to weigh: leave this empty"
    if dataset.weight_column is not None:
        return "Rows have weights of their own: leave this empty, or the data set's sample weight"
    return None


def _resolved_arm(experiment: Experiment, network: Network, index: int) -> ResolvedArm:
    arm = experiment.arms[index]
    at: Location = ("arms", index, "changes")
    layers = {str(layer.name): layer for layer in network.layers}
    for name, changed in arm.changes.layers.items():
        place = (*at, "layers", name)
        if name not in layers:
            known = ", ".join(layers) or "none"
            raise Invalid([Problem(place, f"No layer is called {name!r}; the layers are: {known}")])
        layers[name] = _merged(layers[name], changed, _LAYER, place, frozenset({"kind", "name"}))
        _check_weights(layers[name], place, changed)
        _check_tokens(layers[name], experiment.dataset, place)
    output = _merged(network.output, arm.changes.output, TypeAdapter(Output), (*at, "output"))
    _check_weights(output, (*at, "output"), arm.changes.output)
    training = _merged(experiment.training, arm.changes.training, TypeAdapter(Training), (*at, "training"))
    for field, title in WATCHING.items():
        watching = training.watching().get(field)
        if watching and watching.watch == "validation" and not experiment.split.has("validation", experiment.dataset):
            message = f"{title} watches the validation set, and there is none: set split.validation, or watch another"
            raise Invalid([Problem((*at, "training", field, "watch"), message)])
    if training.schedule is not None and training.reduce_lr_on_plateau is not None:
        place = at if {"schedule", "reduce_lr_on_plateau"} & arm.changes.training.keys() else ()
        message = "A schedule sets the learning rate already: remove it, or don't reduce the rate on a plateau"
        raise Invalid([Problem((*place, "training", "reduce_lr_on_plateau"), message)])
    if training.class_weight is not None and (cure := _unweighable(experiment.dataset)):
        place = at if "class_weight" in arm.changes.training else ()
        raise Invalid([Problem((*place, "training", "class_weight"), cure)])
    if training.loss is not None:
        if refusal := training.loss.refusal(experiment.dataset.task):
            place = at if "loss" in arm.changes.training else ()
            raise Invalid([Problem((*place, "training", "loss"), refusal)])
        if training.loss == usual_loss(experiment.dataset.task):
            training = training.model_copy(update={"loss": None})  # the same thing, so also the same program
    resolved = ResolvedArm(
        name=arm.name,
        dataset=experiment.dataset,
        split=experiment.split,
        network=Network(layers=list(layers.values()), output=output),
        training=training,
    )
    try:
        resolved.shapes()
    except Invalid as invalid:
        # Problems of the base are reported there; the rest come from the arm's changes.
        place = (*at, "layers")
        raise Invalid([Problem(place, problem.message) for problem in invalid.problems]) from None
    _check_penalties(experiment, index, resolved)
    return resolved


def location_of(experiment: Experiment, arm: int, layer: str, field: str) -> Location:
    """Location of an arm's value for `field` of the layer called `layer`: in the arm's changes, or in the base."""
    changes, network = experiment.arms[arm].changes, experiment.network.named()
    if layer == Output.name:
        return ("arms", arm, "changes", "output", field) if field in changes.output else ("network", "output", field)
    if field in changes.layers.get(layer, {}):
        return ("arms", arm, "changes", "layers", layer, field)
    return ("network", "layers", [each.name for each in network.layers].index(layer), field)


def _check_penalties(experiment: Experiment, index: int, arm: ResolvedArm) -> None:
    """Rejects regularisers that can't act on weights of these shapes."""
    shapes = arm.weight_shapes()
    layers: list[tuple[str, Constrained]] = [(str(layer.name), layer) for layer in arm.network.layers]
    for name, layer in [*layers, (Output.name, arm.network.output)]:
        for weight, regularizer in layer.regularizers():
            refusals = [regularizer.refusal(shape) for shape in shapes[f"{name}.{weight.name}"]] if regularizer else []
            if regularizer and any(refusals):
                reason = next(filter(None, refusals))
                place = location_of(experiment, index, name, weight.regularizer_field)
                raise Invalid([Problem(place, f"{regularizer.title} can't act on the {weight.name}: {reason}")])


def _with_layout(problem: Problem, dataset: Dataset) -> Problem:
    """The problem, proposing the image layout if a network for images gets examples in another layout."""
    has_layout = dataset.picture is not None or (hasattr(dataset, "layout") and len(dataset.shape) == 2)
    if not has_layout or len(dataset.shape) == 3 or "height × width" not in problem.message:
        return problem
    cure = "set the data set's layout to image, or add a reshape layer"
    return Problem(problem.location, problem.message.replace("add a reshape layer", cure))


def _check_tokens(layer: Layer, dataset: Dataset, at: Location) -> None:
    """Rejects a layer that knows fewer tokens than the data set has."""
    known, needed = layer.tokens(), dataset.vocabulary
    if known is not None and needed is not None and known < needed:
        message = f"The data set has {needed} tokens: set this to at least {needed}"
        raise Invalid([Problem((*at, "input_dim"), message)])


def _check_weights(layer: Constrained, at: Location, fields: Container[str]) -> None:
    """Rejects constraints and regularisers among the layer's `fields` that can't act on their weight."""
    limits: list[tuple[Weight, str, Location, Constraint | Regularizer]] = []
    for weight, constraint in layer.constraints():
        limits += [(weight, weight.field, where, one) for where, one in (constraint.links() if constraint else ())]
    for weight, regularizer in layer.regularizers():
        limits += [(weight, weight.regularizer_field, (), regularizer)] if regularizer else []
    for weight, field, where, limit in limits:
        if field not in fields:
            continue
        place = (*at, field, *where)
        if not limit.fits(weight):
            raise Invalid([Problem(place, f"{limit.title} can't act on the {weight.name}: {limit.needs()}")])
        axis = getattr(limit, "axis", None)
        axes = [axis] if isinstance(axis, int) else axis or []
        if any(not -weight.rank <= a < weight.rank for a in axes) or len({a % weight.rank for a in axes}) < len(axes):
            numbers = "axis 0 only" if weight.rank == 1 else f"axes 0 to {weight.rank - 1}; name each at most once"
            raise Invalid([Problem((*place, "axis"), f"Choose another axis: the {weight.name} has {numbers}")])


def programs_of(experiment: Experiment, arms: Sequence[ResolvedArm]) -> list[str]:
    """Name of the program of every run, given the resolved arms; runs as `replicates` has them for each arm."""
    replicates = experiment.replicates()
    names = []
    for arm in arms:
        by_draw = {replicate.draw: arm.at(replicate.draw).program() for replicate in replicates}
        names += [by_draw[replicate.draw] for replicate in replicates]
    return names


def _too_many_runs(experiment: Experiment) -> list[Problem]:
    arms, draws, seeds = len(experiment.arms), len(experiment.split.draw_numbers or [0]), len(experiment.seeds)
    runs = arms * draws * seeds
    if runs <= MAX_RUNS:
        return []
    varied = "fold" if experiment.split.folds else "draw"
    counted = [(arms, "arm"), *([(draws, varied)] if draws > 1 else []), (seeds, "seed")]
    factors = " × ".join(f"{number} {noun}" if number == 1 else f"{number} {noun}s" for number, noun in counted)
    at: Location = ("split", f"{varied}s") if draws > seeds else ("seeds",)
    return [Problem(at, f"{factors} are {runs} runs; use at most {MAX_RUNS}")]


def resolve(experiment: Experiment) -> list[ResolvedArm]:
    """The experiment's arms: the base with each arm's changes merged in.

    Raises:
        Invalid: with every problem of data set, split, network, sweep and arms.
    """
    problems = experiment.dataset.problems() or experiment.split.problems(experiment.dataset)
    network = experiment.network.named()
    names = [str(layer.name) for layer in network.layers]
    places: list[tuple[Constrained, Location]] = [
        (layer, ("network", "layers", index)) for index, layer in enumerate(network.layers)
    ]
    for layer, place in [*places, (network.output, ("network", "output"))]:
        try:
            _check_weights(layer, place, type(layer).model_fields)
            if isinstance(layer, Layer) and not problems:
                _check_tokens(layer, experiment.dataset, place)
        except Invalid as invalid:
            problems += invalid.problems
    for index, name in enumerate(names):
        if name == Output.name or name in names[:index]:
            problems.append(
                Problem(("network", "layers", index, "name"), f"The name {name!r} is taken; choose another")
            )
    if not problems:
        try:
            shapes_of(network, experiment.dataset.shape)
        except Invalid as invalid:
            problems += [_with_layout(problem, experiment.dataset) for problem in invalid.problems]
    arm_names = [arm.name.strip().casefold() for arm in experiment.arms]
    for index, name in enumerate(arm_names):
        if name in arm_names[:index]:
            problems.append(Problem(("arms", index, "name"), "Another arm has this name; choose another"))
        if experiment.sweep is None and experiment.arms[index].point is not None:
            problems.append(Problem(("arms", index, "point"), "Only arms of a sweep have a point; remove it"))
    if experiment.sweep is not None:
        own = sum(arm.point is None for arm in experiment.arms)
        problems += experiment.sweep.problems(experiment.sweep_targets(), own)
    if experiment.prediction is not None and experiment.prediction not in [arm.name for arm in experiment.arms]:
        problems.append(Problem(("prediction",), f"No arm is called {experiment.prediction!r}; choose one of the arms"))
    for name in experiment.published.values if experiment.published else ():
        if name.strip().casefold() not in arm_names:
            problems.append(
                Problem(("published", "values", name), f"No arm is called {name!r}; choose one of the arms")
            )
    for index, seed in enumerate(experiment.seeds):
        if seed in experiment.seeds[:index]:
            problems.append(Problem(("seeds", index), f"Seed {seed} is listed twice; remove one"))
    problems += _too_many_runs(experiment)
    arms: list[ResolvedArm] = []
    if not problems:
        for index in range(len(experiment.arms)):
            try:
                arms.append(_resolved_arm(experiment, network, index))
            except Invalid as invalid:
                # Many values of a range may have the same problem: it is reported once.
                is_swept = experiment.arms[index].point is not None
                reported = {each.location for each in problems} if is_swept else set()
                new = [Problem(experiment.posted_location(each.location), each.message) for each in invalid.problems]
                problems += [each for each in new if each not in problems and each.location not in reported]
    if problems:
        raise Invalid(problems)
    return arms
