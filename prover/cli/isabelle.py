"""`prover isabelle`: judge the theorems of a theory file, or look for the proof of a statement."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from prover.attempts import Attempt, Plan, attempt
from prover.attempts.isabelle_home import IsabelleChoice, isabelle_home
from prover.cli.choices import (
    BudgetText,
    ModelName,
    PolicyNames,
    PresetName,
    Quiet,
    Recording,
    ScoreName,
    ServerUrl,
    StrategyName,
    make_plan,
    policy_choice,
)
from prover.cli.live import LiveProgress
from prover.errors import InputError
from prover.isabelle.backend import DEFAULT_ORACLES
from prover.isabelle.check import BACKENDS, CheckLimits, open_checker
from prover.isabelle.theory import (
    Theorem,
    TheoryFile,
    completed,
    find,
    header,
    load,
    place_in_file,
    statement_of,
    theory_text,
    without,
)
from prover.runs.records import verdict_record
from prover.runs.run_tools import RunTools
from prover.statements import minif2f, minif2f_isabelle
from prover.types import Statement, Verdict

app = typer.Typer(help="Prove and judge in Isabelle instead of Lean.", no_args_is_help=True)

CHECK = """
Judge the theorems of an Isabelle theory file, each by its own statement and what its fact rests on.

    prover isabelle check Notes.thy

    prover isabelle check Notes.thy --theorem my_lemma --no-eval --json

Exit codes: 0 every theorem is proved, 1 one is not, 2 bad input, 3 something is missing on this machine.
"""

PROVE = """
Look for a proof in Isabelle by best-first search over Isar commands; what is found is judged again.

    prover isabelle prove mathd_algebra_10 --data valid.jsonl

    prover isabelle prove 'theorem t: fixes n :: nat shows "n < 2 ^ n"' --budget wall_s=60

    prover isabelle prove mathd_algebra_10 --data valid.jsonl --policy heuristics+hammer

    prover isabelle prove mathd_algebra_10 --data valid.jsonl --server http://localhost:8000

Without a policy the usual methods are tried. A language model is asked for Isar steps, or for whole proofs
with --strategy whole-proof; the small model that comes with the package knows Lean only.

Exit codes: 0 proved, 1 not proved, 2 bad input, 3 something is missing on this machine.
"""

DEFAULT_BUDGET = "wall_s=120"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON record a line.")]
Eval = Annotated[
    bool,
    typer.Option("--eval/--no-eval", help="Whether a proof may rest on the oracle of the method `eval`."),
]
Backend = Annotated[
    str,
    typer.Option(
        "--backend",
        help="steps (a raw ML process), server (a warm session) or build (cold: for numbers to report).",
        autocompletion=lambda incomplete: [name for name in BACKENDS if name.startswith(incomplete)],
    ),
]
Seconds = Annotated[float, typer.Option("--seconds", help="Time limit of one proof.", min=0.1)]


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="An Isabelle theory, FILE.thy.")],
    theorem: Annotated[str, typer.Option(help="Judge this theorem only.")] = "",
    seconds: Seconds = 120.0,
    evaluation: Eval = True,
    backend: Backend = "steps",
    json: Json = False,
) -> None:
    theory = load(file)
    chosen = [find(theory, theorem)] if theorem else list(theory.theorems)
    if not chosen:
        raise InputError(f"there is no theorem in {file}")
    verdicts = asyncio.run(_judge(theory, chosen, CheckLimits(seconds, _oracles(evaluation)), backend, json))
    raise typer.Exit(0 if all(verdict.proved for verdict in verdicts) else 1)


check.__doc__ = CHECK


@app.command("prove")
def prove_one(
    target: Annotated[str, typer.Argument(help="A statement, or a NAME of --data.")],
    data: Annotated[Path | None, typer.Option(help="A JSON-lines file laid out like miniF2F.")] = None,
    imports: Annotated[
        list[str] | None, typer.Option("--import", help="A theory to import; default Complex_Main.")
    ] = None,
    policy: PolicyNames = "",
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    recording: Recording = None,
    strategy: StrategyName = "",
    budget: BudgetText = "",
    score: ScoreName = "",
    step_seconds: Annotated[float, typer.Option(help="Time limit of one command.", min=0.05)] = 10.0,
    evaluation: Eval = True,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    statement = _statement(target, data, imports or [])
    choice = policy_choice(policy, preset, model, server, recording, "isabelle")
    plan = make_plan(choice, strategy, budget or ("" if choice.uses_model else DEFAULT_BUDGET), score, None)
    home = partial(isabelle_home, IsabelleChoice("steps", _oracles(evaluation)))
    tools = RunTools(choice, processes=1, step_s=step_seconds, home=home)
    console = Console(stderr=True, highlight=False, quiet=quiet)
    done = asyncio.run(_attempt(tools, statement, plan, console))
    _print_attempt(done, json)
    raise typer.Exit(0 if done.proved else 1)


prove_one.__doc__ = PROVE


def _oracles(evaluation: bool) -> tuple[str, ...]:
    return DEFAULT_ORACLES if evaluation else ()


def _statement(target: str, data: Path | None, imports: list[str]) -> Statement:
    if data is None:
        return statement_of(target, header(imports))
    if imports:
        raise InputError("--import goes with a statement; a problem of --data has its own imports")
    return minif2f.find(minif2f_isabelle.load(data), target, str(data)).statement


async def _judge(
    theory: TheoryFile, theorems: list[Theorem], limits: CheckLimits, backend: str, json: bool
) -> list[Verdict]:
    verdicts = []
    unproved: list[Theorem] = []
    async with open_checker(backend, limits) as checker:
        for theorem in theorems:
            verdicts.append(await checker.judge(without(theorem, unproved), theorem.proof))
            if not verdicts[-1].proved:
                unproved.append(theorem)
            _print_verdict(theory, theorem, verdicts[-1], json)
    return verdicts


async def _attempt(tools: RunTools, statement: Statement, plan: Plan, console: Console) -> Attempt:
    async with tools.open() as opened:
        with LiveProgress(statement.name, console, assistant="Isabelle") as progress:
            return await attempt(opened, statement, plan, progress)


def _print_verdict(theory: TheoryFile, theorem: Theorem, verdict: Verdict, json: bool) -> None:
    place = theory.place_in_source(theorem.place)
    if json:
        record = {"file": str(theory.path), "theorem": theorem.statement.name, "line": place.line}
        record |= {"proof_line": theorem.proof_place.line, "proved": verdict.proved}
        typer.echo(orjson.dumps(record | (verdict_record(verdict) or {})))
        return
    where, reason = place_in_file(theory, theorem, verdict.reason)
    said = f"{theory.path}:{where.line}:{where.column}: {theorem.statement.name}: {_summary(verdict, reason)}"
    style = "green" if verdict.proved else "red"
    Console(highlight=False, soft_wrap=True).print(said, markup=False, style=style)


def _summary(verdict: Verdict, reason: str) -> str:
    rungs = " ".join(f"{'✓' if rung.passed else '✗'} {rung.name}" for rung in verdict.rungs)
    trust = f"  oracles: {', '.join(verdict.axioms) or 'none'}" if verdict.proved else ""
    return f"{rungs}{trust}" + (f"  {reason}" if reason else "")


def _print_attempt(done: Attempt, json: bool) -> None:
    statement, result, verdict = done.statement, done.result, done.verdict
    proof = completed(done.script) if done.script else None
    if json:
        record = {"name": statement.name, "proved": done.proved, "outcome": result.outcome.value}
        record |= {"proof": proof, "limit": result.budget, "failure": result.failure}
        record |= {"wall_seconds": result.counts.wall_seconds, "steps": result.counts.steps}
        typer.echo(orjson.dumps(record | ((verdict_record(verdict) or {}) if verdict else {})))
        return
    console = Console(highlight=False, soft_wrap=True)
    if proof is not None and done.proved:
        console.print(theory_text(statement, proof), markup=False)
    said = (
        _summary(verdict, verdict.reason)
        if verdict
        else f"not proved: {result.failure or result.budget or result.outcome.value}"
    )
    console.print(f"{statement.name}: {said}", markup=False, style="green" if done.proved else "red")
