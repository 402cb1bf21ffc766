"""What an ArtifactGenerator copies, and where it comes to lie."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.flux.external_artifact import Assembled, Copy, at_home, layout
from bisectops.git.objects import ROOT, RepoPath
from bisectops.git.snapshot import MemorySnapshot


def generator(*copies: dict[str, Any]) -> dict[str, Any]:
    source = {"alias": "repo", "kind": "GitRepository", "name": "flux-system"}
    spec = {"sources": [source], "artifacts": [{"name": "apps", "copy": list(copies)}]}
    return {"metadata": {"name": "g", "namespace": "flux-system"}, "spec": spec}


def copied(from_: str, to: str, **more: Any) -> tuple[Copy, ...] | None:
    tree = generator({"from": from_, "to": to, **more})
    return layout(tree, "apps", lambda source: source.name == "flux-system", ROOT)


def placed(from_: str, to: str) -> tuple[str, str, bool]:
    """What a copy takes, where to, and whether under its own name."""
    ((source, target, into, _),) = copied(from_, to) or ()
    return source, target, into


def paths(files: dict[str, str], *copies: tuple[str, str, bool]) -> list[str]:
    view = Assembled(
        MemorySnapshot(files), tuple(Copy(RepoPath(a), RepoPath(b), into) for a, b, into in copies)
    )
    found, waiting = [], [ROOT]
    while waiting:
        for child in view.children(waiting.pop()):
            found.append(child.path)
            waiting.append(child.path)
    return sorted(path for path in found if path.endswith(".yaml"))


def test_a_pattern_of_all_copies_what_a_folder_holds() -> None:
    assert placed("@repo/apps/**", "@artifact/here/") == ("apps", "here", False)
    assert paths({"apps/a/x.yaml": ""}, ("apps", "here", False)) == ["here/a/x.yaml"]


def test_a_folder_is_copied_under_its_own_name() -> None:
    assert placed("@repo/apps/a/", "@artifact/apps/a/") == ("apps/a", "apps/a", True)
    assert paths({"apps/a/x.yaml": ""}, ("apps/a", "apps/a", True)) == ["apps/a/a/x.yaml"]


def test_later_copies_lie_over_earlier_ones() -> None:
    files = {"one/x.yaml": "1", "two/x.yaml": "2"}
    copies = (Copy(RepoPath("one"), ROOT, False), Copy(RepoPath("two"), ROOT, False))
    view = Assembled(MemorySnapshot(files), copies)
    assert view.read(RepoPath("x.yaml")) == b"2"
    assert at_home(copies, RepoPath("x.yaml")) == "two/x.yaml"


def test_what_was_not_copied_is_not_there() -> None:
    view = Assembled(
        MemorySnapshot({"a/x.yaml": "", "b/y.yaml": ""}), (Copy(RepoPath("a"), RepoPath("a"), False),)
    )
    assert view.entry(RepoPath("b/y.yaml")) is None
    assert view.entry(RepoPath("b")) is None
    with pytest.raises(KeyError):
        view.read(RepoPath("b/y.yaml"))


@pytest.mark.parametrize(
    ("from_", "more"),
    [
        ("@repo/apps/*.yaml", {}),
        ("@other/apps/**", {}),
        ("@repo/../out/**", {}),
        ("@repo/apps/**", {"exclude": ["*.md"]}),
        ("@repo/chart.tgz", {"strategy": "Extract"}),
    ],
)
def test_copies_that_are_not_understood_make_the_artifact_opaque(from_: str, more: dict[str, Any]) -> None:
    assert copied(from_, "@artifact/", **more) is None


@pytest.mark.parametrize(
    ("from_", "why"),
    [
        ("@repo/gone/**", "no files match pattern 'gone/**' in source 'repo'"),
        ("@repo/gone/", "source 'gone' does not exist"),
    ],
)
def test_a_copy_of_nothing_fails_in_the_generators_words(from_: str, why: str) -> None:
    (copy,) = copied(from_, "@artifact/here/") or ()
    assert copy.failure == (
        "apps build failed: failed to apply copy operations: failed to apply copy operation "
        f"from '{from_}' to '@artifact/here/': {why}"
    )
