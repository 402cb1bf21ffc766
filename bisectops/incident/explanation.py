"""The chain that decides an object's namespace, decryption, source and substitution, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bisectops.errors import RepositoryError
from bisectops.flux.applied import Applied
from bisectops.flux.holdings import ROOT_OWNER
from bisectops.flux.kinds import ObjectId, is_ks
from bisectops.flux.sops import encrypted
from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot
from bisectops.graph.model import EdgeKind, Reference
from bisectops.history.request import Request
from bisectops.history.side_by_side import told_of_each
from bisectops.incident.counterfactual import content
from bisectops.incident.namesakes import called_alike, hint
from bisectops.incident.position import pointer
from bisectops.rules.absence import absence_of
from bisectops.rules.attribution import Attribution, Writer
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.judge import RepositoryJudge
from bisectops.yaml.positions import locate

_TOPICS = {
    EdgeKind.SOURCE: "source",
    EdgeKind.CHART: "source",
    EdgeKind.DECRYPTS_WITH: "decryption",
    EdgeKind.SUBSTITUTES_FROM: "substitution",
    EdgeKind.VALUES_FROM: "values",
    EdgeKind.DEPENDS_ON: "dependencies",
    EdgeKind.CHECKS_HEALTH: "dependencies",
}
_WANTED_BY_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One sentence of an explanation, and where to look it up."""

    topic: str
    """written, namespace, applied, decryption, source, substitution, values, dependencies, wanted, fails."""
    said: str
    path: RepoPath | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What decides an object in one cluster."""

    cluster: str
    """The cluster's name; empty where the repository has only one."""
    present: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The answer of `explain`."""

    commit: Oid
    object: str
    explanations: tuple[Explanation, ...]


def explain(request: Request, name: str, jobs: int | None = None) -> Explained:
    """Tell of KIND/NAMESPACE/NAME at the commit `request.bad`, in each cluster that has it.

    Raises UnknownRevision or RepositoryError.
    """
    repository = Repository(request.directory)
    commit = repository.resolve(request.bad)
    snapshot = repository.snapshot(commit)
    told = told_of_each(
        RepositoryJudge(request.clusters), snapshot, lambda judge: _of_cluster(judge, snapshot, name), jobs
    )
    found = tuple(explanation for each in told for explanation in each.explanations)
    if not found:
        alike = hint(frozenset[str]().union(*(each.alike for each in told)))
        raise RepositoryError(
            f"nothing at {commit[:10]} is called {name}",
            hint=alike or "say KIND/NAMESPACE/NAME as in `bisectops graph`",
        )
    return Explained(commit=commit, object=name, explanations=found)


class _Told(NamedTuple):
    """What one cluster has to say of a name."""

    explanations: list[Explanation]
    alike: frozenset[str]
    """Where nothing is called so: its objects that are called alike."""


def _of_cluster(judge: ClusterJudge, snapshot: Snapshot, name: str) -> _Told:
    teller = _Teller(judge, snapshot)
    found = [teller.tell(each) for each in sorted(judge.scene.graph) if str(each) == name]
    return _Told(found, frozenset() if found else called_alike(judge.scene, name))


class _Teller:
    """Tells of objects of one cluster."""

    def __init__(self, judge: ClusterJudge, snapshot: Snapshot) -> None:
        self._judge = judge
        self._scene = judge.scene
        self._snapshot = snapshot
        self._attribution = Attribution(judge.scene, snapshot)

    def tell(self, object_id: ObjectId) -> Explanation:
        """All steps about one object, there or not."""
        applied = self._scene.graph.applied(object_id)
        steps = self._present(applied) if applied else self._absent(object_id)
        return Explanation(cluster=self._scene.label, present=applied is not None, steps=tuple(steps))

    def _present(self, applied: Applied) -> Iterator[Step]:
        for writer in self._attribution.writers(applied):
            yield self._written(applied, writer)
        yield from self._applied(applied)
        yield from self._decryption(applied)
        deciding = applied if is_ks(applied.id) else self._scene.cluster.objects.get(applied.applied_by)
        for about in {id(each): each for each in (applied, deciding) if each}.values():
            for reference in self._scene.graph.references(about.id):
                yield from self._reference(about, reference)
        yield from self._wanted(applied.id)
        yield from self._failures(applied.id)

    def _absent(self, object_id: ObjectId) -> Iterator[Step]:
        absence = absence_of(self._scene, object_id)
        if absence is None:
            said = (
                f"{object_id} is not in git; bootstrap, an operator, or a Kustomization that fails makes it"
            )
            yield Step(topic="written", said=said)
        else:
            for why in absence.because:
                yield Step(topic="written", said=why)
        yield from self._wanted(object_id)
        yield from self._failures(object_id)

    def _written(self, applied: Applied, writer: Writer) -> Step:
        topic = "namespace" if writer.what.endswith(("namespace", "targetNamespace")) else "written"
        if not writer.what:
            kind = "made by a generator of" if applied.origin.generated else "written in"
            said = f"{applied.id} is {kind} {applied.origin.path}"
        elif topic == "namespace":
            said = f"`{writer.what}` puts it into namespace {applied.id.namespace or '(none)'}"
        else:
            said = f"`{writer.what}` changes it{_fields(writer)}"
        if writer.by is not None:
            said += f", by the spec of {writer.by}"
        return self._step(topic, said, writer.path, writer.document, *writer.pointer)

    def _applied(self, applied: Applied) -> Iterator[Step]:
        """The Kustomizations that lead here, from the nearest to the root."""
        seen: set[ObjectId] = set()
        here = applied
        while here.applied_by not in seen and (owner := self._scene.cluster.objects.get(here.applied_by)):
            seen.add(here.applied_by)
            folder = self._scene.cluster.folder_of(owner.id) or "."
            said = f"{owner.id} applies {here.id}: it builds {folder}"
            yield self._step("applied", said, owner.origin.path, owner.origin.document, "spec", "path")
            if owner is here:
                return
            here = owner
        root = self._scene.cluster.root
        if root is not None:
            yield Step(topic="applied", said=f"the root of the cluster: {root.found}", path=root.origin)

    def _decryption(self, applied: Applied) -> Iterator[Step]:
        """Which ks would decrypt the object, and for a ks what it decrypts with."""
        how = encrypted(applied.content)
        if how is not None:
            yield Step(
                topic="decryption", said=f"{applied.id} is encrypted with SOPS: who applies it must decrypt"
            )
        for ks in dict.fromkeys((applied.applied_by, applied.id)):
            yield from self._decryption_of(ks)

    def _decryption_of(self, ks_id: ObjectId) -> Iterator[Step]:
        ks, applied = self._scene.cluster.ks(ks_id), self._scene.cluster.objects.get(ks_id)
        if ks is None or applied is None:
            return
        if not ks.decrypts:
            yield Step(
                topic="decryption", said=f"{ks_id} has no spec.decryption: what it builds is not decrypted"
            )
            return
        key = f"Secret/{ks_id.namespace}/{ks.key_secret}" if ks.key_secret else self._key_of_controller()
        said = f"{ks_id} decrypts with {key}"
        yield self._decided("decryption", said, applied, "spec", "decryption")

    def _key_of_controller(self) -> str:
        root = self._scene.cluster.root
        flag = root.controller.sops_age_secret if root else None
        if flag:
            return f"the controller's own key, Secret {flag} of --sops-age-secret"
        return "no key of its own: the controller's flag or a cloud identity gives it"

    def _reference(self, about: Applied, reference: Reference) -> Iterator[Step]:
        """Where a reference leads, who wrote it, and whether anything is there."""
        target = self._scene.graph.applied(reference.target)
        field = [each for each in pointer(reference.field) if isinstance(each, str)]
        said = f"{about.id} names {reference.target} in {reference.field}"
        yield self._decided(_TOPICS.get(reference.kind, "wanted"), said, about, *field)
        topic = _TOPICS.get(reference.kind, "wanted")
        if target is not None:
            said = f"{reference.target} is there: {_applier(target)}"
            yield self._step(topic, said, target.origin.path, target.origin.document)
        elif absence := absence_of(self._scene, reference.target):
            missing = (
                "is optional, and not there"
                if reference.optional
                else f"is missing ({absence.certainty.value})"
            )
            yield Step(topic=topic, said=f"{reference.target} {missing}: {absence.because[0]}")
        else:
            yield Step(topic=topic, said=f"{reference.target} comes from elsewhere: git does not hold it")

    def _decided(self, topic: str, said: str, applied: Applied, *field: str) -> Step:
        """A sentence, with the place that decided the field."""
        writer = self._attribution.decides(applied, *field)
        if writer is None:
            return self._step(topic, said, applied.origin.path, applied.origin.document)
        if not writer.what:
            return self._step(topic, f"{said}, as written", writer.path, writer.document, *field)
        by = f" of {writer.by}" if writer.by else ""
        return self._step(
            topic, f"{said}; `{writer.what}`{by} wrote that", writer.path, writer.document, *writer.pointer
        )

    def _wanted(self, object_id: ObjectId) -> Iterator[Step]:
        for referrer in sorted(self._scene.graph.referrers(object_id))[:_WANTED_BY_SHOWN]:
            fields = [r.field for r in self._scene.graph.references(referrer) if r.target == object_id]
            applied = self._scene.graph.applied(referrer)
            said = f"{referrer} needs it: {', '.join(fields)}"
            if applied is not None:
                yield self._step("wanted", said, applied.origin.path, applied.origin.document)

    def _failures(self, object_id: ObjectId) -> Iterator[Step]:
        for finding in sorted(self._judge.findings.values(), key=lambda finding: finding.id):
            if str(object_id) in (str(finding.subject), str(finding.reference)):
                said = (
                    f"{finding.subject} fails ({finding.certainty.value} {finding.rule}): {finding.message}"
                )
                yield self._step("fails", said, finding.origin.path, finding.origin.document)

    def _step(self, topic: str, said: str, path: RepoPath, document: int, *field: str | int) -> Step:
        data = content(self._snapshot, path) if path else None
        if data is None:
            return Step(topic=topic, said=said, path=path or None)
        line = locate(data, document, field)
        return Step(topic=topic, said=said, path=path, line=line)


def _applier(applied: Applied) -> str:
    if applied.applied_by == ROOT_OWNER:
        return "the root of the cluster, which bootstrap or flux-operator makes"
    return f"{applied.applied_by} applies it"


def _fields(writer: Writer) -> str:
    """What a patch writes below spec, by name."""
    named: dict[str, None] = {}
    for tree in writer.wrote:
        if isinstance(tree, dict) and isinstance(tree.get("spec"), dict):
            named |= dict.fromkeys(f"spec.{key}" for key in tree["spec"])
        elif isinstance(tree, list):
            paths = (str(operation.get("path", "")) for operation in tree if isinstance(operation, dict))
            named |= dict.fromkeys(path.strip("/").replace("/", ".") for path in paths)
    return f": {', '.join(list(named)[:6])}" if named else ""
