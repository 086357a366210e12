"""Proof methods to try without a language model, and the policy that proposes them.

The eleven methods and their order are those of Draft, Sketch and Prove, section 4.1; LLEMMA and LEGO-Prover
use the same list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from prover.types import Candidate, State

DSP_METHODS = (
    "by auto",
    "by simp",
    "by blast",
    "by fastforce",
    "by force",
    "by eval",
    "by presburger",
    "by sos",
    "by arith",
    "by linarith",
    "by (auto simp: field_simps)",
)
"""Tried in this order; the first that proves the goal is taken."""

_MORE = (
    "by algebra",
    "by (simp add: algebra_simps)",
    "by (simp add: power2_eq_square field_simps)",
    "by (auto simp: algebra_simps power2_eq_square power3_eq_cube)",
    "by (simp add: eval_nat_numeral)",
    "by (auto simp: eval_nat_numeral)",
    "by (smt (verit))",
)
_OPENERS = (
    "apply simp",
    "apply auto",
    "apply safe",
    "apply (rule ext)",
    "apply (intro conjI)",
    "apply clarsimp",
)
_NATURAL = re.compile(r"^fixes ([A-Za-z]\w*) :: nat$", re.MULTILINE)


class MethodPolicy:
    """Proposes closing methods first, then steps that open a goal up; no model, the same for every goal.

    Log-probabilities only rank: a closing method costs nothing to follow, for nothing follows it.
    """

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [_candidates(state) for state in states]

    async def close(self) -> None:
        """Nothing is held."""


def _candidates(state: State) -> list[Candidate]:
    using = ["using assms "] if not state.path and "assumes" in state.statement.text else []
    closing = [*DSP_METHODS, *_MORE]
    tactics = [*closing, *(use + method for use in using for method in closing)]
    tactics += [f"apply (induct {name})" for name in dict.fromkeys(_NATURAL.findall(state.text))]
    tactics += [use + step for use in ["", *using] for step in _OPENERS]
    return [Candidate(tactic, -0.1 * (rank + 1)) for rank, tactic in enumerate(tactics)]
