"""Recorded runs to report on: every outcome, a proof in two parts, and text that would run in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recorded_run import opener, recorded_tools
from rich.console import Console

from prover.attempts import Plan
from prover.runs.drive import DriveSettings
from prover.runs.records import Theorem
from prover.runs.run import Request, run
from prover.search import Budget, SearchSettings
from prover.types import Rung, Statement, Verdict

HOSTILE = "</script><script>document.title = 'owned'</script>"
IMAGE = "<img src=x onerror=\"document.title = 'owned'\">"

TABLE: dict[str, dict[str, Any]] = {
    "x : ℕ ⊢ p ∧ q": {
        HOSTILE: f"error: {IMAGE}",
        "nonsense": "parse: what is this",
        "skip_it": ["x : ℕ ⊢ wrong"],
        "constructor": ["x : ℕ ⊢ p", "x : ℕ ⊢ q"],
    },
    "x : ℕ ⊢ p": {"simp": ["x : ℕ ⊢ p'"]},
    "x : ℕ ⊢ p'": {"omega": {"result": "closed", "seconds": 0.25}},
    "x : ℕ ⊢ q": {"assumption": "closed"},
    "x : ℕ ⊢ wrong": {"simp": "error: no progress"},
    IMAGE: {"trivial": [IMAGE + " again"], "rfl": "closed"},
    "⊢ never": {"simp": "error: no", "omega": "timeout hard"},
    "⊢ untrue": {"decide": "error: it is false"},
    "⊢ false": {"cheat": "closed"},
}

PROVED = Theorem("mathd_algebra_1", Statement("mathd_algebra_1", "x : ℕ ⊢ p ∧ q"), "valid")
MARKUP = Theorem(f"amc12_{IMAGE}", Statement("amc12_1", IMAGE), "valid")
UNPROVED = Theorem("imo_1959_p1", Statement("imo_1959_p1", "⊢ never"), "valid")
UNREAD = Theorem("unread", Statement("unread", "⊢ what"), "valid")
CANARY = Theorem("canary.untrue", Statement("untrue", "⊢ untrue"), canary="it is false")
DECEIVING = Theorem("canary.false", Statement("false", "⊢ false"), canary="False is false")

EVERYTHING = (PROVED, MARKUP, UNPROVED, UNREAD, CANARY)


class Strict:
    """Refuses proofs of one statement, and accepts all others."""

    def __init__(self, refused: str = "") -> None:
        self._refused = refused

    async def judge(self, statement: Statement, script: str) -> Verdict:
        refused = bool(self._refused) and statement.text == self._refused
        return Verdict((Rung("elaborates", True), Rung("kernel", not refused, IMAGE * refused)), ("propext",))


def make_run(
    folder: Path,
    theorems: Sequence[Theorem] = EVERYTHING,
    attempts: int = 1,
    refused: str = "",
    table: dict[str, dict[str, Any]] | None = None,
    **manifest: Any,
) -> Path:
    """A finished run in `folder`; proofs of the statement `refused` are not accepted."""
    tools = recorded_tools(table or TABLE, judge=Strict(refused))
    request = Request(
        manifest={"schema": 1, "theorems": len(theorems), "attempts": attempts} | manifest,
        theorems=lambda: iter(theorems),
        attempts=attempts,
        plan=Plan(SearchSettings(Budget(steps=50))),
        drive=DriveSettings(in_flight=2),
    )
    run(folder, request, opener(tools), False, Console(quiet=True))
    return folder
