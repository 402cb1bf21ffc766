"""What counts as failing while a history goes by.

Judging a commit needs the commit before it; telling what counts needs all that came before. The two
are apart, so that parts of a history can be judged anywhere and in any order, and counted in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bisectops.git.objects import Oid
from bisectops.history.proofs import Proof
from bisectops.rules.finding import Certainty, Finding
from bisectops.search.walk import Step, Untestable


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging one commit, after the one before it, told."""

    commit: Oid
    introduced: tuple[Finding, ...] = ()
    revised: tuple[Finding, ...] = ()
    """Findings that were there before, and are now told otherwise."""
    resolved: tuple[str, ...] = ()
    """Ids, of findings that never counted too."""
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    """By id, why a finding counts although git alone would leave it possible."""
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By id of what was introduced, the objects that it holds up."""
    untestable: str = ""
    """Why the commit could not be judged."""
    rootless: bool = False
    """It could not, because nothing starts a reconciliation."""

    @property
    def quiet(self) -> bool:
        """Did nothing change, in a commit that could be judged?"""
        return not (self.introduced or self.revised or self.resolved or self.untestable)


class Tally:
    """The findings that count, commit after commit.

    A `possible` finding counts once history proves it. Commits before the first that has a cluster
    root are no alarm: nothing is introduced yet.
    """

    def __init__(self) -> None:
        self._counted: dict[str, Finding] = {}
        self._proofs: dict[str, Proof] = {}
        self._begun = False

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Tally:
        """The tally of a commit of whose past nothing is known."""
        tally = cls()
        tally._begun = True
        tally._counted = {each.id: each for each in findings if each.certainty is not Certainty.POSSIBLE}
        return tally

    def copy(self) -> Tally:
        """One that goes on by itself from here."""
        tally = Tally()
        tally._counted, tally._proofs, tally._begun = dict(self._counted), dict(self._proofs), self._begun
        return tally

    @property
    def findings(self) -> dict[str, Finding]:
        """What counts as failing at the last commit that could be judged, by id."""
        return dict(self._counted)

    def __len__(self) -> int:
        return len(self._counted)

    def count(self, judged: Judged) -> Step[Finding]:
        """What a commit did to the findings that count."""
        if judged.untestable:
            early = judged.rootless and not self._begun
            return Step(judged.commit, untestable=None if early else Untestable(judged.untestable))
        self._begun = True
        if judged.quiet:
            return Step(judged.commit)
        resolved = self._resolve(judged)
        self._proofs.update(judged.proofs)
        introduced: list[Finding] = []
        for finding in (*judged.introduced, *judged.revised):
            self._take(finding, introduced, resolved)
        return Step(judged.commit, _sorted(introduced), _sorted(resolved))

    def _resolve(self, judged: Judged) -> list[Finding]:
        for key in judged.resolved:
            self._proofs.pop(key, None)
        gone = (self._counted.pop(key, None) for key in judged.resolved)
        return [finding for finding in gone if finding is not None]

    def _take(self, finding: Finding, introduced: list[Finding], resolved: list[Finding]) -> None:
        if proof := self._proofs.get(finding.id):
            because = (*finding.because, proof.because)
            finding = replace(finding, certainty=proof.certainty, because=because)
        before = self._counted.pop(finding.id, None)
        if finding.certainty is not Certainty.POSSIBLE:
            self._counted[finding.id] = finding
            if before is None:
                introduced.append(finding)
        elif before is not None:
            resolved.append(before)


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.id))
