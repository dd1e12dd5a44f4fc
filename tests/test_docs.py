"""The documents say what is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.catalog import FAMILIES
from core.catalog.entry import subclasses_of
from core.experiment.experiment import Experiment, resolve
from core.settings import ROOT, Settings

README = (ROOT / "README.md").read_text()


def test_the_readme_lists_every_setting() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \|.*\| (.*) \|$", README, re.MULTILINE))
    described = {name.upper(): field.description for name, field in Settings.model_fields.items()}
    assert rows == described


def test_the_readmes_experiment_can_be_posted() -> None:
    (body,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    experiment = Experiment.model_validate(json.loads(body))
    assert [arm.describe() for arm in resolve(experiment)] == [
        [],
        ["hidden kernel: unit norm, each unit's 2 incoming weights"],
    ]


def test_the_readme_names_every_kind() -> None:
    for family in FAMILIES.values():
        for kind in subclasses_of(family):
            assert f"`{kind.kind_name()}`" in README


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_what_documents_point_at_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    paths = re.findall(r"`((?:app|worker|frontend|launch|tests|benchmarks|docs)/[\w./-]*)`", text)
    for place in [*links, *paths]:
        if place != "frontend/dist":
            assert Path(ROOT / place).exists(), f"{document} points at {place}"
