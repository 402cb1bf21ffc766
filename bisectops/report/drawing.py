"""The answer of `graph` in its four forms."""

from __future__ import annotations

from dataclasses import asdict

from bisectops.graph.export import dot, graphml, mermaid
from bisectops.incident.drawing import Drawing
from bisectops.report.records import printed

FORMS = {"dot": dot, "mermaid": mermaid, "graphml": graphml}


def graph_text(drawing: Drawing, form: str) -> str:
    """The graph as json, dot, mermaid or graphml."""
    return graph_json(drawing) if form == "json" else FORMS[form](drawing.nodes, drawing.edges)


def graph_json(drawing: Drawing) -> str:
    """The graph as JSON, schema bisectops/graph/v1."""
    nodes = [{"id": (record := asdict(node)).pop("key"), **record} for node in drawing.nodes]
    edges = [asdict(edge) for edge in drawing.edges]
    return printed({"schema": "bisectops/graph/v1", "commit": drawing.commit, "nodes": nodes, "edges": edges})
