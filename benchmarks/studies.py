"""Duration of whole studies through the service: `python -m benchmarks.studies`.

A service of its own is started, with workers that have compiled nothing, on a cache that is empty. Each study is posted
twice: cold and warm. Times are from the POST to the event that closes the experiment.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import httpx

from app.presets import PRESETS
from tests.service import Service

TRIES = 3
"""Warm runs, of which all are told."""
STUDIES: dict[str, tuple[str, float | None, float]] = {
    "study": ("5 arms × 20 seeds × 4000 epochs of the tutorial", 20, 12),
    "sweep": ("25 limits and the baseline × 5 seeds of the tutorial", None, 25),
    "tutorial": ("4 arms × 4000 epochs, one seed", None, 1.5),
}
"""By preset: in words, and the seconds that it may take cold and warm."""


def seconds_of(client: httpx.Client, preset: str) -> float:
    """Posts a preset and waits for its end."""
    body = PRESETS[preset].experiment.model_dump(mode="json")
    started = time.perf_counter()
    id = client.post("/api/experiments", json=body).raise_for_status().json()["id"]
    with client.stream("GET", f"/api/experiments/{id}/events", timeout=600) as events:
        for _ in events.iter_bytes():
            pass
    taken = time.perf_counter() - started
    status = client.get(f"/api/experiments/{id}").json()["status"]
    if status != "finished":
        raise RuntimeError(f"{preset} ended as {status}")
    return taken


def compare() -> None:
    """Prints each study's seconds, cold and warm, beside what is wanted."""
    with tempfile.TemporaryDirectory() as directory:
        service = Service(Path(directory), {"LAB_CONCURRENCY": str(os.cpu_count())})
        try:
            with service.client() as client:
                for preset, (words, cold, warm) in STUDIES.items():
                    if preset not in PRESETS:
                        continue
                    first = seconds_of(client, preset)
                    rest = [seconds_of(client, preset) for _ in range(TRIES)]
                    wanted = f", cold {first:.1f} s (wanted: {cold:g})" if cold else ""
                    times = ", ".join(f"{each:.2f}" for each in rest)
                    print(f"{words}{wanted}; warm {times} s (wanted: {warm:g})", flush=True)
        finally:
            service.stop()


if __name__ == "__main__":
    compare()
