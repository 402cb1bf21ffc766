"""Commits that only look guilty: the newest, and the last to touch the files of what fails."""

from __future__ import annotations

from itertools import islice

from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.incident.incident import Bystander, Link
from bisectops.incident.trail import Trail

_LOOKED_AT = 500
"""Commits of the line, from the newest, in which a last touch is looked for."""
_MOST = 4


def not_to_blame(repository: Repository, trail: Trail, links: tuple[Link, ...]) -> tuple[Bystander, ...]:
    """The suspects that a glance at `git log` would name, and why they are none."""
    if not links:
        return ()
    guilty = {link.commit.oid for link in links}
    suspects: dict[Oid, str] = {}
    for path, commit in _last_touches(repository, trail):
        if commit not in guilty:
            suspects.setdefault(commit, f"the last to touch `{path}`; {_innocence(trail, path, commit)}")
    if trail.line.bad not in guilty:
        suspects.setdefault(
            trail.line.bad,
            "the newest commit of the range; it changed none of these failures",
        )
    return tuple(Bystander(repository.commit(oid), why) for oid, why in islice(suspects.items(), _MOST))


def _innocence(trail: Trail, path: RepoPath, commit: Oid) -> str:
    """What fails in a file came with another commit, before this one or after it."""
    order = {oid: index for index, oid in enumerate(trail.line.commits)}
    began = {trail.began[finding.id] for finding in trail.new if finding.origin.path == path}
    last = max(began, key=lambda oid: order.get(oid, -1))
    when = "after" if order.get(commit, -1) < order.get(last, -1) else "before"
    return f"what fails there came with `{last[:7]}`, {when} it"


def _last_touches(repository: Repository, trail: Trail) -> list[tuple[RepoPath, Oid]]:
    """The last commit of the line to touch each file that a failing object is written in."""
    wanted = {finding.origin.path for finding in trail.new}
    found: list[tuple[RepoPath, Oid]] = []
    for commit in islice(reversed(trail.line.commits), _LOOKED_AT):
        parent = next(iter(repository.parents(commit)), None)
        touched = wanted & {change.path for change in repository.changes(parent, commit)} if parent else set()
        found += [(path, commit) for path in sorted(touched)]
        wanted -= touched
        if not wanted:
            break
    return found
