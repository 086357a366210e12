"""The service's operations as tools of AI assistants: a Model Context Protocol server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from prover.errors import ProverError, StatementError
from prover.service.live import Feed
from prover.service.operations import Operations
from prover.service.places import Busy
from prover.service.schema import (
    SCRIPT_CHARS,
    STATEMENT_CHARS,
    BudgetAsked,
    ProofOut,
    ProveAsked,
    StatementText,
    StatusOut,
    SuggestAsked,
    SuggestionsOut,
    TacticText,
    VerifiedOut,
    VerifyAsked,
)

T = TypeVar("T")

INSTRUCTIONS = """Proves theorems in Lean 4.28 without Mathlib: statements are elaborated under a prelude
that stands in for Mathlib's definitions of ℕ, ℤ, ℚ, ℝ, ℂ, finite sets, sums, divisibility and primes. Only
what `verify` or `prove` reports with `proved: true` is proved: it has been judged again in a Lean that
searches nothing."""


def create_server(operations: Callable[[], Awaitable[Operations]]) -> MCPServer[None]:
    """A server with the tools suggest, prove, verify and status; `operations` is awaited by each call."""
    server: MCPServer[None] = MCPServer("prover", instructions=INSTRUCTIONS, log_level="WARNING")

    @server.tool()
    async def suggest(
        statement: StatementText,
        tactics: Annotated[list[TacticText], Field(max_length=200)] = [],  # noqa: B006  (a schema's default)
        count: Annotated[int, Field(ge=1, le=64)] = 8,
    ) -> SuggestionsOut:
        """The next tactics for a statement, or for where `tactics` led, each run in Lean; `goals` are what it
        leaves."""
        asked = SuggestAsked(statement=statement, tactics=tactics, count=count)
        return await _told((await _ready(operations)).suggest(asked))

    @server.tool()
    async def prove(
        statement: StatementText,
        context: Context,
        seconds: Annotated[
            float | None, Field(gt=0, description="At most so long. Default: the server's.")
        ] = None,
    ) -> ProofOut:
        """Search for a proof and judge it. May take a minute; reports progress, and can be cancelled."""
        asked = ProveAsked(statement=statement, budget=BudgetAsked(wall_s=seconds))
        return await _told(_followed(await _ready(operations), asked, context))

    @server.tool()
    async def verify(
        statement: Annotated[str, Field(min_length=1, max_length=STATEMENT_CHARS + SCRIPT_CHARS)],
        proof: Annotated[str, Field(max_length=SCRIPT_CHARS)] = "",
    ) -> VerifiedOut:
        """The judge's verdict on a proof: its tactics; none where the statement comes with its proof."""
        return await _told((await _ready(operations)).verify(VerifyAsked(statement=statement, proof=proof)))

    @server.tool()
    async def status() -> StatusOut:
        """What proposes tactics, what the limits are, how busy it is, whether goals leave this machine."""
        return (await _ready(operations)).status()

    return server


async def _ready(operations: Callable[[], Awaitable[Operations]]) -> Operations:
    try:
        return await operations()
    except ProverError as error:
        raise ToolError(str(error)) from error


async def _followed(operations: Operations, asked: ProveAsked, context: Context) -> ProofOut:
    feed = Feed(tree=False)
    job = operations.begin(operations.prove(asked, feed))
    job.add_done_callback(lambda _: feed.end("end", {}))
    try:
        async for name, data in feed.events():
            if name == "progress":
                text = f"{data['expansions']} expansions, {data['open_goals']} open goals"
                await context.report_progress(data["steps"], message=text)
        return await job
    finally:
        job.cancel()


async def _told(operation: Coroutine[Any, Any, T]) -> T:
    """The operation's result. What the caller can mend is told with Lean's messages and their places."""
    try:
        return await operation
    except (ProverError, Busy) as error:
        places = error.messages if isinstance(error, StatementError) else ()
        lines = [f"{one.start.line}:{one.start.column}: {one.severity}: {one.text}" for one in places]
        raise ToolError("\n".join([str(error), *lines])) from error
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
        raise ToolError("the server is ending") from None
