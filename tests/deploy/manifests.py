"""Renders what deploy/kubernetes needs of kustomize: resources, namespace, images and JSON patches."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]
CLUSTER_WIDE = {"Namespace"}
KNOWN = {"apiVersion", "kind", "namespace", "resources", "images", "patches"}


def render(directory: Path) -> list[Manifest]:
    """The objects of a kustomization."""
    kustomization = yaml.safe_load((directory / "kustomization.yaml").read_text())
    assert kustomization.keys() <= KNOWN, kustomization.keys() - KNOWN
    found: list[Manifest] = []
    for name in kustomization["resources"]:
        path = directory / name
        found += render(path) if path.is_dir() else loaded(path)
    for manifest in found:
        if manifest["kind"] not in CLUSTER_WIDE:
            manifest["metadata"]["namespace"] = kustomization["namespace"]
    for image in kustomization.get("images", ()):
        for container in containers(found):
            if container["image"].partition(":")[0] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
    for each in kustomization.get("patches", ()):
        (target,) = [one for one in found if identity(one) == (each["target"]["kind"], each["target"]["name"])]
        for operation in yaml.safe_load(each["patch"]):
            change(target, **operation)
    return found


def loaded(path: Path) -> list[Manifest]:
    """The objects of a file, without the sharing of its anchors."""
    return [copy.deepcopy(each) for each in yaml.safe_load_all(path.read_text())]


def change(target: Any, op: str, path: str, value: Any) -> None:
    """One operation of a JSON patch (RFC 6902) that adds or replaces."""
    *parents, last = path.strip("/").split("/")
    for name in parents:
        target = target[int(name)] if isinstance(target, list) else target[name]
    key: Any = int(last) if isinstance(target, list) else last
    assert op == "add" or (op == "replace" and target[key] is not None), path
    target[key] = value


def identity(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """The pods' specifications, by the names of what runs them, with their labels."""
    return {
        each["metadata"]["name"]: each["spec"]["template"] for each in manifests if "template" in each.get("spec", {})
    }


def containers(manifests: list[Manifest]) -> list[Manifest]:
    return [each for pod in pods(manifests).values() for each in pod["spec"]["containers"]]
