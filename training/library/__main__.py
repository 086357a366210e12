"""Extracts the theorems of the embedded Lean's library as statements to learn from.

    python -m training.library --out library.jsonl.zst [--namespaces Nat Int …] [--minif2f valid.jsonl]

Beside `library.jsonl.zst` come `library.splits.json` (which module is in which split), `library.lost.jsonl`
(what was lost and why), `library.manifest.json` and, with `--minif2f`, `library.collisions.jsonl` (what was
removed because a benchmark has it too).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from prover.cli import print_error
from prover.errors import InputError, ProverError
from prover.lean.embedded.install import LEAN_PACKAGE
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.scratch import scratch_folder
from prover.statements.preludes import prelude
from training.decontaminate import filter_statements, held_apart, write_report
from training.jsonl import write_jsonl, write_manifest
from training.library.assemble import assemble, capped
from training.library.lean import Extractor, Found
from training.library.names import NAMESPACES, Theorem, flat_names, select
from training.splits import split_groups, write_splits
from training.statements import TrainingStatement, save_statements


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training.library", description="Extracts the theorems of the embedded Lean's library."
    )
    parser.add_argument("--out", type=Path, required=True, help="the statements, .jsonl or .jsonl.zst")
    parser.add_argument("--namespaces", nargs="+", default=list(NAMESPACES), help="default: names.py's list")
    parser.add_argument("--modules", nargs="+", default=[], help="only theorems of these Lean modules")
    parser.add_argument("--per-module", type=int, default=300, help="theorems of one module at most")
    parser.add_argument("--limit", type=int, help="statements in all at most")
    parser.add_argument("--seed", type=int, default=0, help="of the split, and of what a limit leaves")
    parser.add_argument(
        "--minif2f", type=Path, nargs="+", default=[], help="benchmark files to keep clear of"
    )
    chosen = parser.parse_args(arguments)
    if chosen.per_module < 1 or (chosen.limit is not None and chosen.limit < 1):
        raise InputError("--per-module and --limit want a number of at least 1")
    return chosen


async def extract(options: argparse.Namespace, console: Console) -> tuple[list[Theorem], list[Found]]:
    """The chosen theorems and what Lean found of each. Raises `InputError` where none is chosen."""
    lean = ensure_lean(console)
    with scratch_folder("library") as folder:
        scratch = Path(folder)
        extractor = Extractor(embedded_launch(lean, scratch=scratch), scratch, prelude("core").header)
        try:
            theorems, left_out = select(await extractor.theorems(), options.namespaces, options.modules)
            chosen = capped(theorems, options.per_module, options.limit, options.seed)
            if not chosen:
                raise InputError("no theorem of the library is in these namespaces and modules")
            left_out["over the limit"] = len(theorems) - len(chosen)
            console.print(f"{len(chosen)} theorems; left out: {_in_words(left_out)}")
            return chosen, await _texts(extractor, chosen, console)
        finally:
            await extractor.close()


async def _texts(extractor: Extractor, chosen: list[Theorem], console: Console) -> list[Found]:
    bar = Progress(
        TextColumn("theorems"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
    with bar:
        task = bar.add_task("", total=len(chosen))
        wanted = flat_names(theorem.name for theorem in chosen)
        return await extractor.texts(wanted, lambda done: bar.update(task, completed=done))


def with_splits(statements: list[TrainingStatement], seed: int) -> list[TrainingStatement]:
    splits = split_groups(Counter(statement.group for statement in statements), seed)
    return [replace(statement, split=splits[statement.group]) for statement in statements]


def main(arguments: list[str] | None = None) -> None:
    console = Console(stderr=True)
    try:
        run(parse_arguments(sys.argv[1:] if arguments is None else arguments), console)
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None


def run(options: argparse.Namespace, console: Console) -> None:
    """Extract, filter, split and write. Raises `ProverError`."""
    _check_files(options)
    theorems, found = asyncio.run(extract(options, console))
    statements, lost = assemble(theorems, found, prelude("core").header)
    if options.minif2f:
        statements, removed = filter_statements(statements, options.minif2f)
        write_report(beside(options.out, "collisions.jsonl"), removed)
        console.print(f"{len(removed)} collide with a benchmark")
    statements, twins = held_apart(with_splits(statements, options.seed))
    held_out = "a split that is held out has it"
    lost += [{"name": twin.without, "reason": held_out, "detail": twin.text} for twin in twins]
    write(options, statements, lost)
    splits, reasons = Counter[str](s.split for s in statements), Counter(row["reason"] for row in lost)
    console.print(f"{len(statements)} statements ({_in_words(splits)}); lost: {_in_words(reasons)}")


def _check_files(options: argparse.Namespace) -> None:
    """Raises `InputError` for files that cannot be used, before minutes are spent."""
    filter_statements([], options.minif2f)
    try:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{options.out} cannot be written: {error.strerror or error}") from error


def write(
    options: argparse.Namespace, statements: list[TrainingStatement], lost: list[dict[str, Any]]
) -> None:
    save_statements(options.out, statements)
    write_jsonl(beside(options.out, "lost.jsonl"), lost)
    splits = {statement.group: statement.split for statement in statements}
    write_splits(beside(options.out, "splits.json"), (s.group for s in statements), splits, options.seed)
    write_manifest(
        beside(options.out, "manifest.json"),
        [options.out],
        lean=f"{LEAN_PACKAGE.name} {LEAN_PACKAGE.version}",
        prelude="core",
        seed=options.seed,
        per_module=options.per_module,
        limit=options.limit,
        namespaces=options.namespaces,
        statements=dict(Counter(statement.split for statement in statements)),
        lost=dict(Counter(row["reason"] for row in lost)),
    )


def beside(out: Path, name: str) -> Path:
    """`library.lost.jsonl` for `library.jsonl.zst`."""
    return out.with_name(f"{out.name.removesuffix('.zst').removesuffix('.jsonl')}.{name}")


def _in_words(counts: Mapping[str, int]) -> str:
    return (
        ", ".join(
            f"{number} {what}" for what, number in sorted(counts.items(), key=lambda item: -item[1]) if number
        )
        or "none"
    )


if __name__ == "__main__":
    main()
