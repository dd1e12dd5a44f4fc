"""The shell examples of the README and the reference do what these say."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from app.store import Store
from core.settings import ROOT, Settings
from tests.conftest import unavailable
from tests.service import Service

README = ROOT / "README.md"
LAB = "B=http://127.0.0.1:8000"
"""First line of an example that calls a lab."""
BACKUP = "BACKUP=/backups/lab.zip"
"""First line of that which saves one."""


def examples(document: Path) -> list[str]:
    """The shell examples of a document."""
    return re.findall(r"^```sh\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)


def commands(example: str) -> list[str]:
    """Its commands; one that goes on in the next line is one."""
    return re.split(r"(?<![|\\])\n", example.strip())


def starts_a_lab(command: str) -> bool:
    """Whether it can't be run by a test, because it starts a lab in the foreground or needs containers."""
    return re.search(r"^(\w+=\S+ )*(make|docker) ", command) is not None


EXAMPLES = [
    example
    for document in [README, *sorted((ROOT / "docs" / "reference").glob("*.md"))]
    for example in examples(document)
]
STARTING = [command for example in EXAMPLES for command in commands(example) if starts_a_lab(command)]


def run(example: str, directory: Path, **environment: str) -> dict[str, str]:
    """Runs an example in bash, and returns what each of its commands printed."""
    if shutil.which("curl") is None:
        unavailable("The examples need curl")
    given = commands(example)
    script = "\n".join(f"{command}\nprintf '\\0'" for command in given)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=directory,
        env={**os.environ, "NO_PROXY": "*", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(given, done.stdout.split("\0"), strict=False))


def ending(printed: dict[str, str], part: str) -> str:
    """Output of the only command that contains `part`."""
    (found,) = [output for command, output in printed.items() if part in command]
    return found


def test_each_example_is_tried_by_a_test_below() -> None:
    left = [example for example in EXAMPLES if not all(map(starts_a_lab, commands(example)))]
    assert [example.split()[0] for example in left] == [LAB, "./lab", LAB, BACKUP, LAB]


@pytest.mark.parametrize("command", STARTING)
def test_what_starts_a_lab_names_what_there_is(command: str) -> None:
    makefile, compose = (ROOT / "Makefile").read_text(), (ROOT / "docker-compose.yml").read_text()
    words = shlex.split(command, comments=True)
    variables = [words.pop(0).partition("=")[0] for _ in range(len(words)) if "=" in words[0]]
    if words[0] == "make":
        (verb,) = words[1:]
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE)
        assert {name.lower() for name in variables} <= Settings.model_fields.keys()
        return
    services = re.findall(
        r"^  ([\w-]+):$", compose.partition("\nservices:")[2].partition("\nvolumes:")[0], re.MULTILINE
    )
    if "./lab" in words:
        at = words.index("./lab")
        assert words[at - 1] in services
        subprocess.run([ROOT / "lab", words[at + 1], "--help"], check=True, capture_output=True, timeout=60)
        return
    options = argparse.ArgumentParser()
    options.add_argument("--profile", choices=re.findall(r"profiles: \[(\w+)\]", compose))
    options.add_argument("--build", action="store_true")
    options.add_argument("--scale", type=lambda text: text.partition("=")[0], choices=services)
    options.parse_args([word for word in words if word not in ("docker", "compose", "up")])
    assert all(f"${{{name}:" in compose for name in variables)


def test_the_readmes_calls(service: Service, tmp_path: Path) -> None:
    (example,) = [each for each in examples(README) if each.startswith(LAB)]
    printed = run(example.replace(LAB, f"B={service.url}"), tmp_path)

    events = re.findall(r"^event: (\w+)$", ending(printed, "/events"), re.MULTILINE)
    assert events[-1] == "experiment_finished"

    view = json.loads(ending(printed, "$ID  "))
    assert view["status"] == "finished"
    assert events.count("run_finished") == len(view["runs"]) > 1
    assert [weight["held"] for weight in view["runs"][1]["weights"] if weight["constraint"]] == [True]

    curves = json.loads(ending(printed, "points=500"))["runs"]
    assert [(run["epoch"][0], run["epoch"][-1]) for run in curves] == [(1, 4000)] * len(view["runs"])
    assert all(len(run["epoch"]) == len(run["test_accuracy"]) <= 500 for run in curves)

    verdict = json.loads(ending(printed, "/verdict"))
    assert [bool(arm["sentence"]) for arm in verdict["arms"]] == [True] * len(view["arms"])

    script = (tmp_path / "tutorial.py").read_text()
    assert "import keras" in script
    compile(script, "tutorial.py", "exec")


def test_an_upload_and_its_preview(service: Service, tmp_path: Path) -> None:
    (example,) = [each for each in examples(ROOT / "docs/reference/data.md") if each.startswith(LAB)]
    rows = "".join(f"{i},{i % 7},{'AB'[i % 2]}\n" for i in range(20))
    (tmp_path / "mine.csv").write_text(f"length,width,species\n{rows}")
    preview = json.loads(ending(run(example.replace(LAB, f"B={service.url}"), tmp_path), "/preview"))
    assert (preview["sizes"]["train"], preview["sizes"]["test"]) == (14, 6)


def test_arrays_and_their_preview(service: Service, tmp_path: Path) -> None:
    (example,) = [each for each in examples(ROOT / "docs/reference/arrays.md") if each.startswith(LAB)]
    np.savez(tmp_path / "data.npz", x=np.arange(60.0).reshape(20, 3), y=np.arange(20) % 2)
    preview = json.loads(ending(run(example.replace(LAB, f"B={service.url}"), tmp_path), "/preview"))
    assert (preview["shape"], preview["sizes"]["train"]) == ([3], 14)


def test_a_back_up_and_its_restore(tmp_path: Path) -> None:
    (example,) = [each for each in EXAMPLES if each.startswith(BACKUP)]
    Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}").close()
    moved = example.replace("/backups", str(tmp_path)).replace("/srv", str(tmp_path / "srv"))
    printed = run(moved, ROOT, LAB_DATA=str(tmp_path), REDIS_URL="redis://127.0.0.1:1/0")
    assert "No problems were found" in ending(printed, "./lab verify  ")
    first, second = (Store(f"sqlite:///{tmp_path / 'srv' / name / 'lab.sqlite3'}") for name in ("lab", "second"))
    assert first.identity != second.identity
    first.close()
    second.close()


def test_links_and_keys(tmp_path: Path) -> None:
    (example,) = [each for each in EXAMPLES if each.startswith("./lab ")]
    printed = run(example, ROOT, LAB_DATA=str(tmp_path), LAB_TOKEN="generate")
    assert re.search(r"http://\S+/\?token=\S{20,}", ending(printed, "./lab link"))
    assert len(ending(printed, "add night-job").strip()) > 20
    assert re.findall(r"^(\S+)\t(\S+)", ending(printed, "keys list"), re.MULTILINE) == [
        ("night-job", "full"),
        ("dashboard", "read"),
    ]
    left = subprocess.run(
        ["./lab", "keys", "list"],
        cwd=ROOT,
        env={**os.environ, "LAB_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert left.stdout.startswith("dashboard\tread")
    assert "night-job" not in left.stdout
