"""The store on a real SQLite file and in a real PostgreSQL: what is recorded, once, and found again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sqlalchemy

from app.api.stream import event_data
from app.api.views import experiment_view
from app.presets import TUTORIAL
from app.store import SchemaMismatch, Store
from app.stored import Ahead, StoredExperiment, new_id
from app.suite_store import SuiteStore
from core.experiment.run_numbers import RunNumbers
from core.runs.events import METRICS, Event, EventName, RunState

BODY = TUTORIAL.experiment
ADDED_LATER = ("earlier_looks", "extended_ms", "suite", "retries", "control")
"""Columns of experiments that schemas 6 to 8 add."""


def chunk(experiment: str, id: str, first: int, count: int, run: int = 0) -> Event:
    """Figures that tell their epoch: column i of epoch e is e + i / 10."""
    table = np.arange(first, first + count)[:, None] + np.arange(len(METRICS)) / 10
    return Event(id, experiment, "epochs", run, {}, first, table.astype("<f4").tobytes())


def said(experiment: str, id: str, name: EventName, run: int | None = None, **data: object) -> Event:
    return Event(id, experiment, name, run, dict(data))


def stored_of(store: Store, experiment: str) -> StoredExperiment:
    stored = store.get(experiment)
    assert stored is not None
    return stored


def epochs_of(store: Store, experiment: str, run: int = 0) -> list[int]:
    return [
        epoch
        for c in store.curves(stored_of(store, experiment))[run]
        for epoch in range(c.first_epoch, c.last_epoch + 1)
    ]


def test_an_experiment_is_found_as_it_was_posted(store: Store) -> None:
    new, is_new = store.add(BODY, None)
    assert is_new
    stored = store.get(new)
    assert stored is not None
    assert stored.experiment == BODY
    assert stored.status == "queued"
    assert len(stored.runs) == 4
    assert store.get("nothing") is None


def test_an_idempotency_key_makes_one_experiment(store: Store) -> None:
    first = store.add(BODY, "key")
    assert store.add(BODY, "key") == (first[0], False)
    assert store.add(BODY, "other")[1]
    assert (store.posted("key"), store.posted("another"), store.posted(None)) == (first[0], None, None)
    assert len(store.page("", "", "", "", 10)) == 2


def test_recording_folds_events_into_the_run(store: Store) -> None:
    new, _ = store.add(BODY, None)
    figures = dict.fromkeys(METRICS, 0.5)
    store.record(
        [
            said(new, "5-0", "experiment_started"),
            said(new, "5-1", "run_started", 0, attempt=1),
            chunk(new, "6-0", 1, 3),
            said(new, "7-0", "run_finished", 0, epochs_done=3, seconds=0.25, weights=[], **figures),
            said(new, "8-0", "run_failed", 1, error="It broke"),
        ]
    )
    stored = store.get(new)
    assert stored is not None
    assert (stored.status, stored.started_ms, stored.finished_ms, stored.last_event) == ("running", 5, None, "8-0")
    assert (stored.runs[0].status, stored.runs[0].epochs_done, stored.runs[0].seconds) == ("finished", 3, 0.25)
    assert stored.runs[0].figures == figures
    assert (stored.runs[1].status, stored.runs[1].error) == ("failed", "It broke")
    store.record([said(new, "9-0", "experiment_failed")])
    stored = store.get(new)
    assert stored is not None
    assert (stored.status, stored.finished_ms) == ("failed", 9)


def test_recording_again_changes_nothing(store: Store) -> None:
    new, _ = store.add(BODY, None)
    events = [said(new, "5-0", "run_started", 0, attempt=1), chunk(new, "6-0", 1, 3), chunk(new, "6-1", 4, 2)]
    store.record(events)
    store.record(events)
    store.record([*events, chunk(new, "7-0", 6, 1)])
    assert epochs_of(store, new) == [1, 2, 3, 4, 5, 6]
    assert store.cursor() == "7-0"


def test_epochs_that_come_again_are_left_out(store: Store) -> None:
    """As after a Redis that lost its last second: the worker makes them again, in other chunks."""
    new, _ = store.add(BODY, None)
    store.record([chunk(new, "6-0", 1, 5)])
    store.record([chunk(new, "7-0", 2, 2), chunk(new, "7-1", 4, 4), chunk(new, "7-2", 8, 1, run=1)])
    assert epochs_of(store, new) == [1, 2, 3, 4, 5, 6, 7]
    assert [c.table[0, 0] for c in store.curves(stored_of(store, new))[0]] == [1, 6]
    stored = store.get(new)
    assert stored is not None
    assert stored.runs[0].epochs_done == 7


def test_events_are_read_in_order_from_any_point(store: Store) -> None:
    new, _ = store.add(BODY, None)
    other, _ = store.add(BODY, None)
    ids = [f"{ms}-{n}" for ms in range(9, 700) for n in range(2)]
    store.record([chunk(new if i % 3 else other, id, i + 1, 1) for i, id in enumerate(ids)])
    expected = [id for i, id in enumerate(ids) if i % 3]
    assert [event.id for event in store.events(new)] == expected
    assert [event.id for event in store.events(new, "99-1")] == expected[expected.index("99-1") + 1 :]
    assert list(store.events(new, ids[-1])) == []


def test_what_is_removed_is_gone_and_its_late_events_are_dropped(store: Store) -> None:
    new, _ = store.add(BODY, None)
    stored = stored_of(store, new)
    store.record([chunk(new, "6-0", 1, 3)])
    store.remove(new)
    store.record([chunk(new, "7-0", 4, 3)])
    assert store.get(new) is None
    assert store.curves(stored) == {}
    assert store.cursor() == "7-0"


def test_lists_are_filtered_and_paged(store: Store) -> None:
    ids = [
        store.add(
            BODY.model_copy(update={"name": f"100% {i}_x", "tags": ["even"] if i % 2 == 0 else ["uneven"]}), None
        )[0]
        for i in range(5)
    ]
    newest = sorted(ids, reverse=True)
    assert [s.id for s in store.page("", "", "", "", 3)] == newest[:3]
    assert [s.id for s in store.page("", "", "", newest[2], 3)] == newest[3:]
    assert len(store.page("100%", "", "", "", 9)) == 5
    assert len(store.page("3_X", "", "", "", 9)) == 1
    assert store.page("_%_", "", "", "", 9) == []
    assert len(store.page("", "", "even", "", 9)) == 3
    assert store.page("", "finished", "", "", 9) == []
    assert store.openings() == dict.fromkeys(ids, 1)


def test_names_are_found_whatever_the_case_of_their_letters(store: Store) -> None:
    new, _ = store.add(BODY.model_copy(update={"name": "Épreuve à blanc"}), None)
    for query in ("Épreuve", "épreuve", "ÉPREUVE À"):
        assert [s.id for s in store.page(query, "", "", "", 9)] == [new]
    assert store.page("epreuve", "", "", "", 9) == []


def test_an_error_is_recorded_whatever_its_characters(store: Store) -> None:
    """A recorder that can't record an event would record none after it."""
    new, _ = store.add(BODY, None)
    store.record([said(new, "5-0", "run_failed", 0, error="column a\0b \u2028 𝛼", log=["\0"])])
    stored = store.get(new)
    assert stored is not None
    assert (stored.runs[0].error, stored.runs[0].log) == ("column a\ufffdb \u2028 𝛼", ["\0"])


def test_ids_sort_by_time() -> None:
    ids = [new_id() for _ in range(3)]
    assert all(len(id) == 16 for id in ids)
    assert len(set(ids)) == 3


def test_a_store_of_another_version_is_not_opened(url: str) -> None:
    Store(url).close()
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE meta SET value = '999' WHERE key = 'schema'"))
    engine.dispose()
    with pytest.raises(SchemaMismatch, match="version 999"):
        Store(url)


def test_a_store_of_the_first_version_is_brought_up_to_date(url: str) -> None:
    store = Store(url)
    kept, _ = store.add(BODY, None)
    store.close()
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:  # back to what the first version had
        connection.execute(sqlalchemy.text("DROP INDEX experiments_by_suite"))
        for table, column in (
            ("experiments", "reveals"),
            ("runs", "metrics"),
            ("runs", "best_epoch"),
            ("runs", "log"),
            ("runs", "weights_sha256"),
            ("runs", "diverged_at"),
            *(("experiments", name) for name in ADDED_LATER),
        ):
            connection.execute(sqlalchemy.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(sqlalchemy.text("DROP TABLE extensions"))
        connection.execute(sqlalchemy.text("DROP TABLE suites"))
        connection.execute(sqlalchemy.text("UPDATE meta SET value = '1' WHERE key = 'schema'"))
    engine.dispose()
    for _ in range(2):
        store = Store(url)
        stored = store.get(kept)
        assert stored is not None
        assert (stored.reveals, stored.runs[0].metrics, stored.runs[0].best_epoch) == (0, None, None)
        assert (stored.runs[0].log, stored.runs[0].weights_sha256) == (None, None)
        assert stored.looks == 1
        assert stored.suite is None
        assert SuiteStore(store).page("", 10) == []
        store.close()


def test_scores_written_by_earlier_versions_are_read(url: str) -> None:
    store = Store(url)
    kept, _ = store.add(BODY, None)
    old = {"train_accuracy": 0.75, "test_accuracy": 0.5, "train_loss": 0.25, "test_loss": 1.0}
    store.record([said(kept, "7-0", "run_finished", 0, epochs_done=5, seconds=0.25, weights=[], **old)])
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        row = connection.execute(sqlalchemy.text("SELECT train_accuracy, test_accuracy FROM runs WHERE run = 0")).one()
    engine.dispose()
    stored = store.get(kept)
    (event,) = store.events(kept, "0-0")
    store.close()
    assert tuple(row) == (0.75, 0.5), "the columns keep their names"
    assert stored is not None
    assert stored.runs[0].figures == dict(zip(METRICS, old.values(), strict=True))
    assert event_data(event, BODY, RunNumbers.of(BODY)).items() >= old.items()


def test_runs_that_diverged_before_it_was_recorded_get_their_epoch(url: str) -> None:
    store = Store(url)
    kept, _ = store.add(BODY, None)
    lost = np.full((3, len(METRICS)), np.nan, "<f4")
    lost[0] = 1
    store.record([chunk(kept, f"5-{run}", 1, 2, run) for run in range(3)])
    store.record([Event(f"6-{run}", kept, "epochs", run, {}, 3, lost.tobytes()) for run in range(2)])
    norms: dict[str, Any] = {"min": None, "mean": None, "max": None}
    weights = [{"layer": "hidden", "weight": "kernel", "constraint": None, "axis": [0], "norm": norms, "held": None}]
    figures = dict.fromkeys(METRICS)
    store.record([said(kept, "7-0", "run_finished", 0, epochs_done=5, seconds=0.25, weights=weights, **figures)])
    store.close()
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:  # back to what the version before had
        connection.execute(sqlalchemy.text("DROP INDEX experiments_by_suite"))
        for column in ("runs DROP COLUMN diverged_at", *(f"experiments DROP COLUMN {name}" for name in ADDED_LATER)):
            connection.execute(sqlalchemy.text(f"ALTER TABLE {column}"))
        connection.execute(sqlalchemy.text("UPDATE meta SET value = '4' WHERE key = 'schema'"))
    engine.dispose()
    store = Store(url)
    stored = store.get(kept)
    store.close()
    assert stored is not None
    assert [run.diverged_at for run in stored.runs] == [4, 4, None, None]
    view = experiment_view(stored)
    assert [run.diverged_at for run in view.runs] == [4, 4, None, None]
    assert view.runs[0].weights is not None
    assert view.runs[0].weights[0].norm.model_dump() == norms


def test_states_are_counted_and_the_oldest_waiting_run_is_known(store: Store) -> None:
    assert store.counts() == ({}, {})
    assert store.oldest_waiting_ms() is None
    first, _ = store.add(BODY, None)
    store.add(BODY, None)
    stored = store.get(first)
    assert stored is not None
    assert store.oldest_waiting_ms() == stored.created_ms
    store.record([said(first, f"1-{run}", "run_started", run) for run in range(4)])
    store.record([said(first, "2-0", "run_failed", 0, error="it broke", log=["a line"])])
    experiments, runs = store.counts()
    assert (experiments, runs) == ({"queued": 2}, {"running": 3, "failed": 1, "queued": 4})
    assert (store.oldest_waiting_ms() or 0) >= stored.created_ms
    failed = store.get(first)
    assert failed is not None
    assert (failed.runs[0].error, failed.runs[0].log, failed.runs[1].log) == ("it broke", ["a line"], None)


def ended(experiment: str, id: str, run: int, score: float) -> Event:
    """The end of a run that tells its number by its seconds."""
    figures = dict.fromkeys(METRICS, score)
    return said(experiment, id, "run_finished", run, epochs_done=2, seconds=float(run), weights=[], **figures)


@pytest.fixture
def extended(store: Store) -> str:
    """Two arms with two seeds, finished, then a third and a fourth seed; the runs of the former have begun."""
    new, _ = store.add(BODY.model_copy(update={"arms": BODY.arms[:2], "seeds": [1, 2]}), None)
    store.record([said(new, "5-0", "experiment_started")])
    store.record([chunk(new, f"6-{run}", 1, 2, run) for run in range(4)])
    store.record([ended(new, f"7-{run}", run, run / 4) for run in range(4)])
    store.record([said(new, "8-0", "experiment_finished")])
    assert store.extend(stored_of(store, new), [3, 4])
    store.record([said(new, "9-0", "experiment_started"), chunk(new, "9-1", 1, 1, 4), chunk(new, "9-2", 1, 3, 6)])
    return new


def test_added_seeds_stand_among_their_arms_runs_and_the_others_keep_what_they_have(
    store: Store, extended: str
) -> None:
    stored = stored_of(store, extended)
    assert stored.experiment.seeds == [1, 2, 3, 4]
    assert stored.looks == 2
    assert stored.numbers.places == (0, 1, 4, 5, 2, 3, 6, 7)
    assert [run.seconds for run in stored.runs] == [0, 1, None, None, 2, 3, None, None]
    assert [run.epochs_done for run in stored.runs] == [2, 2, 1, 0, 2, 2, 3, 0]
    assert {place: chunks[0].run for place, chunks in store.curves(stored).items()} == {
        0: 0,
        1: 1,
        2: 4,
        4: 2,
        5: 3,
        6: 6,
    }
    assert list(store.curves(stored)) == sorted(store.curves(stored))
    assert list(store.curves(stored, [2, 3, 4])) == [2, 4]
    assert [chunk.run for chunk in store.chunks(stored, 6)] == [6]


def test_an_extended_experiment_is_open_and_its_log_goes_on(store: Store, extended: str) -> None:
    stored = stored_of(store, extended)
    assert (stored.status, stored.started_ms, stored.finished_ms) == ("running", 9, None)
    names = [event.name for event in store.events(extended)]
    assert "experiment_finished" not in names, "a replay would end there"
    assert names.count("run_finished") == 4
    store.record([said(extended, "11-0", "experiment_finished")])
    assert [event.name for event in store.events(extended)][-1] == "experiment_finished"
    assert stored_of(store, extended).finished_ms == 11


def test_what_was_read_before_seeds_were_added_stays_consistent(store: Store) -> None:
    new, _ = store.add(BODY.model_copy(update={"arms": BODY.arms[:2], "seeds": [1, 2]}), None)
    store.record([chunk(new, f"6-{run}", 1, 2, run) for run in range(4)])
    store.record([said(new, "8-0", "experiment_failed")])
    before = stored_of(store, new)
    assert store.extend(before, [3])
    store.record([chunk(new, f"9-{run}", 1, 5, run) for run in (4, 5)])
    assert {place: chunks[0].run for place, chunks in store.curves(before).items()} == {0: 0, 1: 1, 2: 2, 3: 3}
    assert [chunk.run for chunk in store.chunks(before, 2)] == [2]


def test_only_an_experiment_that_has_ended_is_extended_and_only_once(store: Store) -> None:
    new, _ = store.add(BODY, None)
    assert not store.extend(stored_of(store, new), [9])
    store.record([said(new, "8-0", "experiment_cancelled")])
    first = stored_of(store, new)
    assert store.extend(first, [9])
    assert not store.extend(first, [9]), "it is open"
    store.record([said(new, "9-0", "experiment_cancelled")])
    assert not store.extend(first, [9]), "it has that seed already"
    assert stored_of(store, new).experiment.seeds == [*BODY.seeds, 9]
    assert store.openings() == {}
    assert store.extend(stored_of(store, new), [10, 11])
    again = stored_of(store, new)
    assert (again.looks, again.earlier_looks) == (3, (1, 2))
    assert store.openings() == {new: 3}
    assert len(again.runs) == len(BODY.arms) * 4
    assert (store.oldest_waiting_ms() or 0) >= first.created_ms


def test_an_extension_is_found_by_its_idempotency_key(store: Store) -> None:
    new, _ = store.add(BODY, None)
    store.record([said(new, "8-0", "experiment_cancelled")])
    assert store.extend(stored_of(store, new), [9], "key", "body")
    assert store.extension("key") == (new, "body")
    assert store.extension("another") is None
    assert store.extension(None) is None
    other, _ = store.add(BODY, None)
    store.record([said(other, "9-0", "experiment_cancelled")])
    assert not store.extend(stored_of(store, other), [9], "key", "body"), "the key is another's"
    assert stored_of(store, other).experiment == BODY
    assert stored_of(store, new).as_posted == BODY
    store.remove(new)
    assert store.extension("key") is None


def test_a_retry_lets_runs_that_did_not_finish_begin_anew_and_keeps_the_others(store: Store) -> None:
    new, _ = store.add(BODY.model_copy(update={"arms": BODY.arms[:2], "seeds": [1, 2]}), None)
    store.record([said(new, "5-0", "experiment_started"), *(chunk(new, f"6-{run}", 1, 2, run) for run in range(4))])
    store.record([ended(new, f"7-{run}", run, run / 4) for run in range(2)])
    store.record(
        [said(new, "7-5", "run_failed", 2, error="It broke", log=["a line"]), said(new, "7-6", "run_cancelled", 3)]
    )
    assert not store.retry(stored_of(store, new)), "it is open"
    store.record([said(new, "8-0", "experiment_cancelled")])
    before = stored_of(store, new)
    assert store.retry(before, "key", "body")
    assert not store.retry(before), "it was retried already"
    stored = stored_of(store, new)
    assert (stored.status, stored.retries, stored.looks, stored.opening) == ("queued", 1, 1, 2)
    assert store.openings() == {new: 2}
    assert stored.runs[:2] == before.runs[:2]
    assert stored.runs[2:] == [RunState(), RunState()], "epochs, error and log lines are gone"
    assert list(store.curves(stored)) == [0, 1]
    assert [event.name for event in store.events(new)].count("run_finished") == 2
    assert {event.run for event in store.events(new) if event.run is not None} == {0, 1}
    assert "experiment_cancelled" not in [event.name for event in store.events(new)], "a replay would end there"
    assert store.extension("key") == (new, "body")
    store.record([chunk(new, "9-0", 1, 3, 2), said(new, "9-9", "experiment_cancelled")])
    assert store.curves(stored_of(store, new))[2][0].last_epoch == 3, "it trains again from its first epoch"
    assert store.extend(stored_of(store, new), [3])
    assert stored_of(store, new).opening == 3


def test_added_draws_stand_among_their_arms_runs(store: Store) -> None:
    split = BODY.split.model_copy(update={"draws": 2})
    body = BODY.model_copy(update={"arms": BODY.arms[:2], "seeds": [1], "split": split})
    new, _ = store.add(body, None)
    store.record([ended(new, f"7-{run}", run, run / 4) for run in range(4)])
    store.record([said(new, "8-0", "experiment_finished")])
    assert store.extend(stored_of(store, new), [], draws=1)
    stored = stored_of(store, new)
    assert (stored.experiment.split.draws, stored.experiment.seeds) == (3, [1])
    assert [run.seconds for run in stored.runs] == [0, 1, None, 2, 3, None]
    assert (stored.looks, stored.first_look, stored.as_posted) == (2, (2, 1), body)


def test_experiments_ahead_are_those_that_were_opened_earlier_and_have_runs_to_train(store: Store) -> None:
    first, second, last = (store.add(BODY, None)[0] for _ in range(3))
    each = len(BODY.arms) * len(BODY.seeds)
    assert stored_of(store, first).ahead == Ahead(0, 0)
    assert stored_of(store, last).ahead == Ahead(2, 2 * each)
    store.record([said(first, "5-0", "experiment_started"), ended(first, "6-0", 0, 1.0)])
    assert stored_of(store, first).ahead is None, "it has begun"
    assert stored_of(store, last).ahead == Ahead(2, 2 * each - 1)
    store.record([said(second, "7-0", "experiment_paused")])
    assert stored_of(store, last).ahead == Ahead(1, each - 1)
