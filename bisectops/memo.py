"""Remember a pure function of a snapshot by what it read, absences included.

A build is a pure function of the answers git gave it. `Recorder` notes each answer; a `Trace` is a
finished value with the answers behind it; it holds in every commit that would answer the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
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
    NAMED = "named"
    """How are the objects at and beneath it called, and which folders do Kustomizations among them build?

    Answered by the Oid of what is there, file or folder, None where nothing is.
    """

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

    def __init__(self, snapshot: Snapshot, hints: Sequence[Asked] = ()) -> None:
        """`hints` are answers that are likely to differ from those of other commits."""
        self._snapshot = snapshot
        self.hints = hints
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

    @property
    def behind(self) -> Snapshot:
        """The snapshot that answers."""
        return behind(self._snapshot)

    def beneath(self, path: RepoPath) -> Snapshot:
        """The snapshot itself, for who looks for NAMED at and beneath a path."""
        entry = self._snapshot.entry(path)
        self.reads[Question.NAMED, path] = entry.oid if entry else None
        return beneath(self._snapshot, path)


def beneath(snapshot: Snapshot, path: RepoPath) -> Snapshot:
    """A snapshot, for who looks for NAMED at and beneath a path; a recorder notes that alone."""
    return snapshot.beneath(path) if isinstance(snapshot, Recorder) else snapshot


def behind(snapshot: Snapshot) -> Snapshot:
    """A snapshot of which nothing is noted, for who notes by other means what was read."""
    return snapshot.behind if isinstance(snapshot, Recorder) else snapshot


def read_for(question: Question, snapshot: Snapshot, blob: RepoPath) -> bytes:
    """A blob's bytes; a recorder notes for what they were read."""
    return snapshot.read_for(question, blob) if isinstance(snapshot, Recorder) else snapshot.read(blob)


K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Trace(Generic[T]):
    """A finished value and every answer of git behind it."""

    __slots__ = ("_folder", "_holding", "_outside", "reads", "value")

    def __init__(self, reads: Reads, value: T, folder: RepoPath | None = None) -> None:
        """`folder` is one beneath which most of what was read lies, where there is one."""
        self.reads = reads
        self.value = value
        self._folder = folder
        self._holding: set[Oid] = set()
        """The Oids of that folder in which every answer from beneath it is known to be the same."""
        self._outside: tuple[Asked, ...] | None = None

    def made_in(self, snapshot: Snapshot) -> Trace[T]:
        """The same, known to hold in the snapshot that answered."""
        here = None if self._folder is None else snapshot.entry(self._folder)
        if here is not None:
            self._holding.add(here.oid)
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and self.reads == other.reads and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]

    def holds_in(self, snapshot: Snapshot, hints: Iterable[Asked] = ()) -> bool:
        """Would the function read the same in this snapshot, and so return the same?

        A folder's Oid stands for all that lies beneath: it is looked into once. `hints` are answers that
        are likely to differ, looked at before the rest.
        """
        here = None if self._folder is None else snapshot.entry(self._folder)
        if here is not None and here.oid in self._holding:
            return all(answer(snapshot, *asked) == self.reads[asked] for asked in self._elsewhere())
        holds = not self.fails_at(snapshot, hints) and all(
            answer(snapshot, *asked) == was for asked, was in self.reads.items()
        )
        if holds and here is not None:
            self._holding.add(here.oid)
        return holds

    def _elsewhere(self) -> tuple[Asked, ...]:
        if self._outside is None:
            beneath = f"{self._folder}/" if self._folder else ""
            self._outside = tuple(asked for asked in self.reads if not f"{asked[1]}/".startswith(beneath))
        return self._outside

    def fails_at(self, snapshot: Snapshot, hints: Iterable[Asked]) -> bool:
        """Does one of these answers, if the function read it, differ in this snapshot?"""
        return any(asked in self.reads and answer(snapshot, *asked) != self.reads[asked] for asked in hints)


class Bounded(dict[K, T]):
    """A memory that forgets what it learnt first; what is still needed is then learnt again."""

    def __init__(self, most: int) -> None:
        """`most`: how many entries are kept."""
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: T) -> None:
        super().__setitem__(key, value)
        if len(self) > self._most:
            del self[next(iter(self))]


class Identified(Generic[T]):
    """What came of trees, remembered by which they are: most of a commit's trees are the last one's.

    Trees are never changed in place, and an entry holds its own, so that no other can take their identity.
    """

    def __init__(self, most: int) -> None:
        """`most`: how many answers are kept."""
        self._known: Bounded[tuple[Hashable, ...], tuple[tuple[object, ...], T]] = Bounded(most)

    def get(self, trees: tuple[object, ...], how: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of these trees; `how` is all else that it depends on."""
        key = (how, *map(id, trees))
        entry = self._known.get(key)
        if entry is None:
            entry = self._known[key] = (trees, make())
        return entry[1]


class Memo(Generic[K, T]):
    """Makes a value once per distinct set of answers; what is not read from git must be in the key."""

    def __init__(
        self,
        make: Callable[[Snapshot, K], T],
        *,
        traces_per_key: int = 2,
        keys: int = 500,
        folder: Callable[[K], RepoPath | None] = lambda key: None,
    ) -> None:
        """Keeps the newest traces of each key, and the keys that were asked for last.

        `folder` says beneath which folder a key's function reads most of what it reads.
        """
        self._make = make
        self._folder = folder
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
            if traces[index].holds_in(snapshot, hints):
                traces.append(traces.pop(index))
                return traces[-1]
        recorder = Recorder(snapshot, hints)
        trace = Trace(recorder.reads, self._make(recorder, key), self._folder(key)).made_in(snapshot)
        self.made += 1
        traces.append(trace)
        del traces[: -self._limit]
        return trace
