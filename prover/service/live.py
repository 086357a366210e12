"""A search as it is followed live: its events in order, of progress the latest only, how its tree grew."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from prover.runs.report.trees import MOST_STATES, state_record
from prover.search import Progress, SearchGraph
from prover.search.export import links, node_record
from prover.search.graph import Node, proof_edges
from prover.service.places import Visit
from prover.types import Statement

EVERY_S = 0.25
"""Between two looks at how far a search is."""

ALIVE_EVERY_S = 15.0
"""After so long without news an empty event says that the service is still there."""

Event = tuple[str, dict[str, Any]]


class Feed:
    """Follows a search (see `operations.Listener`) and gives its events to one reader, however slow it is.

    Events: `queued` {ahead}, `start` {name, statement, prelude}, `progress` {figures, and under `tree` the
    states that are new or have changed, as a report's page has them}, `judging`, `alive`; then what `end` is
    given. Without `tree` there are figures only.
    """

    def __init__(self, tree: bool = True) -> None:
        self._events: deque[Event] = deque()
        self._progress: Progress | None = None
        self._tree = _Tree() if tree else None
        self._visit: Visit | None = None
        self._ahead = -1
        self._news = asyncio.Event()
        self.accepted = asyncio.Event()
        """Set once the statement is known to elaborate."""
        self._ended = False

    def queued(self, visit: Visit) -> None:
        self._visit = visit
        self.accepted.set()

    def started(self, statement: Statement, prelude: str) -> None:
        self._visit = None
        self._tell("start", {"name": statement.name, "statement": statement.text, "prelude": prelude})

    def progress(self, progress: Progress) -> None:
        self._progress = progress

    def judging(self) -> None:
        self._flush()
        self._tell("judging", {})

    def end(self, name: str, data: dict[str, Any]) -> None:
        """The last event."""
        self._flush()
        self._ended = True
        self._tell(name, data)

    async def events(self) -> AsyncIterator[Event]:
        silent = 0.0
        while True:
            try:
                await asyncio.wait_for(self._news.wait(), EVERY_S)
            except TimeoutError:
                silent += EVERY_S
            self._news.clear()
            self._look()
            if not self._events and silent >= ALIVE_EVERY_S:
                self._events.append(("alive", {}))
            while self._events:
                silent = 0.0
                yield self._events.popleft()
            if self._ended and not self._events:
                return

    def _look(self) -> None:
        self._flush()
        if self._visit is not None and self._visit.ahead != self._ahead and not self._visit.admitted.is_set():
            self._ahead = self._visit.ahead
            self._events.append(("queued", {"ahead": self._ahead}))

    def _flush(self) -> None:
        progress, self._progress = self._progress, None
        if progress is None:
            return
        data = _figures(progress)
        if self._tree is not None:
            data["tree"] = self._tree.changes(progress.graph)
        self._events.append(("progress", data))

    def _tell(self, name: str, data: dict[str, Any]) -> None:
        self._events.append((name, data))
        self._news.set()


class _Tree:
    """What of a search tree a reader has seen."""

    def __init__(self) -> None:
        self._seen: dict[int, object] = {}

    def changes(self, graph: SearchGraph | None) -> dict[str, Any]:
        """`{"cut": states not shown, "states": {number: state}}` with those that are new or have changed.

        Shown are the states that were found first, and all of a proof.
        """
        if graph is None:
            return {"cut": 0, "states": {}}
        proof = set(proof_edges(graph.root))
        solving = {edge.parent for edge in proof}
        late = sorted((n for n in solving if n.number >= MOST_STATES), key=lambda node: node.number)
        shown = [*graph.nodes[:MOST_STATES], *late]
        states = {}
        for node in shown:
            now = _appearance(node, node in solving)
            if self._seen.get(node.number) != now:
                self._seen[node.number] = now
                record = node_record(node, node in solving)
                states[str(node.number)] = state_record(record, list(links(node, proof, itertools.count())))
        return {"cut": len(graph.nodes) - len(shown), "states": states}


def _appearance(node: Node, on_proof: bool) -> object:
    """What a state's record depends on: as long as this is the same, so is the record."""
    return node.status, node.path.score, len(node.edges), len(node.failures), on_proof


def _figures(progress: Progress) -> dict[str, Any]:
    best = progress.best_score if math.isfinite(progress.best_score) else None
    return {
        "expansions": progress.expansions,
        "steps": progress.steps,
        "open_goals": progress.open_goals,
        "best_score": best,
        "steps_per_s": round(progress.steps_per_s, 1),
        "lean_seconds": round(progress.lean_seconds, 2),
        "elapsed_s": round(progress.elapsed_s, 2),
    }
