"""The driver of a run: free attempts are claimed, handed to a crew, and recorded when they are made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from prover.errors import ModelError
from prover.runs.crew import Crew
from prover.runs.journal import JournalFolder
from prover.runs.records import Finished, Job, Outcome
from prover.runs.store import Store
from prover.search import Progress

OnFinished = Callable[[Job, Finished], None]
OnStep = Callable[[Job, Progress], None]

DRIVER = "driver"
"""In whose name attempts are claimed: the run's lock is held by one process."""

PARTIAL = "partial"
"""The folder, beside the store, of the journals of attempts under way."""

MODEL_FAILURES = 3
"""So many attempts in a row to which the model gives no answer end the run."""

TOGETHER_S = 0.01
"""What is finished within so many seconds is recorded in one commit."""

MOST_AHEAD = 256
"""Attempts that are claimed, at most, for what is made in that time."""


@dataclass(frozen=True, slots=True)
class DriveSettings:
    """`in_flight` theorems are searched at a time; as many again may wait for the judge or be set up."""

    in_flight: int = 2
    seed: int = 0


def _ignore(*_: object) -> None:
    """For those who do not look on."""


@dataclass(slots=True)
class Watch:
    """Who is told of each attempt's progress, and of each result once it is safe in the store."""

    step: OnStep = _ignore
    finished: OnFinished = _ignore


async def drive(store: Store, crew: Crew, seed: int = 0, watch: Watch | None = None) -> None:
    """Have the crew make every free attempt of the store. Cancelling it gives back what is under way.

    Raises `ModelError` when the model answers nothing any more, `DiskFullError` when there is no room; what
    was recorded is safe, and the rest is free again.
    """
    journals = JournalFolder(store.path.parent / PARTIAL)
    await _Driver(store, crew, seed, watch or Watch(), journals).run()


Made = tuple[str, Finished]
"""The worker's name, and what came of the attempt."""


@dataclass(frozen=True, slots=True)
class _Unanswered:
    """An attempt that failed at the moment `at` because the model gave no answer."""

    job: Job
    error: ModelError
    at: float

    def finished(self) -> Finished:
        return Finished(Outcome.CRASHED, f"the model gave no answer: {self.error}")


@dataclass(slots=True)
class _Driver:
    store: Store
    crew: Crew
    seed: int
    watch: Watch
    journals: JournalFolder
    running: dict[asyncio.Task[Made], Job] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ahead: int = 0
    failures: int = 0
    unanswered: list[_Unanswered] = field(default_factory=list)

    async def run(self) -> None:
        try:
            while True:
                self._fill()
                if not self.running:
                    break
                await self.news.wait()
                await asyncio.sleep(TOGETHER_S)
                self.news.clear()
                self._collect()
            if self.unanswered:
                raise self.unanswered[0].error
        finally:
            await self._stop()

    def _fill(self) -> None:
        """Claim so much that nobody waits for work until the next commit."""
        wanted = 2 * self.crew.places + self.ahead - len(self.running)
        for job in self.store.claim(DRIVER, wanted, self.seed) if wanted > 0 else ():
            task = asyncio.create_task(self._attempt(job))
            self.running[task] = job
            task.add_done_callback(lambda _: self.news.set())

    async def _attempt(self, job: Job) -> Made:
        def step(progress: Progress) -> None:
            self.watch.step(job, progress)

        with closing(self.journals.file(job.id)) as saved:
            return await self.crew.attempt(job, step, saved)

    def _collect(self) -> None:
        """Record what is finished; then raise what ended an attempt and says nothing of its theorem."""
        failed = [task for task in self.running if task.done() and not _is_made(task)]
        recorded = self._record()
        self.ahead = min(recorded + len(failed), MOST_AHEAD)
        self.failures = 0 if recorded else self.failures + len(failed)
        for task in failed:
            try:
                task.result()
            except ModelError as error:
                self.unanswered.append(_Unanswered(self.running.pop(task), error, time.monotonic()))
        if self.failures >= MODEL_FAILURES:
            raise self.unanswered[-1].error

    def _record(self) -> int:
        """Record the results that are there, in one commit, and only then tell of them; how many they are."""
        made = [task for task in self.running if _is_made(task)]
        results = [(self.running[task], *task.result()) for task in made]
        results += self._failed_alone(results)
        if results:
            self.store.record(results)
        for task in made:
            del self.running[task]
        for job, _, finished in results:
            self.journals.remove(job.id)
            self.watch.finished(job, finished)
        return len(made)

    def _failed_alone(self, results: Sequence[tuple[Job, str, Finished]]) -> list[tuple[Job, str, Finished]]:
        """What the model did not answer, though it answered what was begun later: it failed by itself."""
        # What was begun before, or asked the model nothing, may end while the model answers nobody.
        now = time.monotonic()
        begun = [now - (done.finished - done.started) for _, _, done in results if done.steps]
        answered = max(begun, default=0.0)
        alone = [one for one in self.unanswered if one.at < answered]
        self.unanswered = [one for one in self.unanswered if one.at >= answered]
        return [(one.job, "", one.finished()) for one in alone]

    async def _stop(self) -> None:
        """End what is under way; what it was is free again, at the latest when the run is opened next."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        try:
            self._record()
        finally:
            jobs = [*self.running.values(), *(one.job for one in self.unanswered)]
            if jobs:
                self.store.release(jobs)


def _is_made(task: asyncio.Task[Made]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
