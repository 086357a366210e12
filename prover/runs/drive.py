"""The driver of a run on one machine: free attempts are claimed, made on shared tools, and recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from prover.attempts import Plan, Tools
from prover.errors import ModelError
from prover.runs.execute import run_job
from prover.runs.journal import journal_file
from prover.runs.records import Finished, Job, Outcome
from prover.runs.store import Store
from prover.search import Progress

OnFinished = Callable[[Job, Finished], None]
OnStep = Callable[[Job, Progress], None]

PARTIAL = "partial"
"""The folder, beside the store, of the journals of attempts under way."""

MODEL_FAILURES = 3
"""So many attempts in a row to which the model gives no answer end the run."""


@dataclass(frozen=True, slots=True)
class DriveSettings:
    """`in_flight` theorems are searched at a time; as many again may wait for the judge or be set up."""

    in_flight: int = 2
    seed: int = 0
    worker: str = "driver"


def _ignore(*_: object) -> None:
    """For those who do not look on."""


@dataclass(slots=True)
class Watch:
    """Who is told of each attempt's progress, and of each result once it is safe in the store."""

    step: OnStep = _ignore
    finished: OnFinished = _ignore


async def drive(
    store: Store, tools: Tools, plan: Plan, settings: DriveSettings, watch: Watch | None = None
) -> None:
    """Make every free attempt of the store. Cancelling it gives back what is under way.

    Raises `ModelError` when the model answers nothing any more, `DiskFullError` when there is no room; what
    was recorded is safe, and the rest is free again.
    """
    await _Driver(store, tools, plan, settings, watch or Watch()).run()


@dataclass(slots=True)
class _Driver:
    store: Store
    tools: Tools
    plan: Plan
    settings: DriveSettings
    watch: Watch
    running: dict[asyncio.Task[Finished], Job] = field(default_factory=dict)
    unanswered: list[tuple[Job, ModelError]] = field(default_factory=list)

    async def run(self) -> None:
        places = asyncio.Semaphore(self.settings.in_flight)
        (self.store.path.parent / PARTIAL).mkdir(exist_ok=True)
        try:
            while True:
                self._fill(places)
                if not self.running:
                    break
                done, _ = await asyncio.wait(self.running, return_when=asyncio.FIRST_COMPLETED)
                self._collect(done)
            if self.unanswered:
                raise self.unanswered[0][1]
        finally:
            await self._stop()

    def _fill(self, places: asyncio.Semaphore) -> None:
        wanted = 2 * self.settings.in_flight - len(self.running)
        for job in self.store.claim(self.settings.worker, wanted, self.settings.seed) if wanted > 0 else ():
            self.running[asyncio.create_task(self._attempt(job, places))] = job

    async def _attempt(self, job: Job, places: asyncio.Semaphore) -> Finished:
        def step(progress: Progress) -> None:
            self.watch.step(job, progress)

        with journal_file(self._partial(job)) as journal:
            return await run_job(self.tools, job, self.plan, places, step, journal)

    def _partial(self, job: Job) -> Path:
        return self.store.path.parent / PARTIAL / f"{job.id}.jsonl"

    def _collect(self, done: set[asyncio.Task[Finished]]) -> None:
        """Record what is finished, in one commit, and only then tell of it."""
        results = []
        for task in done:
            try:
                results.append((self.running[task], task.result()))
            except ModelError as error:
                self.unanswered.append((self.running[task], error))
        if results:
            # The model answers others: what it could not do is these attempts' own.
            results += [(job, _unanswered(error)) for job, error in self.unanswered]
            self.unanswered.clear()
            self.store.record([(job, self.settings.worker, finished) for job, finished in results])
        for task in done:
            del self.running[task]
        for job, finished in results:
            self._partial(job).unlink(missing_ok=True)
            self.watch.finished(job, finished)
        if len(self.unanswered) >= MODEL_FAILURES:
            raise self.unanswered[-1][1]

    async def _stop(self) -> None:
        """End what is under way; what it was is free again, at the latest when the run is opened next."""
        jobs = [*self.running.values(), *(job for job, _ in self.unanswered)]
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        if jobs:
            self.store.release(jobs)


def _unanswered(error: ModelError) -> Finished:
    return Finished(Outcome.CRASHED, f"the model gave no answer: {error}")
