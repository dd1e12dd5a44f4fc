"""The end of a test run says what was not run, and how to get it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.service import ROOT

TESTS = """
def test_in_a_browser(browser): ...
def test_in_another(browser): ...
def test_elsewhere(): ...
"""


def test_a_machine_without_a_browser_is_told_of_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {
        "PATH": str(Path(sys.executable).parent),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", tmp_path]
    done = subprocess.run(
        [*map(str, command), "-c", os.devnull, "-n", "0", "test_some.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("NOT RUN")]
    assert line.startswith("NOT RUN: 2 tests. There is no Chromium. Install it, or run: ")
    assert "1 passed, 2 skipped" in done.stdout
