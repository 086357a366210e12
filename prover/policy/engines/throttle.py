"""How many requests a model server gets at a time: more while it answers, half as many when it refuses."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prover.errors import ModelError


class Slot:
    """One request's leave to be sent. `began` is its number in the order of sending."""

    def __init__(self, throttle: Throttle, number: int) -> None:
        self._throttle = throttle
        self._number = number

    def answered(self) -> None:
        """The server answered: a whole round of answers raises the limit by one."""
        self._throttle.raise_limit()

    def refused(self, wait_s: float = 0.0) -> None:
        """The server has too much to do. No request is sent for `wait_s` seconds."""
        self._throttle.lower_limit(self._number, wait_s)


class Throttle:
    """Additive increase, multiplicative decrease of the number of requests in flight.

    The limit stays between 1 and `most`. At most `waiting` requests wait for their turn, in order; one more
    raises `ModelError`.
    """

    def __init__(self, start: int = 64, most: int = 256, waiting: int = 65536) -> None:
        self._limit = float(min(start, most))
        self._most = most
        self._most_waiting = waiting
        self._in_flight = 0
        self._sent = 0
        self._lowered_at = 0
        self._open_at = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """Requests that may be in flight."""
        return int(self._limit)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Wait for a turn; it is over at the end of the block."""
        await self._enter()
        try:
            while (pause := self._open_at - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            self._sent += 1
            yield Slot(self, self._sent)
        finally:
            self._in_flight -= 1
            self._wake()

    def raise_limit(self) -> None:
        """Called for each answer. A limit that is not reached says nothing about the server and stays."""
        if self._in_flight >= self.limit:
            self._limit = min(self._limit + 1 / self._limit, self._most)
        self._wake()

    def lower_limit(self, number: int, wait_s: float) -> None:
        """Called for each refusal. Requests that were sent before the last decrease lower nothing more."""
        self._open_at = max(self._open_at, time.monotonic() + wait_s)
        if number > self._lowered_at:
            self._limit = max(1.0, self._limit / 2)
            self._lowered_at = self._sent

    async def _enter(self) -> None:
        if self._in_flight < self.limit and not self._waiting:
            self._in_flight += 1
            return
        if len(self._waiting) >= self._most_waiting:
            raise ModelError(f"{self._most_waiting} requests wait for the model server already")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._in_flight -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self._in_flight < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)
