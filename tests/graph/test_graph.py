from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId, ks_id
from bisectops.git.objects import RepoPath
from bisectops.graph.export import GraphEdge, GraphNode, dot, graphml, mermaid, neighbourhood
from bisectops.graph.model import EdgeKind, Reference, ResourceGraph
from bisectops.kustomize.resource import Origin
from bisectops.rules.whole import whole

World = Any
A, B, C = (ks_id("media", name) for name in "abc")


def referring(*pairs: tuple[ObjectId, ObjectId]) -> ResourceGraph:
    graph = ResourceGraph()
    for source, target in pairs:
        there = Applied(source, {}, Origin(RepoPath("a.yaml"), 0), (), C)
        graph.update(source, there, (Reference(EdgeKind.DEPENDS_ON, target, "spec.dependsOn[0]"),))
    return graph


def test_what_nobody_refers_to_any_more_is_forgotten() -> None:
    graph = referring((A, B))
    assert graph.referrers(B) == {A}
    graph.update(A, None, ())
    assert set(graph) == set()


def test_rings_are_found_and_a_chain_is_none() -> None:
    assert referring((A, B), (B, C)).cycles(EdgeKind.DEPENDS_ON, (A, B, C)) == []
    assert referring((A, B), (B, A), (C, A)).cycles(EdgeKind.DEPENDS_ON, (A, B, C)) == [frozenset((A, B))]
    assert referring((A, A)).cycles(EdgeKind.DEPENDS_ON, (A, B, C)) == [frozenset((A,))]


def test_a_neighbourhood_reaches_in_both_directions() -> None:
    graph = referring((A, B), (B, C))
    assert neighbourhood(graph, [B], 1) == {A, B, C}
    assert neighbourhood(graph, [A], 1) == {A, B}
    assert neighbourhood(graph, [A], 0) == {A}


def test_the_whole_graph_tells_who_applies_provides_and_includes(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media"))
    world.folder("app", "./secret.yaml", components=["../part"])
    world.folder("part", kind="Component")
    world.write("app/secret.yaml", world.make("ExternalSecret", "e", "media", target={"name": "made"}))
    graph = whole(world.judge().scene, world.snapshot)
    app = ks_id("media", "app")
    edges = {(r.kind.value, str(r.target)) for r in graph.references(app)}
    assert edges == {
        ("source", "GitRepository/flux-system/flux-system"),
        ("applies", "ExternalSecret/media/e"),
        ("includes-component", "Component/part"),
    }
    external = next(each for each in graph if each.kind == "ExternalSecret")
    assert [(r.kind.value, str(r.target)) for r in graph.references(external)] == [
        ("provides", "Secret/media/made")
    ]


NODES = (
    GraphNode(key='K/a/"x"', kind="K", namespace="a", name='"x"', present=True, path="a.yaml", line=3),
    GraphNode(key="S/a/s", kind="S", namespace="a", name="s", present=False),
)
EDGES = (GraphEdge(source='K/a/"x"', target="S/a/s", kind="source", field="spec.sourceRef", optional=True),)


def test_dot_quotes_names_and_dashes_what_is_not_there() -> None:
    text = dot(NODES, EDGES)
    assert '"K/a/\\"x\\"" -> "S/a/s" [label="source", style=dotted];' in text
    assert '"S/a/s" [label="S\\na/s", style=dashed];' in text


def test_mermaid_names_nodes_by_number() -> None:
    assert mermaid(NODES, EDGES).splitlines() == [
        "flowchart LR",
        '  n0["K<br>a/#quot;x#quot;"]',
        '  n1["S<br>a/s"]',
        "  class n1 missing",
        "  n0 -.->|source| n1",
        "  classDef missing stroke-dasharray: 5 5",
    ]


def test_graphml_is_xml_that_holds_every_edge() -> None:
    root = ET.fromstring(graphml(NODES, EDGES))
    edges = [each for each in root.iter() if each.tag.endswith("}edge")]
    assert [(each.get("source"), each.get("target")) for each in edges] == [('K/a/"x"', "S/a/s")]
