"""`prover prove`: a statement, a problem of a data file, or the holes of a Lean file."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.attempts import Plan, ToolsOnTheWay, attempt, attempt_file, open_tools
from prover.attempts.home import LeanChoice, open_home
from prover.cli.choices import (
    BudgetText,
    Concurrency,
    JsonOutput,
    LeanName,
    ModelName,
    PolicyNames,
    PresetName,
    ProjectFolder,
    Quiet,
    Recording,
    ScoreName,
    ServerUrl,
    StepSeconds,
    StrategyName,
    lean_choice,
    make_plan,
    policy_choice,
)
from prover.cli.live import LiveProgress
from prover.cli.records import (
    exit_code,
    file_record,
    model_record,
    print_attempt,
    print_file,
    print_record,
    theorem_record,
)
from prover.errors import InputError
from prover.lean.backend import LeanLimits
from prover.policy.recording import open_recorder
from prover.policy.registry import PolicyChoice, open_policy
from prover.search.export import require_place, write_graph
from prover.statements import leanfile, minif2f
from prover.statements.parse import parse_statement
from prover.statements.preludes import start_with_prelude
from prover.types import Policy, Statement

EXAMPLES = """
Prove a theorem, an example, a type, a problem of a data file, or every `sorry` of a Lean file.

    prover prove "theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"

    prover prove "∀ n : ℕ, n < 2 ^ n" --budget expansions=50,wall_s=30

    prover prove mathd_numbertheory_335 --data valid.jsonl --json

    prover prove Notes.lean:my_lemma --write

    prover prove mathd_algebra_10 --data valid.jsonl --preset llemma-7b --model llemma_7b/

    prover prove "∀ n : ℕ, n < 2 ^ n" --policy portfolio+openai --server http://localhost:8000

    prover prove MyProject/Basic.lean:my_lemma --project MyProject --write

Where no model is named, the small one that ships and a portfolio of tactics are mixed. Exit codes: 0 proved,
1 not proved, 2 bad input, 3 something is missing on this machine, or the model gives no answer.
"""


@dataclass(frozen=True, slots=True)
class _Options:
    choice: PolicyChoice
    plan: Plan
    step_s: float
    json: bool
    quiet: bool
    tree: Path | None
    write: bool
    record: Path | None
    lean: LeanChoice


def prove(
    target: Annotated[str, typer.Argument(help="A statement, a NAME of --data, or FILE.lean[:NAME].")],
    data: Annotated[Path | None, typer.Option(help="A JSON-lines file laid out like miniF2F.")] = None,
    policy: PolicyNames = "",
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    recording: Recording = None,
    strategy: StrategyName = "",
    budget: BudgetText = "",
    score: ScoreName = "",
    concurrency: Concurrency = None,
    lean: LeanName = "",
    project: ProjectFolder = None,
    step_seconds: StepSeconds = 5.0,
    tree: Annotated[
        Path | None, typer.Option(help="Save the search graph: a .graphml, .dot or .json file.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Append what the policy proposes to this file, for --recording.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the filled file back, if it checks.")] = False,
    json: JsonOutput = False,
    quiet: Quiet = False,
) -> None:
    choice = policy_choice(policy, preset, model, server, recording)
    options = _Options(
        choice=choice,
        plan=make_plan(choice, strategy, budget, score, concurrency),
        step_s=step_seconds,
        json=json,
        quiet=quiet,
        tree=tree,
        write=write,
        record=record,
        lean=lean_choice(lean, project),
    )
    if tree is not None:
        require_place(tree)
    file = None if data else leanfile.parse_target(target)
    if write and file is None:
        raise InputError("--write goes with a Lean file: prover prove FILE.lean --write")
    if file is not None:
        code = asyncio.run(_prove_file(*file, options))
    else:
        statement = _named(data, target) if data else parse_statement(target)
        code = asyncio.run(_prove_statement(statement, options))
    raise typer.Exit(code)


prove.__doc__ = EXAMPLES


def _named(data: Path, name: str) -> Statement:
    return minif2f.find(minif2f.load(data), name, str(data)).statement


async def _prove_statement(statement: Statement, options: _Options) -> int:
    opening = _tools(options)
    with _progress(statement.name, options) as progress:
        async with opening as waiting:
            (prelude, state), tools = await waiting.with_policy(
                start_with_prelude(waiting.prover, statement, waiting.home.headers)
            )
            done = await attempt(tools, state.statement, options.plan, progress)
            model = model_record(tools)
    if options.json:
        print_record(theorem_record(done, prelude.name, model))
    else:
        print_attempt(done, prelude.name, model)
    if options.tree is not None and done.result.graph is not None:
        write_graph(done.result.graph, options.tree)
    return exit_code([done], done.proved)


async def _prove_file(path: Path, name: str | None, options: _Options) -> int:
    if options.tree is not None:
        raise InputError("--tree goes with one statement, not with a file")
    file = leanfile.load(path)
    holes = leanfile.holes_of(file, name)
    opening = _tools(options)
    with _progress(str(path), options) as progress:
        async with opening as waiting:
            _, tools = await waiting.with_policy(asyncio.sleep(0))
            done = await attempt_file(tools, file, holes, options.plan, lambda _: progress)
            model = model_record(tools)
    written = options.write and done.text != file.text
    if written:
        leanfile.write_back(path, done.text, file.original)
    if options.json:
        print_record(file_record(done, written, model))
    else:
        print_file(done, written)
    return exit_code(done.attempts.values(), done.proved)


def _tools(options: _Options) -> AbstractAsyncContextManager[ToolsOnTheWay]:
    home = open_home(options.lean, Console(stderr=True))
    return open_tools(home, partial(_policy, options), LeanLimits(step_s=options.step_s))


async def _policy(options: _Options) -> Policy:
    opening = partial(open_policy, options.choice)
    return await opening() if options.record is None else await open_recorder(options.record, opening)


def _progress(title: str, options: _Options) -> LiveProgress:
    console = Console(stderr=True, highlight=False, quiet=options.quiet)
    return LiveProgress(title, console, options.choice.uses_model)
