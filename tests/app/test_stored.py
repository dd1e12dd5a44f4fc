"""Rows of the store that can't be read, on a real SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.presets import TUTORIAL
from app.store import Store
from app.stored import StoredExperiment, UnreadableExperiment
from app.tables import experiments


@pytest.mark.parametrize("damage", [{"body": "{}"}, {"body": "not JSON"}, {"earlier_looks": "["}])
def test_what_cannot_be_read_is_listed_in_its_place(tmp_path: Path, damage: dict[str, Any]) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite3'}")
    newest, damaged, oldest = sorted((store.add(TUTORIAL.experiment, None)[0] for _ in range(3)), reverse=True)
    with store.engine.begin() as connection:
        connection.execute(experiments.update().where(experiments.c.id == damaged).values(damage))
    found = store.page("", "", "", "", 9)
    assert [each.id for each in found] == [newest, damaged, oldest]
    assert [isinstance(each, StoredExperiment) for each in found] == [True, False, True]
    assert [each.id for each in store.page("", "", "", damaged, 9)] == [oldest]
    with pytest.raises(UnreadableExperiment) as raised:
        store.get(damaged)
    assert (raised.value.id, raised.value.name) == (damaged, TUTORIAL.experiment.name)
    store.close()
