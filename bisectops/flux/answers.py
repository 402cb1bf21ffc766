"""What each ks of a cluster answered last, and from there: whom a change of files or of objects reaches."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from bisectops.flux.external_artifact import sources
from bisectops.flux.kinds import FluxKustomization, ObjectId
from bisectops.flux.postbuild import PostBuild
from bisectops.flux.readers import Readers
from bisectops.flux.reconcile import Build, BuildKey, Reconciled
from bisectops.flux.root import Root
from bisectops.git.objects import Change, RepoPath
from bisectops.kustomize.resource import Node
from bisectops.memo import Asked, Question, Trace


@dataclass(frozen=True, slots=True)
class Answer:
    """A ks's answer with all that it rests on."""

    content: Mapping[str, Node]
    ks: FluxKustomization
    key: BuildKey
    trace: Trace[Build] | None
    """None for one that is built from elsewhere."""
    post_build: PostBuild
    strict: bool
    reconciled: Reconciled
    sought: frozenset[RepoPath] = frozenset()
    """Where it would be at home, for one that is built from elsewhere."""

    def finishes_alike(self, ks: FluxKustomization, root: Root) -> bool:
        """Would an object that is built as before, with the same variables, become what it became?"""
        return (
            self.strict == root.strict
            and self.ks.spec.get("commonMetadata") == ks.spec.get("commonMetadata")
            and (self.ks.post_build, self.ks.substitute_always) == (ks.post_build, ks.substitute_always)
        )

    def holds(self, ks: FluxKustomization, root: Root, trace: Trace[Build], post_build: PostBuild) -> bool:
        """Is all the same on which it rests?"""
        return self.post_build == post_build and self.finishes_alike(ks, root) and self.trace == trace

    def reads(self) -> Set[Asked]:
        """What was asked of the repository, whatever the artifact is made up of."""
        if self.trace is None:
            return {(Question.KIND, path) for path in self.sought}  # what is elsewhere may come to be here
        copies = self.key.layout
        if not copies:
            return self.trace.reads.keys()
        asked = ((question, sources(copies, path)) for question, path in self.trace.reads)
        return {
            (q if inside or q is Question.NAMED else Question.KIND, path)
            for q, found in asked
            for path, inside in found
        }


class Answers:
    """The answers of a cluster's Kustomizations, with who read what and who watches whom."""

    def __init__(self) -> None:
        self.by_ks: dict[ObjectId, Answer] = {}
        """Every ks with its answer; `put` and `drop` change it."""
        self._readers = Readers()
        self._watchers: dict[ObjectId, set[ObjectId]] = {}

    def put(self, ks: ObjectId, answer: Answer) -> None:
        """Take an answer over, in the place of the last one."""
        before = self.by_ks.get(ks)
        self.by_ks[ks] = answer
        self._note(ks, before, answer)

    def drop(self, ks: ObjectId) -> None:
        """Forget a ks."""
        self._note(ks, self.by_ks.pop(ks), None)

    @property
    def asked(self) -> Iterable[Asked]:
        """All that was asked of the repository, absent paths included."""
        return self._readers.asked

    def reached(self, change: Change) -> set[ObjectId]:
        """The ks one of whose reads a change may answer differently."""
        return self._readers.reached(change)

    def reads_all(self, path: RepoPath) -> bool:
        """Does a build look at a file in any other way than for the objects in it?"""
        return bool(self._readers.of(Question.CONTENT, path))

    def looking_into(self, path: RepoPath) -> Set[ObjectId]:
        """The ks that look at more in a file than how its objects are called."""
        return self._readers.looking_into(path)

    def watching(self, object_id: ObjectId) -> Iterable[ObjectId]:
        """The ks for which an object's content decides what they apply, sorted."""
        return sorted(self._watchers.get(object_id, ()))

    def without_source(self, kind: str, name: str | None, there: Container[ObjectId]) -> list[ObjectId]:
        """The ks whose source of a kind, and a name if one is given, is not there; sorted."""
        return sorted(
            ks
            for ks, answer in self.by_ks.items()
            if (source := answer.ks.source) is not None
            and source.kind == kind
            and name in (None, source.name)
            and source not in there
        )

    def _note(self, ks: ObjectId, before: Answer | None, after: Answer | None) -> None:
        if before is None or after is None or before.trace is None or before.trace is not after.trace:
            self._readers.update(ks, _reads(before), _reads(after))
        for target in _watched(before):
            self._watchers[target].discard(ks)
        for target in _watched(after):
            self._watchers.setdefault(target, set()).add(ks)


def _reads(answer: Answer | None) -> Set[Asked]:
    return answer.reads() if answer else frozenset()


def _watched(answer: Answer | None) -> Iterator[ObjectId]:
    """The objects whose content decides what a ks applies."""
    if answer is None:
        return
    if answer.ks.source is not None:
        yield answer.ks.source
    for entry in answer.ks.substitute_from:
        yield ObjectId(entry.kind, answer.ks.id.namespace, entry.name)
