"""Isabelle as the prover of attempts: its processes, its rules, and who judges what the search claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rich.console import Console

from prover.attempts.home import LeanHome
from prover.errors import InputError
from prover.isabelle.arbiter import IsabelleArbiter
from prover.isabelle.backend import DEFAULT_ORACLES, MEMORY, IsabelleLimits, IsabelleProver
from prover.isabelle.hammer import HammerPolicy
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.launch import Isabelle, find_isabelle
from prover.isabelle.methods import MethodPolicy
from prover.isabelle.theory import imports_of
from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.pool import LeanPool
from prover.policy.registry import HAMMER, HEURISTICS, Own
from prover.statements.preludes import Prelude
from prover.types import Statement, Verdict

JUDGES = ("build", "steps")
"""A cold `isabelle build`, alone good for figures to report; the raw ML process, where there is no other."""


@dataclass(frozen=True, slots=True)
class IsabelleChoice:
    """How Isabelle proves. judge: of `JUDGES`, empty for the best that is here. oracles: those allowed."""

    judge: str = ""
    oracles: tuple[str, ...] = DEFAULT_ORACLES

    def judged_by(self, isabelle: Isabelle) -> str:
        """The judge. Raises `InputError` for an unknown one."""
        if self.judge not in ("", *JUDGES):
            raise InputError(f"unknown judge {self.judge!r}; known: {', '.join(JUDGES)}")
        return self.judge or ("build" if isabelle.command is not None else "steps")


class ArbitratedJudge(IsabelleJudge):
    """What the raw process accepts is built cold, and the build has the last word."""

    def __init__(self, pool: LeanPool, isabelle: Isabelle, oracles: tuple[str, ...]) -> None:
        super().__init__(pool, oracles=oracles)
        self._arbiter = IsabelleArbiter(isabelle, oracles=oracles)

    async def judge(self, statement: Statement, script: str) -> Verdict:
        verdict = await super().judge(statement, script)
        return await self._arbiter.judge(statement, script) if verdict.proved else verdict


def isabelle_home(choice: IsabelleChoice, console: Console) -> LeanHome:
    """This machine's Isabelle. Raises `SetupError` where there is none, or none that can judge so.

    `console` is for what has to be set up first, of which there is nothing.
    """
    isabelle = find_isabelle()
    judge: Callable[[LeanPool], LeanJudge] = partial(IsabelleJudge, oracles=choice.oracles)
    if choice.judged_by(isabelle) == "build":
        IsabelleArbiter(isabelle)
        judge = partial(ArbitratedJudge, isabelle=isabelle, oracles=choice.oracles)
    return LeanHome(
        isabelle.launch(),
        headers=lambda one: (Prelude(imports_of(one.header)[-1], one.header),),
        max_bytes=MEMORY,
        spares=False,
        prover=partial(_prover, choice.oracles),
        judge=judge,
        policies=_policies,
    )


def _policies(prover: LeanProver) -> Own:
    assert isinstance(prover, IsabelleProver)
    return {HEURISTICS: MethodPolicy, HAMMER: lambda: HammerPolicy(prover)}


def _prover(oracles: tuple[str, ...], pool: LeanPool, limits: LeanLimits) -> IsabelleProver:
    return IsabelleProver(pool, IsabelleLimits(step_s=limits.step_s), oracles)
