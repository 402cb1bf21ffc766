"""What counts as failing while a history goes by.

Judging a commit needs the commit before it; telling what counts needs all that came before. The two
are apart, so that parts of a history can be judged anywhere and in any order, and counted in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bisectops.git.objects import Oid
from bisectops.history.proofs import Proof
from bisectops.history.told import Told
from bisectops.history.unseen import Backstage, Unseen
from bisectops.rules.finding import Finding
from bisectops.rules.sight import Shift
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
    made: Mapping[str, Oid] = field(default_factory=dict)
    """By id of what was introduced as it seems: the older commit that made it out of sight."""
    shifts: tuple[Shift, ...] = ()
    """What went out of sight, or may have come back, by cluster."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The clusters that findings call otherwise from now on, by their names before."""
    gone: tuple[str, ...] = ()
    """The clusters that are no longer there."""
    untestable: str = ""
    """Why the commit could not be judged."""
    rootless: bool = False
    """It could not, because nothing starts a reconciliation."""

    @property
    def quiet(self) -> bool:
        """Did nothing change, in a commit that could be judged?"""
        return not (
            self.introduced
            or self.revised
            or self.resolved
            or self.shifts
            or self.renamed
            or self.gone
            or self.untestable
        )

    @property
    def breaks(self) -> bool:
        """Does the commit introduce what counts, as far as can be told without those before it?"""
        return any(each.counts or each.id in self.proofs for each in self.introduced)


class Tally:
    """The findings that count, commit after commit.

    A `possible` finding counts once history proves it. Commits before the first that has a cluster
    root are no alarm: nothing is introduced yet. What goes out of sight counts no longer, and is not
    resolved.
    """

    def __init__(self) -> None:
        self._counted: dict[str, Finding] = {}
        self._proofs: dict[str, Proof] = {}
        self._backstage = Backstage()
        self._begun = False

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Tally:
        """The tally of a commit of whose past nothing is known."""
        tally = cls()
        tally._begun = True
        tally._counted = {each.id: each for each in findings if each.counts}
        return tally

    def copy(self) -> Tally:
        """One that goes on by itself from here."""
        tally = Tally()
        tally._counted, tally._proofs, tally._begun = dict(self._counted), dict(self._proofs), self._begun
        tally._backstage = self._backstage.copy()
        return tally

    @property
    def findings(self) -> dict[str, Finding]:
        """What counts as failing at the last commit that could be judged, by id."""
        return dict(self._counted)

    @property
    def unseen(self) -> Mapping[str, Unseen]:
        """What was failing when it was last judged, and is out of sight since, by id."""
        return self._backstage.failures

    @property
    def known(self) -> dict[str, Finding]:
        """Both: what fails as far as anybody knows, by id."""
        return {**{key: each.finding for key, each in self.unseen.items()}, **self._counted}

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
        told = Told()
        went = [found for key in judged.resolved if (found := self._counted.pop(key, None)) is not None]
        for cluster in judged.gone:
            told.late += self._backstage.drop(cluster)
        if judged.renamed:
            told.renamed += self._rename(judged.renamed)
        shifts = {shift.cluster: shift for shift in judged.shifts}
        for finding in went:
            self._put_away(finding, judged, shifts, told)
        lifted = [key for shift in judged.shifts for key in self._backstage.lift(shift)]
        self._proofs.update(judged.proofs)
        for finding in (*judged.introduced, *judged.revised):
            self._take(finding, judged.made.get(finding.id), told)
        failures = self._backstage.failures
        told.late += [failures.pop(key).finding for key in lifted if key in failures]
        for finding in (*told.resolved, *told.late):
            self._proofs.pop(finding.id, None)
        return told.step(judged.commit)

    def _rename(self, names: Mapping[str, str]) -> list[tuple[Finding, Finding]]:
        """Call clusters otherwise; the failures as they were called, and as they are."""
        counted, self._counted = self._counted, {}
        renamed = self._backstage.rename(names)
        for before in counted.values():
            name = names.get(before.cluster)
            after = before if name is None else replace(before, cluster=name)
            self._counted[after.id] = after
            if name is not None:
                renamed.append((before, after))
        ids = {before.id: after.id for before, after in renamed}
        self._proofs = {ids.get(key, key): proof for key, proof in self._proofs.items()}
        return renamed

    def _put_away(self, finding: Finding, judged: Judged, shifts: Mapping[str, Shift], told: Told) -> None:
        """Take over that a finding is no longer told: what it is about is out of sight, or it is resolved."""
        if finding.cluster not in judged.gone:
            name = judged.renamed.get(finding.cluster, finding.cluster)
            unseen = replace(finding, cluster=name)
            if name in shifts and self._backstage.hide(unseen, judged.commit, shifts[name]):
                told.hidden.append(unseen)
                told.renamed += [(finding, unseen)] if name != finding.cluster else []
                return
        told.resolved.append(finding)

    def _take(self, finding: Finding, maker: Oid | None, told: Told) -> None:
        if proof := self._proofs.get(finding.id):
            because = (*finding.because, proof.because)
            finding = replace(finding, certainty=proof.certainty, because=because)
        unseen = self._backstage.failures.pop(finding.id, None)
        before = self._counted.pop(finding.id, None)
        if finding.counts:
            self._counted[finding.id] = finding
            if unseen is not None:
                told.seen.append(finding)
            elif before is None and maker is not None:
                told.seen.append(finding)
                told.made[finding.id] = maker
            elif before is None:
                told.introduced.append(finding)
        elif unseen is not None:
            told.late.append(unseen.finding)
        elif before is not None:
            told.resolved.append(before)
