"""The driver's side of one worker: it gives it attempts, hears of them, and notices when it is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from prover.cluster.messages import Busy, Failed, Given, Hung, Lines, Made, Message, Searched, Step
from prover.cluster.outbox import Inbox, pack, parts
from prover.errors import ProverError
from prover.runs.journal import JournalFile
from prover.runs.progress import Load
from prover.runs.records import Finished, Job
from prover.search.best_first import OnProgress

NEWS_S = 2.0
"""A worker answers at least every so many seconds, if only that there is nothing new."""

SILENT_S = 60.0
"""A worker that has not answered for so long is given up."""

CLOSE_S = 10.0
"""So long has a worker or replica to end what it has started."""

T = TypeVar("T")


class WorkerLost(Exception):
    """The worker is gone, or does not answer; what it was at has to be made elsewhere."""


@dataclass(slots=True, eq=False)
class _Attempt:
    job: Job
    on_progress: OnProgress
    saved: JournalFile
    made: asyncio.Future[Finished]
    searching: bool = True


class Hand:
    """One worker. `free` is how many theorems it can begin to search now."""

    def __init__(
        self,
        name: str,
        actor: Any,
        in_flight: int,
        on_free: Callable[[], None],
        on_hung: Callable[[Hung], None],
    ) -> None:
        self.name, self.actor, self.ready, self.load = name, actor, False, Load()
        self._in_flight, self._on_free, self._on_hung = in_flight, on_free, on_hung
        self._attempts: dict[int, _Attempt] = {}
        self._promised = 0

    @property
    def free(self) -> int:
        """Places less what is searched, as long as not too many proofs wait for the worker's judge."""
        if not self.ready:
            return 0
        searching = self._promised + sum(one.searching for one in self._attempts.values())
        held = self._promised + len(self._attempts)
        return min(self._in_flight - searching, 2 * self._in_flight - held)

    @property
    def jobs(self) -> list[Job]:
        """What it is at."""
        return [one.job for one in self._attempts.values()]

    def promise(self) -> None:
        """Keep a place for an attempt that is about to be given."""
        self._promised += 1

    async def make(self, job: Job, on_progress: OnProgress, saved: JournalFile) -> Finished:
        """Have a promised attempt made, from what is saved. Raises `WorkerLost`, and what `run_job` does."""
        made: asyncio.Future[Finished] = asyncio.get_running_loop().create_future()
        self._promised -= 1
        self._attempts[job.id] = _Attempt(job, on_progress, saved, made)
        try:
            for part in parts(pack(Given(job, saved.lines()))):
                await heard(self.actor.give.remote(job.id, part))
            return await made
        finally:
            self._attempts.pop(job.id, None)
            self._on_free()

    async def open(self, replicas: Callable[[], dict[str, dict[str, Any]]]) -> None:
        """Wait until there is room for the worker and it has its tools, and tell it of the replicas by then.

        Raises `WorkerLost`, and what opening the tools raises.
        """
        host = await heard(self.actor.open.remote(), None)
        self.name, self.ready = f"{self.name} on {host}", True
        for engine, handles in replicas().items():
            await heard(self.actor.replicas.remote(engine, handles))

    async def listen(self, linger_s: Callable[[], float]) -> None:
        """Hear what it has to tell, until it is gone: raises `WorkerLost`."""
        inbox = Inbox()
        while True:
            part = await heard(self.actor.news.remote(NEWS_S, linger_s()))
            for messages in inbox.add(part):
                for message in messages:
                    self._hear(message)

    def lost(self, reason: str) -> None:
        """Nothing more comes of it."""
        self.ready = False
        for one in self._attempts.values():
            if not one.made.done():
                one.made.set_exception(WorkerLost(reason))

    def _hear(self, message: Message) -> None:
        if isinstance(message, Hung):
            self._on_hung(message)
        elif isinstance(message, Busy):
            self.load = message.load
        elif (attempt := self._attempts.get(message.id)) is not None and not attempt.made.done():
            self._hear_of(attempt, message)

    def _hear_of(self, attempt: _Attempt, message: Lines | Step | Searched | Made | Failed) -> None:
        match message:
            case Lines(lines=lines):
                try:
                    attempt.saved.write(lines)
                except ProverError as error:
                    attempt.made.set_exception(error)
            case Step(progress=progress):
                attempt.on_progress(progress)
            case Searched():
                attempt.searching = False
                self._on_free()
            case Made(finished=finished):
                attempt.made.set_result(finished)
            case Failed(error=error):
                attempt.made.set_exception(error)


async def heard(request: Awaitable[T], seconds: float | None = SILENT_S) -> T:
    """A worker's answer. Raises `WorkerLost` where none comes, and the `ProverError` that it raised."""
    import ray

    try:
        async with asyncio.timeout(seconds):
            return await request
    except TimeoutError:
        raise WorkerLost(f"it has been silent for {seconds:.0f} s") from None
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, ProverError):
            raise error.cause from None
        raise WorkerLost(f"{type(error.cause).__name__}: {error.cause}") from error
    except ray.exceptions.RayError as error:
        said = str(error).strip().splitlines() or [""]
        raise WorkerLost(f"{type(error).__name__}: {said[-1].strip()[:200]}") from error


async def end(actor: Any, answers: bool) -> None:
    """Let an actor that answers end its processes, then end it."""
    import ray

    if answers:
        with contextlib.suppress(TimeoutError, ray.exceptions.RayError):
            async with asyncio.timeout(CLOSE_S):
                await actor.close.remote()
    ray.kill(actor)
