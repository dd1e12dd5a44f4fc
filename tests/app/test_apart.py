"""Calls in a process of their own: results and errors come back, memory and time are bounded, no process is left."""

from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from app.apart import call_apart
from core.problems import Invalid, Problem
from tests.service import gone

PLACE = ("row", 3)


def refuse() -> None:
    raise Invalid([Problem(PLACE, "This is wrong")])


def fill() -> int:
    return len(bytearray(2_000_000_000))


def end() -> None:
    os._exit(9)


def test_a_result_comes_from_another_process() -> None:
    pid = call_apart(os.getpid)
    assert pid != os.getpid()
    assert gone(pid)


def test_errors_are_raised_where_the_call_was_made() -> None:
    with pytest.raises(Invalid) as raised:
        call_apart(refuse)
    assert raised.value.problems == [Problem(PLACE, "This is wrong")]
    with pytest.raises(FileNotFoundError):
        call_apart(os.stat, "/there/is/no/such/file")


@pytest.mark.parametrize("function", [fill, end])
def test_a_call_that_takes_too_much_memory_is_refused(function: object) -> None:
    with pytest.raises(Invalid, match="more memory than an upload may"):
        call_apart(function, memory=500_000_000)  # type: ignore[arg-type]


def test_a_call_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Invalid, match=r"takes more than 0\.1 s"):
        call_apart(time.sleep, 600, seconds=0.1)
    assert multiprocessing.active_children() == []
