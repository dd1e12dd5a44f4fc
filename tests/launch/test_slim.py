"""The API's image lacks what `launch/slim.py` removes: the API must run without it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.markers import Marker

from core.settings import ROOT
from launch.slim import main, unused

WORKERS = ("keras", "tensorflow")
"""Only workers import these, by functions of `core/` that the API doesn't call."""

USE = """
import importlib, io, pkgutil, sys
import app
for module in pkgutil.walk_packages(app.__path__, "app."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
for name in sys.argv[1:]:
    importlib.import_module(name)

import numpy, pandas, pyarrow, pyarrow.feather, pyarrow.parquet
from plotly import graph_objects
from plotly.offline import get_plotlyjs
from scipy import stats
from sklearn import datasets, metrics
table = pandas.DataFrame({"number": numpy.arange(9.0), "word": list("abcabcabc")})
for engine in ("c", "python", "pyarrow"):
    assert len(pandas.read_csv(io.StringIO(table.to_csv()), engine=engine)) == 9
for write, read in (
    (pyarrow.parquet.write_table, pyarrow.parquet.read_table),
    (pyarrow.feather.write_feather, pyarrow.feather.read_table),
):
    file = io.BytesIO()
    write(pyarrow.Table.from_pandas(table), file)
    file.seek(0)
    assert read(file).num_rows == 9
graph_objects.Figure(graph_objects.Scatter(y=[1, 2])).to_html()
assert len(get_plotlyjs()) > 1_000_000
stats.wilcoxon(numpy.arange(1.0, 9))
datasets.load_iris()
metrics.r2_score([1, 2, 3], [1, 2, 4])
print(pandas.__file__.rpartition("/pandas/")[0])
"""


def imported() -> set[str]:
    """Every module that the API's sources name, also inside functions."""
    found: set[str] = set()
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "core").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
    return {name for name in found if name.partition(".")[0] not in WORKERS}


def link_packages(target: Path) -> None:
    """Links the files of exactly those packages that the API's image has, in the versions that its lock names."""
    locked = re.findall(
        r"^([\w.-]+)==([^\s;]+)(?: ; (.+?))? \\$", (ROOT / "requirements/api.txt").read_text(), re.MULTILINE
    )
    assert len(locked) > 40
    for name, version, marker in locked:
        if marker and not Marker(marker).evaluate():
            continue
        package = distribution(name)
        assert package.version == version
        for file in package.files or ():
            path = target / file
            if ".." in file.parts:
                continue  # commands
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file.locate(), path)
            except OSError:  # on another disk
                shutil.copy(file.locate(), path)


def test_the_api_needs_nothing_of_what_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "packages"
    link_packages(packages)
    assert len(set(unused(packages))) > 100
    monkeypatch.setattr(sys, "argv", ["slim", str(packages)])
    main()
    assert not set(unused(packages))
    done = subprocess.run(
        [sys.executable, "-S", "-c", USE, *sorted(imported())],
        cwd=ROOT,
        env={"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1", "LAB_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(packages)]


def test_it_removes_that_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ["pandas/core/frame.py", "pyarrow/libarrow.so", "pandas/testing.py"]
    gone = ["pandas/tests/tests/a.py", "pyarrow/libarrow_flight.so.2600", "plotly/labextension/a.js"]
    for name in [*kept, *gone]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    monkeypatch.setattr(sys, "argv", ["slim", str(tmp_path)])
    main()
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)
