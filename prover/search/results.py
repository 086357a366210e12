"""What a caller gives a search and gets from it: settings, progress records and the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from prover.errors import InputError
from prover.search.budgets import Budget, Counts
from prover.search.flow import Shares
from prover.search.graph import SearchGraph
from prover.search.scores import get_score
from prover.types import (
    Closed,
    Crashed,
    Forbidden,
    MemoryLimit,
    Open,
    ParseError,
    ProofTree,
    StepResult,
    TacticError,
    Timeout,
)


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How to search. Raises `InputError` for values that make no sense.

    score: a name of `scores.SCORES`; alpha: its exponent of length normalisation.
    max_candidates: how many candidates of one state are tried, best first; None is all.
    concurrency: states of this theorem expanded at the same time; 0 adapts it to keep model and Lean busy
    (see `flow`). Except at 1, the order in which they are expanded depends on how long the steps take.
    merge: a state that is waiting already is not queued again. split: goals that share no metavariable are
    searched apart. progress_every_s: least seconds between two progress records.
    first_s: seconds of the prover that a tactic gets at first. What needs more is tried again later, with
    four times as much each time, when nothing else looks better. None: all the time that the prover allows.
    """

    budget: Budget = field(default_factory=Budget)
    score: str = "normalized"
    alpha: float = 0.5
    max_candidates: int | None = None
    concurrency: int = 1
    merge: bool = True
    split: bool = True
    first_s: float | None = 0.5
    progress_every_s: float = 0.1

    def __post_init__(self) -> None:
        get_score(self.score, self.alpha)
        if self.concurrency < 0:
            raise InputError(f"concurrency must be at least 1, or 0 to adapt it, not {self.concurrency}")
        if self.max_candidates is not None and self.max_candidates < 1:
            raise InputError(f"max_candidates must be at least 1, not {self.max_candidates}")
        if self.first_s is not None and not self.first_s > 0:
            raise InputError(f"first_s must be more than 0 seconds, not {self.first_s}")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is. `open_goals` counts the states that wait, `best_score` is the best among them.

    `shares` are those of everything that runs on the same policy and prover. `graph` is the search's own,
    which goes on growing; None where whole proofs are sampled.
    """

    expansions: int
    steps: int
    open_goals: int
    best_score: float
    steps_per_s: float
    lean_seconds: float
    elapsed_s: float
    goal: str
    shares: Shares = Shares()
    graph: SearchGraph | None = None


class Outcome(StrEnum):
    """Why a search ended."""

    PROVED = "proved"
    EXHAUSTED = "exhausted"
    BUDGET = "budget"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """How a search ended. `budget` names the limit that was reached, `failure` says what the model lacked,
    where that was the reason.

    `proof` is the search's claim, and there only if proved; it is for a judge to confirm. `graph` is None
    only if time ran out before the statement's first state was there.
    """

    outcome: Outcome
    budget: str | None
    proof: ProofTree | None
    counts: Counts
    graph: SearchGraph | None
    failure: str = ""

    @property
    def proved(self) -> bool:
        """Whether a proof was found."""
        return self.outcome is Outcome.PROVED


def describe(result: StepResult) -> tuple[str, str]:
    """A step result's kind, as it is counted and exported, and its message, empty where it has none."""
    match result:
        case Open():
            return "open", ""
        case Closed():
            return "closed", ""
        case ParseError(message=message):
            return "parse_error", message
        case Forbidden(kind=kind):
            return "forbidden", kind
        case TacticError(message=message):
            return "tactic_error", message
        case Timeout(hard=hard, early=early):
            return "timeout", "hard" if hard else "early" if early else "soft"
        case Crashed(message=message):
            return "crashed", message
        case MemoryLimit(message=message):
            return "memory_limit", message
    raise TypeError(f"not a step result: {type(result).__name__}")
