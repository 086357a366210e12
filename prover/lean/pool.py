"""Lean processes kept ready: replaced when they die, recycled when they have grown, with one warm spare."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from prover.lean.protocol import Json
from prover.lean.session import Launch, Session, SessionDied, SessionTimeout
from prover.types import State, Statement, Step

WARM_UP_SECONDS = 120.0
"""How long a process may take from its start to its first answer, on a machine that is busy."""

StateKey = tuple[Statement, tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """`size` processes run searches; one is recycled after `max_requests`, or above `max_bytes` resident."""

    size: int = 1
    spares: int = 1
    max_requests: int = 50_000
    max_bytes: int = 1_900_000_000


@dataclass(slots=True)
class PoolCounts:
    """What happened to the pool's processes so far."""

    started: int = 0
    died: int = 0
    hard_timeouts: int = 0
    recycled: int = 0
    requests: int = 0


class Worker:
    """One place of the pool: a process, and what is known to live in it.

    `envs` and `states` are ids in the present process; a new process starts without any. `stale` and
    `stale_envs` are ids of states and environments that nobody needs any more, `roots` the first states of
    theorems. `left` is a request whose reply nobody waits for any more, and which Lean is still working on.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.lock = asyncio.Lock()
        self.theorems: set[Statement] = set()
        self.envs: dict[str, int] = {}
        self.states: dict[StateKey, int] = {}
        self.stale: list[int] = []
        self.stale_envs: list[int] = []
        self.roots: dict[Statement, State] = {}
        self.left: asyncio.Task[Json] | None = None

    def replace(self, session: Session) -> None:
        self.session = session
        self.forget_all()

    def forget_all(self) -> None:
        """Whatever lived in the process is gone."""
        self.envs.clear()
        self.states.clear()
        self.stale.clear()
        self.stale_envs.clear()
        self.roots.clear()


class LeanPool:
    """Processes for searches, spares behind them, and one kept apart for the judge."""

    def __init__(self, launch: Launch, settings: PoolSettings | None = None) -> None:
        self.launch = launch
        self.settings = settings or PoolSettings()
        self.counts = PoolCounts()
        self.workers: list[Worker] = []
        self._spares: list[Session] = []
        self._start_lock = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def worker_for(self, statement: Statement) -> Worker:
        """The worker that holds this theorem's states: the one it had, else the least loaded."""
        async with self._start_lock:
            for worker in self.workers:
                if statement in worker.theorems:
                    return worker
            idle = next((w for w in self.workers if not w.theorems), None)
            if idle is None and len(self.workers) < self.settings.size:
                idle = Worker(await self._take())
                self.workers.append(idle)
            chosen = idle or min(self.workers, key=lambda w: len(w.theorems))
            chosen.theorems.add(statement)
            return chosen

    async def _take(self) -> Session:
        """A process that has run nothing yet: a spare, or a new one; the spares are filled up again."""
        while self._spares:
            spare = self._spares.pop(0)
            if spare.alive:
                await self.fill_spares()
                return spare
        session = await self._start()
        try:
            await self.fill_spares()
        except BaseException:
            self._retire(session)
            raise
        return session

    async def fill_spares(self) -> None:
        while len(self._spares) < self.settings.spares:
            self._spares.append(await self._start())

    async def _start(self) -> Session:
        """Where the pool was closed, what still asks for a process is at its end, too: it is cancelled."""
        if self._closed:
            raise asyncio.CancelledError
        session = await self._started()
        if self._closed:
            self._retire(session)
            raise asyncio.CancelledError
        return session

    async def _started(self) -> Session:
        self.counts.started += 1
        return await self.launch.start()

    async def fresh(self) -> Session:
        """A process of the caller's own, which has run nothing yet. The caller closes it."""
        async with self._start_lock:
            return await self._take()

    async def request(self, worker: Worker, payload: Json, soft_s: float, grace_s: float) -> Json:
        """One request to a worker's process, under its lock. Past `soft_s` seconds Lean is asked to stop;
        `grace_s` later it is killed.

        Raises `SessionDied` or `SessionTimeout`; the worker then has a new process, which knows nothing.
        """
        if worker.left is not None and worker.left is not asyncio.current_task():
            await asyncio.wait({worker.left})
        self.counts.requests += 1
        first = worker.session.requests == 0
        if self.launch.soft_timeout:
            payload = payload | {"timeoutMs": max(1, int(soft_s * 1000)), "time": True}
        try:
            return await worker.session.request(
                payload, soft_s + grace_s + (WARM_UP_SECONDS if first else 0.0)
            )
        except SessionTimeout:
            self.counts.hard_timeouts += 1
            await self.renew(worker)
            raise
        except SessionDied:
            self.counts.died += 1
            await self.renew(worker)
            raise
        except asyncio.CancelledError:
            # The session killed its process; whoever shares this worker rebuilds by replay.
            worker.forget_all()
            raise

    async def renew(self, worker: Worker) -> None:
        """Give a worker a process that knows nothing; the old one is ended in the background."""
        self._retire(worker.session)
        if self._closed:
            return
        async with self._start_lock:
            worker.replace(await self._take())

    def _retire(self, session: Session) -> None:
        task = asyncio.create_task(session.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def ensure_alive(self, worker: Worker) -> None:
        """Replace a process that ended between two requests."""
        if not worker.session.alive:
            self.counts.died += 1
            await self.renew(worker)

    async def recycle_if_grown(self, worker: Worker) -> None:
        """Between two theorems: a new process for a worker whose old one has served or grown enough."""
        old = worker.session.requests >= self.settings.max_requests
        if old or worker.session.resident_bytes() > self.settings.max_bytes:
            self.counts.recycled += 1
            await self.renew(worker)

    async def close(self) -> None:
        """End every process, and start no other. A start under way is waited for: at the end of an event loop
        Python 3.11 waits for ever for a process that lacks some of its pipes."""
        self._closed = True
        async with self._start_lock:
            pass
        sessions = [worker.session for worker in self.workers] + self._spares
        self.workers, self._spares = [], []
        await asyncio.gather(
            *(session.close() for session in sessions), *self._closing, return_exceptions=True
        )

    async def __aenter__(self) -> LeanPool:
        return self

    async def __aexit__(self, *exc: object) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await self.close()
