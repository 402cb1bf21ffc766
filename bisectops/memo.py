"""Remember a pure function of a snapshot by what it read, absences included.

A build is a pure function of the answers git gave it. `Recorder` notes each answer; a `Trace` is a
finished value with the answers behind it; it holds in every commit that would answer the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from bisectops.git.objects import Entry, EntryKind, Oid, RepoPath
from bisectops.git.snapshot import Snapshot


class Question(Enum):
    """What was asked of a path; each has answers of its own shape."""

    KIND = "kind"
    """Is it there, and what is it? Answered by an EntryKind or None."""
    NAMES = "names"
    """What lies in this folder? Answered by the sorted (path, kind) pairs."""
    CONTENT = "content"
    """What does it say? Answered by the blob's Oid, None where nothing is."""
    OBJECTS = "objects"
    """Which objects does it hold? Answered as CONTENT is, by who looks at nothing else of the file."""

    __hash__ = object.__hash__  # by identity, as members are compared: it is hashed millions of times


Answer = EntryKind | Oid | tuple[tuple[RepoPath, EntryKind], ...] | None
Asked = tuple[Question, RepoPath]
Reads = Mapping[Asked, Answer]


def answer(snapshot: Snapshot, question: Question, path: RepoPath) -> Answer:
    """What a snapshot answers now to a question that was once asked."""
    if question is Question.NAMES:
        return tuple((child.path, child.kind) for child in snapshot.children(path))
    entry = snapshot.entry(path)
    if entry is None:
        return None
    if question is Question.KIND:
        return entry.kind
    return entry.oid


class Recorder:
    """A Snapshot that notes each answer it gives."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.reads: dict[tuple[Question, RepoPath], Answer] = {}

    def entry(self, path: RepoPath) -> Entry | None:
        entry = self._snapshot.entry(path)
        self.reads[Question.KIND, path] = entry.kind if entry else None
        return entry

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        children = self._snapshot.children(tree)
        self.reads[Question.NAMES, tree] = tuple((child.path, child.kind) for child in children)
        return children

    def read(self, blob: RepoPath) -> bytes:
        return self.read_for(Question.CONTENT, blob)

    def read_for(self, question: Question, blob: RepoPath) -> bytes:
        """A blob's bytes, read to answer CONTENT or OBJECTS."""
        entry = self._snapshot.entry(blob)
        self.reads[question, blob] = entry.oid if entry else None
        if isinstance(self._snapshot, Recorder):
            return self._snapshot.read_for(question, blob)
        return self._snapshot.read(blob)


K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trace(Generic[T]):
    """A finished value and every answer of git behind it."""

    reads: Reads
    value: T

    def holds_in(self, snapshot: Snapshot) -> bool:
        """Would the function read the same in this snapshot, and so return the same?"""
        return all(answer(snapshot, *asked) == was for asked, was in self.reads.items())

    def fails_at(self, snapshot: Snapshot, hints: Iterable[Asked]) -> bool:
        """Does one of these answers, if the function read it, differ in this snapshot?"""
        return any(asked in self.reads and answer(snapshot, *asked) != self.reads[asked] for asked in hints)


class Memo(Generic[K, T]):
    """Makes a value once per distinct set of answers; what is not read from git must be in the key."""

    def __init__(
        self, make: Callable[[Snapshot, K], T], *, traces_per_key: int = 4, keys: int = 1_500
    ) -> None:
        """Keeps the newest traces of each key, and the keys that were asked for last."""
        self._make = make
        self._limit = traces_per_key
        self._most = keys
        self._traces: OrderedDict[K, list[Trace[T]]] = OrderedDict()
        self.made = 0
        """How many times the function ran: what tests assert instead of time."""

    def get(self, snapshot: Snapshot, key: K, hints: Sequence[Asked] = ()) -> Trace[T]:
        """The trace that holds in this snapshot, made now if none does; newest tried first.

        `hints` are answers that are likely to differ: looked at first, they save looking at the rest.
        """
        traces = self._traces.setdefault(key, [])
        self._traces.move_to_end(key)
        if len(self._traces) > self._most:
            self._traces.popitem(last=False)
        for index in range(len(traces) - 1, -1, -1):
            if not traces[index].fails_at(snapshot, hints) and traces[index].holds_in(snapshot):
                traces.append(traces.pop(index))
                return traces[-1]
        recorder = Recorder(snapshot)
        trace = Trace(recorder.reads, self._make(recorder, key))
        self.made += 1
        traces.append(trace)
        del traces[: -self._limit]
        return trace
