"""Fills the `sorry`s of an Isar proof: the eleven methods in order, then Sledgehammer, then our search.

What wins is put back into the text, so that the finished proof runs without a hammer. It is a claim: the
judge has the last word.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from prover.errors import StatementError
from prover.isabelle.backend import Hole, IsabelleProver, Sketch
from prover.isabelle.hammer import hammered
from prover.isabelle.lexer import proper
from prover.isabelle.methods import DSP_METHODS, MethodPolicy
from prover.isabelle.symbols import encode
from prover.isabelle.theory import completed
from prover.search import Budget, SearchSettings, prove
from prover.types import Closed, Message, Policy, Position, State, Statement

HAMMERS = frozenset({"sledgehammer", "normalhammer", "hammer"})
"""Words that stand for a hole in published sketches."""

Outcome = tuple[str | None, str]
"""A script, or None; and what the last attempt was answered."""


@dataclass(frozen=True, slots=True)
class _Stage:
    name: str
    attempt: Callable[[], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class FillLimits:
    """What one hole may cost, in seconds: the methods together, one call of Sledgehammer, the search.

    0 leaves a stage out.
    """

    methods_s: float = 60.0
    hammer_s: float = 30.0
    search_s: float = 20.0


@dataclass(frozen=True, slots=True)
class FilledHole:
    """What came of a hole. `script` is what stands for its `sorry` now, None where nothing was found.

    `stage` is `method`, `hammer` or `search`; `error` is what the last attempt was answered.
    """

    hole: Hole
    script: str | None
    stage: str = ""
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Filled:
    """A sketch after filling. `proof` still has a `sorry` for each hole that was not filled."""

    sketch: Sketch
    proof: str
    holes: tuple[FilledHole, ...] = field(default=())

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do but to judge."""
        return not self.sketch.messages and all(hole.script is not None for hole in self.holes)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What is wrong with the proof itself, placed in the sketch's text."""
        return self.sketch.messages


def with_holes(proof: str) -> str:
    """A proof with `sorry` for every word that calls a hammer; not those in strings and comments."""
    text = encode(proof)
    for token in reversed(proper(text)):
        if token.kind == "word" and token.text in HAMMERS:
            text = text[: token.start] + "sorry" + text[token.end :]
    return text


async def fill(
    prover: IsabelleProver,
    statement: Statement,
    proof: str,
    limits: FillLimits | None = None,
    policy: Policy | None = None,
    on_hole: Callable[[FilledHole], None] | None = None,
) -> Filled:
    """Run the sketch `proof` of `statement` and fill each of its holes.

    Raises `StatementError` where the statement does not elaborate, `SetupError` for a missing import.
    """
    sketch = await prover.sketch(statement, with_holes(proof))
    filled = []
    for hole in sketch.holes:
        filled.append(await fill_hole(prover, hole, limits or FillLimits(), policy))
        if on_hole is not None:
            on_hole(filled[-1])
    await prover.release(statement)
    return Filled(sketch, put_back(sketch.proof, filled), tuple(filled))


async def fill_hole(
    prover: IsabelleProver, hole: Hole, limits: FillLimits, policy: Policy | None = None
) -> FilledHole:
    """Try the stages at one hole, each within its own limit."""
    began, error = time.monotonic(), ""
    try:
        state = await prover.start(hole.statement)
        for stage in _stages(prover, state, limits, policy or MethodPolicy()):
            script, answer = await stage.attempt()
            if script is not None:
                return FilledHole(hole, script, stage.name, "", time.monotonic() - began)
            error = answer or error
    except StatementError as failure:
        error = str(failure)
    finally:
        await prover.release(hole.statement)
    return FilledHole(hole, None, "", error, time.monotonic() - began)


def _stages(prover: IsabelleProver, state: State, limits: FillLimits, policy: Policy) -> list[_Stage]:
    return [
        _Stage("method", partial(_by_methods, prover, state, DSP_METHODS, limits.methods_s)),
        _Stage("hammer", partial(_by_hammer, prover, state, limits.hammer_s)),
        _Stage("search", partial(_by_search, prover, state, limits.search_s, policy)),
    ]


def put_back(proof: str, filled: Iterable[FilledHole]) -> str:
    """The proof with each hole's script in the place of its `sorry`, indented as the line it stands in.

    Columns count bytes (`judge.ML`).
    """
    lines = proof.encode().split(b"\n")
    for done in sorted(filled, key=lambda item: _order(item.hole.place), reverse=True):
        if done.script is None:
            continue
        place = done.hole.place
        line = lines[place.line - 1]
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        script = textwrap.indent(done.script, indent).lstrip().encode()
        lines[place.line - 1] = line[: place.column] + script + line[place.column + len(b"sorry") :]
    return b"\n".join(lines).decode()


def _order(place: Position) -> tuple[int, int]:
    return place.line, place.column


async def _by_methods(
    prover: IsabelleProver, state: State, methods: Iterable[str], seconds: float
) -> Outcome:
    end, error = time.monotonic() + seconds, ""
    for method in methods:
        left = end - time.monotonic()
        if left <= 0:
            break
        result = await prover.step(state, method)
        if isinstance(result, Closed):
            return completed(method), ""
        error = str(getattr(result, "message", "")) or type(result).__name__
    return None, error


async def _by_hammer(prover: IsabelleProver, state: State, seconds: float) -> Outcome:
    if seconds <= 0:
        return None, ""
    return await _by_methods(prover, state, await hammered(prover, state, seconds), seconds)


async def _by_search(prover: IsabelleProver, state: State, seconds: float, policy: Policy) -> Outcome:
    if seconds <= 0:
        return None, ""
    settings = SearchSettings(budget=Budget(wall_s=seconds), split=False)
    result = await prove(prover, policy, state.statement, settings)
    return (completed(result.proof.script()) if result.proof else None), ""
