"""The tools with which a run's attempts are made, here or by a worker elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from prover.attempts import Tools, open_tools
from prover.attempts.home import LeanHome
from prover.lean.backend import LeanLimits
from prover.lean.pool import PoolSettings
from prover.policy.preset import whole_path
from prover.policy.registry import OpenEngine, PolicyChoice, open_policy
from prover.types import Policy


@dataclass(frozen=True, slots=True)
class RunTools:
    """How tools are opened. It can be pickled. step_s: time limit of one tactic. home: opens the prover."""

    choice: PolicyChoice
    processes: int
    step_s: float
    home: Callable[[Console], LeanHome]

    @asynccontextmanager
    async def open(self, engines: OpenEngine | None = None) -> AsyncIterator[Tools]:
        """The prover, set up where it is not yet, and the policy, whose models `engines` opens."""
        home = self.home(Console(stderr=True))
        limits, pool = LeanLimits(step_s=self.step_s), PoolSettings(size=self.processes)

        async def policy() -> Policy:  # Runs once there is a prover: `waiting` is set by then.
            return await open_policy(self.choice, engines, home.policies(waiting.prover))

        async with open_tools(home, policy, limits, pool) as waiting:
            _, tools = await waiting.with_policy(asyncio.sleep(0))
            yield tools

    def anywhere(self) -> RunTools:
        """The same where another folder is the current one."""
        choice, model = self.choice, self.choice.model
        whole = replace(
            choice,
            preset=whole_path(choice.preset),
            model=str(Path(model).absolute()) if model and Path(model).is_dir() else model,
            recording=choice.recording and choice.recording.absolute(),
        )
        return replace(self, choice=whole)
