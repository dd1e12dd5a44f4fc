"""Experiments drawn from the schema: each is refused with a located sentence, or trains without an exception.

`LAB_CASES=500 make test ARGS=tests/worker/test_generated.py` runs more of them than a usual test run does.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.exports.script import script_of
from app.warnings import warnings_of
from core.catalog.datasets import Dataset, Split
from core.catalog.datasets.arrays import Arrays
from core.catalog.datasets.downloaded import Downloaded
from core.catalog.datasets.table import Table
from core.catalog.entry import subclasses_of
from core.catalog.layers import Layer, Output
from core.catalog.training import Training
from core.experiment.experiment import Experiment, resolve
from core.problems import Invalid, problems_of
from worker.engine import Engine

CASES = int(os.environ.get("LAB_CASES", "12"))
SMALL = 6
"""Largest distance of a drawn number from its smallest value, so that networks are small."""

Json = Any


def drawn_from(schema: dict[str, Json], definitions: dict[str, Json]) -> st.SearchStrategy[Json]:
    """Values that `schema` allows, small ones."""
    schema = {**definitions[schema["$ref"].rpartition("/")[2]], **schema} if "$ref" in schema else schema
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for union in ("oneOf", "anyOf"):
        if union in schema:
            return st.one_of([drawn_from(each, definitions) for each in schema[union]])
    match schema.get("type"):
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer" | "number":
            low = float(schema.get("minimum") or schema.get("exclusiveMinimum") or 0)
            high = min(low + SMALL, float(schema.get("maximum") or schema.get("exclusiveMaximum") or low + SMALL))
            if schema["type"] == "integer":
                return st.integers(int(low), int(high))
            shares = [0.1, 0.25, 0.5, 0.9]
            shares += [
                share for share, end in ((0.0, "exclusiveMinimum"), (1.0, "exclusiveMaximum")) if end not in schema
            ]
            return st.sampled_from([low + share * (high - low) for share in shares])
        case "array":
            size = {"min_size": schema.get("minItems", 0), "max_size": min(4, schema.get("maxItems", 4))}
            return st.lists(drawn_from(schema["items"], definitions), **size)
        case "object" if "properties" in schema:
            return fields_of(schema, definitions)
        case "object":
            return st.just({})
    return st.just("hidden")


def fields_of(schema: dict[str, Json], definitions: dict[str, Json]) -> st.SearchStrategy[Json]:
    """An object with its required fields, and one of its others at most, besides those that say how large it is."""
    properties: dict[str, Json] = schema["properties"]
    needed = set(schema.get("required", [])) | ({"kind"} & properties.keys())
    sizes = {"units", "filters", "num_heads", "key_dim", "n_samples", "steps"} & properties.keys()

    @st.composite
    def built(draw: st.DrawFn) -> Json:
        rest = sorted(properties.keys() - needed - sizes - {"name"})
        some = draw(st.lists(st.sampled_from(rest), max_size=2, unique=True)) if rest else []
        value = {name: draw(drawn_from(properties[name], definitions)) for name in sorted({*needed, *sizes, *some})}
        return {**value, "n_samples": 24 + value["n_samples"]} if "n_samples" in sizes else value

    return built()


def an(model: type[Any]) -> st.SearchStrategy[Json]:
    schema = TypeAdapter(model).json_schema()
    return drawn_from(schema, schema.get("$defs", {}))


DATASETS = [kind for kind in subclasses_of(Dataset) if not issubclass(kind, Downloaded | Table | Arrays)]


@st.composite
def experiments(draw: st.DrawFn) -> Json:
    """Bodies of experiments, most of them with networks whose shapes fit."""
    dataset = draw(st.sampled_from(DATASETS).flatmap(an))
    layers = draw(st.lists(st.sampled_from(subclasses_of(Layer)).flatmap(an), max_size=3))
    if draw(st.booleans()):
        layers.append({"kind": "flatten"})
    name = draw(st.sampled_from([f"{layer['kind']}_{place}" for place, layer in enumerate(layers, 1)] or ["none"]))
    changed = draw(an(Output))
    return {
        "dataset": dataset,
        "split": {**draw(an(Split)), "train": 12, "shuffle": True},
        "network": {"layers": layers, "output": draw(an(Output))},
        "training": {**draw(an(Training)), "epochs": 2, "batch_size": draw(st.sampled_from([5, 32]))},
        "seeds": [draw(st.integers(0, 3))],
        "arms": [
            {"name": "baseline"},
            {"name": "other", "changes": {"output": changed, "layers": {name: {}} if layers else {}}},
        ],
    }


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(programs=2)


@settings(max_examples=CASES, suppress_health_check=list(HealthCheck), print_blob=True)
@given(body=experiments())
def test_it_is_refused_or_trains(engine: Engine, body: Json) -> None:
    note(str(body))
    try:
        experiment = Experiment.model_validate(body)
        arms = resolve(experiment)
    except (ValidationError, Invalid) as error:
        problems = error.problems if isinstance(error, Invalid) else problems_of(error, body)
        assert problems
        for problem in problems:
            assert problem.location
            assert problem.message[0].isupper() or problem.message.split()[0] in str(body) or "_" in problem.message
        return
    assert all(warning.location and warning.message for warning in warnings_of(experiment, arms))
    compile(script_of(experiment, arms), "script.py", "exec")
    assume(max(arm.parameters() for arm in arms) < 200_000)
    for arm in arms:
        session = engine.start(arm, experiment.seeds[0])
        while not session.done:
            session.step()
        evaluation = session.evaluate_sets()
        figures, rows = evaluation.metrics, evaluation.outcomes
        assert set(figures) >= {"train", "test"}
        assert len(rows["test"]) == experiment.split.counts(experiment.dataset.rows)["test"]
        assert 1 <= session.epochs_done <= 2
        assert all(value is not None for value in session.figures().values())
        for report in session.weights():
            assert report["held"] is not False, report
        restored = engine.start(arm, experiment.seeds[0], session.checkpoint())
        assert restored.done
