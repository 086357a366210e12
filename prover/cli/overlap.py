"""`prover overlap`: what a training corpus shares with a benchmark, and whether that helped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from prover.cli.choices import JsonOutput
from prover.errors import InputError
from prover.overlap.accuracy import compare, load_results
from prover.overlap.audit import MOST_DAMAGE, Audit, Job, Progress, audit
from prover.overlap.corpus import corpus_files
from prover.overlap.items import Item, load_items
from prover.overlap.report import record_of, text_of
from prover.overlap.scan import Lengths

NEEDED = {"minif2f": ("lean", "isabelle"), "math": ("solution",)}
"""Benchmarks known by name, and a part that some of their items have."""

EXAMPLES = """
Look for a benchmark's items in a training corpus: runs of words and tokens, whole texts, formal statements.

    prover overlap --corpus train/*.jsonl.zst --benchmark minif2f --data valid.jsonl --out overlap/

    prover overlap --corpus lean/ --benchmark valid.jsonl --results runs/valid --json

    prover overlap --corpus pile/ --benchmark math.jsonl --words 30 --workers 32 --out overlap/ --resume

Corpus: .jsonl, .txt, .md, .tex, .lean, .thy (each also .zst), .parquet, or folders of them. Benchmark: JSON
lines laid out like miniF2F, MATH or GSM8k. Every hit goes to OUT/hits.jsonl, with file, line and characters.
Exit codes: 0 looked through, 2 bad input or too much damage, 3 something is missing or broken here.
"""


def overlap(
    corpus: Annotated[list[Path], typer.Option("--corpus", help="A file or folder; more may follow it.")],
    benchmark: Annotated[
        list[str],
        typer.Option("--benchmark", help="A file of items, or minif2f or math with --data; may come twice."),
    ],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILES]...", help="More of the corpus.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The file of --benchmark minif2f or math.")] = None,
    words: Annotated[
        str, typer.Option(help="Lengths of runs of words, comma between; empty: none.")
    ] = "20,30",
    tokens: Annotated[
        str, typer.Option(help="Lengths of runs of tokens, comma between; empty: none.")
    ] = "30",
    field: Annotated[
        list[str] | None, typer.Option(help="A field of a line that is looked at; '*': all. Default: text.")
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            help="The folder of a run of bench, eval or harness, or JSON lines with name and correct: "
            "accuracy on hits and others."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for hits.jsonl, overlap.json and report.txt.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a broken-off audit in OUT.")] = False,
    workers: Annotated[int, typer.Option(help="Processes; 0: one for each core.", min=0)] = 0,
    max_damage: Annotated[
        int, typer.Option(help="Damaged places of the corpus that are passed over.", min=0)
    ] = MOST_DAMAGE,
    json: JsonOutput = False,
) -> None:
    if resume and out is None:
        raise InputError("--resume needs the folder: --out DIR")
    items = _items(benchmark, data)
    solved = load_results(results, items) if results is not None else {}
    job = Job(
        files=tuple(corpus_files([*corpus, *(more or [])])),
        items=tuple(items),
        lengths=Lengths(_lengths("--words", words), _lengths("--tokens", tokens)),
        fields=tuple(field or ("text",)),
        folder=out,
        workers=workers or os.cpu_count() or 1,
        most_damage=max_damage,
    )
    found = _watched(job, resume)
    comparisons = compare(items, found.counts.items_hit(), solved) if solved else []
    record, text = record_of(found, comparisons), text_of(found, comparisons)
    if out is not None:
        (out / "overlap.json").write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2) + b"\n")
        (out / "report.txt").write_text(text, encoding="utf-8")
    typer.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode() if json else text, nl=json)


overlap.__doc__ = EXAMPLES


def _watched(job: Job, resume: bool) -> Audit:
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[line]}"),
        console=Console(stderr=True),
        transient=True,
    )
    total = sum(path.stat().st_size for path in job.files)
    with bar:
        task = bar.add_task("Looking", total=total, line="")

        def watch(progress: Progress) -> None:
            rate = progress.characters / max(progress.seconds, 1e-9) / 1e6
            line = f"{rate:.1f} M characters/s, {progress.documents:,} documents, {progress.hits:,} hits"
            bar.update(task, completed=progress.stored, line=line)

        return audit(job, resume, watch)


def _items(benchmarks: Sequence[str], data: Path | None) -> list[Item]:
    """The items of all benchmarks named. Raises `InputError` for a file that is not what its name says."""
    names = [name for name in benchmarks if name in NEEDED]
    if names and (data is None or len(names) > 1):
        raise InputError(f"the data of {names[0]} is not part of this package: --data FILE names one file")
    if data is not None and not names:
        raise InputError(f"--data goes with --benchmark {' or '.join(NEEDED)}")
    items = load_items(data if name in NEEDED and data else Path(name) for name in benchmarks)
    for name in names:
        if not any(part in item.texts for item in items for part in NEEDED[name]):
            raise InputError(f"{data} is not laid out like {name}: no item has {' or '.join(NEEDED[name])}")
    return items


def _lengths(option: str, text: str) -> tuple[int, ...]:
    try:
        lengths = tuple(sorted({int(part) for part in text.split(",") if part.strip()}))
    except ValueError:
        raise InputError(f"{option} takes numbers with commas between them, not {text!r}") from None
    if any(length < 2 for length in lengths):
        raise InputError(f"{option}: a run has at least 2 of them")
    return lengths
