"""An API that would be open to a network does not start, unless that is said."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.api.experiments import refused
from tests.service import PATIENCE, ROOT, Service


def started(data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env={**os.environ, "LAB_DATA": str(data), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "lab.example"])
def test_the_network_is_not_let_in_without_a_token(tmp_path: Path, host: str) -> None:
    done = started(tmp_path, HOST=host)
    assert done.returncode == 1
    assert f"HOST={host} opens the lab to the network" in done.stderr
    assert "LAB_TOKEN=generate" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_token_is_made_once_where_it_is_asked_for(tmp_path: Path) -> None:
    lab = Service(tmp_path, {"HOST": "0.0.0.0", "LAB_TOKEN": "generate"}, workers=0)
    try:
        with lab.client() as client:
            refused(client.get("/api/experiments"), 401)
            token = lab.data / "token"
            printed = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", lab.api.log.read_text())
            assert printed is not None, "the log has no link"
            assert client.get(printed[0]).status_code == 200
            assert client.post("/", data={"token": printed[0].partition("token=")[2]}).status_code == 303
            assert client.get("/api/experiments").status_code == 200
            refused(client.get("/api/experiments", headers={"authorization": "Bearer wrong"}), 401)
            made = token.read_text()
            assert stat.S_IMODE(token.stat().st_mode) == 0o600
            assert len(made) >= 40
            lab.api.kill()
            lab.api.start()
            lab.wait_healthy()
            assert client.get("/api/experiments").status_code == 200
            assert client.get("/api/experiments", headers={"authorization": f"Bearer {made}"}).status_code == 200
    finally:
        lab.stop()


def test_anyone_is_let_in_where_that_is_said(tmp_path: Path) -> None:
    lab = Service(tmp_path, {"HOST": "0.0.0.0", "LAB_LET_ANYONE_IN": "true"}, workers=0)
    try:
        with lab.client() as client:
            assert client.get("/api/experiments").status_code == 200
            assert client.get("/?token=x").status_code in {200, 503}  # 503: the page is not built
        assert not (lab.data / "token").exists()
    finally:
        lab.stop()
