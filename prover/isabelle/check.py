"""One question for every back end: is this a proof of this statement, after these imports?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from prover.errors import InputError, SetupError
from prover.isabelle.arbiter import IsabelleArbiter
from prover.isabelle.backend import DEFAULT_ORACLES, open_pool
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.launch import Isabelle, find_isabelle
from prover.isabelle.server.checker import ServerChecker
from prover.isabelle.theory import header, statement_of
from prover.types import Statement, Verdict

BACKENDS = ("steps", "server", "build")
"""A raw ML process; a warm session of `isabelle server`; a cold `isabelle build`, alone good for numbers."""


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """Seconds for one proof, and the oracles that it may rest on."""

    seconds: float = 120.0
    oracles: tuple[str, ...] = DEFAULT_ORACLES


class Checker(Protocol):
    """What every back end is here: a judge of whole proofs."""

    async def judge(self, statement: Statement, script: str) -> Verdict:
        """The verdict on a proof. Never raises for a bad one."""
        ...


async def check(
    statement: str,
    proof: str,
    imports: Sequence[str] = (),
    limits: CheckLimits | None = None,
    backend: str = "steps",
) -> Verdict:
    """The verdict on `proof` as a proof of `statement` (`theorem NAME: …`) after `imports`.

    Raises `InputError` for a statement that is none, `SetupError` for an Isabelle, session or import that is
    not there.
    """
    stated = statement_of(statement, header(imports))
    async with open_checker(backend, limits) as checker:
        return await checker.judge(stated, proof)


@asynccontextmanager
async def open_checker(backend: str, limits: CheckLimits | None = None) -> AsyncIterator[Checker]:
    """The judge of a back end; its processes end with the block."""
    chosen, isabelle = limits or CheckLimits(), find_isabelle()
    match backend:
        case "steps":
            async with open_pool(isabelle) as pool:
                judge = IsabelleJudge(pool, chosen.seconds, chosen.oracles)
                yield judge
                await judge.close()
        case "server":
            command = (_command(isabelle), "server")
            checker = ServerChecker(command, isabelle.logic, chosen.seconds, chosen.oracles)
            try:
                yield checker
            finally:
                await checker.close()
        case "build":
            yield IsabelleArbiter(isabelle, chosen.seconds, chosen.oracles)
        case _:
            raise InputError(f"unknown back end {backend!r}; known: {', '.join(BACKENDS)}")


def _command(isabelle: Isabelle) -> str:
    if isabelle.command is None:
        raise SetupError("the server needs the command `isabelle`; a heap alone has no server")
    return str(isabelle.command)
