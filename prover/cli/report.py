"""`prover report`: a run as one HTML page, or as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from prover.evaluate.report.tables import read_runs, tables_record
from prover.evaluate.store import is_answer_run
from prover.runs.folder import RunFolder
from prover.runs.manifest import write_atomically
from prover.runs.report.data import Report, gather, report_record

PAGE = "report.html"

EXAMPLES = """
Tell what came of a run, finished or not, in one HTML page that needs nothing else.

    prover report runs/valid

    prover report runs/valid --out valid.html

    prover report runs/valid --json

    prover report runs/gsm8k runs/math runs/math-majority --out llemma.html

The page has the scores, the time, every proof with its verdict, and every search tree. Of runs of
`prover eval`, and of several runs, it has LLEMMA's published tables with a row for each model measured here.
Exit codes: 0 the report is there (a void run's too: the page says it in red), 2 that is no run, 3 the page
cannot be written.
"""


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="The folders of runs.")],
    out: Annotated[
        Path | None, typer.Option(help="The page's file. Default: report.html in the (first) folder.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON record; a page is written with --out only.")
    ] = False,
) -> None:
    folder = folders[0]
    if len(folders) > 1 or is_answer_run(folder):
        _report_tables(folders, out, json)
        return
    found = _gather(folder)
    if not json or out is not None:
        _write(found, out or folder / PAGE, quiet=json)
    if json:
        typer.echo(orjson.dumps(report_record(found), option=orjson.OPT_INDENT_2).decode())


report.__doc__ = EXAMPLES


def _report_tables(folders: list[Path], out: Path | None, json: bool) -> None:
    from prover.evaluate.report.page import render  # Loads the template engine: for pages only.

    runs = read_runs(folders)
    if not json or out is not None:
        path = out or folders[0] / PAGE
        write_atomically(path, render(runs).encode())
        if not json:
            Console(highlight=False, soft_wrap=True).print(f"{path}: {len(runs)} runs", markup=False)
    if json:
        typer.echo(orjson.dumps(tables_record(runs), option=orjson.OPT_INDENT_2).decode())


def _gather(folder: Path) -> Report:
    console = Console(stderr=True)
    hidden = not console.is_terminal
    with RunFolder(folder) as run, Progress(console=console, transient=True, disable=hidden) as progress:
        count = run.query("SELECT count(DISTINCT theorem) FROM attempts WHERE state = 2")[0][0]
        task = progress.add_task("reading the run", total=count)
        return gather(run, lambda: progress.advance(task))


def _write(found: Report, path: Path, quiet: bool) -> None:
    from prover.runs.report.page import render  # Loads the template engine: for pages only.

    page = render(found).encode()
    write_atomically(path, page)
    if quiet:
        return
    whole = found.scores["as is"]
    void = ". THIS RUN IS VOID: a false statement was proved" if found.canaries.void else ""
    size = f"{len(page) / 1e6:.1f} MB" if len(page) >= 1e5 else f"{len(page) / 1e3:.0f} kB"
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{path} ({size}): {whole.solved} of {whole.problems} problems solved{void}", markup=False)
