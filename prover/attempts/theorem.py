"""One theorem from statement to verdict: search, then judge what the search claims."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from prover.attempts.tools import Tools
from prover.policy.preset import SearchDefaults, Strategy
from prover.policy.registry import proof_policy
from prover.search import Budget, Outcome, SearchResult, SearchSettings, prove
from prover.search.best_first import OnProgress
from prover.search.whole_proof import WholeProofSettings, prove_whole
from prover.types import Statement, Verdict


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

    @property
    def outcome(self) -> str:
        """How the search ended, or `refused` where it claimed a proof that the judge does not accept."""
        refused = self.verdict is not None and not self.verdict.proved
        return "refused" if refused else self.result.outcome.value

    @property
    def proof(self) -> str:
        """The whole theorem with the script that was found."""
        script = "  " + (self.script or "").replace("\n", "\n  ")
        return f"{self.statement.text} := by\n{script}"


def preset_settings(wishes: SearchDefaults, budget: Budget) -> SearchSettings:
    """The search that a preset asks for. Raises `InputError` for values that make no sense."""
    return SearchSettings(
        budget=budget,
        score=wishes.score,
        alpha=wishes.alpha,
        concurrency=wishes.concurrency,
        merge=wishes.merge,
        split=wishes.split,
        first_s=wishes.first_s or None,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """How a theorem is attacked. "both" samples whole proofs first, and searches with what budget is left.

    rounds: of repair of whole proofs. The settings' budget and concurrency hold for either strategy.
    """

    settings: SearchSettings = field(default_factory=SearchSettings)
    strategy: Strategy = "best-first"
    rounds: int = 2

    def whole(self) -> WholeProofSettings:
        """The settings of whole-proof sampling."""
        return WholeProofSettings(
            budget=self.settings.budget, rounds=self.rounds, concurrency=self.settings.concurrency
        )


async def attempt(
    tools: Tools, statement: Statement, plan: Plan, on_progress: OnProgress | None = None
) -> Attempt:
    """Search for a proof of `statement` and judge it. Raises what `search` does."""
    return await judged(tools, statement, await search(tools, statement, plan, on_progress))


async def search(
    tools: Tools, statement: Statement, plan: Plan, on_progress: OnProgress | None = None
) -> SearchResult:
    """What the plan's strategy finds; a claim at most.

    Raises `StatementError` where the statement does not elaborate, `InputError` where the strategy asks for
    whole proofs and no language model is among the policies.
    """
    try:
        return await _result(tools, statement, plan, on_progress)
    finally:
        await tools.prover.release(statement)


async def judged(tools: Tools, statement: Statement, result: SearchResult) -> Attempt:
    """The attempt that ended with `result`, with the judge's verdict where a proof is claimed."""
    if result.proof is None:
        return Attempt(statement, result)
    script = result.proof.script()
    return Attempt(statement, result, script, await tools.judge.judge(statement, script))


async def _result(
    tools: Tools, statement: Statement, plan: Plan, on_progress: OnProgress | None
) -> SearchResult:
    settings = plan.settings
    if plan.strategy == "best-first":
        return await prove(tools.prover, tools.policy, statement, settings, on_progress, tools.flow)
    whole = await prove_whole(
        tools.prover, proof_policy(tools.policy), statement, plan.whole(), on_progress, tools.flow
    )
    if plan.strategy == "whole-proof" or whole.outcome is not Outcome.EXHAUSTED:
        return whole
    rest = replace(settings, budget=settings.budget.after(whole.counts))
    found = await prove(tools.prover, tools.policy, statement, rest, on_progress, tools.flow)
    return replace(found, counts=whole.counts + found.counts)
