"""A full Redis and a full disk: a clear answer, nothing spoilt, and all goes on where there is room again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.lab import Lab, refused, until_taken
from tests.faults.report import Tell
from tests.service import gone, wait_until

DISK = 40_000_000
"""Bytes of the small disk."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose data, and Redis', lie on a small disk; on the usual one where none may be mounted."""
    directory = tmp_path_factory.mktemp("small")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "small", str(directory)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    running = Lab(directory, LAB_CONCURRENCY="1")
    yield running
    running.stop()
    if mounted:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


@pytest.mark.fault(11, "Redis at its memory's limit")
def test_a_full_redis(lab: Lab, seed: int, tell: Tell) -> None:
    id, expected = lab.midway(1000 * seed)
    slot = lab.slot()
    with lab.ledger() as ledger:
        ledger.client.config_set("maxmemory", "1")
        try:
            assert refused(lab, "nearly full")
            beats = ledger.client.zscore(f"lab:experiment:{id}:leased", "0")
            wait_until(lambda: ledger.client.zscore(f"lab:experiment:{id}:leased", "0") != beats, "the lease holds")
        finally:
            ledger.client.config_set("maxmemory", "100000000")
    tell("takes experiments again after", until_taken(lab, "nearly full"), "s")
    assert lab.result(id) == expected
    assert lab.attempts(id) == 1
    assert not gone(slot)


@pytest.mark.fault(11, "a full disk below store and Redis")
def test_a_full_disk(lab: Lab, seed: int, tell: Tell) -> None:
    if not lab.directory.is_mount():
        pytest.skip("A small disk can't be mounted here: that needs root")
    id, expected = lab.midway(1000 * seed)
    filler = Path(lab.directory / "filler")
    try:
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096) == 4096:
                    pass
            except OSError:
                pass  # full
        wait_until(lambda: refused(lab, "can't be reached"), "new experiments are refused")
        assert lab.api.alive
        assert lab.worker.alive
        with lab.client() as client:
            table = "x,y\n" + "1.25,2.5\n" * 100_000
            upload = client.post("/api/datasets/files", params={"name": "big.csv"}, content=table)
        assert upload.status_code == 507
        assert "disk is full" in upload.json()["detail"]
    finally:
        filler.unlink()
    tell("takes experiments again after", until_taken(lab, "can't be reached"), "s")
    assert lab.result(id) == expected
    tell("attempts of the run", lab.attempts(id), "")
