"""`prover doctor`: what is there, what is missing, and the command that mends it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from prover.doctor import doctor_report


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record.")] = False,
) -> None:
    """Say what is there (Python, Node, Lean, GPU, extras), what is missing, and the command that mends it.

    Exit code 3 if something that proving needs is missing.
    """
    report = doctor_report()
    if json:
        typer.echo(report.as_json())
    else:
        Console().print(report.table())
    raise typer.Exit(report.exit_code)
