"""The tools with which a run's attempts are made, here or by a worker elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console

from prover.attempts import Tools, open_tools
from prover.attempts.home import LeanChoice, open_home
from prover.lean.backend import LeanLimits
from prover.lean.pool import PoolSettings
from prover.policy.registry import OpenEngine, PolicyChoice, open_policy


@dataclass(frozen=True, slots=True)
class LeanTools:
    """How tools are opened. It can be pickled. step_s: time limit of one tactic. lean: which Lean."""

    choice: PolicyChoice
    processes: int
    step_s: float
    lean: LeanChoice = LeanChoice()

    @asynccontextmanager
    async def open(self, engines: OpenEngine | None = None) -> AsyncIterator[Tools]:
        """Lean, set up where it is not yet, and the policy, whose models `engines` opens."""
        lean = open_home(self.lean, Console(stderr=True))
        limits, pool = LeanLimits(step_s=self.step_s), PoolSettings(size=self.processes)
        policy = partial(open_policy, self.choice, engines)
        async with open_tools(lean, policy, limits, pool) as waiting:
            _, tools = await waiting.with_policy(asyncio.sleep(0))
            yield tools

    def anywhere(self) -> LeanTools:
        """The same where another folder is the current one."""
        choice = self.choice
        model = str(Path(choice.model).absolute()) if Path(choice.model).is_dir() else choice.model
        recording = choice.recording and choice.recording.absolute()
        return replace(self, choice=replace(choice, model=model if choice.model else "", recording=recording))
