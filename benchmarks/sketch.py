"""Measures proof sketches beside search alone, on the same problems within the same Lean time.

    python -m benchmarks.sketch --data valid.jsonl --server http://localhost:8000 [--sample 40] [--seconds 30]
    python -m benchmarks.sketch --data valid.jsonl --recording sketches.jsonl

Each problem that has a proof in words is attempted twice from nothing: by sketches, and by the search that
fills their holes, set on the theorem itself. Both have `--seconds` of Lean's time for a problem, and the same
policy. The model's tokens are sketching's own and are told beside it. A recording (`prover sketch --record`,
or `--record` here) is a run without the model; problems that are not in it are left out.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from prover.attempts import Plan, Tools, attempt, open_tools
from prover.attempts.home import embedded_home
from prover.cli.choices import make_plan, policy_choice
from prover.cli.sketch import DEFAULT_PRESETS, sketch_preset
from prover.errors import InputError, ProverError, StatementError
from prover.lean.embedded.setup import ensure_lean
from prover.policy.preset import Preset
from prover.policy.registry import open_policy
from prover.search import Budget
from prover.sketch.attempt import SketchSettings, attempt_sketch
from prover.sketch.lean import LeanFiller
from prover.sketch.opening import WRITERS, open_writer, writer_choice
from prover.sketch.problem import Problem
from prover.sketch.recording import RecordedWriter
from prover.sketch.results import SketchAttempt
from prover.sketch.writer import Writer
from prover.statements import minif2f
from prover.statements.preludes import start_with_prelude


@dataclass(frozen=True, slots=True)
class Measured:
    """What both ways made of one problem. `alone`: whether search alone proved it."""

    sketched: SketchAttempt
    alone: bool
    alone_lean_s: float


def problems(path: Path, sample: int, seed: int, known: set[str] | None) -> list[Problem]:
    """Problems with a proof in words, drawn by chance; of a recording, those that it knows."""
    found = [
        Problem(one.statement, one.informal, one.informal_proof)
        for one in minif2f.load(path)
        if one.informal_proof and (known is None or one.statement.name in known)
    ]
    if not found:
        raise InputError(f"{path} has no problem with a proof in words that the recording knows")
    return sorted(random.Random(seed).sample(found, min(sample, len(found))), key=lambda one: one.name)


async def measure(
    tools: Tools, writer: Writer, preset: Preset, problem: Problem, plan: Plan, seconds: float
) -> Measured:
    """Both ways on one problem. Raises `StatementError` where it does not elaborate."""
    budget = Budget(lean_s=seconds)
    _, state = await start_with_prelude(tools.prover, problem.statement)
    stated = replace(problem, statement=state.statement)
    search = replace(plan, settings=replace(plan.settings, budget=budget))
    alone = await attempt(tools, stated.statement, search)
    hole = replace(plan.settings, budget=Budget.parse(preset.sketch.hole))
    settings = SketchSettings(budget, preset.sketch.draws, preset.search.rounds, preset.sketch.repairs)
    sketched = await attempt_sketch(writer, LeanFiller(tools, stated.statement, hole), stated, settings)
    return Measured(sketched, alone.proved, alone.result.counts.lean_seconds)


def table(measured: Sequence[Measured], seconds: float) -> Table:
    """Sketches elaborated, holes filled, problems proved; search alone beside them."""
    tried = [one for each in measured for one in each.sketched.tried]
    holes = [hole for one in tried for hole in one.holes]
    both = sum(each.alone and each.sketched.proved for each in measured)
    sketched, alone = sum(each.sketched.proved for each in measured), sum(each.alone for each in measured)
    shown = Table(title=f"{len(measured)} problems, {seconds:g} s of Lean each")
    shown.add_column("")
    shown.add_column("by sketches", justify="right")
    shown.add_column("search alone", justify="right")
    shown.add_row("proved", f"{sketched}", f"{alone}")
    shown.add_row("proved by this way only", f"{sketched - both}", f"{alone - both}")
    shown.add_row("sketches", f"{len(tried)}", "")
    shown.add_row("… that elaborate", _share(sum(one.elaborated for one in tried), len(tried)), "")
    shown.add_row("… that are proved", _share(sum(one.proved for one in tried), len(tried)), "")
    shown.add_row("holes filled", _share(sum(hole.script is not None for hole in holes), len(holes)), "")
    shown.add_row("… as before, no search", _share(sum(hole.known for hole in holes), len(holes)), "")
    shown.add_row("answers that were no sketch", f"{sum(_dropped(each.sketched) for each in measured)}", "")
    shown.add_row("model tokens", f"{sum(each.sketched.counts.model_tokens for each in measured)}", "0")
    lean = sum(each.sketched.counts.lean_seconds for each in measured)
    shown.add_row("Lean seconds", f"{lean:.0f}", f"{sum(each.alone_lean_s for each in measured):.0f}")
    return shown


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "0"


def _dropped(done: SketchAttempt) -> int:
    return sum(count for kind, count in done.counts.errors.items() if kind.startswith("dropped"))


async def run(arguments: argparse.Namespace) -> None:
    preset = sketch_preset(arguments.preset or DEFAULT_PRESETS["lean"], arguments.samples, arguments.rounds)
    recording = arguments.recording
    known = RecordedWriter(recording).names if recording else None
    chosen = problems(arguments.data, arguments.sample, arguments.seed, known)
    choice = writer_choice(
        arguments.writer, preset, arguments.model, arguments.server, recording, arguments.record
    )
    holes = policy_choice(arguments.policy, "", "", "", None)
    plan = make_plan(holes, "best-first", "", "", None)
    console = Console(stderr=True, highlight=False)
    measured: list[Measured] = []
    async with (
        open_writer(choice, preset) as writer,
        open_tools(embedded_home(ensure_lean(console)), partial(open_policy, holes)) as waiting,
    ):
        _, tools = await waiting.with_policy(asyncio.sleep(0))
        for number, problem in enumerate(chosen, start=1):
            try:
                measured.append(await measure(tools, writer, preset, problem, plan, arguments.seconds))
            except StatementError as error:
                console.print(f"{problem.name}: left out: {error}", markup=False)
                continue
            one = measured[-1]
            said = f"sketches {'proved' if one.sketched.proved else one.sketched.outcome.value}"
            said += f", search alone {'proved' if one.alone else 'not'}"
            console.print(f"{number}/{len(chosen)} {problem.name}: {said}", markup=False)
    Console().print(table(measured, arguments.seconds))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="a JSON-lines file laid out like miniF2F")
    parser.add_argument("--preset", default="", help="a preset for sketches in Lean")
    parser.add_argument("--writer", default="", help=f"runtime of the model: {', '.join(WRITERS)}")
    parser.add_argument("--model", default="", help="a folder, a name on the hub, or one of the server's")
    parser.add_argument("--server", default="", help="an OpenAI-compatible server")
    parser.add_argument("--recording", type=Path, help="sketches from a file instead of a model")
    parser.add_argument("--record", type=Path, help="append what the model writes to this file")
    parser.add_argument("--policy", default="", help="who proposes tactics; the default is prove's own")
    parser.add_argument("--samples", type=int, help="first sketches of a problem; the preset's by default")
    parser.add_argument("--rounds", type=int, help="rounds of repair; the preset's by default")
    parser.add_argument("--sample", type=int, default=40, help="problems (40)")
    parser.add_argument("--seconds", type=float, default=30.0, help="Lean's time for a problem each way (30)")
    parser.add_argument("--seed", type=int, default=0)
    try:
        asyncio.run(run(parser.parse_args()))
    except ProverError as error:
        raise SystemExit(f"benchmarks.sketch: {error}") from None


if __name__ == "__main__":
    main()
