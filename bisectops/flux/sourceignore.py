"""Which files source-controller leaves out of an artifact: .sourceignore files and spec.ignore.

The syntax is gitignore's, the meaning is not quite: each path is judged by itself, so that a file under
an excluded folder can come back, `/**` matches nothing, and a malformed pattern is no error. Hence no
gitignore library. Facts: fluxcd/pkg sourceignore/sourceignore.go, sourceignore/gitignore/pattern.go,
artifact/storage/archive.go (SourceIgnoreFilter).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bisectops.flux.glob import glob
from bisectops.git.objects import ROOT, Change, EntryKind, Oid, PathEscapes, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.memo import Bounded

IGNORE_FILE = ".sourceignore"
_VCS = ".git/ .gitignore .gitmodules .gitattributes"
_DEFAULTS = (
    "*.jpg *.jpeg *.gif *.png *.wmv *.flv *.tar.gz *.zip"
    " .github/ .circleci/ .travis.yml .gitlab-ci.yml appveyor.yml .drone.yml cloudbuild.yaml"
    " codeship-services.yml codeship-steps.yml **/.goreleaser.yml **/.sops.yaml **/.flux.yaml"
)
_DEEPEST = 200
_REMEMBERED = 50_000
_FOLDERS_REMEMBERED = 8_000
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of an ignore file."""

    domain: tuple[str, ...]
    """The folder of the file it stands in: other paths are none of its business."""
    segments: tuple[str, ...]
    """More than one: matched from the domain's folder on; a single one: against every name of a path."""
    includes: bool
    folders_only: bool

    def matches(self, parts: tuple[str, ...], *, folder: bool) -> bool:
        """Does it say anything about a path?"""
        inside = len(self.domain)
        if len(parts) <= inside or parts[:inside] != self.domain:
            return False
        matches = self._anywhere if len(self.segments) == 1 else self._anchored
        return matches(parts[inside:], folder)

    def _anywhere(self, parts: tuple[str, ...], folder: bool) -> bool:
        for position, name in enumerate(parts, start=1):
            if _fits(self.segments[0], name):
                return folder or not self.folders_only or position < len(parts)
        return False

    def _anchored(self, parts: tuple[str, ...], folder: bool) -> bool:
        at, matched, floating = 0, False, False
        for position, segment in enumerate(self.segments, start=1):
            if segment == "**" and position == len(self.segments):
                break
            if segment in ("", "**"):
                floating = segment == "**"
                continue
            if "**" in segment or at == len(parts):
                return False
            while floating and at < len(parts) - 1 and not _fits(segment, parts[at]):
                at += 1
            matched = _fits(segment, parts[at])
            if not matched and not floating:
                return False
            at, floating = at + 1, False
        return matched and (folder or not self.folders_only or at < len(parts))


def _fits(segment: str, name: str) -> bool:
    if not _is_glob(segment):
        return segment == name
    compiled = glob(segment)
    return compiled is not None and compiled.longest.fullmatch(name) is not None


def _is_glob(segment: str) -> bool:
    return not set(segment).isdisjoint("*?[\\")


def patterns(text: str, domain: tuple[str, ...] = ()) -> tuple[Pattern, ...]:
    """The patterns of an ignore file in a folder, in order."""
    return tuple(_pattern(line, domain) for line in _lines(text) if not line.startswith("#") and line.strip())


def _lines(text: str) -> Iterable[str]:
    for line in text.split("\n"):
        if len(line) >= _LONGEST_LINE:
            return  # Go's bufio.Scanner stops here, and its error is not looked at
        yield line.removesuffix("\r")


def _pattern(line: str, domain: tuple[str, ...]) -> Pattern:
    includes = line.startswith("!")
    line = line.removeprefix("!")
    if not line.endswith("\\ "):
        line = line.rstrip(" ")
    folders_only = line.endswith("/")
    segments = tuple(line.removesuffix("/").split("/"))
    if len(segments) == 2 and segments[0] == "**" and "**" not in segments[1]:
        segments = segments[1:]
    return Pattern(domain, segments, includes, folders_only)


class Ignore:
    """The patterns of one artifact; verdicts are remembered, so keep it from commit to commit."""

    def __init__(self, custom: tuple[Pattern, ...] = ()) -> None:
        defaults = _VCS if custom else f"{_VCS} {_DEFAULTS}"
        self.custom = custom
        """What the repository and spec.ignore say; one pattern is enough to lose the defaults."""
        self._patterns = patterns(defaults.replace(" ", "\n")) + custom
        self.fingerprint = hashlib.sha1(repr(custom).encode(), usedforsecurity=False).hexdigest()
        """Equal for equal custom patterns, in every run."""
        self.reincludes = any(pattern.includes for pattern in custom)
        """Can something beneath an excluded folder come back?"""
        self._names: dict[tuple[str, bool], int] = {}
        self._elsewhere = [
            (rank, pattern) for rank, pattern in enumerate(self._patterns) if not _by_name(pattern)
        ]
        by_name = [(rank, pattern) for rank, pattern in enumerate(self._patterns) if _by_name(pattern)]
        self._globs = [(rank, pattern) for rank, pattern in by_name if _is_glob(pattern.segments[0])]
        self._literals = {
            (pattern.segments[0], folder): rank
            for rank, pattern in by_name
            if not _is_glob(pattern.segments[0])
            for folder in ((True,) if pattern.folders_only else (True, False))
        }
        """The last pattern that is a file's, or a folder's, own name."""
        self._verdicts: dict[tuple[RepoPath, bool], bool] = {}
        self.kept_beneath: dict[tuple[RepoPath, Oid], bool] = {}
        """Whether anything of an excluded folder is kept: for ArtifactSnapshot."""

    def excludes(self, path: RepoPath, *, folder: bool) -> bool:
        """Is a file or folder left out? The last pattern that matches decides."""
        verdict = self._verdicts.get((path, folder))
        if verdict is None:
            if len(self._verdicts) > _REMEMBERED:
                self._verdicts.clear()
            rank = self._last_match(path, folder)
            verdict = self._verdicts[path, folder] = rank >= 0 and not self._patterns[rank].includes
        return verdict

    def _last_match(self, path: RepoPath, folder: bool) -> int:
        parts = tuple(path.split("/"))
        last = self._by_names(parts, folder)
        for rank, pattern in reversed(self._elsewhere):
            if rank < last:
                break
            if pattern.matches(parts, folder=folder):
                return rank
        return last

    def _by_names(self, parts: tuple[str, ...], folder: bool) -> int:
        above = max((self._by_one_name(name, True) for name in parts[:-1]), default=-1)
        return max(above, self._by_one_name(parts[-1], folder))

    def _by_one_name(self, name: str, folder: bool) -> int:
        rank = self._names.get((name, folder))
        if rank is None:
            literal = self._literals.get((name, folder), -1)
            globs = (
                at for at, pattern in self._globs if at > literal and pattern.matches((name,), folder=folder)
            )
            rank = self._names[name, folder] = max(globs, default=literal)
        return rank


@lru_cache(maxsize=64)
def _ignore(custom: tuple[Pattern, ...]) -> Ignore:
    """The same for all clusters that leave out the same: its verdicts serve them all."""
    return Ignore(custom)


def _by_name(pattern: Pattern) -> bool:
    return len(pattern.segments) == 1 and not pattern.domain


class _Location(NamedTuple):
    """An ignore file beneath a tree, by the names that lead to its folder."""

    folders: tuple[str, ...]


_beneath: Bounded[Oid, tuple[_Location, ...]] = Bounded(_FOLDERS_REMEMBERED)
"""By a folder's Oid, where in it such files are: the same for every cluster and commit."""


class IgnoreFiles:
    """Finds the .sourceignore files of snapshots; an unchanged folder is never walked twice."""

    def __init__(self) -> None:
        self._rules: dict[tuple[tuple[Pattern, ...], ...], Ignore] = {}
        self._last: tuple[tuple[str | None, RepoPath], Ignore] | None = None

    @property
    def settled(self) -> bool:
        """Can only a change of an ignore file itself change the rules that were given last?"""
        return self._last is not None

    def rules(
        self,
        snapshot: Snapshot,
        spec_ignore: str | None = None,
        changes: Sequence[Change] | None = None,
        base: RepoPath = ROOT,
    ) -> Ignore:
        """The rules of a commit's artifact: each folder's file in lexical order, then spec.ignore.

        `base` is the artifact's root in the repository, from where spec.ignore counts.
        `changes` are the paths that differ from the last snapshot asked about (None: any may).
        """
        untouched = changes is not None and not any(each.path.endswith(IGNORE_FILE) for each in changes)
        if untouched and self._last is not None and self._last[0] == (spec_ignore, base):
            return self._last[1]
        rules, linked = self._look(snapshot, spec_ignore, base)
        self._last = None if linked else ((spec_ignore, base), rules)
        return rules

    def _look(self, snapshot: Snapshot, spec_ignore: str | None, base: RepoPath) -> tuple[Ignore, bool]:
        """The rules, and whether a link led to some: what it points to may change under another name."""
        locations = self._locations(snapshot, RepoPath(""), 0)
        found = [
            patterns(_ignore_file(snapshot, location.folders), location.folders) for location in locations
        ]
        found.append(patterns(spec_ignore or "", tuple(base.split("/")) if base else ()))
        key = tuple(found)
        if key not in self._rules:
            self._rules[key] = _ignore(tuple(pattern for each in found for pattern in each))
        linked = any(_is_link(snapshot, location.folders) for location in locations)
        return self._rules[key], linked

    def _locations(self, snapshot: Snapshot, tree: RepoPath, depth: int) -> tuple[_Location, ...]:
        entry = snapshot.entry(tree)
        if entry is None or depth > _DEEPEST:
            return ()
        known = _beneath.get(entry.oid)
        if known is None:
            known = _beneath[entry.oid] = tuple(self._walk(snapshot, tree, depth))
        return known

    def _walk(self, snapshot: Snapshot, tree: RepoPath, depth: int) -> Iterable[_Location]:
        folders = []
        for child in snapshot.children(tree):
            name = child.path.rpartition("/")[2]
            if child.kind is EntryKind.TREE:
                folders.append((name, child.path))
            elif name == IGNORE_FILE:
                yield _Location(())
        for name, path in folders:
            for location in self._locations(snapshot, path, depth + 1):
                yield _Location((name, *location.folders))


def _is_link(snapshot: Snapshot, folders: tuple[str, ...]) -> bool:
    entry = snapshot.entry(RepoPath("/".join((*folders, IGNORE_FILE))))
    return entry is not None and entry.kind is EntryKind.SYMLINK


def _ignore_file(snapshot: Snapshot, folders: tuple[str, ...]) -> str:
    """An ignore file's text; a link is followed inside the repository, as opening it would."""
    path = RepoPath("/".join((*folders, IGNORE_FILE)))
    for _ in range(8):
        entry = snapshot.entry(path)
        if entry is None or entry.kind not in (EntryKind.BLOB, EntryKind.SYMLINK):
            return ""
        text = snapshot.read(path).decode("utf-8", "replace")
        if entry.kind is EntryKind.BLOB:
            return text
        try:
            path = repo_path(text, base=parent(path))
        except PathEscapes:
            return ""
    return ""
