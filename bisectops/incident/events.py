"""Kubernetes events, given as a file, matched with the symptoms that git proves."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bisectops.errors import RequestError
from bisectops.rules.finding import Finding
from bisectops.yaml.fields import integer, mapping, mappings, text

_LARGEST = 256 << 20


@dataclass(frozen=True, slots=True)
class Event:
    """How often a cluster told a message of an object."""

    kind: str
    namespace: str
    name: str
    message: str
    count: int


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of `kubectl get events -A -o json` (or of `flux events -o json`); raises RequestError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise RequestError(f"'{path}' is larger than {_LARGEST >> 20} MiB", hint="filter it by namespace")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise RequestError(f"cannot read '{path}': {error.strerror}") from error
    except ValueError as error:
        raise RequestError(
            f"'{path}' is not JSON", hint="make it with `kubectl get events -A -o json > events.json`"
        ) from error
    items = mappings({"items": content} if isinstance(content, list) else content, "items")
    if not items:
        raise RequestError(f"'{path}' holds no events", hint="`kubectl get events -A -o json` prints a List")
    return tuple(_event(item) for item in items)


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
    told = [
        event.count
        for event in events
        if (message := wanted.get((event.kind, event.namespace, event.name))) and message in event.message
    ]
    return sum(told) if told else None


def _core(message: str) -> str:
    """The part of a message that every controller version says alike: its last `"name" not found` tail."""
    return message.rpartition(": ")[2] if message.endswith("not found") else message
