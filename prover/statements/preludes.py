"""Chooses the header under which a statement written for Mathlib elaborates without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from prover.errors import StatementError
from prover.lean.embedded.sources import lean_project_dir
from prover.types import Prover, State, Statement

_FIELD_WORDS = re.compile(r"[ℝℂπ]|\bReal\.|\bComplex\b|\bNNReal\b")


@dataclass(frozen=True, slots=True)
class Prelude:
    """A named header: `core` for ℕ, ℤ and ℚ, `field` for ℝ and ℂ bound as variables."""

    name: str
    header: str


@cache
def prelude(name: str) -> Prelude:
    """The prelude of `lean_project/Prover/headers` called `name`."""
    path = lean_project_dir() / "Prover" / "headers" / f"{name}.lean"
    return Prelude(name=name, header=path.read_text(encoding="utf-8"))


def preludes_for(text: str) -> Sequence[Prelude]:
    """The preludes to try for a statement, the likelier first."""
    names = ("field", "core") if _FIELD_WORDS.search(text) else ("core", "field")
    return [prelude(name) for name in names]


async def start_with_prelude(
    prover: Prover, statement: Statement, choices: Callable[[Statement], Sequence[Prelude]] | None = None
) -> tuple[Prelude, State]:
    """The first prelude under which `statement` elaborates, and its first state there.

    choices: the preludes to try for a statement; by default those that stand in for Mathlib.
    Raises the likelier prelude's `StatementError` where it elaborates under none.
    """
    first: StatementError | None = None
    for candidate in choices(statement) if choices else preludes_for(statement.text):
        try:
            return candidate, await prover.start(replace(statement, header=candidate.header))
        except StatementError as error:
            first = first or error
    assert first is not None
    raise first
