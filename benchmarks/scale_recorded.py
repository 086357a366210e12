"""A prover and a policy that answer at once, or after a sleep: what is left is the driver's own work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from prover.attempts import Tools
from prover.lean.pool import PoolCounts
from prover.policy.registry import OpenEngine
from prover.runs.records import Theorem
from prover.search.flow import Flow
from prover.types import (
    Candidate,
    Checked,
    Closed,
    Goal,
    Open,
    Rung,
    State,
    Statement,
    Step,
    StepResult,
    TacticError,
    Verdict,
)

_GOAL = Goal("⊢ p", "p")
_VERDICT = Verdict((Rung("kernel", True),))


class RecordedProver:
    """Every theorem is proved by the tactic `right`, which costs `seconds` of sleep; `wrong` fails."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self.pool = SimpleNamespace(counts=PoolCounts())

    async def start(self, statement: Statement) -> State:
        return State(statement, (), (_GOAL,))

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        if step == "right":
            if self._seconds:
                await asyncio.sleep(self._seconds)
            return Closed(path=(*state.path, step), seconds=self._seconds)
        if step != "wrong":
            return Open(state=State(state.statement, (*state.path, step), state.goals))
        return TacticError(message="no")

    async def check(self, statement: Statement, script: str) -> Checked:
        return Checked()

    async def release(self, statement: Statement) -> None:
        """Nothing is kept."""

    async def close(self) -> None:
        """There is nothing to end."""


class RecordedPolicy:
    """Proposes the same two tactics for every state."""

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [[Candidate("wrong", -0.5, 3), Candidate("right", -1.0, 3)] for _ in states]

    async def close(self) -> None:
        """There is nothing to end."""


class RecordedJudge:
    """Accepts every proof."""

    async def judge(self, statement: Statement, script: str) -> Verdict:
        return _VERDICT


def recorded_tools(seconds: float = 0.0) -> Tools:
    """Tools that cost a theorem `seconds` of sleep and no more."""
    parts: Any = (RecordedProver(seconds), RecordedJudge(), RecordedPolicy(), Flow())
    return Tools(*parts)


@asynccontextmanager
async def worker_tools(seconds: float, _: OpenEngine) -> AsyncIterator[Tools]:
    """The same for a worker on a cluster."""
    yield recorded_tools(seconds)


def theorems(count: int) -> Iterator[Theorem]:
    """As many as wanted, made when they are asked for."""
    for number in range(count):
        name = f"t{number}"
        yield Theorem(name, Statement(name, f"theorem {name} : {number} + 0 = {number}"))
