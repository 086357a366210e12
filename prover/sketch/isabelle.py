"""Sketches in Isabelle: Isar proofs with `sledgehammer` or `sorry` where a method is to be found."""

from __future__ import annotations

from dataclasses import replace

from prover.errors import StatementError
from prover.isabelle.backend import Hole, IsabelleProver, Sketch
from prover.isabelle.fill import FilledHole as IsarHole
from prover.isabelle.fill import FillLimits, fill_hole, put_back, with_holes
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.output import isar_proof
from prover.policy.engine import Completion
from prover.policy.output import Parsed
from prover.search import Budget, Counts
from prover.sketch.results import MAX_HOLES, FilledHole, OnHole, Tried, Watcher
from prover.types import Message, Position, Statement, Verdict

_START = Position(1, 0)


class IsabelleFiller:
    """The `Filler` of one statement. `limits` are those of the stages at one hole; a goal is tried once."""

    def __init__(
        self, prover: IsabelleProver, judge: IsabelleJudge, statement: Statement, limits: FillLimits
    ) -> None:
        self.statement = statement
        self._prover, self._judge, self._limits = prover, judge, limits
        self._known: dict[str, IsarHole] = {}

    def read(self, completion: Completion) -> Parsed:
        return isar_proof(completion.text, completion.truncated)

    def theorem(self, script: str) -> str:
        return f"{self.statement.text}\n{script}"

    async def fill(
        self, sketch: str, every: bool, left: Budget, watcher: Watcher | None, on_hole: OnHole | None = None
    ) -> Tried:
        _stage(watcher, "running the sketch")
        try:
            run = await self._prover.sketch(self.statement, with_holes(sketch))
        except StatementError as error:
            told = error.messages or (Message("error", str(error), _START),)
            return Tried(sketch, elaborated=False, messages=told)
        finally:
            await self._prover.release(self.statement)
        if len(run.holes) > MAX_HOLES:
            why = f"the sketch has more than {MAX_HOLES} holes"
            return Tried(sketch, elaborated=False, messages=(Message("error", why, _START),))
        if run.messages:
            return Tried(run.proof, elaborated=False, messages=run.messages)
        return await self._filled(run, every, left, watcher, on_hole)

    async def _filled(
        self, run: Sketch, every: bool, left: Budget, watcher: Watcher | None, on_hole: OnHole | None
    ) -> Tried:
        found: list[tuple[IsarHole, bool]] = []
        counts = Counts()
        for number, hole in enumerate(run.holes, start=1):
            _stage(watcher, f"hole {number} of {len(run.holes)}")
            known = hole.goal in self._known
            one = await self._fill_hole(hole)
            cost = Counts(lean_seconds=0.0 if known else one.seconds)
            counts += cost
            found.append((one, known))
            if on_hole is not None:
                on_hole(_told(one, known), cost)
            if (one.script is None and not every) or left.spent(counts):
                break
        holes = tuple(_told(one, known) for one, known in found)
        if len(found) < len(run.holes) or any(one.script is None for one, _ in found):
            messages = tuple(_message(hole) for hole in holes if hole.script is None)
            return Tried(run.proof, True, holes, messages, counts=counts)
        _stage(watcher, "judging")
        script = put_back(run.proof, [one for one, _ in found])
        return _judged(run.proof, holes, script, await self._judge.judge(self.statement, script), counts)

    async def _fill_hole(self, hole: Hole) -> IsarHole:
        """What came of a hole, or of an earlier one with the same goal."""
        if hole.goal not in self._known:
            self._known[hole.goal] = await fill_hole(self._prover, hole, self._limits)
        return replace(self._known[hole.goal], hole=hole)


def _judged(
    sketch: str, holes: tuple[FilledHole, ...], script: str, verdict: Verdict, counts: Counts
) -> Tried:
    refused = Message("error", f"the proof is refused: {verdict.reason}", _START)
    return Tried(sketch, True, holes, () if verdict.proved else (refused,), script, verdict, counts)


def _told(one: IsarHole, known: bool) -> FilledHole:
    return FilledHole(one.hole.goal, one.hole.place, one.script, one.error, known)


def _message(hole: FilledHole) -> Message:
    """An open hole as the model is told of it."""
    end = Position(hole.start.line, hole.start.column + len("sorry"))
    why = (
        f"This step could not be proved, neither by the usual methods nor by a search. Its goal:\n{hole.goal}"
    )
    return Message(
        "error", f"{why}\nThe last answer:\n{hole.failure}" if hole.failure else why, hole.start, end
    )


def _stage(watcher: Watcher | None, text: str) -> None:
    if watcher is not None:
        watcher.stage(text)
