"""The catalog: every entry of every family with its schema, words and suggestions, for forms and other clients."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypeAliasType

from core.catalog.constraints import Constraint, Feasible
from core.catalog.datasets import Dataset, Downloaded, Split, Task
from core.catalog.entry import CatalogEntry, in_sentence, subclasses_of
from core.catalog.layers import Constrained, Layer, Output
from core.catalog.losses import TASKS, Loss
from core.catalog.regularizers import Regularizer
from core.catalog.schedules import Schedule
from core.catalog.training import Optimizer, Training
from core.experiment.claims import Claims
from core.experiment.model import SCORE

FAMILIES: dict[str, type[CatalogEntry]] = {
    "datasets": Dataset,
    "layers": Layer,
    "constraints": Constraint,
    "regularizers": Regularizer,
    "optimizers": Optimizer,
    "schedules": Schedule,
    "losses": Loss,
}

Json = TypeAliasType("Json", "bool | int | float | str | list[Json] | dict[str, Json] | None")


def _optional(description: str = "", alias: str | None = None) -> Any:
    """A field that is left out where it says nothing; never null."""
    return Field(None, description=description or None, alias=alias)


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class SweepRangeView(_View):
    """A range of values, logarithmic."""

    start: float
    stop: float
    steps: int


class TrialsView(_View):
    """Arms with which a method is tried when methods are compared: one number over a range."""

    field: str = Field(description="The number that is varied.")
    values: list[float] = Field(description="Its values, ascending.")
    settings: dict[str, Json] = Field(description="Other fields that differ from their defaults, in every trial.")


class DiscriminatorView(_View):
    """The field that tells the members of a union apart."""

    propertyName: str
    mapping: dict[str, str]


class SchemaView(_View):
    """JSON Schema, the part of it that the catalog uses, with hints for forms."""

    ref: str = _optional(alias="$ref")
    defs: dict[str, SchemaView] = _optional(alias="$defs")
    type: str = _optional()
    const: Json = _optional()
    default: Json = _optional()
    enum: list[Json] = _optional()
    minimum: int | float = _optional()
    maximum: int | float = _optional()
    exclusive_minimum: int | float = _optional(alias="exclusiveMinimum")
    exclusive_maximum: int | float = _optional(alias="exclusiveMaximum")
    min_items: int = _optional(alias="minItems")
    max_items: int = _optional(alias="maxItems")
    min_length: int = _optional(alias="minLength")
    max_length: int = _optional(alias="maxLength")
    pattern: str = _optional()
    title: str = _optional()
    description: str = _optional()
    properties: dict[str, SchemaView] = _optional()
    additional_properties: bool | SchemaView = _optional(alias="additionalProperties")
    required: list[str] = _optional()
    items: SchemaView = _optional()
    any_of: list[SchemaView] = _optional(alias="anyOf")
    one_of: list[SchemaView] = _optional(alias="oneOf")
    discriminator: DiscriminatorView = _optional()
    phrase: str = _optional("A field's title within a sentence.")
    main: Literal[True] = _optional("The value is shown wherever the entry is described in few words.")
    singular: str = _optional("Of a number of things, which the phrase names: the name of one.")
    tunable: Literal[True] = _optional("Runs that differ only in such numbers share one compiled program.")
    simpler: Literal["low", "high"] = _optional("The end of the range that gives the simpler model.")
    step: int | float = _optional("The increment of a stepper.")
    scale: Literal["log"] = _optional("The stepper multiplies rather than adds.")
    unset: str = _optional("What a field that is left empty means, where that is not none.")
    widget: str = _optional("The control that the field needs, where its type does not tell.")
    sweep: SweepRangeView = _optional("The range that a sweep begins with.")
    trials: TrialsView = _optional("Arms that try it where methods are compared.")


class CatalogWeightView(_View):
    """A weight of a layer that can be constrained."""

    name: str = Field(description="Keras' name.")
    field: str = Field(description="The layer's field with the weight's constraint.")
    regularizer_field: str = Field(description="The layer's field with its regulariser.")
    rank: int = Field(description="Number of axes.")
    unit_axis: list[int] = Field(description="Axes of one unit's values; none: each value is a unit of its own.")
    unit_words: str = Field(description="Phrase for one unit's values.")


class SuggestionView(_View):
    """Arms that are suggested with an entry."""

    settings: list[dict[str, Json]] = Field(description="Fields that differ from their defaults, for each arm.")
    likely: bool = Field(description="Whether they are among the first that people want.")
    idle: dict[str, Json] = _optional("For a layer that the shared settings lack: fields with which it does nothing.")
    after: list[str] = _optional("Kinds of layers; such a layer is added after the last of them.")


class EntryView(_View):
    """An entry of the catalog."""

    kind: str
    title: str
    name: str = Field(description="The title within a sentence.")
    phrase: str = Field(description="The entry within a sentence, with `{field}` for the values that matter most.")
    summary: str
    description: str
    form: SchemaView = Field(alias="schema")
    suggestion: SuggestionView = _optional("Arms to suggest; absent where there are none.")
    trials: TrialsView = _optional("Arms that try it where methods are compared; absent where it is not offered.")
    group: str = _optional("Heading of a data set, layer or loss.")
    task: Task = _optional("The kind of target that a loss is for.")
    split: dict[str, Json] = _optional("Fields of the split that suit a data set.")
    score: Literal["accuracy", "r2"] = _optional(
        "Score on a data set as it is by default; absent where it needs a file or a download."
    )
    axes: int = _optional("Axes of one of its examples: 1 for a row of features. Absent where `score` is.")
    feasible: Feasible = _optional("Shape of a constraint's feasible set, for an icon.")
    ranks: list[int] | None = _optional("Ranks of the weights that a constraint or regulariser takes; null: any.")
    weights: list[CatalogWeightView] = _optional("Weights of a layer that can be constrained.")


class FormView(_View):
    """Something of which there is only one kind."""

    form: SchemaView = Field(alias="schema")


class OutputView(FormView):
    """The output layer."""

    weights: list[CatalogWeightView]


class CatalogView(_View):
    """Everything that an experiment can be made of."""

    datasets: list[EntryView]
    layers: list[EntryView]
    constraints: list[EntryView]
    regularizers: list[EntryView]
    optimizers: list[EntryView]
    schedules: list[EntryView]
    losses: list[EntryView]
    split: FormView
    output: OutputView
    training: FormView
    claims: FormView


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON Schema, with the phrase of every field."""
    schema = model.model_json_schema()
    for each in (schema, *schema.get("$defs", {}).values()):
        for field in each.get("properties", {}).values():
            if "title" in field:
                field.setdefault("phrase", in_sentence(field["title"]))
    return schema


def _weights(part: type[Constrained]) -> list[dict[str, Any]]:
    return [
        {
            "name": w.name,
            "field": w.field,
            "regularizer_field": w.regularizer_field,
            "rank": w.rank,
            "unit_axis": list(w.unit_axis),
            "unit_words": w.unit_words(),
        }
        for w in part.weights
    ]


def _described(entry: type[CatalogEntry]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "kind": entry.kind_name(),
        "title": entry.title,
        "name": entry.sentence_name(),
        "phrase": entry.phrase or entry.sentence_name(),
        "summary": entry.summary,
        "description": entry.__doc__,
        "schema": _schema(entry),
    }
    if suggestion := entry.suggestion:
        described["suggestion"] = {"settings": list(suggestion.settings), "likely": suggestion.likely}
        if suggestion.idle is not None:
            described["suggestion"] |= {"idle": suggestion.idle, "after": list(suggestion.after)}
    if entry.trials is not None:
        described["trials"] = entry.trials.describe()
    if issubclass(entry, Dataset):
        described["group"] = entry.group
        described["split"] = entry.proposed_split
        described |= _by_default(entry)
    if issubclass(entry, Constraint):
        described["feasible"] = entry.feasible
    if issubclass(entry, Constraint | Regularizer):
        described["ranks"] = None if entry.ranks is None else list(entry.ranks)
    if issubclass(entry, Loss):
        described |= {"group": TASKS[entry.task], "task": entry.task}
    if issubclass(entry, Layer):
        described["group"] = entry.group
    if issubclass(entry, Constrained):
        described["weights"] = _weights(entry)
    return described


def _by_default(entry: type[Dataset]) -> dict[str, Any]:
    """Score and axes of a data set with its defaults; nothing where it needs a file or a download."""
    if issubclass(entry, Downloaded):
        return {}
    try:
        dataset = entry.model_validate({"kind": entry.kind_name()})
    except ValidationError:
        return {}
    return {"score": SCORE[dataset.task], "axes": len(dataset.shape)}


def catalog() -> dict[str, Any]:
    """The catalog as JSON, in the shape of `CatalogView`."""
    return {
        **{family: [_described(entry) for entry in subclasses_of(base)] for family, base in FAMILIES.items()},
        "split": {"schema": _schema(Split)},
        "output": {"schema": _schema(Output), "weights": _weights(Output)},
        "training": {"schema": _schema(Training)},
        "claims": {"schema": _schema(Claims)},
    }
