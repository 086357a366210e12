"""What comes of sketches: of each hole, of each sketch, of the whole attempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from prover.policy.engine import Completion
from prover.policy.output import Parsed
from prover.search import Budget, Counts, Outcome, Progress
from prover.sketch.problem import Problem
from prover.types import Attempted, Message, Position, Verdict

MAX_HOLES = 64
"""A sketch with more of them is no proof in steps, and is refused."""


class Watcher(Protocol):
    """Who is told how far an attempt is: the stage in words, then the progress of a search."""

    def stage(self, text: str) -> None: ...

    def __call__(self, progress: Progress) -> None: ...


@dataclass(frozen=True, slots=True)
class FilledHole:
    """A hole of a sketch. `start` is its place there, `script` what proves it, `failure` why nothing does.

    `known`: what was found for an earlier hole settles it, without a search.
    """

    goal: str
    start: Position
    script: str | None = None
    failure: str = ""
    known: bool = False


OnHole = Callable[[FilledHole, Counts], None]
"""Who is told of each hole as soon as it has been tried, and of what that cost."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A sketch and what came of it. `round` is 0 for a first one, else the number of repairs that led to it.

    elaborated: the prover accepts it, holes aside. `messages` are what the model is told for a repair, their
    positions those of `text`; `holes` those that were tried. `script` is the sketch with its holes filled,
    there where none is left, and `verdict` what the judge says of it.
    """

    text: str
    elaborated: bool
    holes: tuple[FilledHole, ...] = ()
    messages: tuple[Message, ...] = ()
    script: str | None = None
    verdict: Verdict | None = None
    counts: Counts = field(default_factory=Counts)
    model_failure: str = ""
    round: int = 0

    @property
    def proved(self) -> bool:
        """Whether the judge accepts."""
        return self.verdict is not None and self.verdict.proved

    @property
    def open_holes(self) -> tuple[FilledHole, ...]:
        """The holes that nothing filled."""
        return tuple(hole for hole in self.holes if hole.script is None)

    @property
    def rank(self) -> tuple[bool, int, int]:
        """How near a proof it came, higher is nearer."""
        errors = [message.start.line for message in self.messages if message.severity == "error"]
        return self.elaborated, -len(errors), min(errors, default=0)


@dataclass(frozen=True, slots=True)
class SketchAttempt:
    """How an attempt ended; `outcome`, `budget` and `failure` as of a search.

    `problem` is with the proof in words that was sketched last. `tried` are the sketches in the order in
    which they were tried, the proof's last.
    """

    problem: Problem
    outcome: Outcome
    budget: str | None
    failure: str
    tried: tuple[Tried, ...]
    counts: Counts
    drafted: bool

    @property
    def proved(self) -> bool:
        return bool(self.tried) and self.tried[-1].proved


class Filler(Protocol):
    """One theorem in one prover's language: reads what a model wrote, fills the holes, has it judged."""

    def read(self, completion: Completion) -> Parsed:
        """The sketch in a model's answer, or why there is none. Never raises."""
        ...

    def theorem(self, script: str) -> str:
        """The theorem with that proof, as a file has it."""
        ...

    async def fill(
        self, sketch: str, every: bool, left: Budget, watcher: Watcher | None, on_hole: OnHole | None = None
    ) -> Tried:
        """Try a sketch within `left`; where a hole stays open, go on with the others only if `every`."""
        ...


def attempted(tried: Tried) -> Sequence[Attempted]:
    """A failed sketch as a prompt shows it."""
    return [Attempted(tried.text, tried.messages)]
