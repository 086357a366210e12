"""What Lean's tactics `suggest` and `prove?` are answered: checked text that goes into their own place."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, replace

from prover.attempts import Plan, Tools
from prover.attempts.suggest import Trial, best_first
from prover.editor.fileprover import FileProver
from prover.editor.outline import Outline
from prover.editor.suggest import InFile, Spot, Suggester
from prover.errors import InputError
from prover.lean.backend import LeanLimits
from prover.search.results import SearchResult
from prover.statements.lexical import mask

QUICK, THOROUGH = LeanLimits(step_s=1.0), LeanLimits(step_s=5.0, start_s=60.0)

_HOLE = "sorry"
_QUESTION = re.compile(r"(?:^|\bby|=>|·|;|\(|\bthen|\belse)[ \t]*(suggest|prove\?)(?![\w.'?!])", re.MULTILINE)
"""The tactics themselves, which the embedded Lean does not know, at the beginning of a tactic."""


@dataclass(frozen=True, slots=True)
class Here:
    """A checked suggestion, and the text that goes in the place of the question."""

    suggestion: InFile
    text: str


class InPlace:
    """Answers questions that stand in files. Its processes may serve others too."""

    def __init__(self, tools: Tools) -> None:
        thorough = FileProver(tools.prover.pool, THOROUGH)
        self._tools = replace(tools, prover=thorough)
        self._suggester = Suggester(self._tools, thorough.with_limits(QUICK), thorough)

    async def spot(self, before: str, after: str) -> Spot:
        """The place between the two parts of a file. Raises `InputError` where Lean has no goal there."""
        before, after = without_questions(before), without_questions(after)
        spot = await self._suggester.spot(Outline(before + _HOLE + after), len(before))
        if spot is None or not spot.place.given or spot.unit.start + spot.place.hole.start != len(before):
            raise InputError(
                "Lean shows no goal there: what stands above may not elaborate, or import what is not here"
            )
        return spot

    async def suggest(self, spot: Spot, count: int, seconds: float) -> tuple[list[Here], int]:
        """Up to `count` tactics, the best first, and how many were tried. Raises `ModelError`."""
        trial = self._suggester.trial(spot)
        found: list[Here] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._collect(spot, trial, count, found)
        texts = {one.suggestion: one for one in found}
        return [texts[one] for one in best_first(texts)], trial.tried

    async def prove(self, spot: Spot, plan: Plan) -> tuple[Here | None, SearchResult]:
        """The rest of the proof of the goal there, searched for under the plan's budget."""
        found, result = await self._suggester.finish(spot, plan)
        return None if found is None else _here(spot, found), result

    async def _collect(self, spot: Spot, trial: Trial, count: int, found: list[Here]) -> None:
        async with contextlib.aclosing(self._suggester.suggestions(spot, trial)) as suggestions:
            async for one in suggestions:
                if (here := _here(spot, one)) is not None:
                    found.append(here)
                if len(found) == count:
                    return


def _here(spot: Spot, found: InFile) -> Here | None:
    """None where the edit touches more than the question."""
    hole = spot.place.hole
    head, tail = found.old[: hole.start], found.old[hole.end :]
    if not (found.new.startswith(head) and found.new.endswith(tail)):
        return None
    return Here(found, found.new[len(head) : len(found.new) - len(tail)])


def without_questions(text: str) -> str:
    """A hole in the place of each: of two in one proof, either may be asked first."""
    pieces, position = [], 0
    for match in _QUESTION.finditer(mask(text).code):
        pieces += [text[position : match.start(1)], _HOLE]
        position = match.end(1)
    return "".join([*pieces, text[position:]])
