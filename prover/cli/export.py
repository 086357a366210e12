"""`prover export`: a proof as a folder that a stranger can check."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.attempts.home import LeanChoice
from prover.cli.choices import LeanName, lean_choice
from prover.cli.judging import judging_pool
from prover.cli.verdicts import print_verdict
from prover.errors import InputError
from prover.judge import LeanJudge
from prover.judge.bundle import Submission, challenge_of, pins_for, read_submission, write_bundle
from prover.judge.files import FileVerdict

EXAMPLES = """
Write a bundle: challenge, solution, comparator's configuration, toolchain, hashes, and how to check it.

    prover export Solution.lean bundle/ --challenge Challenge.lean

    prover export runs/valid/proofs/mathd_algebra_10.lean bundle/

    prover export Solution.lean bundle/ --project ~/my-lake-project --no-judge

Without a challenge, it is the solution with `sorry` for each proof. What is not proved is not exported;
`--no-judge` leaves judging to the stranger; `--lean native` judges with Mathlib, or in `--project`. Check a
bundle with `prover verify bundle/`. Exit codes: 0 written, 1 not proved, 2 bad input, 3 something is missing.
"""


def export(
    solution: Annotated[Path, typer.Argument(help="SOLUTION.lean.")],
    out: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    challenge: Annotated[
        Path | None, typer.Option(help="The Lean file that states what is to be proved.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="The Lake project whose toolchain and Mathlib it is for.")
    ] = None,
    lean: LeanName = "",
    judge: Annotated[bool, typer.Option("--judge/--no-judge", help="Judge it first.")] = True,
) -> None:
    if out.exists():
        raise InputError(f"{out} is there already: name a new folder")
    submission = read_submission(solution, challenge)
    if submission.challenge is None:
        submission = replace(submission, challenge=challenge_of(submission.solution, str(solution)))
    pins = pins_for(submission.challenge or "", (project or solution.parent).resolve())
    said = "Not judged before it was written."
    if judge:
        choice = lean_choice(lean, project) if lean else LeanChoice()
        verdict = asyncio.run(_judged(submission, choice))
        print_verdict(submission, verdict)
        if not verdict.proved:
            raise typer.Exit(1)
        said = _said(verdict)
    write_bundle(out, submission, pins, said)
    Console(stderr=True, highlight=False).print(f"{out}: check it with prover verify {out}", soft_wrap=True)


export.__doc__ = EXAMPLES


async def _judged(submission: Submission, choice: LeanChoice) -> FileVerdict:
    console = Console(stderr=True)
    processes = judging_pool(choice, console)
    with console.status(f"Judging {submission.path.name}"):
        async with processes as pool:
            judge = LeanJudge(pool)
            verdict = await judge.judge_file(submission.solution, submission.challenge)
            await judge.close()
    return verdict


def _said(verdict: FileVerdict) -> str:
    """What was passed, not just that it was."""
    axioms = sorted({axiom for one in verdict.judged for axiom in one.verdict.axioms})
    rungs = ", ".join(rung.name for rung in verdict.judged[0].verdict.rungs)
    rests = f"rests on {', '.join(axioms)}" if axioms else "rests on no axioms"
    return f"Judged before it was written: {rungs}. It {rests}."
