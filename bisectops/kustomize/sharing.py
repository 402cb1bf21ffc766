"""Bases that several kustomizations build on, accumulated once for each set of answers they rest on.

An accumulation, a failed one too, is a pure function of what it read, but for the folders entered before
it: a base that leads back to one of them is a cycle, so a remembered one is asked again where it went.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from bisectops.errors import BuildError
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.accumulator import Accumulated
from bisectops.kustomize.loader import Loader
from bisectops.kustomize.resource import Resource
from bisectops.memo import Asked, Recorder, Trace, behind

_BASES_KEPT = 2048
_TRACES_KEPT = 2


class Base(NamedTuple):
    """What an accumulation depends on besides the files it read."""

    root: RepoPath
    tolerant: bool
    may_be_empty: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """A base that does not build."""

    error: BuildError
    resources: tuple[Resource, ...]
    """What had been gathered by then."""
    entered: tuple[RepoPath, ...]


Outcome: TypeAlias = Accumulated | Failed


class Shared:
    """Accumulations of bases, within a commit and between commits."""

    def __init__(self) -> None:
        self._traces: OrderedDict[Base, list[Trace[Outcome]]] = OrderedDict()
        self.made = 0
        """How many bases were accumulated rather than remembered."""

    def get(
        self,
        snapshot: Snapshot,
        base: Base,
        loader: Loader,
        make: Callable[[Loader], tuple[Outcome, bool]],
    ) -> Outcome:
        """The accumulation of a base, made if none that is remembered holds.

        `make` also says whether what it made may be remembered. `snapshot` is that of the whole build;
        the loader's own may be the recorder of a base around this one.
        """
        here = behind(snapshot)
        hints = snapshot.hints if isinstance(snapshot, Recorder) else ()
        trace = self._held(here, base, hints)
        if trace is None or not loader.allows(trace.value.entered):
            recorder = Recorder(here)
            made, lasting = make(loader.reading(recorder))
            self.made += 1
            trace = Trace(recorder.reads, made, base.root).made_in(here)
            if lasting:
                self._keep(base, trace)
        for outer in (snapshot, loader.snapshot):
            if isinstance(outer, Recorder):
                outer.reads.update(trace.reads)
        return trace.value

    def _held(self, snapshot: Snapshot, base: Base, hints: Sequence[Asked]) -> Trace[Outcome] | None:
        traces = self._traces.get(base)
        if traces is None:
            return None
        self._traces.move_to_end(base)
        return next((trace for trace in reversed(traces) if trace.holds_in(snapshot, hints)), None)

    def _keep(self, base: Base, trace: Trace[Outcome]) -> None:
        traces = self._traces.setdefault(base, [])
        traces.append(trace)
        del traces[:-_TRACES_KEPT]
        if len(self._traces) > _BASES_KEPT:
            self._traces.popitem(last=False)
