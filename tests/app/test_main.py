"""The API's application: what it imports."""

from __future__ import annotations

import subprocess
import sys


def test_the_api_never_imports_tensorflow() -> None:
    code = "import sys, app.openapi, app.__main__; print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
