"""Asks a misbehaving server through the engine for OpenAI-compatible servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from misbehaving_server import Behaviour, MisbehavingServer

from prover.errors import ModelError
from prover.policy.engine import ChatMessage, Prompt, Sampling
from prover.policy.engines.model_server import ModelServer
from prover.policy.engines.openai import OpenAIEngine

CHAT = (ChatMessage("system", "You prove."), ChatMessage("user", "⊢ 0 = 0"))
ONE = Sampling(n=1, max_tokens=8)
FOUR = Sampling(n=4, max_tokens=8)


@asynccontextmanager
async def bounded(seconds: float = 20.0) -> AsyncIterator[None]:
    """Ends the tasks that were started within, when they take that long; in the end none may be left."""
    before = asyncio.all_tasks()

    async def end_what_hangs() -> None:
        await asyncio.sleep(seconds)
        for task in asyncio.all_tasks() - before - {watchdog}:
            task.cancel()

    watchdog = asyncio.create_task(end_what_hangs())
    yield
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {watchdog, asyncio.current_task()}
    watchdog.cancel()
    assert not left


def engine_at(
    server: MisbehavingServer, timeout_s: float = 10.0, key: str = "", **options: Any
) -> OpenAIEngine:
    """An engine whose pauses are a thousandth of the usual ones."""
    options = {"patience_s": 5.0, "backoff_s": 0.001, **options}
    return OpenAIEngine(ModelServer(server.url, key, timeout_s), "tiny", **options)


async def ask(
    *script: Behaviour, prompt: Prompt = "⊢ 0 = 0", sampling: Sampling = ONE, **options: Any
) -> tuple[Any, MisbehavingServer, OpenAIEngine]:
    """What the engine makes of a server with this script: completions or an error; the server; itself."""
    async with MisbehavingServer(list(script)) as server:
        engine = engine_at(server, **options)
        try:
            result: Any = await engine.complete(prompt, sampling)
        except ModelError as error:
            result = error
        finally:
            await engine.close()
    return result, server, engine
