"""Lean as the search sees it: statements, steps on states, replay after a loss."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from prover.errors import StatementError
from prover.lean.pool import LeanPool, Worker
from prover.lean.protocol import (
    CommandReply,
    ErrorReply,
    Json,
    TacticReply,
    VerifyReply,
    command_reply,
    tactic_reply,
    verify_reply,
)
from prover.lean.session import SessionDied, SessionTimeout
from prover.types import (
    Checked,
    Closed,
    Crashed,
    Focus,
    Forbidden,
    MemoryLimit,
    Message,
    Open,
    ParseError,
    Position,
    State,
    Statement,
    Step,
    StepResult,
    TacticError,
    Timeout,
)

INDENT = "  "
"""What a script is indented by below its statement."""

MAX_HEADERS = 8
"""Headers whose environments a process keeps: each theorem of a library may have its own."""

_OUT_OF_MEMORY = ("out of memory", "OOM", "memory access out of bounds", "Cannot enlarge memory", "bad_alloc")


@dataclass(frozen=True, slots=True)
class LeanLimits:
    """Seconds. `step_s`: Lean is asked to stop a step; `grace_s` later its process is killed.

    `check_s` is the same for a whole script. `heartbeats`: thousands, as Lean's `maxHeartbeats`, of a step; 0
    leaves the wall clock as the only limit.
    """

    step_s: float = 5.0
    start_s: float = 30.0
    grace_s: float = 4.0
    heartbeats: int = 0
    check_s: float = 60.0


class ReplayError(Exception):
    """A path that led to a state once does not any more."""


class LeanProver:
    """The `Prover` protocol on a pool of Lean processes.

    A theorem's states live in one process. When that process is lost, the next step on any of them
    rebuilds it from (statement, path), in whatever process the worker has then. Another assistant whose
    processes speak the same protocol is a subclass with its own `_first_reply` and `_verify_payload`.
    """

    def __init__(self, pool: LeanPool, limits: LeanLimits | None = None) -> None:
        self.pool = pool
        self.limits = limits or LeanLimits()
        self._left: set[asyncio.Task[StepResult]] = set()

    async def start(self, statement: Statement) -> State:
        """Raises `StatementError` with Lean's messages, positions relative to the statement's text."""
        worker = await self.pool.worker_for(statement)
        try:
            async with worker.lock:
                await self._tidy(worker)
                if (root := worker.roots.get(statement)) is not None and worker.session.alive:
                    return root
                return await self._start_twice(worker, statement)
        except BaseException:
            worker.theorems.discard(statement)
            raise

    async def _start_twice(self, worker: Worker, statement: Statement) -> State:
        for attempt in (1, 2):
            try:
                return await self._start_in(worker, statement)
            except (SessionDied, SessionTimeout) as error:
                if attempt == 2:
                    raise StatementError(
                        f"{self.pool.launch.assistant} ends on this statement: {error}"
                    ) from error
        raise AssertionError("unreachable")

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        """Cancelling it gives up the result. What Lean has begun it finishes: others share its process."""
        worker = await self.pool.worker_for(state.statement)
        await worker.lock.acquire()
        task = asyncio.create_task(self._locked_step(worker, state, step, self._soft_s(within_s)))
        self._left.add(task)
        task.add_done_callback(self._left.discard)
        return await asyncio.shield(task)

    async def _locked_step(self, worker: Worker, state: State, step: Step, soft_s: float) -> StepResult:
        """A step in a worker whose lock is held; it is free afterwards."""
        began = time.monotonic()
        try:
            await self.pool.ensure_alive(worker)
            proof_state = await self._locate(worker, state.statement, state.path)
            reply = await self._run(worker, proof_state, step, soft_s)
            if isinstance(reply, ErrorReply) and reply.kind == "crash":
                # What the wasm machine refused may have left Lean's memory in any condition.
                await self.pool.renew(worker)
            if soft_s < self.limits.step_s and isinstance(reply, ErrorReply) and reply.kind == "interrupted":
                return Timeout(hard=False, early=True, seconds=reply.seconds)
            return self._result(worker, state, step, reply)
        except SessionTimeout:
            return Timeout(hard=True, seconds=self.limits.step_s + self.limits.grace_s)
        except SessionDied as error:
            return _death(str(error), time.monotonic() - began)
        except (ReplayError, StatementError) as error:
            return Crashed(message=f"the state could not be rebuilt: {error}")
        finally:
            worker.lock.release()

    async def check(self, statement: Statement, script: str) -> Checked:
        """Whether `script` proves the statement: the judge's rungs, in the process of the theorem's search.

        A claim, for the judge to confirm: here other people's text may have run before. Cancelling it ends
        the process, for a check may have long to go.
        """
        worker = await self.pool.worker_for(statement)
        async with worker.lock:
            began = time.monotonic()
            try:
                await self.pool.ensure_alive(worker)
                reply = await self._verify(worker, statement, script)
            except SessionTimeout:
                return self._too_long(self.limits.check_s + self.limits.grace_s)
            except SessionDied as error:
                return _ended(str(error), time.monotonic() - began)
            except StatementError as error:
                return _refused("crashed", f"the script could not be checked: {error}")
            if isinstance(reply, VerifyReply):
                return _checked(statement, reply)
            if reply.kind == "crash":
                await self.pool.renew(worker)
                return _ended(reply.text, reply.seconds)
            if reply.kind == "interrupted":
                return self._too_long(reply.seconds)
            return _refused("tactic_error", reply.text, reply.seconds)

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
        """Forget a theorem's states. Lean is told before the worker's next theorem, and recycled if grown."""
        worker = await self.pool.worker_for(statement)
        worker.theorems.discard(statement)
        worker.roots.pop(statement, None)
        for key in [key for key in worker.states if key[0] == statement]:
            worker.stale.append(worker.states.pop(key))

    async def _tidy(self, worker: Worker) -> None:
        stale, worker.stale = worker.stale, []
        envs, worker.stale_envs = worker.stale_envs, []
        if (stale or envs) and worker.session.alive:
            try:
                await self.request(worker, {"forget": {"proofState": stale, "env": envs}})
            except (SessionDied, SessionTimeout):
                return
        await self.pool.recycle_if_grown(worker)

    async def close(self) -> None:
        """End every process; steps that are under way give `Crashed`."""
        await self.pool.close()
        await asyncio.gather(*self._left, return_exceptions=True)

    async def request(self, worker: Worker, payload: Json, soft_s: float | None = None) -> Json:
        """One request to a worker whose lock is held; Lean is asked to stop after `soft_s` seconds.

        Raises `SessionDied` and `SessionTimeout`.
        """
        soft = self.limits.step_s if soft_s is None else soft_s
        return await self.pool.request(worker, payload, soft, self.limits.grace_s)

    async def header_env(self, worker: Worker, header: str) -> int:
        """The environment after `header` in this worker's process: kept there while others are few."""
        if header in worker.envs:
            worker.envs[header] = worker.envs.pop(header)  # the latest goes last
            return worker.envs[header]
        reply = command_reply(await self.request(worker, {"cmd": header}, self.limits.start_s))
        worker.envs[header] = self.accepted(reply, "the header").env
        if len(worker.envs) > MAX_HEADERS:
            worker.stale_envs.append(worker.envs.pop(next(iter(worker.envs))))
        return worker.envs[header]

    async def _start_in(self, worker: Worker, statement: Statement) -> State:
        env = await self.header_env(worker, statement.header)
        first = await self._first_reply(worker, env, statement)
        if isinstance(first, ErrorReply):
            raise StatementError(first.text, first.messages)
        worker.states[statement, ()] = first.proof_state
        worker.roots[statement] = State(statement=statement, path=(), goals=first.goals)
        return worker.roots[statement]

    async def _first_reply(self, worker: Worker, env: int, statement: Statement) -> TacticReply | ErrorReply:
        """The statement's first proof state. Raises `StatementError` where it does not elaborate."""
        text = statement.text if statement.place else f"{statement.text} := by\n  sorry"
        payload = {"cmd": text, "env": env}
        answer = command_reply(await self.request(worker, payload, self.limits.start_s))
        if isinstance(answer, CommandReply):
            worker.stale_envs.append(answer.env)
        reply = self.accepted(answer, "the statement")
        holes = [s for s in reply.sorries if statement.place in (None, s.start)]
        root = next((s.proof_state for s in holes if s.proof_state is not None), None)
        if root is None:
            raise StatementError("the statement has no goal to prove")
        return tactic_reply(await self.request(worker, {"proofState": root, "focus": 0, "detail": True}))

    def accepted(self, reply: CommandReply | ErrorReply, what: str) -> CommandReply:
        """The reply to a text that Lean took without an error. Raises `StatementError` for any other."""
        if isinstance(reply, ErrorReply) and reply.kind == "interrupted":
            late = f"{what} did not elaborate within {self.limits.start_s:g} s"
            raise StatementError(late) from SessionTimeout(late)
        if isinstance(reply, ErrorReply):
            raise StatementError(f"{what} does not elaborate: {reply.text}", reply.messages)
        if reply.errors:
            raise StatementError(f"{what} does not elaborate", reply.errors)
        return reply

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
            reply = await self._run(worker, here, path[length], self.limits.step_s)
            if isinstance(reply, ErrorReply) or reply.flaw:
                raise ReplayError(f"step {path[length]!r} fails now")
            worker.states[statement, path[: length + 1]] = reply.proof_state
        return worker.states[statement, path]

    async def _verify(self, worker: Worker, statement: Statement, script: str) -> VerifyReply | ErrorReply:
        env = await self.header_env(worker, statement.header)
        payload = self._verify_payload(statement, script) | {"env": env}
        return verify_reply(await self.request(worker, payload, self.limits.check_s))

    def _verify_payload(self, statement: Statement, script: str) -> Json:
        proof = INDENT + script.replace("\n", f"\n{INDENT}")
        return {"verify": {"statement": statement.text, "proof": proof}}

    def _too_long(self, seconds: float) -> Checked:
        return _refused(
            "timeout",
            f"{self.pool.launch.assistant} did not finish checking within {self.limits.check_s:g} s",
            seconds,
        )

    def _soft_s(self, within_s: float | None) -> float:
        """When Lean is asked to stop a step. A server that cannot stop one would have to be killed."""
        if within_s is None or not self.pool.launch.soft_timeout:
            return self.limits.step_s
        return min(within_s, self.limits.step_s)

    async def _run(
        self, worker: Worker, proof_state: int, step: Step, soft_s: float
    ) -> TacticReply | ErrorReply:
        """A step that is asked to stop after `soft_s` seconds; it is killed no sooner than any other."""
        what: Json = {"focus": step.goal} if isinstance(step, Focus) else {"tactic": step}
        options: Json = {"proofState": proof_state, "detail": True, "maxHeartbeats": self.limits.heartbeats}
        grace_s = self.limits.step_s - soft_s + self.limits.grace_s
        return tactic_reply(await self.pool.request(worker, options | what, soft_s, grace_s))

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
        if state.statement in worker.theorems:
            worker.states[state.statement, path] = reply.proof_state
        else:  # released meanwhile
            worker.stale.append(reply.proof_state)
        return Open(state=State(state.statement, path, reply.goals), seconds=reply.seconds)


def _failure(reply: ErrorReply) -> StepResult:
    match reply.kind:
        case "parse":
            return ParseError(message=reply.text, seconds=reply.seconds)
        case "forbidden":
            return Forbidden(kind=reply.text, seconds=reply.seconds)
        case "interrupted" | "heartbeats":
            return Timeout(hard=False, seconds=reply.seconds)
        case "crash":
            return _death(reply.text, reply.seconds)
        case _:
            return TacticError(message=reply.text, seconds=reply.seconds)


def _death(text: str, seconds: float) -> StepResult:
    """A step that ended Lean: what it took until then is paid for like any other's."""
    if _out_of_memory(text):
        return MemoryLimit(message=text, seconds=seconds)
    return Crashed(message=text, seconds=seconds)


def _out_of_memory(text: str) -> bool:
    return any(sign in text for sign in _OUT_OF_MEMORY)


def _ended(text: str, seconds: float) -> Checked:
    """A script that ended Lean. A model that is to mend it has no use for more than the first line."""
    why = text.partition("\n")[0]
    kind = "memory_limit" if _out_of_memory(text) else "crashed"
    return _refused(kind, f"Lean broke down while it checked the script: {why}", seconds)


def _refused(failure: str, text: str, seconds: float = 0.0) -> Checked:
    """A script that is refused as a whole."""
    return Checked(failure, (Message("error", text, Position(1, 0)),), seconds)


def _checked(statement: Statement, reply: VerifyReply) -> Checked:
    refusal = reply.refusal
    if refusal is None:
        return Checked(seconds=reply.seconds)
    if not reply.messages:
        return _refused(reply.failure, refusal.detail, reply.seconds)
    above = statement.text.count("\n") + 1
    messages = tuple(
        replace(m, start=in_script(m.start, above), end=m.end and in_script(m.end, above))
        for m in reply.messages
    )
    return Checked(reply.failure, messages, reply.seconds)


def in_script(place: Position, above: int) -> Position:
    """A declaration's place as that in its script: the statement, in the `above` first lines, is 1:0."""
    if place.line <= above:
        return Position(1, 0)
    return Position(place.line - above, max(0, place.column - len(INDENT)))
