"""All formats alike: the list, addresses and files' names, refusals, and a new format that is one module."""

from __future__ import annotations

import shutil
from typing import Any

import httpx
import pytest

from app.exports import EXPORTS
from app.main import app
from app.presets import PRESETS
from tests.app.exports.conftest import Trained
from tests.service import ROOT, Service

FILES = {  # those whose names are promised
    "curves.csv": ("two_moons_curves.csv", "text/csv; charset=utf-8"),
    "curves.json": ("two_moons_curves.json", "application/json"),
    "experiment.json": ("two_moons.json", "application/json"),
    "report.html": ("two_moons.html", "text/html; charset=utf-8"),
    "runs.csv": ("two_moons_runs.csv", "text/csv; charset=utf-8"),
    "script.py": ("two_moons.py", "text/x-python; charset=utf-8"),
    "table.csv": ("two_moons_table.csv", "text/csv; charset=utf-8"),
    "table.md": ("two_moons_table.md", "text/markdown; charset=utf-8"),
}


@pytest.mark.parametrize("name", FILES)
def test_each_format_is_a_file_with_a_name(classified: Trained, name: str) -> None:
    file, media_type = FILES[name]
    answer = classified.export(name)
    assert answer.headers["content-disposition"] == f'attachment; filename="{file}"'
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.endswith("\n")


def test_they_are_listed_and_documented(client: httpx.Client) -> None:
    listed = client.get("/api/exports").raise_for_status().json()["exports"]
    names = [each["name"] for each in listed]
    assert set(FILES) <= set(names), "an address that was given out stays valid"
    assert names == sorted(EXPORTS)
    assert "script.py" in [each["name"] for each in listed if each["takes_arm"]]
    assert all(each["title"] and each["summary"] for each in listed)
    operation = app.openapi()["paths"]["/api/experiments/{experiment}/export/{format}"]["get"]
    (parameter,) = (each for each in operation["parameters"] if each["name"] == "format")
    assert parameter["schema"]["enum"] == names
    assert all(f"`{name}`: {EXPORTS[name].summary}" in parameter["description"] for name in names)
    assert set(operation["responses"]["200"]["content"]) == {each["media_type"] for each in listed}


def test_what_can_not_be_exported_is_refused_with_a_sentence(classified: Trained) -> None:
    url = f"/api/experiments/{classified.view['id']}/export"
    cases: list[tuple[str, dict[str, str], int, str]] = [
        (f"{url}/curves.xls", {}, 404, ", ".join(EXPORTS)),
        (f"{url}/script.py", {"arm": "none"}, 404, "the arms are: baseline, "),
        (f"{url}/curves.csv", {"arm": "baseline"}, 422, "leave arm out"),
        ("/api/experiments/nothing/export/curves.csv", {}, 404, "no experiment with this id"),
    ]
    for address, query, status, words in cases:
        answer = classified.client.get(address, params=query)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.json()["detail"]


DUMMY = '''
"""`name.txt`: the experiment's name."""

from collections.abc import Iterator

from app.exports.base import Export, Source


class NameText(Export):
    """The name alone."""

    name = "name.txt"
    ending = "_name.txt"
    media_type = "text/plain"
    title = "Name"
    summary = "The name alone"

    def write(self, source: Source) -> Iterator[str]:
        yield source.stored.experiment.name
'''


@pytest.fixture(scope="module")
def with_one_more(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A service without workers, from a copy of the sources with one more module of exports."""
    root = tmp_path_factory.mktemp("sources")
    for part in ("app", "core", "worker", "launch"):
        shutil.copytree(ROOT / part, root / part)
    (root / "app" / "exports" / "name.py").write_text(DUMMY)
    service = Service(root / "service", workers=0, root=root)
    yield service
    service.stop()


def test_a_new_format_is_one_module(with_one_more: Service) -> None:
    body = PRESETS["tutorial"].experiment.model_dump(mode="json")
    with with_one_more.client() as client:
        id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
        assert "name.txt" in [each["name"] for each in client.get("/api/exports").json()["exports"]]
        answer = client.get(f"/api/experiments/{id}/export/name.txt").raise_for_status()
        assert answer.text == body["name"]
        assert answer.headers["content-disposition"] == 'attachment; filename="two_moons_name.txt"'
        path = client.get("/api/openapi.json").json()["paths"]["/api/experiments/{experiment}/export/{format}"]
        assert "name.txt" in path["get"]["parameters"][1]["schema"]["enum"]


def test_an_experiment_of_which_nothing_is_trained_can_be_exported(with_one_more: Service) -> None:
    body: dict[str, Any] = PRESETS["tutorial"].experiment.model_dump(mode="json")
    arms = len(body["arms"])
    with with_one_more.client() as client:
        id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
        texts = {name: client.get(f"/api/experiments/{id}/export/{name}").raise_for_status().text for name in FILES}
    assert texts["curves.csv"] == "arm,seed,epoch,train_accuracy,test_accuracy,train_loss,test_loss\n"
    assert texts["curves.json"] == '{"runs":[]}\n'
    assert len(texts["runs.csv"].splitlines()) == 1 + arms * len(body["seeds"])
    assert len(texts["table.csv"].splitlines()) == 1 + arms
    assert len(texts["table.md"].splitlines()) == 2 + arms
    assert "<h2>Verdict</h2>" in texts["report.html"]
    assert "nan" not in texts["table.csv"].lower()
