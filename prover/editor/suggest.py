"""What may be written at a place of a file: tactics and proofs, tried in Lean and checked in the file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from prover.attempts import Plan, Tools
from prover.attempts.file import PROVABLE
from prover.attempts.suggest import Suggestion, Trial
from prover.attempts.theorem import search
from prover.editor.fileprover import FileProver, Said
from prover.editor.lemmas import lemma_tactics
from prover.editor.outline import Outline, Prefix, Unit, as_lean_reads
from prover.editor.places import Place, before_tactic, places
from prover.editor.positions import Edit, smallest_edit
from prover.errors import StatementError
from prover.search.best_first import OnProgress
from prover.search.results import SearchResult
from prover.statements.leanfile import fill
from prover.types import State, Statement

_SHOWN = 60
"""Characters of a tactic in a title."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a file where Lean has a goal: `state` is what a tactic there sees.

    `unit` and its `text` belong to one version of the file. `below` is what has to elaborate with it: nothing
    for a theorem, whose proof nobody looks into, else the rest of the file. `lemmas` are tactics that use
    what the file has above.
    """

    unit: Unit
    text: str
    below: str
    place: Place
    state: State
    lemmas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InFile(Suggestion):
    """A suggestion that was checked in the file: `old` is the unit's text, `new` the same with the tactic."""

    start: int
    old: str
    new: str

    @property
    def edit(self) -> Edit:
        """The smallest edit of the file that makes it."""
        return smallest_edit(self.old, self.new).moved(self.start)

    def moved(self, start: int, old: str | None = None) -> InFile:
        """The same in a version of the file in which its unit begins at `start`, and reads `old`."""
        return replace(self, start=start, old=self.old if old is None else old)

    @property
    def title(self) -> str:
        """The tactic on one line, not too long, and what it does."""
        line = " ↩ ".join(part.strip() for part in self.tactic.splitlines())
        return f"{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}  ({self.label})"


@dataclass(slots=True)
class Suggester:
    """Answers questions about places of files. `quick` is `thorough` with short time limits."""

    tools: Tools
    quick: FileProver
    thorough: FileProver
    _said: dict[tuple[str, str], Said] = field(default_factory=dict)
    _held: list[Statement] = field(default_factory=list)
    _warm: bool = False

    @property
    def judged_tools(self) -> Tools:
        """What a search for whole proofs uses."""
        return replace(self.tools, prover=self.thorough)

    async def spot(self, outline: Outline, offset: int, typing: bool = False) -> Spot | None:
        """The place that a cursor at `offset` means, where Lean has a goal; None where there is none."""
        unit = outline.unit_at(offset)
        if unit is None:
            return None
        text = outline.unit_text(unit)
        return await self._first(outline, unit, places(text, offset - unit.start, typing))

    async def goals_at(self, outline: Outline, offset: int) -> State | None:
        """What a tactic at `offset` sees: the goals before the tactic there, or those of an open place."""
        unit = outline.unit_at(offset)
        if unit is None:
            return None
        text, inside = outline.unit_text(unit), offset - unit.start
        open_places = places(text, inside)
        given = [place for place in open_places if place.given]
        found = await self._first(outline, unit, given or before_tactic(text, inside) or open_places)
        return found.state if found else None

    def trial(self, spot: Spot) -> Trial:
        """What the policy proposes at a place, and the file's own lemmas, run within a short time each."""
        tools = replace(self.tools, prover=self.quick)
        return Trial(tools, spot.state, spot.lemmas, partial(self._completes, spot))

    async def suggestions(self, spot: Spot, trial: Trial | None = None) -> AsyncGenerator[InFile, None]:
        """Checked tactics, as they are found, in the policy's order. Raises `ModelError`."""
        # Lean would be idle while the model works.
        before = asyncio.create_task(self._before(spot))
        try:
            async for one in (trial or self.trial(spot)).working():
                checked = await self._checked(spot, one, await before)
                if checked is not None:
                    yield checked
        finally:
            before.cancel()

    async def finish(
        self, spot: Spot, plan: Plan, on_progress: OnProgress | None = None
    ) -> tuple[InFile | None, SearchResult]:
        """The rest of the proof of the spot's goal, searched for under the plan's budget."""
        result = await search(self.judged_tools, spot.state.statement, plan, on_progress)
        if result.proof is None:
            return None, result
        goals, seconds = len(spot.state.goals), result.counts.lean_seconds
        proof = Suggestion(result.proof.script(), 0.0, (), goals, seconds)
        return await self._checked(spot, proof, await self._before(spot)), result

    async def warm(self, prefix: Prefix) -> None:
        """Run what is slow the first time: a file's imports; once, the model and each tactic."""
        statement = Statement("warm_up", _WARM_UP, self.thorough.known(prefix))
        try:
            state = await self.thorough.start(statement)
            if self._warm:
                return
            self._warm = True
            await self.tools.policy.propose([state])
            for tactic in _SLOW_AT_FIRST:
                await self.thorough.step(state, tactic)
        except StatementError:
            return  # the file imports what is not there, or not yet
        finally:
            await self.thorough.release(statement)

    async def _first(self, outline: Outline, unit: Unit, found: Sequence[Place]) -> Spot | None:
        """The first place at which Lean has a goal."""
        if not found:
            return None
        header = self.quick.known(outline.prefix(unit))
        proof_only = all(declaration.kind in PROVABLE for declaration in unit.declarations)
        below = "" if proof_only else outline.text[unit.end :]
        for place in found:
            statement = Statement(
                unit.first.label, as_lean_reads(place.probe).rstrip(), header, place=place.hole.position
            )
            try:
                state = await self.quick.start(statement)
            except StatementError:
                continue
            await self._hold(statement)
            if state.goals and not any(_UNKNOWN.search(goal.target) for goal in state.goals):
                lemmas = lemma_tactics(outline, unit, state.goals)
                return Spot(unit, outline.unit_text(unit), below, place, state, lemmas)
        return None

    async def _hold(self, statement: Statement) -> None:
        """The states of the last few places stay alive: one is often asked about again."""
        if statement in self._held:
            self._held.remove(statement)
        self._held.append(statement)
        if len(self._held) > _HELD:
            await self.quick.release(self._held.pop(0))

    async def _checked(self, spot: Spot, one: Suggestion, before: Said | None) -> InFile | None:
        """The suggestion, if the declaration with it has no error that it has not without it.

        Where the user's own `sorry` stands, one is left for each goal that is left.
        """
        place = spot.place
        for script in _scripts(one.tactic, len(one.goals) if place.given else 0):
            new = fill(place.probe, {place.hole: script})
            said = await self._said_of(spot, new)
            if before and said and not said.breaks(before):
                what = one.tactic, one.logprob, one.goals, one.before, one.seconds
                return InFile(*what, spot.unit.start, spot.text, new)
        return None

    async def _completes(self, spot: Spot, tactic: str) -> bool | None:
        """Whether a tactic completes the proof, where the file with it tells that; None where it does not.

        What closes goals is slow, and here it is run once: in the file, and not on the goal before.
        """
        if tactic not in CLOSERS or len(spot.state.goals) != 1:
            return None
        new = fill(spot.place.probe, {spot.place.hole: tactic})
        said = await self._said_of(spot, new, 2 * self.quick.limits.step_s)
        if said == Said((), 0):
            return True
        before = await self._before(spot)
        return False if said is None or before is None or said.breaks(before) else None

    async def _before(self, spot: Spot) -> Said | None:
        """What Lean says of the declaration as it is."""
        return await self._said_of(spot, spot.place.plain)

    async def _said_of(self, spot: Spot, text: str, soft_s: float | None = None) -> Said | None:
        """What Lean says of a text in the place of the spot's unit; None where it does not get to an end."""
        text = as_lean_reads(text + spot.below)
        key = spot.state.statement.header, text
        if key not in self._said:
            said = await self.quick.said(spot.state.statement, text, soft_s)
            if said is None:
                return None
            if len(self._said) > 4 * _HELD:
                self._said.pop(next(iter(self._said)))
            self._said[key] = said
        return self._said[key]


def not_found(result: SearchResult) -> str:
    """Why a search for the rest of a proof gave nothing to put in, in a line."""
    tried = f"{result.counts.expansions} states, {result.counts.steps} tactics tried"
    if result.proof is not None:
        return f"a proof was found that does not hold in the file ({tried})"
    if result.failure:
        return f"the model gives no answer: {result.failure}"
    why = "within the time allowed" if result.budget else "and nothing is left to try"
    return f"no proof was found {why} ({tried})"


CLOSERS = frozenset({"grind", "omega", "decide", "linarith", "nlinarith", "positivity", "ring"})
"""Tactics that leave no goal, or fail."""

_HELD = 16

_UNKNOWN = re.compile(r"\bsorry(Ax)?\b")
"""In a goal: a part of the statement did not elaborate, and whatever is proved is not what was meant."""

_WARM_UP = "theorem warm_up (a b : Nat) (h : a % 5 = b) (i : b < 3) : b + 0 < 4 ∧ a % 5 < 3"
_SLOW_AT_FIRST = ("constructor", "simp", "simp_all", "omega", "grind")


def _scripts(tactic: str, left: int) -> list[str]:
    """The tactic, with a `sorry` for each goal that it leaves, in the ways that may be right."""
    if left == 0:
        return [tactic]
    if left == 1:
        return [f"{tactic}\nsorry"]
    return ["\n".join([tactic, *["· sorry"] * left]), f"{tactic}\nall_goals sorry"]
