"""The lock on a store: one holder, and another as soon as that has ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.ownership import Ownership
from app.store import SchemaMismatch, Store
from tests.postgres import Postgres
from tests.service import ROOT, wait_until

HOLDER = """
import sys, time
from app.ownership import Ownership
own = Ownership(sys.argv[1])
print(own.acquire(), flush=True)
time.sleep(600)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'lab.sqlite3'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.database()


def test_another_has_the_store_as_soon_as_its_owner_has_died(url: str) -> None:
    mine = Ownership(url)
    command = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as holder:
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == "True\n"
            assert not mine.acquire()
            assert mine.holder().startswith(f"process {holder.pid} on ")
        finally:
            holder.kill()
        holder.wait()
        wait_until(mine.acquire, "the lock is free")
    assert mine.acquire(), "what one has one may ask for again"
    assert mine.held
    mine.release()


def test_what_is_released_can_be_taken(url: str) -> None:
    first, second = Ownership(url), Ownership(url)
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert not first.held
    wait_until(second.acquire, "the lock is free")
    second.release()


def test_a_store_that_is_in_use_is_not_brought_up_to_date(url: str) -> None:
    with pytest.raises(SchemaMismatch, match="in use"):
        Store(url, migrate=False)
    Store(url).close()
    Store(url, migrate=False).close()
