"""A kustomization's own transformers, configured in kustomize's order before any of them runs.

Facts: kustomize api/internal/target/kusttarget_configplugin.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bisectops.errors import BuildError
from bisectops.git.objects import RepoPath
from bisectops.kustomize.accumulator import Accumulator, Step
from bisectops.kustomize.configuration import Configuration
from bisectops.kustomize.decoding import PLUGIN, decode
from bisectops.kustomize.failure import Remote, within
from bisectops.kustomize.jsonpatch import parse
from bisectops.kustomize.kustomization import Kustomization
from bisectops.kustomize.kustomization_fields import REPLACEMENT
from bisectops.kustomize.loader import Loader
from bisectops.kustomize.reading import contents, value_of
from bisectops.kustomize.resource import Node, Shaping
from bisectops.kustomize.transformers.edits import (
    ImageTransformer,
    ReplacementTransformer,
    ReplicaTransformer,
)
from bisectops.kustomize.transformers.labels import EntriesTransformer, label_fields
from bisectops.kustomize.transformers.namespace import NamespaceTransformer
from bisectops.kustomize.transformers.patches import (
    Content,
    JsonPatch,
    NamedPatches,
    Operations,
    StrategicPatches,
    TargetedPatch,
    strategic,
)
from bisectops.kustomize.transformers.prefix import NameTransformer

Fields = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a transformer is configured: its loader and the file that asks for it."""

    loader: Loader
    path: RepoPath

    def by(self, what: str, position: int = 0) -> Shaping:
        """The mark of one entry of a field."""
        return Shaping(what, self.path, position)


@dataclass(frozen=True, slots=True)
class Configured:
    """A transformer ready to run, and its kind in kustomize's words."""

    kind: str
    run: Step


def configured(asked: Kustomization, configuration: Configuration, place: Place) -> Iterator[Configured]:
    """The transformers that a kustomization's fields ask for, in the order in which they run."""
    for kind, wanted, steps in (
        ("PatchStrategicMergeTransformer", asked.strategic_patches, _strategic_patches(asked, place)),
        ("PatchTransformer", asked.patches, _patches(asked, place)),
        ("NamespaceTransformer", asked.namespace, _namespace(asked, configuration, place)),
        ("PrefixTransformer", asked.prefix, _prefix(asked, configuration, place)),
        ("SuffixTransformer", asked.suffix, _suffix(asked, configuration, place)),
        ("LabelTransformer", asked.labels or asked.common_labels, _labels(asked, configuration, place)),
        ("AnnotationsTransformer", asked.annotations, _annotations(asked, configuration, place)),
        ("PatchJson6902Transformer", asked.json_patches, _json_patches(asked, place)),
        ("ReplicaCountTransformer", asked.replicas, _replicas(asked, configuration, place)),
        ("ImageTagTransformer", asked.images, _images(asked, configuration, place)),
        ("ReplacementTransformer", asked.replacements, _replacements(asked, place)),
    ):
        if wanted:
            yield from _named(kind, steps)


def _named(kind: str, steps: Iterable[Step]) -> Iterator[Configured]:
    iterator = iter(steps)
    while True:
        try:
            yield Configured(kind, next(iterator))
        except StopIteration:
            return
        except Remote:
            raise
        except BuildError as error:
            raise within(error, f"trouble configuring builtin {kind}") from None


def _strategic_patches(asked: Kustomization, place: Place) -> Iterator[Step]:
    yield strategic_patches(asked.strategic_patches, "", place)


def strategic_patches(paths: Sequence[str], inline: str, place: Place) -> Step:
    """PatchStrategicMergeTransformer: each path may also be a patch's text."""
    return remoteless(lambda: _strategic_patch_step(paths, inline, place), place)


def _strategic_patch_step(paths: Sequence[str], inline: str, place: Place) -> Step:
    found: list[tuple[Content, Shaping]] = []
    for position, path in enumerate(paths):
        by = place.by("patchesStrategicMerge", position)
        found += [(patch, by) for patch in _inline_or_file(path, place.loader)]
    if inline:
        by = place.by("patchesStrategicMerge")
        found += [(patch, by) for _, patch in contents(inline.encode("utf-8", "surrogateescape"))]
    if not found:
        raise BuildError("patch appears to be empty")
    return StrategicPatches(patches=found)


def _inline_or_file(text: str, loader: Loader) -> list[Content]:
    try:
        return [patch for _, patch in contents(text.encode("utf-8", "surrogateescape"))]
    except BuildError:
        return [patch for _, patch in loader.parsed(text, "contents", contents)]


def remoteless(make: Callable[[], Step], place: Place) -> Step:
    """The step that a function makes; one that needs the network passes where that is allowed."""
    try:
        return make()
    except Remote as error:
        return _Unfetched(error, place.path)


@dataclass(frozen=True, slots=True)
class _Unfetched:
    """A transformer that only a network could configure."""

    error: Remote
    path: RepoPath

    def __call__(self, accumulator: Accumulator) -> None:
        accumulator.leave_out(self.error, self.path)


def _patches(asked: Kustomization, place: Place) -> Iterator[Step]:
    for position, fields in enumerate(asked.patches):
        yield patch(fields, place, place.by("patches", position))


def patch(fields: Fields, place: Place, by: Shaping) -> Step:
    """PatchTransformer: one entry of `patches`, of either kind."""
    return remoteless(lambda: _patch(fields, place.loader, by), place)


def _patch(fields: Fields, loader: Loader, by: Shaping) -> Step:
    text, path = fields.get("patch", "").strip(), fields.get("path", "")
    if not text and not path:
        raise BuildError("must specify one of patch and path in")
    if text and path:
        raise BuildError("patch and path can't be set at the same time")
    target, options = fields.get("target"), fields.get("options") or {}
    patches, operations = _from_file(path, loader) if path else strategic(text, "[patch]")
    if operations is not None or not patches:
        return JsonPatch(operations=operations or [], target=target, by=by, remembers=True)
    if target is None:
        return NamedPatches(patches=patches, options=options, by=by)
    source = f'[path: "{path}"]' if path else "[patch]"
    return TargetedPatch(patches=patches, source=source, target=target, options=options, by=by)


def _from_file(path: str, loader: Loader) -> tuple[list[Content], Operations | None]:
    try:
        return loader.parsed(
            path,
            ("patch", path),
            lambda data: strategic(data.decode("utf-8", "surrogateescape"), f'[path: "{path}"]'),
        )
    except Remote:
        raise
    except BuildError as error:
        if error.message.startswith(("open ", "read ")):
            raise within(error, f"failed to get the patch file from path({path})") from None
        raise


def _namespace(asked: Kustomization, configuration: Configuration, place: Place) -> Iterator[Step]:
    yield NamespaceTransformer(
        namespace=asked.namespace, specs=configuration.namespace, by=place.by("namespace")
    )


def _prefix(asked: Kustomization, configuration: Configuration, place: Place) -> Iterator[Step]:
    yield NameTransformer(specs=configuration.prefix, by=place.by("namePrefix"), prefix=asked.prefix)


def _suffix(asked: Kustomization, configuration: Configuration, place: Place) -> Iterator[Step]:
    yield NameTransformer(specs=configuration.suffix, by=place.by("nameSuffix"), suffix=asked.suffix)


def _labels(asked: Kustomization, configuration: Configuration, place: Place) -> Iterator[Step]:
    for position, label in enumerate(asked.labels):
        yield EntriesTransformer(
            entries=label.get("pairs") or {},
            specs=label_fields(label, configuration),
            by=place.by("labels", position),
        )
    yield EntriesTransformer(
        entries=asked.common_labels, specs=configuration.common_labels, by=place.by("commonLabels")
    )


def _annotations(asked: Kustomization, configuration: Configuration, place: Place) -> Iterator[Step]:
    yield EntriesTransformer(
        entries=asked.annotations, specs=configuration.annotations, by=place.by("commonAnnotations")
    )


def _json_patches(asked: Kustomization, place: Place) -> Iterator[Step]:
    for position, fields in enumerate(asked.json_patches):
        text, path = fields.get("patch", ""), fields.get("path", "")
        yield json_patch(text, path, fields.get("target"), place, place.by("patchesJson6902", position))


def json_patch(text: str, path: str, target: Fields | None, place: Place, by: Shaping) -> Step:
    """PatchJson6902Transformer: operations for one named target."""
    if target is None or not target.get("name"):
        raise BuildError("must specify the target name")
    if not path and not text:
        raise BuildError("empty file path and empty jsonOp")
    if path and text:
        raise BuildError("must specify a file path or jsonOp, not both")
    return remoteless(lambda: _json_patch(text, path, target, place.loader, by), place)


def _json_patch(text: str, path: str, target: Fields, loader: Loader, by: Shaping) -> Step:
    operations = loader.parsed(path, "operations", _operations) if path else parse(text)
    if not operations:
        raise BuildError(f"patch appears to be empty; file={path}")
    return JsonPatch(operations=operations, target=target, by=by, remembers=False)


def _operations(data: bytes) -> Operations:
    return parse(data.decode("utf-8", "surrogateescape"))


def _replicas(asked: Kustomization, configuration: Configuration, place: Place) -> Iterator[Step]:
    for position, replica in enumerate(asked.replicas):
        yield ReplicaTransformer(replica, configuration.replicas, place.by("replicas", position))


def _images(asked: Kustomization, configuration: Configuration, place: Place) -> Iterator[Step]:
    for position, image in enumerate(asked.images):
        yield ImageTransformer(image, configuration.images, place.by("images", position))


def _replacements(asked: Kustomization, place: Place) -> Iterator[Step]:
    yield replacements(asked.replacements, place)


def replacements(entries: Iterable[Fields], place: Place) -> Step:
    """ReplacementTransformer: entries written here and entries in files."""
    return remoteless(lambda: _replacement_step(entries, place), place)


def _replacement_step(entries: Iterable[Fields], place: Place) -> Step:
    found: list[Fields] = []
    for entry in entries:
        path = entry.get("path")
        if path and (entry.get("source") is not None or entry.get("targets")):
            raise BuildError("cannot specify both path and inline replacement")
        found += _replacements_in(path, place.loader) if path else [entry]
    return ReplacementTransformer(found, place.by("replacements"))


def _replacements_in(path: str, loader: Loader) -> list[Fields]:
    value = loader.parsed(path, "value", value_of)
    if isinstance(value, list):
        return [decode(entry, REPLACEMENT, PLUGIN) for entry in value]
    if isinstance(value, dict):
        return [decode(value, REPLACEMENT, PLUGIN)]
    raise BuildError("unsupported replacement type encountered within replacement path: invalid")
