"""Says whether a single Lean statement is one of a benchmark, or shares a run of tokens with one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prover.overlap.shape import Shape, Words, shape
from prover.statements.minif2f import load

RUN = 16
"""Tokens of a shared run. At 12, phrases of algebra (`x ^ 2 + y ^ 2 + z ^ 2 =`, `f x = 2 * x ^ 2 -`) still
match; what matches at 16 are whole recurrences and case distinctions."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a statement shares with one of a benchmark. evidence: the shared tokens, variables renamed."""

    rule: str
    benchmark: str
    benchmark_text: str
    evidence: str


class StatementIndex:
    """Statements of benchmarks, by their keys and by their runs of `RUN` tokens."""

    def __init__(self, benchmark_files: Iterable[Path] = ()) -> None:
        """benchmark_files: JSON lines laid out like miniF2F. Raises `InputError` for a file that is none."""
        self._exact: dict[Words, tuple[str, str]] = {}
        self._runs: dict[Words, tuple[str, str]] = {}
        self._sizes: set[tuple[int, int]] = set()
        self._blanks: set[Words] = set()
        for path in benchmark_files:
            for problem in load(path):
                self.add(problem.name, problem.statement.text, shape(problem.statement.text))

    def add(self, name: str, text: str, own: Shape) -> None:
        """Takes a statement in. Where two share something, the first is the one that is named later."""
        self._exact.setdefault(own.key, (name, text))
        self._sizes.add(own.size)
        for blank, run in own.runs(RUN):
            self._blanks.add(blank)
            self._runs.setdefault(own.renamed(run), (name, text))

    def find(self, own: Shape) -> Shared | None:
        """The first statement taken in that has the key or a run of this one; None where none does."""
        if own.size in self._sizes and (found := self._exact.get(own.key)):
            return Shared("exact", *found, " ".join(own.key))
        for blank, run in own.runs(RUN):
            # To rename a run is dear, and most are like no other even with every variable alike.
            if blank in self._blanks and (found := self._runs.get(renamed := own.renamed(run))):
                return Shared(f"a run of {RUN} tokens", *found, " ".join(renamed))
        return None
