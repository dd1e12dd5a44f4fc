"""Alarms: what an operator should look into, though the lab answers. Each is a sentence that says what to do."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Mapping
from typing import Final

from core.version import build

STALLED_SECONDS: Final = 15.0
"""Time for which runs may wait beside a free slot: longer than a turn, and than a wake-up takes."""


def alarms(versions: Mapping[str, str | None], stalled_seconds: float, dropped: int) -> list[str]:
    """The alarms of a lab, most urgent first.

    Args:
        versions: what each slot, `host/worker/process`, says its build is; None where it says nothing.
        stalled_seconds: for how long runs have waited beside a free slot.
        dropped: events that the store did not take, since they came with an id of before.
    """
    found = []
    if stalled_seconds >= STALLED_SECONDS:
        found.append(
            f"Runs have waited for {stalled_seconds:.0f} s though a slot is free: "
            "the workers' logs say why they take none"
        )
    if dropped:
        found.append(
            f"{dropped:,} events came with ids from before the store's last one and were dropped: see that one lab "
            "alone writes to this Redis, and that its clock is right"
        )
    return [*found, *_of_versions(versions)]


def other_builds(versions: Mapping[str, str | None]) -> list[str]:
    """Slots of another build than this process."""
    return [slot for slot, version in versions.items() if version != build()]


def _of_versions(versions: Mapping[str, str | None]) -> list[str]:
    others = Counter(
        (slot.partition("/")[0], versions[slot] or "an earlier version") for slot in other_builds(versions)
    )
    return [
        f"{_slots(count)} on {_host(host)} {'is' if count == 1 else 'are'} of {version}, and this API of {build()}: "
        "update the older one"
        for (host, version), count in sorted(others.items())
    ]


def _slots(count: int) -> str:
    return "A slot" if count == 1 else f"{count} slots"


def _host(host: str) -> str:
    return "this machine" if host == socket.gethostname() else host
