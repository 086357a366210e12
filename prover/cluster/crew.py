"""The crew of a run on a cluster: workers are kept at their number, and work goes to whoever is free."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from rich.console import Console

from prover.cluster.connect import node_resources
from prover.cluster.faults import Fault
from prover.cluster.hand import Hand, WorkerLost, end
from prover.cluster.messages import Hung, Work
from prover.cluster.models import Model, Models
from prover.cluster.worker import Worker
from prover.errors import ProverError, SetupError
from prover.runs.journal import JournalFile
from prover.runs.progress import Load
from prover.runs.records import Finished, Job, Outcome
from prover.search.best_first import OnProgress

MOST_LOST = 3
"""Workers that one attempt may be lost with: then it is what ends them."""

TOGETHER_S = 5.0
"""So long after the first that a node took with it the others are known to be gone too."""

FAILED_STARTS = 3
"""Workers in a row that do not start, while none runs, before the run is given up."""

LOOK_S = 10.0
"""How often it is looked whether the cluster has room for more workers."""

LINGER_S, LINGER_S_EACH = 0.1, 0.001
"""So long may a worker's news wait for more of them, and at least so long for each worker there is: the
driver hears all. What somebody waits for does not wait."""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """What a run takes of a cluster. `processes` is CPUs for each worker, one for each of its Lean processes.

    in_flight: theorems that a worker searches at a time. workers: as many as there is room for where None.
    """

    processes: int = 1
    in_flight: int = 1
    workers: int | None = None


@asynccontextmanager
async def cluster_crew(
    work: Work, models: Sequence[Model], settings: ClusterSettings, console: Console
) -> AsyncIterator[ClusterCrew]:
    """Workers and replicas on the cluster that this process is connected to, as long as it is open.

    Raises `SetupError` where the cluster has no room for a worker.
    """
    crew = ClusterCrew(work, models, settings, console)
    try:
        await crew.start()
        yield crew
    finally:
        await crew.close()


class ClusterCrew:
    """The `Crew` protocol on Ray actors (see `cluster_crew`). `faults` are the losses so far."""

    def __init__(
        self, work: Work, models: Sequence[Model], settings: ClusterSettings, console: Console
    ) -> None:
        self.faults: list[Fault] = []
        self._work, self._settings, self._console = work, settings, console
        self._models = Models(models, self._broadcast, self._give_up, self._note, self.faults)
        self._hands: dict[Hand, asyncio.Task[None]] = {}
        self._waiting: deque[asyncio.Future[Hand]] = deque()
        self._lost_at: dict[int, Fault] = {}
        self._numbers, self._wanted, self._failed_starts = count(1), 0, 0
        self._failure: ProverError | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._change = asyncio.Event()

    @property
    def places(self) -> int:
        return self._wanted * self._settings.in_flight

    async def start(self) -> None:
        """Begin to start replicas and workers; they take up work as they become ready."""
        await self._models.start()
        self._wanted = await self._room()
        if not self._wanted:
            raise SetupError(
                f"the cluster has no {self._settings.processes} CPUs on one node left for a worker (one for "
                f"each of its Lean processes: --processes; {self._models.cpus} are for models)"
            )
        self._keeper = asyncio.create_task(self._keep())

    async def all_ready(self) -> None:
        """Wait until all workers have their tools. Raises `ProverError` where they cannot be opened."""
        while not (len(self._hands) == self._wanted and all(hand.ready for hand in self._hands)):
            if self._failure is not None:
                raise self._failure
            self._change.clear()
            await self._change.wait()

    async def attempt(self, job: Job, on_progress: OnProgress, saved: JournalFile) -> tuple[str, Finished]:
        asked, name, reason = time.monotonic(), "", ""
        for lost in range(MOST_LOST):
            if lost == MOST_LOST - 1:
                # Of the workers of a node that goes, one is heard of after the other: it may have been these.
                await asyncio.sleep(TOGETHER_S)
            hand = await self._free_hand()
            name, waited = hand.name, time.monotonic() - asked
            self._found_again(job)
            try:
                made = await hand.make(job, on_progress, saved)
                return name, replace(made, queue_seconds=made.queue_seconds + waited)
            except WorkerLost as error:
                reason = str(error)
        return name, Finished(Outcome.CRASHED, f"{MOST_LOST} workers were lost on it, the last one: {reason}")

    def load(self) -> Load:
        loads = [hand.load for hand in self._hands if hand.ready] or [Load()]
        lean = sum(load.lean for load in loads) / len(loads)
        model = sum(load.model for load in loads) / len(loads)
        restarts = sum(load.restarts for load in loads) + len(self.faults)
        return Load(lean, model, sum(load.tokens for load in loads), restarts)

    async def close(self) -> None:
        """End all workers and replicas; what is under way is given up."""
        tasks = [*self._hands.values(), *([self._keeper] if self._keeper else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        ending = [end(hand.actor, hand.ready) for hand in self._hands]
        await asyncio.gather(*ending, self._models.close())

    # Workers.

    async def _keep(self) -> None:
        """As many workers as there is room for: more when the cluster grows, fewer when a node goes."""
        while True:
            self._start_missing()
            self._give_up_waiting()
            await asyncio.sleep(LOOK_S)
            self._wanted = max(1, await self._room())

    def _give_up_waiting(self) -> None:
        """Of more workers than there is room for, those that still wait for a place get none."""
        import ray

        waiting = [hand for hand in reversed(self._hands) if not hand.ready]
        for hand in waiting[: max(0, len(self._hands) - self._wanted)]:
            self._hands.pop(hand).cancel()
            ray.kill(hand.actor)
        self._change.set()

    def _start_missing(self) -> None:
        while len(self._hands) < self._wanted and self._failure is None:
            hand = self._hand()
            self._hands[hand] = asyncio.create_task(self._serve(hand))

    def _hand(self) -> Hand:
        import ray

        remote: Any = ray.remote(Worker)
        options = remote.options(num_cpus=self._settings.processes, max_restarts=0, max_concurrency=10_000)
        name = f"worker {next(self._numbers)}"
        return Hand(name, options.remote(self._work), self._settings.in_flight, self._assign, self._hung)

    async def _serve(self, hand: Hand) -> None:
        """One worker from its start to its end."""
        try:
            await hand.open(self._models.handles)
        except (WorkerLost, ProverError) as error:
            self._failed_start(hand, error)
            return
        self._failed_starts = 0
        self._assign()
        try:
            await hand.listen(lambda: max(LINGER_S, LINGER_S_EACH * len(self._hands)))
        except Exception as error:  # Whatever it is, nothing is heard of this worker any more.
            self._lose(hand, str(error) or type(error).__name__)
            self._start_missing()

    def _failed_start(self, hand: Hand, error: WorkerLost | ProverError) -> None:
        """Another one is tried after a while, unless none has ever started."""
        self._failed_starts += 1
        self._lose(hand, str(error))
        if self._failed_starts >= FAILED_STARTS and not any(one.ready for one in self._hands):
            mended = error if isinstance(error, ProverError) else SetupError(f"no worker starts: {error}")
            self._give_up(mended)

    def _lose(self, hand: Hand, reason: str) -> None:
        import ray

        fault = Fault(hand.name, reason, len(hand.jobs))
        self.faults.append(fault)
        self._lost_at.update({job.id: fault for job in hand.jobs})
        again = f"; {len(hand.jobs)} of its theorems go on elsewhere" if hand.jobs else ""
        self._note(f"{hand.name} was lost: {reason}{again}")
        del self._hands[hand]
        hand.lost(reason)
        ray.kill(hand.actor)

    def _found_again(self, job: Job) -> None:
        fault = self._lost_at.pop(job.id, None)
        if fault is not None and fault not in self._lost_at.values():
            self._note(f"what {fault.name} was at goes on elsewhere after {fault.recovered():.1f} s")

    async def _room(self) -> int:
        """For how many workers the cluster has CPUs, the replicas' taken off."""
        if self._settings.workers is not None:
            return self._settings.workers
        cpus = [int(node.get("CPU", 0)) for node in await asyncio.to_thread(node_resources)]
        left = sum(cpus) - self._models.cpus
        return min(sum(one // self._settings.processes for one in cpus), left // self._settings.processes)

    # Attempts.

    async def _free_hand(self) -> Hand:
        if self._failure is not None:
            raise self._failure
        turn: asyncio.Future[Hand] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._assign()
        return await turn

    def _assign(self) -> None:
        """Give free places to those who wait, in their order; to the worker that has most of them."""
        self._change.set()
        while self._waiting:
            if self._waiting[0].done():
                self._waiting.popleft()
                continue
            hand = max(self._hands, key=lambda one: one.free, default=None)
            if hand is None or hand.free <= 0:
                return
            hand.promise()
            self._waiting.popleft().set_result(hand)

    def _give_up(self, error: ProverError) -> None:
        """Nobody can work: whoever waits is told why."""
        self._change.set()
        self._failure = error
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(error)

    # Models.

    def _hung(self, message: Hung) -> None:
        self._models.replace(message.name, message.reason)

    def _broadcast(self, engine: str, handles: dict[str, Any]) -> None:
        for hand in self._hands:
            if hand.ready:
                hand.actor.replicas.remote(engine, handles)

    def _note(self, text: str) -> None:
        self._console.print(f"noted: {text}", markup=False, soft_wrap=True)
