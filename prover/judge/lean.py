"""The judge for Lean: a found proof is built again from our statement, in a process that searches nothing.

The rungs, in order, each positively asserted by Lean (`lean_project/Prover/Repl/Verify.lean`):

- `syntax`: the text is one theorem, with our signature node for node, proved by tactics without
  forbidden syntax or configurations that would be computed, and nothing follows it;
- `elaborates`: the whole declaration elaborates from our header without an error;
- `statement`: the constant is a new theorem, and its type is, as an expression, that of our own
  elaboration;
- `axioms`: everything that it rests on leads to `propext`, `Classical.choice` and `Quot.sound` at most;
- `kernel`: the kernel checks every constant that the proof added again, in the statement's environment.
"""

from __future__ import annotations

import asyncio

from prover.judge.files import Fault, FileVerdict, Level, file_verdict
from prover.lean.pool import WARM_UP_SECONDS, LeanPool
from prover.lean.protocol import RUNGS, ErrorReply, Json, ProtocolError, command_reply, error_reply
from prover.lean.session import Session, SessionDied, SessionTimeout
from prover.types import Position, Rung, Statement, Verdict

TIME_IS_UP = "no verdict within the time limit"

_GRACE_SECONDS = 10.0
"""What cannot be stopped from inside ends with its process so long after the time limit."""


class LeanJudge:
    """Judges one proof at a time. Its process never serves a search.

    It serves many verdicts: each begins from the header's environment, which no text can change, and a
    stranger's code is refused before it runs. It is replaced after one that left it without an answer, made
    it grow, or was refused by the kernel alone: what Lean then took for proved was tampered with.

    Another assistant whose processes speak the same protocol is a subclass with its own payload.
    """

    def __init__(self, pool: LeanPool, timeout_s: float = 120.0) -> None:
        self._pool = pool
        self._timeout_s = timeout_s
        self._session: Session | None = None
        self._envs: dict[str, int] = {}
        self._lock = asyncio.Lock()
        self._suspect = False

    async def judge(self, statement: Statement, script: str) -> Verdict:
        """The verdict on `script`, an unindented tactic block, as a proof of `statement`.

        `script` may be a whole value instead (`:= …`, of a person's file). Never raises for a bad proof.
        """
        async with self._lock:
            try:
                return await self._verify(statement, script)
            except (SessionDied, SessionTimeout, ProtocolError) as error:
                await self._end()
                return refused(f"{self._pool.launch.assistant} did not finish judging: {error}")

    async def judge_file(
        self, solution: str, challenge: str | None = None, level: Level = "kernel"
    ) -> FileVerdict:
        """The verdict on a whole file: on each theorem that `challenge` leaves open, or, without one, on each
        theorem of the file as the file states it.

        Raises `InputError` where the challenge is none, `SetupError` where Lean lacks an import of it.
        Never raises for a bad solution.
        """
        if level == "comparator":
            raise ValueError("comparator judges for itself: prover/judge/comparator.py")
        payload: Json = {"solution": solution.replace("\r\n", "\n"), "level": level}
        if challenge is not None:
            payload["challenge"] = challenge.replace("\r\n", "\n")
        async with self._lock:
            try:
                reply = await self._request(await self._ready(), {"verifyFile": payload})
                verdict = file_verdict(reply, level)
                self._suspect = any(_is_suspect(one.verdict) for one in verdict.judged)
                return verdict
            except (SessionDied, SessionTimeout, ProtocolError) as error:
                await self._end()
                return unfinished(level, f"Lean did not finish judging: {error}")

    async def close(self) -> None:
        await self._end()

    def _payload(self, statement: Statement, script: str) -> Json:
        """The request that judges `script`, without the environment."""
        block = script if script.startswith(":=") else "  " + script.replace("\n", "\n  ")
        return {"verify": {"statement": statement.text, "proof": block}}

    def _header(self, statement: Statement) -> str:
        return statement.header

    async def _verify(self, statement: Statement, script: str) -> Verdict:
        session = await self._ready()
        if statement.header not in self._envs:
            header = command_reply(await self._request(session, {"cmd": self._header(statement)}))
            if isinstance(header, ErrorReply):
                return refused(f"the header does not elaborate: {header.text}")
            if header.errors:
                return refused("the header does not elaborate")
            self._envs[statement.header] = header.env
        payload = self._payload(statement, script) | {"env": self._envs[statement.header]}
        reply = await self._request(session, payload)
        if "rungs" not in reply:
            # Nothing of the kind that a proof may bring about is left to the next one.
            await self._end()
        verdict = _verdict(reply, self._pool.launch.rungs)
        self._suspect = _is_suspect(verdict)
        return verdict

    async def _request(self, session: Session, payload: Json) -> Json:
        soft_ms = int(self._timeout_s * 1000)
        more = WARM_UP_SECONDS if session.requests == 0 else _GRACE_SECONDS
        return await session.request(payload | {"timeoutMs": soft_ms}, self._timeout_s + more)

    async def _ready(self) -> Session:
        """The process to judge in: the last one, unless it is gone, or better were."""
        session = self._session
        if session is not None and session.alive and not self._suspect and not self._grown(session):
            return session
        await self._end()
        self._session = await self._pool.fresh()
        self._suspect = False
        return self._session

    def _grown(self, session: Session) -> bool:
        return session.resident_bytes() > self._pool.settings.max_bytes

    async def _end(self) -> None:
        self._envs.clear()
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def refused(reason: str) -> Verdict:
    """The verdict on what the judge could not even begin with."""
    return Verdict(rungs=(Rung(name=RUNGS[0], passed=False, detail=reason),))


def unfinished(level: Level, reason: str) -> FileVerdict:
    """The verdict on a file that Lean could not be brought to judge: nothing in it is proved."""
    return FileVerdict(level, (), (Fault(RUNGS[0], reason, Position(1, 0)),))


def _is_suspect(verdict: Verdict) -> bool:
    last = verdict.rungs[-1]
    return not last.passed and last.name == "kernel"


def _verdict(reply: Json, expected: tuple[str, ...]) -> Verdict:
    """A verdict counts as passed only if every rung that this prover asserts is there and passed."""
    if "rungs" not in reply:
        why = error_reply(reply).text
        return refused(TIME_IS_UP if why == "interrupted" else why)
    rungs = tuple(
        Rung(name=r["name"], passed=r["passed"] is True, detail=r.get("detail", "")) for r in reply["rungs"]
    )
    passed = [r.name for r in rungs if r.passed]
    if all(r.passed for r in rungs) and passed != list(expected):
        return refused(f"the judge passed only {passed}")
    return Verdict(rungs=rungs, axioms=tuple(reply.get("axioms", ())))
