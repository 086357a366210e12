"""A theorem that LeanDojo traced, and what is made of it: training steps, and a statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from prover.errors import InputError
from prover.statements.holes import Declaration, find_declarations
from prover.statements.reading import read_bytes, read_text
from training.statements import Split, TrainingStatement
from training.steps import GOAL, MAX_GOAL, PROOFSTEP

_NO_GOALS = "no goals"


@dataclass(frozen=True, slots=True)
class TracedTactic:
    """A tactic of a proof, the states around it as texts, and the full names of the premises that it
    names."""

    tactic: str
    before: str
    after: str
    premises: tuple[str, ...]

    @property
    def closes(self) -> bool:
        return self.after == _NO_GOALS


@dataclass(frozen=True, slots=True)
class TracedTheorem:
    """`start` and `end`: line and column, both from 1, in code points."""

    url: str
    commit: str
    file: str
    name: str
    start: tuple[int, int]
    end: tuple[int, int]
    split: Split
    tactics: tuple[TracedTactic, ...]

    @property
    def source(self) -> str:
        """As `prover.lean.native.dojo` wants it in a statement."""
        return f"{self.url}@{self.commit}:{self.file}"


def steps(theorem: TracedTheorem, text: str = "", header: str = "") -> Iterator[dict[str, Any]]:
    """The proof's steps as `training.steps` has them. Goals that wait behind the first are part of a
    state."""
    path: list[str] = []
    for step in theorem.tactics:
        if len(step.before) <= MAX_GOAL and step.before != _NO_GOALS:
            yield {
                "text": f"{GOAL}{step.before}{PROOFSTEP}{step.tactic}",
                "goal": step.before,
                "tactic": step.tactic,
                "statement": text,
                "header": header,
                "name": theorem.name,
                "origin": "leandojo",
                "group": theorem.file,
                "split": theorem.split,
                "path": list(path),
                "round": 0,
                "goals_after": [] if step.closes else step.after.split("\n\n"),
                "closes": step.closes,
                "premises": list(step.premises),
            }
        path.append(step.tactic)


def statement_of(theorem: TracedTheorem, checkout: Path) -> TrainingStatement | None:
    """The theorem as its file states it; None where it has no signature that ends in `:=`.

    LeanDojo's place may be that of the keyword: documentation, attributes and modifiers before it belong to
    the statement. Raises `InputError` where the file is not there or is another one than was traced.
    """
    path = checkout / theorem.file
    source, declarations = _declared(path)
    start = _offset(source, theorem.start, path)
    declared = next((one for one in declarations if one.start <= start <= one.keyword), None)
    if declared is None or declared.name.rpartition(".")[2] != theorem.name.rpartition(".")[2]:
        raise InputError(
            f"{path}:{theorem.start[0]} does not state {theorem.name}: not commit {theorem.commit}"
        )
    if declared.body is None:
        return None
    signature, header = source[declared.start : declared.body].rstrip(), source[: declared.start]
    return TrainingStatement(
        theorem.name, signature, header, "leandojo", theorem.file, theorem.split, without=theorem.name
    )


@lru_cache(maxsize=8)
def _declared(path: Path) -> tuple[str, list[Declaration]]:
    """A file's text and its declarations: theorems come file by file."""
    source = read_text(path, read_bytes(path))
    return source, find_declarations(source)


def _offset(source: str, place: tuple[int, int], path: Path) -> int:
    line, column = place
    lines = source.split("\n")
    if not 1 <= line <= len(lines):
        raise InputError(f"{path} has no line {line}: it is another file than was traced")
    return sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
