"""FluxInstance: what flux-operator makes of it, wherever its spec is written.

Facts: flux-operator api/v1/fluxinstance_types.go, internal/builder/templates.go and profiles.go,
the flux-instance chart's templates/instance.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bisectops.errors import YamlError
from bisectops.git.objects import ROOT, RepoPath
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize import Built, build
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import boolean, mapping, mappings, text, text_or, value
from bisectops.yaml.reader import documents
from bisectops.yaml.writer import dump

OPERATOR_GROUP = "fluxcd.controlplane.io"
NAMESPACE = "flux-system"
CHART = "flux-instance"
_ARGUMENT = re.compile(r"--[a-z][a-z0-9-]*=[^\s\"',\]]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxInstance:
    """The spec of a FluxInstance and where it was found."""

    namespace: str
    spec: Mapping[str, Node]
    found: str
    """How: "the FluxInstance", "the values of HelmRelease flux-instance", …"""
    path: RepoPath

    @property
    def sync(self) -> Mapping[str, Node]:
        """What to reconcile; empty for an instance that only installs the controllers."""
        return mapping(self.spec, "sync") if text(self.spec, "sync", "url") else {}

    @property
    def name(self) -> str:
        """The name of the source and the Kustomization that it makes."""
        return text_or(self.namespace, self.spec, "sync", "name")


def instances(tree: Node, path: RepoPath, namespace: str = "") -> Iterator[FluxInstance]:
    """The instances that a document of a file defines, be it manifest, HelmRelease or values.

    `namespace` is what the document's own kustomization says, for one that says nothing itself.
    """
    kind = text(tree, "kind")
    if kind == "FluxInstance":
        if text(tree, "metadata", "name") != "flux":
            return  # the operator's own validation refuses any other name
        where = text(tree, "metadata", "namespace") or namespace or NAMESPACE
        yield FluxInstance(namespace=where, spec=mapping(tree, "spec"), found="the FluxInstance", path=path)
    elif kind == "HelmRelease":
        yield from _of_release(tree, path, namespace)
    elif kind == "ResourceSet":
        for resource in mappings(tree, "spec", "resources"):
            yield from instances(resource, path, namespace or text(tree, "metadata", "namespace") or "")
    elif kind == "ConfigMap":
        yield from _of_config_map(tree, path, namespace)
    elif kind is None and mapping(tree, "instance"):
        yield _of_values(mapping(tree, "instance"), path, namespace, "the values of the flux-instance chart")
    elif kind is None:
        yield from _of_helmfile(tree, path)


def is_release_of_chart(tree: Node) -> bool:
    """Is this a HelmRelease of the flux-instance chart?"""
    named = (
        text(tree, "spec", "chart", "spec", "chart"),
        text(tree, "spec", "chartRef", "name"),
        text(tree, "metadata", "name"),
    )
    return text(tree, "kind") == "HelmRelease" and CHART in named


def _of_release(tree: Node, path: RepoPath, namespace: str) -> Iterator[FluxInstance]:
    spec = mapping(tree, "spec", "values", "instance")
    if not spec and not is_release_of_chart(tree):
        return
    own = text(tree, "spec", "targetNamespace") or text(tree, "metadata", "namespace") or namespace
    name = text(tree, "metadata", "name") or ""
    yield _of_values(spec, path, own, f"the values of HelmRelease {name}")


def _of_config_map(tree: Node, path: RepoPath, namespace: str) -> Iterator[FluxInstance]:
    for content in mapping(tree, "data").values():
        if not isinstance(content, str) or "instance:" not in content:
            continue
        for values in _documents(content):
            own = text(tree, "metadata", "namespace") or namespace
            if spec := mapping(values, "instance"):
                yield _of_values(spec, path, own, f"ConfigMap {text(tree, 'metadata', 'name') or ''}")


def _of_helmfile(tree: Node, path: RepoPath) -> Iterator[FluxInstance]:
    for release in mappings(tree, "releases"):
        for values in mappings(release, "values"):
            if spec := mapping(values, "instance"):
                own = text(release, "namespace") or ""
                yield _of_values(spec, path, own, f"the helmfile release {text(release, 'name') or ''}")


def _of_values(spec: Mapping[str, Node], path: RepoPath, namespace: str, found: str) -> FluxInstance:
    return FluxInstance(namespace=namespace or NAMESPACE, spec=spec, found=found, path=path)


def _documents(content: str) -> tuple[Node, ...]:
    try:
        return documents(content.encode("utf-8", "surrogateescape"))
    except YamlError:
        return ()


def overlaid(instance: FluxInstance, values: Iterable[FluxInstance]) -> FluxInstance:
    """A release's inline values on top of those that its values files give, as Helm merges them."""
    spec: Mapping[str, Node] = {}
    for below in values:
        spec = _merged(spec, below.spec)
    return replace(instance, spec=_merged(spec, instance.spec))


def _merged(below: Mapping[str, Node], above: Mapping[str, Node]) -> dict[str, Node]:
    merged = dict(below)
    for key, item in above.items():
        both = isinstance(item, dict) and isinstance(below.get(key), dict)
        merged[key] = _merged(below[key], item) if both else item
    return merged


def made_by(instance: FluxInstance) -> tuple[Mapping[str, Node], Mapping[str, Node]]:
    """The Kustomization and the source that flux-operator makes, `kustomize.patches` applied.

    A patch that does not apply, which would fail the whole instance, is left out.
    """
    ks, source = _kustomization(instance), _source(instance)
    user = [patch for patch in mappings(instance.spec, "kustomize", "patches") if _may_reach(patch, source)]
    kept: list[Mapping[str, Node]] = []
    made: tuple[Mapping[str, Node], Mapping[str, Node]] = (ks, source)
    for patch in (*_profile(instance), *user):
        if patched := _patched(ks, source, (*kept, patch)):
            kept.append(patch)
            made = patched
    return made


def _patched(
    ks: Mapping[str, Node], source: Mapping[str, Node], patches: Sequence[Mapping[str, Node]]
) -> tuple[Mapping[str, Node], Mapping[str, Node]] | None:
    files = {"ks.yaml": dump(ks), "source.yaml": dump(source)}
    kustomization = {"resources": list(files), "patches": list(patches)}
    built = build(MemorySnapshot(files), ROOT, kustomization=kustomization)
    if not isinstance(built, Built):
        return None
    made = {text(each.content, "kind"): each.content for each in built.resources}
    return made.get("Kustomization", ks), made.get(text(source, "kind"), source)


def _kustomization(instance: FluxInstance) -> dict[str, Node]:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": instance.name, "namespace": instance.namespace},
        "spec": {
            "interval": "10m0s",
            "path": text_or("./", instance.sync, "path"),
            "prune": True,
            "sourceRef": {"kind": _source_kind(instance), "name": instance.name},
        },
    }


def _source_kind(instance: FluxInstance) -> str:
    return text_or("GitRepository", instance.sync, "kind")


def _source(instance: FluxInstance) -> dict[str, Node]:
    sync, kind = instance.sync, _source_kind(instance)
    ref = text(sync, "ref")
    if kind == "Bucket":
        at: dict[str, Node] = {"bucketName": ref, "endpoint": text(sync, "url")}
    else:
        at = {"url": text(sync, "url")}
        at |= {"ref": {"tag" if kind == "OCIRepository" else "name": ref}} if ref else {}
    secret = text(sync, "pullSecret")
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": kind,
        "metadata": {"name": instance.name, "namespace": instance.namespace},
        "spec": {"interval": text_or("1m", sync, "interval")}
        | at
        | ({"secretRef": {"name": secret}} if secret else {}),
    }


def _profile(instance: FluxInstance) -> list[Mapping[str, Node]]:
    """The operator's own patches of the Kustomization, before the user's (profiles.go)."""
    if not boolean(instance.spec, "cluster", "multitenant"):
        return []
    add = {"op": "add", "path": "/spec/serviceAccountName", "value": "kustomize-controller"}
    return [{"target": {"kind": "Kustomization"}, "patch": dump([add])}]


def _may_reach(patch: Mapping[str, Node], source: Mapping[str, Node]) -> bool:
    """Is a patch about the two objects that are in git's interest, and not about a Deployment?"""
    reached = ("Kustomization", source["kind"])
    if mapping(patch, "target"):
        kind = text(patch, "target", "kind")
        return not kind or any(name in kind for name in reached) or not kind.isalnum()
    return any(text(tree, "kind") in reached for tree in _documents(text(patch, "patch") or ""))


def arguments(spec: Node) -> tuple[str, ...]:
    """The flags that patches add to kustomize-controller, profiles included."""
    found: list[str] = []
    if boolean(spec, "cluster", "multitenant"):
        found += ["--no-cross-namespace-refs=true", "--no-remote-bases=true"]
    for patch in (*mappings(spec, "kustomize", "patches"), *mappings(spec, "patches")):
        found += _arguments_of(patch)
    return tuple(found)


def _arguments_of(patch: Mapping[str, Node]) -> list[str]:
    name = text(patch, "target", "name")
    content = text(patch, "patch") or ""
    about = "kustomize-controller" in (name or content) or (name is not None and set(name) & set("*.|("))
    if name is None and text(patch, "target", "kind") == "Deployment":
        about = True
    return _ARGUMENT.findall(content) if about else []


def version(spec: Node) -> str:
    """The Flux version that an instance asks for, "2.x" included; empty where it does not say."""
    found = value(spec, "distribution", "version")
    return str(found) if isinstance(found, str | float) else ""
