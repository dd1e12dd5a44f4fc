"""Suites in the store, on a real SQLite file and in a real PostgreSQL."""

from __future__ import annotations

import pytest

from app.presets.suites import SUITE_PRESETS
from app.store import Store
from app.suite_store import SuiteStore, suite_status
from core.experiment.experiment import Experiment, Status
from core.runs.events import Event

SUITE = SUITE_PRESETS["max-norm-in-regression"].suite
MEMBERS = SUITE.experiments()


def closed(store: Store, experiment: str, milliseconds: int) -> None:
    store.record([Event(f"{milliseconds}-0", experiment, "experiment_finished", None, {})])


def test_a_suite_is_kept_with_an_experiment_for_each_data_set(store: Store) -> None:
    suites = SuiteStore(store)
    new, is_new = suites.add(SUITE, MEMBERS, None)
    stored = suites.get(new)
    assert stored is not None
    assert is_new
    assert (stored.suite, stored.status, stored.started_ms, stored.finished_ms) == (SUITE, "queued", None, None)
    found = suites.experiments(stored)
    assert [each and each.experiment for each in found] == MEMBERS
    assert {each and each.suite for each in found} == {new}
    assert len([each for each in found if each and len(each.runs) == 20]) == 6
    assert store.openings().keys() == set(stored.ids), "the reconciler submits them"
    assert suites.get("nothing") is None


def test_an_idempotency_key_makes_one_suite(store: Store) -> None:
    suites = SuiteStore(store)
    first, _ = suites.add(SUITE, MEMBERS, "key")
    assert suites.add(SUITE, MEMBERS, "key") == (first, False)
    assert (suites.posted("key"), suites.posted("other"), suites.posted(None)) == (first, None, None)
    assert len(store.page("", "", "", "", 20)) == len(MEMBERS)


def test_a_suite_is_kept_as_a_whole_or_not_at_all(store: Store) -> None:
    suites = SuiteStore(store)
    broken = MEMBERS[1].model_copy(update={"name": None})
    with pytest.raises(Exception, match=r"(?i)null"):
        suites.add(SUITE, [MEMBERS[0], broken], None)
    assert suites.page("", 10) == []
    assert store.page("", "", "", "", 10) == []


def test_the_state_of_a_suite_follows_from_its_experiments(store: Store) -> None:
    suites = SuiteStore(store)
    new, _ = suites.add(SUITE, MEMBERS, None)
    stored = suites.get(new)
    assert stored is not None
    for number, id in enumerate(stored.ids[1:], 7):
        closed(store, id, number)
    before = suites.get(new)
    assert before is not None
    assert (before.status, before.finished_ms) == ("running", None)
    store.remove(stored.ids[0])
    after = suites.get(new)
    assert after is not None
    assert (after.status, after.finished_ms) == ("finished", 11)
    assert [each is None for each in suites.experiments(after)] == [True, *[False] * 5]


def test_removing_a_suite_leaves_nothing_of_it(store: Store) -> None:
    suites = SuiteStore(store)
    other, _ = store.add(MEMBERS[0], None)
    new, _ = suites.add(SUITE, MEMBERS, None)
    kept, _ = suites.add(SUITE, MEMBERS[:2], None)
    suites.remove(new)
    assert [each.id for each in suites.page("", 10)] == [kept]
    assert other in {each.id for each in store.page("", "", "", "", 20)}
    assert len(store.page("", "", "", "", 20)) == 3


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "cancelled"),
        (["queued", "queued"], "queued"),
        (["finished", "queued"], "running"),
        (["finished", "running", "paused"], "running"),
        (["finished", "paused"], "paused"),
        (["finished", "cancelled"], "cancelled"),
        (["finished", "cancelled", "failed"], "failed"),
        (["finished", "finished"], "finished"),
    ],
)
def test_states_together(statuses: list[Status], expected: Status) -> None:
    assert suite_status(statuses) == expected


def test_suites_are_listed_newest_first(store: Store) -> None:
    suites = SuiteStore(store)
    few: list[Experiment] = MEMBERS[:2]
    ids = sorted((suites.add(SUITE, few, None)[0] for _ in range(3)), reverse=True)
    assert [each.id for each in suites.page("", 2)] == ids[:2]
    assert [each.id for each in suites.page(ids[1], 2)] == ids[2:]
