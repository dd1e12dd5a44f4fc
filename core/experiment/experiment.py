"""An experiment as posted, and its arms resolved: the base with each arm's changes merged in and checked."""

from __future__ import annotations

from collections.abc import Container
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from core.catalog.constraints import Constraint
from core.catalog.datasets import AnyDataset, Dataset, Split
from core.catalog.entry import Entry
from core.catalog.layers import AnyLayer, Constrained, Layer, Output
from core.catalog.regularizers import Regularizer
from core.catalog.training import Training
from core.catalog.weight import Weight
from core.experiment.arm import Arm, Changed
from core.experiment.network import Network, shapes_of
from core.experiment.published import Published
from core.experiment.resolution import ResolvedArm
from core.experiment.sweep import MAX_ARMS, Sweep, SweepTargets
from core.problems import ONE_LINE, Invalid, Location, Problem, problems_of

MAX_RUNS = 256

Status = Literal["queued", "running", "paused", "finished", "failed", "cancelled"]
"""Of an experiment and of a run."""
CLOSED: frozenset[Status] = frozenset({"finished", "failed", "cancelled"})

T = TypeVar("T", bound=Entry)
_LAYER: TypeAdapter[Any] = TypeAdapter(AnyLayer)


class Experiment(Entry):
    """A data set, a base network, its training, and arms that vary it, each trained once with every seed."""

    name: str = Field("Untitled", min_length=1, max_length=120, pattern=ONE_LINE)
    tags: list[Annotated[str, Field(min_length=1, max_length=40)]] = Field(default_factory=list, max_length=20)
    dataset: AnyDataset
    split: Split = Field(default_factory=Split)
    network: Network
    training: Training = Field(default_factory=Training)
    repeats: int | None = Field(
        None, ge=1, le=MAX_RUNS, description="Short for the seeds 1, 2, … up to this number; kept as these seeds."
    )
    seeds: list[Annotated[int, Field(ge=0, le=2**31 - 1)]] = Field(
        default_factory=lambda: [1],
        min_length=1,
        max_length=MAX_RUNS,
        description="One run of every arm for each seed. Arms of one seed share initial weights and batch order.",
    )
    sweep: Sweep | None = Field(None, description="Makes more arms, from a range of one number or of two.")
    arms: list[Arm] = Field(
        default_factory=lambda: [Arm(name="baseline")],
        validate_default=True,
        min_length=1,
        max_length=MAX_ARMS,
        description="The first is the baseline that the others are compared with. Those that the sweep makes follow.",
    )
    published: Published | None = Field(None, description="Figures that others reported, to compare with.")
    prediction: str | None = Field(
        None, max_length=60, description="Name of the arm that you expect to win, written down before Run."
    )

    @model_validator(mode="before")
    @classmethod
    def _repeats_as_seeds(cls, body: Any) -> Any:
        """`repeats` written out; they stay where they are wrong, or where seeds are given that don't agree."""
        if isinstance(body, dict) and type(repeats := body.get("repeats")) is int and 1 <= repeats <= MAX_RUNS:
            seeds = list(range(1, repeats + 1))
            if body.get("seeds", seeds) == seeds:
                return {**body, "repeats": None, "seeds": seeds}
        return body

    @field_validator("seeds")
    @classmethod
    def _no_others_than_repeats(cls, seeds: list[int], info: ValidationInfo) -> list[int]:
        if info.data.get("repeats") is not None:
            context = {"repeats": info.data["repeats"]}
            raise PydanticCustomError("repeats", "{repeats} repeats are the seeds 1 to {repeats}; give one", context)
        return seeds

    @field_validator("arms")
    @classmethod
    def _with_the_sweeps(cls, arms: list[Arm], info: ValidationInfo) -> list[Arm]:
        """The arms of one's own, then those of the sweep, made anew: a stored experiment gives the same ones."""
        sweep, network, training = (info.data.get(name) for name in ("sweep", "network", "training"))
        if sweep is None or network is None or training is None:
            return arms
        own = [arm for arm in arms if arm.point is None] or [Arm(name="baseline")]
        return [*own, *sweep.arms(_targets(network, training), own)]

    def sweep_targets(self) -> SweepTargets:
        """What a sweep's axes lead into."""
        return _targets(self.network, self.training)

    def place(self, location: Location) -> Location:
        """`location`, or where in the sweep that stands which an arm of the sweep has there."""
        match location:
            case ("arms", int(index), *below) if self.sweep is not None and self.arms[index].point is not None:
                inside = tuple(below[1:]) if below[:1] == ["changes"] else ()
                return self.sweep.place(self.arms[index], inside)
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
    stopping = training.early_stopping
    if stopping and stopping.watch == "validation" and experiment.split.validation is None:
        message = "Early stopping watches the validation set, and there is none: set split.validation, or watch another"
        raise Invalid([Problem((*at, "training", "early_stopping", "watch"), message)])
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
        # What the base can't do either is said there; an arm's own changes are to blame for the rest.
        place = (*at, "layers")
        raise Invalid([Problem(place, problem.message) for problem in invalid.problems]) from None
    _check_penalties(experiment, index, resolved)
    return resolved


def location_of(experiment: Experiment, arm: int, layer: str, field: str) -> Location:
    """Where the value stands that an arm has for a `field` of the layer called `layer`: in its changes, or the base."""
    changes, network = experiment.arms[arm].changes, experiment.network.named()
    if layer == Output.name:
        return ("arms", arm, "changes", "output", field) if field in changes.output else ("network", "output", field)
    if field in changes.layers.get(layer, {}):
        return ("arms", arm, "changes", "layers", layer, field)
    return ("network", "layers", [each.name for each in network.layers].index(layer), field)


def _check_penalties(experiment: Experiment, index: int, arm: ResolvedArm) -> None:
    """Refuses regularisers that can't act on weights of the shapes that there are."""
    shapes = arm.weight_shapes()
    parts: list[tuple[str, Constrained]] = [(str(layer.name), layer) for layer in arm.network.layers]
    for name, part in [*parts, (Output.name, arm.network.output)]:
        for weight, regularizer in part.regularizers():
            refusals = [regularizer.refusal(shape) for shape in shapes[f"{name}.{weight.name}"]] if regularizer else []
            if regularizer and any(refusals):
                reason = next(filter(None, refusals))
                place = location_of(experiment, index, name, weight.regularizer_field)
                raise Invalid([Problem(place, f"{regularizer.title} can't act on the {weight.name}: {reason}")])


def _with_layout(problem: Problem, dataset: Dataset) -> Problem:
    """The problem with the better cure where a network of images gets the pictures in another layout."""
    if dataset.picture is None or len(dataset.shape) == 3 or "height × width" not in problem.message:
        return problem
    cure = "set the data set's layout to image, or add a reshape layer"
    return Problem(problem.location, problem.message.replace("add a reshape layer", cure))


def _check_tokens(layer: Layer, dataset: Dataset, at: Location) -> None:
    """Refuses a layer that knows fewer tokens than the data set has."""
    known, there = layer.tokens(), dataset.vocabulary
    if known is not None and there is not None and known < there:
        message = f"The data set has {there} tokens: set this to at least {there}"
        raise Invalid([Problem((*at, "input_dim"), message)])


def _check_weights(part: Constrained, at: Location, fields: Container[str]) -> None:
    """Refuses what its weight can't have, in those of `fields` that are constraints or regularisers of `part`."""
    limits: list[tuple[Weight, str, Location, Constraint | Regularizer]] = []
    for weight, constraint in part.constraints():
        limits += [(weight, weight.field, where, one) for where, one in (constraint.links() if constraint else ())]
    for weight, regularizer in part.regularizers():
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
            raise Invalid([Problem((*place, "axis"), f"The {weight.name} has {numbers}")])


def resolve(experiment: Experiment) -> list[ResolvedArm]:
    """The experiment's arms, each complete.

    Raises:
        Invalid: naming every place where arms, rows or names don't fit together.
    """
    problems = experiment.dataset.problems() or experiment.split.problems(experiment.dataset)
    network = experiment.network.named()
    names = [str(layer.name) for layer in network.layers]
    places: list[tuple[Constrained, Location]] = [
        (layer, ("network", "layers", index)) for index, layer in enumerate(network.layers)
    ]
    for part, place in [*places, (network.output, ("network", "output"))]:
        try:
            _check_weights(part, place, type(part).model_fields)
            if isinstance(part, Layer) and not problems:
                _check_tokens(part, experiment.dataset, place)
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
            problems.append(Problem(("arms", index, "point"), "Only arms of a sweep have a point; leave it out"))
    if experiment.sweep is not None:
        own = sum(arm.point is None for arm in experiment.arms)
        problems += experiment.sweep.problems(experiment.sweep_targets(), own)
    if experiment.prediction is not None and experiment.prediction not in [arm.name for arm in experiment.arms]:
        problems.append(Problem(("prediction",), f"No arm is called {experiment.prediction!r}"))
    for name in experiment.published.values if experiment.published else ():
        if name.strip().casefold() not in arm_names:
            problems.append(Problem(("published", "values", name), f"No arm is called {name!r}"))
    for index, seed in enumerate(experiment.seeds):
        if seed in experiment.seeds[:index]:
            problems.append(Problem(("seeds", index), f"Seed {seed} stands here twice"))
    if len(experiment.arms) * len(experiment.seeds) > MAX_RUNS:
        problems.append(
            Problem(
                ("seeds",),
                f"{len(experiment.arms)} arms × {len(experiment.seeds)} seeds are "
                f"{len(experiment.arms) * len(experiment.seeds)} runs; at most {MAX_RUNS} are allowed",
            )
        )
    arms: list[ResolvedArm] = []
    if not problems:
        for index in range(len(experiment.arms)):
            try:
                arms.append(_resolved_arm(experiment, network, index))
            except Invalid as invalid:
                # Of a range many values may be wrong alike: one sentence says so.
                said = {each.location for each in problems} if experiment.arms[index].point is not None else set()
                found = [Problem(experiment.place(each.location), each.message) for each in invalid.problems]
                problems += [each for each in found if each not in problems and each.location not in said]
    if problems:
        raise Invalid(problems)
    return arms
