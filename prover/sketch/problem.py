"""What a sketch is made from: a formal statement, the same in words, and a proof in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from prover.errors import InputError
from prover.isabelle.theory import header, statement_of
from prover.statements import minif2f, minif2f_isabelle
from prover.statements.parse import parse_statement
from prover.statements.reading import read_bytes, read_text
from prover.types import Statement


@dataclass(frozen=True, slots=True)
class Problem:
    """A theorem to sketch. `informal` is its statement in words, `proof` a proof in words; else empty."""

    statement: Statement
    informal: str = ""
    proof: str = ""

    @property
    def name(self) -> str:
        return self.statement.name


def read_problem(target: str, data: Path | None, informal: Path | None, language: str = "lean") -> Problem:
    """The problem called `target` in a data file, or the statement itself. Raises `InputError`.

    An Isabelle statement that is given itself imports `Complex_Main`.
    """
    isabelle = language == "isabelle"
    if data is None:
        problem = Problem(statement_of(target, header([])) if isabelle else parse_statement(target))
    else:
        problems = minif2f_isabelle.load(data) if isabelle else minif2f.load(data)
        found = minif2f.find(problems, target, str(data))
        problem = Problem(found.statement, found.informal, found.informal_proof)
    if informal is None:
        return problem
    text = read_text(informal, read_bytes(informal)).strip()
    if not text:
        raise InputError(f"{informal} is empty: it should hold the proof in words")
    return replace(problem, proof=text)
