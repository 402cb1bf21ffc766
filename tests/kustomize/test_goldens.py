"""Builds against what the real kustomize printed for the same files."""

from __future__ import annotations

import pytest
from golden_cases import Golden, all_goldens

from bisectops.git.objects import repo_path
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize import Broken, Built, build
from bisectops.yaml.writer import dump_all


@pytest.mark.parametrize("golden", all_goldens(), ids=lambda golden: golden.name)
def test_build_prints_what_kustomize_prints(golden: Golden) -> None:
    built = build(MemorySnapshot(golden.files), repo_path(golden.folder))
    if golden.fails:
        assert isinstance(built, Broken)
        assert golden.expected.strip() in built.error.message
    else:
        assert isinstance(built, Built), built.error.message
        assert dump_all(resource.content for resource in built.resources) == golden.expected
