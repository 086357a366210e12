"""Makes the data of continued pretraining: packed token rows of several sources, and their mixture.

Reads each source once, leaves out what is broken, generated, repeated or in a benchmark, and writes for each
source and language one corpus to train on and one to validate on. May be killed at any moment: the same
command goes on where it stopped, and the result is the same.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from prover.cli import print_error
from prover.errors import InputError, ProverError
from training.corpus import build, filters, journal
from training.corpus.duplicates import THRESHOLD
from training.corpus.examine import Examination
from training.corpus.sources import FORMAL, Source, SourceFile, normal
from training.jsonl import print_json

EXAMPLES = """
examples:
  # the formal part of AlgebraicStack and general text, 60 : 40, for a model in ./llemma_7b
  python -m training.corpus.prepare --tokenizer llemma_7b --out corpus \\
      --source formal=proof-pile-2/algebraic-stack:0.6 --languages formal=formal \\
      --source web=proof-pile-2/open-web-math:0.4 \\
      --benchmark minif2f-valid.jsonl --benchmark minif2f-test.jsonl --benchmark proofnet.jsonl

  # the same files streamed from the hub, at one revision
  ... --source formal=hub:EleutherAI/proof-pile-2@REVISION/algebraic-stack

  # one's own: a Lake project, extracted proof steps, a LeanDojo benchmark
  ... --source mine=MyProject --source steps=steps.jsonl.zst --source dojo=leandojo_benchmark_4/random

sources: NAME=PLACE[:WEIGHT]. Weights are shares of tokens; without any, sources count by their tokens.
exit codes: 0 done, 2 bad input, 3 something missing on this machine.
"""


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m training.corpus.prepare",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = options.add_argument
    add("--source", action="append", required=True, metavar="NAME=PLACE[:WEIGHT]", help="see the examples")
    add("--tokenizer", type=Path, required=True, metavar="FOLDER", help="of the model: with a tokenizer.json")
    add("--out", type=Path, required=True, metavar="FOLDER")
    add("--seq-len", type=int, default=4096, metavar="TOKENS", help="of a row (default 4096, as LLEMMA)")
    add(
        "--languages",
        action="append",
        default=[],
        metavar="[NAME=]LANGUAGE,…",
        help=f"to keep, of one source or of all; `formal` is {', '.join(FORMAL)}",
    )
    add(
        "--benchmark",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="documents that share a name, a statement or a run of words with it are left out "
        "(.jsonl, .jsonl.zst, .json, or any text)",
    )
    add("--end-token", default="", metavar="TOKEN", help="between documents (default: the eos_token)")
    add("--hold-out", type=float, default=0.005, metavar="SHARE", help="of sources without validation files")
    add("--near", type=float, default=THRESHOLD, metavar="LIKENESS", help="of near duplicates; 1: only exact")
    add("--max-bytes", type=int, default=filters.MAX_BYTES, metavar="BYTES", help="of a document")
    add("--max-digits", type=float, default=filters.MAX_DIGITS, metavar="SHARE", help="of a document's bytes")
    add("--keep-generated", action="store_true", help="keep files that say a program wrote them")
    add("--max-faults", type=int, default=100, metavar="NUMBER", help="of broken places, then stop")
    add(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="NUMBER",
        help="processes (default: cores)",
    )
    add("--dry-run", action="store_true", help="list the files that would be read, and stop")
    add("--json", action="store_true", help="print the report as one JSON object")
    return options


def plan_of(args: argparse.Namespace) -> build.Plan:
    """The plan that the options describe. Raises `InputError` for those that make no sense."""
    _check_numbers(args)
    sources = [Source.parse(text) for text in args.source]
    build.check_names(sources)
    how = Examination(
        args.tokenizer,
        args.end_token,
        tuple(args.benchmark),
        filters.Filters(args.max_bytes, args.max_digits, not args.keep_generated),
        near=args.near < 1,
    )
    files = sorted((f for s in sources for f in s.files()), key=lambda file: file.split != "validation")
    languages = _languages(args.languages, [source.name for source in sources])
    # A file that says its language is not opened for nothing.
    files = [file for file in files if _may_hold(file, languages.get(file.source))]
    if not files:
        raise InputError("no file of the sources is in these languages; --dry-run without them lists all")
    return build.Plan(
        sources, files, how, args.seq_len, languages, args.hold_out, min(args.near, 0.999), args.max_faults
    )


def _check_numbers(args: argparse.Namespace) -> None:
    for name, low, high in (
        ("seq_len", 2, 1 << 24),
        ("hold_out", 0, 0.5),
        ("near", 0.3, 1),
        ("max_bytes", 1, 1 << 40),
        ("max_digits", 0, 1),
        ("max_faults", 0, 1 << 40),
        ("workers", 1, 4096),
    ):
        if not low <= (value := getattr(args, name)) <= high:
            raise InputError(f"--{name.replace('_', '-')} {value}: a number from {low} to {high} is wanted")


def _languages(texts: Sequence[str], names: Sequence[str]) -> dict[str, frozenset[str]]:
    """Of each source, the languages to keep."""
    chosen: dict[str, frozenset[str]] = {}
    for text in texts:
        name, equals, wanted = text.rpartition("=")
        if equals and name not in names:
            raise InputError(f"--languages {text}: no source is called {name!r}, there is {', '.join(names)}")
        found = {normal(one) for one in wanted.split(",") if one}
        found = found - {"formal"} | set(FORMAL) if "formal" in found else found
        for one in [name] if equals else names:
            chosen[one] = chosen.get(one, frozenset()) | found
    return chosen


def _may_hold(file: SourceFile, wanted: frozenset[str] | None) -> bool:
    return wanted is None or file.language == "text" or file.language in wanted


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make the corpora, or take up where an earlier run stopped; returns the report."""
    plan = plan_of(args)
    if args.dry_run:
        return {"files": [_listed(file) for file in plan.files]}
    build.check_disk(plan, args.out)
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(args.out / ".lock", timeout=0):
            if (report := build.finished(plan, args.out)) is not None:
                return report
            return _built(build.Build(plan, args.out), plan, args.workers)
    except Timeout:
        raise InputError(f"another process is at work in {args.out}") from None


def _built(work: build.Build, plan: build.Plan, workers: int) -> dict[str, Any]:
    console = Console(stderr=True)
    if work.journal.resumed:
        console.print(f"going on after {work.progress.tokens:,} tokens", highlight=False)
    with _bar(console) as bar:
        task = bar.add_task("", total=sum(file.size for file in plan.files), tokens="", rate="")

        def shown(done: journal.Progress, file: str) -> None:
            bar.update(
                task,
                completed=done.read,
                description=file,
                tokens=f"{done.tokens:,} tokens",
                rate=f"{done.text / 1e6 / max(done.wall_s, 1e-9):.1f} MB of text/s",
            )

        return work.run(workers, shown)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[tokens]}  {task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
    )


def _listed(file: SourceFile) -> dict[str, Any]:
    return {
        "source": file.source,
        "file": file.name,
        "kind": file.kind,
        "language": file.language,
        "split": file.split or "by hash",
        "bytes": file.size,
        "revision": file.revision,
    }


def show(report: dict[str, Any], console: Console) -> None:
    """A report as tables."""
    if "files" in report:
        console.print(_table(report["files"]))
        return
    console.print(_table(report["corpora"]))
    fates = ", ".join(f"{count:,} {fate}" for fate, count in report["fates"].items())
    console.print(
        f"documents: {fates or 'none'} (what was left out and why: {report['dropped']})", highlight=False
    )
    for name in report["files_without_documents"]:
        console.print(f"no document in {name}: was it downloaded whole?", style="yellow", highlight=False)
    console.print(
        f"{report['tokens']:,} tokens of {report['text_bytes'] / 1e6:,.1f} MB in {report['wall_s']:,.0f} s: "
        f"{report['tokens_per_s']:,} tokens/s, {report['mb_per_s']} MB/s; "
        f"{report['mb_per_cpu_s']} MB for each second of a core",
        highlight=False,
    )


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None)
    for key, value in rows[0].items() if rows else ():
        table.add_column(key, justify="right" if isinstance(value, int) else "left")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
    return table


def main(arguments: Sequence[str]) -> None:
    args = parser().parse_args(arguments)
    report = run(args)
    if args.json:
        print_json(report)
    else:
        show(report, Console(markup=False))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ProverError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        Console(stderr=True).print("stopped; the same command goes on from here")
        sys.exit(130)
