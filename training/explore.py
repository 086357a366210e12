"""Explores: a policy that learns, while it searches, which kind of tactic works on which kind of goal.

It has no model. A tactic's *shape* is the tactic without the names in it; for each shape, and for each shape
on goals about the same thing, it counts tries, Lean seconds and proofs that it was part of. What promises
most proofs a second goes first, drawn at random in proportion to how little is known (Thompson sampling,
Biometrika 25, 1933).
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from prover.search.graph import Edge, SearchGraph, proof_edges
from prover.types import Candidate, State
from training.ideas import ideas

_STEP = 0.15
"""Each candidate is that much less likely (natural log) than the one before it."""

_PRIOR_TRIES, _PRIOR_SHARE, _PRIOR_S = 8.0, 0.03, 0.03
"""A shape never tried is taken to work three times in a hundred, in 0.03 s of Lean."""

_WORD = re.compile(r"[^\W\d][\w'.!?✝]*|\d+")
_KEPT = frozenset(
    "simp simp_all omega grind rfl decide norm_num nlinarith linarith positivity ring ring_nf intro intros"
    " cases induction rcases obtain rintro with zero succ ext funext constructor left right split split_ifs"
    " unfold delta rw exact apply refine at only try first subst subst_vars exfalso by_cases by_contra"
    " assumption trivial kernel contradiction push_cast field_simp interval_cases congr propext injections"
    " absurd fun revert show".split()
)
"""Words of tactics, which a shape keeps."""


@dataclass(slots=True)
class Record:
    """How a shape has done: tries, those on a found proof, Lean seconds of all."""

    tries: float = 0.0
    wins: float = 0.0
    seconds: float = 0.0


class Explorer:
    """The `Policy` protocol; `learn` tells it how a search ended. `width` candidates for a state at most."""

    def __init__(self, seed: int, width: int = 24) -> None:
        self._draw = random.Random(seed)
        self._width = width
        self._records: defaultdict[tuple[str, str], Record] = defaultdict(Record)

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [self._ranked(state) for state in states]

    async def close(self) -> None:
        """There is nothing to free."""

    def learn(self, graph: SearchGraph) -> None:
        """Count what was tried in a search, and what of it led to the proof."""
        winning = set(proof_edges(graph.root))
        for node in graph.nodes:
            topic = _topic(node.text)
            for edge in (*node.edges, *node.failures):
                if edge.tactic is not None:
                    self._count(topic, edge, edge in winning)

    def _count(self, topic: str, edge: Edge, won: bool) -> None:
        for key in ((shape(edge.tactic or ""), ""), (shape(edge.tactic or ""), topic)):
            record = self._records[key]
            record.tries += 1
            record.wins += won
            record.seconds += edge.seconds

    def _ranked(self, state: State) -> list[Candidate]:
        if not state.goals:
            return []
        topic = _topic(state.goals[0].text)
        promise = {tactic: self._promise(shape(tactic), topic) for tactic in ideas(state)}
        best = sorted(promise, key=lambda tactic: -promise[tactic])[: self._width]
        return [Candidate(tactic, -_STEP * rank) for rank, tactic in enumerate(best, 1)]

    def _promise(self, form: str, topic: str) -> float:
        """Proofs a second, drawn from what is known; a shape's record everywhere is its prior on a topic."""
        overall, here = self._records[form, ""], self._records[form, topic]
        share = (overall.wins + _PRIOR_TRIES * _PRIOR_SHARE) / (overall.tries + _PRIOR_TRIES)
        wins = here.wins + _PRIOR_TRIES * share
        losses = here.tries - here.wins + _PRIOR_TRIES * (1 - share)
        seconds = (overall.seconds + _PRIOR_TRIES * _PRIOR_S) / (overall.tries + _PRIOR_TRIES)
        return self._draw.betavariate(wins, max(losses, 1e-3)) / (seconds + _PRIOR_S)


def shape(tactic: str) -> str:
    """The tactic without the names and numbers in it."""
    return _WORD.sub(lambda word: word[0] if word[0] in _KEPT else "_", tactic)


def _topic(goal: str) -> str:
    """What a goal is about: the sorts and relations in it."""
    target = goal.split("\n\n")[0].rpartition("⊢")[2]
    heads = re.findall(r"\b[A-Z]\w+", goal)[:2]
    signs = [sign for sign in "∀∃∧∨¬→↔=≠<≤∣∑∈⊆ℕℤℚℝ%^√|" if sign in target]
    return " ".join([*heads, *signs])
