"""Sketches in Lean: tactic blocks with `sorry`s, each `sorry` a goal that the search attacks on its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from prover.attempts.tools import Tools
from prover.errors import StatementError
from prover.lean.backend import in_script
from prover.policy.engine import Completion
from prover.policy.output import Parsed, whole_proof
from prover.search import Budget, Counts, Outcome, SearchSettings, prove
from prover.search.results import SearchResult
from prover.sketch.results import MAX_HOLES, FilledHole, OnHole, Tried, Watcher
from prover.statements.holes import Hole, find_declarations, find_holes
from prover.statements.leanfile import fill
from prover.statements.lexical import mask
from prover.types import Closed, Message, Position, State, Statement, Verdict

_INDENT = "  "
_START = Position(1, 0)


@dataclass(frozen=True, slots=True)
class _Searched:
    """What came of a goal: a script, or the reason why there is none; and what that cost."""

    script: str | None
    failure: str = ""
    counts: Counts = field(default_factory=Counts)
    known: bool = False
    model_failure: str = ""


class LeanFiller:
    """The `Filler` of one statement, whose header is a prelude's.

    settings: of the search at each hole; its budget is that of one hole. A goal is searched once, whichever
    sketch it comes from; where only hypotheses differ from a goal that was proved, that proof is tried first.
    """

    def __init__(self, tools: Tools, statement: Statement, settings: SearchSettings) -> None:
        self.tools, self.statement, self._settings = tools, statement, settings
        self._known: dict[str, _Searched] = {}
        self._proofs: dict[str, str] = {}

    def read(self, completion: Completion) -> Parsed:
        return whole_proof(completion.text, completion.truncated, self.statement, holes=True)

    def theorem(self, script: str) -> str:
        return f"{self.statement.text} := by\n{_INDENT}" + script.replace("\n", f"\n{_INDENT}")

    async def fill(
        self, sketch: str, every: bool, left: Budget, watcher: Watcher | None, on_hole: OnHole | None = None
    ) -> Tried:
        return await _Filling(self, sketch, left, watcher, on_hole).run(every)

    async def attack(self, state: State, left: Budget, watcher: Watcher | None) -> _Searched:
        """What proves a hole's goal."""
        if (known := self._known.get(state.text)) is not None:
            return replace(known, counts=Counts(), known=True)
        target = state.goals[0].target
        found = await self._again(state, self._proofs.get(target)) or await self._search(state, left, watcher)
        if found.script is not None:
            self._proofs[target] = found.script
        if found.script is not None or left.spent(found.counts) is None:
            self._known[state.text] = found
        return found

    async def _again(self, state: State, script: str | None) -> _Searched | None:
        """The proof of a goal with the same target, if it proves this one too."""
        if script is None:
            return None
        with self.tools.flow.stepping():
            result = await self.tools.prover.step(state, "(" + script.replace("\n", "\n ") + ")")
        self.tools.flow.stepped(result.seconds)
        counts = Counts(steps=1, lean_seconds=result.seconds)
        return _Searched(script, counts=counts, known=True) if isinstance(result, Closed) else None

    async def _search(self, state: State, left: Budget, watcher: Watcher | None) -> _Searched:
        tools, settings = self.tools, replace(self._settings, budget=self._settings.budget.within(left))
        result = await prove(tools.prover, tools.policy, state.statement, settings, watcher, tools.flow)
        script = result.proof.script() if result.proof else None
        return _Searched(script, _why(result), result.counts, model_failure=result.failure)


class _Filling:
    """One sketch on its way to a proof."""

    def __init__(
        self,
        filler: LeanFiller,
        sketch: str,
        left: Budget,
        watcher: Watcher | None,
        on_hole: OnHole | None,
    ) -> None:
        self._filler, self._sketch, self._left = filler, sketch, left
        self._watcher, self._on_hole = watcher, on_hole
        self._head = f"{filler.statement.text} := by\n"
        self._text = filler.theorem(sketch)
        self._counts = Counts()
        self._model_failure = ""

    async def run(self, every: bool) -> Tried:
        if mask(self._text).code.count("sorry") > MAX_HOLES:
            return self._refused(f"the sketch has more than {MAX_HOLES} holes")
        if len(find_declarations(self._text)) != 1:
            return self._refused("the sketch holds more than the proof of the theorem")
        holes = find_holes(self._text)
        if not holes:
            return await self._whole()
        scripts: dict[Hole, str] = {}
        tried: list[FilledHole] = []
        for number, hole in enumerate(holes, start=1):
            self._stage(f"hole {number} of {len(holes)}")
            try:
                one = await self._attack(hole)
            except StatementError as error:
                return self._not_elaborated(error)
            tried.append(one)
            if one.script is not None:
                scripts[hole] = one.script
            elif not every or self._model_failure or self._left.spent(self._counts):
                break
        if len(scripts) < len(holes):
            return self._tried(tuple(tried), tuple(_told(one) for one in tried if one.script is None))
        return await self._judge(self._script(scripts), tuple(tried))

    async def _attack(self, hole: Hole) -> FilledHole:
        """Raises `StatementError` where the sketch does not elaborate."""
        tools, start = self._filler.tools, in_script(hole.position, self._above)
        statement = replace(self._filler.statement, text=self._text, place=hole.position)
        try:
            state = await tools.prover.start(statement)
            found = await self._filler.attack(state, self._left.after(self._counts), self._watcher)
        finally:
            await tools.prover.release(statement)
        self._counts += found.counts
        self._model_failure = self._model_failure or found.model_failure
        one = FilledHole(state.text, start, found.script, found.failure, found.known)
        if self._on_hole is not None:
            self._on_hole(one, found.counts)
        return one

    async def _whole(self) -> Tried:
        """A sketch without holes is a proof, or is not."""
        self._stage("checking")
        filler = self._filler
        checked = await filler.tools.prover.check(filler.statement, self._sketch)
        await filler.tools.prover.release(filler.statement)
        self._counts.steps += 1
        self._counts.lean_seconds += checked.seconds
        if not checked.proved:
            return self._tried((), checked.messages, elaborated=False)
        return await self._judge(self._sketch, ())

    async def _judge(self, script: str, holes: tuple[FilledHole, ...]) -> Tried:
        self._stage("judging")
        verdict = await self._filler.tools.judge.judge(self._filler.statement, script)
        told = () if verdict.proved else (_error(f"the proof is refused: {verdict.reason}"),)
        return self._tried(holes, told, script=script, verdict=verdict)

    def _script(self, scripts: dict[Hole, str]) -> str:
        """The sketch with its holes filled, unindented."""
        body = fill(self._text, scripts).removeprefix(self._head)
        return body.removeprefix(_INDENT).replace(f"\n{_INDENT}", "\n")

    @property
    def _above(self) -> int:
        return self._head.count("\n")

    def _not_elaborated(self, error: StatementError) -> Tried:
        told = tuple(
            replace(m, start=in_script(m.start, self._above), end=m.end and in_script(m.end, self._above))
            for m in error.messages
            if m.severity == "error"
        )
        return self._tried((), told or (_error(str(error)),), elaborated=False)

    def _refused(self, why: str) -> Tried:
        return self._tried((), (_error(why),), elaborated=False)

    def _tried(
        self,
        holes: tuple[FilledHole, ...],
        messages: tuple[Message, ...],
        elaborated: bool = True,
        script: str | None = None,
        verdict: Verdict | None = None,
    ) -> Tried:
        counts, failure = self._counts, self._model_failure
        return Tried(self._sketch, elaborated, holes, messages, script, verdict, counts, failure)

    def _stage(self, text: str) -> None:
        if self._watcher is not None:
            self._watcher.stage(text)


def _why(result: SearchResult) -> str:
    """Why a search found nothing, as a person and a model are told."""
    match result.outcome:
        case Outcome.PROVED:
            return ""
        case Outcome.BUDGET:
            return f"no proof within {result.budget}"
        case Outcome.FAILED:
            return f"the model gives no answer: {result.failure}"
        case _:
            return "nothing is left to try"


def _told(hole: FilledHole) -> Message:
    """An open hole as the model is told of it."""
    end = Position(hole.start.line, hole.start.column + len("sorry"))
    why = f"This step could not be proved ({hole.failure}); it may be false, or too far."
    return Message("error", f"{why} Its goal:\n{hole.goal}", hole.start, end)


def _error(text: str) -> Message:
    return Message("error", text, _START)
