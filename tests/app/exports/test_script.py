"""`script.py`: all arms or one, as Python. tests/worker/test_script.py runs scripts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.app.exports.conftest import NAMES, Trained
from tests.service import ROOT

CHANGED_MEANWHILE = """
from pathlib import Path
from app.exports.script import script_of
from app.presets import PRESETS
from core.experiment.experiment import resolve

for file in Path("core").rglob("*.py"):
    file.write_text("# a new line\\n" * 5 + file.read_text().replace("seed", "grain"))
experiment = PRESETS["tutorial"].experiment
print(script_of(experiment, resolve(experiment)))
"""


def test_it_has_one_arm_or_all(classified: Trained) -> None:
    whole = classified.export("script.py")
    assert whole.headers["content-type"].startswith("text/x-python")
    assert whole.headers["content-disposition"] == 'attachment; filename="two_moons.py"'
    compile(whole.text, "script.py", "exec")
    assert "def build_baseline(seed):" in whole.text
    assert "keras.constraints.UnitNorm(axis=0)" in whole.text
    one = classified.export("script.py", arm=NAMES[0]).text
    assert "def build_baseline(seed):" in one
    assert "UnitNorm" not in one


def test_it_has_what_runs_even_if_sources_change_meanwhile(tmp_path: Path) -> None:
    for name in ("app", "core"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-c", CHANGED_MEANWHILE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "def layer_seed(seed, position, part=0):" in done.stdout
    assert "grain" not in done.stdout
