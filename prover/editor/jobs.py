"""Suggestions at a place as they are found: several requests may wait for the same ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from prover.editor.suggest import InFile

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
    """Collects what `source` gives, as many as are asked for, up to `MAX_FOUND` or `MAX_SECONDS` of work."""

    def __init__(self, source: AsyncIterator[InFile]) -> None:
        self.found: list[InFile] = []
        self._wanted = 0
        self._changed, self._asked = asyncio.Event(), asyncio.Event()
        self._task = asyncio.create_task(self._collect(source))
        self._task.add_done_callback(lambda _: self._changed.set())

    @property
    def over(self) -> bool:
        return self._task.done()

    @property
    def idle(self) -> bool:
        """Whether it does nothing until more is asked for."""
        return self.over or len(self.found) >= self._wanted

    @property
    def complete(self) -> bool:
        """Whether it came to its own end."""
        return self.over and not self._task.cancelled() and self._task.exception() is None

    def cancel(self) -> None:
        """Nobody wants more of it."""
        self._task.cancel()

    async def first(self, wait: Wait) -> list[InFile]:
        """What is found when the wait is over, or the search is. Raises what the source does."""
        began = time.monotonic()
        self._wanted = max(self._wanted, wait.enough)
        self._asked.set()
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

    async def _collect(self, source: AsyncIterator[InFile]) -> None:
        spent = 0.0
        while len(self.found) < MAX_FOUND and spent < MAX_SECONDS:
            while len(self.found) >= self._wanted:
                self._asked.clear()
                await self._asked.wait()
            began = time.monotonic()
            try:
                async with asyncio.timeout(MAX_SECONDS - spent):
                    self.found.append(await anext(source))
            except (TimeoutError, StopAsyncIteration):
                return
            spent += time.monotonic() - began
            self._changed.set()
