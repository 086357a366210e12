"""Measures how fast corpora are prepared: each part of the work, and the whole command.

    python -m benchmarks.corpus [--data FILE …] [--tokenizer FOLDER] [--benchmark FILE …] [--megabytes 8]

Without `--data`, Lean documents are put together of generated statements. Rates are megabytes of text for
each second of CPU time, which other work on the machine hardly changes; for the whole command, of wall time
too. The target is 1 MB for each second of a core.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from prover.cli import print_error
from prover.errors import ProverError
from prover.overlap.text import Text
from training.corpus.contamination import Benchmarks
from training.corpus.duplicates import Signer
from training.corpus.examine import load_tokenizer
from training.corpus.filters import Filters
from training.corpus.packed import PackedWriter
from training.corpus.prepare import parser as prepare_options
from training.corpus.prepare import run as prepare
from training.corpus.reading import Faults, documents
from training.generated.dataset import generate
from training.generated.families import FAMILIES
from training.jsonl import print_json, write_jsonl
from training.tokenizer import read_texts

SMALL = Path(__file__).parents[1] / "prover" / "models" / "small"
PROOFS = (
    "by omega",
    "by\n  intros\n  simp_all",
    "by\n  induction n <;> simp_all [Nat.mul_add]\n  omega",
    "by grind",
)
STATEMENTS = 20_000
SEQ_LEN = 4096
PACKED = "tokenise and pack"


def lean_documents(seed: int) -> Iterator[str]:
    """Documents of 1 to 30 theorems, without end."""
    draw = random.Random(seed)
    stated = [statement.text for statement in generate(seed, STATEMENTS, FAMILIES)]
    while True:
        chosen = draw.sample(stated, draw.randrange(1, 31))
        yield "import Mathlib\n\n" + "\n\n".join(f"{text} := {draw.choice(PROOFS)}" for text in chosen)


def at_most(texts: Iterator[str], size: int) -> list[str]:
    """The first texts, until they have `size` bytes."""
    found = []
    while size > 0 and (text := next(texts, None)) is not None:
        found.append(text)
        size -= len(text.encode())
    return found


def parts(texts: Sequence[str], options: argparse.Namespace, file: Path) -> dict[str, float]:
    """Megabytes for each second of CPU time, of each part of the work."""
    benchmarks, filters, signer = Benchmarks(options.benchmark), Filters(), Signer()
    read = [Text(text) for text in texts]
    work: dict[str, Callable[[], Any]] = {
        "read": lambda: _read(file),
        "filter": lambda: [filters.reason(text, "lean") for text in texts],
        "words": lambda: [Text(text).tokens("names").hashes for text in texts],
        "compare with benchmarks": lambda: [benchmarks.find(text, "lean") for text in read],
        "sign": lambda: [signer.signature(text) for text in read],
        PACKED: lambda: _packed(texts, options.tokenizer, file.with_name("packed")),
    }
    size = sum(len(text.encode()) for text in texts) / 1e6
    return {name: size / _cpu_seconds(do) for name, do in work.items()}


def _packed(texts: Sequence[str], tokenizer_folder: Path, out: Path) -> None:
    """Texts as a packed corpus, without anything else that is done to documents."""
    tokenizer, identity = load_tokenizer(tokenizer_folder)
    writer = PackedWriter(out, SEQ_LEN, identity)
    for start in range(0, len(texts), 64):
        for tokens in tokenizer.encode_batch_fast(texts[start : start + 64], add_special_tokens=False):
            writer.add(np.array(tokens.ids, identity.dtype))
    writer.finish([], {})


def whole(options: argparse.Namespace, file: Path, workers: int) -> dict[str, float]:
    """The command on a file, in a folder of its own."""
    with tempfile.TemporaryDirectory() as out:
        arguments = [f"--source=lean={file}", f"--tokenizer={options.tokenizer}", f"--out={out}/corpus"]
        arguments += [f"--benchmark={path}" for path in options.benchmark]
        report = prepare(prepare_options().parse_args([*arguments, f"--workers={workers}"]))
    keys = ("mb_per_cpu_s", "mb_per_s", "tokens_per_s", "tokens")
    return {"workers": workers} | {key: report[key] for key in keys}


def _read(file: Path) -> None:
    with file.open("rb") as content:
        for _ in documents(content, file.name, True, 0, Faults(0)):
            pass


def _cpu_seconds(do: Callable[[], Any]) -> float:
    begun = time.process_time()
    do()
    return time.process_time() - begun


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Both measurements. Raises `InputError` for data or a tokenizer that cannot be used."""
    texts = (
        (text for path in options.data for text in read_texts(path)) if options.data else lean_documents(0)
    )
    chosen = at_most(iter(texts), round(options.megabytes * 1e6))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "github-lean-train-0000.jsonl.zst"
        write_jsonl(file, ({"text": text} for text in chosen))
        some = list(islice(chosen, max(1, len(chosen) // 4)))
        fourth = Path(folder) / "fourth.jsonl.zst"
        write_jsonl(fourth, ({"text": text} for text in some))
        return {
            "megabytes": sum(len(text.encode()) for text in chosen) / 1e6,
            "documents": len(chosen),
            "parts_mb_per_cpu_s": parts(some, options, fourth),
            "whole": [whole(options, file, workers) for workers in options.workers],
        }


def show(report: dict[str, Any], console: Console) -> None:
    """The report as two tables."""
    title = f"{report['documents']} documents, {report['megabytes']:.1f} MB of text"
    table = Table("part", "MB for each second of a core", title=title)
    for name, rate in report["parts_mb_per_cpu_s"].items():
        table.add_row(name, f"{rate:.1f}")
    console.print(table)
    table = Table("processes", "MB for each second of a core", "MB/s", "tokens/s", title="the whole command")
    for row in report["whole"]:
        table.add_row(
            f"{row['workers']}",
            f"{row['mb_per_cpu_s']:.2f}",
            f"{row['mb_per_s']:.2f}",
            f"{row['tokens_per_s']:,}",
        )
    console.print(table)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = options.add_argument
    add(
        "--data",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="rows with a text, as JSON lines",
    )
    add("--tokenizer", type=Path, default=SMALL, metavar="FOLDER", help="default: the small model's")
    add(
        "--benchmark",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="to compare documents with",
    )
    add("--megabytes", type=float, default=8.0, help="of text (default 8)")
    add("--workers", type=int, nargs="+", default=[1, 2], help="processes, measured one after the other")
    add("--json", action="store_true")
    arguments = options.parse_args()
    report = measure(arguments)
    if arguments.json:
        print_json(report)
    else:
        show(report, Console())


if __name__ == "__main__":
    try:
        main()
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None
