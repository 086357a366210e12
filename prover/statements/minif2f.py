"""Reads problems from a JSON-lines file laid out like miniF2F: one object a line, Lean text under `lean4`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from prover.errors import InputError
from prover.statements.names import unknown_name
from prover.statements.parse import parse_statement
from prover.statements.reading import read_lines
from prover.types import Statement


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `statement.header` is the file's own (`import Mathlib` …).

    `informal` is the statement in words, `informal_proof` a proof in words; empty where the file has none.
    """

    name: str
    statement: Statement
    split: str = ""
    informal: str = ""
    informal_proof: str = ""


def load(path: Path) -> list[Problem]:
    """All problems of a file, in order.

    Raises what `read` does, and `InputError` for a name met twice.
    """
    problems: dict[str, Problem] = {}
    for problem in read(path):
        place = problem.statement.source
        if problem.name in problems:
            first = problems[problem.name].statement.source.rpartition(":")[2]
            raise InputError(f"{place}: name {problem.name!r} stands already in line {first}")
        problems[problem.name] = problem
    return list(problems.values())


def read(path: Path) -> Iterator[Problem]:
    """The problems of a file, in order, one at a time in memory; names may come twice.

    Raises `InputError` naming file, line and field: missing file, not UTF-8, broken JSON, a field missing
    or of a wrong type, a statement that is none, no problem at all.
    """
    empty = True
    for number, line in enumerate(read_lines(path), start=1):
        if line.strip():
            empty = False
            yield _problem(line, f"{path}:{number}")
    if empty:
        raise InputError(f"{path} holds no problem")


def find(problems: Sequence[Problem], name: str, where: str = "the data file") -> Problem:
    """The problem called `name`. Raises `InputError` with the nearest names if there is none."""
    for problem in problems:
        if problem.name == name:
            return problem
    raise unknown_name(name, [problem.name for problem in problems], where)


def read_record(line: str, place: str) -> dict[str, Any]:
    """The object of one line of a data file. Raises `InputError` at `place`."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{place}: broken JSON at column {error.colno}: {error.msg}") from error
    if not isinstance(record, dict):
        raise InputError(f"{place}: not a JSON object")
    return record


def _problem(line: str, place: str) -> Problem:
    record = read_record(line, place)
    name = _text(record, "name", place)
    if not name:
        raise InputError(f"{place}: field name is empty")
    text = _text(record, "lean4.statement", place)
    try:
        statement = parse_statement(text)
    except InputError as error:
        raise InputError(f"{place}: field lean4.statement: {error}") from error
    header = _text(record, "lean4.header", place, "")
    return Problem(
        name=name,
        statement=Statement(statement.name, statement.text, header, source=place),
        split=_text(record, "split", place, ""),
        informal=_text(record, "informal.statement", place, ""),
        informal_proof=_text(record, "informal.proof", place, ""),
    )


def _text(record: dict[str, Any], field: str, place: str, default: str | None = None) -> str:
    """The string at a dotted path; `default` where it is left out, or an `InputError`."""
    value: Any = record
    for key in field.split("."):
        if not isinstance(value, dict):
            raise InputError(f"{place}: field {field.rpartition('.')[0]} must be an object")
        if key not in value:
            if default is None:
                raise InputError(f"{place}: field {field} is missing")
            return default
        value = value[key]
    if not isinstance(value, str):
        raise InputError(f"{place}: field {field} must be a string")
    return value
