"""A policy that needs no weights: tactics from a short list, the same for the same state, for trials."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence

from prover.types import Candidate, State

TACTICS = (
    "intro x",
    "intros",
    "constructor",
    "rfl",
    "trivial",
    "assumption",
    "omega",
    "decide",
    "simp",
    "simp_all",
    "norm_num",
    "grind",
    "exfalso",
    "left",
    "right",
    "contradiction",
    "subst_vars",
    "split",
    "ac_rfl",
    "ring_nf",
)


class DummyPolicy:
    """Proposes `width` different tactics for a state, drawn by its text and `seed`, after `delay_s` seconds.

    Their probabilities fall by rank and sum to less than 1; a token stands for some three letters.
    """

    def __init__(self, width: int = 8, delay_s: float = 0.0, seed: int = 0) -> None:
        self._width, self._delay_s, self._seed = min(width, len(TACTICS)), delay_s, seed

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        return [self._tactics(state) for state in states]

    async def close(self) -> None:
        """There is nothing to free."""

    def _tactics(self, state: State) -> list[Candidate]:
        text = state.text
        tactics = random.Random(f"{self._seed}:{text}").sample(TACTICS, self._width)
        return [
            Candidate(tactic, math.log(0.5) * rank, tokens=1 + len(tactic) // 3)
            for rank, tactic in enumerate(tactics, start=1)
        ]
