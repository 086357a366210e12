"""`prover mcp`: the service's operations for AI assistants, over the Model Context Protocol on stdio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console

from prover.attempts import open_tools
from prover.attempts.home import LeanChoice, open_home
from prover.cli import INTERRUPTED
from prover.cli.choices import (
    BudgetText,
    ModelName,
    PolicyNames,
    PresetName,
    ScoreName,
    ServerUrl,
    StepSeconds,
    StrategyName,
    make_plan,
    policy_choice,
)
from prover.cli.serve import PRELUDES, START_S, require_extra, warm_up
from prover.lean.backend import LeanLimits
from prover.lean.pool import PoolSettings
from prover.policy.registry import open_policy

if TYPE_CHECKING:
    from prover.service.operations import Settings

EXAMPLES = """
Let an AI assistant suggest tactics, search for proofs and have proofs judged: a Model Context Protocol server
on standard input and output.

An assistant starts it itself; its configuration names this command:

    {"mcpServers": {"prover": {"command": "prover", "args": ["mcp"]}}}

    {"mcpServers": {"prover": {"command": "prover", "args": ["mcp", "--budget", "lean_s=120"]}}}

Run `prover setup lean` once before. Exit codes: 0 the assistant has ended it, 2 bad input, 3 something is
missing on this machine.
"""


def mcp(
    policy: PolicyNames = "",
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    strategy: StrategyName = "",
    budget: BudgetText = "",
    score: ScoreName = "",
    step_seconds: StepSeconds = 5.0,
) -> None:
    require_extra("mcp", "prometheus_client")
    from prover.service.operations import Settings

    choice = policy_choice(policy, preset, model, server, None)
    settings = Settings(choice, make_plan(choice, strategy, budget, score, None))
    asyncio.run(_until_interrupted(_answer(settings, LeanLimits(step_s=step_seconds, start_s=START_S))))


mcp.__doc__ = EXAMPLES


async def _until_interrupted(answering: Coroutine[None, None, None]) -> None:
    try:
        await answering
    except asyncio.CancelledError:
        os._exit(INTERRUPTED)  # A thread reads standard input, and Python would wait for its next line.


async def _answer(settings: Settings, limits: LeanLimits) -> None:
    """The assistant is answered at once; its first call waits for Lean."""
    from prover.service.mcp_server import create_server
    from prover.service.operations import Operations

    home = open_home(LeanChoice(), Console(stderr=True))
    policy = partial(open_policy, settings.choice)
    async with open_tools(home, policy, limits, PoolSettings(spares=0)) as waiting:

        async def open_operations() -> Operations:
            _, tools = await waiting.with_policy(warm_up(waiting, PRELUDES[:1]))
            return Operations(tools, settings)

        opening = asyncio.create_task(open_operations())
        serving = asyncio.create_task(create_server(lambda: asyncio.shield(opening)).run_stdio_async())
        try:
            await asyncio.wait({serving})
        finally:
            opening.cancel()
            (operations,) = await asyncio.gather(opening, return_exceptions=True)
            if isinstance(operations, Operations):
                await operations.close()
    await serving
