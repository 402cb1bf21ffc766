"""A graph in the forms that other programs read: dot, mermaid, GraphML; and neighbourhoods cut out of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import networkx as nx

from bisectops.flux.kinds import ObjectId
from bisectops.graph.model import ResourceGraph

_MERMAID_LINES = {"applies": "-->", "provides": "-.->"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """An object, or the place of one that is not there."""

    key: str
    """Kind/namespace/name, with the cluster before it where there are several."""
    kind: str
    namespace: str
    name: str
    present: bool
    path: str = ""
    line: int | None = None
    applied_by: str = ""
    shaped_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    """A reference, or who applies, provides or includes what."""

    source: str
    target: str
    kind: str
    field: str
    optional: bool = False


def neighbourhood(graph: ResourceGraph, centre: Iterable[ObjectId], depth: int) -> set[ObjectId]:
    """The objects at most so many edges away, in either direction."""
    undirected = graph.as_networkx().to_undirected(as_view=True)
    found: set[ObjectId] = set()
    for each in centre:
        found |= set(nx.single_source_shortest_path_length(undirected, each, cutoff=depth))
    return found


def dot(nodes: Iterable[GraphNode], edges: Iterable[GraphEdge]) -> str:
    """Graphviz's language."""
    lines = ["digraph bisectops {", "  rankdir=LR;", "  node [shape=box];"]
    for node in nodes:
        style = "" if node.present else ", style=dashed"
        lines.append(f"  {_quoted(node.key)} [label={_quoted(_label(node))}{style}];")
    for edge in edges:
        attributes = f"label={_quoted(edge.kind)}" + (", style=dotted" if edge.optional else "")
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [{attributes}];")
    return "\n".join([*lines, "}", ""])


def _label(node: GraphNode) -> str:
    return f"{node.kind}\n{node.namespace}/{node.name}" if node.namespace else f"{node.kind}\n{node.name}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def mermaid(nodes: Iterable[GraphNode], edges: Iterable[GraphEdge]) -> str:
    """A Mermaid flowchart, as Markdown on many hosts shows it."""
    lines = ["flowchart LR"]
    names: dict[str, str] = {}
    for node in nodes:
        names[node.key] = f"n{len(names)}"
        label = _label(node).replace("\n", "<br>").replace('"', "#quot;")
        lines.append(f'  {names[node.key]}["{label}"]')
        if not node.present:
            lines.append(f"  class {names[node.key]} missing")
    for edge in edges:
        arrow = "-.->" if edge.optional else _MERMAID_LINES.get(edge.kind, "-->")
        lines.append(f"  {names[edge.source]} {arrow}|{edge.kind}| {names[edge.target]}")
    return "\n".join([*lines, "  classDef missing stroke-dasharray: 5 5", ""])


def graphml(nodes: Iterable[GraphNode], edges: Iterable[GraphEdge]) -> str:
    """GraphML, which most graph programs read."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in nodes:
        graph.add_node(node.key, **dict(_attributes(node)))
    for edge in edges:
        about = {"kind": edge.kind, "field": edge.field, "optional": edge.optional}
        graph.add_edge(edge.source, edge.target, **about)
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def _attributes(node: GraphNode) -> Iterator[tuple[str, str | int | bool]]:
    yield from (("kind", node.kind), ("namespace", node.namespace), ("name", node.name))
    yield from (("present", node.present), ("path", node.path), ("applied_by", node.applied_by))
    if node.line is not None:
        yield "line", node.line
