"""One theorem from statement to verdict: search, then judge what the search claims."""

from __future__ import annotations

from dataclasses import dataclass

from prover.judge import LeanJudge
from prover.search import SearchResult, SearchSettings, prove
from prover.search.best_first import OnProgress
from prover.types import Policy, Prover, Statement, Verdict


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one statement. `script` and `verdict` are there where the search claimed a proof."""

    statement: Statement
    result: SearchResult
    script: str | None = None
    verdict: Verdict | None = None

    @property
    def proved(self) -> bool:
        """Whether the judge accepts. What the search says counts for nothing here."""
        return self.verdict is not None and self.verdict.proved


async def attempt(
    prover: Prover,
    judge: LeanJudge,
    policy: Policy,
    statement: Statement,
    settings: SearchSettings,
    on_progress: OnProgress | None = None,
) -> Attempt:
    """Search for a proof of `statement` and judge it. Raises `StatementError` where it does not elaborate."""
    try:
        result = await prove(prover, policy, statement, settings, on_progress)
    finally:
        await prover.release(statement)
    if result.proof is None:
        return Attempt(statement, result)
    script = result.proof.script()
    return Attempt(statement, result, script, await judge.judge(statement, script))
