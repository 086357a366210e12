"""The command line: one module for each command, imported when that command is asked for."""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Iterable

import typer
from rich.console import Console

from prover.errors import ProverError, SetupError, StatementError

INTERRUPTED = 130

COMMANDS = {
    "prove": "prove.prove",
    "sketch": "sketch.sketch",
    "serve": "serve.serve",
    "mcp": "mcp.mcp",
    "prompt": "prompt.prompt",
    "lsp": "lsp.lsp",
    "serve-model": "serve_model.serve_model",
    "export-model": "export_model.export_model",
    "doctor": "doctor.doctor",
    "verify": "verify.verify",
    "export": "export.export",
    "report": "report.report",
    "diff": "diff.diff",
    "overlap": "overlap.overlap",
    "eval": "eval.evaluate",
    "harness": "harness.harness",
    "submit": "submit.submit",
    "status": "status.status",
    "bench": "bench.app",
    "isabelle": "isabelle.app",
    "setup": "setup.app",
}
"""What each one is: a function, or an app with commands of its own, of a module of this package."""


def command_line(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands."""
    app = typer.Typer(
        name="prover",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode="markdown",
    )
    app.callback(help="Prove theorems in Lean 4, and judge every proof again from the start.")(_whole)
    for name in names:
        module, attribute = COMMANDS[name].split(".")
        found = getattr(importlib.import_module(f"prover.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            # What follows `submit` is another command, with options of its own.
            app.command(name, context_settings={"ignore_unknown_options": name == "submit"})(found)
    return app


def _whole() -> None:
    """With it, one command alone is still called by its name."""


def __getattr__(name: str) -> typer.Typer:
    """`app` is the whole of it, made when somebody needs it."""
    if name == "app":
        return command_line()
    raise AttributeError(name)


def main() -> None:
    """Run the command line. An error that a user can mend is one line and an exit code, no traceback."""
    try:
        asked = sys.argv[1:2]
        command_line(asked if asked and asked[0] in COMMANDS else COMMANDS)()
    except ProverError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except OSError as error:
        from prover.runs.disk import is_full  # what only an error needs is not imported at each start

        if not (is_full(error) or error.errno == errno.EROFS):
            raise
        place = f"{error.filename}: " if error.filename else ""
        refused = SetupError(f"{place}{error.strerror}")
        print_error(refused)
        sys.exit(refused.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def print_error(error: ProverError) -> None:
    """Say what is wrong. Lean's own messages follow, each with its line and column in the statement."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"prover: {error}", markup=False)
    if isinstance(error, StatementError):
        for message in error.messages:
            place = f"{message.start.line}:{message.start.column}"
            console.print(f"{place}: {message.severity}: {message.text}", markup=False)
