"""Kubernetes events, given as a file, matched with the symptoms that git proves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bisectops.errors import RequestError
from bisectops.rules.finding import Finding
from bisectops.yaml.fields import integer, mapping, mappings, text

_LARGEST = 256 << 20
_COLUMNS = re.compile(r"\s*\t\s*|\s{2,}")
"""Tables are aligned with tabs or with two spaces and more; a single space stands within a cell."""
_TIMES = re.compile(r"\(x(\d+) over ")
"""`3m (x12 over 5h)`: seen twelve times."""


@dataclass(frozen=True, slots=True)
class Event:
    """How often a cluster told a message of an object."""

    kind: str
    namespace: str
    name: str
    message: str
    count: int


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of a file; raises RequestError.

    Either what `kubectl get events -A -o json` prints, or the table of `flux events -A`.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise RequestError(f"'{path}' is larger than {_LARGEST >> 20} MiB", hint="filter it by namespace")
        written = path.read_text("utf-8", "replace")
    except OSError as error:
        raise RequestError(f"cannot read '{path}': {error.strerror}") from error
    events = _of_json(path, written) if written.lstrip().startswith(("{", "[")) else _of_table(written)
    if not events:
        raise RequestError(
            f"'{path}' holds no events", hint="make it with `kubectl get events -A -o json > events.json`"
        )
    return events


def _of_json(path: Path, written: str) -> tuple[Event, ...]:
    try:
        content = json.loads(written)
    except ValueError as error:
        raise RequestError(f"'{path}' is not JSON: {error}") from error
    items = mappings({"items": content} if isinstance(content, list) else content, "items")
    return tuple(_event(item) for item in items)


def _of_table(written: str) -> tuple[Event, ...]:
    """The rows under a header such as `NAMESPACE  LAST SEEN  TYPE  REASON  OBJECT  MESSAGE`."""
    header, _, rows = written.lstrip("\n").partition("\n")
    columns = [found.strip() for found in _COLUMNS.split(header.strip())]
    if "OBJECT" not in columns or "MESSAGE" not in columns:
        return ()
    return tuple(event for row in rows.splitlines() if (event := _of_row(columns, row)))


def _of_row(columns: list[str], row: str) -> Event | None:
    cells = dict(zip(columns, _COLUMNS.split(row.strip(), maxsplit=len(columns) - 1), strict=False))
    kind, _, name = cells.get("OBJECT", "").strip().partition("/")
    if not name or "MESSAGE" not in cells:
        return None
    times = _TIMES.search(cells.get("LAST SEEN", ""))
    return Event(
        kind=kind,
        namespace=cells.get("NAMESPACE", "").strip(),
        name=name,
        message=cells["MESSAGE"].strip(),
        count=int(times[1]) if times else 1,
    )


def _event(item: Any) -> Event:
    about = mapping(item, "involvedObject") or mapping(item, "regarding")
    counts = (integer(item, "count"), integer(item, "series", "count"), integer(item, "deprecatedCount"))
    return Event(
        kind=text(about, "kind") or "",
        namespace=text(about, "namespace") or "",
        name=text(about, "name") or "",
        message=text(item, "message") or text(item, "note") or "",
        count=max((count for count in counts if count), default=1),
    )


def count(events: Iterable[Event], findings: Iterable[Finding]) -> int | None:
    """How often the events tell these findings: same object, and the message in the event's text."""
    wanted = {(f.subject.kind, f.subject.namespace, f.subject.name): _core(f.message) for f in findings}
    wanted |= {(kind, "", name): message for (kind, _, name), message in wanted.items()}
    told = [
        event.count
        for event in events
        if (message := wanted.get((event.kind, event.namespace, event.name))) and message in event.message
    ]
    return sum(told) if told else None


def _core(message: str) -> str:
    """The part of a message that every controller version says alike: its last `"name" not found` tail."""
    return message.rpartition(": ")[2] if message.endswith("not found") else message
