"""Isabelle as the search sees it: Isar commands as steps, in processes that speak as Lean's REPL does."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace

from prover.errors import StatementError
from prover.isabelle.launch import Isabelle, setup_failure
from prover.isabelle.replies import HoleReply, SketchReply, sketch_reply
from prover.isabelle.rules import Refusal, refusal_in_proof
from prover.isabelle.symbols import encode
from prover.isabelle.theory import completed, split_statement
from prover.lean.backend import INDENT, LeanLimits, LeanProver, ReplayError
from prover.lean.pool import LeanPool, PoolSettings, Worker
from prover.lean.protocol import ErrorReply, Json, TacticReply, tactic_reply
from prover.lean.session import SessionDied, SessionTimeout
from prover.types import (
    Checked,
    Focus,
    Forbidden,
    Message,
    Position,
    State,
    Statement,
    Step,
    StepResult,
    TacticError,
)

EVAL = "Code_Generator.holds_by_evaluation"
"""The oracle of the method `eval`."""

DEFAULT_ORACLES = (EVAL,)

MEMORY = 4_000_000_000
"""Bytes resident, Isabelle and its provers together; a larger process is replaced between two theorems."""


@dataclass(frozen=True, slots=True)
class IsabelleLimits:
    """Seconds. `step_s`: Isabelle stops a command itself; `grace_s` later its process is killed.

    `start_s` is for a header with its imports, `check_s` for a whole proof.
    """

    step_s: float = 10.0
    start_s: float = 300.0
    grace_s: float = 5.0
    check_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Hole:
    """A `sorry` of a sketch: its place in the proof, its goal, and itself as a statement to prove."""

    statement: Statement
    place: Position
    goal: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """A proof with holes, as run. `messages`, placed in `proof`: why it fails even with its holes filled."""

    statement: Statement
    proof: str
    holes: tuple[Hole, ...]
    messages: tuple[Message, ...] = ()


class IsabelleProver(LeanProver):
    """The `Prover` protocol on a pool of Isabelle processes; replay after a loss as for Lean.

    A step is a text of Isar commands (`apply auto`, `by simp`, `have "…"`). It is closed where the
    statement's proof has ended, or where only `done` is missing, which `theory.completed` adds to a script.
    """

    def __init__(
        self, pool: LeanPool, limits: IsabelleLimits | None = None, oracles: tuple[str, ...] = DEFAULT_ORACLES
    ) -> None:
        self.oracles = oracles
        same = limits or IsabelleLimits()
        super().__init__(pool, LeanLimits(same.step_s, same.start_s, same.grace_s, check_s=same.check_s))

    async def start(self, statement: Statement) -> State:
        """Raises `StatementError`, and `SetupError` for an import or a session that is not there."""
        try:
            return await super().start(statement)
        except StatementError as error:
            raise setup_failure(str(error)) or error from error

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        """One step. Text that a proof may not contain does not reach Isabelle."""
        if isinstance(step, Focus):
            return TacticError("goals are proved together in Isabelle")
        text = encode(step)
        refused = refusal_in_proof(text)
        if refused is not None:
            return Forbidden(refused.reason)
        return await super().step(state, text, within_s)

    async def check(self, statement: Statement, script: str) -> Checked:
        """Whether `script` proves the statement, by the judge's rungs in the process of the search."""
        refused = refusal_in_proof(encode(script))
        return await super().check(statement, script) if refused is None else _forbidden(refused)

    async def hammer(self, state: State, command: str, timeout_s: float) -> tuple[str, ...]:
        """What a command that looks for proofs (`sledgehammer`, `try0`) prints at a state."""
        worker = await self.pool.worker_for(state.statement)
        async with worker.lock:
            try:
                await self.pool.ensure_alive(worker)
                here = await self._locate(worker, state.statement, state.path)
                reply = await self.request(worker, {"proofState": here, "hammer": command}, timeout_s)
            except (SessionDied, SessionTimeout, StatementError, ReplayError):
                return ()
        return tuple(str(line) for line in reply.get("printed", ()))

    async def sketch(self, statement: Statement, proof: str) -> Sketch:
        """Run a proof with `sorry`s; each is a hole with a statement of its own, which `start` opens.

        What is wrong with the proof otherwise is in the messages; holes after that are not reached.
        Raises `StatementError` where the statement itself does not elaborate.
        """
        text = encode(proof)
        refused = refusal_in_proof(text, holes=True)
        if refused is not None:
            return Sketch(statement, text, (), (Message("error", refused.reason, refused.place),))
        worker = await self.pool.worker_for(statement)
        async with worker.lock:
            try:
                await self.pool.ensure_alive(worker)
                reply = await self._run_sketch(worker, statement, text)
            except SessionTimeout:
                reply = ErrorReply(f"no end within {self.limits.check_s:g} s")
            except (SessionDied, StatementError) as error:
                reply = ErrorReply(str(error))
        if isinstance(reply, ErrorReply):
            raise setup_failure(reply.text) or StatementError(reply.text, reply.messages)
        worker.stale.extend(hole.reply.proof_state for hole in reply.holes)
        return Sketch(
            statement, text, tuple(_hole(statement, text, hole) for hole in reply.holes), reply.messages
        )

    async def _run_sketch(self, worker: Worker, statement: Statement, proof: str) -> SketchReply | ErrorReply:
        env = await self.header_env(worker, statement.header)
        what = {"statement": encode(statement.text), "proof": proof}
        return sketch_reply(await self.request(worker, {"env": env, "sketch": what}, self.limits.check_s))

    async def header_env(self, worker: Worker, header: str) -> int:
        return await super().header_env(worker, encode(header))

    async def _first_reply(self, worker: Worker, env: int, statement: Statement) -> TacticReply | ErrorReply:
        if statement.place is None:
            payload = {"env": env, "statement": encode(statement.text)}
            return tactic_reply(await self.request(worker, payload, self.limits.start_s))
        plain, proof, above = split_statement(statement)
        reply = await self._run_sketch(worker, plain, proof)
        if isinstance(reply, ErrorReply):
            return reply
        wanted = Position(statement.place.line - above, statement.place.column)
        worker.stale.extend(hole.reply.proof_state for hole in reply.holes if hole.place != wanted)
        found = next((hole.reply for hole in reply.holes if hole.place == wanted), None)
        return found or ErrorReply("the proof does not get as far as this sorry")

    def _verify_payload(self, statement: Statement, script: str) -> Json:
        # Indented as for Lean: messages are placed by the same rule.
        return verify_payload(statement, textwrap.indent(script, INDENT), self.oracles)


def _hole(statement: Statement, proof: str, reply: HoleReply) -> Hole:
    above = statement.text.count("\n") + 1
    place = Position(reply.place.line + above, reply.place.column)
    own = replace(statement, text=f"{encode(statement.text)}\n{proof}", place=place)
    return Hole(own, reply.place, "\n\n".join(goal.text for goal in reply.reply.goals))


def verify_payload(statement: Statement, script: str, oracles: tuple[str, ...]) -> Json:
    """The request that judges `script` in the environment of the statement's header."""
    what = {"statement": encode(statement.text), "proof": completed(encode(script))}
    return {"verify": what, "oracles": list(oracles)}


def open_pool(isabelle: Isabelle, size: int = 1, spares: int = 0) -> LeanPool:
    """A pool of Isabelle processes; a theorem's process may have grown to 4 GB before it is replaced."""
    return LeanPool(isabelle.launch(), PoolSettings(size=size, spares=spares, max_bytes=MEMORY))


def _forbidden(refused: Refusal) -> Checked:
    return Checked("forbidden", (Message("error", refused.reason, refused.place),))
