"""Several policies as one: their candidates in one list, with probabilities that can be compared."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence

from prover.policy.costs import TacticCosts
from prover.policy.together import together
from prover.types import Candidate, Policy, State

_IMPOSSIBLE = -1e9
"""Stands for minus infinity, with which no sums can be made."""

_LEAST = -30.0
"""Below it, 1 minus a probability is 1, and a tactic would have no share at all."""


class MixedPolicy:
    """A mixture of policies: a tactic fails where all that propose it are wrong, each apart from the others.

    `chances` says of each policy how likely it is that one of its tactics works, by default alike and 1 in
    all. Its log-probabilities share that out among its tactics: so a policy with long tactics, or without
    tokens at all, has its say. None: its log-probabilities are themselves the chances of its tactics. Where
    there is one that knows, each candidate says its chance.

    With `costs`, a tactic's share is in proportion to its probability per expected second: tried in this
    order, tactics find a proof soonest on average (Smith's rule, Naval Research Logistics 3, 1956).
    """

    def __init__(
        self,
        policies: Sequence[Policy],
        chances: Sequence[float | None] | None = None,
        costs: TacticCosts | None = None,
    ) -> None:
        self.policies, self._costs = tuple(policies), costs
        self._learnt = chances is not None and None in chances
        self._chances = chances or [1 / len(policies) for _ in policies]

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        """Raises `ModelError` as soon as one of the policies does."""
        answers = await together(policy.propose(states) for policy in self.policies)
        return [self._mix(lists) for lists in zip(*answers, strict=True)]

    async def close(self) -> None:
        await asyncio.gather(*(policy.close() for policy in self.policies))

    def _mix(self, lists: Iterable[list[Candidate]]) -> list[Candidate]:
        """One list, best first; candidates that are no tactics keep their tokens and their reason."""
        fails: dict[str, float] = {}
        tokens: dict[str, int] = {}
        dropped = []
        for chance, candidates in zip(self._chances, lists, strict=True):
            dropped += [candidate for candidate in candidates if not candidate.tactic.strip()]
            for tactic, share in _works(candidates, chance).items():
                fails[tactic] = fails.get(tactic, 1.0) * (1.0 - share)
            for candidate in candidates:
                if candidate.tactic.strip():
                    tokens[candidate.tactic] = tokens.get(candidate.tactic, 0) + candidate.tokens
        works = {tactic: 1.0 - share for tactic, share in fails.items()}
        shares = _shares(works, self._costs)
        ranked = sorted(shares, key=lambda tactic: -shares[tactic])
        chances = works if self._learnt else dict.fromkeys(works, 1.0)
        return [Candidate(t, math.log(shares[t]), tokens[t], "", chances[t]) for t in ranked] + dropped


def _shares(probability: Mapping[str, float], costs: TacticCosts | None) -> dict[str, float]:
    """Tactic to share, which sum to 1, in proportion to probability, per expected second where that is
    known."""
    rates = {tactic: one / (costs.seconds(tactic) if costs else 1.0) for tactic, one in probability.items()}
    total = math.fsum(rates.values())
    return {tactic: rate / total for tactic, rate in rates.items()}


def _works(candidates: Iterable[Candidate], chance: float | None) -> dict[str, float]:
    """Tactic to the chance that it works, which sum to `chance` if there is one; of equal tactics the
    likeliest counts."""
    best: dict[str, float] = {}
    for candidate in candidates:
        logprob = max(candidate.logprob, _IMPOSSIBLE)
        if candidate.tactic.strip() and not math.isnan(logprob):
            best[candidate.tactic] = max(logprob, best.get(candidate.tactic, -math.inf))
    if chance is None:
        return {tactic: math.exp(max(logprob, _LEAST)) for tactic, logprob in best.items()}
    top = max(best.values(), default=0.0)
    weights = {tactic: math.exp(max(logprob - top, _LEAST)) for tactic, logprob in best.items()}
    total = math.fsum(weights.values())
    return {tactic: chance * weight / total for tactic, weight in weights.items()}
