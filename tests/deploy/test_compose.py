"""The compose file and the Dockerfile, as far as they can be judged without an engine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import ROOT, SECRETS, Settings
from core.version import VERSION

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("api", "worker", "worker-gpu")


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    given: dict[str, Any] = SERVICES[request.param]
    return given


def test_each_service_is_confined_and_limited(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


def test_the_api_and_redis_reach_no_other_machine() -> None:
    networks = COMPOSE["networks"]
    assert SERVICES["redis"]["networks"] == ["inside"]
    assert networks["inside"] == {"internal": True}
    assert sorted(SERVICES["api"]["networks"]) == ["inside", "published"]
    assert networks["published"]["driver_opts"] == {"com.docker.network.bridge.enable_ip_masquerade": "false"}
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["api"]


@pytest.mark.parametrize("name", OURS)
def test_its_variables_are_settings(name: str) -> None:
    known = {each.upper() for each in Settings.model_fields} | {f"{each.upper()}_FILE" for each in SECRETS}
    assert SERVICES[name]["environment"].keys() <= known


def test_no_variable_or_command_has_a_secret() -> None:
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert "REDIS_PASSWORD" not in environment
        assert "@" not in environment["REDIS_URL"]
    assert "--requirepass" not in str(SERVICES["redis"])


@pytest.mark.parametrize("given", ["", "a given one", 'with " and \\ and $HOME'])
def test_redis_gets_the_password_that_the_others_read(tmp_path: Path, given: str) -> None:
    """Runs the service's script, with directories of this test's and without the server at its end."""
    shell, options, script = SERVICES["redis"]["command"]
    for inside in ("run/lab", "run/secrets", "tmp"):
        (tmp_path / inside).mkdir(parents=True)
    script = re.sub(r"/(?:run/lab|run/secrets|tmp)/", lambda found: f"{tmp_path}{found[0]}", script)
    script = re.sub(r"^chown .*$", "", script.replace("$$", "$"), flags=re.MULTILINE).partition("exec ")[0]
    (tmp_path / "run" / "secrets" / "redis_password").write_text(given)
    written = []
    for _ in range(2):
        subprocess.run([shell, options, script], check=True, timeout=30)
        written.append((tmp_path / "run" / "lab" / "redis-password").read_text().strip())
    assert written[0] == written[1]
    assert written[0] == given if given else len(written[0]) > 30
    quoted = written[0].replace("\\", "\\\\").replace('"', '\\"')
    assert (tmp_path / "tmp" / "redis.conf").read_text() == f'requirepass "{quoted}"\n'
    assert (tmp_path / "tmp" / "redis.conf").stat().st_mode & 0o077 == 0


def test_base_images_are_named_by_tag_and_digest() -> None:
    stages = set(re.findall(r" AS ([\w-]+)$", DOCKERFILE, re.MULTILINE))
    bases = {name for name in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) if name not in stages}
    bases.add(SERVICES["redis"]["image"])
    assert {name.partition(":")[0] for name in bases} == {"node", "python", "redis"}
    assert all(re.fullmatch(r"\w+:[\w.-]+@sha256:[0-9a-f]{64}", name) for name in bases)


def test_dependabot_renews_digests_where_they_stand() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    watched = {
        (each["package-ecosystem"], directory)
        for each in updates
        for directory in each.get("directories", [each.get("directory")])
    }
    assert {("docker", "/"), ("docker", "/deploy/kubernetes/base"), ("docker-compose", "/")} <= watched


def test_each_image_says_what_it_is() -> None:
    for stage in ("api", "worker"):
        (text,) = re.findall(rf"^FROM base AS {stage}$(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL)
        labels = re.findall(r"org\.opencontainers\.image\.(\w+)=\"([^\"]+)\"", text)
        assert [name for name, _ in labels] == ["title", "description", "licenses", "version", "revision"]
        assert re.search(rf"^ARG VERSION={re.escape(VERSION)}$", text, re.MULTILINE)
    assert f"${{VERSION:-{VERSION}}}" in (ROOT / "docker-compose.yml").read_text()
