"""A store in PostgreSQL, whose server dies: nothing that was trained is lost, and what is new is refused in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.lab import Lab, refused, until_taken
from tests.faults.report import Tell
from tests.postgres import Postgres
from tests.service import gone, wait_until


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Lab]:
    """A lab whose store is a PostgreSQL database."""
    running = Lab(tmp_path_factory.mktemp("postgres"), LAB_CONCURRENCY="1", DATABASE_URL=postgres.database())
    yield running
    running.stop()


@pytest.mark.fault(0, "kill -9 of PostgreSQL while it records")
def test_a_store_that_dies(lab: Lab, postgres: Postgres, seed: int, tell: Tell) -> None:
    id, expected = lab.midway(1000 * seed)
    slot = lab.slot()
    postgres.kill()
    assert lab.health() == 503
    assert refused(lab, "The store can't be reached")
    with lab.ledger() as ledger:
        before = ledger.held()[0].epochs_done
        wait_until(lambda: not (held := ledger.held()) or held[0].epochs_done > before, "it is trained on meanwhile")
    postgres.start()
    tell("takes experiments again after", until_taken(lab, "The store can't be reached"), "s")
    assert lab.result(id) == expected
    assert lab.attempts(id) == 1
    assert lab.health() == 200
    assert not gone(slot)


def test_a_store_that_lost_its_connections_answers_at_once(lab: Lab, postgres: Postgres) -> None:
    """As after a restart of its server in which nobody asked: no request pays for it."""
    id = lab.post(epochs=10)
    lab.result(id)
    postgres.disconnect()
    lab.ask("GET", f"/experiments/{id}")


def test_characters_that_postgresql_does_not_keep(lab: Lab) -> None:
    with lab.client() as client:
        for path in ("/api/experiments/%00", "/api/experiments?q=%00", "/api/experiments?tag=%00&status=finished"):
            answer = client.get(path)
            assert answer.status_code < 500, answer.text
