"""`prover bench`: a benchmark as a run that can be killed at any moment and goes on where it was."""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.table import Table

from prover.attempts import Plan
from prover.attempts.isabelle_home import IsabelleChoice
from prover.cli.choices import (
    PROVERS,
    BudgetText,
    Concurrency,
    JsonOutput,
    LeanName,
    ModelName,
    PolicyNames,
    PresetName,
    ProjectFolder,
    ProverName,
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
from prover.cluster.bench import OnRay, ray_crew
from prover.cluster.messages import ANSWER_S
from prover.errors import InputError
from prover.policy.registry import PolicyChoice
from prover.runs import identify
from prover.runs.assistant import Assistant, isabelle_assistant, lean_assistant
from prover.runs.canaries import with_canaries
from prover.runs.crew import LocalCrew
from prover.runs.drive import DriveSettings
from prover.runs.folder import RunFolder
from prover.runs.in_lean import LEAN
from prover.runs.languages import defects_in
from prover.runs.manifest import SCHEMA_VERSION, Manifest
from prover.runs.problems import SUBSETS, Selection, Source, open_hub
from prover.runs.records import Theorem
from prover.runs.run import Opener, Request, Stopped, run
from prover.runs.run_tools import RunTools
from prover.runs.scores import Estimate, Scores, score_run

INTERRUPTED = 130

app = typer.Typer(help="Run a benchmark; it can be killed at any moment and resumed.", no_args_is_help=True)

EXAMPLES = """
Prove miniF2F, or any data in its layout, and keep everything in a run folder.

    prover bench minif2f --data valid.jsonl --budget lean_s=20 --run runs/valid

    prover bench minif2f --data valid.jsonl --budget lean_s=20 --run runs/valid --resume

    prover bench minif2f --data valid.jsonl --subset core --sample 20 --run runs/quick

    prover bench minif2f --data valid.jsonl --preset llemma-7b --model llemma_7b/ --attempts 8 --run runs/l7

    prover bench minif2f --hub cat-searcher/minif2f-lean4@COMMIT --split valid --run runs/hub

    prover bench minif2f --data my_lake_project/ --run runs/mine

    prover bench minif2f --data valid.jsonl --run runs/valid --ray auto

    prover bench minif2f --prover isabelle --data valid.jsonl --policy heuristics --run runs/isabelle

It may be killed at any time: `--resume` with the same options goes on. False statements (canaries) run
alongside; one that is proved voids the run. Exit codes: 0 the run is complete, 1 it is void, 2 bad input,
3 something is missing on this machine (space too), or the model gives no answer, 130 stopped by you.
"""


@app.callback()
def bench() -> None:
    """Run a benchmark; it can be killed at any moment and resumed."""


@dataclass(frozen=True, slots=True)
class _Options:
    choice: PolicyChoice
    plan: Plan
    selection: Selection
    source: Source
    attempts: int
    canaries: bool
    processes: int
    in_flight: int
    step_s: float
    on_ray: OnRay | None
    assistant: Assistant


@app.command("minif2f")
def minif2f(
    run_folder: Annotated[Path, typer.Option("--run", help="The run's folder; made if it is not there.")],
    data: Annotated[
        Path | None, typer.Option(help="A JSON-lines file laid out like miniF2F, or a folder of Lean files.")
    ] = None,
    hub: Annotated[str, typer.Option(help="A data set on the hub, with its commit: DATASET@REVISION.")] = "",
    split: Annotated[str, typer.Option(help="Only this split: valid or test.")] = "",
    subset: Annotated[
        str, typer.Option(help="core (no real or complex numbers), field (the others) or all.")
    ] = "all",
    sample: Annotated[int | None, typer.Option(help="Only so many, drawn by --seed.", min=1)] = None,
    attempts: Annotated[int, typer.Option(help="Attempts at each theorem, for pass@k.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Of the sample, the canaries and the model's sampling.")] = 0,
    canaries: Annotated[bool, typer.Option(help="Run false statements alongside.")] = True,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in this folder.")] = False,
    policy: PolicyNames = "",
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    recording: Recording = None,
    strategy: StrategyName = "",
    budget: BudgetText = "",
    score: ScoreName = "",
    concurrency: Concurrency = None,
    prover: ProverName = "lean",
    judge: Annotated[
        str,
        typer.Option(help="Isabelle's: build (cold, the default) or steps (a bare heap has no other)."),
    ] = "",
    lean: LeanName = "",
    project: ProjectFolder = None,
    step_seconds: StepSeconds = 5.0,
    processes: Annotated[
        int | None,
        typer.Option(help="Lean processes; 1.4 GB each, and one more. Default: 2; on Ray 1 a worker.", min=1),
    ] = None,
    in_flight: Annotated[
        int | None, typer.Option(help="Theorems at a time. Default: one a process.", min=1)
    ] = None,
    ray: Annotated[
        str, typer.Option("--ray", help="Run on a Ray cluster: auto, local or HOST:PORT of its head.")
    ] = "",
    workers: Annotated[
        int | None, typer.Option(help="Workers on Ray. Default: as many as the CPUs allow.", min=1)
    ] = None,
    replicas: Annotated[
        int | None, typer.Option(help="Of each model on Ray. Default: by GPUs, else by CPUs.", min=1)
    ] = None,
    model_seconds: Annotated[
        float, typer.Option(help="Time limit of a model's answer on Ray; then it is replaced.", min=1)
    ] = ANSWER_S,
    json: JsonOutput = False,
    quiet: Quiet = False,
) -> None:
    console = Console(stderr=True, highlight=False, quiet=quiet)
    assistant = _assistant(prover, judge, lean, project)
    choice = policy_choice(policy, preset, model, server, recording, assistant.language.name)
    chosen_subset = next((known for known in SUBSETS if known == subset), None)
    if chosen_subset is None:
        raise InputError(f"unknown subset {subset!r}; known: {', '.join(SUBSETS)}")
    options = _Options(
        choice=choice,
        plan=make_plan(choice, strategy, budget, score, concurrency),
        selection=Selection(split, chosen_subset, sample, seed),
        source=_source(assistant, data, hub, split),
        attempts=attempts,
        canaries=canaries,
        processes=processes or (1 if ray else 2),
        in_flight=in_flight or processes or (1 if ray else 2),
        step_s=step_seconds,
        on_ray=_on_ray(ray, workers, replicas, model_seconds),
        assistant=assistant,
    )
    _run(run_folder, options, resume, console)
    code = summary(run_folder, json)
    raise typer.Exit(code)


minif2f.__doc__ = EXAMPLES


def _on_ray(address: str, workers: int | None, replicas: int | None, model_seconds: float) -> OnRay | None:
    if not address and (workers or replicas):
        raise InputError("--workers and --replicas go with --ray; on this machine: --processes, --in-flight")
    return OnRay(address, workers, replicas, model_seconds) if address else None


def _assistant(prover: str, judge: str, lean: str, project: Path | None) -> Assistant:
    if prover == "lean":
        if judge:
            raise InputError("--judge goes with --prover isabelle")
        return lean_assistant(lean_choice(lean, project))
    if prover != "isabelle":
        raise InputError(f"unknown prover {prover!r}; known: {', '.join(PROVERS)}")
    if lean or project is not None:
        raise InputError("--lean and --project go with --prover lean")
    return isabelle_assistant(IsabelleChoice(judge))


def _source(assistant: Assistant, data: Path | None, hub: str, split: str) -> Source:
    if (data is None) == (not hub):
        raise InputError("what is to be proved? either --data FILE or --hub DATASET@REVISION")
    if data is not None:
        return assistant.data(data)
    if assistant.language is not LEAN:
        raise InputError("--hub goes with --prover lean: data sets on the hub have Lean statements only")
    return open_hub(hub, split)


def _run(folder: Path, options: _Options, resume: bool, console: Console) -> None:
    theorems = _theorems(options)
    request = Request(
        manifest=_manifest(options, theorems),
        theorems=lambda: theorems,
        attempts=options.attempts,
        plan=options.plan,
        drive=DriveSettings(options.in_flight, options.selection.seed),
    )
    try:
        run(folder, request, _opener(options, console), resume, console)
    except Stopped:
        say_stopped()


def _opener(options: _Options, console: Console) -> Opener:
    tools = RunTools(options.choice, options.processes, options.step_s, options.assistant.home)
    if options.on_ray is None:
        return partial(_here, tools)
    return partial(ray_crew, options.on_ray, tools, console)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The theorems that the options ask for, read anew whenever they are asked for."""

    options: _Options

    def __iter__(self) -> Iterator[Theorem]:
        options = self.options
        return options.selection.of(options.source.theorems, options.assistant.language.kind)


def _theorems(options: _Options) -> Iterable[Theorem]:
    chosen = _Chosen(options)
    if not options.canaries:
        return chosen
    return with_canaries(chosen, options.selection.seed, options.assistant.language)


def say_stopped() -> NoReturn:
    """Tell how to go on, and end."""
    arguments = [one for one in sys.argv[1:] if one != "--resume"]
    command = shlex.join(["prover", *arguments, "--resume"])
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"prover: stopped; everything finished is recorded. To go on:\n  {command}", markup=False)
    raise typer.Exit(INTERRUPTED)


@asynccontextmanager
async def _here(tools: RunTools, request: Request) -> AsyncIterator[LocalCrew]:
    async with tools.open() as opened:
        yield LocalCrew(opened, request.plan, request.drive.in_flight)


def _manifest(options: _Options, theorems: Iterable[Theorem]) -> Manifest:
    selection = options.selection
    return {
        "schema": SCHEMA_VERSION,
        "benchmark": "minif2f",
        "prover": identify.prover_version(),
        "data": dict(options.source.identity),
        "selection": asdict(selection),
        "statements": identify.statements_identity(theorems),
        "attempts": options.attempts,
        "policy": identify.policy_identity(options.choice),
        "search": identify.search_identity(options.plan, options.step_s),
        options.assistant.language.name: options.assistant.identity(),
        "machine": identify.machine_identity()
        | {"processes": options.processes, "in_flight": options.in_flight},
        "git": identify.git_revision(),
        "command": shlex.join(["prover", *sys.argv[1:]]),
    }


def summary(folder: Path, json: bool) -> int:
    """Print what the run came to; its exit code."""
    with RunFolder(folder) as run_folder:
        totals = run_folder.totals()
        parts = {
            "as is": score_run(run_folder),
            "without defective statements": score_run(run_folder, defects_in(run_folder)),
            **{f"prelude {name}": score_run(run_folder, prelude=name) for name in _preludes(run_folder)},
        }
        proved_canaries = [
            row[0]
            for row in run_folder.query(
                "SELECT DISTINCT t.name FROM theorems t JOIN attempts a ON a.theorem = t.id "
                "WHERE t.canary != '' AND a.outcome = 'proved' ORDER BY 1"
            )
        ]
    void = bool(proved_canaries)
    if json:
        record = {
            "run": str(folder),
            "void": void,
            "proved_canaries": proved_canaries,
            "attempts": totals.attempts,
            "done": totals.done,
            "scores": {name: _record(scores) for name, scores in parts.items()},
        }
        typer.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())
    else:
        _print(folder, parts, proved_canaries)
    return 1 if void else 0


def _preludes(run_folder: RunFolder) -> list[str]:
    """The headers that statements of the run were elaborated under."""
    rows = run_folder.query("SELECT DISTINCT prelude FROM attempts WHERE prelude != '' ORDER BY 1")
    return [row[0] for row in rows]


def _record(scores: Scores) -> dict[str, Any]:
    record = asdict(scores)
    record["pass_at"] = {str(k): asdict(one) for k, one in scores.pass_at.items()}
    return record


def _print(folder: Path, parts: dict[str, Scores], proved_canaries: list[str]) -> None:
    console = Console(highlight=False)
    ks = sorted({k for scores in parts.values() for k in scores.pass_at})
    table = Table("", "solved", "problems", *(f"pass@{k} (95 %)" for k in ks), "at first expansion")
    for name, scores in parts.items():
        shares = [_share(scores.pass_at.get(k)) for k in ks]
        table.add_row(name, str(scores.solved), str(scores.problems), *shares, str(scores.first_expansion))
    console.print(table)
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(parts["as is"].outcomes.items()))
    console.print(f"attempts: {outcomes}; everything is in {folder}", markup=False, soft_wrap=True)
    if proved_canaries:
        console.print(
            f"THIS RUN IS VOID: false statements were proved: {', '.join(proved_canaries)}",
            style="bold red",
            markup=False,
            soft_wrap=True,
        )


def _share(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"
