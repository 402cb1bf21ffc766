"""A cluster at a commit: everything that a root ks leads to, kept up to date from commit to commit.

`Cluster.advance` reconciles what a change reaches until nothing new appears. A fresh cluster is one
that advances from nothing, so a walk over a history and a look at one commit are the same code.
The state is a function of the commit alone: what an earlier commit had applied is not remembered.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from bisectops.errors import BuildError
from bisectops.flux.answers import Answer, Answers
from bisectops.flux.applied import Applied
from bisectops.flux.artifact import ArtifactSnapshot
from bisectops.flux.external_artifact import Assembled, at_home, is_generator
from bisectops.flux.holdings import ROOT_OWNER, Holdings
from bisectops.flux.kinds import (
    SOURCE_GROUP,
    FluxKustomization,
    ObjectId,
    flux_kustomization,
    is_input_provider,
    is_ks,
    is_resource_set,
    object_id,
)
from bisectops.flux.postbuild import PostBuild, changed_variables, post_build_of
from bisectops.flux.reconcile import Build, BuildKey, BuildMemo, Known, Reconciled, build_key, reconcile
from bisectops.flux.resource_set import evaluate
from bisectops.flux.roots import Root
from bisectops.flux.sourceignore import IGNORE_FILE, IgnoreFiles
from bisectops.flux.whereabouts import Whereabouts
from bisectops.git.objects import ROOT, Change, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.resource import Node, Opaque, Origin, Touch
from bisectops.kustomize.touching import EVERYWHERE
from bisectops.memo import Asked, Question, Trace

_OF_FILES = (Question.CONTENT, Question.OBJECTS)
_HINTS = 20
_ROUNDS = 20
"""How often one ks is reconciled in an advance before what feeds on itself is left as it stands."""


@dataclass(slots=True)
class Delta:
    """What an advance changed: the objects that appeared, changed or vanished, and the ks that did."""

    objects: set[ObjectId] = field(default_factory=set)
    shared: set[ObjectId] = field(default_factory=set)
    """The objects of which a ks applies another copy, or began or ceased to apply one."""
    kustomizations: set[ObjectId] = field(default_factory=set)


class Cluster:
    """The objects and Kustomizations that a root leads to."""

    def __init__(self, builds: BuildMemo) -> None:
        self.root: Root | None = None
        self._holdings = Holdings()
        self._builds = builds
        self._answers = Answers()
        self._ignore_files = IgnoreFiles()
        self._dirty: deque[ObjectId] = deque()
        self._orphaned = False
        self._home: tuple[Applied | None, ObjectId, tuple[ObjectId, ...]] = (None, ROOT_OWNER, ())
        self._hints: list[Asked] = []
        self._generators: set[ObjectId] = set()
        self._sets: set[ObjectId] = set()
        """The ResourceSets to evaluate again."""

    @property
    def objects(self) -> Mapping[ObjectId, Applied]:
        """Every object of the cluster."""
        return self._holdings.objects

    @property
    def kustomizations(self) -> Mapping[ObjectId, Reconciled]:
        """Every ks that is reconciled, with its answer."""
        return {ks: answer.reconciled for ks, answer in self._answers.by_ks.items()}

    def ks(self, ks: ObjectId) -> FluxKustomization | None:
        """A ks as the API server holds it."""
        answer = self._answers.by_ks.get(ks)
        return answer.ks if answer else None

    def reconciled(self, ks: ObjectId) -> Reconciled | None:
        """A ks's answer, None for one that is not here."""
        answer = self._answers.by_ks.get(ks)
        return answer.reconciled if answer else None

    def copies(self, object_id: ObjectId) -> Mapping[ObjectId, Applied]:
        """Every ks that applies an object, with what it applies."""
        return self._holdings.copies(object_id)

    def beneath(self, ks: ObjectId) -> set[ObjectId]:
        """All that a ks applies, and what that applies, and so on."""
        owners = self._holdings.beneath(ks, _applies)
        return {each for owner in owners for each in self._holdings.of(owner)}

    def reads(self) -> Iterable[tuple[Question, RepoPath]]:
        """What the builds of this cluster asked of the snapshot, absent paths included."""
        return self._answers.asked

    def folder_of(self, ks: ObjectId) -> RepoPath | None:
        """The folder of the repository that a ks builds; None for one that is not here."""
        answer = self._answers.by_ks.get(ks)
        return at_home(answer.key.layout, answer.key.folder) if answer else None

    def files_of(self, ks: ObjectId) -> list[RepoPath]:
        """The files that a ks's build read, sorted."""
        answer = self._answers.by_ks.get(ks)
        return sorted({path for asked, path in answer.reads() if asked in _OF_FILES}) if answer else []

    def reached(self, change: Change) -> Set[ObjectId]:
        """The ks one of whose reads a change may answer differently."""
        if change.path.endswith(IGNORE_FILE) or not self._ignore_files.settled:
            return self._answers.by_ks.keys()
        return self._answers.reached(change)

    def reads_all(self, path: RepoPath) -> bool:
        """Does a build look at a file in any other way than for the objects in it?"""
        return self._answers.reads_all(path)

    def looking_into(self, path: RepoPath) -> Set[ObjectId]:
        """The ks that look at more in a file than how its objects are called."""
        return self._answers.looking_into(path)

    def touched(self, ks: ObjectId) -> frozenset[Touch]:
        """The fields that a ks's build looks at or changes in single objects; any may be, where it fails."""
        trace = self._answers.by_ks[ks].trace
        return trace.value.built.touched if trace and trace.value.failure is None else EVERYWHERE

    def advance(self, snapshot: Snapshot, root: Root, changes: Sequence[Change] | None) -> Delta:
        """Move to another commit; `changes` are the paths that differ from the last (None: any may)."""
        artifact = ArtifactSnapshot(
            snapshot, root.ignore, ignore_files=self._ignore_files, changes=changes, root=root.base
        )
        by_hand = snapshot if _is_out_of_reach(root, artifact) else artifact
        delta = Delta()
        self._hints = [(asked, change.path) for change in (changes or ())[:_HINTS] for asked in _OF_FILES]
        alike = self.root is not None and root.reconciles_as(self.root)
        self._dirty.extend(self._reached(changes) if alike else self._answers.by_ks)
        before, self.root = self.root, root
        if before and before.kustomization != root.kustomization and before.id in self._answers.by_ks:
            self._forget(before.id, delta)  # the copy of itself that it applied must not keep it in place
        self._own(ROOT_OWNER, _root_objects(root), delta)
        rounds: Counter[ObjectId] = Counter()
        while self._dirty or self._expand_sets(rounds, delta) or self._drop_unreachable(delta):
            ks = self._dirty.popleft()
            rounds[ks] += 1
            if rounds[ks] <= _ROUNDS:
                self._reconcile(by_hand if ks == root.id else artifact, root, ks, delta)
        return delta

    def _reached(self, changes: Sequence[Change] | None) -> Iterable[ObjectId]:
        if changes is None:
            return list(self._answers.by_ks)
        return sorted({ks for change in changes for ks in self.reached(change)})

    def _reconcile(self, snapshot: Snapshot, root: Root, ks_id: ObjectId, delta: Delta) -> None:
        before = self._answers.by_ks.get(ks_id)
        applied = self.objects.get(ks_id)
        if applied is None:
            if before is not None:
                self._forget(ks_id, delta)
            return
        answer = self._answered(snapshot, root, applied, before)
        self._answers.put(ks_id, answer)
        if before is None or answer.reconciled is not before.reconciled:
            delta.kustomizations.add(ks_id)
            self._own(ks_id, answer.reconciled.objects, delta)

    def _answered(self, snapshot: Snapshot, root: Root, applied: Applied, before: Answer | None) -> Answer:
        """What a ks answers now; as much of the last answer as still holds is taken over."""
        content = applied.content
        ks = before.ks if before and before.content is content else flux_kustomization(content)
        where = Whereabouts(root, self.objects, self.home(root), self._generators)
        layout = where.layout(snapshot, ks)
        key = build_key(ks, root.base, layout or (), root.controller.version)
        if ks.id == root.id:
            key = key._replace(holder=root.holder)
        trace = None if layout is None else self._build(snapshot, key, before)
        post_build = post_build_of(ks, self.objects)
        if trace is None:
            elsewhere = _from_elsewhere(ks, applied, where)
            return Answer(content, ks, key, None, post_build, root.strict, elsewhere, where.sought(ks))
        if before and before.holds(ks, root, trace, post_build):
            return replace(before, content=content, ks=ks)
        reconciled = reconcile(
            ks, trace, post_build, strict=root.strict, known=_known(before, ks, root, post_build)
        )
        return Answer(content, ks, key, trace, post_build, root.strict, reconciled)

    def _build(self, snapshot: Snapshot, key: BuildKey, before: Answer | None) -> Trace[Build]:
        files = Assembled(snapshot, key.layout) if key.layout else snapshot
        if before and before.trace and before.key == key:
            trace = before.trace
            if trace.holds_in(files, self._hints):
                return trace
        return self._builds.get(files, key, self._hints)

    def home(self, root: Root) -> tuple[ObjectId, ...]:
        """The sources that hold this repository: the root's as found, and as its own build patches it."""
        applied = self.objects.get(root.id)
        if self._home[0] is not applied or self._home[1] != root.source_id:
            patched = flux_kustomization(applied.content).source if applied else None
            known = (root.source_id, patched, root.beside)
            self._home = (applied, root.source_id, tuple(dict.fromkeys(filter(None, known))))
        return self._home[2]

    def _own(self, owner: ObjectId, objects: Iterable[Applied], delta: Delta) -> None:
        """Make these, and no others, the objects that an owner applies, and wake who depends on them."""
        pinned = self.root is not None and self.root.pinned
        for transfer in self._holdings.give(owner, objects, pinned=pinned):
            delta.shared.add(transfer.id)
            self._orphaned |= transfer.gone and _applies(transfer.id)
            if transfer.moved:
                self._wake(transfer.id, delta)

    def _wake(self, object_id: ObjectId, delta: Delta) -> None:
        """Have everybody look again who depends on an object."""
        delta.objects.add(object_id)
        if is_ks(object_id):
            self._dirty.append(object_id)
        if is_resource_set(object_id):
            self._sets.add(object_id)
        elif is_input_provider(object_id):
            self._sets.update(filter(is_resource_set, self._holdings.owners))
        if self.root and (object_id == self.root.id or object_id in self.home(self.root)):
            self._dirty.extend(self._answers.by_ks)
        if is_generator(object_id):
            (self._generators.add if object_id in self.objects else self._generators.discard)(object_id)
            self._dirty.extend(self._answers.without_source("ExternalArtifact", None, self.objects))
        elif object_id.group == SOURCE_GROUP:
            self._dirty.extend(self._answers.without_source(object_id.kind, object_id.name, self.objects))
        self._dirty.extend(self._answers.watching(object_id))

    def _forget(self, ks_id: ObjectId, delta: Delta) -> None:
        self._answers.drop(ks_id)
        self._own(ks_id, (), delta)
        self._holdings.forget(ks_id)
        delta.kustomizations.add(ks_id)

    def _drop_unreachable(self, delta: Delta) -> bool:
        """Forget the ks that only apply one another; True where that leaves work to do."""
        if not self._orphaned:
            return False
        self._orphaned = False
        reached = self._holdings.beneath(ROOT_OWNER, _applies)
        for ks_id in sorted(self._answers.by_ks.keys() - reached):
            self._forget(ks_id, delta)
        for set_id in sorted(filter(is_resource_set, set(self._holdings.owners) - reached)):
            self._own(set_id, (), delta)
        return bool(self._dirty)

    def _expand_sets(self, rounds: Counter[ObjectId], delta: Delta) -> bool:
        """Put what ResourceSets make in place; True where that leaves work to do."""
        if not self._sets:
            return False
        providers = [o.content for key, o in sorted(self.objects.items()) if is_input_provider(key)]
        while self._sets:
            set_id = self._sets.pop()
            rounds[set_id] += 1
            applied = self.objects.get(set_id)
            if rounds[set_id] <= _ROUNDS:
                self._own(set_id, _made_by_set(applied, providers) if applied else (), delta)
        return bool(self._dirty)


def _is_out_of_reach(root: Root, artifact: Snapshot) -> bool:
    """Does the source leave the folder out from which all starts? Then hands apply it, from a checkout."""
    return root.made_up and root.path != ROOT and artifact.entry(root.path) is None


def _applies(object_id: ObjectId) -> bool:
    return is_ks(object_id) or is_resource_set(object_id)


def _known(before: Answer | None, ks: FluxKustomization, root: Root, post_build: PostBuild) -> Known | None:
    """What of the last answer may be taken over, object by object."""
    changed = changed_variables(before.post_build, post_build) if before else None
    if before is None or changed is None or not before.finishes_alike(ks, root):
        return None
    return Known(before.reconciled.made_of, changed)


def _from_elsewhere(ks: FluxKustomization, applied: Applied, where: Whereabouts) -> Reconciled:
    variable = f"a path that only a variable of {ks.id} tells"
    told = "another cluster" if ks.remote else variable if where.hides_path(ks) else str(ks.source)
    return Reconciled(opaque=(Opaque(told, applied.origin.path),))


def _made_by_set(applied: Applied, providers: Sequence[Mapping[str, Node]]) -> Iterator[Applied]:
    """What a ResourceSet applies; nothing where only the cluster knows, or where it fails."""
    try:
        made = evaluate(applied.content, providers)
    except BuildError:
        return  # its providers, by name, are then all that is known of it: see flux/makers.py
    for tree in made:
        yield Applied(object_id(tree), tree, applied.origin, applied.shaped_by, applied.id)


def _root_objects(root: Root) -> Iterator[Applied]:
    for tree in (root.kustomization, root.source if root.beside is None else {}):
        if tree:
            yield Applied(object_id(tree), tree, Origin(root.origin, 0), (), ROOT_OWNER)
