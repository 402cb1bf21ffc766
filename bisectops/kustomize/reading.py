"""Files become resources: documents checked, Lists opened, each parsed blob remembered by its Oid.

Facts: kustomize api/resource/factory.go and kyaml/yaml/rnode.go (GetValidatedMetadata).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar, cast

from bisectops.errors import BuildError
from bisectops.git.objects import Entry, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.failure import afresh
from bisectops.kustomize.resource import Node, Origin, Resource, id_of
from bisectops.memo import Question, Recorder, read_for
from bisectops.yaml.reader import documents, one

T = TypeVar("T")

BYTES_KEPT = 4 << 20
"""Source text whose parsed form is remembered; a tree is some ten times its text."""


class Blobs:
    """What blobs said when they were parsed: content never changes under an Oid."""

    def __init__(self, limit: int = BYTES_KEPT) -> None:
        self._limit = limit
        self._size = 0
        self._parsed: OrderedDict[Hashable, tuple[int, object]] = OrderedDict()

    def parsed(
        self,
        snapshot: Snapshot,
        entry: Entry,
        how: Hashable,
        parse: Callable[[bytes], T],
        asked: Question = Question.CONTENT,
    ) -> T:
        """What a parser makes of a blob; a BuildError is remembered and raised again."""
        key = (entry.oid, how)
        held = self._parsed.get(key)
        if held is None:
            data = read_for(asked, snapshot, entry.path)
            held = (len(data) + 64, _outcome(parse, data))
            self._keep(key, held)
        else:
            _note(snapshot, asked, entry)
            self._parsed.move_to_end(key)
        value = held[1]
        if isinstance(value, BuildError):
            raise afresh(value)
        return cast(T, value)

    def _keep(self, key: Hashable, held: tuple[int, object]) -> None:
        self._parsed[key] = held
        self._size += held[0]
        while self._size > self._limit and len(self._parsed) > 1:
            _, (size, _) = self._parsed.popitem(last=False)
            self._size -= size


def _outcome(parse: Callable[[bytes], object], data: bytes) -> object:
    try:
        return parse(data)
    except BuildError as error:
        return afresh(error)


def _note(snapshot: Snapshot, asked: Question, entry: Entry) -> None:
    """Tell a recorder what was learnt without reading."""
    if isinstance(snapshot, Recorder):
        snapshot.reads[asked, entry.path] = entry.oid


def resources_of(data: bytes, path: RepoPath) -> tuple[Resource, ...]:
    """The resources that a file holds, each with its place in it."""
    return tuple(
        Resource(content=content, id=id_of(content), origin=Origin(path, document))
        for document, content in contents(data)
    )


def value_of(data: bytes) -> Node:
    """A file's first document by the rules of kustomization files."""
    return one(data)


def contents(data: bytes) -> list[tuple[int, Mapping[str, Node]]]:
    """The objects in a text with their documents' places; raises BuildError for what is no object."""
    found = documents(data)
    if len(found) == 1 and _is_list(found[0]):
        return _opened([(0, item) for item in _checked(found[0].get("items") or ())])
    return _opened(list(enumerate(_checked(found))))


def _is_list(node: Node) -> bool:
    if not isinstance(node, dict) or node.get("kind") not in ("List", "ResourceList"):
        return False
    return "items" in node or "functionConfig" in node


def _checked(nodes: Sequence[Node]) -> list[dict[str, Node]]:
    """The nodes that hold something, all of them objects with a kind and a name."""
    if not isinstance(nodes, list | tuple):
        raise BuildError("expected a sequence of items")
    kept = [node for node in nodes if node not in (None, {}, [])]
    for node in kept:
        _check(node)
    return kept


def _check(node: Node) -> None:
    if not isinstance(node, dict):
        raise BuildError("missing Resource metadata")
    id = id_of(node)
    metadata = node.get("metadata")
    if not id.gvk.kind:
        if not id.gvk.version and not id.gvk.group and not metadata:
            raise BuildError("missing Resource metadata")
        raise BuildError(f"missing kind in object {_meta(node)}")
    if not id.name and not id.gvk.kind.endswith("List"):
        raise BuildError(f"missing metadata.name in object {_meta(node)}")


def _meta(node: Mapping[str, Node]) -> str:
    id = id_of(node)
    version = f"{id.gvk.group}/{id.gvk.version}" if id.gvk.group else id.gvk.version
    return f"{{{{{version} {id.gvk.kind}}} {{{{{id.name} {id.namespace}}}}}}}"


def _opened(nodes: list[tuple[int, dict[str, Node]]]) -> list[tuple[int, Mapping[str, Node]]]:
    """The nodes with every list of objects replaced by its items, which go to the end."""
    opened: list[tuple[int, Mapping[str, Node]]] = []
    waiting = list(nodes)
    at = 0
    while at < len(waiting):
        document, node = waiting[at]
        at += 1
        kind = node.get("kind")
        if not (isinstance(kind, str) and kind.endswith("List") and "items" in node):
            opened.append((document, node))
        elif isinstance(node["items"], list):
            waiting += [(document, item) for item in _checked(node["items"])]
        elif node["items"] is not None:
            raise BuildError(f"expected array in {kind}/items, but found {type(node['items']).__name__}")
    return opened
