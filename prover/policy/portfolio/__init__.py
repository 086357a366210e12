"""A policy without a model: tactics chosen by what stands in the goal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prover.policy.portfolio.equations import factors
from prover.policy.portfolio.finite_sets import finite_sets, least
from prover.policy.portfolio.functions import instances, scaled, unfoldings
from prover.policy.portfolio.inequalities import divisions, inequalities
from prover.policy.portfolio.integers import (
    divisors_of_combinations,
    inductions,
    powers_modulo,
    residues,
    subtractions,
)
from prover.policy.portfolio.rules import closers, introductions, last_resorts, normal, splits
from prover.policy.portfolio.searches import searches
from prover.policy.portfolio.sequences import periods, progressions
from prover.policy.portfolio.special import special
from prover.policy.portfolio.view import View
from prover.types import Candidate, State

MAX_CANDIDATES = 40
_STEP = 0.05
"""Each candidate is that much less likely (natural log) than the one before it."""

Rule = Callable[[View], Iterator[str]]

_ALWAYS: tuple[Rule, ...] = (closers, introductions)
_WHEN_NORMAL: tuple[Rule, ...] = (
    special,
    unfoldings,
    residues,
    powers_modulo,
    finite_sets,
    least,
    divisors_of_combinations,
    periods,
    progressions,
    scaled,
    inequalities,
    instances,
    searches,
    subtractions,
    inductions,
    factors,
    splits,
    divisions,
    last_resorts,
)


class PortfolioPolicy:
    """The baseline that every model has to beat. What it proposes depends on the state's first goal alone."""

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [candidates(state) for state in states]

    async def close(self) -> None:
        """There is nothing to free."""


def candidates(state: State) -> list[Candidate]:
    """The candidates for a state's first goal, at most `MAX_CANDIDATES`; none where no goal is open."""
    if not state.goals:
        return []
    view = View(state.goals[0])
    rules = (*_ALWAYS, *_WHEN_NORMAL) if normal(view) else (*_ALWAYS, splits)
    tactics = dict.fromkeys(tactic for rule in rules for tactic in rule(view))
    return [Candidate(tactic, -_STEP * rank) for rank, tactic in enumerate(list(tactics)[:MAX_CANDIDATES], 1)]
