"""Suggestions at a place as they are found: several requests may wait for the same ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from prover.editor.suggest import Suggestion

MAX_FOUND = 12
"""Suggestions at one place; more are no help to anybody."""

MAX_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a request waits: for `enough` suggestions `seconds`, for the first one `patience` seconds."""

    enough: int
    seconds: float
    patience: float


class Job:
    """Collects what `source` gives, up to `MAX_FOUND` or `MAX_SECONDS`."""

    def __init__(self, source: AsyncIterator[Suggestion]) -> None:
        self.found: list[Suggestion] = []
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._collect(source))

    @property
    def over(self) -> bool:
        return self._task.done()

    @property
    def complete(self) -> bool:
        """Whether it came to its own end."""
        return self.over and not self._task.cancelled() and self._task.exception() is None

    def cancel(self) -> None:
        """Nobody wants more of it."""
        self._task.cancel()
        self._changed.set()

    async def first(self, wait: Wait) -> list[Suggestion]:
        """What is found when the wait is over, or the search is. Raises what the source does."""
        began = time.monotonic()
        while len(self.found) < wait.enough and not self.over:
            self._changed.clear()
            seconds = wait.seconds if self.found else wait.patience
            try:
                async with asyncio.timeout(began + seconds - time.monotonic()):
                    await self._changed.wait()
            except TimeoutError:
                break
        if self.over and not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error
        return list(self.found)

    async def _collect(self, source: AsyncIterator[Suggestion]) -> None:
        try:
            async with asyncio.timeout(MAX_SECONDS):
                async for suggestion in source:
                    self.found.append(suggestion)
                    self._changed.set()
                    if len(self.found) >= MAX_FOUND:
                        return
        except TimeoutError:
            return
        finally:
            self._changed.set()
