"""The plain data of a run: a theorem to attempt, a job for a worker, what came of it, a row of the store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from prover.types import Rung, Statement, Verdict


class Outcome(StrEnum):
    """What came of an attempt.

    refused: the search claimed a proof that the judge does not accept. gave-up: nothing was left to try.
    out-of-reach: the statement elaborates under no prelude, or an import of its own is not here. init-error:
    the prover ended on the statement, so that no search began. crashed: the attempt itself ended in an error,
    which `detail` tells.
    """

    PROVED = "proved"
    REFUSED = "refused"
    GAVE_UP = "gave-up"
    BUDGET = "budget"
    OUT_OF_REACH = "out-of-reach"
    INIT_ERROR = "init-error"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Theorem:
    """A statement of a run, under a name that no other has. `canary` says why it is false, if it is one."""

    name: str
    statement: Statement
    split: str = ""
    canary: str = ""

    @property
    def sha256(self) -> str:
        """Of the statement's text alone: the same in every file, under every header."""
        return statement_hash(self.statement.text)


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt to be made: everything that a worker, here or elsewhere, has to know. It can be pickled.

    `id` is the attempt's row; `seed` is the policy's.
    """

    id: int
    theorem: Theorem
    attempt: int
    seed: int
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of one attempt. It can be pickled.

    `budget` names the limit that was reached. `solved_at` is the number of expansions after which the proof
    was there. Seconds: `lean` as Lean reports them, `wall` of the search, `model` of waiting for the policy,
    `judge` from the claim to the verdict, `queue` before the search could begin. `started` and `finished` are
    Unix times. `tree` is the search graph, packed (see `trees`); empty where there was none.
    """

    outcome: Outcome
    detail: str = ""
    budget: str = ""
    prelude: str = ""
    header: str = ""
    script: str = ""
    verdict: Verdict | None = None
    expansions: int = 0
    steps: int = 0
    model_tokens: int = 0
    model_seconds: float = 0.0
    lean_seconds: float = 0.0
    wall_seconds: float = 0.0
    judge_seconds: float = 0.0
    queue_seconds: float = 0.0
    solved_at: int | None = None
    errors: dict[str, int] = field(default_factory=dict)
    started: float = 0.0
    finished: float = 0.0
    tree: bytes = b""


@dataclass(frozen=True, slots=True)
class Result:
    """A row of the store: one finished attempt at a theorem. `finished.tree` is empty: ask for it apart."""

    theorem: Theorem
    attempt: int
    worker: str
    finished: Finished


@dataclass(frozen=True, slots=True)
class Totals:
    """How far a run is, canaries included in the first three. `proved_canaries` void it."""

    attempts: int = 0
    done: int = 0
    claimed: int = 0
    proved: int = 0
    proved_canaries: int = 0


def statement_hash(text: str) -> str:
    """SHA-256 of a statement with its white space made single blanks."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def verdict_record(verdict: Verdict | None) -> dict[str, object] | None:
    """A verdict as JSON has it."""
    if verdict is None:
        return None
    rungs = [{"name": r.name, "passed": r.passed, "detail": r.detail} for r in verdict.rungs]
    return {"rungs": rungs, "axioms": list(verdict.axioms)}


def read_verdict(record: dict[str, list[dict[str, object]]] | None) -> Verdict | None:
    """The verdict of which `verdict_record` made the record."""
    if record is None:
        return None
    rungs = tuple(Rung(str(r["name"]), r["passed"] is True, str(r["detail"])) for r in record["rungs"])
    return Verdict(rungs, tuple(str(axiom) for axiom in record["axioms"]))
