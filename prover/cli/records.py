"""What a command prints of its result: for a person, or as one JSON record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from prover.attempts import Attempt, FileAttempt, Tools
from prover.attempts.home import NATIVE
from prover.errors import ModelError
from prover.policy.registry import model_policies
from prover.search import Outcome
from prover.types import Verdict

Record = dict[str, Any]


def exit_code(attempts: Iterable[Attempt], proved: bool) -> int:
    """0 where all is proved, 3 where a model gave no answer, else 1."""
    if proved:
        return 0
    failed = any(one.result.outcome is Outcome.FAILED for one in attempts)
    return ModelError.exit_code if failed else 1


def model_record(tools: Tools) -> Record | None:
    """What the language models did and how busy all were; None where no model was asked."""
    policies = model_policies(tools.policy)
    if not policies:
        return None
    usages = [policy.usage for policy in policies]
    cached = [usage.cached_tokens for usage in usages if usage.cached_tokens is not None]
    prompt_tokens = sum(usage.prompt_tokens for usage in usages)
    shares = tools.flow.shares()
    return {
        "preset": policies[0].preset.name,
        "requests": sum(usage.requests for usage in usages),
        "retries": sum(usage.retries for usage in usages),
        "prompt_tokens": prompt_tokens,
        "generated_tokens": sum(usage.generated_tokens for usage in usages),
        "prefix_cache_hit_rate": round(sum(cached) / prompt_tokens, 3) if cached and prompt_tokens else None,
        "shortened_prompts": sum(policy.shortened for policy in policies),
        "busy": {"model": round(shares.model, 3), "lean": round(shares.lean, 3)},
        "waiting": round(shares.waiting, 3),
    }


def theorem_record(done: Attempt, prelude: str | None, model: Record | None) -> Record:
    """The record of one statement. `proof` is the whole theorem, `script` its tactics alone."""
    counts = done.result.counts
    return {
        "name": done.statement.name,
        "proved": done.proved,
        "outcome": done.outcome,
        "budget": done.result.budget,
        "failure": done.result.failure or None,
        "statement": done.statement.text,
        "prelude": prelude,
        "header": done.statement.header,
        "script": done.script,
        "proof": done.proof if done.proved else None,
        **verdict_record(done.verdict),
        "expansions": counts.expansions,
        "steps": counts.steps,
        "merged": counts.merged,
        "errors": dict(counts.errors),
        "model_tokens": counts.model_tokens,
        "lean_seconds": round(counts.lean_seconds, 3),
        "wall_seconds": round(counts.wall_seconds, 3),
        "model": model,
    }


def file_record(done: FileAttempt, written: bool, model: Record | None) -> Record:
    """The record of a file: one entry a hole, one verdict a declaration, the text as it could be filled."""
    holes = [
        {
            "declaration": hole.declaration.label,
            "line": hole.position.line,
            "column": hole.position.column,
            "filled": hole in done.accepted,
            "script": found.script if (found := done.attempts.get(hole)) else None,
            "error": str(done.errors[hole]) if hole in done.errors else None,
        }
        for hole in sorted([*done.attempts, *done.errors], key=lambda hole: hole.start)
    ]
    return {
        "file": str(done.file.path),
        "proved": done.proved,
        "written": written,
        "prelude": done.prelude,
        "holes": holes,
        "verdicts": {label: verdict_record(verdict) for label, verdict in done.verdicts.items()},
        "text": done.text,
        "model": model,
    }


def print_record(record: Record) -> None:
    typer.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())


def print_attempt(done: Attempt, prelude: str | None, model: Record | None) -> None:
    """The proof and its verdict, or why there is none."""
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    if done.proved:
        console.print(done.proof)
    console.print()
    console.print(_headline(done), style="green" if done.proved else "red")
    if done.verdict is not None:
        console.print(rungs_text(done.verdict))
    if prelude is not None:
        header = "the project's header" if prelude == NATIVE else f"the prelude `{prelude}`"
        console.print(f"statement under {header}", style="dim")
    counts = done.result.counts
    console.print(
        f"{counts.expansions} expansions, {counts.steps} steps, Lean {counts.lean_seconds:.1f} s, "
        f"{counts.wall_seconds:.1f} s in all",
        style="dim",
    )
    if model is not None:
        console.print(_model_line(model, counts.errors), style="dim")


def _model_line(model: Record, errors: Counter[str]) -> str:
    """What the model did, in one line."""
    rate, busy = model["prefix_cache_hit_rate"], model["busy"]
    parts = [
        f"model: {model['requests']} requests, {model['generated_tokens']} tokens",
        f"busy {busy['model']:.0%}, Lean {busy['lean']:.0%}, waiting {model['waiting']:.0%}",
    ]
    if rate is not None:
        parts.append(f"{rate:.0%} of the prompt tokens were in the prefix cache")
    if model["retries"]:
        parts.append(f"{model['retries']} retries")
    if model["shortened_prompts"]:
        parts.append(f"{model['shortened_prompts']} prompts shortened")
    if dropped := sum(count for kind, count in errors.items() if kind.startswith("dropped")):
        parts.append(f"{dropped} answers were no tactic")
    return "; ".join(parts)


def print_file(done: FileAttempt, written: bool) -> None:
    """A line for each hole, then the filled text unless it was written back."""
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    for hole in sorted([*done.attempts, *done.errors], key=lambda hole: hole.start):
        label = f"{done.file.path}:{hole.position.line}:{hole.position.column} {hole.declaration.label}: "
        if hole in done.accepted:
            console.print(Text(label + "proved", style="green"))
        else:
            console.print(
                Text(label + _hole_reason(done, hole.declaration.label, hole in done.errors), "red")
            )
        if hole in done.errors:
            for message in done.errors[hole].messages:
                console.print(Text(f"  {message.start.line}:{message.start.column}: {message.text}"))
    if done.prelude is not None:
        console.print(f"checked under the prelude `{done.prelude}`, not under Mathlib", style="dim")
    if written:
        console.print(f"written: {done.file.path}")
    elif done.accepted:
        console.print()
        console.print(done.text)


def _hole_reason(done: FileAttempt, label: str, failed: bool) -> str:
    if failed:
        return "does not elaborate here"
    verdict = done.verdicts.get(label)
    return f"not proved ({verdict.reason})" if verdict is not None and verdict.reason else "not proved"


def _headline(done: Attempt) -> str:
    name = done.statement.name
    match done.outcome:
        case "proved":
            return f"{name}: proved; the kernel of Lean accepts it, axioms: {_axioms(done.verdict)}"
        case "refused":
            return f"{name}: not proved; the judge refused what the search found"
        case "budget":
            return f"{name}: not proved within {done.result.budget} (more: --budget)"
        case "failed":
            return f"{name}: not proved; the model gives no answer: {done.result.failure}"
        case _:
            return f"{name}: not proved; nothing is left to try"


def _axioms(verdict: Verdict | None) -> str:
    return ", ".join(verdict.axioms) if verdict is not None and verdict.axioms else "none"


def rungs_text(verdict: Verdict) -> Text:
    text = Text()
    for rung in verdict.rungs:
        text.append(f"{'✓' if rung.passed else '✗'} {rung.name}", style="green" if rung.passed else "red")
        text.append(f" {rung.detail}  " if rung.detail else "  ")
    return text


def verdict_record(verdict: Verdict | None) -> Record:
    if verdict is None:
        return {"rungs": [], "axioms": []}
    rungs = [{"name": r.name, "passed": r.passed, "detail": r.detail} for r in verdict.rungs]
    return {"rungs": rungs, "axioms": list(verdict.axioms)}
