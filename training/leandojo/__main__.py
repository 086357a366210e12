"""LeanDojo's benchmark files and traced repositories as training steps, and its theorems as statements.

    python -m training.leandojo leandojo_benchmark_4/random --out steps.jsonl.zst
    python -m training.leandojo leandojo_benchmark_4/random --out steps.jsonl.zst --checkout mathlib4
    --statements s.jsonl
    python -m training.leandojo traced_lean4-example/lean4-example --out steps.jsonl.zst --statements s.jsonl

The folder is a split of the benchmark (with `train.json`), or a repository that `lean_dojo` has traced, which
takes the network, a GITHUB_ACCESS_TOKEN and hours. The steps have the layout of `training.steps`, and
`premises`. The text of a statement is cut out of the repository at that commit, its header is all that stands
before it: with a benchmark's files, name a checkout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from prover.errors import InputError, ProverError
from training.jsonl import write_jsonl
from training.leandojo.benchmark import FILES, read_benchmark
from training.leandojo.theorems import TracedTheorem, statement_of, steps
from training.leandojo.traced import read_traced, traces_of
from training.statements import save_statements


def main(arguments: Sequence[str]) -> None:
    chosen = _parser().parse_args(arguments)
    console = Console(stderr=True)
    folder: Path = chosen.folder
    traced = bool(traces_of(folder))
    if traced and chosen.checkout is not None:
        raise InputError(f"{folder} is a traced repository, and its own checkout: leave out --checkout")
    if not traced and (chosen.checkout is None) != (chosen.statements is None):
        raise InputError("--checkout and --statements go together")
    theorems = _read(folder, traced, chosen.seed, console)
    shown = track(theorems, "Writing steps", console=console, transient=True)
    count = write_jsonl(chosen.out, (step for theorem in shown for step in steps(theorem)))
    console.print(
        f"{count} steps of {len(theorems)} theorems in {chosen.out}", highlight=False, soft_wrap=True
    )
    if chosen.statements is not None:
        found = (statement_of(theorem, chosen.checkout or folder) for theorem in theorems)
        stated = save_statements(chosen.statements, (one for one in found if one is not None))
        console.print(f"{stated} statements in {chosen.statements}", highlight=False, soft_wrap=True)


def _read(folder: Path, traced: bool, seed: int, console: Console) -> list[TracedTheorem]:
    if not traced and not any((folder / name).is_file() for name in FILES):
        raise InputError(
            f"{folder} holds none of {', '.join(FILES)} and no .lake/build/ir/*.trace.xml: it is neither a "
            "split of a LeanDojo benchmark nor a traced repository (with *.ast.json alone, it was cut off)"
        )
    with console.status(f"Reading {folder}"):
        return read_traced(folder, seed) if traced else read_benchmark(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.leandojo", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="a split of the benchmark, or a traced repository")
    parser.add_argument("--out", type=Path, required=True, help="the steps, .jsonl or .jsonl.zst")
    parser.add_argument("--statements", type=Path, help="the statements; of a benchmark, with --checkout")
    parser.add_argument("--checkout", type=Path, help="the repository at the commit of the benchmark")
    parser.add_argument("--seed", type=int, default=0, help="of the split of a traced repository's files")
    return parser


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ProverError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        sys.exit(error.exit_code)
