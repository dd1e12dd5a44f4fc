"""Check the locked packages for known vulnerabilities: `python -m launch.audit`, exit status 1 if there is one.

pip-audit and npm ask the package indexes. Without a network the check is skipped with a message and doesn't fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from launch.setup import LOCKS, PAGE, ROOT, page_tools
from launch.user_error import UserError

LOCKED: Final = ("dev", "worker-gpu")
"""Locks that together contain all Python packages."""
SECONDS: Final = 300

Judge = Callable[[str], list[str] | None]


def python_findings(report: str) -> list[str] | None:
    """The vulnerabilities in pip-audit's JSON, as sentences; None if no index responded."""
    try:
        dependencies: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return None
    asked = [each for each in dependencies if "skip_reason" not in each]
    if not asked:  # an index that answers nothing has pip-audit say that nothing is known
        return None
    flaws = [(f"{each['name']} {each['version']}: {flaw['id']}", flaw) for each in asked for flaw in each["vulns"]]
    return [f"{words}, fixed in {', '.join(flaw['fix_versions']) or 'no version yet'}" for words, flaw in flaws]


def page_findings(report: str) -> list[str] | None:
    """The vulnerabilities in npm's JSON, as sentences; None if no index responded."""
    try:
        found: dict[str, dict[str, Any]] = json.loads(report)["vulnerabilities"]
    except (ValueError, KeyError):
        return None
    return [f"{name} {each['range']}: {each['severity']}" for name, each in found.items()]


def _run_audit(
    command: list[str], where: Path, judge: Judge, environment: dict[str, str] | None = None
) -> list[str] | str:
    """The findings that `judge` reads from a command's report, or the reason why there is no report."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command lines
            command,
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} s"
    found = judge(done.stdout)
    if found is not None:
        return found
    return "no answer" if done.stdout else (done.stderr.strip().splitlines() or ["no answer"])[-1]


def main() -> None:
    """Print the findings; exit 1 if there is a vulnerability."""
    flags = ["--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json", "--timeout=10"]
    try:
        node = page_tools()
    except UserError as sentence:
        raise SystemExit(str(sentence)) from None
    with ThreadPoolExecutor() as pool:  # they mostly wait for answers
        asked = {
            f"requirements/{lock}.txt": pool.submit(
                _run_audit,
                [sys.executable, "-m", "pip_audit", *flags, "-r", str(LOCKS / f"{lock}.txt")],
                ROOT,
                python_findings,
            )
            for lock in LOCKED
        }
        command = ["npm", "audit", "--json"]
        asked["frontend/package-lock.json"] = pool.submit(_run_audit, command, PAGE, page_findings, node)
        found = {name: answer.result() for name, answer in asked.items()}
    for name, flaws in found.items():
        if isinstance(flaws, str):
            print(f"Skipped {name}: no vulnerability database could be reached ({flaws}).")
        else:
            print("\n  ".join([f"{name}: {len(flaws)} known vulnerabilities.", *flaws]))
    raise SystemExit(any(flaws for flaws in found.values() if isinstance(flaws, list)))


if __name__ == "__main__":
    main()
