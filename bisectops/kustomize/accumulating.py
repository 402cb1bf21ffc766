"""A target's accumulation: gather, generate, mix components in, transform, validate, and so for its bases.

Facts: kustomize api/internal/target/kusttarget.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bisectops.errors import BuildError
from bisectops.git.objects import Entry, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize import provenance
from bisectops.kustomize.accumulator import Accumulator, Step
from bisectops.kustomize.configuring import configure
from bisectops.kustomize.failure import Cycle, Remote, afresh, quoted, saying, within
from bisectops.kustomize.folder import Target, load
from bisectops.kustomize.generating import Generator, builtin_generators, refuse_charts, run
from bisectops.kustomize.kustomization import COMPONENT
from bisectops.kustomize.loader import Loader
from bisectops.kustomize.openapi import Schemas
from bisectops.kustomize.plugins import generator, transformer
from bisectops.kustomize.provenance import Configurer
from bisectops.kustomize.reading import contents, resources_of
from bisectops.kustomize.resource import Node, Origin, Resource, id_of
from bisectops.kustomize.sharing import Base, Failed, Outcome, Shared
from bisectops.kustomize.touching import touched_by
from bisectops.kustomize.transformers.configure import configured
from bisectops.kustomize.validating import validate
from bisectops.kustomize.variables import add_variables
from bisectops.memo import Question

_FOLDERS_ALLOWED = 5_000
"""Of one build, each counted as often as it is entered: components that double must end somewhere."""
_BYTES_REMEMBERED = 2 << 20
"""Of generators' files in one base; a larger base is made again each time."""


@dataclass(frozen=True, slots=True)
class Run:
    """One build: what holds for every target in it."""

    snapshot: Snapshot
    shared: Shared
    schemas: Schemas
    tells_origins: bool
    tolerant: bool

    def accumulate(self, target: Target, gathered: Accumulator) -> None:
        """Add to what was gathered what a target asks for, then transform all of it."""
        asked = target.asked
        gathered.touched |= touched_by(asked)
        try:
            self.gather(target, gathered, asked.resources)
        except BuildError as error:
            raise within(error, "accumulating resources") from None
        configure(target, gathered)
        self._generate(target, gathered)
        try:
            self._components(target, gathered)
        except BuildError as error:
            raise within(error, "accumulating components") from None
        self._transform(target, gathered)
        validate(gathered, self._configs(target, gathered, target.asked.validators), target.place)
        add_variables(gathered, asked.variables)

    def gather(self, target: Target, gathered: Accumulator, paths: Iterable[str]) -> None:
        """Add files and bases."""
        for path in paths:
            try:
                self._file_or_base(target, gathered, path)
            except Remote as error:
                gathered.leave_out(error, target.file)

    def _file_or_base(self, target: Target, gathered: Accumulator, path: str) -> None:
        if (folder := target.loader.folder(path)) is not None:
            self._folder(target, gathered, path, folder=folder)
            return
        try:
            self._file(target, gathered, path)
        except Remote:
            raise
        except BuildError as not_a_file:
            self._folder(target, gathered, path, not_a_file)

    def _folder(
        self,
        target: Target,
        gathered: Accumulator,
        path: str,
        not_a_file: BuildError | None = None,
        folder: Entry | None = None,
    ) -> None:
        """Add a base; `not_a_file` says why a path names no file, where it is not known to be a folder."""
        try:
            loader = target.loader.enter(path, folder)
        except Remote:
            raise
        except BuildError as not_a_folder:
            if not_a_file is not None and "MalformedYAMLError" in not_a_file.message:
                raise not_a_file from None
            raise self._neither(target, path, not_a_file, not_a_folder) from None
        try:
            self._base(loader, self._way(target, path), gathered)
        except Remote:
            raise
        except BuildError as error:
            raise self._neither(target, path, not_a_file, error) from None

    def _way(self, target: Target, path: str) -> str:
        """The way to a folder, where origins are to tell it."""
        return provenance.below(target.way, path) if self.tells_origins else ""

    def _neither(
        self, target: Target, path: str, not_a_file: BuildError | None, not_a_folder: BuildError
    ) -> BuildError:
        if not_a_file is None:
            try:
                target.loader.file(path)
            except BuildError as error:
                not_a_file = within(error, f"accumulating resources from '{path}'")
        assert not_a_file is not None, f"{path} is a file"
        return within(not_a_folder, f"accumulation err='{not_a_file.message}'")

    def _file(self, target: Target, gathered: Accumulator, path: str) -> None:
        try:
            entry = target.loader.file(path)
            how = ("resources", entry.path, path)
            found = target.loader.blobs.parsed(
                target.loader.snapshot,
                entry,
                how,
                lambda data: _resources(data, entry.path, path),
                Question.OBJECTS,
            )
        except Remote:
            raise
        except BuildError as error:
            raise within(error, f"accumulating resources from '{path}'") from None
        if self.tells_origins:
            way = provenance.below(target.way, path)
            found = tuple(provenance.from_file(resource, way) for resource in found)
        try:
            gathered.append(found)
        except BuildError as error:
            raise within(error, f"merging resources from '{path}'") from None

    def _base(self, loader: Loader, way: str, gathered: Accumulator) -> None:
        base = Base(loader.root, self.tolerant, loader.may_be_empty)
        if self.tells_origins or self.schemas.chosen:
            made, _ = self._made(loader, way)
        else:
            made = self.shared.get(self.snapshot, base, loader, lambda inner: self._made(inner, way))
        if isinstance(made, Failed):
            gathered.resources += made.resources
            gathered.entered += made.entered
            raise afresh(made.error)
        try:
            gathered.merge(made)
        except BuildError as error:
            raise within(error, f"recursed merging from path '{loader.root or '.'}'") from None

    def _made(self, loader: Loader, way: str) -> tuple[Outcome, bool]:
        """A base's accumulation, and whether it would be the same in another build."""
        made = Accumulator(self.schemas, tolerant=self.tolerant)
        try:
            self._accumulate_base(loader, way, made)
        except BuildError as error:
            lasting = not self.schemas.chosen and not isinstance(error, Cycle)
            return Failed(afresh(error), tuple(made.resources), tuple(made.entered)), lasting
        return made.finished(), not self.schemas.chosen and made.taken < _BYTES_REMEMBERED

    def _accumulate_base(self, loader: Loader, way: str, made: Accumulator) -> None:
        target = self._enter(loader, way, made)
        folder = loader.root or "."
        if target.asked.kind == COMPONENT:
            raise BuildError(f"expected kind != 'Component' for path '{folder}'")
        try:
            self.accumulate(target, made)
        except Remote:
            raise
        except BuildError as error:
            raise within(error, f"recursed accumulation of path '{folder}'") from None

    def _enter(self, loader: Loader, way: str, gathered: Accumulator) -> Target:
        gathered.entered.append(loader.root)
        if len(gathered.entered) > _FOLDERS_ALLOWED:
            raise BuildError(f"more than {_FOLDERS_ALLOWED} folders: not built")
        try:
            target = load(loader, way)
        except BuildError as error:
            raise within(error, f"couldn't make target for path '{loader.root or '.'}'") from None
        self.choose_schema(target, gathered, root=False)
        return target

    def choose_schema(self, target: Target, gathered: Accumulator, *, root: bool) -> None:
        """Go by the schema that a kustomization names, if it names one."""
        try:
            self.schemas.choose(target.asked.openapi, target.loader, root=root)
        except Remote as error:
            gathered.leave_out(error, target.file)

    def _components(self, target: Target, gathered: Accumulator) -> None:
        for path in target.asked.components:
            try:
                loader = target.loader.enter(path)
            except Remote as error:
                gathered.leave_out(error, target.file)
                continue
            except BuildError as error:
                raise saying(error, f"loader.New {quoted(error.message)}") from None
            try:
                self._component(loader, self._way(target, path), gathered)
            except Remote:
                raise
            except BuildError as error:
                raise saying(error, f"accumulateDirectory: {quoted(error.message)}") from None

    def _component(self, loader: Loader, way: str, gathered: Accumulator) -> None:
        target = self._enter(loader, way, gathered)
        folder = loader.root or "."
        if target.asked.kind != COMPONENT:
            raise BuildError(f"expected kind 'Component' for path '{folder}' but got '{target.asked.kind}'")
        try:
            self.accumulate(target, gathered)
        except BuildError as error:
            raise within(error, f"recursed accumulation of path '{folder}'") from None
        try:
            gathered.refuse_duplicates()
        except BuildError as error:
            raise within(error, f"recursed merging from path '{folder}'") from None

    def _generate(self, target: Target, gathered: Accumulator) -> None:
        asked, place = target.asked, target.place
        generators = builtin_generators(asked, place, lambda kind: self._configurer(target, kind))
        refuse_charts(asked)
        try:
            generators += [
                Generator(generator(config, place), provenance.configurer_of(config))
                for config in self._configs(target, gathered, asked.generators)
            ]
        except BuildError as error:
            raise within(error, "loading generator plugins: failed to load generator") from None
        run(generators, gathered)

    def _configurer(self, target: Target, kind: str) -> Configurer | None:
        if not self.tells_origins:
            return None
        return provenance.builtin(target.way, target.file.rpartition("/")[2], kind)

    def _configs(self, target: Target, gathered: Accumulator, entries: Sequence[str]) -> list[Resource]:
        """The objects that configure plugins: written inline, then those in files and folders."""
        found = Accumulator(
            self.schemas, tolerant=self.tolerant, opaque=gathered.opaque, entered=gathered.entered
        )
        paths = []
        for entry in entries:
            try:
                inline = contents(entry.encode("utf-8", "surrogateescape"))
            except BuildError:
                paths.append(entry)
                continue
            found.append(self._inline(content, target) for _, content in inline)
        self.gather(target, found, paths)
        return found.resources

    def _inline(self, content: Mapping[str, Node], target: Target) -> Resource:
        origin = Origin(target.file, 0, generated=True)
        config = Resource(content=content, id=id_of(content), origin=origin)
        if not self.tells_origins:
            return config
        return provenance.from_file(config, provenance.below(target.way, target.file.rpartition("/")[2]))

    def _transform(self, target: Target, gathered: Accumulator) -> None:
        steps: list[tuple[Step, Configurer | None]] = [
            (step.run, self._configurer(target, step.kind))
            for step in configured(target.asked, gathered.configuration, target.place)
        ]
        steps += [
            (transformer(config, target.place), provenance.configurer_of(config))
            for config in self._configs(target, gathered, target.asked.transformers)
        ]
        for step, configurer in steps:
            step(gathered)
            if configurer is not None:
                gathered.become(provenance.transformed(gathered.resources, configurer))


def _resources(data: bytes, path: RepoPath, written: str) -> tuple[Resource, ...]:
    """A file's resources, no two of one id."""
    try:
        found = Accumulator()
        found.append(resources_of(data, path))
    except BuildError as error:
        if "MalformedYAMLError" not in error.message:
            raise
        raise BuildError(f"{error.message} in File: {written}") from None
    return tuple(found.resources)
