"""What `prover sketch` prints of its result: for a person, or as one JSON record."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from prover.cli.records import Record, rungs_text, verdict_record
from prover.errors import ModelError
from prover.search import Outcome
from prover.sketch.results import FilledHole, SketchAttempt, Tried


def sketch_exit_code(done: SketchAttempt) -> int:
    """0 where it is proved, 3 where a model gave no answer, else 1."""
    if done.proved:
        return 0
    return ModelError.exit_code if done.outcome is Outcome.FAILED else 1


def sketch_record(done: SketchAttempt, proof: str | None, prelude: str | None, preset: str) -> Record:
    """The record of one attempt: the theorem with its proof, and every sketch with its holes."""
    best = done.tried[-1] if done.proved else None
    counts = done.counts
    return {
        "name": done.problem.name,
        "proved": done.proved,
        "outcome": done.outcome.value,
        "budget": done.budget,
        "failure": done.failure or None,
        "statement": done.problem.statement.text,
        "prelude": prelude,
        "header": done.problem.statement.header,
        "informal_proof": done.problem.proof,
        "drafted": done.drafted,
        "script": best.script if best else None,
        "proof": proof,
        **verdict_record(best.verdict if best else None),
        "sketches": [_sketch_record(one) for one in done.tried],
        "errors": dict(counts.errors),
        "expansions": counts.expansions,
        "steps": counts.steps,
        "model_tokens": counts.model_tokens,
        "lean_seconds": round(counts.lean_seconds, 3),
        "wall_seconds": round(counts.wall_seconds, 3),
        "preset": preset,
    }


def _sketch_record(tried: Tried) -> Record:
    return {
        "round": tried.round,
        "sketch": tried.text,
        "elaborated": tried.elaborated,
        "holes": [_hole_record(hole) for hole in tried.holes],
        "messages": [
            {"line": m.start.line, "column": m.start.column, "text": m.text} for m in tried.messages
        ],
        "script": tried.script,
        "proved": tried.proved,
    }


def _hole_record(hole: FilledHole) -> Record:
    return {
        "line": hole.start.line,
        "column": hole.start.column,
        "goal": hole.goal,
        "script": hole.script,
        "failure": hole.failure or None,
        "known": hole.known,
    }


def print_sketch(done: SketchAttempt, proof: str | None, prelude: str | None) -> None:
    """The proof and its verdict; or the sketch that came nearest, and what is open in it."""
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    if done.drafted and done.problem.proof:
        console.print(Text(f"proof in words, by the model:\n{done.problem.proof}\n", style="dim"))
    if proof is not None:
        console.print(proof)
        console.print()
        console.print(f"{done.problem.name}: proved by a sketch", style="green")
    else:
        _print_nearest(console, done)
    verdict = next((one.verdict for one in reversed(done.tried) if one.verdict is not None), None)
    if verdict is not None:
        console.print(rungs_text(verdict))
    if prelude is not None:
        console.print(f"statement under the prelude `{prelude}`", style="dim")
    console.print(_totals(done), style="dim")


def _print_nearest(console: Console, done: SketchAttempt) -> None:
    nearest = max(done.tried, key=lambda one: one.rank, default=None)
    if nearest is not None:
        console.print("the sketch that came nearest:\n", style="dim")
        console.print(nearest.text)
        console.print()
        for message in nearest.messages:
            place = f"{message.start.line}:{message.start.column}: "
            console.print(Text(place + message.text))
            console.print()
    console.print(f"{done.problem.name}: not proved; {_reason(done)}", style="red")


def _reason(done: SketchAttempt) -> str:
    match done.outcome:
        case Outcome.BUDGET:
            return f"the budget of {done.budget} is spent (more: --budget)"
        case Outcome.FAILED:
            return f"the model gives no answer: {done.failure}"
    if not done.tried:
        dropped = ", ".join(f"{count} × {kind}" for kind, count in done.counts.errors.items())
        return f"the model wrote no sketch ({dropped})" if dropped else "the model wrote no sketch"
    return "no sketch is left to try (more: --samples, --rounds)"


def _totals(done: SketchAttempt) -> str:
    holes = [hole for one in done.tried for hole in one.holes]
    filled = sum(hole.script is not None for hole in holes)
    return (
        f"{len(done.tried)} sketches, {sum(one.elaborated for one in done.tried)} elaborate; "
        f"{filled} of {len(holes)} holes filled; {done.counts.steps} steps, "
        f"{done.counts.lean_seconds:.1f} s at the holes, {done.counts.wall_seconds:.1f} s in all"
    )
