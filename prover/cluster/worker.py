"""The actor that makes attempts: it keeps warm Lean processes, and has no more than it works on."""

from __future__ import annotations

import asyncio
import platform
from contextlib import AsyncExitStack
from typing import Any

from prover.attempts import Tools
from prover.cluster.engine import Replicas
from prover.cluster.messages import Busy, Failed, Given, Hung, Lines, Made, Searched, Step, Work
from prover.cluster.outbox import Inbox, Outbox
from prover.cluster.versions import require_same_versions
from prover.errors import ProverError
from prover.runs.execute import run_job
from prover.runs.journal import Journal
from prover.runs.progress import load_of
from prover.search import Progress


class Worker:
    """An asynchronous Ray actor. The driver gives it work, and fetches what it has to tell."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._outbox, self._open = Outbox(), AsyncExitStack()
        self._replicas = Replicas(self._broken, work.answer_s)
        self._inboxes: dict[int, Inbox] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._steps: dict[int, Progress] = {}
        self._tools: Tools | None = None

    async def open(self) -> str:
        """Open the tools, which may take minutes at first; the name of the machine this is on.

        Raises `SetupError` and what else opening them does.
        """
        require_same_versions(self._work.versions)
        self._tools = await self._open.enter_async_context(self._work.tools(self._replicas.open_engine))
        return platform.node()

    async def replicas(self, engine: str, handles: dict[str, Any]) -> None:
        """The replicas of a model, by their names, that answer from now on."""
        self._replicas.set(engine, handles)

    async def give(self, id: int, part: bytes) -> None:
        """The next part of a `Given`; with the last, the attempt begins."""
        for given in self._inboxes.setdefault(id, Inbox()).add(part):
            del self._inboxes[id]
            self._running[id] = asyncio.create_task(self._attempt(given))

    async def news(self, wait_s: float, linger_s: float) -> bytes:
        """The next part of what there is to tell (see `Outbox.part`)."""
        for id, progress in self._steps.items():
            self._outbox.put(Step(id, progress))
        self._steps.clear()
        if self._tools is not None and self._running:
            self._outbox.put(Busy(load_of(self._tools)))
        return await self._outbox.part(wait_s, linger_s)

    async def close(self) -> None:
        """End everything. What is not finished is given up."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await self._open.aclose()

    def _broken(self, replica: str, reason: str) -> None:
        self._outbox.put(Hung(replica, reason), urgent=True)

    async def _attempt(self, given: Given) -> None:
        id = given.job.id

        def step(progress: Progress) -> None:
            self._steps[id] = progress

        journal = Journal(given.journal.splitlines(), lambda lines: self._outbox.put(Lines(id, lines)))
        assert self._tools is not None
        try:
            place = _Place(self._outbox, id)
            made = await run_job(self._tools, given.job, self._work.plan, place, step, journal)
            self._outbox.put(Made(id, made), urgent=True)
        except ProverError as error:
            self._outbox.put(Failed(id, error), urgent=True)
        finally:
            self._steps.pop(id, None)
            del self._running[id]


class _Place:
    """What `run_job` holds while it searches: the driver is told when it is free."""

    def __init__(self, outbox: Outbox, id: int) -> None:
        self._outbox, self._id = outbox, id

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *error: object) -> None:
        self._outbox.put(Searched(self._id), urgent=True)
