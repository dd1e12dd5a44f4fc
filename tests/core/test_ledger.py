"""The ledger's script on a real Valkey: who holds what, and what a zombie, a repeat or a gap can do."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from core.ledger import Claim, Ledger, connect, is_gap, is_retryable, parse_entry, parse_kept
from core.runs.events import Event
from core.runs.kept import KeptPart

THREE = b"\x00" * 4 * 4 * 3
"""Figures of three epochs."""


@pytest.fixture
def ledger(redis_url: str) -> Iterator[Ledger]:
    client = connect(redis_url)
    opened = Ledger(client)
    opened.attach("a store", "a lab", "0-0")
    yield opened
    client.close()


@pytest.fixture
def experiment(ledger: Ledger) -> str:
    """An experiment of four runs, two for each of two programs."""
    new = uuid.uuid4().hex
    assert ledger.submit(new, {"made": "here"}, ["p", "p", "q", "q"])
    return new


def events(ledger: Ledger, experiment: str) -> list[Event]:
    entries: Any = ledger.client.xrange(ledger.log_key)
    found = [parse_entry(*entry) for entry in entries]
    return [event for event in found if event.experiment == experiment]


def names(ledger: Ledger, experiment: str) -> list[str]:
    return [event.name if event.run is None else f"{event.name} {event.run}" for event in events(ledger, experiment)]


def kept(ledger: Ledger, experiment: str) -> list[dict[KeptPart, bytes]]:
    """Parts that are kept of each run that has finished."""
    entries: Any = ledger.client.xrange(ledger.log_key)
    found = [(parse_entry(*entry), parse_kept(entry[1])) for entry in entries]
    return [parts for event, parts in found if event.experiment == experiment and event.name == "run_finished"]


def claimed(ledger: Ledger, experiment: str, *programs: str) -> Claim:
    claim = ledger.claim(experiment, "host/1/2", list(programs))
    assert claim is not None
    return claim


def expire_lease(ledger: Ledger, claim: Claim) -> None:
    """Makes the lease end as if the worker had not been heard of."""
    ledger.client.zadd(f"lab:experiment:{claim.experiment}:leased", {str(claim.run): 1})


def test_a_run_goes_to_one_worker_only(ledger: Ledger, experiment: str) -> None:
    found: list[Claim] = []

    def take() -> None:
        while (claim := ledger.claim(experiment, "w", [])) is not None:
            found.append(claim)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claim.run for claim in found) == [0, 1, 2, 3]


def test_submitting_again_changes_nothing(ledger: Ledger, experiment: str) -> None:
    claimed(ledger, experiment)
    assert not ledger.submit(experiment, {"made": "again"}, ["x"])
    assert ledger.spec(experiment) == {"made": "here"}
    assert claimed(ledger, experiment).run in {1, 2, 3}


def test_a_worker_gets_what_it_has_compiled_and_else_what_nobody_compiles(ledger: Ledger, experiment: str) -> None:
    assert claimed(ledger, experiment, "q").run == 2
    assert claimed(ledger, experiment).run == 0  # "q" is being compiled elsewhere
    assert claimed(ledger, experiment, "q").run == 3
    assert claimed(ledger, experiment, "q").run == 1


def test_chunks_are_added_once_and_without_gaps(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    assert ledger.append(claim, 1, 3, THREE, 0.5) == "run"
    assert ledger.append(claim, 1, 3, THREE, 0.5) == "run"
    with pytest.raises(redis.ResponseError, match="has 3 epochs, the chunk starts at 5"):
        ledger.append(claim, 5, 7, THREE, 0.5)
    assert ledger.append(claim, 4, 6, THREE, 0.7) == "run"
    chunks = [(e.first_epoch, e.last_epoch) for e in events(ledger, experiment) if e.name == "epochs"]
    assert chunks == [(1, 3), (4, 6)]


def test_a_zombie_is_fenced(ledger: Ledger, experiment: str) -> None:
    zombie = claimed(ledger, experiment)
    ledger.append(zombie, 1, 3, THREE, 0.5, b"checkpoint")
    expire_lease(ledger, zombie)
    assert ledger.expire(experiment) == 4
    heir = claimed(ledger, experiment)
    assert (heir.run, heir.fence, heir.epochs_done, heir.seconds) == (zombie.run, zombie.fence + 1, 3, 0.5)
    assert ledger.checkpoint(heir) == b"checkpoint"
    before = names(ledger, experiment)
    assert ledger.append(zombie, 4, 6, THREE, 1.0, b"wrong") == "fenced"
    assert ledger.renew(zombie) == "fenced"
    assert not ledger.release(zombie, b"wrong")
    assert not ledger.finish(zombie, "finished", {})
    assert names(ledger, experiment) == before
    assert ledger.checkpoint(heir) == b"checkpoint"
    assert ledger.append(heir, 4, 6, THREE, 1.0) == "run"


def test_a_renewed_lease_does_not_run_out(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    expire_lease(ledger, claim)
    assert ledger.renew(claim) == "run"
    assert ledger.expire(experiment) == 3
    assert ledger.append(claim, 1, 3, THREE, 0.5) == "run"


def test_the_third_death_fails_the_run_and_the_others_go_on(ledger: Ledger, experiment: str) -> None:
    for _ in range(3):
        claim = claimed(ledger, experiment, "p")
        assert claim.run == 0
        expire_lease(ledger, claim)
        ledger.expire(experiment)
    (failed,) = [event for event in events(ledger, experiment) if event.name == "run_failed"]
    assert failed.run == 0
    assert "died 3 times" in failed.data["error"]
    for _ in range(3):
        assert ledger.finish(claimed(ledger, experiment), "finished", {})
    assert names(ledger, experiment)[-1] == "experiment_failed"


def test_cancel_ends_waiting_runs_at_once_and_running_ones_at_their_next_word(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    assert ledger.cancel(experiment)
    assert names(ledger, experiment)[-3:] == ["run_cancelled 1", "run_cancelled 2", "run_cancelled 3"]
    assert ledger.claim(experiment, "w", []) is None
    assert ledger.append(claim, 1, 3, THREE, 0.5) == "cancel"
    assert ledger.release(claim)
    assert names(ledger, experiment)[-2:] == ["run_cancelled 0", "experiment_cancelled"]
    assert not ledger.cancel(experiment)


def test_cancel_ends_the_run_of_a_dead_worker(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    ledger.cancel(experiment)
    expire_lease(ledger, claim)
    assert ledger.expire(experiment) == 0
    assert names(ledger, experiment)[-2:] == ["run_cancelled 0", "experiment_cancelled"]


def test_pause_stops_and_resume_goes_on(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    assert ledger.pause(experiment)
    assert not ledger.pause(experiment)
    assert ledger.append(claim, 1, 3, THREE, 0.5) == "pause"
    assert ledger.release(claim, b"here")
    assert names(ledger, experiment)[-1] == "run_paused 0"
    assert ledger.claim(experiment, "w", []) is None
    assert ledger.expire(experiment) == 0
    assert ledger.resume(experiment)
    assert not ledger.resume(experiment)
    again = claimed(ledger, experiment)
    assert (again.run, again.epochs_done, ledger.checkpoint(again)) == (0, 3, b"here")


def test_a_gap_changes_nothing(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    ledger.append(claim, 1, 3, THREE, 0.5, b"of epoch 3")
    with pytest.raises(redis.ResponseError) as refused:
        ledger.append(claim, 5, 7, THREE, 0.5, b"of epoch 7")
    assert is_gap(refused.value)
    assert not is_retryable(refused.value)
    assert ledger.checkpoint(claim) == b"of epoch 3"


def test_who_could_not_renew_while_nobody_looked_is_not_taken_for_dead(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    expire_lease(ledger, claim)
    ledger.client.hset(f"lab:experiment:{experiment}", "looked", 1)
    assert ledger.expire(experiment) == 3
    assert ledger.renew(claim) == "run"


def test_a_full_redis_takes_nothing_new_and_lets_end_what_runs(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    ledger.client.config_set("maxmemory", "1")
    try:
        for command in (
            lambda: ledger.submit(uuid.uuid4().hex, {}, ["p"]),
            lambda: ledger.append(claim, 1, 3, THREE, 0.5),
        ):
            with pytest.raises(redis.OutOfMemoryError) as refused:
                command()
            assert is_retryable(refused.value)
        assert ledger.renew(claim) == "run"
        assert ledger.expire(experiment) == 3
        assert ledger.finish(claim, "finished", {}, kept={"weights": b"w", "outputs": b"o"})
    finally:
        ledger.client.config_set("maxmemory", "0")
    assert kept(ledger, experiment) == [{}]


def test_what_is_kept_of_a_run_comes_once_and_from_its_holder(ledger: Ledger, experiment: str) -> None:
    zombie = claimed(ledger, experiment)
    expire_lease(ledger, zombie)
    ledger.expire(experiment)
    heir = claimed(ledger, experiment)
    assert not ledger.finish(zombie, "finished", {}, kept={"weights": b"old"})
    assert ledger.finish(heir, "finished", {}, kept={"weights": b"w", "outputs": b"o"})
    assert not ledger.finish(heir, "finished", {}, kept={"weights": b"again"})
    assert kept(ledger, experiment) == [{"outputs": b"o", "weights": b"w"}]


def test_an_experiment_ends_with_its_last_run(ledger: Ledger, experiment: str) -> None:
    for _ in range(4):
        assert "experiment_finished" not in names(ledger, experiment)
        assert ledger.finish(claimed(ledger, experiment), "finished", {"x": 1})
    assert names(ledger, experiment)[-2:] == ["run_finished 3", "experiment_finished"]
    assert names(ledger, experiment)[0] == "experiment_started"


def test_what_is_forgotten_is_gone_and_its_worker_fenced(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    ledger.forget(experiment, 4)
    assert experiment not in ledger.experiments()
    assert ledger.append(claim, 1, 3, THREE, 0.5) == "fenced"
    assert not ledger.finish(claim, "finished", {})
    assert ledger.claim(experiment, "w", []) is None
    assert not ledger.cancel(experiment)
    left: Any = ledger.client.keys(f"*{experiment}*")
    assert left == []


def test_slots_are_forgotten_when_they_are_not_heard_of(ledger: Ledger) -> None:
    ledger.heartbeat("host/1/10")
    ledger.client.zadd("lab:slots", {"host/1/11": time.time() - 60})
    assert "host/1/10" in ledger.slots()
    assert "host/1/11" not in ledger.slots()
    ledger.leave("host/1/10")
    assert "host/1/10" not in ledger.slots()


def test_what_is_held_is_told_until_it_is_given_back(ledger: Ledger, experiment: str) -> None:
    claim = claimed(ledger, experiment)
    ledger.append(claim, 1, 3, THREE, 0.5)
    (held,) = [each for each in ledger.held() if each.experiment == experiment]
    assert (held.run, held.owner, held.fence, held.epochs_done) == (claim.run, "host/1/2", claim.fence, 3)
    assert abs(held.since_ms / 1000 - time.time()) < 60
    ledger.release(claim)
    assert experiment not in {each.experiment for each in ledger.held()}


def test_leases_that_run_out_are_counted(ledger: Ledger, experiment: str) -> None:
    before = ledger.expiries()
    for claim in (claimed(ledger, experiment), claimed(ledger, experiment)):
        expire_lease(ledger, claim)
    ledger.expire(experiment)
    ledger.expire(experiment)
    assert ledger.expiries() == before + 2


def test_the_backlog_is_what_the_stream_still_has(ledger: Ledger, experiment: str) -> None:
    claimed(ledger, experiment)
    length, seconds = ledger.backlog()
    assert length == ledger.client.xlen(ledger.log_key) > 0
    assert 0 <= seconds < 3600


def test_a_slot_says_what_memory_it_holds(ledger: Ledger) -> None:
    slot = f"host/1/{uuid.uuid4().int % 10**6}"
    ledger.heartbeat(slot, 1234)
    assert ledger.slot_memory([slot, "host/1/x"]) == {slot: 1234}
    assert ledger.slot_memory([]) == {}
    ledger.leave(slot)


def closed(ledger: Ledger, experiment: str, ways: list[Any]) -> list[Claim]:
    """Ends every run, in the order of their numbers, in these ways."""
    claims = [claimed(ledger, experiment, "p", "q") for _ in ways]
    for claim, way in zip(claims, ways, strict=True):
        assert ledger.finish(claim, way, {})
    return claims


def test_a_later_opening_replaces_an_earlier_one_and_opens_the_new_runs_only(ledger: Ledger, experiment: str) -> None:
    old = closed(ledger, experiment, ["finished"] * 4)
    assert ledger.opening(experiment) == 1
    assert ledger.submit(experiment, {"made": "later"}, [None] * 4 + ["p", "q"], opening=2)
    assert ledger.opening(experiment) == 2
    assert ledger.spec(experiment) == {"made": "later"}
    assert not ledger.submit(experiment, {"made": "here"}, ["p", "p", "q", "q"], opening=1), (
        "an earlier opening comes late"
    )
    assert ledger.expire(experiment) == 2
    assert ledger.renew(old[0]) == "fenced"
    assert not ledger.finish(old[0], "failed", {})
    assert [claim.run for claim in closed(ledger, experiment, ["finished"] * 2)] == [4, 5]
    told = names(ledger, experiment)
    assert told.count("experiment_finished") == 2
    assert told[-1] == "experiment_finished"
    ledger.forget(experiment, 6)
    assert ledger.opening(experiment) is None
    assert ledger.client.keys(f"*{experiment}*") == []


@pytest.mark.parametrize(("failed", "cancelled", "how"), [(0, 0, "finished"), (1, 0, "failed"), (1, 1, "cancelled")])
def test_runs_of_earlier_openings_count_in_how_an_experiment_ends(
    ledger: Ledger, failed: int, cancelled: int, how: str
) -> None:
    new = uuid.uuid4().hex
    ledger.submit(new, {}, [None, None, "p"], opening=2, failed=failed, cancelled=cancelled)
    closed(ledger, new, ["finished"])
    assert names(ledger, new)[-1] == f"experiment_{how}"


def test_an_experiment_none_of_whose_runs_is_open_ends_at_once(ledger: Ledger) -> None:
    new = uuid.uuid4().hex
    assert ledger.submit(new, {}, [None, None], failed=1)
    assert names(ledger, new) == ["experiment_failed"]
    assert not ledger.cancel(new)


def test_an_experiment_submitted_by_an_earlier_version_is_at_its_first_opening(ledger: Ledger, experiment: str) -> None:
    ledger.client.hdel(f"lab:experiment:{experiment}", "opening")
    assert ledger.opening(experiment) == 1
    assert not ledger.submit(experiment, {}, ["x"])
    assert ledger.submit(experiment, {}, [None] * 4 + ["x"], opening=2)


def test_an_opening_by_an_earlier_version_is_known_under_its_former_name(ledger: Ledger, experiment: str) -> None:
    key = f"lab:experiment:{experiment}"
    ledger.client.hdel(key, "opening")
    ledger.client.hset(key, "look", 3)
    assert ledger.opening(experiment) == 3
    assert not ledger.submit(experiment, {}, ["x"], opening=3)
    assert ledger.submit(experiment, {}, [None] * 4 + ["x"], opening=4)
    assert ledger.opening(experiment) == 4


def test_runs_that_are_tried_again_have_a_newer_fence_and_begin_anew(ledger: Ledger, experiment: str) -> None:
    old = closed(ledger, experiment, ["finished", "failed", "finished", "failed"])
    failed = [claim.run for claim in (old[1], old[3])]
    programs = ["p" if run in failed else None for run in range(4)]
    assert ledger.submit(experiment, {}, programs, opening=2)
    again = [claimed(ledger, experiment, "p") for _ in failed]
    assert sorted(claim.run for claim in again) == sorted(failed)
    assert all(claim.fence > max(each.fence for each in old) for claim in again)
    assert {(claim.epochs_done, claim.seconds) for claim in again} == {(0, 0.0)}
    assert not ledger.finish(old[1], "finished", {}), "its worker lives on"


def test_an_experiment_is_declined_where_all_live_workers_have(ledger: Ledger, experiment: str) -> None:
    ledger.heartbeat("host/1/11")
    ledger.heartbeat("host/1/12")
    ledger.heartbeat("other/1/11")
    live = {slot.rpartition("/")[0] for slot in ledger.slots()} - {"host/1", "other/1"}
    for worker in live:  # of other tests on this Valkey
        assert not ledger.decline(experiment, worker)
    assert not ledger.decline(experiment, "host/1")
    assert ledger.decline(experiment, "other/1")
    ledger.leave("other/1/11")
    ledger.forget(experiment, 4)
    assert ledger.client.keys(f"*{experiment}*") == []
