"""The types that flow between search, prover backends, policies and judge: one type per arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Position:
    """Line from 1, column from 0 in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A theorem to prove.

    `text` is the declaration up to, not including, its `:=` (`theorem t (n : ℕ) : 0 ≤ n`).
    `header` is what stands before it: imports, options, opens, helper definitions.
    Where `place` is given, `text` is a whole declaration with `sorry`s instead, and the goal is that of
    the `sorry` at this position of `text`.
    """

    name: str
    text: str
    header: str = ""
    source: str = ""
    place: Position | None = None

    def own(self, asker: int) -> Statement:
        """The same statement as one asker's own: it shares no states in Lean with those of others."""
        return replace(self, source=f"{self.source}#{asker}")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One line of a goal's context. `accessible` is false where the name cannot be typed (`x✝`)."""

    name: str
    type: str
    value: str | None = None
    accessible: bool = True


@dataclass(frozen=True, slots=True)
class Goal:
    """One open goal. `text` is Lean's own rendering; `metavariables` are those it shares or waits for."""

    text: str
    target: str = ""
    hypotheses: tuple[Hypothesis, ...] = ()
    case: str | None = None
    metavariables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Focus:
    """The structural step that keeps goal number `goal` (from 0) and sets the others aside."""

    goal: int


Step = str | Focus
"""One step of a path: a tactic's text, or a focus on one of independent goals."""


@dataclass(frozen=True, slots=True)
class State:
    """A proof state, identified by (statement, path): whoever holds that can rebuild it by replay.

    `handle` is the backend's own hint where the state still lives; it takes no part in equality.
    """

    statement: Statement
    path: tuple[Step, ...]
    goals: tuple[Goal, ...]
    handle: Any = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """Its goals as the prover shows them, a blank line between two."""
        return "\n\n".join(goal.text for goal in self.goals)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What a step gave. `seconds` is the time the prover itself spent on it."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Open(StepResult):
    """The tactic ran; goals remain."""

    state: State


@dataclass(frozen=True, slots=True)
class Closed(StepResult):
    """The tactic ran and no goal remains: no error message, no sorry, no loose metavariable."""

    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ParseError(StepResult):
    """The text is not one tactic."""

    message: str


@dataclass(frozen=True, slots=True)
class Forbidden(StepResult):
    """The tactic contains syntax that a proof may not use; `kind` names the syntax node."""

    kind: str


@dataclass(frozen=True, slots=True)
class TacticError(StepResult):
    """The tactic failed, or succeeded only by recovering from an error."""

    message: str


@dataclass(frozen=True, slots=True)
class Timeout(StepResult):
    """The step ran out of time. `hard` when the process had to be killed, `early` when it was stopped for
    `within_s` alone: with more time it may work."""

    hard: bool
    early: bool = False


@dataclass(frozen=True, slots=True)
class Crashed(StepResult):
    """The prover's process ended during the step (stack overflow, abort, kill)."""

    message: str


@dataclass(frozen=True, slots=True)
class MemoryLimit(StepResult):
    """The prover's process ran out of memory during the step."""

    message: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed tactic. `logprob` is natural, summed over `tokens` tokens (0: of no language model).

    Model output that is no tactic comes with an empty `tactic`: its tokens were paid for, and `dropped` says
    why it cannot be tried, in a word or two. `chance`: how likely it is to work, as far as that was learnt.
    """

    tactic: str
    logprob: float
    tokens: int = 0
    dropped: str = ""
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Attempted:
    """A whole proof that was tried, and what the prover said of it; positions are those of `script`."""

    script: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the prover says of a whole script; positions are those of `script`. `seconds` are its own.

    `failure` is why it proves nothing, empty where it proves the statement: `tactic_error` (it does not
    elaborate), `parse_error`, `forbidden`, `timeout`, `crashed`, `memory_limit`, or that rung of the judge's
    which refuses it. A message then says more, at 1:0 where it has no place of its own.
    """

    failure: str = ""
    messages: tuple[Message, ...] = ()
    seconds: float = 0.0

    @property
    def proved(self) -> bool:
        """The search's claim, not yet the judge's verdict."""
        return not self.failure


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the prover about a text it elaborated. `severity` is info, warning or error."""

    severity: str
    text: str
    start: Position
    end: Position | None = None


@dataclass(frozen=True, slots=True)
class ProofTree:
    """A found proof: a tactic, and one subtree for each group of goals it left open.

    One child is the rest of the script; several are independent goals, each proved in its own bullet.
    """

    tactic: str
    children: tuple[ProofTree, ...] = ()

    def script(self) -> str:
        """The tactic block, unindented, one tactic a line, independent goals under `·`."""
        if len(self.children) <= 1:
            rest = [child.script() for child in self.children]
        else:
            rest = ["· " + child.script().replace("\n", "\n  ") for child in self.children]
        return "\n".join([self.tactic, *rest])


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of judgement: its name, whether it passed, and why not."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says of a proof. It holds only if every rung passed."""

    rungs: tuple[Rung, ...]
    axioms: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        return bool(self.rungs) and all(rung.passed for rung in self.rungs)

    @property
    def reason(self) -> str:
        """Why the proof was refused; empty when it was not."""
        return next((rung.detail for rung in self.rungs if not rung.passed), "")


class Prover(Protocol):
    """A proof assistant as the search sees it. Every method may be called concurrently."""

    async def start(self, statement: Statement) -> State:
        """The statement's first state. Raises `StatementError` where it does not elaborate."""
        ...

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        """Run one step. Never raises for what the tactic does; the state stays usable.

        `within_s`: seconds after which to stop it, if the prover can do that and its own limit is longer.
        """
        ...

    async def check(self, statement: Statement, script: str) -> Checked:
        """Whether an unindented tactic script proves the statement, which has no `place`.

        Never raises for what the script does.
        """
        ...

    async def release(self, statement: Statement) -> None:
        """A theorem's search is over: its states may be dropped."""
        ...

    async def close(self) -> None:
        """End every process."""
        ...


class Policy(Protocol):
    """From proof states to scored tactics. Every method may be called concurrently."""

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        """For each state its candidates. Raises `ModelError` where there is no answer to be had."""
        ...

    async def close(self) -> None:
        """Free what it holds: processes, connections, memory."""
        ...


class ProofPolicy(Protocol):
    """From a statement to whole proofs."""

    async def proofs(self, state: State, failed: Sequence[Attempted]) -> list[Candidate]:
        """Whole tactic scripts for a statement's first state, in the light of attempts that failed.

        Raises `ModelError`.
        """
        ...
