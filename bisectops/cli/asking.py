"""The one place where options become a request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from bisectops.cli.dates import moment
from bisectops.cli.filters import objects_named, rules_named
from bisectops.cli.ranges import parse_range
from bisectops.history.request import Request


def of_commit(
    directory: Path, rev: str, cluster: Iterable[str], rule: Iterable[str] = (), object: Iterable[str] = ()
) -> Request:
    """A question about one commit. Raises RequestError where a rule or an object is misnamed."""
    return Request(
        directory=str(directory),
        bad=rev,
        clusters=tuple(cluster),
        rules=rules_named(rule),
        objects=objects_named(object),
    )


def of_two(directory: Path, old: str, new: str, cluster: Iterable[str]) -> Request:
    """A question about two commits."""
    return Request(directory=str(directory), good=old, bad=new, clusters=tuple(cluster))


def of_range(
    directory: Path,
    range: str | None,
    good: str | None,
    bad: str | None,
    since: str | None,
    until: str | None,
    cluster: Iterable[str],
    rule: Iterable[str],
    object: Iterable[str],
) -> Request:
    """A question about a line. Raises RequestError where something is misnamed or said twice."""
    asked = parse_range(range, good, bad)
    now = datetime.now().astimezone()
    return Request(
        directory=str(directory),
        good=asked.good,
        bad=asked.bad,
        since=moment(since, "--since", now) if since is not None else None,
        until=moment(until, "--until", now, end=True) if until is not None else None,
        clusters=tuple(cluster),
        rules=rules_named(rule),
        objects=objects_named(object),
    )
