"""Who makes a run's attempts: the tools of this process, or workers elsewhere (`prover.cluster`)."""

from __future__ import annotations

import asyncio
from typing import Protocol

from prover.attempts import Plan, Tools
from prover.runs.execute import run_job
from prover.runs.journal import Journal, JournalFile
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

    async def attempt(self, job: Job, on_progress: OnProgress, saved: JournalFile) -> tuple[str, Finished]:
        """The name of the worker that made the attempt, and what came of it; it goes on from what is `saved`.

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

    async def attempt(self, job: Job, on_progress: OnProgress, saved: JournalFile) -> tuple[str, Finished]:
        journal = Journal(saved.lines().splitlines(), saved.write)
        return THIS_MACHINE, await run_job(self._tools, job, self._plan, self._free, on_progress, journal)

    def load(self) -> Load:
        return load_of(self._tools)
