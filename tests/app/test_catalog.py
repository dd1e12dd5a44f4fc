"""Every entry of the catalog on the running service; and a new one that is only a class, yet appears everywhere."""

from __future__ import annotations

import json
import shutil
import string
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.catalog import FAMILIES as CATALOG_FAMILIES
from app.catalog import CatalogView, catalog
from app.presets import PRESETS
from core.catalog.constraints import Constraint
from core.catalog.datasets import Dataset
from core.catalog.entry import subclasses_of
from core.catalog.layers import Layer
from core.catalog.regularizers import Regularizer
from core.catalog.schedules import Schedule
from core.catalog.training import EarlyStopping, Optimizer
from core.runs.metrics import OF_CLASSES
from tests.core.catalog.datasets.test_formats import placed, reviews_npz
from tests.families import FAMILIES
from tests.service import PATIENCE, ROOT, Service

Json = dict[str, Any]


def kinds(family: Any) -> list[str]:
    return [kind.kind_name() for kind in subclasses_of(family)]


def posted(client: httpx.Client, body: Json) -> str:
    """Its id."""
    answer = client.post("/api/experiments", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def trained(client: httpx.Client, body: Json) -> Json:
    """The view of an experiment of which every run has finished."""
    return finished(client, posted(client, body))


def finished(client: httpx.Client, id: str) -> Json:
    """Waits until the posted experiment has ended, and checks that its runs did well."""
    client.get(f"/api/experiments/{id}/events", timeout=PATIENCE)
    view: Json = client.get(f"/api/experiments/{id}").json()
    assert [run["error"] for run in view["runs"]] == [None] * len(view["runs"])
    assert view["status"] == "finished"
    assert not [(run["arm"], weight) for run in view["runs"] for weight in run["weights"] if weight["held"] is False]
    return view


@pytest.fixture(scope="module")
def families(service: Service) -> dict[str, str]:
    """Experiments by the family that they train, posted at once so that every slot has something to do."""
    with service.client() as client:
        return {name: posted(client, {**body, "arms": [{"name": "limited"}]}) for name, body in FAMILIES.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_trains(client: httpx.Client, families: dict[str, str], family: str) -> None:
    view = finished(client, families[family])
    assert view["score"] == "accuracy"
    (run,) = view["runs"]
    assert set(run["metrics"]) == {"train", "test"}, "the sealed rows stay sealed"
    constrained = {kind.kind_name() for kind in subclasses_of(Layer) if kind.weights}
    held = [weight for weight in run["weights"] if weight["held"]]
    assert len(held) >= sum(layer["kind"] in constrained for layer in FAMILIES[family]["network"]["layers"])


def test_every_constraint_regulariser_optimiser_and_schedule_trains(client: httpx.Client) -> None:
    links = [{"kind": "non_neg"}, {"kind": "max_norm", "max_value": 0.5}]
    own: dict[str, Json] = {"chain": {"constraints": links}}
    # Those that act on kernels with places alone.
    filters = {each.kind_name() for each in subclasses_of(Constraint) if each.ranks and 2 not in each.ranks}

    def arm(kind: str, layer: str, field: str) -> Json:
        return {"name": f"{field} {kind}", "changes": {"layers": {layer: {field: {"kind": kind, **own.get(kind, {})}}}}}

    arms = [arm(kind, "conv" if kind in filters else "hidden", "kernel_constraint") for kind in kinds(Constraint)]
    arms += [arm(kind, "hidden", "kernel_regularizer") for kind in kinds(Regularizer)]
    arms += [{"name": kind, "changes": {"training": {"optimizer": {"kind": kind}}}} for kind in kinds(Optimizer)]
    arms += [{"name": kind, "changes": {"training": {"schedule": {"kind": kind}}}} for kind in kinds(Schedule)]
    view = trained(
        client,
        {
            "dataset": {"kind": "digits", "layout": "image"},
            "split": {"train": 40, "holdout": 1700, "shuffle": True},
            "network": {
                "layers": [
                    {"kind": "conv2d", "name": "conv", "filters": 2, "kernel_size": 3, "strides": 3},
                    {"kind": "flatten"},
                    {"kind": "dense", "name": "hidden", "units": 6},
                ]
            },
            "training": {"epochs": 2, "batch_size": 20},
            "arms": arms,
        },
    )
    assert len(view["runs"]) == len(arms) > 25


ELSEWHERE = {
    "mnist": "core/catalog/datasets/test_downloaded.py, on the real files",
    "table": "api/test_datasets.py",
    "arrays": "api/test_arrays.py",
}


def test_every_data_set_trains(client: httpx.Client, service: Service) -> None:
    directory = service.data / "datasets"
    placed(directory, "fashion_mnist.npz", rows=40)
    placed(directory, "cifar10.npz", rows=40)
    reviews_npz(directory, [[5, 6, 7]] * 40)
    ids = []
    for kind in sorted(set(kinds(Dataset)) - ELSEWHERE.keys()):
        dataset: Json = {"kind": kind}
        if kind in {"fashion_mnist", "cifar10", "imdb"}:
            dataset |= {"from_train": 20, "from_test": 20}
        body: Json = {
            "dataset": dataset,
            "split": {"train": 20, "shuffle": True},
            "network": {"layers": [{"kind": "flatten"}, {"kind": "dense", "units": 4}]},
            "training": {"epochs": 2},
        }
        ids.append(posted(client, body))
    for id in ids:
        view = finished(client, id)
        score = view["score"]
        (run,) = view["runs"]
        assert isinstance(run[f"test_{score}"], float)
        assert f"test_{'r2' if score == 'accuracy' else 'accuracy'}" not in run
        assert set(run["metrics"]["test"]) == (set(OF_CLASSES) if score == "accuracy" else {"r2", "mae", "rmse"})
        assert set(view["arms"][0]) >= {f"train_{score}", f"test_{score}"}
        (curve,) = client.get(f"/api/experiments/{view['id']}/curves").json()["runs"]
        assert len(curve[f"test_{score}"]) == 2


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_posted(client: httpx.Client, name: str) -> None:
    body = client.get(f"/api/presets/{name}").raise_for_status().json()["experiment"]
    checked = client.post("/api/experiments/check", json=body).raise_for_status().json()
    assert checked["problems"] == []
    assert checked["layers"][-1]["name"] == "output"
    assert [arm["name"] for arm in checked["arms"]] == [arm["name"] for arm in body["arms"]]


DUMMY = '''

class Halved(Constraint):
    """Halves every weight after each update, which is of no use to anyone.

    Feasible set: all weights.
    """

    title: ClassVar = "Halved"
    summary: ClassVar = "Halve every weight"
    feasible: ClassVar = "disc"
    kind: Literal["halved"] = "halved"
    share: float = limit(0.5, "What is left of a weight.")

    def keras(self, number: Number, axis: Axes) -> Call:
        return Partial(halved, share=number("share"))

    def describe(self) -> str:
        return f"times {self.share:g}"

    def violation(self, weight: np.ndarray, axis: Axes) -> float:
        return 0.0


def halved(w: Any, *, share: Any) -> Any:
    """`w` times a share."""
    return w * share
'''


def test_a_new_entry_is_one_class(tmp_path: Path, page: Page) -> None:
    for part in ("app", "core", "worker", "launch"):
        shutil.copytree(ROOT / part, tmp_path / part)
    with (tmp_path / "core/catalog/constraints/elementwise.py").open("a") as file:
        file.write(DUMMY)
    settings = {"LAB_PAGE": str(ROOT / "frontend/dist"), "LAB_CONCURRENCY": "1"}
    service = Service(tmp_path / "service", settings, root=tmp_path)
    try:
        with service.client() as client:
            schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
            assert schemas["Halved"]["properties"]["kind"]["const"] == "halved"
            assert "halved" in [entry["kind"] for entry in client.get("/api/catalog").json()["constraints"]]

            body: Json = {
                "dataset": {"kind": "moons"},
                "network": {"layers": [{"kind": "dense", "name": "hidden", "units": 8}]},
                "training": {"epochs": 20},
                "arms": [
                    {"name": "free"},
                    {"name": "half", "changes": {"layers": {"hidden": {"kernel_constraint": {"kind": "halved"}}}}},
                ],
            }
            view = trained(client, body)
            free, half = (run["weights"][0] for run in view["runs"])
            assert half["constraint"] == "times 0.5"
            assert half["norm"]["max"] < 0.01 < free["norm"]["min"]

            script = client.get(f"/api/experiments/{view['id']}/export/script.py").text
            assert "def halved(w, *, share):" in script
            assert "kernel_constraint=functools.partial(halved, share=0.5)" in script

        page.set_default_timeout(PATIENCE * 1000)
        page.goto(service.url)
        expect(page.get_by_test_id("run")).to_be_enabled(timeout=PATIENCE * 1000)
        page.get_by_test_id("card:network").click()
        page.get_by_test_id("constraint:network/layers/0/kernel_constraint").click()
        page.get_by_role("radio", name="Halved").click()
        expect(page.get_by_test_id("field:network/layers/0/kernel_constraint/share")).to_have_value("0.5")
    finally:
        service.stop()


def test_the_catalog_describes_every_field() -> None:
    shown = catalog()
    for family in ("datasets", "layers", "constraints", "optimizers"):
        for entry in shown[family]:
            assert entry["title"]
            assert entry["summary"]
            for name, field in entry["schema"]["properties"].items():
                assert name == "kind" or field["title"]
                assert name in {"kind"} or field.get("description"), f"{entry['kind']}.{name} has no description"


def test_the_catalog_has_exactly_the_fields_of_its_schema() -> None:
    written = json.loads(json.dumps(catalog()))
    read = CatalogView.model_validate_json(json.dumps(written), strict=True)
    assert read.model_dump(by_alias=True, exclude_unset=True) == written


def test_a_phrase_names_fields_of_its_entry_and_a_suggestion_can_be_trained() -> None:
    for family in CATALOG_FAMILIES.values():
        for entry in subclasses_of(family):
            fields = {name for _, name, _, _ in string.Formatter().parse(entry.phrase) if name}
            assert fields <= entry.model_fields.keys(), entry.phrase
            for settings in entry.suggestion.settings if entry.suggestion else ():
                assert entry.model_validate(settings | {"kind": entry.kind_name()}).describe()


def test_trials_of_a_method_vary_one_number_within_its_limits() -> None:
    shown = catalog()
    entries = {entry["kind"]: entry for family in CATALOG_FAMILIES for entry in shown[family]}
    assert [kind for kind, entry in entries.items() if "trials" in entry] == ["dropout", "max_norm", "l2"]
    assert shown["training"]["schema"]["properties"]["early_stopping"]["trials"]["field"] == "patience"
    tried: list[Any] = [each for family in CATALOG_FAMILIES.values() for each in subclasses_of(family) if each.trials]
    for entry in [*tried, EarlyStopping]:
        trials, kind = entry.trials, {name: entry.kind_name() for name in ("kind",) if name in entry.model_fields}
        assert list(trials.values) == sorted(set(trials.values))
        for value in trials.values:
            made = entry.model_validate(kind | trials.settings | {trials.field: value})
            assert getattr(made, trials.field) == value


def test_fields_carry_the_words_that_describe_them() -> None:
    shown = catalog()
    entries = {entry["kind"]: entry for family in CATALOG_FAMILIES for entry in shown[family]}
    for kind, entry in entries.items():
        for name, field in entry["schema"]["properties"].items():
            assert name == "kind" or field["phrase"], f"{kind}.{name} has no phrase"
    dense = entries["dense"]["schema"]["properties"]
    words = {
        "units": ("units", True, "unit"),
        "activation": ("activation", True, None),
        "use_bias": ("bias", None, None),
    }
    assert {name: tuple(dense[name].get(key) for key in ("phrase", "main", "singular")) for name in words} == words
    assert entries["max_norm"]["phrase"] == "max norm {max_value}"
    assert entries["max_norm"]["suggestion"] == {"settings": [{"max_value": 3.0}], "likely": True}
    assert entries["frobenius_norm"]["name"] == "Frobenius norm"
    sweep = entries["max_norm"]["schema"]["properties"]["max_value"]["sweep"]
    assert sweep == {"start": 0.25, "stop": 8, "steps": 9}
