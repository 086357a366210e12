"""Compares policies by what they prove within the same CPU seconds, model and Lean together.

    python -m benchmarks.policies --library FILE --generated FILE --minif2f FILE --out results.jsonl

The policies: `portfolio`, `small` (the small model alone), `portfolio+small` (both mixed) and `random` (the
portfolio's candidates in an order drawn by the seed). The sets: library theorems and generated statements
of the split `test`, and the miniF2F statements that one of the embedded preludes can state. A theorem is
attacked by a process that does nothing else meanwhile, on one core, with one Lean process; what both use
counts from the statement's first state on. What the search finds counts if the kernel accepts it, and, of a
library theorem, if its proof does not use that theorem. Results are appended to --out as they come; the
same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.policies_crew import run_jobs
from benchmarks.policies_players import MODEL, PARTS
from benchmarks.policies_report import SETS, print_report, reports
from benchmarks.policies_results import OUT_OF_REACH, Result, append_result, keys, read_results
from benchmarks.policies_worker import Job, WorkerSettings
from prover.errors import InputError, ProverError
from prover.lean.embedded.setup import ensure_lean
from prover.models import small_model
from prover.statements.minif2f import load as load_minif2f
from prover.types import Statement
from training.statements import load_statements

POLICIES = "portfolio,small,portfolio+small,random"

SAMPLE_SEED = 0
"""Draws the statements; the seeds of --seeds see the same ones."""

_WIDTH = 150
"""Columns of the table where it does not go to a terminal."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of a set. without: the library theorem that a proof may not use, empty where none."""

    set: str
    statement: Statement
    without: str = ""


def policies(text: str) -> list[str]:
    """The policies of a list with commas. Raises `InputError` for what is unknown or there twice."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InputError("--policies names no policy")
    for name in names:
        parts = name.split("+")
        if unknown := [part for part in parts if part not in PARTS]:
            raise InputError(
                f"--policies: unknown policy {unknown[0]!r}; known: {', '.join(PARTS)}; '+' mixes several"
            )
        if len(set(parts)) < len(parts):
            raise InputError(f"--policies: {name!r} mixes a policy with itself")
    if len(set(names)) < len(names):
        raise InputError("--policies: a policy stands there twice")
    return names


def chosen_sets(wanted: str, files: dict[str, Path | None]) -> list[str]:
    """The sets to measure, by default those whose file is given. Raises `InputError` for a missing file."""
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    if unknown := [name for name in names if name not in SETS]:
        raise InputError(f"--sets: unknown set {unknown[0]!r}; known: {', '.join(SETS)}")
    if missing := [name for name in names if files[name] is None]:
        raise InputError(f"--sets {missing[0]} needs --{missing[0]} FILE")
    names = names or [name for name in SETS if files[name] is not None]
    if not names:
        raise InputError("no statements: give --library FILE, --generated FILE, --minif2f FILE or several")
    return list(dict.fromkeys(names))


def entries(name: str, path: Path, sample: int) -> list[Entry]:
    """`sample` statements of a set's file, all where it has no more.

    Raises `InputError` for a file that cannot be read, has none of the split `test`, or a name twice.
    """
    if name == "minif2f":
        found = [Entry(name, problem.statement) for problem in load_minif2f(path)]
    else:
        sources = (source for source in load_statements(path) if source.split == "test")
        found = [Entry(name, source.statement(), source.without) for source in sources]
    if not found:
        raise InputError(f"{path} holds no statement of the split 'test'")
    found.sort(key=lambda entry: entry.statement.name)
    for one, other in zip(found, found[1:], strict=False):
        if one.statement.name == other.statement.name:
            raise InputError(f"{path}: two statements are called {one.statement.name}")
    random.Random(SAMPLE_SEED).shuffle(found)
    return found[:sample]


def make_jobs(
    found: Sequence[Entry], names: Sequence[str], args: argparse.Namespace, model: str
) -> list[Job]:
    """Everything that is to be measured, one seed after the other; within it sets and policies alternate.

    Noise of the machine then meets all policies alike, and a run that is stopped has something of each.
    """
    jobs = []
    for seed in range(args.seeds):
        order = list(found)
        random.Random(seed).shuffle(order)
        for turn, entry in enumerate(order):
            first = turn % len(names)
            for name in (*names[first:], *names[:first]):
                result = Result(
                    policy=name,
                    set=entry.set,
                    seed=seed,
                    name=entry.statement.name,
                    budget_s=args.cpu_seconds,
                    step_s=args.step_seconds,
                    model=model if MODEL in name.split("+") else "",
                )
                jobs.append(Job(result, entry.statement, entry.without, fit=entry.set == "minif2f"))
    return jobs


def fingerprint(folder: Path) -> str:
    """The folder's name and the start of a hash of its files, so that a model made anew is another one.

    What is written about it may change.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md"):
        digest.update(path.name.encode() + path.read_bytes())
    return f"{folder.resolve().name} {digest.hexdigest()[:8]}"


def pending(jobs: Iterable[Job], results: Iterable[Result]) -> list[Job]:
    """The jobs that are not measured yet, without statements that are known to be out of reach."""
    results = list(results)
    known, out = keys(results), {(r.set, r.name) for r in results if r.outcome == OUT_OF_REACH}
    return [job for job in jobs if job.result.key not in known and _place(job) not in out]


def measure(jobs: Sequence[Job], args: argparse.Namespace, record: Callable[[Result], None]) -> None:
    """Run what is pending, with progress on stderr."""
    console = Console(stderr=True)
    if jobs:
        ensure_lean(console)  # once, before several workers need it
    out: set[tuple[str, str]] = set()
    proved = 0
    with _bar(console) as bar:
        task = bar.add_task("", total=len(jobs), proved=0)
        waiting = (job for job in jobs if _place(job) not in out)
        settings = WorkerSettings(args.model)
        for done, result in enumerate(run_jobs(waiting, settings, args.processes), 1):
            record(result)
            proved += result.proved
            if result.outcome == OUT_OF_REACH:
                out.add((result.set, result.name))
            bar.update(task, advance=1, proved=proved)
            if not console.is_terminal and done % 100 == 0:
                console.print(f"{done} of {len(jobs)}, {proved} proved", highlight=False)


def _place(job: Job) -> tuple[str, str]:
    return job.result.set, job.result.name


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("measured"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("proved {task.fields[proved]}"),
        TimeElapsedColumn(),
        console=console,
    )


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = options.add_argument
    add("--library", type=Path, metavar="FILE", help="library theorems, as training.library writes them")
    add("--generated", type=Path, metavar="FILE", help="statements, as training.generated writes them")
    add("--minif2f", type=Path, metavar="FILE", help="miniF2F's valid.jsonl")
    add("--sets", default="", metavar="A,B", help=f"of {', '.join(SETS)}; default: those with a file")
    add("--policies", default=POLICIES, metavar="A,B", help=f"default: {POLICIES}")
    add("--model", default="", metavar="FOLDER", help="what `small` is; default: the model that ships")
    add("--seeds", type=int, default=3, help="how many; default: 3")
    add("--sample", type=int, default=300, help="statements of each set at most; default: 300")
    add("--cpu-seconds", type=float, default=5.0, help="for each theorem; default: 5")
    add("--step-seconds", type=float, default=2.0, help="of Lean's CPU time, for one tactic; default: 2")
    add("--processes", type=int, default=2, help="theorems at a time, each on a core; default: 2")
    add("--out", type=Path, metavar="FILE", help="where results are kept, and gone on from")
    add("--report", action="store_true", help="only print the table of --out")
    add("--json", action="store_true", help="print the table as JSON")
    return options


def check(args: argparse.Namespace) -> None:
    """Raises `InputError` for options that make no sense."""
    for name in ("seeds", "sample", "processes"):
        if getattr(args, name) < 1:
            raise InputError(f"--{name} must be at least 1, not {getattr(args, name)}")
    for name in ("cpu_seconds", "step_seconds"):
        if not 0 < getattr(args, name) < float("inf"):
            raise InputError(f"--{name.replace('_', '-')} must be above 0, not {getattr(args, name)}")
    if args.model and not Path(args.model).is_dir():
        raise InputError(f"--model {args.model}: no such folder")
    if args.out is None:
        raise InputError("--out FILE is needed: results are kept there" + (" and read" * args.report))
    if args.report and not args.out.exists():
        raise InputError(f"--report: there is no {args.out}")


def run(args: argparse.Namespace) -> list[Result]:
    """Measure what is not measured yet; returns the results of what was asked for. With --report, all."""
    check(args)
    results = read_results(args.out)
    if args.report:
        return results
    names = policies(args.policies)
    files = {name: getattr(args, name) for name in SETS}
    found = [
        entry for name in chosen_sets(args.sets, files) for entry in entries(name, files[name], args.sample)
    ]
    if not args.model and any(MODEL in name.split("+") for name in names):
        args.model = str(small_model())
    model = fingerprint(Path(args.model)) if args.model else ""
    jobs = make_jobs(found, names, args, model)

    def record(result: Result) -> None:
        append_result(args.out, result)
        results.append(result)

    measure(pending(jobs, results), args, record)
    wanted = {job.result.key for job in jobs}
    return [result for result in results if result.key in wanted]


def main(arguments: Sequence[str] | None = None) -> None:
    args = parser().parse_args(arguments)
    errors = Console(stderr=True)
    try:
        results = run(args)
    except ProverError as error:
        errors.print(f"error: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        errors.print(f"stopped; the same command goes on, --report --out {args.out} shows what there is")
        sys.exit(130)
    if args.json:
        sys.stdout.buffer.write(orjson.dumps(reports(results), option=orjson.OPT_INDENT_2) + b"\n")
        return
    console = Console()
    print_report(results, console if console.is_terminal else Console(width=_WIDTH))


if __name__ == "__main__":
    main()
