"""The resources gathered so far, told apart by their ids, and what was learnt on the way.

Facts: kustomize api/resmap/reswrangler.go and api/internal/accumulator/resaccumulator.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import NamedTuple

from bisectops.errors import BuildError
from bisectops.git.objects import RepoPath
from bisectops.kustomize.configuration import NOTHING, Configuration, merged
from bisectops.kustomize.failure import Remote
from bisectops.kustomize.openapi import Schemas
from bisectops.kustomize.provenance import ORIGIN
from bisectops.kustomize.resource import (
    Gvk,
    Node,
    Opaque,
    PatchUse,
    ResId,
    Resource,
    Shaping,
    Touch,
    describe,
)
from bisectops.kustomize.scalars import refuse_odd_keys, strings
from bisectops.kustomize.schema import Schema
from bisectops.kustomize.selector import check, selects
from bisectops.memo import Identified

RESOURCES_ALLOWED = 20_000
"""Of one build: bases that double at every level must end somewhere."""
BYTES_ALLOWED = 32 << 20
"""Of the files that one build's generators read; a cluster takes no ConfigMap above one MiB."""


_selected: Identified[bool] = Identified(4_000)
"""Whether a selector selects a resource."""


class Key(NamedTuple):
    """What makes two ids equal: an absent namespace is "default", a cluster-scoped kind has none."""

    gvk: Gvk
    name: str
    namespace: str


@lru_cache(maxsize=16384)
def _key(schema: Schema, id: ResId) -> Key:
    return Key(id.gvk, id.name, schema.effective_namespace(id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulated:
    """A finished accumulation, which other kustomizations may share."""

    resources: tuple[Resource, ...]
    keys: frozenset[Key]
    """What tells them apart, by the schema that it was made with."""
    configuration: Configuration
    variables: tuple[Mapping[str, Node], ...]
    patches: tuple[PatchUse, ...]
    opaque: tuple[Opaque, ...]
    entered: tuple[RepoPath, ...]
    """Every folder that was built for it, itself included: what may not be built above it."""
    taken: int
    """How many bytes its generators read."""
    touched: frozenset[Touch]
    """The fields that it looks at or changes in some object, beyond what it does to all of them."""


@dataclass(slots=True)
class Accumulator:
    """A kustomization's resources while they are gathered and transformed."""

    schemas: Schemas = field(default_factory=Schemas)
    resources: list[Resource] = field(default_factory=list)
    configuration: Configuration = NOTHING
    variables: list[Mapping[str, Node]] = field(default_factory=list)
    patches: list[PatchUse] = field(default_factory=list)
    opaque: list[Opaque] = field(default_factory=list)
    entered: list[RepoPath] = field(default_factory=list)
    taken: int = 0
    touched: frozenset[Touch] = frozenset()
    tolerant: bool = False
    """Whether inputs that only a network could give are left out rather than an error."""
    _keys: set[Key] | None = None

    @property
    def lacks(self) -> bool:
        """Was something left out, so that what is not found may have been in it?"""
        return self.tolerant and bool(self.opaque)

    def leave_out(self, error: Remote, file: RepoPath) -> None:
        """Note an input that a kustomization file names and nobody fetched, or raise what says so."""
        if not self.tolerant:
            raise error
        self.opaque.append(Opaque(error.url, file))

    @property
    def schema(self) -> Schema:
        """The schema that holds now: a base may bring one for all that follows."""
        return self.schemas.current

    def key(self, id: ResId) -> Key:
        """The equality of an id."""
        return _key(self.schemas.current, id)

    def append(self, resources: Iterable[Resource]) -> None:
        """Add resources. Raises BuildError for an id that is there already."""
        keys = self._held_keys()
        for resource in resources:
            key = self.key(resource.id)
            if key in keys:
                raise BuildError(
                    f"may not add resource with an already registered id: {describe(resource.id)}"
                )
            keys.add(key)
            self.resources.append(resource)
        self._refuse_too_many()

    def _held_keys(self) -> set[Key]:
        if self._keys is None:
            self._keys = {self.key(resource.id) for resource in self.resources}
        return self._keys

    def _refuse_too_many(self) -> None:
        if len(self.resources) > RESOURCES_ALLOWED:
            raise BuildError(f"more than {RESOURCES_ALLOWED} resources: not built")

    def become(self, resources: Iterable[Resource | None]) -> None:
        """Hold these resources instead, those that became empty left out."""
        self.resources = [resource for resource in resources if resource is not None and resource.content]
        self._keys = None

    def refuse_duplicates(self) -> None:
        """Raise BuildError if two resources have come to share an id."""
        kept, self.resources, self._keys = self.resources, [], None
        self.append(kept)

    def each(self, change: Callable[[Resource], Resource | None]) -> None:
        """Replace every resource by what a function makes of it."""
        self.become([change(resource) for resource in self.resources])

    def remember(self, resource: Resource) -> Resource:
        """A resource that keeps its current id as a previous one."""
        return resource.remembering(self.key(resource.id).namespace)

    def absorb(self, resource: Resource) -> None:
        """Add a generated resource, or merge it into the one it names, as its behavior says."""
        wanted = self.key(resource.id)
        matches = [place for place, held in enumerate(self.resources) if self.has_id(held, wanted)]
        if len(matches) > 1:
            raise BuildError(f"found multiple objects that could accept merge of {describe(resource.id)}")
        if resource.behavior not in ("merge", "replace"):
            if matches:
                raise BuildError(f"id {_go_id(resource.id)} exists; behavior must be merge or replace")
            self.append((resource,))
        elif not matches and self.lacks:
            self.append((resource,))
        elif not matches:
            raise BuildError(f"id {_go_id(resource.id)} does not exist; cannot merge or replace")
        else:
            place = matches[0]
            self.resources[place] = _laid_over(self.resources[place], resource)
            self._keys = None

    def has_id(self, resource: Resource, wanted: Key) -> bool:
        """Is or was this the id of a resource?"""
        if resource.id.name == wanted.name and self.key(resource.id) == wanted:
            return True
        for was in resource.previous:
            if was.name == wanted.name:
                return any(self.key(id) == wanted for id in resource.ids)
        return False

    def only(self, id: ResId) -> int:
        """The place of the one resource that has or had an id. Raises BuildError unless there is one."""
        wanted = self.key(id)
        places = [place for place, held in enumerate(self.resources) if self.has_id(held, wanted)]
        if len(places) == 1:
            return places[0]
        problem = "multiple matches" if places else "no matches"
        raise BuildError(
            f"{problem} for Id {describe(id)}; failed to find unique target for patch {describe(id)}"
        )

    def select(self, selector: Mapping[str, Node]) -> list[int]:
        """The places of the resources that a selector selects."""
        check(selector)
        how = (tuple(sorted(selector.items())), self.schema)
        return [
            place
            for place, resource in enumerate(self.resources)
            if _selected.get((resource,), how, partial(_selects, selector, resource, self.schema))
        ]

    def merge(self, other: Accumulated) -> None:
        """Add what a base made. Raises BuildError for ids or vars that collide."""
        keys = self._held_keys()
        if self.schemas.chosen or len(other.keys) < len(other.resources) or not keys.isdisjoint(other.keys):
            self.append(other.resources)
        else:
            keys |= other.keys
            self.resources += other.resources
            self._refuse_too_many()
        self.configuration = merged(self.configuration, other.configuration)
        self.merge_variables(other.variables)
        self.patches += other.patches
        self.opaque += other.opaque
        self.entered += other.entered
        self.touched |= other.touched
        self.take(other.taken)

    def take(self, size: int) -> None:
        """Count what generators read. Raises BuildError where it is beyond reason."""
        self.taken += size
        if self.taken > BYTES_ALLOWED:
            raise BuildError(f"more than {BYTES_ALLOWED >> 20} MiB in generators' files: not built")

    def merge_variables(self, incoming: Iterable[Mapping[str, Node]]) -> None:
        """Add vars. Raises BuildError for a name that is taken."""
        for variable in incoming:
            name = variable.get("name", "")
            if any(held.get("name", "") == name for held in self.variables):
                raise BuildError(f"var '{name}' already encountered")
            self.variables.append(variable)

    def finished(self) -> Accumulated:
        """What was gathered, as a value."""
        return Accumulated(
            resources=tuple(self.resources),
            keys=frozenset(self._held_keys()),
            configuration=self.configuration,
            variables=tuple(self.variables),
            patches=tuple(self.patches),
            opaque=tuple(self.opaque),
            entered=tuple(self.entered),
            taken=self.taken,
            touched=self.touched,
        )


def _selects(selector: Mapping[str, Node], resource: Resource, schema: Schema) -> bool:
    ids = (resource.original, resource.id)
    return selects(selector, ids, labels_of(resource.content), annotations_of(resource.content), schema)


Step = Callable[[Accumulator], None]
"""A configured transformer, ready to run."""


def labels_of(content: Mapping[str, Node]) -> Mapping[str, str]:
    """A resource's labels as text."""
    metadata = content.get("metadata")
    return strings(metadata.get("labels")) if isinstance(metadata, dict) else {}


def annotations_of(content: Mapping[str, Node]) -> Mapping[str, str]:
    """A resource's annotations as text."""
    metadata = content.get("metadata")
    return strings(metadata.get("annotations")) if isinstance(metadata, dict) else {}


def _laid_over(old: Resource, new: Resource) -> Resource:
    """A generated resource in the place of another, whose names and metadata it takes over."""
    metadata: dict[str, Node] = {**new.content["metadata"], "name": old.id.name}
    metadata.pop("namespace", None)
    if old.id.namespace:
        metadata["namespace"] = old.id.namespace
    for name, of in (("labels", labels_of), ("annotations", annotations_of)):
        both = {**of(old.content), **of(new.content)}
        if new.behavior == "merge" and ORIGIN in of(old.content):
            both[ORIGIN] = of(old.content)[ORIGIN]
        refuse_odd_keys(both)
        metadata.pop(name, None)
        if both:
            metadata[name] = both
    content: dict[str, Node] = {**new.content, "metadata": metadata}
    if new.behavior == "merge":
        for name in ("data", "binaryData"):
            values = {**strings(old.content.get(name)), **strings(new.content.get(name))}
            refuse_odd_keys(values)
            content.pop(name, None)
            if values:
                content[name] = values
    return replace(
        old,
        content=content,
        needs_hash=old.needs_hash and new.needs_hash,
        shaped_by=(*old.shaped_by, Shaping("generator", new.origin.path, new.origin.document)),
    )


def _go_id(id: ResId) -> str:
    group, version, kind = id.gvk
    return (
        f'resid.ResId{{Gvk:resid.Gvk{{Group:"{group}", Version:"{version}", Kind:"{kind}", '
        f'isClusterScoped:false}}, Name:"{id.name}", Namespace:"{id.namespace}"}}'
    )
