"""How long the judge waits for a process that does not answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from prover.judge import LeanJudge
from prover.lean.protocol import RUNGS, Json
from prover.lean.session import SessionTimeout
from prover.types import Statement

STATEMENT = Statement("t", "theorem t : P", "import Init\n")


class Patient:
    """Takes the header, hangs on every proof, and keeps how long it would have been waited for."""

    def __init__(self) -> None:
        self.requests, self.alive = 0, True
        self.waits: list[float] = []

    def resident_bytes(self) -> int:
        return 0

    async def request(self, payload: Json, timeout_s: float) -> Json:
        self.requests += 1
        self.waits.append(timeout_s)
        if "verify" in payload:
            raise SessionTimeout(f"no answer within {timeout_s:g} s")
        return {"env": 0, "messages": []}

    async def close(self) -> None:
        self.alive = False


async def test_a_proof_that_hangs_is_refused_soon_after_its_time_limit() -> None:
    """A limit of 10 s took 130: the time that a new process needs to load was added to every request."""
    session = Patient()

    async def fresh() -> Patient:
        return session

    settings, launch = SimpleNamespace(max_bytes=1), SimpleNamespace(rungs=RUNGS, assistant="Lean")
    pool: Any = SimpleNamespace(fresh=fresh, settings=settings, launch=launch)
    verdict = await LeanJudge(pool, timeout_s=10.0).judge(STATEMENT, "trivial")
    assert not verdict.proved and "did not finish judging" in verdict.reason
    loading, judging = session.waits
    assert loading > 60 and judging == 20.0 and not session.alive
