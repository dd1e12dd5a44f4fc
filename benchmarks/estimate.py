"""Accuracy of the estimate: `python -m benchmarks.estimate [preset …]`, by default all that need no download.

Each preset is posted to a service of its own, whose workers have compiled nothing. What the estimate says is printed
beside the seconds from the POST to the event that closes the experiment; and its work beside the processor time that
the slots took, which other work on the machine changes less: where that keeps it busy, look at the second ratio.
"""

from __future__ import annotations

import math
import os
import statistics
import sys
import tempfile
from pathlib import Path

import httpx

from app.estimate import estimate
from app.presets import PRESETS
from benchmarks.studies import seconds_of
from core.catalog.datasets.downloaded import Downloaded
from core.experiment.experiment import resolve
from core.settings import settings
from tests.service import Service, wait_until

WANTED = 2.0
"""Largest factor between estimate and measurement."""


def slots_of(client: httpx.Client) -> list[int]:
    """The slots' processes, once all are ready."""

    def ready() -> list[int]:
        workers = client.get("/api/system").raise_for_status().json()["workers"]
        found = [slot["process"] for worker in workers for slot in worker["slots"]]
        return found if len(found) == settings().slots else []

    return wait_until(ready, "all slots are ready")


def processor_seconds(processes: list[int]) -> float:
    """Processor time that they have taken so far; NaN where the system has no /proc."""
    ticks = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return float("nan")
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def ratios_of(preset: str) -> tuple[float, float]:
    """Measures one preset and prints it; estimated by measured: seconds, and processor time."""
    experiment = PRESETS[preset].experiment
    with tempfile.TemporaryDirectory() as directory:
        service = Service(Path(directory), {"LAB_CONCURRENCY": str(os.cpu_count())})
        try:
            with service.client() as client:
                slots = slots_of(client)
                told = estimate(experiment, resolve(experiment), len(slots))
                before = processor_seconds(slots)
                measured = seconds_of(client, preset)
                taken = processor_seconds(slots) - before
        finally:
            service.stop()
    ratios = told.seconds / measured, told.work / taken
    far = "  TOO FAR" if any(abs(math.log(each)) > math.log(WANTED) for each in ratios) else ""
    print(
        f"{preset:17} {told.seconds:6.2f} s estimated, {measured:6.2f} s measured: {ratios[0]:.2f}; "
        f"{told.work:6.2f} s of work, {taken:6.2f} s of processors: {ratios[1]:.2f}{far}",
        flush=True,
    )
    return ratios


def compare(presets: list[str]) -> None:
    """Prints each preset's ratios, then how far they spread."""
    here = [name for name, each in PRESETS.items() if not isinstance(each.experiment.dataset, Downloaded)]
    found = [ratios_of(preset) for preset in presets or here]
    for what, ratios in zip(("seconds", "processor time"), zip(*found, strict=True), strict=True):
        middle = statistics.geometric_mean(ratios)
        print(f"{what}: ratios from {min(ratios):.2f} to {max(ratios):.2f}, in the middle {middle:.2f}", flush=True)
    print("wanted: 0.5 to 2")


if __name__ == "__main__":
    compare(sys.argv[1:])
