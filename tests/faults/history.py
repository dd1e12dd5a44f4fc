"""A history of what clients asked and were answered while parts were killed, and the checks of it afterwards."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.faults.lab import Lab

CLOSED: Final = frozenset({"finished", "failed", "cancelled"})
EXPECTED: Final = frozenset({200, 201, 202, 204, 404, 409, 503})
"""Statuses of answers to what these clients ask."""
VERBS: Final = ("cancel", "pause", "resume")


@dataclass
class Call:
    """One request, and its answer where one came."""

    began: float
    method: str
    path: str
    key: str | None = None
    ended: float | None = None
    status: int | None = None
    body: Any = None

    @property
    def done(self) -> bool:
        """Whether the lab said that it did it."""
        return self.status is not None and self.status < 300


@dataclass
class Known:
    """An experiment that a client has asked for."""

    key: str
    body: dict[str, Any]
    id: str | None = None


@dataclass
class Client:
    """Asks for random things, one after another, and writes down the answers. Repeats a POST that had none."""

    lab: Lab
    number: int
    seed: int
    template: dict[str, Any]
    calls: list[Call] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)

    def run(self, over: threading.Event) -> None:
        """Asks until `over`."""
        chance = random.Random(f"{self.seed}/{self.number}")
        actions: list[Callable[[random.Random], None]] = [self._post, self._read, self._list, self._act, self._delete]
        while not over.is_set():
            chance.choices(actions, [3, 6, 2, 3, 1])[0](chance)
            over.wait(chance.uniform(0, 0.3))

    def _ask(self, method: str, path: str, key: str | None = None, **given: Any) -> Call:
        call = Call(time.monotonic(), method, path, key)
        self.calls.append(call)
        with contextlib.suppress(httpx.HTTPError), self.lab.client() as client:
            answer = client.request(method, f"/api{path}", **given)
            call.body = answer.json() if answer.content else None
            call.status, call.ended = answer.status_code, time.monotonic()
        return call

    def _post(self, chance: random.Random) -> None:
        again = [each for each in self.known if each.id is None]
        if again and chance.random() < 0.7:
            experiment = again[0]
        else:
            body = {**self.template, "seeds": list(range(1, chance.randint(1, 3) + 1))}
            body["training"] = {**body["training"], "epochs": chance.choice([20, 400, 3000])}
            experiment = Known(f"{self.seed}-{self.number}-{len(self.known)}", body)
            self.known.append(experiment)
        headers = {"Idempotency-Key": experiment.key}
        call = self._ask("POST", "/experiments", experiment.key, json=experiment.body, headers=headers)
        if call.done:
            experiment.id = call.body["id"]

    def _one(self, chance: random.Random) -> str | None:
        ids = [each.id for each in self.known if each.id is not None]
        return chance.choice(ids) if ids else None

    def _read(self, chance: random.Random) -> None:
        if id := self._one(chance):
            self._ask("GET", f"/experiments/{id}")

    def _list(self, chance: random.Random) -> None:
        self._ask("GET", "/experiments", params={"limit": 50})

    def _act(self, chance: random.Random) -> None:
        if id := self._one(chance):
            self._ask("POST", f"/experiments/{id}/{chance.choice(VERBS)}")

    def _delete(self, chance: random.Random) -> None:
        if id := self._one(chance):
            self._ask("DELETE", f"/experiments/{id}")


def check_answers(client: Client) -> None:
    """Each answer fits those before it: nothing that was answered is lost or goes back, and nothing is a fault."""
    gone: set[str] = set()
    asked_to_go: set[str] = set()
    reached: dict[tuple[str, int], int] = {}
    closed: dict[str, str] = {}
    ids: dict[str, str] = {}
    for call in client.calls:
        id = call.path.split("/")[2] if call.path.count("/") > 1 else None
        if call.method == "DELETE" and id is not None:
            asked_to_go.add(id)
        if call.status is None:
            continue
        assert call.status in EXPECTED, (call.method, call.path, call.status, call.body)
        if call.key is not None and call.done:
            assert ids.setdefault(call.key, call.body["id"]) == call.body["id"], "one key made two experiments"
        if call.method == "DELETE" and call.done and id is not None:
            gone.add(id)
        if call.method != "GET" or id is None:
            continue
        if call.status == 404:
            assert id in asked_to_go, "an experiment that was answered is lost"
        if call.done:
            assert id not in gone, "an experiment that was deleted is back"
            assert closed.get(id) in (None, call.body["status"]), "an experiment that had ended goes on"
            if call.body["status"] in CLOSED:
                closed[id] = call.body["status"]
            for place, run in enumerate(call.body["runs"]):
                assert run["epochs_done"] >= reached.get((id, place), 0), "epochs that were answered are lost"
                reached[id, place] = run["epochs_done"]


def check_end(lab: Lab, client: Client) -> dict[str, int]:
    """Checks that what the lab has at the end fits its answers. Returns the number of experiments by their end."""
    ended: dict[str, int] = {}
    for experiment in client.known:
        if experiment.id is None:
            continue
        calls = [call for call in client.calls if call.path.startswith(f"/experiments/{experiment.id}")]
        removed = [call for call in calls if call.method == "DELETE"]
        with lab.client() as asking:
            answer = asking.get(f"/api/experiments/{experiment.id}")
        if answer.status_code == 404:
            assert removed, "an experiment that was answered is lost"
            ended["removed"] = ended.get("removed", 0) + 1
            continue
        assert not any(call.done for call in removed), "an experiment that was deleted is back"
        view = answer.json()
        status = view["status"]
        ended[status] = ended.get(status, 0) + 1
        assert status in ("finished", "cancelled"), [run["error"] for run in view["runs"]]
        was_cancelled = [call for call in calls if call.path.endswith("/cancel")]
        assert status == "finished" or was_cancelled, "nobody cancelled it"
        check_log(lab, experiment.id, view)
    return ended


def check_log(lab: Lab, id: str, view: dict[str, Any]) -> None:
    """The log has each epoch once and in order, its ids rise, nothing follows its end, and the curves are the same."""
    events = lab.events(id)
    places = [tuple(map(int, place.split("-"))) for place, _, _ in events]
    assert places == sorted(set(places)), "ids of events don't rise"
    names = [name for _, name, _ in events]
    assert [name for name in names if name.startswith("experiment_") and name[11:] in CLOSED] == names[-1:]
    seen: dict[int, list[int]] = {}
    for _, name, data in events:
        if name == "epochs":
            seen.setdefault(data["seed"], []).extend(data["epoch"])
    for run in view["runs"]:
        assert seen.get(run["seed"], []) == list(range(1, run["epochs_done"] + 1)), "an epoch is missing, or twice"
        if view["status"] == "finished":
            assert run["epochs_done"] == run["epochs"]
    curves = {run["seed"]: run["epoch"] for run in lab.ask("GET", f"/experiments/{id}/curves")["runs"]}
    assert all(curves.get(seed, []) == epochs for seed, epochs in seen.items())


def weights_of(client: Client, lab: Lab) -> dict[tuple[int, int], set[str]]:
    """The hashes of the weights of all finished runs, by epochs and seed: each must be one."""
    found: dict[tuple[int, int], set[str]] = {}
    for experiment in client.known:
        with lab.client() as asking:
            answer = asking.get(f"/api/experiments/{experiment.id}")
        if experiment.id is None or answer.status_code != 200:
            continue
        for run in answer.json()["runs"]:
            if run["status"] == "finished":
                found.setdefault((run["epochs"], run["seed"]), set()).add(run["weights_sha256"])
    return found
