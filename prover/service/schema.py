"""What the service is asked and what it answers, as HTTP and MCP clients see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from prover.attempts import Attempt
from prover.attempts.suggest import Suggestions
from prover.editor.in_place import Here
from prover.editor.suggest import not_found
from prover.errors import StatementError
from prover.runs.report.text import harmless
from prover.search import Budget, SearchResult
from prover.types import Message, State, Verdict

STATEMENT_CHARS = 20_000
SCRIPT_CHARS = 100_000
TACTIC_CHARS = 4_000
FILE_CHARS = 1_000_000

StatementText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=STATEMENT_CHARS,
        description="A theorem, lemma or example without its proof, or just a type.",
        examples=["theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"],
    ),
]
TacticText = Annotated[str, Field(min_length=1, max_length=TACTIC_CHARS)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BudgetAsked(_Asked):
    """Limits of one search. The service has limits of its own; of two the tighter one holds."""

    expansions: int | None = Field(default=None, ge=0, description="States handed to the policy.")
    steps: int | None = Field(default=None, ge=0, description="Tactics run.")
    tokens: int | None = Field(default=None, ge=0, description="Tokens that the policy generates.")
    lean_s: float | None = Field(default=None, ge=0, allow_inf_nan=False, description="Seconds of Lean's.")
    wall_s: float | None = Field(default=None, ge=0, allow_inf_nan=False, description="Seconds on the clock.")

    def budget(self) -> Budget:
        return Budget(**self.model_dump())


class SuggestAsked(_Asked):
    statement: StatementText
    tactics: list[TacticText] = Field(
        default=[],
        max_length=200,
        description="The proof so far, a tactic each, from the statement's first goal.",
    )
    count: int = Field(default=8, ge=1, le=64, description="How many working tactics are enough.")
    seconds: float = Field(default=5.0, gt=0, le=60, description="How long may be tried.")


class ProveAsked(_Asked):
    statement: StatementText
    budget: BudgetAsked = BudgetAsked()


class VerifyAsked(_Asked):
    statement: str = Field(
        min_length=1,
        max_length=STATEMENT_CHARS + SCRIPT_CHARS,
        description="The theorem; with its proof, where `proof` is left out.",
    )
    proof: str = Field(
        default="",
        max_length=SCRIPT_CHARS,
        description="The tactics after `by`, or a whole value that begins with `:=`.",
    )


FileText = Annotated[str, Field(max_length=FILE_CHARS)]


class _AskedInFile(_Asked):
    """A place in a Lean file, of which nothing needs to be saved: what stands before it and after it."""

    before: FileText
    after: FileText


class SuggestInFileAsked(_AskedInFile):
    count: int = Field(default=8, ge=1, le=64, description="How many working tactics are enough.")
    seconds: float = Field(default=5.0, gt=0, le=60, description="How long may be tried.")


class ProveInFileAsked(_AskedInFile):
    budget: BudgetAsked = BudgetAsked()


class SuggestionOut(BaseModel):
    tactic: str
    label: str = Field(description="closes the goal, progress, or how many goals are left")
    logprob: float
    goals: list[str] = Field(description="The goals after it; none where the proof is complete.")
    seconds: float = Field(description="What it took Lean.")


class SuggestionsOut(BaseModel):
    goals: list[str] = Field(description="The goals that the tactics were tried on.")
    suggestions: list[SuggestionOut]
    tried: int
    cut: bool = Field(description="Whether time was up before all that was proposed had been tried.")
    prelude: str


class TextOut(BaseModel):
    """`text` goes in between, indented for its place; a `sorry` stands for each goal that it leaves."""

    text: str
    tactic: str
    label: str = Field(description="closes the goal, progress, or how many goals are left")
    goals: list[str]


class TextsOut(BaseModel):
    goals: list[str] = Field(description="The goals that the tactics were tried on.")
    suggestions: list[TextOut] = Field(description="Each was elaborated in the file.")
    tried: int


class ProofTextOut(BaseModel):
    """The rest of a proof. `text` was elaborated in the file; else `reason` says why there is none."""

    proved: bool
    text: str | None
    reason: str
    steps: int
    lean_seconds: float


class RungOut(BaseModel):
    name: str
    passed: bool
    detail: str = ""


class VerdictOut(BaseModel):
    """The judge's word. `proved` only if every rung passed."""

    proved: bool
    reason: str
    rungs: list[RungOut]
    axioms: list[str]


class VerifiedOut(BaseModel):
    name: str
    statement: str
    prelude: str
    verdict: VerdictOut


class ProofOut(BaseModel):
    """What came of a search. `proof` is the whole theorem, `script` its tactics alone."""

    name: str
    statement: str
    prelude: str
    proved: bool
    outcome: Literal["proved", "refused", "exhausted", "budget", "failed"]
    limit: str | None = Field(description="The limit that was reached, where that ended the search.")
    failure: str | None = Field(description="What the model lacked, where that ended the search.")
    script: str | None
    proof: str | None
    verdict: VerdictOut | None
    budget: dict[str, float] = Field(description="The limits that held.")
    expansions: int
    steps: int
    model_tokens: int
    lean_seconds: float
    wall_seconds: float


class MessageOut(BaseModel):
    """A message of Lean's. Lines count from 1, columns from 0 in code points of the statement."""

    severity: str
    text: str
    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None


class ErrorOut(BaseModel):
    """Why a request was not done.

    `kind` is request (not as described), input, statement (does not elaborate), too_large, busy,
    unauthorized, host, not_found, unavailable or internal.
    """

    kind: str
    message: str
    messages: list[MessageOut] = []


class TheoremOut(BaseModel):
    name: str
    statement: str
    informal: str = ""


class LimitsOut(BaseModel):
    at_a_time: int
    waiting: int
    body_bytes: int
    statement_chars: int
    budget: dict[str, float] = Field(description="No search gets more than this.")


class StatusOut(BaseModel):
    version: str
    policy: list[str]
    model_server: str | None = Field(description="Where goals are sent to, if they leave this machine.")
    working: int
    waiting: int
    uptime_s: float
    lean_processes: dict[str, int] = Field(description="Started, died, … since the service began.")
    busy: dict[str, float] = Field(description="Shares of the time: model, Lean, neither.")
    theorems: int
    limits: LimitsOut


def limits_of(budget: Budget) -> dict[str, float]:
    """The limits that are set, by name."""
    names = ("expansions", "steps", "tokens", "lean_s", "wall_s")
    return {name: getattr(budget, name) for name in names if getattr(budget, name) is not None}


def suggestions_out(found: Suggestions, prelude: str) -> SuggestionsOut:
    return SuggestionsOut(
        goals=[goal.text for goal in found.state.goals],
        suggestions=[
            SuggestionOut(
                tactic=one.tactic,
                label=one.label,
                logprob=one.logprob,
                goals=[goal.text for goal in one.goals],
                seconds=one.seconds,
            )
            for one in found.found
        ],
        tried=found.tried,
        cut=found.cut,
        prelude=prelude,
    )


def texts_out(state: State, found: Sequence[Here], tried: int) -> TextsOut:
    return TextsOut(
        goals=[goal.text for goal in state.goals],
        suggestions=[
            TextOut(
                text=one.text,
                tactic=one.suggestion.tactic,
                label=one.suggestion.label,
                goals=[goal.text for goal in one.suggestion.goals],
            )
            for one in found
        ],
        tried=tried,
    )


def proof_text_out(found: Here | None, result: SearchResult) -> ProofTextOut:
    return ProofTextOut(
        proved=found is not None,
        text=None if found is None else found.text,
        reason=not_found(result) if found is None else "",
        steps=result.counts.steps,
        lean_seconds=round(result.counts.lean_seconds, 3),
    )


def verdict_out(verdict: Verdict) -> VerdictOut:
    rungs = [RungOut(name=one.name, passed=one.passed, detail=harmless(one.detail)) for one in verdict.rungs]
    return VerdictOut(
        proved=verdict.proved, reason=harmless(verdict.reason), rungs=rungs, axioms=list(verdict.axioms)
    )


def proof_out(done: Attempt, prelude: str, budget: Budget) -> ProofOut:
    counts = done.result.counts
    outcome: Any = done.outcome
    return ProofOut(
        name=done.statement.name,
        statement=done.statement.text,
        prelude=prelude,
        proved=done.proved,
        outcome=outcome,
        limit=done.result.budget,
        failure=done.result.failure or None,
        script=done.script,
        proof=done.proof if done.proved else None,
        verdict=verdict_out(done.verdict) if done.verdict is not None else None,
        budget=limits_of(budget),
        expansions=counts.expansions,
        steps=counts.steps,
        model_tokens=counts.model_tokens,
        lean_seconds=round(counts.lean_seconds, 3),
        wall_seconds=round(counts.wall_seconds, 3),
    )


def statement_error_out(error: StatementError) -> ErrorOut:
    return ErrorOut(kind="statement", message=str(error), messages=_messages(error.messages))


def _messages(messages: Sequence[Message]) -> list[MessageOut]:
    return [
        MessageOut(
            severity=one.severity,
            text=harmless(one.text),
            line=one.start.line,
            column=one.start.column,
            end_line=one.end.line if one.end else None,
            end_column=one.end.column if one.end else None,
        )
        for one in messages
    ]
