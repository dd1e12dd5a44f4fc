"""Check that generated files are up to date: `python -m launch.generated [--write]`.

The chain: the API's own OpenAPI document → frontend/openapi.json → the page's types (`npm run types`).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from launch.setup import PAGE, ROOT, page_tools, run
from launch.user_error import UserError

DOCUMENT = PAGE / "openapi.json"
TYPES = PAGE / "src" / "api" / "schema.d.ts"


def document() -> str:
    """The API's present OpenAPI document."""
    shown = subprocess.run(
        [sys.executable, "-m", "app.openapi"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return shown.stdout


def types(source: Path, target: Path) -> None:
    """Write the page's types for an OpenAPI document, with the tool of `npm run types`."""
    command = ["npm", "exec", "--offline", "--", "openapi-typescript", str(source), "--output", str(target)]
    run(command, page_tools(), PAGE, quiet=True)


def outdated_files() -> list[str]:
    """The generated files that are out of date."""
    found = []
    if not DOCUMENT.exists() or document() != DOCUMENT.read_text():
        found.append(DOCUMENT)
    with tempfile.TemporaryDirectory() as directory:
        fresh = Path(directory) / TYPES.name
        types(DOCUMENT, fresh)
        if not TYPES.exists() or fresh.read_text() != TYPES.read_text():
            found.append(TYPES)
    return [str(path.relative_to(ROOT)) for path in found]


def main() -> None:
    """Exit 1 if a generated file is out of date; with `--write`, write both."""
    try:
        if sys.argv[1:] == ["--write"]:
            DOCUMENT.write_text(document())
            types(DOCUMENT, TYPES)
        elif found := outdated_files():
            raise UserError(f"Not up to date: {', '.join(found)}. Run make types.")
        else:
            print("The OpenAPI document and the page's types are up to date.")
    except UserError as sentence:
        raise SystemExit(str(sentence)) from None


if __name__ == "__main__":
    main()
