"""Writes generated statements.

python -m training.generated --seed 0 --count 20000 --out generated.jsonl.zst"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from prover.errors import InputError, ProverError
from training.decontaminate import filter_statements, held_apart
from training.generated.dataset import generate
from training.generated.families import chosen
from training.statements import TrainingStatement, save_statements


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code, having printed what is wrong with a bad option."""
    console = Console(stderr=True)
    try:
        console.print(run(_parser().parse_args(arguments), console), highlight=False, soft_wrap=True)
    except ProverError as error:
        console.print(f"error: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return error.exit_code
    return 0


def run(options: argparse.Namespace, console: Console) -> str:
    """Generate, filter and write; returns a summary. Raises `InputError`."""
    if options.count < 1:
        raise InputError(f"--count must be at least 1, not {options.count}")
    families = chosen(name for name in options.families.split(",") if name)
    drawn = generate(options.seed, options.count, families, options.split_seed)
    statements = list(track(drawn, "generating", options.count, console=console, transient=True))
    statements, twins = held_apart(statements)
    statements, removed = filter_statements(statements, options.minif2f)
    try:
        save_statements(options.out, statements)
    except OSError as error:
        raise InputError(f"{options.out} cannot be written: {error.strerror or error}") from error
    return _summary(statements, len(removed), len(twins), options)


def _summary(
    statements: Iterable[TrainingStatement], removed: int, twins: int, options: argparse.Namespace
) -> str:
    splits = Counter(statement.split for statement in statements)
    shares = ", ".join(f"{count} {split}" for split, count in splits.most_common())
    text = f"{options.out}: {splits.total()} statements ({shares})"
    if splits.total() + removed + twins < options.count:
        text += f"; the families have no more to give for seed {options.seed}"
    text += f"; {twins} left out that a held-out split has" if twins else ""
    benchmarks = ", ".join(map(str, options.minif2f))
    return text + (f"; {removed} left out as too close to {benchmarks}" if removed else "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.generated", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn")
    parser.add_argument("--count", type=int, required=True, help="statements, spread over the families")
    parser.add_argument("--families", default="", help="names of families, with commas (default: all)")
    parser.add_argument("--split-seed", type=int, default=0, help="of train, validation and test")
    benchmarks = "leave out what is too close to one of these benchmark files"
    parser.add_argument("--minif2f", type=Path, nargs="+", default=[], metavar="FILE", help=benchmarks)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; compressed if it ends in .zst")
    return parser


if __name__ == "__main__":
    sys.exit(main())
