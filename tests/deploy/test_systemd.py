"""The units of deploy/systemd: valid for systemd, confined, and true of the product."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from core.settings import ROOT, SECRETS, Settings

HERE = ROOT / "deploy" / "systemd"
UNITS = sorted(HERE.glob("*.service"))
INSTALLED = "/opt/constraint-lab"
EXPOSURE = 2.0
"""Most points of `systemd-analyze security`, of 10."""
PYTHONS = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "HOME"}


def read(unit: Path) -> dict[str, list[str]]:
    """The lines of a unit, by section and name: `Service.User` → its values."""
    found: dict[str, list[str]] = defaultdict(list)
    section = ""
    for number, line in enumerate(unit.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        heading = re.fullmatch(r"\[(Unit|Service|Install)\]", line)
        if heading:
            section = heading[1]
            continue
        name, sign, value = line.partition("=")
        assert section, f"{unit.name}:{number} stands in no section"
        assert sign and name.isalpha(), f"{unit.name}:{number}: {line}"  # noqa: PT018 - one rule
        found[f"{section}.{name}"].append(value)
    return found


def environment(unit: dict[str, list[str]]) -> dict[str, str]:
    assignments = [each for line in unit["Service.Environment"] for each in shlex.split(line)]
    return dict(each.split("=", 1) for each in assignments)


@pytest.fixture(params=UNITS, ids=lambda path: path.stem)
def unit(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_are_two() -> None:
    assert [path.stem for path in UNITS] == ["constraint-lab-api", "constraint-lab-worker"]


def test_systemd_takes_it_and_finds_it_confined(unit: Path, tmp_path: Path) -> None:
    """With the program where this checkout has it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("There is no systemd here to ask; the tests below parse the units")
    installed = tmp_path / unit.name
    installed.write_text(unit.read_text().replace(INSTALLED, str(ROOT)))
    for verb in (["verify"], ["security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE * 10:.0f}"]):
        done = subprocess.run(
            ["systemd-analyze", *verb, str(installed)], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert installed.name not in done.stderr, done.stderr  # where it warns


def test_it_is_confined(unit: Path) -> None:
    lines = read(unit)
    wanted = {
        "User": "constraint-lab",
        "NoNewPrivileges": "true",
        "ProtectSystem": "strict",
        "ProtectHome": "true",
        "PrivateTmp": "true",
        "CapabilityBoundingSet": "",
        "SystemCallFilter": "@system-service",
        "UMask": "0077",
    }
    assert {name: lines[f"Service.{name}"] for name in wanted} == {name: [value] for name, value in wanted.items()}
    assert {"Service.MemoryMax", "Service.TasksMax"} <= lines.keys()
    assert re.search(r"^u constraint-lab ", (HERE / "constraint-lab.conf").read_text(), re.MULTILINE)


def test_it_runs_what_the_image_runs(unit: Path) -> None:
    lines = read(unit)
    python, *given = shlex.split(lines["Service.ExecStart"][0])
    assert python == f"{INSTALLED}/.venv/bin/python"
    dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    commands = [yaml.safe_load(each) for each in re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)]
    assert ["python", *given] in commands


def test_its_variables_are_settings(unit: Path) -> None:
    given = environment(read(unit))
    known = {name.upper() for name in Settings.model_fields} | {f"{name.upper()}_FILE" for name in SECRETS} | PYTHONS
    assert given.keys() <= known


def test_its_secrets_are_credentials(unit: Path) -> None:
    lines = read(unit)
    loaded = {each.partition(":")[0] for each in lines["Service.LoadCredential"]}
    files = {value for name, value in environment(lines).items() if name.endswith("_FILE")}
    assert files == {f"%d/{name}" for name in loaded}


def test_it_may_write_its_data_and_the_data_sets_alone(unit: Path) -> None:
    lines = read(unit)
    own = environment(lines)["LAB_DATA"]
    directories = {f"/var/lib/{name}" for name in lines["Service.StateDirectory"][0].split()}
    assert directories == {own, f"{own}/datasets", "/var/lib/constraint-lab/datasets"}
    assert lines["Service.BindPaths"] == [f"/var/lib/constraint-lab/datasets:{own}/datasets"]
    assert "Service.ReadWritePaths" not in lines


def test_it_has_the_time_that_it_needs_to_stop(unit: Path) -> None:
    """As in containers; only its main process is asked."""
    lines = read(unit)
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    service = compose["services"][unit.stem.rpartition("-")[2]]
    assert lines["Service.TimeoutStopSec"] == [service["stop_grace_period"].removesuffix("s")]
    assert lines["Service.KillMode"] == ["mixed"]
    assert lines["Service.Restart"] == ["always"]
