"""Write the hash-checked locks in `requirements/` from pyproject.toml: `python -m launch.lock [--check]`.

Each lock serves every platform and every Python that the project supports, names no package index, and agrees with
the others: `dev.txt` is resolved first, and constrains them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

from packaging.requirements import Requirement

from launch.setup import LOCKS, ROOT, VENV

PROJECT = ROOT / "pyproject.toml"
FLAGS = [
    "--universal",
    "--python-version=3.11",
    "--fork-strategy=fewest",  # equal versions on every Python, if possible
    "--generate-hashes",
    "--no-build",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
]
EXTRAS = {
    "dev": ["api", "worker", "local", "dev"],  # first: the others are resolved within it
    "local": ["api", "worker", "local"],
    "api": ["api"],
    "worker": ["worker"],
    "worker-gpu": ["worker-gpu"],
}
"""Lock → the extras of pyproject.toml that it contains, besides the project's own dependencies."""

GROUPS = {"bootstrap": "bootstrap", "node": "node"}
"""Lock → the dependency group that it contains."""


def lock(upgrade: list[str]) -> None:
    """Resolve every lock, keeping locked versions that still fit, except as `upgrade` (uv's options) says."""
    for name, extras in EXTRAS.items():
        within = [] if name == "dev" else ["--constraints", "requirements/dev.txt"]
        chosen = [f"--extra={extra}" for extra in extras]
        _compile(name, [*within, *chosen, *(upgrade if name == "dev" else []), "pyproject.toml"])
    for name, group in GROUPS.items():
        _compile(name, ["--constraints", "requirements/dev.txt", *upgrade, f"--group=pyproject.toml:{group}"])


def stale() -> list[str]:
    """Contradictions of the locks with pyproject.toml and with each other, as sentences; needs no network."""
    project = tomllib.loads(PROJECT.read_text())
    found: list[str] = []
    asked: dict[str, list[str]] = {
        name: project["project"]["dependencies"]
        + [line for extra in extras for line in project["project"]["optional-dependencies"][extra]]
        for name, extras in EXTRAS.items()
    }
    asked |= {name: project["dependency-groups"][group] for name, group in GROUPS.items()}
    everything = _locked("dev")
    for name, lines in asked.items():
        locked = _locked(name)
        for requirement in map(Requirement, lines):
            versions = locked.get(_normal(requirement.name), set())
            if not versions:
                found.append(f"requirements/{name}.txt has no {requirement.name}. Run make lock.")
            elif not all(requirement.specifier.contains(version) for version in versions):
                found.append(f"requirements/{name}.txt does not hold {requirement}. Run make lock.")
        for package, versions in locked.items():
            if package in everything and not versions <= everything[package]:
                found.append(f"requirements/{name}.txt and dev.txt differ on {package}. Run make lock.")
        if re.search(r"://|--(extra-)?index|--find-links", (LOCKS / f"{name}.txt").read_text()):
            found.append(f"requirements/{name}.txt names an address.")
    return found


def _compile(name: str, arguments: list[str]) -> None:
    print(f"requirements/{name}.txt", flush=True)
    command = [str(VENV / "bin" / "uv"), "pip", "compile", *FLAGS, *arguments, "-o", f"requirements/{name}.txt"]
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 - our own command line


def _locked(name: str) -> dict[str, set[str]]:
    """Package → its versions in a lock (several if they depend on Python's version)."""
    versions: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==([^\s;]+)", (LOCKS / f"{name}.txt").read_text(), re.MULTILINE):
        versions.setdefault(_normal(package), set()).add(version)
    return versions


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def main() -> None:
    """Write the locks, or with `--check` print contradictions and exit 1."""
    if sys.argv[1:] == ["--check"]:
        problems = stale()
        print("\n".join(problems) or "The locks agree with pyproject.toml and with each other.")
        raise SystemExit(bool(problems))
    lock(sys.argv[1:])


if __name__ == "__main__":
    main()
