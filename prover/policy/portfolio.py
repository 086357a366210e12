"""A policy without a model: tactics chosen by what stands in the goal."""

from __future__ import annotations

from collections.abc import Sequence

from prover.types import Candidate, State


class PortfolioPolicy:
    """The baseline that every model has to beat."""

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [_candidates(state) for state in states]


def _candidates(state: State) -> list[Candidate]:
    goal = state.goals[0]
    tactics = [
        "omega",
        "grind",
        "norm_num",
        "decide",
        "simp_all",
        "rfl",
        "nlinarith",
        "intros",
        "constructor",
    ]
    tactics += [
        f"cases {h.name}"
        for h in goal.hypotheses
        if h.accessible and ("∧" in h.type or "∃" in h.type or "∨" in h.type)
    ]
    return [Candidate(tactic, -0.3 * i) for i, tactic in enumerate(tactics)]
