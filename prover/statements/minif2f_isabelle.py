"""Reads the Isabelle statements of a JSON-lines file laid out like miniF2F: the object under `isabelle`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prover.errors import InputError
from prover.isabelle.theory import header, statement_of
from prover.statements.minif2f import Problem, read_record
from prover.statements.reading import read_bytes, read_text

MISFORMALISED = {
    "mathd_numbertheory_247": "vacuous: its hypothesis says that a remainder modulo 2 is 11",
    "amc12a_2002_p6": "trivial: n = 1 is a witness",
    "imo_1977_p6": "vacuous: no function on the natural numbers with 0 has what is assumed",
    "aime_1994_p3": "not provable: the hypothesis is about one fixed x",
    "algebra_ineq_nto1onlt2m1on": "false for n = 1",
    "amc12a_2020_p10": "false for n = 1, where ln 0 = 0 comes in",
    "amc12a_2021_p12": "false: the sign of b",
    "mathd_numbertheory_618": "false for n = 0",
    "mathd_numbertheory_764": "not provable: `SOME` of nothing",
    "numbertheory_notequiv2i2jasqbsqdiv8": "false for a = b = 0",
    "aime_1988_p3": "false for x = 1: log 8 1 is 0, and log 2 0 is 0 by convention",
    "amc12a_2002_p21": "false: the recursion begins at n = 2, so that u 2 is free; u 2 = 10000 and n = 2",
    "mathd_algebra_437": "vacuous: y < x by their cubes, and x < n < y is assumed",
}
"""Problems whose Isabelle statement does not say what is meant, and why: to be counted apart."""


def load(path: Path) -> list[Problem]:
    """All problems of a file that have an Isabelle statement, in order, without human proofs.

    Raises `InputError` naming file, line and field.
    """
    text = read_text(path, read_bytes(path))
    problems: dict[str, Problem] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        problem = _problem(line, f"{path}:{number}")
        if problem is None:
            continue
        if problem.name in problems:
            raise InputError(f"{path}:{number}: name {problem.name!r} stands there already")
        problems[problem.name] = problem
    if not problems:
        raise InputError(f"{path} holds no problem with a field isabelle")
    return list(problems.values())


def _problem(line: str, place: str) -> Problem | None:
    record = read_record(line, place)
    own = record.get("isabelle")
    if own is None:
        return None
    if not isinstance(own, dict):
        raise InputError(f"{place}: field isabelle must be an object")
    name, text = _text(record, "name", place), _text(own, "statement", place)
    before = header(_imports(own, place), _text(own, "preamble", place, ""))
    try:
        statement = statement_of(text, before, place)
    except InputError as error:
        raise InputError(f"{place}: field isabelle.statement: {error}") from error
    informal = record.get("informal")
    words = informal if isinstance(informal, dict) else {}
    said, shown = (_text(words, field, place, "") for field in ("statement", "proof"))
    return Problem(name, statement, _text(record, "split", place, ""), said, shown)


def _imports(own: dict[str, Any], place: str) -> list[str]:
    value = own.get("imports", [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"{place}: field isabelle.imports must be a list of strings")
    return value


def _text(record: dict[str, Any], field: str, place: str, default: str | None = None) -> str:
    value = record.get(field, default)
    if value is None:
        raise InputError(f"{place}: field {field} is missing")
    if not isinstance(value, str):
        raise InputError(f"{place}: field {field} must be a string")
    return value
