"""The exported script of an experiment on arrays or pictures of one's own ends at the run's figures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.exports.script import script_of
from core.catalog.datasets.array_uploads import keep_arrays
from core.catalog.datasets.magic import ArraysFormat
from core.catalog.datasets.uploads import content_path, uploads_directory
from core.experiment.experiment import Experiment, resolve
from core.settings import settings
from tests.core.catalog.datasets.own_arrays import folders, npz, picture, trials
from tests.worker.test_script import compared, run_alone
from worker.engine import Engine

MAX = {"kind": "max_norm", "max_value": 0.5}
CONVOLUTION = {"kind": "conv2d", "filters": 2, "kernel_size": [1, 4], "kernel_constraint": MAX}


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A LAB_DATA of the test's own."""
    monkeypatch.setenv("LAB_DATA", str(tmp_path))
    settings.cache_clear()
    uploads_directory().mkdir(parents=True)
    yield tmp_path
    settings.cache_clear()


def kept(content: bytes, name: str, format: ArraysFormat) -> str:
    part = uploads_directory() / "upload.part"
    part.write_bytes(content)
    return keep_arrays(part, hashlib.sha256(content).hexdigest(), name, format)


def test_the_script_of_arrays_gives_the_same_figures(directory: Path) -> None:
    files = {
        "trials.npz": kept(npz(**trials()), "trials.npz", "npz"),
        "pets.zip": kept(folders(**{"animals/dog/large.png": picture((3, 2, 250), (20, 30))}), "pets.zip", "pictures"),
    }
    bodies: list[dict[str, Any]] = [
        {
            "dataset": {"kind": "arrays", "file": files["trials.npz"], "layout": "image"},
            "split": {"train": 20, "shuffle": True, "standardize": True},
            "network": {"layers": [CONVOLUTION, {"kind": "flatten"}]},
            "training": {"epochs": 3},
        },
        {
            "dataset": {"kind": "arrays", "file": files["pets.zip"], "size": [4, 5]},
            "split": {"train": 4, "shuffle": True},
            "network": {"layers": [CONVOLUTION, {"kind": "flatten"}]},
            "training": {"epochs": 3},
        },
    ]
    experiments = [Experiment.model_validate(body) for body in bodies]
    scripts = [script_of(each, resolve(each)) for each in experiments]
    assert 'read_npz("trials.npz", ["x"], ["y"])' in scripts[0]
    assert 'picture_files(zip_names("pets.zip"))' in scripts[1]
    for name, file in files.items():  # the scripts run elsewhere
        scripts = [each.replace(f'"{name}"', f'"{content_path(file)}"') for each in scripts]
    engine = Engine()
    for experiment, alone in zip(experiments, run_alone(directory, scripts, eagerly=True), strict=True):
        compared(engine, experiment, alone)
