"""Lean as the search sees it: statements, steps on states, replay after a loss."""

from __future__ import annotations

from dataclasses import dataclass

from prover.errors import StatementError
from prover.lean.pool import LeanPool, Worker
from prover.lean.protocol import (
    CommandReply,
    ErrorReply,
    Json,
    TacticReply,
    command_reply,
    tactic_reply,
)
from prover.lean.session import SessionDied, SessionTimeout
from prover.types import (
    Closed,
    Crashed,
    Focus,
    Forbidden,
    MemoryLimit,
    Open,
    ParseError,
    State,
    Statement,
    Step,
    StepResult,
    TacticError,
    Timeout,
)

_OUT_OF_MEMORY = ("out of memory", "OOM", "memory access out of bounds", "Cannot enlarge memory", "bad_alloc")


@dataclass(frozen=True, slots=True)
class LeanLimits:
    """Seconds. `step_s`: Lean is asked to stop a step; `grace_s` later its process is killed.

    `heartbeats`: thousands, as Lean's `maxHeartbeats`; 0 leaves the wall clock as the only limit.
    """

    step_s: float = 5.0
    start_s: float = 30.0
    grace_s: float = 4.0
    heartbeats: int = 0


class ReplayError(Exception):
    """A path that led to a state once does not any more."""


class LeanProver:
    """The `Prover` protocol on a pool of Lean processes.

    A theorem's states live in one process. When that process is lost, the next step on any of them
    rebuilds it from (statement, path), in whatever process the worker has then.
    """

    def __init__(self, pool: LeanPool, limits: LeanLimits | None = None) -> None:
        self.pool = pool
        self.limits = limits or LeanLimits()

    async def start(self, statement: Statement) -> State:
        """Raises `StatementError` with Lean's messages, positions relative to the statement's text."""
        worker = await self.pool.worker_for(statement)
        async with worker.lock:
            for attempt in (1, 2):
                try:
                    return await self._start_in(worker, statement)
                except (SessionDied, SessionTimeout) as error:
                    if attempt == 2:
                        raise StatementError(f"Lean ends on this statement: {error}") from error
        raise AssertionError("unreachable")

    async def step(self, state: State, step: Step) -> StepResult:
        worker = await self.pool.worker_for(state.statement)
        async with worker.lock:
            try:
                await self.pool.ensure_alive(worker)
                proof_state = await self._locate(worker, state.statement, state.path)
                reply = await self._run(worker, proof_state, step)
            except SessionTimeout:
                return Timeout(hard=True, seconds=self.limits.step_s + self.limits.grace_s)
            except SessionDied as error:
                return _death(str(error))
            except (ReplayError, StatementError) as error:
                return Crashed(message=f"the state could not be rebuilt: {error}")
            if isinstance(reply, ErrorReply) and reply.kind == "crash":
                # What the wasm machine refused may have left Lean's memory in any condition.
                await self.pool.renew(worker)
            return self._result(worker, state, step, reply)

    async def replay(self, statement: Statement, path: tuple[Step, ...]) -> State:
        """The state at the end of `path`. Raises `ReplayError` where the path does not lead to one."""
        state = await self.start(statement)
        for step in path:
            result = await self.step(state, step)
            if not isinstance(result, Open):
                raise ReplayError(f"step {step!r} gave {type(result).__name__}")
            state = result.state
        return state

    async def release(self, statement: Statement) -> None:
        """Forget a theorem's states; its worker is recycled where it has grown."""
        worker = await self.pool.worker_for(statement)
        async with worker.lock:
            mine = [key for key in worker.states if key[0] == statement]
            ids = [worker.states.pop(key) for key in mine]
            worker.theorems.discard(statement)
            if ids and worker.session.alive:
                try:
                    await self._request(worker, {"forget": {"proofState": ids}})
                except (SessionDied, SessionTimeout):
                    return
            await self.pool.recycle_if_grown(worker)

    async def close(self) -> None:
        await self.pool.close()

    async def _request(self, worker: Worker, payload: Json, soft_s: float | None = None) -> Json:
        soft = self.limits.step_s if soft_s is None else soft_s
        return await self.pool.request(worker, payload, soft, self.limits.grace_s)

    async def header_env(self, worker: Worker, header: str) -> int:
        """The environment after `header` in this worker's process; elaborated once in each."""
        if header not in worker.envs:
            reply = command_reply(await self._request(worker, {"cmd": header}, self.limits.start_s))
            worker.envs[header] = _accepted(reply, "the header").env
        return worker.envs[header]

    async def _start_in(self, worker: Worker, statement: Statement) -> State:
        env = await self.header_env(worker, statement.header)
        text = statement.text if statement.place else f"{statement.text} := by\n  sorry"
        payload = {"cmd": text, "env": env}
        reply = _accepted(
            command_reply(await self._request(worker, payload, self.limits.start_s)), "the statement"
        )
        holes = [s for s in reply.sorries if statement.place in (None, s.start)]
        root = next((s.proof_state for s in holes if s.proof_state is not None), None)
        if root is None:
            raise StatementError("the statement has no goal to prove")
        first = tactic_reply(await self._request(worker, {"proofState": root, "focus": 0, "detail": True}))
        if isinstance(first, ErrorReply):
            raise StatementError(first.text)
        worker.states[statement, ()] = first.proof_state
        return State(statement=statement, path=(), goals=first.goals)

    async def _locate(self, worker: Worker, statement: Statement, path: tuple[Step, ...]) -> int:
        """The id of a state in the worker's present process, rebuilt from its longest living ancestor."""
        known = len(path)
        while known >= 0 and (statement, path[:known]) not in worker.states:
            known -= 1
        if known < 0:
            await self._start_in(worker, statement)
            known = 0
        for length in range(known, len(path)):
            here = worker.states[statement, path[:length]]
            reply = await self._run(worker, here, path[length])
            if isinstance(reply, ErrorReply) or reply.flaw:
                raise ReplayError(f"step {path[length]!r} fails now")
            worker.states[statement, path[: length + 1]] = reply.proof_state
        return worker.states[statement, path]

    async def _run(self, worker: Worker, proof_state: int, step: Step) -> TacticReply | ErrorReply:
        what: Json = {"focus": step.goal} if isinstance(step, Focus) else {"tactic": step}
        options: Json = {"proofState": proof_state, "detail": True, "maxHeartbeats": self.limits.heartbeats}
        return tactic_reply(await self._request(worker, options | what))

    def _result(
        self, worker: Worker, state: State, step: Step, reply: TacticReply | ErrorReply
    ) -> StepResult:
        if isinstance(reply, ErrorReply):
            return _failure(reply)
        if reply.flaw:
            return TacticError(message=reply.flaw, seconds=reply.seconds)
        path = (*state.path, step)
        if reply.closed:
            return Closed(path=path, seconds=reply.seconds)
        worker.states[state.statement, path] = reply.proof_state
        return Open(state=State(state.statement, path, reply.goals), seconds=reply.seconds)


def _accepted(reply: CommandReply | ErrorReply, what: str) -> CommandReply:
    if isinstance(reply, ErrorReply):
        raise StatementError(f"{what} does not elaborate: {reply.text}")
    if reply.errors:
        raise StatementError(f"{what} does not elaborate", reply.errors)
    return reply


def _failure(reply: ErrorReply) -> StepResult:
    match reply.kind:
        case "parse":
            return ParseError(message=reply.text, seconds=reply.seconds)
        case "forbidden":
            return Forbidden(kind=reply.text, seconds=reply.seconds)
        case "interrupted" | "heartbeats":
            return Timeout(hard=False, seconds=reply.seconds)
        case "crash":
            return _death(reply.text)
        case _:
            return TacticError(message=reply.text, seconds=reply.seconds)


def _death(text: str) -> StepResult:
    if any(sign in text for sign in _OUT_OF_MEMORY):
        return MemoryLimit(message=text)
    return Crashed(message=text)
