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


class MixedPolicy:
    """A mixture of policies: a tactic's probability is the weighted mean of what the policies give it.

    What one policy says of a state is first made a distribution over the tactics it proposes, in proportion
    to their probabilities: so a policy with long tactics, or without tokens at all, has its say. A tactic
    that several propose gains from each.

    With `costs`, a tactic's share is in proportion to its probability per expected second: tried in this
    order, tactics find a proof soonest on average (Smith's rule, Naval Research Logistics 3, 1956).
    """

    def __init__(
        self,
        policies: Sequence[Policy],
        weights: Sequence[float] | None = None,
        costs: TacticCosts | None = None,
    ) -> None:
        weights = weights or [1.0] * len(policies)
        self.policies, self._costs = tuple(policies), costs
        self._weights = [weight / math.fsum(weights) for weight in weights]

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        """Raises `ModelError` as soon as one of the policies does."""
        answers = await together(policy.propose(states) for policy in self.policies)
        return [self._mix(lists) for lists in zip(*answers, strict=True)]

    async def close(self) -> None:
        await asyncio.gather(*(policy.close() for policy in self.policies))

    def _mix(self, lists: Iterable[list[Candidate]]) -> list[Candidate]:
        """One list, best first; candidates that are no tactics keep their tokens and their reason."""
        probability: dict[str, float] = {}
        tokens: dict[str, int] = {}
        dropped = []
        for weight, candidates in zip(self._weights, lists, strict=True):
            dropped += [candidate for candidate in candidates if not candidate.tactic.strip()]
            for tactic, share in _distribution(candidates).items():
                probability[tactic] = probability.get(tactic, 0.0) + weight * share
            for candidate in candidates:
                if candidate.tactic.strip():
                    tokens[candidate.tactic] = tokens.get(candidate.tactic, 0) + candidate.tokens
        if self._costs is not None:
            probability = _per_second(probability, self._costs)
        ranked = sorted(probability, key=lambda tactic: -probability[tactic])
        return [Candidate(t, math.log(probability[t]), tokens[t]) for t in ranked] + dropped


def _per_second(probability: Mapping[str, float], costs: TacticCosts) -> dict[str, float]:
    """Tactic to share, which sum to 1, in proportion to probability per expected second."""
    rates = {tactic: share / costs.seconds(tactic) for tactic, share in probability.items()}
    total = math.fsum(rates.values())
    return {tactic: rate / total for tactic, rate in rates.items()}


def _distribution(candidates: Iterable[Candidate]) -> dict[str, float]:
    """Tactic to probability, which sum to 1; of equal tactics the likeliest counts."""
    best: dict[str, float] = {}
    for candidate in candidates:
        logprob = max(candidate.logprob, _IMPOSSIBLE)
        if candidate.tactic.strip() and not math.isnan(logprob):
            best[candidate.tactic] = max(logprob, best.get(candidate.tactic, -math.inf))
    top = max(best.values(), default=0.0)
    weights = {tactic: math.exp(max(logprob - top, -50.0)) for tactic, logprob in best.items()}
    total = math.fsum(weights.values())
    return {tactic: weight / total for tactic, weight in weights.items()}
