"""Which paths kustomize would fetch."""

from __future__ import annotations

import pytest

from bisectops.kustomize.remote import is_remote_file, is_repository


@pytest.mark.parametrize(
    "path",
    [
        "github.com/org/repo",
        "github.com/org/repo/path?ref=main",
        "https://github.com/org/repo//path",
        "https://example.com/org/repo.git/path",
        "git::https://example.com/org/repo",
        "git@github.com:org/repo.git",
        "user@example.com:org/repo",
        "ssh://git@example.com/org/repo.git",
        "file:///srv/repo//path",
        "https://dev.azure.com/org/project/_git/repo/path",
    ],
)
def test_repositories_are_cloned(path: str) -> None:
    assert is_repository(path)


@pytest.mark.parametrize(
    "path",
    [
        "../base",
        "base",
        "org/repo",
        "/srv/repo.git",
        "example.com/org/repo",
        "https://example.com/only",
        "github.com/org",
        "github.com/org/repo//../../up",
        "",
    ],
)
def test_other_paths_are_folders(path: str) -> None:
    assert not is_repository(path)


def test_web_addresses_are_files_to_fetch() -> None:
    assert is_remote_file("HTTPS://example.com/c.yaml")
    assert not is_remote_file("httpsnot://example.com/c.yaml")
    assert not is_remote_file("c.yaml")
