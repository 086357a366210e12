"""Worker processes, each with one theorem at a time: one that dies loses its theorem and is replaced."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from benchmarks.policies_results import CRASHED, Result
from benchmarks.policies_worker import Job, WorkerSettings, work
from prover.errors import ProverError, SetupError

Work = Callable[[Connection, WorkerSettings, int], None]

PATIENCE_S = 900.0
"""After so long on the clock a worker with a theorem is taken to be stuck, and ended."""

_DEATHS = 5
"""So many workers that die in a row without a result are no accident."""

_GRACE_S = 15.0
"""What a worker gets to end its Lean process."""


@dataclass(slots=True)
class _Worker:
    """A process, our end of the connection to it, and the job that it has, since when."""

    process: BaseProcess
    connection: Connection
    core: int
    job: Job | None = None
    since: float = 0.0


def run_jobs(
    jobs: Iterable[Job], settings: WorkerSettings, processes: int, work: Work = work
) -> Iterator[Result]:
    """The jobs' results as they come. `jobs` is drawn from as workers become free.

    Raises the `ProverError` that a worker reports, `SetupError` where workers die again and again. Leaving
    the loop early ends all workers.
    """
    crew = _Crew(settings, work)
    waiting = iter(jobs)
    try:
        while True:
            while crew.busy < processes and (job := next(waiting, None)) is not None:
                crew.give(job)
            if not crew.busy:
                return
            yield from crew.results()
    finally:
        crew.close()


class _Crew:
    def __init__(self, settings: WorkerSettings, work: Work) -> None:
        self._settings, self._work = settings, work
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._deaths = 0

    @property
    def busy(self) -> int:
        """How many workers have a job."""
        return sum(worker.job is not None for worker in self._workers)

    def give(self, job: Job) -> None:
        """Hand a job to an idle worker, to a new one where none is idle."""
        worker = next((worker for worker in self._workers if worker.job is None), None) or self._start()
        worker.job, worker.since = job, time.monotonic()
        with contextlib.suppress(OSError):  # one that died while it was idle is found dead by `results`
            worker.connection.send(job)

    def results(self) -> Iterator[Result]:
        """Waits until at least one worker has something to say, or has been stuck for too long."""
        busy = {worker.connection: worker for worker in self._workers if worker.job is not None}
        patience = min(worker.since for worker in busy.values()) + PATIENCE_S - time.monotonic()
        for connection in wait(list(busy), timeout=max(0.0, patience)):
            assert isinstance(connection, Connection)
            yield self._answer(busy.pop(connection))
        for worker in busy.values():
            if time.monotonic() - worker.since >= PATIENCE_S:
                worker.process.kill()
                yield self._lost(worker, f"no answer within {PATIENCE_S:g} s")

    def close(self) -> None:
        """End all workers; they end their Lean processes first."""
        for worker in self._workers:
            worker.connection.close()
        end = time.monotonic() + _GRACE_S
        for worker in self._workers:
            worker.process.join(max(0.0, end - time.monotonic()))
            worker.process.kill()
            worker.process.join()
        self._workers.clear()

    def _start(self) -> _Worker:
        cores = {worker.core for worker in self._workers}
        core = next(number for number in range(len(cores) + 1) if number not in cores)
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=self._work, args=(theirs, self._settings, core), daemon=True)
        process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours, core))
        return self._workers[-1]

    def _answer(self, worker: _Worker) -> Result:
        try:
            answer: Result | ProverError = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(_GRACE_S)
            return self._lost(worker, f"the worker ended with exit code {worker.process.exitcode}")
        if isinstance(answer, ProverError):
            raise answer
        self._deaths, worker.job = 0, None
        return answer

    def _lost(self, worker: _Worker, reason: str) -> Result:
        """The result of a theorem whose worker is gone."""
        job = worker.job
        assert job is not None
        worker.connection.close()
        self._workers.remove(worker)
        self._deaths += 1
        if self._deaths >= _DEATHS:
            raise SetupError(f"{_DEATHS} workers in a row died, the last on {job.result.name}: {reason}")
        return replace(job.result, outcome=CRASHED, reason=reason)
