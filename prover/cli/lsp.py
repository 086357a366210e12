"""`prover lsp`: the language server, started by an editor."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from typing import Annotated

import typer

from prover.cli import INTERRUPTED
from prover.cli.choices import (
    BudgetText,
    ModelName,
    PolicyNames,
    PresetName,
    Recording,
    ServerUrl,
    make_plan,
    policy_choice,
)
from prover.errors import SetupError

DEFAULT_BUDGET = "wall_s=30"

EXAMPLES = """
The language server that an editor starts: tactics and proofs for Lean files, each checked in the file.

It speaks the Language Server Protocol on standard input and output; docs/editors.md says how each editor
is set up.

    prover lsp

    prover lsp --policy portfolio --budget wall_s=10

    prover lsp --policy portfolio+openai --server http://localhost:8000

Nothing leaves this machine unless --server names another one.
"""


def lsp(
    policy: PolicyNames = "",
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    recording: Recording = None,
    budget: BudgetText = DEFAULT_BUDGET,
    step_seconds: Annotated[float, typer.Option(help="Time limit of one suggested tactic.", min=0.05)] = 1.0,
    code_lens: Annotated[bool, typer.Option(help="Lenses above theorems.")] = True,
    hover: Annotated[bool, typer.Option(help="Goals on hover.")] = True,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log to standard error.")] = False,
) -> None:
    try:
        editor = importlib.import_module("prover.editor.server")
        service = importlib.import_module("prover.editor.service")
    except ImportError as error:
        raise SetupError(
            f"the language server needs a package that is not installed ({error.name}): "
            "pip install 'prover[editor]'"
        ) from error
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if verbose else logging.CRITICAL)
    choice = policy_choice(policy, preset, model, server, recording)
    plan = make_plan(choice, "", budget, "", None)
    try:
        asyncio.run(editor.serve(service.EditorOptions(choice, plan, step_seconds, code_lens, hover)))
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)  # Python would wait for the thread that reads standard input.


lsp.__doc__ = EXAMPLES
