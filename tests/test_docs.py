"""Documents agree with the code: what exists is documented, and what is documented exists."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from app.catalog import FAMILIES
from app.exports import EXPORTS
from app.exports.suite import SUITE_EXPORTS
from app.main import app
from app.suite_verdict import SuiteArmView, SuiteVerdictView
from core.catalog.datasets import Split
from core.catalog.entry import subclasses_of
from core.catalog.layers import Layer
from core.catalog.training import Training
from core.experiment.arm import Arm
from core.experiment.claims import Claims
from core.experiment.experiment import Experiment, resolve
from core.experiment.suite import Suite, SuiteDataset, resolve_suite
from core.experiment.sweep import Axis, Sweep
from core.settings import ROOT, SECRETS, Settings

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
UNMADE = {"frontend/dist"}
"""Paths that only set-up makes."""


DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / ".github").rglob("*.md")]
)


def prose(text: str) -> str:
    """A document without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


@cache
def section(document: Path, heading: str = "") -> str:
    """The part of a document below a heading of the second level, or all of it."""
    text = document.read_text()
    if not heading:
        return text
    _, found, below = text.partition(f"\n## {heading}\n")
    assert found, f"{document.name} has no section {heading}"
    return below.partition("\n## ")[0]


def rows(text: str) -> list[dict[str, str]]:
    """The rows of every table in a text, by the table's column titles."""
    found: list[dict[str, str]] = []
    columns: list[str] = []
    for line in prose(text).splitlines():
        if not line.startswith("|"):
            columns = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not columns:
            columns = cells
        elif set(line) - set("|- "):
            found.append(dict(zip(columns, cells, strict=True)))
    return found


def named(text: str, column: str) -> list[str]:
    """The names in backticks in one column of a text's tables."""
    return [name for row in rows(text) for name in re.findall(r"`([^`]+)`", row.get(column, ""))]


def named_in_prose(text: str) -> set[str]:
    """The variables in backticks in a text, without their values."""
    return {name.partition("=")[0] for name in re.findall(r"`([A-Z_]{3,}(?:=[^`]*)?)`", prose(text))}


def shown(default: Any) -> str:
    """The default of a setting as its row gives it."""
    if isinstance(default, Path):
        default = default.relative_to(ROOT).as_posix()
    text = default if isinstance(default, str) else json.dumps(default)
    return f"`{text}`" if text else ""


def test_every_setting_is_documented_with_its_default() -> None:
    documented = {
        row["variable"].strip("`"): (row["default"], row["what it does"])
        for row in rows(section(REFERENCE / "settings.md").partition("\n## ")[0])
    }
    settings = {
        name.upper(): (shown(field.default), field.description) for name, field in Settings.model_fields.items()
    }
    assert documented == settings


def test_every_secret_and_its_file_are_documented() -> None:
    assert sorted(named_in_prose(section(REFERENCE / "settings.md", "Secrets from files"))) == sorted(
        [*(name.upper() for name in SECRETS), "LAB_TOKEN_FILE"]
    )


def test_every_variable_of_the_containers_is_documented_with_its_default() -> None:
    """Those that are no settings of the lab: they stand in the compose file alone."""
    compose = (ROOT / "docker-compose.yml").read_text()
    read = dict(re.findall(r"\$\{([A-Z_]+)(?::[-+]([^$}]*))?", compose))
    documented: dict[str, str] = {}
    for row in rows(section(REFERENCE / "settings.md", "Containers")):
        variables, defaults = (re.findall(r"`([^`]+)`", row[column]) for column in ("variable", "default"))
        documented |= dict(zip(variables, defaults or [""], strict=True))
    own = {name for name in read if name.lower() not in Settings.model_fields}
    assert documented.keys() == own
    for name in own - {"BIND", "REDIS_PASSWORD_FILE", "LAB_TOKEN_FILE"}:
        assert documented[name] == read[name], name


def test_every_route_is_documented() -> None:
    routes = [f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods]
    assert sorted(named(section(REFERENCE / "rest.md"), "call")) == sorted(routes)


def test_every_export_is_documented() -> None:
    assert sorted(named(section(REFERENCE / "rest.md", "Exports"), "format")) == sorted(EXPORTS)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_kind_of_the_catalog_is_documented(family: str) -> None:
    heading = family.capitalize().replace("Datasets", "Data sets")
    documented = named(section(REFERENCE / "catalog.md", heading), "kind")
    assert sorted(documented) == sorted(kind.kind_name() for kind in subclasses_of(FAMILIES[family]))


def test_every_layer_is_documented_with_its_group_and_weights() -> None:
    for row in rows(section(REFERENCE / "catalog.md", "Layers")):
        for name in re.findall(r"`(\w+)`", row["kind"]):
            (layer,) = [kind for kind in subclasses_of(Layer) if kind.kind_name() == name]
            weights = ", ".join(weight.name for weight in layer.weights) or "none"
            assert (row["group"], row["weights"]) == (layer.group, weights), name


@pytest.mark.parametrize(
    ("heading", "models"),
    [("", [Experiment, Split, Training, Claims, Arm, Sweep, Axis]), ("Split", [Split]), ("Arms", [Arm])],
)
def test_every_field_of_an_experiment_is_documented(heading: str, models: list[type[BaseModel]]) -> None:
    documented = named(section(REFERENCE / "experiment.md", heading), "field")
    assert sorted(documented) == sorted(field for model in models for field in model.model_fields)


def test_the_experiment_of_the_reference_can_be_posted() -> None:
    body, sweep = re.findall(r"```json\n(.*?)```", section(REFERENCE / "experiment.md"), re.DOTALL)
    experiment = Experiment.model_validate(json.loads(body))
    assert [arm.describe() for arm in resolve(experiment)] == [
        [],
        ["hidden kernel: unit norm, each unit's 2 incoming weights"],
    ]
    swept = Experiment.model_validate({**json.loads(body), "sweep": json.loads(sweep)})
    assert [len(resolve(swept)), swept.arms[2].point, swept.arms[-1].point] == [2 + 25, [0.25], [8]]


def test_every_field_of_a_suite_is_documented_and_its_example_can_be_posted() -> None:
    text = section(REFERENCE / "suite.md")
    documented = named(text.partition("\n## ")[0], "field")
    assert sorted(documented) == sorted([*Suite.model_fields, *SuiteDataset.model_fields])
    (body,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    members = resolve_suite(Suite.model_validate(json.loads(body)))
    assert [each.name for each in members] == ["Two moons", "Circles", "irises"]


def test_every_figure_of_a_suites_verdict_that_is_documented_exists() -> None:
    fields = {*SuiteVerdictView.model_fields, *SuiteArmView.model_fields}
    assert set(named(section(REFERENCE / "suite.md", "Its verdict"), "figure")) <= fields


def test_every_export_of_a_suite_is_documented() -> None:
    (row,) = [each for each in rows(section(REFERENCE / "rest.md", "Suites")) if "{format}" in each["call"]]
    assert re.findall(r"`([^`]+)`", row["what it does"]) == list(SUITE_EXPORTS)


def test_every_verb_is_documented() -> None:
    helped = re.findall(r'^\t@echo "(make \S+)', (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert sorted(named(section(ROOT / "CONTRIBUTING.md"), "verb")) == sorted(helped)


def test_every_decision_is_in_the_index() -> None:
    index = [
        (row["#"], row["decision"], row["date"], row["status"]) for row in rows(section(DOCS / "decisions/README.md"))
    ]
    records = []
    for path in sorted((DOCS / "decisions").glob("0*.md")):
        text = path.read_text()
        number, title = re.findall(r"\A# (\d+)\. (.+)", text)[0]
        date, status = re.findall(r"^Date: (\d{4}-\d\d-\d\d) · Status: (.+)$", text, re.MULTILINE)[0]
        assert path.name.startswith(f"{int(number):04}-")
        assert re.findall("^## (.+)", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], path.name
        records.append((number, f"[{title}]({path.name})", date, status))
    assert index == records


def test_no_word_of_the_glossary_is_defined_twice() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", section(DOCS / "glossary.md"), re.MULTILINE)
    assert len(words) == len(set(words)) > 50


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= 1000


# Links and paths


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    here = ROOT / document
    text = prose(here.read_text())
    for link in [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'src="([^"]+)"', text)]:
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = here.parent / path if path else here
        assert target.exists(), f"{document} links to {link}"
        assert not anchor or anchor in anchors(target), f"{document} links to {link}, which has no such heading"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_in_backticks_exist(document: str) -> None:
    tops = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} | {".ci", ".devcontainer", ".github"}
    folder = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(tops)))})/[\w./-]*")
    for place in re.findall(r"`([^`\n]+)`", prose((ROOT / document).read_text())):
        if folder.fullmatch(place) or re.fullmatch(r"[A-Z]\w+\.md|Dockerfile|Makefile", place):
            assert place in UNMADE or (ROOT / place).exists(), f"{document} names {place}"
