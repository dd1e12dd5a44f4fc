"""The manifests of deploy/kubernetes: valid for Kubernetes, and true of the product."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.access import Access
from app.guard import OWN_NAMES, is_public
from app.main import app
from core.settings import ROOT, SECRETS, Settings
from core.version import VERSION
from tests.deploy.manifests import Manifest, containers, identity, pods, render

HERE = ROOT / "deploy" / "kubernetes"
KUSTOMIZATIONS = ["base", "overlays/example"]
OLDEST, NEWEST = "1.29", "1.35"
"""Versions of Kubernetes whose schemas the manifests fit."""
SERVERS = {
    "FORWARDED_ALLOW_IPS",  # uvicorn's
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD_FILE",
    "PGDATA",
}
"""Variables that other programs read."""


@pytest.fixture(params=KUSTOMIZATIONS)
def manifests(request: pytest.FixtureRequest) -> list[Manifest]:
    return render(HERE / request.param)


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = [each for each in manifests if identity(each) == (kind, name)]
    return found


def variables(manifests: list[Manifest], container: Manifest) -> dict[str, str]:
    """The environment of a container; what the cluster fills in is empty."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        found |= one(manifests, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {each["name"]: each.get("value", "") for each in container.get("env", ())}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_takes_every_object(manifests: list[Manifest], version: str) -> None:
    assert len(manifests) > 15
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("name", KUSTOMIZATIONS)
def test_kustomize_renders_the_same(name: str) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("There is no kubectl here to compare with")
    done = subprocess.run(["kubectl", "kustomize", str(HERE / name)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    theirs = {identity(each): each for each in yaml.safe_load_all(done.stdout)}
    assert theirs == {identity(each): each for each in render(HERE / name)}


def test_every_file_is_part_of_it() -> None:
    for name in KUSTOMIZATIONS:
        listed = yaml.safe_load((HERE / name / "kustomization.yaml").read_text())["resources"]
        there = {path.name for path in (HERE / name).glob("*.yaml")} - {"kustomization.yaml"}
        assert there == {each for each in listed if each.endswith(".yaml")}


def test_our_images_are_those_that_the_dockerfile_makes(manifests: list[Manifest]) -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    ours = [each["image"] for each in containers(manifests) if "constraint-lab" in each["image"]]
    assert len(ours) == 2
    for image in ours:
        name, _, tag = image.rpartition("/")[2].partition(":")
        assert name.removeprefix("constraint-lab-") in stages
        assert tag == VERSION


def test_other_images_have_a_digest(manifests: list[Manifest]) -> None:
    others = {each["image"] for each in containers(manifests) if "constraint-lab" not in each["image"]}
    assert {each.partition(":")[0] for each in others} == {"redis", "postgres"}
    assert all(re.fullmatch(r"\w+:[\w.-]+@sha256:[0-9a-f]{64}", each) for each in others)
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert compose["services"]["redis"]["image"] in others


def test_every_variable_is_one_that_its_program_reads(manifests: list[Manifest]) -> None:
    files = {f"{name.upper()}_FILE" for name in SECRETS}
    ours = {name.upper() for name in Settings.model_fields} | files
    for container in containers(manifests):
        names = variables(manifests, container).keys()
        known = SERVERS | (ours if "constraint-lab" in container["image"] else set())
        assert names <= known, f"{container['name']} is given {names - known}"


def test_the_settings_are_valid(manifests: list[Manifest], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("api", "worker"):
        (container,) = pods(manifests)[name]["spec"]["containers"]
        given = {key: value for key, value in variables(manifests, container).items() if value}
        for key, value in given.items():
            if not key.endswith("_FILE"):
                monkeypatch.setenv(key, value)
        for secret in SECRETS:
            monkeypatch.delenv(f"{secret.upper()}_FILE", raising=False)
        settings = Settings()
        assert settings.lab_url == given["LAB_URL"]
    assert Access(settings).by_https


def test_secrets_are_named_and_never_given(manifests: list[Manifest]) -> None:
    assert not [each for each in manifests if each["kind"] == "Secret"]
    for path in HERE.rglob("*"):
        assert path.is_dir() or not re.search(
            r"secretKeyRef|stringData|(?i:[-_. ](?:password|token)): *\S", path.read_text()
        )
    named: set[str] = set()
    for name, pod in pods(manifests).items():
        (container,) = pod["spec"]["containers"]
        mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
        files = set()
        for volume in pod["spec"]["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["secretName"] == "lab"
                files |= {f"{mounts[volume['name']]}/{item['path']}" for item in volume["secret"]["items"]}
                named |= {item["key"] for item in volume["secret"]["items"]}
        given = variables(manifests, container)
        asked = {value for key, value in given.items() if key.endswith("_FILE")}
        asked |= set(re.findall(r"/run/secrets/[\w/-]+", json.dumps(container.get("command", ""))))
        assert asked == files, name
    documented = re.findall(r"--from-literal=([\w-]+)=", how_to())
    assert sorted(documented) == sorted(named)


def how_to() -> str:
    return (ROOT / "docs" / "how-to" / "deploy-on-kubernetes.md").read_text()


def test_services_lead_to_ports_that_are_there(manifests: list[Manifest]) -> None:
    reached = {}
    for service in (each for each in manifests if each["kind"] == "Service"):
        (pod,) = [each for each in pods(manifests).values() if selects(service["spec"]["selector"], each)]
        (container,) = pod["spec"]["containers"]
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        (port,) = service["spec"]["ports"]
        reached[service["metadata"]["name"], port["name"]] = port["port"], ports[port["targetPort"]]
    assert reached["redis", "redis"] == (6379, 6379)
    assert f"redis://redis:{reached['redis', 'redis'][0]}/" in one(manifests, "ConfigMap", "lab")["data"]["REDIS_URL"]
    assert f"@postgres:{reached['postgres', 'postgres'][0]}/lab" in how_to()
    assert reached["api", "http"][1] == int(re.search(r"^EXPOSE (\d+)$", dockerfile(), re.MULTILINE)[1])  # type: ignore[index]
    (rule,) = one(manifests, "Ingress", "lab")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    backend = path["backend"]["service"]
    assert (backend["name"], backend["port"]["name"]) in reached


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def test_the_ingress_has_the_labs_name(manifests: list[Manifest]) -> None:
    spec = one(manifests, "Ingress", "lab")["spec"]
    (rule,), (tls,) = spec["rules"], spec["tls"]
    assert one(manifests, "ConfigMap", "lab")["data"]["LAB_URL"] == f"https://{rule['host']}"
    assert tls["hosts"] == [rule["host"]]


def test_the_ingress_lets_streams_and_uploads_through(manifests: list[Manifest]) -> None:
    annotations = one(manifests, "Ingress", "lab")["metadata"]["annotations"]
    nginx = {name.rpartition("/")[2]: value for name, value in annotations.items()}
    assert nginx["proxy-buffering"] == nginx["proxy-request-buffering"] == "off"
    assert int(nginx["proxy-read-timeout"]) >= 600
    limit = int(nginx["proxy-body-size"].removesuffix("g")) * 2**30
    assert limit >= max(Settings().lab_array_limit, Settings().lab_upload_limit)


def test_probes_ask_what_there_is(manifests: list[Manifest]) -> None:
    for name, pod in pods(manifests).items():
        (container,) = pod["spec"]["containers"]
        probes = {key: value for key, value in container.items() if key.endswith("Probe")}
        wanted = {"startupProbe", "readinessProbe"} | ({"livenessProbe"} if name != "worker" else set())
        assert probes.keys() == wanted, name
        for probe in probes.values():
            if "httpGet" in probe:
                asked = probe["httpGet"]
                assert "get" in app.openapi()["paths"][asked["path"]]
                assert is_public(asked["path"])
                assert asked["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
                assert "localhost" in OWN_NAMES
                assert asked["port"] in {each["name"] for each in container["ports"]}
            elif name == "worker":
                python, option, module, what = probe["exec"]["command"]
                assert (python, option, what) == ("python", "-m", "worker")
                assert importlib.util.find_spec(module) is not None
                assert f"COPY {module.replace('.', '/')}.py" in dockerfile()


def test_every_container_is_confined(manifests: list[Manifest]) -> None:
    """As the `restricted` standard asks, which the namespace enforces, and with a root that can't be written."""
    labels = one(manifests, "Namespace", "constraint-lab")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    for name, pod in pods(manifests).items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is spec["enableServiceLinks"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"].keys() == {"requests", "limits"}
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}
    user = int(re.search(r"useradd --uid (\d+)", dockerfile())[1])  # type: ignore[index]
    assert {pods(manifests)[name]["spec"]["securityContext"]["runAsUser"] for name in ("api", "worker")} == {user}


def test_there_is_one_api_and_workers_are_scaled(manifests: list[Manifest]) -> None:
    api, worker = (one(manifests, "Deployment", name)["spec"] for name in ("api", "worker"))
    assert (api["replicas"], api["strategy"]["type"]) == (1, "Recreate")
    assert "replicas" not in worker
    scaler = one(manifests, "HorizontalPodAutoscaler", "worker")["spec"]
    assert scaler["scaleTargetRef"]["name"] == "worker"
    budget = one(manifests, "PodDisruptionBudget", "worker")["spec"]
    assert selects(budget["selector"]["matchLabels"], pods(manifests)["worker"])


def test_a_worker_gets_its_slots_by_its_limit(manifests: list[Manifest]) -> None:
    (container,) = pods(manifests)["worker"]["spec"]["containers"]
    (given,) = [each for each in container["env"] if each["name"] == "LAB_CONCURRENCY"]
    assert given["valueFrom"]["resourceFieldRef"]["resource"] == "limits.cpu"
    limits = container["resources"]["limits"]
    assert int(limits["memory"].removesuffix("Gi")) >= 2 * int(limits["cpu"])


def test_who_may_talk_with_whom(manifests: list[Manifest]) -> None:
    policies = [each["spec"] for each in manifests if each["kind"] == "NetworkPolicy"]
    templates = pods(manifests)
    links = {
        (source, target)
        for source, pod in templates.items()
        for target, other in templates.items()
        if allows(policies, "Egress", pod, other) and allows(policies, "Ingress", other, pod)
    }
    assert links == {("api", "redis"), ("api", "postgres"), ("worker", "redis")}
    outside = {name for name, pod in templates.items() if allows(policies, "Egress", pod, None)}
    assert outside == {"worker"}
    ingress = {"kubernetes.io/metadata.name": "ingress-nginx"}
    assert {
        name
        for name, pod in templates.items()
        if any(
            peer.get("namespaceSelector", {}).get("matchLabels") == ingress
            for rule in rules(policies, "Ingress", pod)
            for peer in rule["from"]
        )
    } == {"api"}


def rules(policies: list[Any], direction: str, pod: Manifest) -> list[Any]:
    """The rules for a pod; each of the pods has a policy for both directions, so that nothing else is allowed."""
    applied = [each for each in policies if direction in each["policyTypes"] and matches(each["podSelector"], pod)]
    assert applied
    return [rule for each in applied for rule in each.get(direction.lower(), ())]


def allows(policies: list[Any], direction: str, pod: Manifest, other: Manifest | None) -> bool:
    """Whether a pod may talk to another (None: to what is outside), or hear from it."""
    side = "to" if direction == "Egress" else "from"
    peers = [peer for rule in rules(policies, direction, pod) for peer in rule[side]]
    if other is None:
        return any("ipBlock" in peer for peer in peers)
    return any(
        matches(peer["podSelector"], other)
        for peer in peers
        if "podSelector" in peer and "namespaceSelector" not in peer
    )


def matches(selector: Any, pod: Manifest) -> bool:
    labels = pod["metadata"]["labels"]
    listed = all(labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", ()))
    return listed and selects(selector.get("matchLabels", {}), pod)


def selects(labels: dict[str, str], pod: Manifest) -> bool:
    there: dict[str, str] = pod["metadata"]["labels"]
    return labels.items() <= there.items()


def test_every_link_goes_to_a_port_of_the_pod(manifests: list[Manifest]) -> None:
    templates = pods(manifests)
    for policy in (each["spec"] for each in manifests if each["kind"] == "NetworkPolicy"):
        for rule in policy.get("ingress", ()):
            (pod,) = [each for each in templates.values() if matches(policy["podSelector"], each)]
            (container,) = pod["spec"]["containers"]
            assert {port["port"] for port in rule["ports"]} <= {port["name"] for port in container["ports"]}


def test_the_how_to_names_the_folders() -> None:
    for name in re.findall(r"kubectl apply -k ([\w/]+)", how_to()):
        assert (ROOT / name / "kustomization.yaml").exists()
