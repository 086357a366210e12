"""`prover doctor`: what is there, what is missing, and the command that mends it."""

from __future__ import annotations

import typer
from rich.console import Console

from prover.cli.choices import JsonOutput
from prover.doctor import doctor_report


def doctor(json: JsonOutput = False) -> None:
    """Say what is there (Python, Node, Lean, GPU, extras), what is missing, and the command that mends it.

    Exit code 3 if something that proving needs is missing.
    """
    report = doctor_report()
    if json:
        typer.echo(report.as_json())
    else:
        Console().print(report.table())
    raise typer.Exit(report.exit_code)
