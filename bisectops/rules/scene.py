"""All that a rule may look at: the cluster, its graph, and what may be there though git does not show it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set

from bisectops.flux.applied import Applied, NamedKind
from bisectops.flux.cluster import Cluster, Delta
from bisectops.flux.controller import Controller, Version
from bisectops.flux.envsubst import between_symbols, symbols
from bisectops.flux.kinds import ObjectId, is_ks, is_meant
from bisectops.flux.out_of_band import HandFinder
from bisectops.flux.provided import Provided
from bisectops.flux.reconcile import Reconciled
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.graph.extract import references
from bisectops.graph.model import EdgeKind, Reference, ResourceGraph
from bisectops.rules.makers import Makers
from bisectops.rules.needs import Needs
from bisectops.yaml.fields import boolean


class Scene:
    """A cluster with its graph, and what may be there besides.

    It follows the cluster from commit to commit; `follow` answers whose findings may have changed.
    """

    def __init__(self, cluster: Cluster, hands: HandFinder | None = None) -> None:
        self.cluster = cluster
        self.label = ""
        """The cluster's name in findings; empty where a repository has only one."""
        self.graph = ResourceGraph()
        self.needs = Needs(self.graph)
        self.makers = Makers(hands)
        self.rings: dict[ObjectId, frozenset[ObjectId]] = {}
        """Who depends on itself, and through whom."""
        self.neighbours: tuple[Scene, ...] = ()
        """Other roots of the repository that may belong to the same cluster."""
        self.handed_over: frozenset[ObjectId] = frozenset()
        """What bootstrap hands to each of the repository's clusters to substitute from."""
        self._stalled: dict[ObjectId, frozenset[NamedKind]] = {}
        self._outside: dict[ObjectId, tuple[str, ...]] = {}
        self._namespaces: dict[NamedKind, set[str]] = {}
        self._symbolic: dict[str, dict[ObjectId, re.Pattern[str]]] = {}
        """By kind, the objects whose names hang on values that git does not show, and what these may be."""
        self._root: tuple[ObjectId, ...] = ()
        self._controller: Controller | None = None

    def follow(
        self, delta: Delta, snapshot: Snapshot, *, hands_moved: bool = True
    ) -> tuple[set[ObjectId], bool]:
        """Take over what changed in the cluster, and, where it may have moved, in what a person would apply.

        Returns the objects to judge again, and whether anything changed that decides absences in
        general, so that every unresolved reference must be looked at again.
        """
        dirty = delta.objects | delta.shared | delta.kustomizations
        root = self.cluster.root
        if delta.kustomizations and root is not None and root.made_up:
            dirty |= self.cluster.kustomizations.keys()  # what one finds in its source tells of the others'
        for object_id in delta.shared:
            dirty |= self.graph.referrers(object_id)
        unsettled = self.makers.look_at(snapshot, moved=hands_moved) | self._root_moved()
        changed = delta.objects
        earlier, self._controller = self._controller, root.controller if root else None
        if (earlier and earlier.version) != (self._controller and self._controller.version):
            dirty |= self.cluster.kustomizations.keys()  # nobody else is judged by it
        if (earlier and earlier.refusals) != (self._controller and self._controller.refusals):
            dirty |= self.cluster.objects.keys()
            changed = changed | {ks for ks in self.cluster.kustomizations if ks in self.cluster.objects}
        turned: set[ObjectId] = set()
        provided: list[Provided] = []
        for object_id in changed:
            before, after = self.graph.applied(object_id), self.cluster.objects.get(object_id)
            if before is None or after is None:
                dirty |= self.graph.referrers(object_id)
                self._rename(object_id, present=after is not None)
                unsettled |= self._resymbol(object_id, present=after is not None)
                for namesake in self.graph.absent(object_id.kind, object_id.name):
                    dirty |= self.graph.referrers(namesake)
            elif object_id.kind in ("Secret", "ConfigMap"):
                dirty |= self.graph.referrers(object_id)  # what keys it holds matters to some
            if before and after and _passes_on(before) != _passes_on(after):
                dirty |= self.cluster.beneath(object_id)
            unsettled |= object_id.kind == "Namespace" and self.makers.chooses_namespaces
            wanted, known = self.references(after) if after else (), self.graph.references(object_id)
            if _dependencies(known) != _dependencies(wanted):
                turned.add(object_id)
            others, other_keys = self.needs.update(object_id, known, wanted)
            dirty |= others
            unsettled |= other_keys
            self.graph.update(object_id, after, wanted)
            provided += self.makers.update(object_id, after.content if after else None)
        dirty |= self._wanting(provided)
        for ks in delta.kustomizations:
            unsettled |= self._watch(ks, self.cluster.reconciled(ks))
        if turned:
            dirty |= self._ring_up(turned)
        return dirty, unsettled

    def _wanting(self, provided: Sequence[Provided]) -> set[ObjectId]:
        """Who refers to what is not there and may be made by somebody else."""
        if not provided:
            return set()
        absent = self.graph.absences()
        return {
            referrer
            for kind, name in absent
            if any(each.is_called(kind, name) for each in provided)
            for target in self.graph.absent(kind, name)
            for referrer in self.graph.referrers(target)
        }

    def references(self, applied: Applied) -> tuple[Reference, ...]:
        """What an object names, and what the controllers' flags have it look up."""
        named = references(applied)
        root, ks = self.cluster.root, self.cluster.ks(applied.id)
        secret = root.controller.sops_age_secret if root else None
        if root is None or ks is None or not secret or not ks.decrypts or ks.key_secret:
            return named
        key = ObjectId("Secret", root.id.namespace, secret)
        return (*named, Reference(EdgeKind.DECRYPTS_WITH, key, "spec.decryption"))

    def namespaces(self, named: NamedKind) -> Set[str]:
        """Where the cluster has objects of a kind and name; empty for one that has no namespace."""
        return self._namespaces.get(named, frozenset())

    def is_made_up(self, ks: ObjectId) -> bool:
        """Is a ks the root that nothing in git writes, of which no fault is proved?"""
        root = self.cluster.root
        return root is not None and root.made_up and ks == root.id

    @property
    def controller(self) -> Version | None:
        """The version of the cluster's kustomize-controller; None where git does not say."""
        return self.cluster.root.controller.version if self.cluster.root else None

    def _root_moved(self) -> bool:
        """Did what bootstrap makes, or where it works, change?"""
        root = self.cluster.root
        before, self._root = self._root, (root.id, *self.cluster.home(root)) if root else ()
        return before != self._root

    def _rename(self, object_id: ObjectId, *, present: bool) -> None:
        named = NamedKind(object_id.kind, object_id.name)
        namespaces = self._namespaces.setdefault(named, set())
        (namespaces.add if present else namespaces.discard)(object_id.namespace)
        if not namespaces:
            del self._namespaces[named]

    def _resymbol(self, object_id: ObjectId, *, present: bool) -> bool:
        """Take over an object that may be any of several names; whether it is such a one."""
        name = f"{object_id.namespace}/{object_id.name}"
        if not symbols(name):
            return False
        named = self._symbolic.setdefault(object_id.kind, {})
        if present:
            named[object_id] = re.compile(".*".join(map(re.escape, between_symbols(name))))
        else:
            named.pop(object_id, None)
        return True

    def _watch(self, ks: ObjectId, answer: Reconciled | None) -> bool:
        stalled = answer.would_make if answer else frozenset()
        outside = tuple(opaque.url for opaque in answer.opaque) if answer else ()
        changed = self._stalled.get(ks, frozenset()) != stalled or self._outside.get(ks, ()) != outside
        self._stalled.pop(ks, None)
        self._outside.pop(ks, None)
        if stalled:
            self._stalled[ks] = stalled
        if outside:
            self._outside[ks] = outside
        return changed

    def inputs_elsewhere(self, target: ObjectId) -> list[str]:
        """The inputs from elsewhere that may hold an object; a .json is a generator's, for its data.

        What is built from the object itself cannot be what makes it.
        """
        data = target.kind in ("Secret", "ConfigMap")
        fed = self.graph.referrers(target, EdgeKind.SOURCE)
        urls = {url for ks, found in self._outside.items() if ks not in fed for url in found}
        return sorted(url for url in urls if data or not url.endswith(".json"))

    def makes(self, target: ObjectId) -> bool:
        """Does git make an object, or may it: itself, or by telling an operator?"""
        return self.knows(target) or bool(self.makers.may_make(target, None))

    def knows(self, target: ObjectId) -> bool:
        """Is an object there, or may it be: made by what stands still, or under a name that git hides?"""
        there = self.graph.applied(target) is not None or self._may_be_stalled(target)
        return there or self._may_be_symbolic(target)

    def is_unknown(self, name: str) -> bool:
        """Is what a name means not there, and may a Kustomization that stands still have made it?"""
        if any(is_meant(str(object_id), name) for object_id in self.cluster.objects):
            return False
        kind, _, rest = name.partition("/")
        named = NamedKind(kind, rest.rpartition("/")[2])
        return any(named in would_make for would_make in self._stalled.values())

    def may_be_one_with(self, other: Scene) -> bool:
        """Could two roots be of one cluster? Not where they make Kustomizations of the same names.

        A root whose folder lies in the other's is of the same cluster: an older way in that was left behind.
        """
        mine, its = self.cluster.root, other.cluster.root
        if mine is None or its is None or (mine.id == its.id and not (mine.made_up or its.made_up)):
            return False
        if _lies_in(mine.path, its.path) or _lies_in(its.path, mine.path):
            return True
        own = self.cluster.kustomizations.keys() - {mine.id}
        return own.isdisjoint(other.cluster.kustomizations.keys() - {its.id})

    def hidden_maker(self, target: ObjectId) -> ObjectId | None:
        """The ks that cannot be built and may make an object that is not there; None where there is none."""
        scenes = (self, *self.neighbours)
        if not any(scene._stalled for scene in scenes):
            return None
        if any(scene.graph.applied(target) is not None for scene in scenes):
            return None
        named = NamedKind(target.kind, target.name)
        makers = (ks for scene in scenes for ks, made in scene._stalled.items() if named in made)
        return min(makers, default=None)

    def _may_be_stalled(self, target: ObjectId) -> bool:
        named = NamedKind(target.kind, target.name)
        return any(named in would_make for would_make in self._stalled.values())

    def _may_be_symbolic(self, target: ObjectId) -> bool:
        name = f"{target.namespace}/{target.name}"
        named = self._symbolic.get(target.kind, {})
        return any(each.group == target.group and may.fullmatch(name) for each, may in named.items())

    def is_root_namespace(self, namespace: str) -> bool:
        """Is it the namespace that bootstrap works in?"""
        root = self.cluster.root
        return root is not None and namespace == root.id.namespace

    def _ring_up(self, turned: set[ObjectId]) -> set[ObjectId]:
        """Find the rings anew that lead through what depends on others now; answers whose ring changed."""
        before = {
            member: ring for each in turned for ring in (self.rings.get(each),) if ring for member in ring
        }
        near = self.graph.cycles(EdgeKind.DEPENDS_ON, turned | before.keys())
        after = {member: ring for ring in near for member in ring}
        for member in before:
            del self.rings[member]
        changed = {
            member for member in before.keys() | after.keys() if before.get(member) != after.get(member)
        }
        self.rings |= after
        return changed


def _passes_on(applied: Applied) -> tuple[ObjectId, bool] | None:
    """What of a ks concerns all that comes from it: where it comes from itself, whether it stands still."""
    if not is_ks(applied.id):
        return None
    return applied.applied_by, boolean(applied.content, "spec", "suspend")


def _dependencies(references: Iterable[Reference]) -> set[ObjectId]:
    return {reference.target for reference in references if reference.kind is EdgeKind.DEPENDS_ON}


def _lies_in(folder: RepoPath, other: RepoPath) -> bool:
    return folder.startswith(f"{other}/") if other else bool(folder)
