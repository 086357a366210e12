"""Tactics that use what a file has proved itself above a place: lemmas that no model has seen."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence

from prover.editor.outline import Outline, Unit
from prover.statements.lexical import CLOSING, OPENING, mask, tokens
from prover.types import Goal

LOOK_BACK = 200
"""Of the declarations above a place, so many are looked at."""

MOST = 3
"""Lemmas that are tried at one place."""

_SIGNS = frozenset([*OPENING, *CLOSING, *": , . := ∀ ∃ fun => by".split()])
_REWRITES = frozenset("= ↔".split())


def lemma_tactics(outline: Outline, unit: Unit, goals: Sequence[Goal]) -> tuple[str, ...]:
    """`apply` and `rw` with the lemmas above `unit` whose statements have most words of the goal, likeliest
    first."""
    if not goals:
        return ()
    own = {hypothesis.name for hypothesis in goals[0].hypotheses}
    wanted = _words(mask(goals[0].target).code) - own
    scored = [(_alike(wanted, words), name, words) for name, words in _above(outline, unit)]
    best = heapq.nlargest(MOST, (one for one in scored if one[0] > 0), key=lambda one: one[0])
    return tuple(tactic for _, name, words in best for tactic in _uses(name, words))


def _above(outline: Outline, unit: Unit) -> Iterator[tuple[str, frozenset[str]]]:
    """The lemmas above a unit, the nearest first, each with the words of its statement."""
    here = outline.units.index(unit)
    for earlier in reversed(outline.units[max(0, here - LOOK_BACK) : here]):
        one = earlier.first
        if one.kind in ("theorem", "lemma") and one.body is not None and len(earlier.declarations) == 1:
            signature = outline.code[one.keyword + len(one.kind) : one.body].split(None, 1)
            yield one.name, _words(signature[-1])


def _uses(name: str, words: frozenset[str]) -> list[str]:
    return [f"apply {name}", *([f"rw [{name}]"] if words & _REWRITES else [])]


def _words(code: str) -> frozenset[str]:
    return frozenset(token.text for token in tokens(code)) - _SIGNS


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """The cosine of the angle between two sets of words; 1 for equal ones."""
    return len(one & other) / math.sqrt(len(one) * len(other)) if one and other else 0.0
