"""`prover harness`: tasks of lm-evaluation-harness with our models, as a run that can be resumed."""

from __future__ import annotations

import importlib.metadata
import logging
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from prover.cli.choices import JsonOutput, ModelName, PresetName, Quiet, ServerUrl
from prover.cli.eval import summary
from prover.errors import SetupError
from prover.evaluate.harness.run import COLUMNS, HarnessRequest, run_harness
from prover.evaluate.store import MEASURE
from prover.policy.registry import ENGINES, SMALL, one_model
from prover.runs import identify
from prover.runs.manifest import SCHEMA_VERSION, Manifest

EXAMPLES = """
Run tasks of lm-evaluation-harness with any of our models.

    prover harness gsm8k_cot --server http://localhost:8000 --run runs/gsm8k-harness

    prover harness gsm8k_cot --server http://localhost:8000 --run runs/gsm8k-harness --resume

    prover harness minerva_math --preset llemma-7b --model llemma_7b/ --run runs/math-harness

    prover harness my_task --include tasks/ --policy transformers --model tiny/ --run runs/mine

Prompts, worked examples and scoring are the harness's own, its data come from the hub; a task of yours is a
YAML file in the folder that --include names. It may be killed at any time; then --resume, or
prover report runs/gsm8k-harness. Exit codes: 0 the run is complete, 2 bad input, 3 something is missing on
this machine, or the model gives no answer, 130 stopped by you.
"""


def harness(
    tasks: Annotated[list[str], typer.Argument(metavar="TASK...", help="Tasks or groups of the harness.")],
    run_folder: Annotated[Path, typer.Option("--run", help="The run's folder; made if it is not there.")],
    include: Annotated[Path | None, typer.Option(help="A folder with tasks of your own (YAML).")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many of each task.", min=1)] = None,
    shots: Annotated[int | None, typer.Option(help="Worked examples. Default: the task's.", min=0)] = None,
    max_tokens: Annotated[
        int, typer.Option(help="Of one answer, where the task does not say.", min=1)
    ] = 1024,
    in_flight: Annotated[int, typer.Option(help="Requests at a time.", min=1)] = 64,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in this folder.")] = False,
    policy: Annotated[str, typer.Option(help=f"The runtime: {', '.join((*ENGINES, SMALL))}.")] = "",
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    json: JsonOutput = False,
    quiet: Quiet = False,
) -> None:
    version = _harness_version()
    named = {"policy": policy, "preset": preset, "model": model, "server": server}
    arguments = named | {"in_flight": in_flight, "max_tokens": max_tokens, "quiet": quiet}
    one_model(**named)
    told = {"version": version, "tasks": tasks, "limit": limit, "shots": shots, "max_tokens": max_tokens}
    request = HarnessRequest(
        _manifest(named, told, in_flight), tuple(tasks), arguments, include, limit, shots
    )
    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    os.environ["TQDM_DISABLE"] = "1"  # Its bars; ours shows how far the run is.
    run_harness(run_folder, request, resume, Console(stderr=True, highlight=False, quiet=quiet))
    summary(run_folder, json)


harness.__doc__ = EXAMPLES


def _harness_version() -> str:
    try:
        return importlib.metadata.version("lm_eval")
    except importlib.metadata.PackageNotFoundError:
        raise SetupError("lm-evaluation-harness is not installed: pip install 'prover[harness]'") from None


def _manifest(named: dict[str, str], told: dict[str, Any], in_flight: int) -> Manifest:
    found = identify.policy_identity(one_model(**named))
    columns = {COLUMNS.get(task, "") for task in told["tasks"]}
    return {
        "schema": SCHEMA_VERSION,
        "measure": MEASURE,
        "benchmark": "+".join(told["tasks"]),
        "prover": identify.prover_version(),
        "harness": told | {"column": columns.pop() if len(columns) == 1 else ""},
        "samples": 1,
        "policy": {key: found[key] for key in ("names", "engine", "server", "model")},
        "machine": identify.machine_identity() | {"in_flight": in_flight},
        "git": identify.git_revision(),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": shlex.join(["prover", *(one for one in sys.argv[1:] if one != "--resume")]),
    }
