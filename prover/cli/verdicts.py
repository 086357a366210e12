"""The judge's verdict on a file, for a person and for a machine. Names and reasons are a stranger's text."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from prover.judge.bundle import Submission
from prover.judge.files import RUNGS_OF, Fault, FileVerdict, Judged
from prover.runs import records
from prover.runs.records import statement_hash
from prover.runs.report.text import harmless
from prover.types import Position

_MARKS = {True: Text("✓", "green"), False: Text("✗", "red"), None: Text("·", "dim")}


def verdict_record(submission: Submission, verdict: FileVerdict) -> dict[str, object]:
    """One JSON record. `refused_at` and the places of `faults` are lines (from 1) and columns (from 0)."""
    challenge = submission.challenge
    return {
        "file": str(submission.path),
        "challenge_sha256": statement_hash(challenge) if challenge is not None else None,
        "solution_sha256": statement_hash(submission.solution),
        "level": verdict.level,
        "proved": verdict.proved,
        "theorems": [_judged_record(one) for one in verdict.judged],
        "faults": [_fault_record(fault) for fault in verdict.faults],
    }


def _judged_record(one: Judged) -> dict[str, object]:
    record = records.verdict_record(one.verdict) or {}
    return {
        "name": one.name,
        "kind": "definition" if one.is_answer else "theorem",
        "proved": one.verdict.proved,
        "reason": one.verdict.reason,
        "position": _place_record(one.position),
        "refused_at": _place_record(one.refused_at),
        **({"value": one.value} if one.value else {}),
        **record,
    }


def _fault_record(fault: Fault) -> dict[str, object]:
    place = _place_record(fault.position)
    return {"rung": fault.rung, "text": fault.text, "position": place, "names": list(fault.names)}


def _place_record(position: Position | None) -> dict[str, int] | None:
    return None if position is None else {"line": position.line, "column": position.column}


def print_verdict(submission: Submission, verdict: FileVerdict) -> None:
    """A table of theorems and rungs, then each reason with its place, then one line that says it all."""
    console = Console(highlight=False)
    if verdict.judged:
        console.print(_table(verdict))
    for line in _reasons(verdict):
        console.print(Text(harmless(f"{submission.path}:{line}"), "red"), soft_wrap=True)
    for one in verdict.judged:
        if one.value:
            said = f"{one.name} := {one.value} (whether that is an answer is for you to say)"
            console.print(Text(harmless(said)), soft_wrap=True)
    console.print(_summary(submission, verdict), soft_wrap=True)


def _table(verdict: FileVerdict) -> Table:
    table = Table()
    table.add_column("theorem", overflow="fold")
    for rung in RUNGS_OF[verdict.level]:
        table.add_column(rung, justify="center")
    table.add_column("rests on", overflow="fold")
    for one in verdict.judged:
        passed = {rung.name: rung.passed for rung in one.verdict.rungs}
        marks = [_MARKS[passed.get(rung)] for rung in RUNGS_OF[verdict.level]]
        table.add_row(Text(harmless(one.name)), *marks, Text(", ".join(one.verdict.axioms)))
    return table


def _reasons(verdict: FileVerdict) -> list[str]:
    """`line:column: name: reason` for each theorem that is not proved, then for what else is at fault."""
    theorems = [
        f"{place(one.refused_at)}{one.name}: {one.verdict.reason}"
        for one in verdict.judged
        if not one.verdict.proved
    ]
    return theorems + [f"{place(fault.position)}{fault.text}" for fault in verdict.other_faults]


def _summary(submission: Submission, verdict: FileVerdict) -> Text:
    """One line: how many are proved, of whose statements."""
    done = sum(one.verdict.proved for one in verdict.judged)
    whose = (
        "the challenge's statements"
        if submission.challenge is not None
        else ("its own statements: read them, they are what was proved")
    )
    count = f"{done} of {len(verdict.judged)} proved" if verdict.judged else "there is no theorem in it"
    ending = ", but the file has faults" if verdict.faults and done == len(verdict.judged) else ""
    style = "green" if verdict.proved else "red"
    return Text(f"{submission.path}: {count}{ending} (level {verdict.level}; {whose})", style)


def place(position: Position | None) -> str:
    """`line:column: `, both from 1 as editors count; a blank where there is no place."""
    return f"{position.line}:{position.column + 1}: " if position else " "
