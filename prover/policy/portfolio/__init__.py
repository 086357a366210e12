"""A policy without a model: tactics chosen by what stands in the goal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import log

from prover.policy.chances import Chances
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
from prover.types import Candidate, Goal, State

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
    """The baseline that every model has to beat. What it proposes depends on the state's first goal alone.

    With `chances`, the log-probability of a tactic is that of its working; else it follows the order of the
    rules.
    """

    def __init__(self, chances: Chances | None = None) -> None:
        self._chances = chances

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [candidates(state, self._chances) for state in states]

    async def close(self) -> None:
        """There is nothing to free."""


def candidates(state: State, chances: Chances | None = None) -> list[Candidate]:
    """The candidates for a state's first goal, at most `MAX_CANDIDATES`; none where no goal is open."""
    if not state.goals:
        return []
    found = list(proposals(state.goals[0]).items())[:MAX_CANDIDATES]
    if chances is None:
        return [Candidate(tactic, -_STEP * rank) for rank, (tactic, _) in enumerate(found, 1)]
    return [Candidate(tactic, log(chances.of(*origin))) for tactic, origin in found]


def proposals(goal: Goal) -> dict[str, tuple[str, int]]:
    """All tactics for a goal, in order; for each the first rule that proposes it, and its place there."""
    view = View(goal)
    rules = (*_ALWAYS, *_WHEN_NORMAL) if normal(view) else (*_ALWAYS, splits)
    found: dict[str, tuple[str, int]] = {}
    for rule in rules:
        for place, tactic in enumerate(rule(view)):
            found.setdefault(tactic, (rule.__name__, place))
    return found
