from __future__ import annotations

import re
from dataclasses import replace

from bisectops.git.objects import RepoPath
from bisectops.incident.incident import Excerpt, Incident, Resolution, Verdict
from bisectops.report.markdown import markdown

HEADINGS = [
    "# SOPS Secret Management Troubleshooting",
    "## Issue Summary",
    "## Investigation Timeline",
    "### Initial Symptoms",
    "### Root Cause Analysis",
    "## Last Good Commit Pattern Analysis",
    "### Key Architectural Differences",
    "### Last Good Commit's Working Pattern",
    "### Our Broken Pattern",
    "## Resolution Strategy",
    "### 1. Bring the component back",
    "## Key Learnings",
    "### 1. Secrets are namespaced",
    "## Prevention",
    "### 1. Testing Strategy",
    "## Related Files",
    "## References",
]


def headings(report: str) -> list[str]:
    outside, fenced = [], False
    for line in report.splitlines():
        fenced ^= line.startswith("```")
        if not fenced and line.startswith("#"):
            outside.append(line)
    return outside


def test_every_part_of_the_document_stands_in_its_order(incident: Incident) -> None:
    assert headings(markdown(incident)) == HEADINGS


def test_a_part_with_nothing_to_say_is_kept_and_says_so(healthy: Incident) -> None:
    report = markdown(healthy)
    assert headings(report) == [
        "# Flux Reconciliation Troubleshooting",
        *HEADINGS[1:5],
        "## Working Pattern Analysis",
        "### Key Architectural Differences",
        "### Working Pattern",
        "### Our Broken Pattern",
        *(heading for heading in HEADINGS[9:] if heading.startswith("## ")),
    ]
    assert "**Problem**: Nothing is broken at `ddddddd`" in report
    assert re.search(r"^## .*\n\n+(## |\Z)", report, flags=re.MULTILINE) is None
    assert re.search(r"^### .*\n\n+(#|\Z)", report, flags=re.MULTILINE) is None


def test_the_chain_reads_as_in_the_document(incident: Incident) -> None:
    report = markdown(incident)
    assert (
        "**Commit Chain That Introduced Issues:**\n\n1. **bbbbbbb** (July 19, 15:19:36) - Initial" in report
    )
    assert (
        "\n2. **ccccccc** (July 19, 15:36:55) - Attempted fix\n   - Jonas Ekberg: *fix(apps): use" in report
    )
    assert "\n   - added `kubernetes/apps/kustomization.yaml` with `namespace: flux-system`\n" in report
    assert "\n   - **Impact**: 15 Kustomizations are back where no `sops-age` is\n" in report


def test_a_chain_over_new_year_says_the_years(incident: Incident) -> None:
    first, second = incident.chain
    later = replace(second, commit=replace(second.commit, time=second.commit.time + 200 * 86400))
    report = markdown(replace(incident, chain=(first, later)))
    assert "**bbbbbbb** (July 19, 2025, 15:19:36)" in report
    assert "**ccccccc** (February 4, 2026, 15:36:55)" in report


def test_the_cascade_is_told_apart_from_the_causes(incident: Incident) -> None:
    symptoms = markdown(incident).partition("### Initial Symptoms")[2].partition("###")[0]
    causes, _, cascade = symptoms.partition("The cascade")
    assert '- 15 Kustomizations fail: `secrets "sops-age" not found` (`default/app-00`, ' in causes
    assert "`default/app-11`, … and 3 more)" in causes
    assert "is not ready" not in causes
    assert "- 2 Kustomizations wait: `dependency 'network/cloudflare-tunnel' is not ready` (" in cascade


def test_counts_ask_for_events_until_events_are_given(incident: Incident) -> None:
    assert "`--events FILE`" in markdown(incident)
    counted = tuple(replace(symptom, count=38622) for symptom in incident.symptoms)
    report = markdown(replace(incident, symptoms=counted, events_given=True))
    assert "--events" not in report
    assert '`secrets "sops-age" not found` (38,622 events; `default/app-00`' in report


def test_a_reference_repository_keeps_its_name(incident: Incident) -> None:
    assert incident.pattern is not None
    report = markdown(replace(incident, pattern=replace(incident.pattern, reference="onedr0p/home-ops")))
    assert "\n## onedr0p/home-ops Pattern Analysis\n" in report
    assert "\n### onedr0p/home-ops' Working Pattern\n" in report


def test_the_search_and_its_roots_are_told(incident: Incident) -> None:
    told = "30 commits searched, after `aaaaaaa` up to `ddddddd`. Cluster root `kubernetes/flux/cluster`: the"
    assert f"## Investigation Timeline\n\n{told}" in markdown(incident)


def test_differences_are_a_table(incident: Incident) -> None:
    assert incident.pattern is not None
    row = replace(incident.pattern.rows[0], ours="`a|b`", verdict=Verdict.DIFFERENT, issue="Different")
    report = markdown(replace(incident, pattern=replace(incident.pattern, rows=(row,))))
    assert "| Component | Last Good Commit Pattern | Our Broken Setup | Issue |\n|-----------|---" in report
    assert "| **SOPS Secret Location** | each app's namespace | `a\\|b` | ⚠️ Different |" in report


def test_a_change_shows_both_sides_as_file_content(incident: Incident) -> None:
    assert (
        "```yaml\n# kubernetes/apps/kustomization.yaml\n\n# FROM (broken):\nresources:\n  - ./default\n\n"
        "# TO (working):\ncomponents:\n  - ../components/common\n```"
    ) in markdown(incident)


def test_a_change_within_a_file_says_where_it_begins(incident: Incident) -> None:
    broken = Excerpt(RepoPath("a.yaml"), 8, "ddddddd", "  chartRef:\n    name: app-template\n")
    working = replace(broken, text=f"{broken.text}    namespace: flux-system\n")
    resolution = replace(incident.resolutions[0], edits=((broken, working),))
    report = markdown(replace(incident, resolutions=(resolution,)))
    assert "```yaml\n# a.yaml, from line 8\n\n# FROM (broken):\n  chartRef:\n" in report


def test_a_change_may_add_or_remove_a_file(incident: Incident) -> None:
    excerpt = Excerpt(RepoPath("a.yaml"), 1, "ddddddd", "kind: Secret\n")
    resolution = replace(incident.resolutions[0], edits=((None, excerpt), (excerpt, None)))
    report = markdown(replace(incident, resolutions=(resolution,)))
    assert "# a.yaml\n\n# FROM (broken): no such file\n\n# TO (working):\nkind: Secret\n```" in report
    assert "# a.yaml\n\n# FROM (broken):\nkind: Secret\n\n# TO (working): the file goes\n```" in report


def effect(incident: Incident, **changes: object) -> str:
    resolution: Resolution = replace(incident.resolutions[0], **changes)  # type: ignore[arg-type]
    report = markdown(replace(incident, resolutions=(resolution,)))
    return next(line for line in report.splitlines() if line.startswith(("**Verified", "**Not verified")))


def test_a_resolution_says_what_is_known_of_its_effect(incident: Incident) -> None:
    assert effect(incident).endswith("all 23 failures are gone, and nothing new fails.")
    assert effect(incident, resolves=15, leaves=8).endswith(
        "15 of 23 failures are gone, 8 are left, and nothing new fails."
    )
    assert effect(incident, resolves=1).endswith("the failure is gone, and nothing new fails.")
    assert effect(incident, verified=False).startswith("**Not verified**")


def test_yaml_cannot_break_out_of_its_fence(incident: Incident) -> None:
    assert incident.pattern is not None
    hostile = Excerpt(RepoPath("a.yaml"), 7, "aaaaaaa", "a: |\n  ```\n  # Owned\n  ````\n")
    report = markdown(replace(incident, pattern=replace(incident.pattern, working=(hostile,))))
    assert "`````yaml\n# a.yaml, from line 7, at aaaaaaa\na: |\n  ```\n  # Owned\n  ````\n`````" in report


def test_a_hostile_subject_is_shown_and_not_obeyed(incident: Incident) -> None:
    first, second = incident.chain
    hostile = replace(first.commit, message="# [click](http://x) \x1b[2J", author="<script>")
    report = markdown(replace(incident, chain=(replace(first, commit=hostile), second)))
    assert r"- \<script>: *# [click]\(http://x) \\x1b[2J*" in report


def test_failures_older_than_the_range_are_told(older: Incident) -> None:
    report = markdown(older)
    assert "No commit of the range changed what fails." in report
    assert "**Failing before the range began:**" in report


def test_the_same_incident_gives_the_same_bytes(incident: Incident) -> None:
    assert markdown(incident) == markdown(replace(incident))
    assert markdown(incident).endswith("\n")
    assert "\n\n\n" not in markdown(incident)
