"""The next tactics of a state, each already run: what an editor, a page or a program offers a person."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from prover.attempts.tools import Tools
from prover.errors import InputError
from prover.search.goals import canonical_key
from prover.search.results import describe
from prover.search.scores import ranked
from prover.types import Candidate, Closed, Goal, Open, State


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tactic that works on a state of `before` goals.

    `goals` is what the whole state is then; none where the proof is complete.
    """

    tactic: str
    logprob: float
    goals: tuple[Goal, ...]
    before: int
    seconds: float

    @property
    def closes(self) -> bool:
        return len(self.goals) < self.before

    @property
    def label(self) -> str:
        """What it does, in a word or two."""
        if self.closes:
            return "closes the goal"
        left = len(self.goals)
        return "progress" if left == self.before else f"{left} goals left"


Some = TypeVar("Some", bound=Suggestion)


def best_first(suggestions: Iterable[Some]) -> list[Some]:
    """What proves, what closes a goal, then as they were: in the policy's order."""
    return sorted(suggestions, key=lambda one: min(len(one.goals), one.before))


@dataclass(frozen=True, slots=True)
class Suggestions:
    """`found` has the best first. `tried` tactics were run. `cut` where time was up before all had been."""

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
    """Up to `count` tactics that work, found within so many seconds. Raises `ModelError`."""
    trial, found, over = Trial(tools, state), list[Suggestion](), False
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for one in trial.working():
                found.append(one)
                if len(found) == count:
                    break
            over = True
    return Suggestions(state, tuple(best_first(found)), trial.tried, cut=not over)


class Trial:
    """What the policy proposes at a state, run one after the other. `tried` counts what was run.

    Of `also`, other tactics, the likelier first, one is run after every second of the policy's. `known` is
    asked first whether a tactic completes the proof; where it cannot tell (None) the tactic is run.
    """

    def __init__(
        self,
        tools: Tools,
        state: State,
        also: Sequence[str] = (),
        known: Callable[[str], Awaitable[bool | None]] | None = None,
    ) -> None:
        self.tried = 0
        self._tools, self._state, self._also, self._known = tools, state, also, known

    async def working(self) -> AsyncIterator[Suggestion]:
        """Tactics that work, as they are found, in the order in which they are run. Raises `ModelError`.

        A tactic that changes nothing, or leaves what another one left, is none.
        """
        with self._tools.flow.asking():
            (proposed,) = await self._tools.policy.propose([self._state])
        seen = {canonical_key(self._state.goals)}
        for candidate in _mixed(ranked(proposed), self._also):
            self.tried += 1
            one = await self._run(candidate)
            if one is None:
                continue
            key = canonical_key(one.goals)
            if not one.goals or key not in seen:
                seen.add(key)
                yield one

    async def _run(self, candidate: Candidate) -> Suggestion | None:
        flow, before, began = self._tools.flow, len(self._state.goals), time.monotonic()
        with flow.stepping():
            completes = None if self._known is None else await self._known(candidate.tactic)
            if completes is not None:
                seconds = time.monotonic() - began
                done = Suggestion(candidate.tactic, candidate.logprob, (), before, seconds)
                return done if completes else None
            result = await self._tools.prover.step(self._state, candidate.tactic)
        flow.stepped(result.seconds)
        if isinstance(result, Closed):
            return Suggestion(candidate.tactic, candidate.logprob, (), before, result.seconds)
        if isinstance(result, Open) and (goals := result.state.goals):
            return Suggestion(candidate.tactic, candidate.logprob, goals, before, result.seconds)
        return None


def _mixed(proposed: Sequence[Candidate], also: Sequence[str]) -> Iterator[Candidate]:
    known = {candidate.tactic for candidate in proposed}
    others = iter([Candidate(tactic, -math.inf) for tactic in also if tactic not in known])
    for number, candidate in enumerate(proposed, start=1):
        yield candidate
        if number % 2 == 0:
            yield from islice(others, 1)
    yield from others
