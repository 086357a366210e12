"""`prover diff`: two runs compared on the statements that both attempted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from prover.cli.choices import JsonOutput
from prover.runs.compare import Changes, Comparison, compare, comparison_record
from prover.runs.folder import RunFolder

_SIGNIFICANT = 0.05
_UNITS = {"lean_seconds": "Lean seconds", "wall_seconds": "seconds of search", "model_tokens": "model tokens"}

EXAMPLES = """
Compare two runs: what differs in what was run, what the second one gained and lost, and if that is chance.

    prover diff runs/portfolio runs/llemma

    prover diff runs/monday runs/tuesday --json

Theorems are the same where name and statement are. With several attempts, as many count as both runs made.
p is that of McNemar's exact test. Exit codes: 0 compared, 2 that is no run, or they share no theorem.
"""


def diff(
    first: Annotated[Path, typer.Argument(metavar="DIR1", help="The folder of a run.")],
    second: Annotated[Path, typer.Argument(metavar="DIR2", help="The folder of the run compared with it.")],
    json: JsonOutput = False,
) -> None:
    with RunFolder(first) as one, RunFolder(second) as other:
        comparison = compare(one, other)
    if json:
        typer.echo(orjson.dumps(comparison_record(comparison), option=orjson.OPT_INDENT_2).decode())
    else:
        _print(first, second, comparison, Console(highlight=False, soft_wrap=True))


diff.__doc__ = EXAMPLES


def _print(first: Path, second: Path, found: Comparison, console: Console) -> None:
    for run in found.void:
        console.print(f"{run} IS VOID: it proved a false statement", style="bold red", markup=False)
    console.print(f"first: {first}\nsecond: {second}\n", markup=False)
    _list("What differs in what was run", found.differences, console)
    console.print(_table(found))
    console.print(_verdict(found.total), markup=False)
    for line in _left_out(found):
        console.print(line, markup=False)
    console.print()
    _list(f"Gained, {len(found.gained)}", found.gained, console)
    _list(f"Lost, {len(found.lost)}", found.lost, console)
    if found.costs:
        console.print(_costs(found))
        if any(line.startswith("machine.") for line in found.differences):
            console.print("The machines differ: seconds do not compare.")


def _list(title: str, lines: Sequence[str], console: Console) -> None:
    if lines:
        console.print("\n".join([title, *(f"  {line}" for line in lines), ""]), markup=False)


def _table(found: Comparison) -> Table:
    table = Table("", *(_right(name) for name in ("theorems", "both", "gained", "lost", "neither", "p")))
    rows = [*found.families, found.total] if len(found.families) > 1 else [found.total]
    for row in rows:
        counts = (row.theorems, row.both, row.gained, row.lost, row.neither)
        table.add_row(row.name, *map(str, counts), f"{row.p:.2g}", style="bold" if row is found.total else "")
    return table


def _verdict(total: Changes) -> str:
    if not total.gained + total.lost:
        return "Both proved the same theorems."
    if total.p < _SIGNIFICANT:
        better = "second" if total.gained > total.lost else "first"
        return f"The {better} run proves more, by more than chance (p = {total.p:.2g})."
    return f"The difference may be chance (p = {total.p:.2g})."


def _left_out(found: Comparison) -> list[str]:
    low, high = found.attempts
    lines = []
    if high > 1:
        lines.append(f"Attempts counted of each theorem: {low}" + (f" to {high}." if high > low else "."))
    if found.only_first or found.only_second:
        lines.append(
            f"Not compared: {found.only_first} only in the first, {found.only_second} only in the second."
        )
    if found.changed:
        names = ", ".join(found.changed[:5]) + (" …" if len(found.changed) > 5 else "")
        lines.append(f"Of these, under the same name with another statement: {names}")
    return lines


def _costs(found: Comparison) -> Table:
    table = Table(
        f"the {found.total.both} that both proved",
        *(_right(name) for name in ("first", "second", "median ratio")),
    )
    for cost in found.costs:
        digits = 1 if cost.resource.endswith("seconds") else 0
        ratio = "–" if cost.ratio is None else f"{cost.ratio:.2f}"
        name = _UNITS.get(cost.resource, cost.resource)
        table.add_row(name, f"{cost.first:,.{digits}f}", f"{cost.second:,.{digits}f}", ratio)
    return table


def _right(name: str) -> Column:
    return Column(name, justify="right")
