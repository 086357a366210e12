"""`prover sketch`: a proof in words becomes a formal sketch, the search fills its holes, the judge judges."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.attempts import Plan, open_tools
from prover.attempts.home import LeanChoice, open_home
from prover.cli.choices import (
    BudgetText,
    Concurrency,
    JsonOutput,
    ModelName,
    PresetName,
    Quiet,
    ScoreName,
    ServerUrl,
    make_plan,
    policy_choice,
)
from prover.cli.live import LiveProgress
from prover.cli.records import print_record
from prover.cli.sketch_records import print_sketch, sketch_exit_code, sketch_record
from prover.errors import InputError
from prover.isabelle.backend import IsabelleProver, open_pool
from prover.isabelle.fill import FillLimits
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.launch import find_isabelle
from prover.policy.preset import Preset, load_preset
from prover.policy.registry import PolicyChoice, open_policy
from prover.search import Budget
from prover.sketch.attempt import SketchSettings, attempt_sketch
from prover.sketch.isabelle import IsabelleFiller
from prover.sketch.lean import LeanFiller
from prover.sketch.opening import WRITERS, WriterChoice, open_writer, writer_choice
from prover.sketch.problem import Problem, read_problem
from prover.sketch.results import Filler, SketchAttempt
from prover.statements.preludes import start_with_prelude

DEFAULT_PRESETS = {"lean": "sketch-lean", "isabelle": "sketch-isabelle"}
DEFAULT_HOLE_S = 60.0

EXAMPLES = """
Prove a theorem by way of words: a model turns the proof in words into a formal proof with holes, each hole is
filled (in Lean by the search, in Isabelle by methods, Sledgehammer and the search), and the whole is judged.

    prover sketch mathd_algebra_10 --data valid.jsonl --lean --server http://localhost:8000

    prover sketch "theorem t (n : ℕ) : n * n % 4 < 2" --lean --informal proof.txt --server http://localhost:8000

    prover sketch NAME --data valid.jsonl --lean --model folder/ --samples 16 --budget lean_s=300

    prover sketch NAME --data valid.jsonl --lean --recording sketches.jsonl --json

    prover sketch NAME --data valid.jsonl --isabelle --preset sketch-llemma-7b --model llemma_7b/

Where neither the data nor --informal has a proof in words, the model is asked for one first. A hole that
stays open goes back to the model with its goal, a sketch that Lean refuses with Lean's messages. Exit codes:
0 proved, 1 not proved, 2 bad input, 3 something is missing on this machine, or the model gives no answer.
"""


@dataclass(frozen=True, slots=True)
class _Options:
    writer: WriterChoice
    preset: Preset
    holes: PolicyChoice
    plan: Plan
    hole: str
    settings: SketchSettings
    json: bool
    quiet: bool


def sketch(
    target: Annotated[str, typer.Argument(help="A NAME of --data, or a statement.")],
    data: Annotated[Path | None, typer.Option(help="A JSON-lines file laid out like miniF2F.")] = None,
    lean: Annotated[bool, typer.Option("--lean", help="Sketch in Lean.")] = False,
    isabelle: Annotated[bool, typer.Option("--isabelle", help="Sketch in Isabelle.")] = False,
    informal: Annotated[
        Path | None, typer.Option(help="A text file with the proof in words, instead of the data's.")
    ] = None,
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    writer: Annotated[
        str,
        typer.Option(help=f"Runtime of the model that writes: {', '.join(WRITERS)}. Default: by the others."),
    ] = "",
    recording: Annotated[
        Path | None, typer.Option(help="Sketches from a file instead of a model: see --record.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Append what the model writes to this file, for --recording.")
    ] = None,
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            help="Who proposes tactics at the holes. Default: portfolio+small. openai: the same server.",
        ),
    ] = "",
    samples: Annotated[
        int | None, typer.Option(help="First sketches of each proof in words. Default: the preset's.", min=1)
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(help="Rounds of repair. Default: the preset's.", min=0)
    ] = None,
    budget: BudgetText = "",
    hole_budget: Annotated[
        str, typer.Option(help="Limits of one hole, as of --budget. Default: the preset's.")
    ] = "",
    score: ScoreName = "",
    concurrency: Concurrency = None,
    json: JsonOutput = False,
    quiet: Quiet = False,
) -> None:
    if lean == isabelle:
        raise InputError("say what to sketch in: --lean or --isabelle")
    language = "isabelle" if isabelle else "lean"
    chosen = sketch_preset(preset or DEFAULT_PRESETS[language], samples, rounds)
    if chosen.language != language:
        raise InputError(f"the preset {chosen.name} sketches in {chosen.language}: --{chosen.language}")
    if isabelle and (policy or score or concurrency is not None):
        raise InputError(
            "--policy, --score and --concurrency go with --lean: Isabelle's methods fill the holes"
        )
    problem = read_problem(target, data, informal, language)
    holes = policy_choice(policy, "", "", server if "openai" in policy.split("+") else "", None)
    hole = hole_budget or chosen.sketch.hole
    options = _Options(
        writer=writer_choice(writer, chosen, model, server, recording, record),
        preset=chosen,
        holes=holes,
        plan=make_plan(holes, "best-first", hole, score, concurrency),
        hole=hole,
        settings=SketchSettings(
            Budget.parse(budget or chosen.search.budget),
            chosen.sketch.draws,
            chosen.search.rounds,
            chosen.sketch.repairs,
        ),
        json=json,
        quiet=quiet,
    )
    run = _in_isabelle if isabelle else _in_lean
    raise typer.Exit(asyncio.run(run(problem, options)))


sketch.__doc__ = EXAMPLES


def sketch_preset(name: str, samples: int | None = None, rounds: int | None = None) -> Preset:
    """The preset with what the user says instead. Raises `InputError` where it is none for sketches.

    So many samples are draws where each has its own examples, else completions of one prompt.
    """
    preset = load_preset(name)
    if preset.strategy != "sketch":
        raise InputError(
            f"the preset {preset.name} is for prover prove; `prover prompt --list` names those for sketches"
        )
    if rounds is not None:
        preset = replace(preset, search=replace(preset.search, rounds=rounds))
    if samples is None:
        return preset
    if preset.sketch.choose == "chance":
        return replace(preset, sketch=replace(preset.sketch, draws=samples))
    sampling = preset.samplings[0]
    if samples > 1 and sampling.temperature == 0:
        raise InputError(
            f"the preset {preset.name} samples at temperature 0: all {samples} would be the same"
        )
    return replace(preset, samplings=(replace(sampling, n=samples),))


async def _in_lean(problem: Problem, options: _Options) -> int:
    home = open_home(LeanChoice(), Console(stderr=True))
    opening = open_tools(home, partial(open_policy, options.holes))
    console = Console(stderr=True, highlight=False, quiet=options.quiet)
    with LiveProgress(problem.name, console, options.holes.uses_model) as progress:
        async with open_writer(options.writer, options.preset) as writer, opening as waiting:
            starting = start_with_prelude(waiting.prover, problem.statement)
            (prelude, state), tools = await waiting.with_policy(starting)
            problem = replace(problem, statement=state.statement)
            filler = LeanFiller(tools, state.statement, options.plan.settings)
            done = await attempt_sketch(writer, filler, problem, options.settings, progress)
    return _told(done, filler, prelude.name, options)


async def _in_isabelle(problem: Problem, options: _Options) -> int:
    """A third of a hole's time is for the methods, one for Sledgehammer, one for the search."""
    each = (Budget.parse(options.hole).wall_s or DEFAULT_HOLE_S) / 3
    console = Console(stderr=True, highlight=False, quiet=options.quiet)
    with LiveProgress(problem.name, console, assistant="Isabelle") as progress:
        async with open_writer(options.writer, options.preset) as writer, open_pool(find_isabelle()) as pool:
            prover, judge = IsabelleProver(pool), IsabelleJudge(pool)
            try:
                await prover.start(problem.statement)
                filler = IsabelleFiller(prover, judge, problem.statement, FillLimits(each, each, each))
                done = await attempt_sketch(writer, filler, problem, options.settings, progress)
            finally:
                await judge.close()
    return _told(done, filler, None, options)


def _told(done: SketchAttempt, filler: Filler, prelude: str | None, options: _Options) -> int:
    """Print what came of it; the exit code."""
    script = done.tried[-1].script if done.proved else None
    proof = filler.theorem(script) if script is not None else None
    if options.json:
        print_record(sketch_record(done, proof, prelude, options.preset.name))
    else:
        print_sketch(done, proof, prelude)
    return sketch_exit_code(done)
