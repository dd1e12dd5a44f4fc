"""Lock on LAB_DATA: servers beside each other, and a restore alone."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from app.directory_lock import DirectoryInUse, alone, share
from launch import valkey
from tests.app.backup.conftest import process


def test_servers_share_and_keep_restores_out(tmp_path: Path) -> None:
    with alone(tmp_path):
        with pytest.raises(DirectoryInUse):
            share(tmp_path)
        with pytest.raises(DirectoryInUse), alone(tmp_path):
            pass
    with alone(tmp_path):
        pass
    share(tmp_path)
    share(tmp_path)
    with pytest.raises(DirectoryInUse), alone(tmp_path):
        pass
    assert not os.listdir(tmp_path), "no file is left"


def test_a_launcher_keeps_restores_out(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lab.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DirectoryInUse), alone(tmp_path):
            pass
    with alone(tmp_path):
        pass


def test_an_error_inside_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), alone(tmp_path):
        (tmp_path / "none").read_bytes()


def test_a_lab_does_not_start_during_a_restore(tmp_path: Path) -> None:
    with alone(tmp_path):
        started = process(tmp_path, PORT=str(valkey.free_port()))
    assert started.returncode == 1
    assert started.stderr.decode() == f"LAB_DATA={tmp_path} is being restored: start the lab when that has ended.\n"
    assert not os.listdir(tmp_path)
