"""Back-pressure: how many requests work at a time, how many may wait, and when to come back otherwise."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST_RETRY_S = 120


class Busy(Exception):
    """All places are taken and the waiting room is full; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"all places are taken, and so is the waiting room; try again in {retry_after} s")
        self.retry_after = retry_after


class Places:
    """`size` requests work at a time, `waiting` more wait for their turn, in the order in which they came."""

    def __init__(self, size: int, waiting: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._room, self._clock = size, waiting, clock
        self._queue: deque[Visit] = deque()
        self._working: set[Visit] = set()
        self._mean_s = 1.0

    @property
    def working(self) -> int:
        return len(self._working)

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @contextmanager
    def visit(self) -> Iterator[Visit]:
        """A place from here on, at first perhaps in the queue. Raises `Busy`."""
        if len(self._working) >= self._size and len(self._queue) >= self._room:
            raise Busy(self._retry_after())
        visit = Visit(self)
        self._queue.append(visit)
        self._admit()
        try:
            yield visit
        finally:
            self._leave(visit)

    def ahead_of(self, visit: Visit) -> int:
        """How many wait before it; 0 too for one that works already."""
        return self._queue.index(visit) if visit in self._queue else 0

    def _admit(self) -> None:
        while self._queue and len(self._working) < self._size:
            visit = self._queue.popleft()
            self._working.add(visit)
            visit.began = self._clock()
            visit.admitted.set()

    def _leave(self, visit: Visit) -> None:
        if visit in self._working:
            self._working.remove(visit)
            self._mean_s += 0.2 * (self._clock() - visit.began - self._mean_s)
        else:
            self._queue.remove(visit)
        self._admit()

    def _retry_after(self) -> int:
        """When about half of the queue will have been served."""
        rounds = (len(self._queue) / 2 + 1) / self._size
        return max(1, min(MOST_RETRY_S, math.ceil(rounds * self._mean_s)))


class Visit:
    """One request's stay."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.admitted = asyncio.Event()
        self.began = 0.0

    @property
    def ahead(self) -> int:
        return self._places.ahead_of(self)

    async def turn(self) -> None:
        """Wait until it is its turn to work."""
        await self.admitted.wait()
