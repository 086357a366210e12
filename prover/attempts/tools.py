"""What every attempt needs: a prover, a judge, a policy. They are started together and ended together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from prover.attempts.home import LeanHome
from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.session import Launch
from prover.search.flow import Flow
from prover.types import Policy

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by all theorems that are attempted at the same time."""

    prover: LeanProver
    judge: LeanJudge
    policy: Policy
    flow: Flow
    home: LeanHome = LeanHome(Launch(()))


class ToolsOnTheWay:
    """Lean is there at once; the policy, which may take a minute, is being opened."""

    def __init__(
        self,
        home: LeanHome,
        pool: PoolSettings | None,
        limits: LeanLimits,
        policy: Callable[[], Awaitable[Policy]],
    ) -> None:
        self.home = home
        settings = pool or PoolSettings()
        spares = settings.spares if home.spares else 0
        settings = replace(settings, max_bytes=max(settings.max_bytes, home.max_bytes), spares=spares)
        self._pool = LeanPool(home.launch, settings)
        self.prover = home.prover(self._pool, limits)
        self.judge = home.judge(self._pool)
        self._policy = asyncio.ensure_future(policy())

    async def with_policy(self, first: Awaitable[T]) -> tuple[T, Tools]:
        """The result of `first`, which runs while the policy is being opened, and all tools.

        What fails first is raised.
        """
        task = asyncio.ensure_future(first)
        try:
            result, policy = await asyncio.gather(task, self._policy)
        finally:
            task.cancel()
        return result, Tools(self.prover, self.judge, policy, Flow(self._pool.settings.size), self.home)

    async def close(self) -> None:
        """End the model, then Lean."""
        self._policy.cancel()
        (policy,) = await asyncio.gather(self._policy, return_exceptions=True)
        if not isinstance(policy, BaseException):
            await policy.close()
        await self.judge.close()
        await self.prover.close()


@asynccontextmanager
async def open_tools(
    home: LeanHome,
    policy: Callable[[], Awaitable[Policy]],
    limits: LeanLimits | None = None,
    pool: PoolSettings | None = None,
) -> AsyncIterator[ToolsOnTheWay]:
    """The tools of one command, ended when it is over, however it ends."""
    tools = ToolsOnTheWay(home, pool, limits or LeanLimits(), policy)
    try:
        yield tools
    finally:
        await tools.close()
