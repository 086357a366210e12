"""A search tree as a page holds it: cut to a bearable size, packed, and read by the page's own script."""

from __future__ import annotations

import base64
import gzip
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from prover.runs.report.text import harmless
from prover.search.export import CLOSED, FAILED

STATES_OF_A_PAGE = 200_000
FEWEST_STATES, MOST_STATES = 60, 1000

FAILURES_OF_A_STATE = 40
GOAL_CHARS, TACTIC_CHARS, MESSAGE_CHARS = 4000, 600, 300

Node = Mapping[str, Any]
Edges = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PageTree:
    """A tree, gzipped JSON in base64 (see `page_tree`); `states` are shown of `all_states`."""

    packed: str
    states: int
    all_states: int


def states_for_each(trees: int) -> int:
    """How many states each of so many trees may show: a page has 200,000, a tree 60 to 1,000."""
    return max(FEWEST_STATES, min(MOST_STATES, STATES_OF_A_PAGE // max(trees, 1)))


def page_tree(graph: Mapping[str, Any], states: int) -> PageTree:
    """From node-link data (see `prover.search.export.to_networkx`), with at most so many states.

    A proof's states are always kept, then those that were found first. JSON: `{"cut": states not shown,
    "states": {number: {goal, score, status, proof, tactics, failed, failed_cut}}}`, where a tactic is
    `{text, to: [state numbers], proof, cycle, seconds}`, `to` is empty where no goal was left, and a
    failed one is `{text, kind, message}`.
    """
    nodes = [node for node in graph["nodes"] if node["id"] not in (CLOSED, FAILED)]
    kept = sorted(nodes, key=lambda node: (not node["on_proof"], node["id"]))[:states]
    numbers = {node["id"] for node in kept}
    edges: defaultdict[int, Edges] = defaultdict(list)
    for edge in graph["edges"]:
        if edge["source"] in numbers:
            edges[edge["source"]].append(edge)
    data = {
        "cut": len(nodes) - len(kept),
        "states": {str(node["id"]): state_record(node, edges[node["id"]]) for node in kept},
    }
    packed = gzip.compress(orjson.dumps(data), compresslevel=9, mtime=0)
    return PageTree(base64.b64encode(packed).decode(), len(kept), len(nodes))


def state_record(node: Node, edges: Edges) -> dict[str, Any]:
    """One state of `page_tree`'s JSON, from a node's attributes and the edges that leave it."""
    steps: defaultdict[int, Edges] = defaultdict(list)
    for edge in edges:
        steps[edge["step"]].append(edge)
    worked = [parts for parts in steps.values() if parts[0]["target"] != FAILED]
    failed = [parts[0] for parts in steps.values() if parts[0]["target"] == FAILED]
    return {
        "goal": _cut(node["goal"], GOAL_CHARS),
        "score": node.get("score"),
        "status": node["status"],
        "proof": node["on_proof"],
        "tactics": [_tactic(parts) for parts in sorted(worked, key=lambda parts: not parts[0]["on_proof"])],
        "failed": [_failure(edge) for edge in failed[:FAILURES_OF_A_STATE]],
        "failed_cut": max(0, len(failed) - FAILURES_OF_A_STATE),
    }


def _tactic(parts: Edges) -> dict[str, Any]:
    first = parts[0]
    targets = [edge["target"] for edge in sorted(parts, key=lambda edge: edge["part"])]
    return {
        "text": _cut(first["tactic"], TACTIC_CHARS),
        "to": [target for target in targets if target != CLOSED],
        "proof": first["on_proof"],
        "cycle": first["cycle"],
        "seconds": first["seconds"],
    }


def _failure(edge: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": _cut(edge["tactic"], TACTIC_CHARS),
        "kind": edge["kind"],
        "message": _cut(edge["message"], MESSAGE_CHARS),
    }


def _cut(text: str, length: int) -> str:
    return harmless(text if len(text) <= length else text[:length] + " …")
