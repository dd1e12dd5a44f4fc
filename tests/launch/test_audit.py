"""The audit says what is known, and tells silence from good news."""

from __future__ import annotations

import json
import subprocess
import sys

from launch.audit import page_findings, python_findings
from tests.service import ROOT


def test_a_known_weakness_is_named() -> None:
    flaw = {"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}
    report = {"dependencies": [{"name": "a", "version": "1.0", "vulns": [flaw]}, {"name": "b", "skip_reason": "away"}]}
    assert python_findings(json.dumps(report)) == ["a 1.0: PYSEC-1, fixed in 1.1"]
    page = {"vulnerabilities": {"left": {"severity": "high", "range": "<2.0.0"}}, "metadata": {}}
    assert page_findings(json.dumps(page)) == ["left <2.0.0: high"]


def test_no_weakness_is_good_news_and_no_answer_is_none() -> None:
    assert python_findings(json.dumps({"dependencies": [{"name": "a", "version": "1.0", "vulns": []}]})) == []
    assert python_findings(json.dumps({"dependencies": [{"name": "a", "skip_reason": "Dependency not found"}]})) is None
    assert python_findings("") is None
    assert page_findings(json.dumps({"vulnerabilities": {}, "metadata": {}})) == []
    assert page_findings(json.dumps({"statusCode": 405, "message": "Method Not Allowed"})) is None


def test_every_lock_gets_a_sentence() -> None:
    done = subprocess.run([sys.executable, "-m", "launch.audit"], cwd=ROOT, capture_output=True, text=True)
    for lock in ("requirements/dev.txt", "requirements/worker-gpu.txt", "frontend/package-lock.json"):
        assert lock in done.stdout, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
