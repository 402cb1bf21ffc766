"""The layers and the doors: who may import whom, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "bisectops"
LAYERS = (
    "errors",
    "garbage",
    "git",
    "memo",
    "cache",
    "yaml",
    "kustomize",
    "flux",
    "graph",
    "rules",
    "search",
    "history",
    "incident",
    "report",
    "cli",
)
DOORS = {
    "pygit2": "bisectops.git.repository",
    "yaml": "bisectops.yaml",
    "ruamel": "bisectops.yaml",
    "networkx": "bisectops.graph",
    "typer": "bisectops.cli",
    "rich": "bisectops.cli",
}
WORLD = {"io", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile", "time", "urllib"}


def modules() -> Mapping[str, ast.Module]:
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = ["bisectops", *file.relative_to(PACKAGE).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(file.read_text(), str(file))
    return found


MODULES = modules()


def imports(tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports, `from package import module` read as the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module or "."


def layer(module: str) -> str:
    _, _, rest = module.partition(".")
    return rest.partition(".")[0]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_its_own_layer_and_lower_ones(module: str) -> None:
    if layer(module) in ("", "__main__"):
        return
    own = LAYERS.index(layer(module))
    ours = {name for name in imports(MODULES[module]) if name.startswith("bisectops.")}
    assert {name for name in ours if LAYERS.index(layer(name)) > own} == set()


@pytest.mark.parametrize("module", MODULES)
def test_third_party_packages_come_in_through_their_one_door(module: str) -> None:
    for name in imports(MODULES[module]):
        door = DOORS.get(name.partition(".")[0])
        assert door is None or module == door or module.startswith(f"{door}."), f"{module} imports {name}"


@pytest.mark.parametrize("module", MODULES)
def test_no_import_is_relative(module: str) -> None:
    from_imports = (node for node in ast.walk(MODULES[module]) if isinstance(node, ast.ImportFrom))
    assert all(node.level == 0 for node in from_imports)


def test_imports_make_no_cycle() -> None:
    graph = {name: {i for i in imports(tree) if i in MODULES and i != name} for name, tree in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_search_knows_nothing_of_flux() -> None:
    for name, tree in MODULES.items():
        if layer(name) == "search":
            ours = {layer(i) for i in imports(tree) if i.startswith("bisectops.")}
            assert ours <= {"errors", "git", "search"}, name


def test_report_opens_nothing() -> None:
    for name, tree in MODULES.items():
        if layer(name) == "report":
            assert {i.partition(".")[0] for i in imports(tree)} & WORLD == set(), name
            called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert "open" not in called, name


def test_every_package_that_is_imported_is_declared_or_part_of_python() -> None:
    third_party = {i.partition(".")[0] for tree in MODULES.values() for i in imports(tree)}
    unknown = third_party - sys.stdlib_module_names - DOORS.keys() - {"bisectops", "re2", "__future__"}
    assert unknown == set()
