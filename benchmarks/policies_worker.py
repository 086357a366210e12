"""A process that attacks one theorem after the other with its own Lean, and counts their CPU seconds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

import psutil

from benchmarks.policies_players import CountingPolicy, Player, open_player
from benchmarks.policies_results import BUDGET, CRASHED, OUT_OF_REACH, PROVED, REFUSED, Result
from prover.attempts import preset_settings
from prover.errors import ProverError, StatementError
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.session import SessionDied, SessionTimeout
from prover.policy.preset import SearchDefaults
from prover.search import Budget, SearchResult, SearchSettings, prove
from prover.search.results import describe
from prover.statements.preludes import start_with_prelude
from prover.types import State, Statement, Step, StepResult
from training.accept import accepts

_TICK_S = 0.05
"""How often the watchdog looks at the CPU time."""

_MEMORY_S, _MOST_STRETCH = 10.0, 8.0
"""Of a `Pace`: the time that it looks back on, in seconds, and the most that it gives."""


@dataclass(frozen=True, slots=True)
class Job:
    """One theorem for one policy. `result` says what is to be measured, and has nothing measured yet.

    without: the library theorem that a proof may not use. fit: the statement's header is to be replaced by
    that of the prelude under which it elaborates.
    """

    result: Result
    statement: Statement
    without: str = ""
    fit: bool = False


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What all workers have in common. model: the folder of the model, for the policies that have one."""

    model: str = ""


class CpuClock:
    """CPU seconds of this process, and of its Lean processes, those that ended included."""

    def __init__(self, pool: LeanPool) -> None:
        self._pool, self._lean_s = pool, 0.0
        self._processes: dict[int, psutil.Process] = {}

    def read(self) -> tuple[float, float]:
        """Seconds so far: of this process with all its threads, and of Lean."""
        ended = os.times()
        lean_s = ended.children_user + ended.children_system
        for worker in self._pool.workers:
            with contextlib.suppress(psutil.Error):
                times = self._process(worker.session.pid).cpu_times()
                lean_s += times.user + times.system
        # Between a process's end and its burial it is seen nowhere.
        self._lean_s = max(self._lean_s, lean_s)
        return time.process_time(), self._lean_s

    def _process(self, pid: int) -> psutil.Process:
        if pid not in self._processes:
            self._processes = {pid: psutil.Process(pid)}
        return self._processes[pid]


class Pace:
    """How many seconds on the clock a second of Lean's CPU time takes of late: more on a busy machine."""

    def __init__(self) -> None:
        self._wall_s = self._cpu_s = 1.0

    @property
    def stretch(self) -> float:
        return min(max(self._wall_s / self._cpu_s, 1.0), _MOST_STRETCH)

    def seen(self, wall_s: float, cpu_s: float) -> None:
        """A step took so long. What is older counts for less and less."""
        self._wall_s += wall_s
        self._cpu_s += cpu_s
        if self._wall_s > _MEMORY_S:
            self._wall_s, self._cpu_s = self._wall_s / 2, self._cpu_s / 2


class PacedProver:
    """A prover whose steps get `step_s` seconds of CPU time; `kinds` counts what they gave.

    Lean's own limit is by the clock. Left as it is, a tactic would fail for what else the machine does.
    """

    def __init__(self, prover: LeanProver, step_s: float, clock: CpuClock, pace: Pace) -> None:
        self.start, self.check = prover.start, prover.check
        self.release, self.close = prover.release, prover.close
        self._prover, self._step_s, self._clock, self._pace = prover, step_s, clock, pace
        self.kinds: Counter[str] = Counter()

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        limits = self._prover.limits
        self._prover.limits = replace(limits, step_s=self._step_s * self._pace.stretch)
        (_, lean), began = self._clock.read(), time.monotonic()
        result = await self._prover.step(state, step, within_s and within_s * self._pace.stretch)
        self._pace.seen(time.monotonic() - began, self._clock.read()[1] - lean)
        self.kinds[describe(result)[0]] += 1
        return result


class Bench:
    """One Lean process and the policies of one seed; `run` measures one job."""

    def __init__(self, prover: LeanProver, settings: WorkerSettings) -> None:
        self._prover, self._settings = prover, settings
        self._clock, self._pace = CpuClock(prover.pool), Pace()
        self._players: dict[tuple[str, int], Player] = {}

    async def run(self, job: Job) -> Result:
        """Search, then judge. Raises `ProverError` where the policy cannot be opened."""
        player = await self._player(job.result.policy, job.result.seed)
        statement = job.statement
        try:
            if job.fit:
                _, state = await start_with_prelude(self._prover, statement)
                statement = state.statement
            else:
                await self._prover.start(statement)
            return await self._measured(job, player, statement)
        except StatementError as error:
            ended = isinstance(error.__cause__, SessionDied | SessionTimeout)
            text = error.messages[0].text if error.messages else str(error)
            return replace(job.result, outcome=CRASHED if ended else OUT_OF_REACH, reason=text)
        finally:
            await self._prover.release(statement)

    async def close(self) -> None:
        await asyncio.gather(*(player.policy.close() for player in self._players.values()))
        self._players.clear()

    async def _player(self, name: str, seed: int) -> Player:
        """The policy, opened once for each seed; those of another seed are closed."""
        if any(other != seed for _, other in self._players):
            await self.close()
        if (name, seed) not in self._players:
            self._players[name, seed] = await open_player(name, seed, self._settings.model)
        return self._players[name, seed]

    async def _measured(self, job: Job, player: Player, statement: Statement) -> Result:
        found, measured = await self._searched(job.result, player, statement)
        if measured.outcome != PROVED or found is None or found.proof is None:
            return measured
        script = found.proof.script()
        reason = await self._refusal(statement, script, job.without)
        outcome = REFUSED if reason else PROVED
        return replace(measured, outcome=outcome, script=script, reason=reason)

    async def _searched(
        self, job: Result, player: Player, statement: Statement
    ) -> tuple[SearchResult | None, Result]:
        """The search's own result, None where the watchdog ended it, and what it cost."""
        prover = PacedProver(self._prover, job.step_s, self._clock, self._pace)
        policy = CountingPolicy(player.policy)
        (own, lean), (model, candidates) = self._clock.read(), player.read()
        began = time.monotonic()
        search = asyncio.create_task(prove(prover, policy, statement, _settings(player.search)))
        found = await self._watched(search, own + lean + job.budget_s)
        (own_now, lean_now), (model_now, candidates_now) = self._clock.read(), player.read()
        cpu_s = own_now - own + lean_now - lean
        in_time = found is not None and cpu_s <= job.budget_s
        return found, replace(
            job,
            outcome=found.outcome.value if found is not None and in_time else BUDGET,
            cpu_s=round(cpu_s, 4),
            lean_s=round(lean_now - lean, 4),
            model_s=round(model_now - model, 4),
            wall_s=round(time.monotonic() - began, 4),
            expansions=policy.expansions,
            candidates=candidates_now - candidates,
            steps=dict(prover.kinds),
            reason=found.failure if found is not None else "",
        )

    async def _watched(self, search: asyncio.Task[SearchResult], end_s: float) -> SearchResult | None:
        """The search's result, None where the CPU clock reached `end_s` first: it is then cancelled."""
        try:
            while not search.done():
                await asyncio.wait({search}, timeout=_TICK_S)
                if not search.done() and sum(self._clock.read()) >= end_s:
                    return None
            return search.result()
        finally:
            search.cancel()
            await asyncio.gather(search, return_exceptions=True)

    async def _refusal(self, statement: Statement, script: str, without: str) -> str:
        """Why the proof does not count, empty where it does."""
        checked = await self._prover.check(statement, script)
        if not checked.proved:
            said = checked.messages[0].text if checked.messages else ""
            return f"{checked.failure}: {said}"
        if without and not await accepts(self._prover, statement, script, without):
            return f"the proof uses {without}, or cannot be looked at"
        return ""


def _settings(wishes: SearchDefaults) -> SearchSettings:
    """One state at a time, so that it is known what takes CPU time; the watchdog is the only limit."""
    return replace(preset_settings(wishes, Budget()), concurrency=1)


def work(connection: Connection, settings: WorkerSettings, core: int) -> None:
    """The worker process: answers each `Job` with a `Result`, or with the `ProverError` that stops it.

    It ends when the connection does. One core is its own and its Lean's: then a model has one thread, and all
    that a theorem costs shares the same core.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    me = psutil.Process()
    if hasattr(me, "cpu_affinity"):
        allowed: list[int] = me.cpu_affinity()
        me.cpu_affinity([allowed[core % len(allowed)]])
    asyncio.run(_serve(connection, settings))


async def _serve(connection: Connection, settings: WorkerSettings) -> None:
    pool = LeanPool(embedded_launch(ensure_lean()), PoolSettings(size=1, spares=0))
    bench = Bench(LeanProver(pool, LeanLimits()), settings)
    async with pool:
        try:
            while (job := await asyncio.to_thread(_received, connection)) is not None:
                connection.send(await _answer(connection, bench, job))
        except (asyncio.CancelledError, OSError):
            return  # nobody waits for the answer any more
        finally:
            await bench.close()


async def _answer(connection: Connection, bench: Bench, job: Job) -> Result | ProverError:
    """What came of a job. Raises `CancelledError` where the other end closes the connection meanwhile."""
    task, loop = asyncio.ensure_future(bench.run(job)), asyncio.get_running_loop()
    # No second job comes before the answer, so what can be read now is the connection's end.
    loop.add_reader(connection.fileno(), task.cancel)
    try:
        return await task
    except ProverError as error:
        return error
    finally:
        loop.remove_reader(connection.fileno())


def _received(connection: Connection) -> Job | None:
    try:
        job: Job = connection.recv()
    except (EOFError, OSError):
        return None
    return job
