"""What an answer says it could not see."""

from __future__ import annotations

from pathlib import Path

from scribe import ROOT, Scribe, app, build

from bisectops.history.request import Request
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter


def test_of_many_inputs_from_elsewhere_the_first_are_named_and_each_note_is_told_once(tmp_path: Path) -> None:
    urls = [f"https://example.org/crd-{number}.yaml" for number in range(5)]
    both = {
        f"clusters/{name}/flux-system/gotk-sync.yaml": ROOT.replace("./cluster", f"./clusters/{name}")
        for name in "ab"
    }
    scribe = Scribe()
    files = (
        both
        | {f"clusters/{name}/crds.yaml": app("crds", "flux-system") for name in "ab"}
        | {"base/kustomization.yaml": build(*urls)}
    )
    first = scribe.commit(files)
    scribe.commit({"clusters/b/more.yaml": app("more", "nobody")}, first)
    scribe.repository(tmp_path)
    incident = blame(Request(directory=str(tmp_path), good="c1", bad="c2"), Reporter())
    told = [note for note in incident.notes if "flux-system/crds takes inputs" in note]
    assert told == [
        "Kustomization/flux-system/crds takes inputs that are not in this repository: "
        f"{', '.join(urls[:3])} and 2 more"
    ]
