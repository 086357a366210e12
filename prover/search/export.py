"""Writes a search graph for other tools: GraphML, Graphviz DOT or node-link JSON, by the file's extension."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Container, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx

from prover.errors import InputError
from prover.files import written
from prover.search.graph import Edge, Node, SearchGraph, proof_edges

CLOSED, FAILED = "closed", "failed"
"""Where the edges of tactics lead that left no goal, and of those that failed."""

_Graph: TypeAlias = "nx.MultiDiGraph[int | str]"

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLOURS = {
    "open": "lightyellow",
    "expanded": "white",
    "duplicate": "lavender",
    "solved": "palegreen",
    "exhausted": "lightgrey",
    CLOSED: "palegreen",
    FAILED: "mistyrose",
}


def write_graph(graph: SearchGraph, path: Path) -> None:
    """Write to `path` (.graphml, .dot or .json), through a temporary file beside it and a rename.

    Raises `InputError` on another extension and where the file cannot be written.
    """
    require_place(path)
    content = _WRITERS[path.suffix](to_networkx(graph))
    try:
        with written(path) as part:
            part.write_bytes(content)
    except OSError as error:
        raise InputError(f"{path}: cannot write the search graph: {error.strerror}") from error


def require_place(path: Path) -> None:
    """Raises `InputError` where no graph can be written: another extension, or no such folder."""
    if path.suffix not in _WRITERS:
        raise InputError(f"{path}: a search graph is written as {', '.join(_WRITERS)}, not {path.suffix!r}")
    if not path.parent.is_dir():
        raise InputError(f"{path}: cannot write the search graph: no such folder")


def to_networkx(graph: SearchGraph) -> _Graph:
    """States as nodes, numbered from the root, 0; tactics as edges. Values are text, numbers and booleans.

    A node has goal, depth, score, status, on_proof. A tactic that left several independent goals is one
    edge to each of them, with the same `step` and their number as `part`; one that left none leads to
    the node `closed`, one that failed to the node `failed`. Attributes without a finite value are left out.
    """
    proof = set(proof_edges(graph.root))
    solving = {edge.parent for edge in proof}
    result: _Graph = nx.MultiDiGraph(name="search")
    for node in graph.nodes:
        result.add_node(node.number, **node_record(node, node in solving))
    steps = itertools.count()
    for node in graph.nodes:
        for link in links(node, proof, steps):
            target = link["target"]
            if target not in result:
                result.add_node(target, goal="", status=target, on_proof=False)
            if link["on_proof"]:
                result.nodes[target]["on_proof"] = True
            result.add_edge(link.pop("source"), link.pop("target"), **link)
    return result


def links(node: Node, proof: Container[Edge], steps: Iterator[int]) -> Iterator[dict[str, Any]]:
    """A node's tactics, those that failed last, as node-link data has them: see `to_networkx`."""
    for edge in node.edges:
        targets: list[int | str] = [child.number for child in edge.children]
        yield from _links(edge, targets or [CLOSED], next(steps), edge in proof)
    for edge in node.failures:
        yield from _links(edge, [FAILED], next(steps), False)


def _links(edge: Edge, targets: Sequence[int | str], step: int, on_proof: bool) -> Iterator[dict[str, Any]]:
    for part, target in enumerate(targets):
        ends = {"source": edge.parent.number, "target": target, "part": part}
        yield ends | _edge_attributes(edge, step, on_proof)


def node_record(node: Node, on_proof: bool) -> dict[str, Any]:
    """A node's attributes: see `to_networkx`."""
    return _finite(
        goal=_clean(node.text),
        depth=node.path.length,
        score=node.path.score,
        status=node.status.value,
        on_proof=on_proof,
    )


def _edge_attributes(edge: Edge, step: int, on_proof: bool) -> dict[str, Any]:
    return _finite(
        step=step,
        tactic=_clean(edge.tactic or ""),
        kind=edge.kind,
        logprob=edge.logprob,
        seconds=edge.seconds,
        message=_clean(edge.message),
        cycle=edge.cycle,
        on_proof=on_proof,
    )


def _finite(**attributes: object) -> dict[str, Any]:
    items = attributes.items()
    return {key: value for key, value in items if not isinstance(value, float) or math.isfinite(value)}


def _clean(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _graphml(graph: _Graph) -> bytes:
    buffer = BytesIO()
    nx.write_graphml(graph, buffer)
    return buffer.getvalue()


def _json(graph: _Graph) -> bytes:
    return json.dumps(nx.node_link_data(graph, edges="edges"), ensure_ascii=False, indent=1).encode()


def _dot(graph: _Graph) -> bytes:
    lines = ["digraph search {", '  node [shape=box, style=filled, fontname="monospace"];']
    for name, data in graph.nodes(data=True):
        score = f"\n{data['status']}, score {data['score']:.3f}" if "score" in data else data["status"]
        label, colour = _quoted(data["goal"] + score), _COLOURS[data["status"]]
        lines.append(f'  "{name}" [label={label}, fillcolor={colour}{_thick(data)}];')
    for source, target, data in graph.edges(data=True):
        label, kind = _quoted(data["tactic"] or "equal but for names"), _quoted(data["kind"])
        style = ", style=dashed" if data["cycle"] or not data["tactic"] else ""
        attributes = f"label={label}, tooltip={kind}{style}{_thick(data)}"
        lines.append(f'  "{source}" -> "{target}" [{attributes}];')
    return "\n".join([*lines, "}", ""]).encode()


def _thick(data: dict[str, Any]) -> str:
    return ", color=darkgreen, penwidth=3" if data["on_proof"] else ""


def _quoted(text: str) -> str:
    """A DOT string whose lines are set flush left."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(line + "\\l" for line in escaped.splitlines()) + '"'


_WRITERS: dict[str, Callable[[_Graph], bytes]] = {".graphml": _graphml, ".dot": _dot, ".json": _json}
