"""How the search's score of a state goes with its depth, on proofs and elsewhere, over many trees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST = 40
"""The depth from which on states are not told apart by depth: they are left out."""

_STEP = 0.01


@dataclass(frozen=True, slots=True)
class DepthScores:
    """States at one depth, on a found proof and not: how many, and their scores' median (None: no state)."""

    depth: int
    on_proof: int
    elsewhere: int
    median_on_proof: float | None
    median_elsewhere: float | None


class Depths:
    """Counts states by depth and score, rounded, so that memory does not grow with their number."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[int, bool], Counter[int]] = defaultdict(Counter)

    def add(self, graph: Mapping[str, Any]) -> None:
        """A tree as `prover.runs.trees` unpacks it."""
        for node in graph["nodes"]:
            depth, score = node.get("depth"), node.get("score")
            if depth is not None and score is not None and depth < MOST:
                self._counts[depth, node["on_proof"]][round(score / _STEP)] += 1

    def scores(self) -> list[DepthScores]:
        """One record for each depth that occurs, in order."""
        return [
            DepthScores(
                depth,
                self._counts[depth, True].total(),
                self._counts[depth, False].total(),
                _median(self._counts[depth, True]),
                _median(self._counts[depth, False]),
            )
            for depth in sorted({depth for depth, _ in self._counts})
        ]


def _median(counts: Counter[int]) -> float | None:
    """The lower one of an even number."""
    left = (counts.total() + 1) // 2
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return round(value * _STEP, 2)
    return None
