"""What workers and replicas on a cluster are given in tests: they import it, so it is no test module."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster_run import noted_tools
from recorded_prover import TablePolicy
from recorded_run import table

from prover.attempts import Tools
from prover.policy.engine import Completion, Engine, Prompt, Sampling, Usage
from prover.policy.preset import load_preset
from prover.policy.registry import SMALL_PRESET, OpenEngine, PolicyChoice
from prover.types import Candidate, State

ROWS = table(16, 0.02)


class RecordedEngine:
    """A language model that knows the table; its fifth answer never comes, unless one has hung already."""

    def __init__(self, notes: Path) -> None:
        self.usage, self._notes, self._asked = Usage(), notes, 0

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        self._asked += 1
        if self._asked == 5 and not (self._notes / "hung").exists():
            (self._notes / "hung").touch()
            while True:
                await asyncio.sleep(3600)
        tactics = ROWS.get(str(prompt), {})
        return [Completion(tactic, 1, -1.0 - index) for index, tactic in enumerate(tactics)]

    async def close(self) -> None:
        """There is nothing to end."""


async def recorded_engine(notes: Path) -> RecordedEngine:
    return RecordedEngine(notes)


@dataclass
class AskingPolicy:
    """Proposes what the model completes the goal with."""

    engine: Engine

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [await self._one(state) for state in states]

    async def close(self) -> None:
        await self.engine.close()

    async def _one(self, state: State) -> list[Candidate]:
        answers = await self.engine.complete(state.goals[0].text, Sampling())
        return [Candidate(one.text, one.logprob or 0.0, one.tokens) for one in answers]


@asynccontextmanager
async def model_tools(notes: Path, engines: OpenEngine) -> AsyncIterator[Tools]:
    engine = await engines("recorded", PolicyChoice(), load_preset(SMALL_PRESET))
    yield noted_tools(ROWS, notes, AskingPolicy(engine))


NOISY = 400
"""Failures of the noisy theorem: its tree is larger than what Ray sends without its object store."""


def noisy_table() -> dict[str, dict[str, Any]]:
    noise = random.Random(0)
    failures = {f"no {n}": f"error: {noise.randbytes(250).hex()}" for n in range(NOISY)}
    return {f"proved {n}": {**failures, "go": "closed"} for n in (0, 1, 3, 4)}


@asynccontextmanager
async def noisy_tools(notes: Path, _: OpenEngine) -> AsyncIterator[Tools]:
    rows = noisy_table()
    yield noted_tools(rows, notes, TablePolicy(rows))


class Filler:
    """An actor that takes all room of its node's object store."""

    def fill(self) -> bool:
        """Whether nothing more went in."""
        import ray

        self.kept = list[Any]()
        for size in (10_000_000, 1_000_000, 100_000):
            try:
                for _ in range(200):
                    self.kept.append(ray.put(bytes(size)))
            except (ray.exceptions.ObjectStoreFullError, ray.exceptions.OutOfDiskError):
                continue
            return False
        return True
