"""Many theorems at once on the same tools: while Lean works for one, the model works for others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from prover.attempts.theorem import Attempt, Plan, judged, search
from prover.attempts.tools import Tools
from prover.errors import StatementError
from prover.statements.preludes import start_with_prelude
from prover.types import Statement


async def attempt_many(
    tools: Tools, statements: Iterable[Statement], plan: Plan, in_flight: int
) -> AsyncIterator[tuple[Statement, Attempt | StatementError]]:
    """Each statement with what came of it, as they are done; at most `in_flight` are searched at a time.

    As many again may wait for the judge: it takes one after the other, and the search goes on meanwhile.
    `statements` is drawn from as places become free. A statement that does not elaborate does not stop the
    others. Leaving the loop early ends what is under way.
    """
    waiting, places = iter(statements), asyncio.Semaphore(in_flight)
    running: dict[asyncio.Task[Attempt | StatementError], Statement] = {}
    try:
        while True:
            while len(running) < 2 * in_flight and (statement := next(waiting, None)) is not None:
                running[asyncio.create_task(_one(tools, statement, plan, places))] = statement
            if not running:
                return
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield running.pop(task), task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _one(
    tools: Tools, statement: Statement, plan: Plan, places: asyncio.Semaphore
) -> Attempt | StatementError:
    try:
        async with places:
            _, state = await start_with_prelude(tools.prover, statement, tools.home.headers)
            result = await search(tools, state.statement, plan)
    except StatementError as error:
        return error
    return await judged(tools, state.statement, result)
