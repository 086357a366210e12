"""Who makes a run's attempts: the tools of this process, or workers elsewhere (`prover.cluster`)."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from prover.attempts import Plan, Tools
from prover.runs.execute import run_job
from prover.runs.journal import Journal
from prover.runs.progress import Load, load_of
from prover.runs.records import Finished, Job
from prover.search.best_first import OnProgress

THIS_MACHINE = "driver"
"""The name of the worker where the driver makes the attempts itself."""


class Crew(Protocol):
    """Makes attempts, several at a time."""

    @property
    def places(self) -> int:
        """Theorems that can be searched at the same time, as far as is known now."""
        ...

    async def attempt(self, job: Job, on_progress: OnProgress, journal: Journal) -> tuple[str, Finished]:
        """What came of the attempt, and the name of the worker that made it.

        More than `places` may be asked for: they wait. Raises what `run_job` does, and `SetupError` where
        there is nobody who could make it.
        """
        ...

    def load(self) -> Load:
        """How busy all are."""
        ...


class LocalCrew:
    """The `Crew` protocol on tools of this process: `in_flight` theorems are searched at a time."""

    def __init__(self, tools: Tools, plan: Plan, in_flight: int) -> None:
        self._tools, self._plan = tools, plan
        self._free = asyncio.Semaphore(in_flight)
        self.places = in_flight

    async def attempt(
        self,
        job: Job,
        on_progress: OnProgress,
        journal: Journal,
        place: AbstractAsyncContextManager[object] | None = None,
    ) -> tuple[str, Finished]:
        return THIS_MACHINE, await run_job(
            self._tools, job, self._plan, place or self._free, on_progress, journal
        )

    def load(self) -> Load:
        return load_of(self._tools)
