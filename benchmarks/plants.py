"""Faults to put into a history: each breaks one reference, and may break whatever hangs on it."""

from __future__ import annotations

import re
from collections.abc import Callable

from alterations import ANY, KUSTOMIZATION, NAME, Edit, Plant, beneath, entries, read, replaced

from bisectops.git.objects import RepoPath, parent
from bisectops.git.snapshot import Snapshot

_WRONG = b"planted-"
_AHEAD = rb"(?=" + NAME + rb")"
_FLUX_KS = rb"(?s)(kustomize\.toolkit\.fluxcd\.io/(?:(?!\n---).)*?"
_CHART_SOURCE = rb"(sourceRef:\n +kind: HelmRepository\n"
_DECRYPTION = rb"decryption:\n +provider: sops\n"
_SECRET_REF = rb"(?: +secretRef:\n +name: [^\n]*\n)?"


def _named(before: bytes) -> Edit:
    """A name that follows some text becomes another."""
    return replaced(before + _AHEAD, rb"\1" + _WRONG)


def _object(kind: bytes) -> bytes:
    return rb"(?s)(kind: " + kind + rb"\nmetadata:\n(?: +\w+: \S+\n)*?"


def _dropped(kind: bytes) -> Edit:
    """A kustomization leaves out the first of its files in which there is an object of a kind."""
    apart = re.compile(rb"(?m)^kind: " + kind + rb"\b")

    def edit(snapshot: Snapshot, path: RepoPath, data: bytes) -> bytes:
        for line, named in entries(path, data):
            if apart.search(read(snapshot, named) or _component(snapshot, named)):
                return data[: line.start()] + data[line.end() :]
        return data

    return edit


def _dependency_dropped(snapshot: Snapshot, path: RepoPath, data: bytes) -> bytes:
    """A kustomization leaves out a file with a ks that one of another file depends on."""
    texts = [(line, read(snapshot, named) or b"") for line, named in entries(path, data)]
    for line, text in texts:
        names = _KS_NAME.findall(text) if b"kustomize.toolkit.fluxcd.io/" in text else []
        depending = re.compile(rb"dependsOn:\n(?: [^\n]*\n)*? +- name: (?:" + b"|".join(names) + rb")\n")
        if names and any(depending.search(other) for _, other in texts if other != text):
            return data[: line.start()] + data[line.end() :]
    return data


def _component(snapshot: Snapshot, folder: RepoPath) -> bytes:
    """The kustomization of a folder that is a component."""
    data = read(snapshot, RepoPath(f"{folder}/kustomization.yaml")) or b""
    return data if b"\nkind: Component" in data else b""


def _component_as_resource(_: Snapshot, __: RepoPath, data: bytes) -> bytes:
    """A kustomization lists the last of its components among its resources."""
    found = re.search(rb"(?m)^components:\n(?: *- [^\n]*\n)*?( *- [^\n]*\n)(?! *-)", data)
    if found is None or not re.search(rb"(?m)^resources:\n", data):
        return data
    alone = found[0].count(b"\n") == 2
    rest = data[: found.start() if alone else found.start(1)] + data[found.end() :]
    entry = found[1].strip()
    return re.sub(rb"(?m)^(resources:\n)( *)- ", rb"\1\2" + entry + rb"\n\2- ", rest, count=1)


def _misses(edit: Callable[[Snapshot, RepoPath, bytes], bytes]) -> Edit:
    """An edit of a kustomization that makes an entry name what is not there."""

    def missing(snapshot: Snapshot, path: RepoPath, data: bytes) -> bytes:
        before = {named for _, named in entries(path, data)}
        edited = edit(snapshot, path, data)
        new = [named for _, named in entries(path, edited) if named not in before]
        return edited if any(snapshot.entry(named) is None for named in new) else data

    return missing


def _twice(_: Snapshot, path: RepoPath, data: bytes) -> bytes:
    """A field of an object given twice."""
    return re.sub(rb"(?m)^(metadata:\n)(?=  name)", rb"\1  name: planted\n", data, count=1)


def _sealed(snapshot: Snapshot, path: RepoPath, data: bytes) -> bytes:
    """A kustomization takes in an encrypted Secret of another folder."""
    around = parent(parent(path))
    for named in beneath(snapshot, around):
        if ".sops." not in named or parent(named) == parent(path):
            continue
        if b"kind: Secret" in (read(snapshot, named) or b""):
            up = "../" + named.removeprefix(f"{around}/")
            return re.sub(rb"(?m)^(resources:\n)( *)- ", rb"\1\2- " + up.encode() + rb"\n\2- ", data, count=1)
    return data


_DOCUMENT = re.compile(rb"(?m)^---[^\n]*\n")
_KS_NAME = re.compile(rb"\nmetadata:\n  name: (?:&\w+ )?[\"']?(" + NAME + rb")")
_DEPENDS_ON = re.compile(rb"\n  dependsOn:\n +- name: [\"']?(" + NAME + rb")")


def _cyclic(_: Snapshot, __: RepoPath, data: bytes) -> bytes:
    """Of two ks of a file, the one that the other depends on comes to depend on it in turn."""
    documents = [each for each in _DOCUMENT.split(data) if b"kustomize.toolkit.fluxcd.io/" in each]
    named = {found[1]: each for each in documents if (found := _KS_NAME.search(each))}
    for name, document in named.items():
        wanted = _DEPENDS_ON.search(document)
        other = named.get(wanted[1]) if wanted else None
        if other is not None and other is not document and b"dependsOn:" not in other:
            cycle = re.sub(
                rb"\nspec:\n", rb"\nspec:\n  dependsOn:\n    - name: " + name + b"\n", other, count=1
            )
            return data.replace(other, cycle)
    return data


PLANTS = (
    Plant("chartRef name", ANY, _named(rb"(chartRef:\n(?: +\w+: \S+\n)*? +name: +[\"']?)")),
    Plant(
        "chartRef namespace",
        ANY,
        replaced(
            rb"(chartRef:\n( +)kind: OCIRepository\n +name: [^\n]*\n)(?: +namespace: [^\n]*\n)?",
            rb"\1\2namespace: planted\n",
        ),
    ),
    Plant("sourceRef name", ANY, _named(_CHART_SOURCE + rb" +name: +[\"']?)")),
    Plant("sourceRef kind", ANY, replaced(rb"(sourceRef:\n +kind: )HelmRepository\b", rb"\1GitRepository")),
    Plant("sourceRef namespace", ANY, _named(_CHART_SOURCE + rb" +name: [^\n]*\n +namespace: +[\"']?)")),
    Plant("ks sourceRef", ANY, _named(_FLUX_KS + rb"\n  sourceRef:\n +kind: \w+\n +name: +[\"']?)")),
    *(
        Plant(f"{kind} renamed", ANY, _named(_object(kind.encode()) + rb" +name: +[\"']?)"))
        for kind in ("OCIRepository", "HelmRepository", "ConfigMap", "Kustomization", "HelmRelease")
    ),
    *(
        Plant(f"{kind} in another namespace", ANY, _named(_object(kind.encode()) + rb" +namespace: +[\"']?)"))
        for kind in ("HelmRepository", "OCIRepository", "Kustomization")
    ),
    *(
        Plant(f"{kind} dropped", KUSTOMIZATION, _dropped(kind.encode()))
        for kind in ("OCIRepository", "HelmRepository", "ConfigMap", "Secret", "Component")
    ),
    Plant("dependency dropped", KUSTOMIZATION, _dependency_dropped),
    Plant("component as a resource", KUSTOMIZATION, _component_as_resource),
    Plant("namespace changed", KUSTOMIZATION, replaced(rb"(?m)^(namespace: +)(?=\w)", rb"\1" + _WRONG)),
    Plant("namespace dropped", KUSTOMIZATION, replaced(rb"(?m)^namespace: [^\n]*\n", b"")),
    Plant("dependsOn", ANY, _named(_FLUX_KS + rb"\n  dependsOn:\n +- name: +[\"']?)")),
    Plant(
        "dependsOn namespace",
        ANY,
        replaced(
            _FLUX_KS + rb"\n  dependsOn:\n( +)- name: [^\n]*\n)(?:\2  namespace: [^\n]*\n)?",
            rb"\1\2  namespace: planted\n",
        ),
    ),
    Plant("dependsOn cycle", ANY, _cyclic),
    *(
        Plant(
            f"{field} without namespace", ANY, replaced(rb"(" + before + rb") +namespace: [^\n]*\n", rb"\1")
        )
        for field, before in (
            ("ks sourceRef", rb"\n  sourceRef:\n +kind: \w+\n +name: [^\n]*\n"),
            ("HelmRepository", rb"sourceRef:\n +kind: HelmRepository\n +name: [^\n]*\n"),
            ("chartRef", rb"chartRef:\n +kind: \w+\n +name: [^\n]*\n"),
            ("dependsOn", rb"\n  dependsOn:\n +- name: [^\n]*\n"),
        )
    ),
    Plant("spec.path", ANY, replaced(_FLUX_KS + rb"\n  path: [^\n]*/)(?=[\w-])", rb"\1" + _WRONG)),
    Plant("spec.path a level off", ANY, replaced(_FLUX_KS + rb"\n  path: [^\n]*\w)", rb"\1/planted")),
    Plant("targetNamespace", ANY, replaced(_FLUX_KS + rb"\n)  targetNamespace: [^\n]*\n", rb"\1")),
    Plant("substituteFrom", ANY, _named(rb"(substituteFrom:\n +- (?:kind: ConfigMap\n +)name: +[\"']?)")),
    Plant("substituteFrom Secret", ANY, _named(rb"(substituteFrom:\n +- (?:kind: Secret\n +)name: +[\"']?)")),
    Plant("valuesFrom", ANY, _named(rb"(valuesFrom:\n +- (?:kind: ConfigMap\n +)name: +[\"']?)")),
    Plant("valuesFrom Secret", ANY, _named(rb"(valuesFrom:\n +- (?:kind: Secret\n +)name: +[\"']?)")),
    Plant("decryption secretRef", ANY, _named(rb"(" + _DECRYPTION + rb" +secretRef:\n +name: +[\"']?)")),
    Plant(
        "decryption patch",
        ANY,
        replaced(rb"(?m)(^ +(?:- )?patch: \|-?\n(?: [^\n]*\n)*?) +" + _DECRYPTION + _SECRET_REF, rb"\1"),
    ),
    Plant(
        "decryption provider",
        ANY,
        replaced(rb"(\n +decryption:\n) +provider: sops\n(?= +secretRef:)", rb"\1"),
    ),
    Plant("decryption", ANY, replaced(_FLUX_KS + rb"\n)  " + _DECRYPTION + _SECRET_REF, rb"\1")),
    Plant(
        "patch target",
        ANY,
        replaced(
            rb"(patch: \|-?\n(?: [^\n]*\n)*? +decryption:\n(?: [^\n]*\n)*?"
            rb" +target:\n(?: +\w+: [^\n]*\n)*? +kind: )Kustomization\b",
            rb"\1PlantedKustomization",
        ),
    ),
    Plant(
        "component path", ANY, replaced(rb"(?m)(^ *components:\n +- [^\n]*/)(?=[\w-]+\n)", rb"\1" + _WRONG)
    ),
    Plant(
        "resource path",
        KUSTOMIZATION,
        replaced(rb"(?m)(^resources:\n(?: *#[^\n]*\n)* *- +(?:\./)?)(?=[\w-])", rb"\1" + _WRONG),
    ),
    Plant(
        "resource a level off",
        KUSTOMIZATION,
        _misses(replaced(rb"(?m)(^resources:\n(?: *#[^\n]*\n)* *- +(?:\./)?)(?=[\w-])", rb"\1../")),
    ),
    Plant(
        "generated file",
        KUSTOMIZATION,
        replaced(
            rb"(?m)(^configMapGenerator:\n(?: [^\n]*\n| *- [^\n]*\n)*?"
            rb" +files:\n +- (?:\S+=)?(?:\./)?)(?=[\w])",
            rb"\1" + _WRONG,
        ),
    ),
    Plant(
        "resource twice",
        KUSTOMIZATION,
        replaced(rb"(?m)(^resources:\n(?: *#[^\n]*\n)*)( *- +[\w./-]+\.yaml\n)", rb"\1\2\2"),
    ),
    Plant(
        "patch path", KUSTOMIZATION, replaced(rb"(?m)(^patches:\n *- path: (?:\./)?)(?=\w)", rb"\1" + _WRONG)
    ),
    Plant("file deleted", ANY, lambda _, path, data: data if KUSTOMIZATION.search(path) else None),
    Plant("encrypted resource", KUSTOMIZATION, _sealed),
    Plant("field twice", ANY, _twice),
    Plant("no YAML", ANY, replaced(rb"(?m)^(metadata:\n)", rb"\1  planted: [\n")),
)
