"""The next tactics of a state, each already run: what an editor, a page or a program offers a person."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from prover.attempts.tools import Tools
from prover.errors import InputError
from prover.search.goals import canonical_key
from prover.search.results import describe
from prover.types import Candidate, Closed, Goal, Open, State


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tactic that works. `goals` is what the whole state is then; none where the proof is complete."""

    tactic: str
    logprob: float
    goals: tuple[Goal, ...]
    seconds: float

    def label(self, before: int) -> str:
        """What it does, in a word or two, to a state of `before` goals."""
        if not self.goals:
            return "proves it"
        if len(self.goals) < before:
            return "closes the goal"
        left = len(self.goals)
        return "progress" if left == before else f"{left} goals left"


@dataclass(frozen=True, slots=True)
class Suggestions:
    """`found` has the best first: what proves, what closes a goal, then what the policy likes.

    `tried` tactics were run. `cut` where time was up before all proposed ones were.
    """

    state: State
    found: tuple[Suggestion, ...]
    tried: int
    cut: bool


async def advance(tools: Tools, state: State, tactics: Sequence[str]) -> State:
    """The state after `tactics`. Raises `InputError` with Lean's message for the first that fails."""
    for number, tactic in enumerate(tactics, start=1):
        result = await tools.prover.step(state, tactic)
        if isinstance(result, Closed):
            raise InputError(f"nothing is left to prove after tactic {number}, `{tactic}`")
        if not isinstance(result, Open):
            kind, message = describe(result)
            raise InputError(f"tactic {number}, `{tactic}`: {kind.replace('_', ' ')}: {message}")
        state = result.state
    return state


async def suggest(tools: Tools, state: State, count: int, seconds: float) -> Suggestions:
    """Up to `count` tactics that work, found within so many seconds.

    A tactic that changes nothing, or leads where a better one leads, is none. Raises `ModelError`.
    """
    found: list[Suggestion] = []
    candidates: list[Candidate] | None = None
    seen, tried = {canonical_key(state.goals)}, 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            candidates = await _candidates(tools, state)
            while candidates and len(found) < count:
                candidate, tried = candidates.pop(0), tried + 1
                one = await _try(tools, state, candidate)
                if one is not None and (key := canonical_key(one.goals)) not in seen:
                    seen.add(key)
                    found.append(one)
    before = len(state.goals)
    found.sort(key=lambda one: min(len(one.goals), before))
    return Suggestions(
        state, tuple(found), tried, cut=candidates is None or (bool(candidates) and len(found) < count)
    )


async def _candidates(tools: Tools, state: State) -> list[Candidate]:
    with tools.flow.asking():
        (proposed,) = await tools.policy.propose([state])
    texts: dict[str, Candidate] = {}
    for candidate in sorted(proposed, key=lambda one: one.logprob, reverse=True):
        if candidate.tactic.strip():
            texts.setdefault(candidate.tactic.strip(), candidate)
    return list(texts.values())


async def _try(tools: Tools, state: State, candidate: Candidate) -> Suggestion | None:
    with tools.flow.stepping():
        result = await tools.prover.step(state, candidate.tactic.strip())
    tools.flow.stepped(result.seconds)
    if isinstance(result, Closed):
        return Suggestion(candidate.tactic.strip(), candidate.logprob, (), result.seconds)
    if isinstance(result, Open) and result.state.goals:
        return Suggestion(candidate.tactic.strip(), candidate.logprob, result.state.goals, result.seconds)
    return None
