"""`prover serve`: suggestion, proof and verification over HTTP, and a page on which a search is watched."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from prover.attempts import ToolsOnTheWay, open_tools
from prover.attempts.home import LeanChoice, open_home
from prover.cli.choices import (
    BudgetText,
    ModelName,
    PolicyNames,
    PresetName,
    Recording,
    ScoreName,
    ServerUrl,
    StepSeconds,
    StrategyName,
    make_plan,
    policy_choice,
)
from prover.errors import SetupError
from prover.lean.backend import LeanLimits
from prover.lean.pool import PoolSettings
from prover.policy.registry import open_policy
from prover.statements import minif2f
from prover.statements.preludes import prelude
from prover.types import Statement

if TYPE_CHECKING:
    from prover.service.operations import Settings

EXAMPLES = """
Serve suggestions, proofs and verdicts over HTTP, until Ctrl-C. On http://127.0.0.1:8080 a page shows a search
as it runs.

    prover serve

    prover serve --data valid.jsonl --budget lean_s=120

    PROVER_TOKEN=… prover serve --host 0.0.0.0 --processes 4 --at-a-time 8

    curl -s 127.0.0.1:8080/v1/suggest -H 'content-type: application/json' \\
        -d '{"statement": "∀ n : ℕ, n + 0 = n"}'

GET /openapi.json describes it, GET /metrics is for Prometheus. On a host that others reach, every request
needs `Authorization: Bearer` with the PROVER_TOKEN; put a proxy with TLS in front. Exit codes: 0 ended by
Ctrl-C, 2 bad input, 3 something is missing on this machine.
"""

START_S = 120.0
"""A service outlives a busy minute: so long may the imports of a statement take."""

PRELUDES = ("core", "field")
"""Those that are made ready before anybody asks, the likelier first."""


def serve(
    port: Annotated[
        int, typer.Option(help="Where it listens; 0 takes a free port.", min=0, max=65535)
    ] = 8080,
    host: Annotated[
        str, typer.Option(help="0.0.0.0 lets other machines in; needs PROVER_TOKEN.")
    ] = "127.0.0.1",
    data: Annotated[
        Path | None, typer.Option(help="A JSON-lines file of theorems to pick from on the page.")
    ] = None,
    policy: PolicyNames = "",
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    recording: Recording = None,
    strategy: StrategyName = "",
    budget: BudgetText = "",
    score: ScoreName = "",
    at_a_time: Annotated[int, typer.Option(help="Requests that work at a time.", min=1)] = 2,
    waiting: Annotated[int, typer.Option(help="Requests that wait; more are told to come again.", min=0)] = 8,
    processes: Annotated[
        int, typer.Option(help="Lean processes, about 1.4 GB each, and one spare.", min=1)
    ] = 1,
    step_seconds: StepSeconds = 5.0,
) -> None:
    require_extra("fastapi", "uvicorn", "prometheus_client")
    from prover.service.operations import Settings
    from prover.service.server import bind, require_token

    token = os.environ.get("PROVER_TOKEN", "").strip()
    require_token(host, token)
    choice = policy_choice(policy, preset, model, server, recording)
    problems = {one.name: one for one in minif2f.load(data)} if data is not None else {}
    plan = make_plan(choice, strategy, budget, score, None)
    settings = Settings(choice, plan, problems, at_a_time, waiting)
    pool = PoolSettings(size=processes)
    with bind(host, port) as bound:
        opening = open_tools(
            open_home(LeanChoice(), Console(stderr=True)),
            partial(open_policy, choice),
            LeanLimits(step_s=step_seconds, start_s=START_S),
            pool,
        )
        asyncio.run(_serve(opening, settings, bound, token))


serve.__doc__ = EXAMPLES


def require_extra(*modules: str) -> None:
    """Raises `SetupError` where one of these modules of the extra is not installed."""
    if lacking := [name for name in modules if importlib.util.find_spec(name) is None]:
        raise SetupError(f"not installed: {', '.join(lacking)}; pip install 'prover[service]'")


async def _serve(
    opening: AbstractAsyncContextManager[ToolsOnTheWay], settings: Settings, bound: socket.socket, token: str
) -> None:
    from prover.service.app import create_app
    from prover.service.operations import Operations
    from prover.service.server import serve as answer
    from prover.service.server import url_of

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    async with opening as waiting:
        with console.status("starting Lean and the policy"):
            _, tools = await waiting.with_policy(warm_up(waiting))
        operations = Operations(tools, settings)
        typer.echo(f"serving at {url_of(bound)}; Ctrl-C ends it")
        await answer(create_app(operations, token), bound, operations.stop)
        await operations.close()
    console.print("prover: the service has ended", markup=False)


async def warm_up(tools: ToolsOnTheWay, preludes: Sequence[str] = PRELUDES) -> None:
    """What the first request would have to wait for: preludes, and for the first one the judge's process."""
    true = [Statement("warm_up", "theorem warm_up : True", prelude(name).header) for name in preludes]
    judging = asyncio.ensure_future(tools.judge.judge(true[0], "trivial"))
    for statement in true:
        await tools.prover.start(statement)
        await tools.prover.release(statement)
    await judging
