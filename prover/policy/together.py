"""Several requests to models at the same time, of which either all are answered or none is left running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def together(requests: Iterable[Awaitable[T]]) -> list[T]:
    """The answers of all, in order; when one fails, or the caller is cancelled, the others are cancelled."""
    tasks = [asyncio.ensure_future(request) for request in requests]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
