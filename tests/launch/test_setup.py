"""The set-up's judgements. That it works from nothing is shown by running it: CI starts in a fresh clone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from launch import lock, setup
from launch.user_error import UserError
from tests.service import ROOT, wait_until


@pytest.mark.parametrize(
    ("shown", "enough"),
    [
        ("v20.19.2", True),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("v20.18.9", False),
        ("v18.20.4", False),
        ("v21.7.3", False),
        ("v22.11.0", False),
        (None, False),
        ("", False),
        ("node", False),
    ],
)
def test_which_node_is_enough(shown: str | None, enough: bool) -> None:
    assert setup.node_is_new_enough(shown) is enough


def test_the_locks_agree_with_the_project_and_with_each_other() -> None:
    assert lock.stale() == []


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.stem)
def test_every_locked_version_has_hashes(path: Path) -> None:
    text = path.read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[\w.-]+==\S+( ; .*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line[:100]


def test_an_unknown_part_gets_a_sentence() -> None:
    with pytest.raises(UserError, match="Unknown part 'pge'"):
        setup.set_up(["pge"])


def test_a_stamp_that_was_cut_short_does_not_count(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp.json"
    setup.write(stamp, {"lock": "abc"})
    assert setup.read(stamp) == {"lock": "abc"}
    stamp.write_text(stamp.read_text()[:8])
    assert setup.read(stamp) == {}


def test_of_two_set_ups_the_second_waits() -> None:
    with setup.setup_lock():
        second = subprocess.Popen(
            [sys.executable, "-u", "-m", "launch.setup"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert second.stdout is not None
        assert "waiting for it" in second.stdout.readline()
        assert second.poll() is None
    wait_until(lambda: second.poll() == 0, "The second set-up goes on")
    second.stdout.close()


def test_set_up_needs_nothing_but_the_standard_library() -> None:
    """It runs before anything is installed: isolated from every site directory, it still loads."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import launch.setup, launch.child_process"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
