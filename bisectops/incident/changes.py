"""What a commit did to the architecture, in phrases: kustomizations first, then the objects they make."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bisectops.errors import YamlError
from bisectops.flux.applied import Applied
from bisectops.flux.kinds import (
    HELM_GROUP,
    KUSTOMIZE_GROUP,
    SOURCE_GROUP,
    ObjectId,
    flux_kustomization,
    is_ks,
)
from bisectops.git.objects import Change, Oid
from bisectops.git.repository import Repository
from bisectops.graph.extract import references
from bisectops.kustomize.resource import Node
from bisectops.rules.movement import Movement
from bisectops.yaml.fields import text, texts
from bisectops.yaml.reader import one

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SCALARS = ("namespace", "namePrefix", "nameSuffix")
_LISTS = ("components", "resources", "bases")
_OTHERS = (
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "transformers",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "configurations",
    "labels",
    "commonLabels",
)
_TELLING_GROUPS = (KUSTOMIZE_GROUP, HELM_GROUP, SOURCE_GROUP)
_MOST = 8
"""Phrases told of one commit."""


def changes(repository: Repository, parent: Oid | None, commit: Oid, movement: Movement) -> tuple[str, ...]:
    """The phrases of a commit; where nothing of the architecture changed, the files that did."""
    files = repository.changes(parent, commit)
    phrases = [*_of_kustomizations(repository, files), *_of_objects(movement)]
    if not phrases:
        phrases = [f"Changed {listed([change.path for change in files])}"] if files else ["Changed no file"]
    return _most_telling(tuple(dict.fromkeys(phrases)), movement)


def _most_telling(phrases: tuple[str, ...], movement: Movement) -> tuple[str, ...]:
    """Of many phrases those that name what the commit's failures miss, in their order."""
    missed = {finding.reference.name for finding in movement.introduced}
    ranked = sorted(phrases, key=lambda phrase: -telling(phrase, missed))
    kept = set(ranked[:_MOST])
    return tuple(phrase for phrase in phrases if phrase in kept)


def telling(phrase: str, missed: Iterable[str]) -> int:
    """How many of the words that missing things are called by a phrase has."""
    words = {word for name in missed for word in re.split(r"[^a-z0-9]+", name) if len(word) > 2}
    return sum(word in phrase for word in words)


def listed(names: Sequence[str], most: int = 3) -> str:
    """Names in backticks, the first few of them: `a`, `b` and 3 more."""
    shown = [f"`{name}`" for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _of_kustomizations(repository: Repository, files: Iterable[Change]) -> Iterator[str]:
    same: defaultdict[_Edit, list[str]] = defaultdict(list)
    for change in files:
        if change.path.rpartition("/")[2] not in _KUSTOMIZATIONS:
            continue
        old, new = (_read(repository, entry.oid if entry else None) for entry in (change.old, change.new))
        if change.old is None:
            yield f"Added `{change.path}`{_with(new)}"
        elif change.new is None:
            yield f"Removed `{change.path}`{_with(old)}"
        else:
            for edit in _edits(old, new):
                same[edit].append(change.path)
    for edit, paths in _merged(same).items():
        yield f"{edit.what} {edit.preposition} {_files(paths)}"


def _merged(same: Mapping[_Edit, list[str]]) -> dict[_Edit, list[str]]:
    """Edits of one field that only differ in its value, told as one where they are many."""
    merged: dict[_Edit, list[str]] = {}
    for edit, paths in same.items():
        alike = [other for other in same if edit.field and other.field == edit.field]
        told = _Edit(edit.field, edit.preposition) if len(alike) > 2 else edit
        merged.setdefault(told, []).extend(paths)
    return merged


class _Edit(NamedTuple):
    """A phrase about one field of a kustomization, to which the files are added."""

    what: str
    preposition: str
    field: str = ""
    """The phrase without the value, where other files have other values."""


def _read(repository: Repository, oid: Oid | None) -> Mapping[str, Node]:
    try:
        content = one(repository.blob(oid)) if oid else {}
    except YamlError:
        return {}
    return content if isinstance(content, Mapping) else {}


def _with(content: Mapping[str, Node]) -> str:
    told = [f"`{field}: {value}`" for field in _SCALARS if (value := text(content, field))]
    told += [f"`components: [{', '.join(found)}]`" for found in [texts(content, "components")] if found]
    return f" with {' and '.join(told)}" if told else ""


def _edits(old: Mapping[str, Node], new: Mapping[str, Node]) -> Iterator[_Edit]:
    for field in _SCALARS:
        was, now = text(old, field), text(new, field)
        if was != now:
            if now is None:
                yield _Edit(f"Removed `{field}: {was}`", "from", f"Removed `{field}`")
            elif was is None:
                yield _Edit(f"Added `{field}: {now}`", "to", f"Added `{field}`")
            else:
                yield _Edit(f"Changed `{field}` from `{was}` to `{now}`", "in", f"Changed `{field}`")
    for field in _LISTS:
        was_there, is_there = texts(old, field), texts(new, field)
        if gone := [item for item in was_there if item not in is_there]:
            yield _Edit(f"Removed {listed(gone)} from `{field}`", "of")
        if come := [item for item in is_there if item not in was_there]:
            yield _Edit(f"Added {listed(come)} to `{field}`", "of")
    for field in _OTHERS:
        if old.get(field) != new.get(field):
            verb = "Added" if field not in old else "Removed" if field not in new else "Changed"
            yield _Edit(f"{verb} `{field}`", {"Added": "to", "Removed": "from"}.get(verb, "in"))


def _files(paths: list[str]) -> str:
    if len(paths) <= 2:
        return listed(paths)
    return f"{len(paths)} kustomizations (`{_pattern(paths)}`)"


def _pattern(paths: list[str]) -> str:
    """One glob for several paths of equal depth, else their common folder."""
    split = [path.split("/") for path in paths]
    if len({len(parts) for parts in split}) == 1:
        return "/".join(found[0] if len(set(found)) == 1 else "*" for found in zip(*split, strict=True))
    common = []
    for found in zip(*split, strict=False):
        if len(set(found)) > 1:
            break
        common.append(found[0])
    return "/".join([*common, "**"])


def _of_objects(movement: Movement) -> Iterator[str]:
    # What a Kustomization that now stands still would have made is unknown, and stays as it was applied.
    still = {finding.subject for finding in movement.introduced if finding.rule == "build-failed"}
    before = {applied.id: applied for applied in movement.before if applied.applied_by not in still}
    after = {applied.id: applied for applied in movement.after}
    gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    yield from _moves(gone, come)
    yield from _brought(gone, {finding.subject for finding in movement.introduced} & come, after)
    yield from _decryption(before, after)
    yield from _redirections(before, after)


def _moves(gone: Iterable[ObjectId], come: Iterable[ObjectId]) -> Iterator[str]:
    """Objects that left namespaces or came to some; what did both has moved."""
    left, reached = _places(gone), _places(come)
    moved: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    lost: defaultdict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (kind, name), origins in left.items():
        targets = reached.get((kind, name), [])
        if len(origins) == 1 and len(targets) == 1:
            moved[kind].append((origins[0], targets[0], name))
        elif targets:
            yield f"Moved {kind} `{name}` from {_namespaces(origins)} to {_namespaces(targets)}"
        else:
            lost[kind, tuple(origins)].append(name)
    for kind, objects in moved.items():
        yield _moved(kind, objects)
    for (kind, origins_of_all), names in lost.items():
        plural = kind if len(names) == 1 else f"{kind}s"
        yield f"Took {plural} {listed(names)} away from {_namespaces(origins_of_all)}"


def _brought(
    gone: Iterable[ObjectId], failing: Iterable[ObjectId], after: Mapping[ObjectId, Applied]
) -> Iterator[str]:
    """Objects that failed as soon as they were there, and that were nowhere before."""
    left = {(found.kind, found.name) for found in gone}
    for found in sorted(failing):
        if (found.kind, found.name) not in left:
            builds = (
                f", which builds `{flux_kustomization(after[found].content).path}`" if is_ks(found) else ""
            )
            yield f"Added {found.kind} `{found.namespace}/{found.name}`{builds}"


def _places(ids: Iterable[ObjectId]) -> dict[tuple[str, str], list[str]]:
    """The namespaces of the objects that matter to a story, by kind and name."""
    places: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for found in sorted(ids):
        if found.kind in ("Secret", "ConfigMap") or found.group in _TELLING_GROUPS:
            places[found.kind, found.name].append(found.namespace)
    return places


def _moved(kind: str, objects: list[tuple[str, str, str]]) -> str:
    if len(objects) == 1:
        origin, target, name = objects[0]
        return f"Moved {kind} `{name}` from {_namespaces([origin])} to {_namespaces([target])}"
    origins = sorted({origin for origin, _, _ in objects})
    targets = sorted({target for _, target, _ in objects})
    return f"Moved {len(objects)} {kind}s from {_namespaces(origins)} to {_namespaces(targets)}"


def _namespaces(names: Sequence[str]) -> str:
    return listed(names) if all(names) else "no namespace at all"


def _decryption(before: Mapping[ObjectId, Applied], after: Mapping[ObjectId, Applied]) -> Iterator[str]:
    lost, gained = [], []
    for ks in sorted(filter(is_ks, before.keys() & after.keys())):
        was, now = (flux_kustomization(side[ks].content).decrypts for side in (before, after))
        if was and not now:
            lost.append(f"{ks.namespace}/{ks.name}")
        elif now and not was:
            gained.append(f"{ks.namespace}/{ks.name}")
    if lost:
        yield f"Took `spec.decryption` from {listed(lost)}"
    if gained:
        yield f"Gave `spec.decryption` to {listed(gained)}"


def _redirections(before: Mapping[ObjectId, Applied], after: Mapping[ObjectId, Applied]) -> Iterator[str]:
    """Objects that now refer to something else, and Kustomizations that build another path."""
    rewired: defaultdict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for here in sorted(before.keys() & after.keys()):
        was = {reference.field: reference.target for reference in references(before[here])}
        now = {reference.field: reference.target for reference in references(after[here])}
        for field in sorted(was.keys() & now.keys()):
            if was[field] != now[field]:
                key = (here.kind, field.partition("[")[0], *_told_apart(was[field], now[field]))
                rewired[key].append(f"{here.namespace}/{here.name}")
    for (kind, field, old, new), names in rewired.items():
        who = f"{kind} {listed(names)}" if len(names) == 1 else f"{len(names)} {kind}s ({listed(names)})"
        yield f"Changed `{field}` of {who} from `{old}` to `{new}`"
    for ks in sorted(filter(is_ks, before.keys() & after.keys())):
        old_path, new_path = (flux_kustomization(side[ks].content).path for side in (before, after))
        if old_path != new_path:
            yield f"Changed `spec.path` of `{ks.namespace}/{ks.name}` from `{old_path}` to `{new_path}`"


def _told_apart(was: ObjectId, now: ObjectId) -> tuple[str, str]:
    """Two targets by as much of their names as tells them apart, and no more."""
    if was.namespace == now.namespace and was.kind == now.kind:
        return was.name, now.name
    if was.name == now.name and was.kind == now.kind:
        return f"{was.namespace}/{was.name}", f"{now.namespace}/{now.name}"
    return str(was), str(now)
