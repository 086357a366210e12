"""`prover verify`: anybody's Lean file, judged against a challenge or by its own statements."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from prover.cli.choices import LeanName, ProjectFolder, lean_choice
from prover.cli.judging import judging_pool
from prover.cli.verdicts import print_verdict, verdict_record
from prover.errors import InputError
from prover.judge import LeanJudge
from prover.judge.bundle import Submission, changed_files, is_bundle, pins_for, read_submission
from prover.judge.comparator import compare, require_comparator
from prover.judge.files import LEVELS, FileVerdict, Level, with_rung
from prover.lean.embedded.sources import lean_project_dir
from prover.lean.pool import LeanPool
from prover.runs.bundle import PROOFS

EXAMPLES = """
Judge a proof, whoever wrote it: in a fresh Lean, from the start.

    prover verify Solution.lean --challenge Challenge.lean

    prover verify Solution.lean --level axioms --json

    prover verify bundle/

    prover verify runs/valid

    prover verify Solution.lean --challenge Challenge.lean --lean native      # with Mathlib

What is to be proved is what the challenge leaves as `sorry`: theorems, and definitions (an answer to find).
The solution repeats the challenge's text and may add lemmas, definitions, instances, notation and macros.
Its theorems must mean what the challenge's mean, however they are written. It may run no code of its own.
Without a challenge each theorem is judged as the file states it, so read the file.

The folder of a bundle (`prover export`) or of a run is judged as a whole. Exit codes: 0 all is proved, 1 not,
2 bad input, 3 something is missing on this machine.
"""


def _complete_level(incomplete: str) -> list[str]:
    return [level for level in LEVELS if level.startswith(incomplete)]


def verify(
    target: Annotated[Path, typer.Argument(help="SOLUTION.lean, or the folder of a bundle or of a run.")],
    challenge: Annotated[
        Path | None, typer.Option(help="The Lean file that states what is to be proved.")
    ] = None,
    level: Annotated[
        str, typer.Option(help=f"How far to judge: {', '.join(LEVELS)}.", autocompletion=_complete_level)
    ] = "kernel",
    lean: LeanName = "",
    project: ProjectFolder = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record a file.")] = False,
) -> None:
    chosen = next((name for name in LEVELS if name == level), None)
    if chosen is None:
        raise InputError(f"no level {level!r}: {', '.join(LEVELS)}")
    submissions = _submissions(target, challenge)
    if chosen == "comparator":
        if any(submission.challenge is None for submission in submissions):
            raise InputError("level comparator needs a challenge: name a bundle, or give --challenge")
        require_comparator()
    choice = lean_choice(lean, project)
    home = choice.project.folder if choice.project else lean_project_dir()
    pool = judging_pool(choice, Console(stderr=True))
    proved = asyncio.run(_judge_all(pool, submissions, chosen, home, json))
    raise typer.Exit(0 if proved else 1)


verify.__doc__ = EXAMPLES


def _submissions(target: Path, challenge: Path | None) -> list[Submission]:
    """Raises `InputError` where a folder holds no proofs."""
    if not target.is_dir() or is_bundle(target):
        return [_unchanged(read_submission(target, challenge))]
    if challenge is not None:
        raise InputError("--challenge goes with one solution, not with a folder")
    folder = target / PROOFS if (target / PROOFS).is_dir() else target
    bundles = [path for path in sorted(folder.iterdir()) if path.is_dir() and is_bundle(path)]
    paths = bundles or sorted(folder.glob("*.lean"))
    if not paths:
        raise InputError(f"there is no proof in {folder}")
    return [_unchanged(read_submission(path)) for path in paths]


def _unchanged(submission: Submission) -> Submission:
    """Raises `InputError` where the submission is of a bundle that is not as it was written."""
    folder = submission.path.parent
    changed = changed_files(folder) if is_bundle(folder) else []
    if changed:
        raise InputError(f"{folder} was changed since it was written: {', '.join(changed)}")
    return submission


async def _judge_all(
    processes: LeanPool, submissions: list[Submission], level: Level, home: Path, json: bool
) -> bool:
    proved = True
    async with processes as pool:
        judge = LeanJudge(pool)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Starting Lean", total=len(submissions))
            for submission in submissions:
                progress.update(task, description=f"Judging {submission.path.name}")
                verdict = await _judged(judge, submission, level, home)
                progress.advance(task)
                _print(progress.console, submission, verdict, json)
                proved = proved and verdict.proved
        await judge.close()
    return proved


async def _judged(judge: LeanJudge, submission: Submission, level: Level, home: Path) -> FileVerdict:
    """`home`: the Lake project of ours whose toolchain and Mathlib comparator is to use."""
    if level != "comparator":
        return await judge.judge_file(submission.solution, submission.challenge, level)
    pins = pins_for(submission.challenge or "", home)
    verdict = await judge.judge_file(submission.solution, submission.challenge)
    return with_rung(verdict, await compare(submission, pins)) if verdict.proved else verdict


def _print(progress: Console, submission: Submission, verdict: FileVerdict, json: bool) -> None:
    if json:
        typer.echo(orjson.dumps(verdict_record(submission, verdict)))
    else:
        print_verdict(submission, verdict)
