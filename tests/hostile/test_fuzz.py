"""The whole schema, with requests that a machine thinks up: what it promises holds, and nothing is a fault of ours.

`LAB_CASES=60 make test ARGS=tests/hostile/test_fuzz.py` sends more of them than a usual test run does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, Final, cast

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from app.access import Credentials
from tests.service import ROOT, Service

CASES: Final = int(os.environ.get("LAB_CASES", "4"))
"""Requests of each kind for each call."""

load_all_checks()
DOCUMENT: Final = json.loads((ROOT / "frontend" / "openapi.json").read_text())  # up to date, says make check
for calls in DOCUMENT["paths"].values():
    for call in calls.values():
        call.pop("security", None)  # or keys would be thought up too, in the place of ours
SCHEMA: Final = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS: Final[dict[str, Any]] = {each.ok().label: each.ok() for each in cast(Any, SCHEMA.get_all_operations())}
del OPERATIONS["GET /api/health"]  # it answers 503 without workers, and takes nothing
ENDLESS: Final = "/events"
"""The stream of an experiment that nobody trains does not end."""
# A body may fit the schema and still be refused: a network that can't be built, a file that isn't there. That keys are
# asked for is tested on every route in test_access.py.
CHECKED: Final = [
    check for check in CHECKS.get_all() if check.__name__ not in {"positive_data_acceptance", "ignored_auth"}
]
# What is wrong with a body is an error; what is too much in a query is ignored.
OF_QUERIES: Final = [check for check in CHECKED if check.__name__ != "negative_data_rejection"]
QUICK: Final = settings(
    max_examples=CASES,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def session(lab: Service) -> Iterator[requests.Session]:
    """A session without a key: checks send requests without one too."""
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened


@pytest.fixture(scope="module")
def key(lab: Service) -> dict[str, str]:
    """A key's header. It goes on being listened to, however many wrong ones come from here."""
    return {"Authorization": f"Bearer {Credentials(lab.data).add('key', 'fuzz')}"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A lab with a token and without workers."""
    rates = {"LAB_POST_RATE": "100000", "LAB_UPLOAD_RATE": "100000"}
    running = Service(tmp_path_factory.mktemp("lab"), {"LAB_TOKEN": "generate", **rates}, workers=0)
    yield running
    running.stop()


@pytest.fixture
def held(lab: Service, session: requests.Session, key: dict[str, str]) -> dict[str, str]:
    """Path parameters of what the lab holds."""
    preset = session.get(f"{lab.url}/api/presets/tutorial", headers=key).json()["experiment"]
    posted = session.post(f"{lab.url}/api/experiments", json=preset, headers=key).json()["id"]
    table = {**key, "Content-Type": "text/csv"}
    file = session.post(f"{lab.url}/api/datasets/files", data="a,b\n1,2\n3,4\n", headers=table).json()["id"]
    return {"experiment": posted, "file": file, "name": "tutorial"}


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.fault(14, "requests made from the schema")
def test_every_call_keeps_its_word(
    lab: Service, session: requests.Session, key: dict[str, str], held: dict[str, str], label: str, right: bool
) -> None:
    """With right requests to what is there, and with wrong ones to what is mostly not."""
    operation = OPERATIONS[label]
    known = {name: value for name, value in held.items() if f"{{{name}}}" in label}
    if right and known and not label.endswith(ENDLESS):
        cases = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=known)
    elif right or not (operation.body or operation.query):
        cases = operation.as_strategy(GenerationMode.POSITIVE)
    else:
        cases = operation.as_strategy(GenerationMode.NEGATIVE)

    @QUICK
    @given(case=cases)
    def keeps_its_word(case: Any) -> None:
        checks = CHECKED if case.operation.body else OF_QUERIES
        case.call_and_validate(base_url=lab.url, session=session, headers=key, checks=checks, timeout=30)

    keeps_its_word()


@pytest.mark.fault(14, "requests made from the schema")
def test_calls_one_after_another_keep_their_word(lab: Service, session: requests.Session, key: dict[str, str]) -> None:
    """Each call uses the answers of those before: an experiment is posted, paused, read, removed, and read again."""
    schema = SCHEMA.exclude(path_regex=f"{ENDLESS}$").exclude(path="/api/health")
    schema.config.update(base_url=lab.url)

    class Machine(schema.as_state_machine()):  # type: ignore[misc]  # made of the schema
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": key, "session": session, "timeout": 30}

        def validate_response(self, response: Any, case: Any, *_: Any, **given: Any) -> None:
            case.validate_response(response, checks=OF_QUERIES, headers=key, transport_kwargs={"session": session})

    run_state_machine_as_test(Machine, settings=settings(QUICK, stateful_step_count=6))
