"""Lean and the policy behind an editor: started at the first Lean file, ended with the editor."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial

from prover.attempts import Plan, open_tools
from prover.attempts.home import LeanHome, embedded_home
from prover.attempts.suggest import best_first
from prover.editor.documents import Document
from prover.editor.fileprover import FileProver
from prover.editor.jobs import Job, Wait
from prover.editor.suggest import InFile, Spot, Suggester
from prover.errors import SetupError
from prover.lean.backend import LeanLimits
from prover.lean.embedded.install import locate_lean
from prover.lean.pool import PoolSettings
from prover.policy.registry import PolicyChoice, open_policy
from prover.types import Statement

THOROUGH = LeanLimits(step_s=5.0, start_s=60.0)

_MAX_JOBS = 32

_MAX_BYTES = 2_600_000_000
"""Resident memory at which Lean is started anew: a file's environments take more than one theorem's."""


@dataclass(frozen=True, slots=True)
class EditorOptions:
    """What `prover lsp` was started with. `plan` is how a whole proof is searched for.

    step_s: the time limit of one suggested tactic, in seconds.
    """

    choice: PolicyChoice
    plan: Plan
    step_s: float = 1.0
    code_lens: bool = True
    hover: bool = True


def installed_lean() -> LeanHome:
    """The embedded Lean. Raises `SetupError` where it is not set up: an editor downloads nothing unasked."""
    lean = locate_lean()
    if lean is None or not lean.project_build_dir.is_dir():
        raise SetupError("the embedded Lean is not set up: run `prover setup lean`, then restart the editor")
    return embedded_home(lean)


@dataclass(slots=True)
class Service:
    """Opens the tools once; answers wait until they are there."""

    options: EditorOptions
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _opening: asyncio.Task[Suggester] | None = None
    _jobs: OrderedDict[tuple[Statement, str], Job] = field(default_factory=OrderedDict)

    def start(self) -> None:
        """Open the tools, if they are not."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())

    async def suggester(self) -> Suggester:
        """Raises `SetupError` and `ModelError`, each time again."""
        self.start()
        assert self._opening is not None
        return await asyncio.shield(self._opening)

    @property
    def ready(self) -> bool:
        """Whether a question would be answered without waiting for Lean or the model to start."""
        return self._opening is not None and self._opening.done()

    async def warm(self, document: Document) -> None:
        """Have what the file imports loaded, and each tactic run once that is slow the first time."""
        suggester, outline = await self.suggester(), await document.outline()
        if outline.units:
            await suggester.warm(outline.prefix(outline.units[0]))

    async def suggestions(
        self, document: Document, offset: int, wait: Wait, typing: bool = False
    ) -> tuple[Spot | None, list[InFile], bool]:
        """The spot at `offset`, the best checked suggestions so far, and whether there will be no more."""
        suggester = await self.suggester()
        spot = await suggester.spot(await document.outline(), offset, typing)
        if spot is None:
            return None, [], True
        job = self._job(suggester, spot)
        try:
            found = await job.first(wait)
        except asyncio.CancelledError:
            job.cancel()
            raise
        here = [one.moved(spot.unit.start, spot.text) for one in found]
        return spot, best_first(here), job.over

    async def close(self) -> None:
        for job in self._jobs.values():
            job.cancel()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._stack.aclose()

    def _job(self, suggester: Suggester, spot: Spot) -> Job:
        """The job for a spot: the one that is under way or done for the same text, or a new one."""
        key = spot.state.statement, spot.place.plain
        job = self._jobs.pop(key, None)
        if job is None or (job.over and not job.complete):
            for other in self._jobs.values():
                if not other.idle:
                    other.cancel()
            job = Job(suggester.suggestions(spot))
        self._jobs[key] = job
        if len(self._jobs) > _MAX_JOBS:
            self._jobs.popitem(last=False)[1].cancel()
        return job

    async def _open(self) -> Suggester:
        home = await asyncio.to_thread(installed_lean)
        policy = partial(open_policy, self.options.choice)
        pool = PoolSettings(size=1, spares=0, max_bytes=_MAX_BYTES)
        opening = open_tools(home, policy, THOROUGH, pool)
        waiting = await self._stack.enter_async_context(opening)
        _, tools = await waiting.with_policy(asyncio.sleep(0))
        quick = LeanLimits(step_s=self.options.step_s, start_s=30.0)
        thorough = FileProver(waiting.prover.pool, THOROUGH)
        tools = replace(tools, prover=thorough)
        return Suggester(tools, thorough.with_limits(quick), thorough)
